"""The look-up of known vulnerabilities: what fails it, what does not, and that exceptions come to an end."""

from datetime import date

from bench.audit import judge, load_exceptions

TODAY = date(2025, 2, 1)
HURT = {"name": "lxml", "version": "1.0", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}]}
WELL = {"name": "click", "version": "8.0", "vulns": []}
UNKNOWN = {"name": "torch", "skip_reason": "not found"}


def test_a_known_vulnerability_counts_and_says_what_mends_it() -> None:
    found, unasked, asked = judge([HURT, WELL, UNKNOWN], {})
    assert found == ["lxml 1.0: PYSEC-1, mended in 2.0"]
    assert (unasked, asked) == (["torch"], 2)


def test_an_exception_holds_for_its_id_and_its_aliases() -> None:
    assert judge([HURT], {"CVE-1": "no XSLT here"})[0] == []
    assert judge([HURT], {"CVE-2": "another"})[0] != []


def test_an_exception_without_reason_or_past_its_day_is_none() -> None:
    text = """
    [[tool.newstone.audit.except]]
    id = "CVE-1"
    reason = "we never call it"
    until = 2025-03-01
    [[tool.newstone.audit.except]]
    id = "CVE-2"
    reason = "we never call it"
    until = 2025-01-01
    [[tool.newstone.audit.except]]
    id = "CVE-3"
    """
    reasons, complaints = load_exceptions(text, TODAY)
    assert list(reasons) == ["CVE-1"]
    assert len(complaints) == 2
