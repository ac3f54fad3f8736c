"""Addresses as people write them, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newstone.delivery.addresses import is_loopback, parse_mailbox
from pipelines.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "spec", "shown"),
    [
        pytest.param("a@example.org", "a@example.org", "a@example.org", id="bare"),
        pytest.param("Press <a@example.org>", "a@example.org", "Press <a@example.org>", id="with a name"),
        pytest.param(
            "a@bücher.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", id="international domain"
        ),
        pytest.param("A@Example.ORG", "A@example.org", "A@example.org", id="capitals"),
        pytest.param("root@localhost", "root@localhost", "root@localhost", id="this machine"),
        pytest.param('"Doe, J" <j@example.org>', "j@example.org", '"Doe, J" <j@example.org>', id="comma in the name"),
    ],
)
def test_an_address_is_read_for_envelope_and_header(text: str, spec: str, shown: str) -> None:
    mailbox = parse_mailbox(text, "digest.recipients")
    assert (mailbox.spec, mailbox.shown) == (spec, shown)


@pytest.mark.parametrize(
    "text",
    [
        *("", "press", "@example.org", "a@", "a@b", "a b@example.org", "a@-x.org", "a@x..org", "a@exa mple.org"),
        *("a@example.org, b@example.org", "a@example.org\nBcc: b@example.org", "a@example.org\r\nDATA"),
        *("a..b@example.org", ".a@example.org", "x" * 65 + "@example.org", "<a@example.org", "a@example.org>"),
        *("a@b@example.org", '"a b"@example.org', "a@[127.0.0.1]"),
    ],
)
def test_what_is_no_address_is_an_error_that_names_the_key(text: str) -> None:
    with pytest.raises(ConfigError, match=r"digest\.recipients = .*press@example\.org"):
        parse_mailbox(text, "digest.recipients")


@given(st.text(max_size=40))
def test_no_text_gives_an_address_with_a_line_break_or_space(text: str) -> None:
    try:
        mailbox = parse_mailbox(text, "key")
    except ConfigError:
        return
    assert not set(mailbox.spec) & set(" \r\n<>,")
    assert "\n" not in mailbox.shown
    assert "\r" not in mailbox.shown


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True)),
        *(("localhost.example.org", False), ("127.0.0.1.example.org", False), ("10.0.0.1", False), ("", False)),
    ],
)
def test_this_machine_is_known_by_name_alone(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here
