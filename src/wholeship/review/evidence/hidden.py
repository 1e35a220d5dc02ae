"""Hidden text: added lines and file names that read other than they are, and leftovers of a merge.

Bidirectional overrides make source read in another order than it runs ("Trojan Source", CVE-2021-42574);
zero-width characters and Unicode tags carry text that only a machine sees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import text_of
from wholeship.review.evidence.looked import NotLooked

_BIDI = lazy_pattern("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = lazy_pattern(
    "[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u3164\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]|(?<!^)\ufeff"
)
_CONTROL = lazy_pattern(r"[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
_RETURN = lazy_pattern(r"\r(?!$)")
_SEPARATOR = lazy_pattern("[\x0b\x85\u2028\u2029]")
_MIXED = lazy_pattern(
    "[A-Za-z][\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]|[\u0400-\u052f\u0530-\u058f\u13a0-\u13ff][A-Za-z]"
    "|[A-Za-z_][\u0391-\u039f\u03a1\u03a4\u03a5\u03a7\u03b9\u03ba\u03bf\u03c1\u03c5]|[\u03bf\u03c1\u03b9\u03ba][A-Za-z_]"
    "|[\uff21-\uff3a\uff41-\uff5a](?=[\\w(.])|[\U0001d400-\U0001d7ff]"
)
"""Letters of two alphabets within a word, or letters that only look like others."""
_FAR = lazy_pattern(r"\S[ \t]{100,}\S")
_ORDERS = lazy_pattern(
    r"^\s*[^#\s]+.*?\s(?:-diff|-text|binary|linguist-generated(?:=true)?|linguist-vendored|filter=\S+"
    r"|merge=ours|export-ignore|working-tree-encoding=\S+)"
    r"|^\s*\S*\.(?:sh|bash|zsh|py|pl|rb|\*)\s(?:.*\s)?eol=crlf"
)
"""Attributes by which a change is shown to nobody, or a file is other than it is shown."""
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
        for number, text in _lines(file, head):
            hidden |= {HiddenFinding(file.shown, number, what) for what in _kinds(text)}
        if file.path.rpartition("/")[2] == ".gitattributes":
            hidden |= set(_attributes(file))
    return HiddenEvidence(tuple(sorted(hidden)), tuple(sorted(conflicts)))


def _kinds(text: str, *, name: bool = False) -> Iterator[str]:
    if len(text) > 100 and _FAR.search(text[:100_000]):
        yield "text far to the right of the line's end"
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
    if _MIXED.search(text):
        yield "letters that look like others"


def _lines(file: ChangedFile, head: Path | None) -> Iterator[tuple[int, str]]:
    """The added lines; of a text that git takes for binary, all of it."""
    yield from ((line.number, line.text) for line in file.lines)
    if file.binary and head is not None and not file.is_deleted:
        try:
            text = text_of((head / file.path).read_bytes())
        except (OSError, ValueError):
            text = None
        yield from enumerate((text or "").lstrip("\ufeff").splitlines(), 1)


def _attributes(file: ChangedFile) -> Iterator[HiddenFinding]:
    gone = {text.strip() for text in file.removed}
    for line in file.lines:
        name = line.text.split()[0] if line.text.split() else ""
        if line.text.strip() in gone or not _ORDERS.match(line.text):
            continue
        binary = re.search(r"\.(?:png|jpe?g|gif|ico|pdf|zip|gz|jar|woff2?|ttf|eot|mp4|webp|bin|lock)$", name)
        if "filter=lfs" not in line.text and (binary is None or "filter=" in line.text):
            yield HiddenFinding(file.shown, line.number, "attributes by which changes are not shown")


def _twin(file: ChangedFile, diff: Diff, head: Path | None) -> bool:
    """Whether a new name equals another one but for capital letters."""
    if file.status not in "ARC" or file.is_deleted:
        return False
    here = {other.path for other in diff.files if not other.is_deleted} | set(_beside(file.path, head))
    mine = file.path.split("/")
    for path in here:
        for own, other in zip(mine, path.split("/"), strict=False):
            if own == other:
                continue
            if _folded(own) == _folded(other):
                return True
            break
    return False


def _beside(path: str, head: Path | None) -> Iterator[str]:
    """What lies beside *path* and beside each folder that it is in."""
    parts = path.split("/")
    for depth in range(len(parts)):
        above = "/".join(parts[:depth])
        try:
            names = [each.name for each in (head / above).iterdir()] if head is not None else []
        except (OSError, ValueError):
            names = []  # the head has no such folder: names of the change are all there is
        yield from (f"{above}/{name}" if above else name for name in names)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def visible_text(text: str) -> str:
    """*text* with everything invisible spelled out, as ``\\u{202e}``, for a reader who must see it."""
    return re.sub(
        "[\u00ad\u061c\u180e\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
        "\u115f\u1160\u17b4\u17b5\u3164\uffa0\U000e0000-\U000e007f\U000e0100-\U000e01ef\x00-\x08\x0b-\x1f\x7f-\x9f]",
        lambda match: f"\\u{{{ord(match[0]):04x}}}",
        text,
    )
