"""Text from strangers, and secrets."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.text import (
    Redactor,
    inert_json,
    printable,
    safe_in_actions_log,
    url_for_people,
    without_links,
)


@given(st.text())
def test_printable_steers_nothing(text: str) -> None:
    """After cleaning, no control character, escape, bidirectional or zero-width character is left."""
    clean = printable(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in clean if c != "\t")
    assert not set(clean) & set("\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\u2028\x1b")


@given(st.text())
def test_printable_twice_is_once(text: str) -> None:
    """Cleaning clean text changes nothing."""
    assert printable(printable(text)) == printable(text)


def test_escape_sequences_go_whole() -> None:
    """A colour or title sequence leaves no rest behind."""
    assert printable("\x1b[31mred\x1b[0m \x1b]0;title\x07x") == "red x"


def test_limit_cuts_with_an_ellipsis() -> None:
    """A cut text shows that it was cut."""
    assert printable("x" * 20, limit=10) == "x" * 9 + "…"


@given(st.text(min_size=6))
def test_no_spelling_of_a_secret_survives(secret: str) -> None:
    """A known secret is gone in plain, URL-encoded and base64 form."""
    forms = (secret, urllib.parse.quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
    redacted = Redactor([secret])(" | ".join(forms))
    assert secret not in redacted.replace(" | ", "") or set(secret) <= {"*"}


@pytest.mark.parametrize(
    "text",
    [
        "ghp_0123456789abcdefghij0123456789abcdef",
        "github_pat_11ABCDEFG0123456789abc",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlX2hlcmU",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "Authorization: Bearer abc.def",
    ],
)
def test_tokens_are_known_by_shape(text: str) -> None:
    """A token nobody told us about is recognised by its shape."""
    assert text.rsplit(" ", maxsplit=1)[-1] not in Redactor()(f"x {text} y")


def test_url_without_its_secrets() -> None:
    """A URL is shown without user, password and query."""
    assert url_for_people("https://u:p@ghcr.io/v2/?token=x#f") == "https://ghcr.io/v2/"


@pytest.mark.parametrize(
    "text",
    ["[a](javascript:alert(1))", "![a](https://e.example/p)", "[a][b]", "[a]: javascript:1", "a[0](x)"],
)
def test_no_text_becomes_a_link(text: str) -> None:
    """What would be a link or a picture in Markdown stays text, and can be read."""
    plain = without_links(text)
    assert not re.search(r"\][(\[:]", plain)
    assert plain.replace(" ", "") == text.replace(" ", "")


def test_log_commands_are_harmless() -> None:
    """No line of a stranger's text starts a GitHub Actions command."""
    text = safe_in_actions_log("::error::x\n  ##[group]y\nplain :: text")
    assert not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines())
    assert "plain :: text" in text


@given(value=st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_is_inert_and_the_same_value(value: object) -> None:
    """No control, direction mark or line separator is printed as it is, and nothing else changes."""
    text = inert_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert len(text.splitlines()) <= 1
    assert not any(unicodedata.category(letter) == "Cc" for letter in text)
    assert not set(text) & set(
        "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    )
