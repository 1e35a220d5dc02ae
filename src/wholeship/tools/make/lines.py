"""A Makefile as statements, nothing expanded: assignments, rules, recipes, conditions, includes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.tools.make.texts import arguments

ASSIGNED = lazy_pattern(
    r"((?:(?:export|override|private)\s+)*)([^\s:#=+?!$()]+|[^\s:#=+?!$]*(?:\$[({][^\s(){}]*[)}][^\s:#=+?!$]*)+)\s*(\?=|:{0,3}=|\+=|!=)"
    r"[ \t]*(.*)",
    re.DOTALL,
)
_CONDITION = lazy_pattern(r"(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)")


@dataclass(frozen=True, slots=True)
class Line:
    """``kind``: assign, rule, recipe, define, include, expression, or a condition's keyword."""

    kind: str
    parts: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def statements_of(text: str) -> tuple[Line, ...]:
    """The statements of a Makefile, nothing expanded."""
    return tuple(_statements(text))


def _statements(text: str) -> Iterator[Line]:
    ruled = False
    lines = iter(re.sub(r"\\\r?\n[ \t]*", " ", text).split("\n"))
    for line in lines:
        if line.startswith("\t") and ruled:
            if line.strip():
                yield Line("recipe", (line[1:],))
            continue
        plain = _uncommented(line).strip()
        if not plain:
            continue
        if (word := plain.split(None, 1)[0]) in ("define", "override") and re.match(
            r"(override\s+)?define\s", plain
        ):
            yield _defined(plain, lines)
            continue
        if word in ("else", "endif") or _CONDITION.match(plain):
            yield _conditional(plain)
            continue
        if word in ("include", "-include", "sinclude"):
            yield Line("include", (word, plain.split(None, 1)[1] if " " in plain else ""))
            continue
        assigned = ASSIGNED.fullmatch(plain)
        if assigned:
            ruled = False
            yield Line("assign", (assigned[2], assigned[3], assigned[4].strip(), assigned[1]))
            continue
        if word in ("export", "unexport"):
            yield Line(word, tuple(plain.split()[1:]))
            continue
        rule = _targets(plain)
        if rule:
            ruled = True
            yield Line("rule", rule)
        elif plain.startswith(("$(", "${")):
            yield Line("expression", (plain,))


def _targets(plain: str) -> tuple[str, str, str] | None:
    """``targets : the rest`` at the first colon outside parentheses; None where that is no rule."""
    depth = 0
    for at, char in enumerate(plain):
        depth += (char in "({") - (char in ")}")
        if depth > 0 or char not in ":=":
            continue
        after = plain[at + 1 : at + 2]
        if char == "=" or after == "=" or not plain[:at].strip():
            return None
        colons = "::" if after == ":" else ":"
        rest = plain[at + len(colons) :]
        return None if rest[:1] in ("=", ":") else (plain[:at].strip(), colons, rest.strip())
    return None


def _uncommented(line: str) -> str:
    found = re.search(r"(?<!\\)#", line)
    return line[: found.start()] if found else line


def _defined(first: str, lines: Iterator[str]) -> Line:
    name = re.sub(r"^(override\s+)?define\s+", "", first).split()[0].rstrip("=:")
    held: list[str] = []
    for line in lines:
        if line.strip().startswith("endef"):
            break
        held.append(line)
    return Line("assign", (name, "=", "\n".join(held), ""))


def _conditional(plain: str) -> Line:
    """``if…`` with its two sides, ``else`` (perhaps with another ``if…``), ``endif``."""
    word, _, rest = plain.partition(" ")
    if word == "endif":
        return Line("endif")
    if word == "else":
        inner = _CONDITION.match(rest.strip())
        return Line("else", _sides(inner[1], inner[2]) if inner else ())
    found = _CONDITION.match(plain)
    return Line("if", _sides(found[1], found[2])) if found else Line("if", ("ifeq", "", ""))


def _sides(word: str, rest: str) -> tuple[str, ...]:
    rest = rest.strip()
    if word in ("ifdef", "ifndef"):
        return (word, rest, "")
    if rest.startswith("("):
        pieces = arguments(rest[1:-1] if rest.endswith(")") else rest[1:])
        return (word, pieces[0].strip(), ",".join(pieces[1:]).strip())
    quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", rest)
    sides = [one or other for one, other in quoted[:2]]
    return (word, *sides) if len(sides) == 2 else (word, rest, "")
