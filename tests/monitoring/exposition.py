"""A strict reader of Prometheus' text format 0.0.4, for the tests."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
VALUE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|Inf)|NaN")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read_exposition(text: str) -> Samples:
    """Give the samples by name and labels; every name has HELP, then TYPE, then its samples, each once."""
    assert text.endswith("\n")
    samples: Samples = {}
    current, seen = "", set()
    lines = iter(text[:-1].split("\n"))
    for line in lines:
        if line.startswith("#"):
            found = re.fullmatch(rf"# HELP ({NAME}) ((?:[^\\]|\\[\\n])+)", line)
            assert found, line
            current = found[1]
            assert current not in seen
            seen.add(current)
            assert re.fullmatch(rf"# TYPE {current} gauge", next(lines))
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        assert sample[1] == current
        assert VALUE.fullmatch(sample[3]), line
        labels = _labels(sample[2] or "")
        assert (current, labels) not in samples
        samples[current, labels] = float(sample[3])
    return samples


def _labels(text: str) -> frozenset[tuple[str, str]]:
    labels, rest = {}, text
    while rest:
        found = LABEL.match(rest)
        assert found, rest
        assert found[1] not in labels
        labels[found[1]] = re.sub(r"\\(.)", lambda mark: "\n" if mark[1] == "n" else mark[1], found[2])
        rest = rest[found.end() :]
        assert not rest or (rest.startswith(",") and len(rest) > 1)
        rest = rest.removeprefix(",")
    return frozenset(labels.items())
