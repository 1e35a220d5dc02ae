"""Variables in a Compose file and in an ``.env`` file: ``$NAME``, ``${NAME:-other}`` and the like, nested.

Compose specification, "Interpolation"; for ``.env`` files compose-go ``dotenv/parser.go``. A value of which a
part is not known is taken not to be empty, as the reader of scripts takes it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import EMPTY, Hole, Template
from wholeship.tools.world import World

Lookup = Callable[[str], Template | None]

_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OPERATOR = lazy_pattern(r":?[-+?]")
MOST_NESTED = 50


class NotCompose(ValueError):
    """The text is not what Compose reads, or a required variable is missing."""


def interpolate(text: str, lookup: Lookup, depth: int = 0) -> Template:
    """*text* with its variables filled in; one that is not set is empty. Raises :class:`NotCompose`."""
    if depth > MOST_NESTED:
        raise NotCompose("variables nested too deeply")
    if "$" not in text:
        return Template.of(text)
    parts: list[str | Template] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        part, at = _variable(text, dollar, lookup, depth)
        parts.append(part)
    return Template.of(*parts, text[at:])


def _variable(text: str, dollar: int, lookup: Lookup, depth: int) -> tuple[str | Template, int]:
    """What the dollar at *dollar* begins, and where it ends."""
    at = dollar + 1
    if text.startswith("$", at):
        return "$", at + 1
    if not text.startswith("{", at):
        name = _NAME.match(text, at)
        return (lookup(name[0]) or EMPTY, name.end()) if name else ("$", at)
    end = _closing(text, at)
    name = _NAME.match(text, at + 1, end)
    if not name:
        raise NotCompose(f"{text[dollar : end + 1]!r} is no variable")
    if name.end() == end:
        return lookup(name[0]) or EMPTY, end + 1
    operator = _OPERATOR.match(text, name.end(), end)
    if not operator:
        raise NotCompose(f"{text[dollar : end + 1]!r} is no variable")
    return _operated(name[0], operator[0], text[operator.end() : end], lookup, depth), end + 1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise NotCompose(f"a brace is not closed in {text!r}")


def _operated(name: str, operator: str, other: str, lookup: Lookup, depth: int) -> Template:
    value = lookup(name)
    missing = value is None or (operator.startswith(":") and value == EMPTY)
    kind = operator[-1]
    if kind == "?" and missing:
        raise NotCompose(f"the variable {name} is required: {other}")
    if (kind == "-" and missing) or (kind == "+" and not missing):
        return interpolate(other, lookup, depth + 1)
    return value if value is not None else EMPTY


def under(first: Lookup, then: Mapping[str, Template]) -> Lookup:
    """Asks *first*, then looks in *then*."""

    def lookup(name: str) -> Template | None:
        found = first(name)
        return found if found is not None else then.get(name)

    return lookup


_START = lazy_pattern(r"(?:\s+|#[^\n]*)*")
_KEY = lazy_pattern(r"(?:export[ \t]+)?([\w.\-\[\] \t]*?)[ \t]*(?:([=:])[ \t]*|\n|$)")
_ESCAPE = lazy_pattern(r"\\([abcfnrtv$\"\\]|0\d{0,3})")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "$": "$$", '"': '"',
            "\\": "\\"}  # fmt: skip


_MARK = "\x01hole{}\x01"
_MARKED = lazy_pattern(r"\x01hole(\d+)\x01")


def in_run(world: World, lookup: Lookup, path: str = ".env") -> Lookup:
    """*lookup* with the variables of the file at *path* under it, as the run left it; raises NotCompose."""
    written = world.written(path)
    if written is None:
        text = world.file(path)
        return lookup if text is None else under(lookup, read_settings(text, lookup))
    if written.only is None or isinstance(next(iter(written.only.parts), ""), Hole):
        raise NotCompose(f"what stands in {path} is only known in the run")
    holes = written.only.holes
    marks = iter(range(len(holes)))
    marked = [_MARK.format(next(marks)) if isinstance(part, Hole) else part for part in written.only.parts]
    found = read_settings("".join(marked), lookup)
    return under(lookup, {name: _unmarked(value, holes) for name, value in found.items()})


def _unmarked(value: Template, holes: tuple[Hole, ...]) -> Template:
    """*value* with its holes where their marks stand."""
    parts: list[str | Hole] = []
    for part in value.parts:
        if isinstance(part, Hole):
            parts.append(part)
            continue
        for number, piece in enumerate(_MARKED.split(part)):
            parts.append(holes[int(piece)] if number % 2 else piece)
    return Template.of(*parts)


def read_settings(text: str, environment: Lookup) -> dict[str, Template]:
    """The variables that *text* sets; raises NotCompose. *environment* goes before what the file sets."""
    found: dict[str, Template] = {}
    text = text.removeprefix("\ufeff")
    at = _past(_START, text, 0)
    while at < len(text):
        key = _KEY.match(text, at)
        if not key or not key[1] or " " in key[1]:
            raise NotCompose(f"line {text.count(chr(10), 0, at) + 1} of the .env file sets nothing")
        at = key.end()
        if key[2]:
            found[key[1]], at = _value(text, at, under(environment, found))
        elif (inherited := environment(key[1])) is not None:
            found[key[1]] = inherited
        at = _past(_START, text, at)
    return found


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, lookup: Lookup) -> tuple[Template, int]:
    quote = text[at : at + 1]
    if quote not in ("'", '"') or not quote:
        line, _, _ = text[at:].partition("\n")
        return interpolate(line.partition(" #")[0].rstrip(), lookup), at + len(line) + 1
    end = at + 1
    while end < len(text) and text[end] != quote:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise NotCompose("a quote of the .env file is not closed")
    inner = text[at + 1 : end].replace("\\" + quote, quote)
    if quote == "'":
        return Template.of(inner), end + 1
    return interpolate(_ESCAPE.sub(_unescaped, inner), lookup), end + 1


def _unescaped(found: re.Match[str]) -> str:
    if found[1].startswith("0"):
        digits = found[1][1:]
        return chr(int(digits, 8)) if len(digits) == 3 and set(digits) <= set("01234567") else found[0]
    return _ESCAPED.get(found[1], found[0])
