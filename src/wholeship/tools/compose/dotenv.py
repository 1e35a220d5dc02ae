"""``.env`` files, as Compose reads them: compose-go ``dotenv/parser.go``."""

from __future__ import annotations

import re

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import Hole, Template
from wholeship.tools.compose.interpolate import Lookup, NotCompose, interpolate, under
from wholeship.tools.world import World

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
