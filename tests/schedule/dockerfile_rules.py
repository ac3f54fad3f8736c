"""The rules of hadolint that matter most for a Dockerfile, named by its codes."""

import json
import re
import shlex
from collections.abc import Iterator

Instruction = tuple[str, str]


def read_dockerfile(text: str) -> list[Instruction]:
    """Give instructions and their arguments, comments dropped, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.split("\n") if line)
    ]


def broken_rules(text: str) -> set[str]:
    """Give the codes of the rules that a Dockerfile breaks."""
    return set(_broken(read_dockerfile(text)))


def _broken(instructions: list[Instruction]) -> Iterator[str]:
    stages = {match[1] for word, rest in instructions if word == "FROM" and (match := re.search(r" AS (\S+)$", rest))}
    users: list[str] = []
    for word, rest in instructions:
        if word == "FROM":
            users.clear()
            image = rest.split()[0]
            if image not in stages:
                if ":" not in image.rpartition("/")[2]:
                    yield "DL3006"  # always tag the version of an image
                elif image.endswith(":latest"):
                    yield "DL3007"
        elif word == "USER":
            users.append(rest.partition(":")[0])
        elif word == "RUN":
            yield from _broken_in_run(rest)
        elif word in ("CMD", "ENTRYPOINT"):
            if not _is_exec_form(rest):
                yield "DL3025"
        elif word == "HEALTHCHECK":
            if not _is_exec_form(rest.partition("CMD ")[2]):
                yield "DL3025"
        elif word == "ADD":
            yield "DL3020"  # COPY files and folders
        elif word == "MAINTAINER":
            yield "DL4000"
        elif word == "WORKDIR" and not rest.startswith("/"):
            yield "DL3000"
        elif word == "COPY" and (source := re.search(r"--from=(\S+)", rest)) and source[1] not in stages:
            yield "DL3022"
    if not users or users[-1] in ("root", "0"):
        yield "DL3002"  # the last user is not root
    for word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
        count = sum(word == name for name, _ in instructions)
        if count != 1:
            yield {"CMD": "DL4003", "ENTRYPOINT": "DL4004", "HEALTHCHECK": "DL3057"}[word]


def _broken_in_run(command: str) -> Iterator[str]:
    if re.search(r"(?<!\|)\|(?!\|)", command) and "pipefail" not in command:
        yield "DL4006"
    if re.search(r"\bsudo\b", command):
        yield "DL3004"
    for part in re.split(r"&&|;|\|\|", command):
        words = shlex.split(part)
        if "install" in words and ("apt-get" in words or "apt" in words):
            packages = [word for word in words[words.index("install") + 1 :] if not word.startswith("-")]
            if any("=" not in package for package in packages):
                yield "DL3008"
            if "--no-install-recommends" not in words:
                yield "DL3015"
            if "/var/lib/apt/lists" not in command:
                yield "DL3009"
        if "install" in words and any(re.fullmatch(r"pip[0-9.]*", word) for word in words):
            if "--no-cache-dir" not in words:
                yield "DL3042"
            if "--requirement" not in words and "-r" not in words and "." not in words:
                named = [word for word in words[words.index("install") + 1 :] if not word.startswith("-")]
                if any("==" not in name for name in named):
                    yield "DL3013"


def _is_exec_form(rest: str) -> bool:
    try:
        words = json.loads(rest)
    except ValueError:
        return False
    return isinstance(words, list) and all(isinstance(word, str) for word in words)
