"""Expected values that changed with the code, put back into the tests of now: which code needs only them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from wholeship.review.change import ChangedFile
from wholeship.review.evidence.syntax import test_lines
from wholeship.review.evidence.weakened import is_script, same_assertions


def expected_before(
    tests: Iterable[ChangedFile], before: Mapping[str, bytes | None], now: Mapping[str, bytes | None]
) -> dict[str, bytes]:
    """The *tests*, and data of tests, whose expected values changed: as now, but with the values of before.

    What was added stays: an assertion that is the same but for its values, or a line of data in the place of
    another, is put back. By path; *before* and *now* are the contents by path.
    """
    found = {}
    for file in tests:
        old, new = before.get(file.path), now.get(file.path)
        if file.status != "M" or file.binary or old is None or new is None:
            continue
        back = _assertions_back(file, new) if is_script(file) else _lines_back(old, new)
        if back != new:
            found[file.path] = back
    return found


Turned = Mapping[str, Sequence[tuple[bytes, bytes]]]
"""By path: lines of tests beside the code whose expected values changed, now and before."""


def turned_beside_code(code: Iterable[ChangedFile], now: Mapping[str, bytes | None]) -> Turned:
    """The lines of tests in *code* that expect another value; *now* are the contents by path."""
    found = {}
    for file in code:
        text = now.get(file.path)
        lines = test_lines(file.path, text) if file.status == "M" and text is not None else frozenset[int]()
        split = text.split(b"\n") if text is not None else []
        pairs = [
            (split[number - 1], before.encode("utf-8", "surrogateescape"))
            for number, before in (same_assertions(file) if lines else ())
            if number in lines
        ]
        if pairs:
            found[file.path] = pairs
    return found


def put_back(text: bytes, pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """*text*, in which each line of *pairs* is as it was before."""
    lines = text.split(b"\n")
    for now, before in pairs:
        if now in lines:
            lines[lines.index(now)] = before
    return b"\n".join(lines)


def _assertions_back(file: ChangedFile, now: bytes) -> bytes:
    lines = now.split(b"\n")
    for number, text in same_assertions(file):
        end = b"\r" if lines[number - 1].endswith(b"\r") else b""
        lines[number - 1] = text.encode("utf-8", "surrogateescape").rstrip(b"\r") + end
    return b"\n".join(lines)


def _lines_back(before: bytes, now: bytes) -> bytes:
    old, new = before.split(b"\n"), now.split(b"\n")
    kept: list[bytes] = []
    for kind, start, end, first, last in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        kept += new[first:last] if kind == "insert" else old[start:end]
        if kind == "replace":
            kept += new[first + (end - start) : last]
    return b"\n".join(kept)
