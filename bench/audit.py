"""Look up known vulnerabilities of the locked packages: ``python -m bench.audit``; part of ``make audit``.

pip-audit asks PyPI about every line of the lock files; nothing is installed. A known vulnerability fails. Being unable
to ask (no network, a mirror without the data) does not, and says so in a line that nobody overlooks. What is known and
does not concern newstone stands in pyproject.toml, ``[tool.newstone.audit]``: the id, the reason, and the day on which
it has to be looked at again.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.clock import utc_now

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
TIMEOUT_SECONDS = 300


def load_exceptions(text: str, today: date) -> tuple[dict[str, str], list[str]]:
    """Give the ids that are excepted with their reasons, and the complaints about entries that do not hold any more."""
    table = tomllib.loads(text).get("tool", {}).get("newstone", {}).get("audit", {})
    reasons: dict[str, str] = {}
    complaints: list[str] = []
    for entry in table.get("except", []):
        if not entry.get("reason") or not isinstance(entry.get("until"), date):
            complaints.append(f"exception {entry.get('id')!r} needs a reason and a day `until`")
        elif entry["until"] < today:
            complaints.append(f"exception {entry['id']} ended on {entry['until']}: look at it again")
        else:
            reasons[str(entry["id"])] = str(entry["reason"])
    return reasons, complaints


def judge(dependencies: Sequence[Mapping[str, Any]], exceptions: Mapping[str, str]) -> tuple[list[str], list[str], int]:
    """Give the vulnerabilities that count, the packages that nobody could be asked about, and how many were asked."""
    found: list[str] = []
    unasked: list[str] = []
    asked = 0
    for dependency in dependencies:
        if "skip_reason" in dependency:
            unasked.append(str(dependency["name"]))
            continue
        asked += 1
        for vulnerability in dependency["vulns"]:
            names = {str(vulnerability["id"]), *map(str, vulnerability.get("aliases", []))}
            if names & set(exceptions):
                continue
            fixed = ", ".join(vulnerability.get("fix_versions", [])) or "no version yet"
            found.append(f"{dependency['name']} {dependency['version']}: {vulnerability['id']}, mended in {fixed}")
    return found, unasked, asked


def _ask() -> list[dict[str, Any]] | str:
    """Give what pip-audit says of every locked package; a text where it could not ask at all."""
    requirements = [part for lock in LOCKS for part in ("--requirement", str(ROOT / lock))]
    command = [sys.executable, "-m", "pip_audit", *requirements, "--no-deps", "--disable-pip", "--format", "json"]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT_SECONDS} s"
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no output"])[-1]


def main() -> int:
    """Ask and judge; give the exit status."""
    exceptions, complaints = load_exceptions((ROOT / "pyproject.toml").read_text(encoding="utf-8"), utc_now().date())
    answer = _ask()
    if isinstance(answer, str):
        print(f"WARNING: pip-audit COULD NOT ASK, nothing was audited: {answer}", file=sys.stderr)
        return 1 if complaints else 0
    found, unasked, asked = judge(answer, exceptions)
    for line in (*complaints, *(f"vulnerable: {each}" for each in found)):
        print(line, file=sys.stderr)
    if unasked:
        print(
            f"WARNING: pip-audit COULD NOT ASK about {len(unasked)} of {asked + len(unasked)} packages: the index here"
            " knows nothing of vulnerabilities. Run `make audit` where pypi.org answers.",
            file=sys.stderr,
        )
    print(f"pip-audit: {asked} packages asked about, {len(found)} vulnerabilities, {len(exceptions)} exceptions")
    return 1 if found or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
