"""``.dockerignore``: which files of a context the builder does not see.

Docker docs, "Build context", ".dockerignore files": one pattern a line, ``#`` comments, ``!`` takes back;
the last line that matches decides; a pattern that matches a folder matches all below it. Patterns are
Go's ``filepath.Match`` and ``**`` for any number of folders.
"""

from __future__ import annotations

import re
from functools import lru_cache

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One line. ``back`` takes files back that an earlier line left out."""

    pattern: re.Pattern[str]
    back: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rules of one file, in order."""

    rules: tuple[Rule, ...] = ()

    def __call__(self, path: str) -> bool:
        """Whether the builder does not see *path* (relative to the context, with ``/``)."""
        hidden = False
        for rule in self.rules:
            if rule.back == hidden and rule.pattern.fullmatch(path):
                hidden = not rule.back
        return hidden

    @property
    def takes_back(self) -> bool:
        """Whether a file below an ignored folder may be seen all the same."""
        return any(rule.back for rule in self.rules)


def parse_ignore(text: str, file: str = ".dockerignore") -> Ignored:
    """The rules in *text*; :class:`BadInput` for a pattern that builders refuse, too."""
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.startswith("#"):
            continue
        pattern = line.strip()
        back = pattern.startswith("!")
        cleaned = _clean(pattern.removeprefix("!").strip())
        if not cleaned:
            if back:
                raise BadInput(f"{file}:{number}: a ! without a pattern")
            continue
        rules.append(Rule(_compiled_rule(cleaned, f"{file}:{number}"), back))
    return Ignored(tuple(rules))


def _clean(pattern: str) -> str:
    """As Go's ``filepath.Clean``, without a leading slash; ``.`` (the root itself) is nothing."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


@lru_cache(maxsize=1024)
def _compiled_rule(pattern: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(_regex(pattern) + r"(?:/.*)?", re.DOTALL)
    except (re.error, ValueError) as error:
        raise BadInput(f"{where}: not a pattern: {pattern!r} ({error})") from None


def _regex(pattern: str) -> str:
    out, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if pattern.startswith("**", at - 1):
            at += 1
            if pattern.startswith("/", at):
                at += 1
                out += "(?:.*/)?"
            else:
                out += ".*"
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[":
            group, at = _class_group(pattern, at)
            out += group
        elif char == "\\" and at < len(pattern):
            out += re.escape(pattern[at])
            at += 1
        else:
            out += re.escape(char)
    return out


def _class_group(pattern: str, at: int) -> tuple[str, int]:
    """A character class: ``^`` negates, ``\\`` escapes, and it must end."""
    negated = pattern.startswith("^", at)
    at += negated
    inner = ""
    while at < len(pattern) and pattern[at] != "]":
        if pattern[at] == "\\":
            at += 1
            if at == len(pattern):
                break
            inner += re.escape(pattern[at])
        else:
            inner += "-" if pattern[at] == "-" else re.escape(pattern[at])
        at += 1
    if at >= len(pattern) or not inner:
        raise ValueError("a [ without its ]")
    return f"[{'^' if negated else ''}{inner}]", at + 1
