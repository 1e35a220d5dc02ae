"""Hidden text: added lines and file names that read other than they are, and leftovers of a merge.

Bidirectional overrides make source read in another order than it runs ("Trojan Source", CVE-2021-42574);
zero-width characters and Unicode tags carry text that only a machine sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from wholeship.core.text import printable
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.looked import NotLooked

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    "[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u3164\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]|(?<!^)\ufeff"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
_RETURN = re.compile(r"\r(?!$)")
_SEPARATOR = re.compile("[\x0b\x85\u2028\u2029]")
_MARKERS = ("<<<<<<< ", ">>>>>>> ", "||||||| ")


class HiddenFinding(Struct, frozen=True, order=True):
    """Text that hides something: where, and what it is."""

    file: str
    line: int
    what: str


class HiddenEvidence(Struct, frozen=True):
    """``hidden`` text, and ``conflicts``: merge markers that were committed."""

    hidden: tuple[HiddenFinding, ...] = ()
    conflicts: tuple[HiddenFinding, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()


def collect(diff: Diff, head: Path | None = None) -> HiddenEvidence:
    """Look at every added line, and at the names of the changed files, also beside those of *head*."""
    hidden: set[HiddenFinding] = set()
    conflicts: set[HiddenFinding] = set()
    for file in diff.files:
        hidden |= {
            HiddenFinding(file.shown, 1, f"{what} in the name") for what in _kinds(file.path, name=True)
        }
        if _twin(file, diff, head):
            hidden.add(HiddenFinding(file.shown, 1, "a name that another file has but for capital letters"))
        marks = {line.text[:8]: line.number for line in file.lines if line.text.startswith(_MARKERS)}
        if "<<<<<<< " in marks and ">>>>>>> " in marks:
            conflicts.add(HiddenFinding(file.shown, marks["<<<<<<< "], "merge conflict markers"))
        for line in file.lines:
            hidden |= {HiddenFinding(file.shown, line.number, what) for what in _kinds(line.text)}
    return HiddenEvidence(tuple(sorted(hidden)), tuple(sorted(conflicts)))


def _kinds(text: str, *, name: bool = False) -> Iterator[str]:
    if text.isascii() and text.isprintable():
        return
    if _BIDI.search(text):
        yield "bidirectional override characters"
    if _INVISIBLE.search(text):
        yield "invisible characters"
    if _CONTROL.search(text) or (name and printable(text) != text and not _BIDI.search(text)):
        yield "control characters"
    if _RETURN.search(text):
        yield "carriage returns within a line"
    if _SEPARATOR.search(text):
        yield "unusual line separators"


def _twin(file: ChangedFile, diff: Diff, head: Path | None) -> bool:
    """Whether a new name equals another one but for capital letters."""
    if file.status not in "ARC" or file.is_deleted:
        return False
    folded = file.path.casefold()
    here = {other.path for other in diff.files if not other.is_deleted}
    if head is not None:
        try:
            folder = (head / file.path).parent
            here |= {str(each.relative_to(head)) for each in folder.iterdir()}
        except (OSError, ValueError):
            pass  # the head has no such folder: names of the change are all there is
    return any(path != file.path and path.casefold() == folded for path in here)


def visible(text: str) -> str:
    """*text* with everything invisible spelled out, as ``\\u{202e}``, for a reader who must see it."""
    return re.sub(
        "[\u00ad\u061c\u180e\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
        "\u115f\u1160\u17b4\u17b5\u3164\uffa0\U000e0000-\U000e007f\U000e0100-\U000e01ef\x00-\x08\x0b-\x1f\x7f-\x9f]",
        lambda match: f"\\u{{{ord(match[0]):04x}}}",
        text,
    )
