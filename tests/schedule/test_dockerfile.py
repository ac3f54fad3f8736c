"""The image as far as it can be looked at without building it."""

import re
from pathlib import Path

import pytest

from newstone.schedule.units import CONTAINER_USER
from tests.schedule.dockerfile_rules import broken_rules, read_dockerfile

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = read_dockerfile(DOCKERFILE)

GOOD = """FROM python:3.11.14-slim AS build
RUN pip install --no-cache-dir --requirement requirements.lock
FROM python:3.11.14-slim
COPY --from=build /opt /opt
USER 10001
HEALTHCHECK CMD ["true"]
ENTRYPOINT ["newstone"]
CMD ["schedule"]
"""


def argument_of(word: str) -> str:
    return next(rest for name, rest in reversed(INSTRUCTIONS) if name == word)


def test_the_dockerfile_breaks_no_rule() -> None:
    assert broken_rules(DOCKERFILE) == set()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("python:3.11.14-slim\n", "python\n", "DL3006"),
        ("python:3.11.14-slim\n", "python:latest\n", "DL3007"),
        ("USER 10001\n", "", "DL3002"),
        ("USER 10001\n", "USER 10001\nUSER root\n", "DL3002"),
        ("USER 10001\n", "USER 0:0\n", "DL3002"),
        (" --no-cache-dir", "", "DL3042"),
        ("--requirement requirements.lock", "torch", "DL3013"),
        ('["newstone"]', "newstone", "DL3025"),
        ('["true"]', "curl -f http://localhost/", "DL3025"),
        ("USER", "RUN apt-get update && apt-get install -y --no-install-recommends tini\nUSER", "DL3008"),
        ("USER", "RUN apt-get update && apt-get install -y --no-install-recommends tini=1\nUSER", "DL3009"),
        ("USER", "RUN apt-get install -y tini=1 && rm -rf /var/lib/apt/lists/*\nUSER", "DL3015"),
        ("USER", "RUN wget -O - https://example.org | sh\nUSER", "DL4006"),
        ("COPY --from=build", "COPY --from=other", "DL3022"),
        ("COPY", "ADD . /src\nCOPY", "DL3020"),
        ("USER", "WORKDIR data\nUSER", "DL3000"),
        ('HEALTHCHECK CMD ["true"]\n', "", "DL3057"),
    ],
)
def test_the_rules_find_what_they_are_for(old: str, new: str, rule: str) -> None:
    assert broken_rules(GOOD) == set()
    assert rule in broken_rules(GOOD.replace(old, new))


def test_both_stages_start_from_one_pinned_slim_image() -> None:
    images = {rest.split()[0] for word, rest in INSTRUCTIONS if word == "FROM"}
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.1[0-9]\.[0-9]+-slim-[a-z]+", images.pop())


def test_torch_comes_in_the_version_of_the_lock_without_cuda() -> None:
    (step,) = [rest for word, rest in INSTRUCTIONS if word == "RUN" and "--index-url" in rest]
    assert "--index-url https://download.pytorch.org/whl/cpu" in step
    assert "--no-deps" in step  # nothing else may come from that index
    assert "'^torch==' requirements.lock" in step
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert len(re.findall(r"^torch==\S+$", lock, re.MULTILINE)) == 1
    assert "nvidia" not in lock


def test_the_image_runs_the_daemon_as_the_user_of_the_compose_file() -> None:
    assert argument_of("USER") == f"{CONTAINER_USER}:{CONTAINER_USER}"
    assert argument_of("ENTRYPOINT") == '["newstone"]'
    assert argument_of("CMD") == '["schedule"]'
    assert argument_of("STOPSIGNAL") == "SIGTERM"
    assert "newstone.monitoring.alive" in argument_of("HEALTHCHECK")


def test_everything_that_is_copied_is_there_and_sent_to_the_builder_and_nothing_else_is() -> None:
    copied = {
        name for word, rest in INSTRUCTIONS if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]
    }
    assert all((ROOT / name).exists() for name in copied)
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= copied
