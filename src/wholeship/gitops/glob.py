"""The two kinds of glob that controllers use."""

from __future__ import annotations

import re
from functools import lru_cache


def path_match(pattern: str, text: str) -> bool:
    """Go's ``path.Match``: ``*`` and ``?`` stop at a slash, ``[a-z]`` and ``[^a]`` are sets.

    A pattern that Go cannot read matches nothing.
    """
    compiled = _compiled_glob(pattern)
    return compiled is not None and compiled.fullmatch(text) is not None


def star_match(pattern: str, text: str) -> bool:
    """A pattern in which only ``*`` is special, and stands for anything at all, as Keel's ``glob:``."""
    if not pattern:
        return not text
    parts = pattern.split("*")
    if len(parts) == 1:
        return pattern == text
    head, *middle, tail = parts
    if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
        return False
    rest, end = len(head), len(text) - len(tail)
    for part in middle:
        found = text.find(part, rest, end)
        if found < 0:
            return False
        rest = found + len(part)
    return True


@lru_cache(maxsize=256)
def _compiled_glob(pattern: str) -> re.Pattern[str] | None:
    out, at = "", 0
    while at < len(pattern):
        if pattern[at] == "[":
            end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] == "^" else 2))
            if end < 0:
                return None
            inner = pattern[at + 1 : end]
            negated = inner.startswith("^")
            out += f"[{'^' if negated else ''}{_escaped_set(inner[negated:])}]"
            at = end + 1
            continue
        if pattern[at] == "\\":
            at += 1
            if at == len(pattern):
                return None
            out += re.escape(pattern[at])
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(pattern[at]) or re.escape(pattern[at])
        at += 1
    try:
        return re.compile(_no_star_runs(out), re.DOTALL)
    except re.error:
        return None


def _escaped_set(inner: str) -> str:
    return re.sub(r"[\[\]\\&~|^]", lambda found: "\\" + found[0], inner)


def _no_star_runs(expression: str) -> str:
    # Neighbouring stars mean the same as one, and would make a backtracking engine slow.
    while "[^/]*[^/]*" in expression:
        expression = expression.replace("[^/]*[^/]*", "[^/]*")
    return expression
