"""Text from strangers, made fit to print; secrets, kept out of it.

Registry messages, model output, file names and workflow text may hold terminal escape
sequences, bidirectional overrides, zero-width characters, or GitHub Actions log commands.
"""

from __future__ import annotations

import base64
import os
import re
import urllib.parse
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from wholeship.core.patterns import lazy_pattern

_ANSI = lazy_pattern(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = lazy_pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSEEN = "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
_ENDING = "[\u2028\u2029\x85]"
_INVISIBLE = lazy_pattern(_UNSEEN)
_SEPARATORS = lazy_pattern(_ENDING)
_NOT_PLAIN = lazy_pattern(f"[\x7f-\x9f]|{_UNSEEN}|{_ENDING}")

_SECRET_SHAPES = lazy_pattern(
    r"""
    \b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_-]{20,}
    |AKIA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}
    |eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})
    |-----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----[\s\S]*?(?:-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|\Z)
    |(?<=://)[^/\s:@]+:[^/\s@]+(?=@)
    |(?i:(?<=authorization:\ )(?:bearer|basic)\ [^\s"']+)
    """,
    re.VERBOSE,
)
REDACTED = "***"


def printable(text: str, *, limit: int = 0, newlines: bool = False) -> str:
    """*text* without anything that could steer a terminal or hide from a reader.

    Newlines become spaces unless asked for; *limit* cuts, with an ellipsis.
    """
    text = _ANSI.sub("", text)
    text = _SEPARATORS.sub("\n", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", _CONTROL.sub("", text))
    if not newlines:
        text = " ".join(text.split("\n"))
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text


def without_links(text: str) -> str:
    """*text* in which no renderer of Markdown (or of SARIF's messages) finds a link or a picture."""
    return re.sub(r"\](?=[(\[:])", "] ", text)


def inert_json(text: str) -> str:
    """The JSON *text*, the same value, with escapes for all that could steer a terminal, end a line for some
    reader or hide from a person. Such characters stand inside strings only, so an escape means the same."""
    return _NOT_PLAIN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def safe_in_actions_log(text: str) -> str:
    """*text* with GitHub Actions log commands (``::name::``, ``##[name]``) made harmless."""
    return re.sub(r"(?m)^(\s*)(::|##\[)", lambda m: m[1] + m[2][0] + "\u200b" + m[2][1:], text)


def name_for_people(path: str) -> str:
    """The file name *path* on one line: what does not print, and bytes that are not UTF-8, as escapes."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def url_for_people(url: str) -> str:
    """*url* without user information and query, the two parts that carry secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return printable(urlunsplit((parts.scheme, host, parts.path, "", "")))


class Redactor:
    """Replaces known secrets, in the spellings they leak in, and anything shaped like a token."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Redact *secret* from now on; values under 6 characters are too common to hide."""
        if len(secret) < 6:
            return
        raw = secret.encode()
        # Bound anew, not changed: another thread may be redacting.
        self._known = self._known | {
            secret,
            urllib.parse.quote(secret, safe=""),
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(raw).decode(),
        }

    def __call__(self, text: str) -> str:
        """*text* with every secret replaced by ``***``."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return _SECRET_SHAPES.sub(REDACTED, text)
