"""The places of change in one file, and the file without the change of each."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence, Set
from difflib import SequenceMatcher
from itertools import pairwise

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.review.evidence.content import ending, same_code
from wholeship.review.evidence.rewritten import only_gives_out
from wholeship.review.evidence.syntax import same_program

LINES = 20_000
"""Lines of one version."""
Span = tuple[int, int, int, int]
"""Lines of the file before, from and to, and those of the file now."""


@dataclass(frozen=True, slots=True)
class Part:
    """A place of change: its first line now, and the file without it."""

    line: int
    without: bytes


def parts_of(path: str, before: bytes, now: bytes, least: int = 2, *, types: bool = False) -> list[Part]:
    """The places of change of the file at *path* that a program could notice, where they are *least* or more.

    What was moved within the file is one of them; comments and layout, modules of Python's own that nobody
    needs any more, and that a new name is given out, are none. Where names are others now, so is each place
    that differs in more. With *types*, the types of plain functions of Python are layout.
    """
    parts = _parts(path, before, now, least, types)
    renamed = _by_new_names(before, now)
    beside = _parts(path, renamed, now, 1, types) if renamed != before else []
    return [*parts, *(part for part in beside if part.without not in {each.without for each in parts})]


def _parts(path: str, before: bytes, now: bytes, least: int, types: bool) -> list[Part]:
    old, new = before.splitlines(keepends=True), now.splitlines(keepends=True)
    if max(len(old), len(new)) > LINES:
        return []
    spans = [
        spans for spans in _joined(_spans(old, new), old, new) if not _imports_alone(path, spans, old, new)
    ]
    if len(spans) < least:
        return []
    parts = [_part(each, old, new) for each in spans]
    told = [part for part in parts if not _same(path, part.without, now, types)]
    if ending(path) == "py":
        told = [part for part in told if not only_gives_out(part.without, now, before)]
    return told if len(told) >= least else []


def parts_of_moved(path: str, origin: bytes, now: bytes, added: frozenset[int]) -> list[Part]:
    """The places of change within code that came to *path* from another file, whose content was *origin*.

    *added* are the numbers of the lines that came. A place stands between lines that are as they were.
    """
    old, new = origin.splitlines(keepends=True), now.splitlines(keepends=True)
    if max(len(old), len(new)) > LIMIT_MOVED:
        return []
    blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
    moved = [each for each in blocks if _is_moved(new[each.b : each.b + each.size], each.b, added)]
    spans = [(one.a + one.size, other.a, one.b + one.size, other.b) for one, other in pairwise(moved)]
    found = [span for span in spans if all(line + 1 in added for line in range(span[2], span[3]))]
    parts = [_part([each], old, new) for span in found for each in _split(span, old, new)]
    return [part for part in parts if not _same(path, part.without, now)]


LIMIT_MOVED = 5_000
"""Lines of one file, where code that moved is looked for."""


def _is_moved(lines: Sequence[bytes], start: int, added: frozenset[int]) -> bool:
    """Whether *lines*, which another file had, say something and came with the change."""
    said = any(len(line.strip()) > 4 for line in lines)
    return said and all(start + number + 1 in added for number in range(len(lines)))


def _part(spans: Sequence[Span], old: Sequence[bytes], new: Sequence[bytes]) -> Part:
    return Part(spans[0][2] + 1, _without(spans, old, new))


def _spans(old: Sequence[bytes], new: Sequence[bytes]) -> list[Span]:
    """The lines that differ."""
    return [
        span
        for kind, *lines in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
        if kind != "equal"
        for span in _split((lines[0], lines[1], lines[2], lines[3]), old, new)
    ]


def _split(span: Span, old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Span]:
    """*span* by the paragraphs of its lines, where one of them stood before and others came beside it."""
    start, end, begin, stop = span
    went, came = _paragraphs(old, start, end), _paragraphs(new, begin, stop)
    if len(went) == len(came) > 1:
        yield from ((*one, *other) for one, other in zip(went, came, strict=True))
    elif len(went) == 1 and len(came) > 1:
        text = b"".join(old[start:end])
        same = max(
            came, key=lambda each: SequenceMatcher(None, text, b"".join(new[each[0] : each[1]])).ratio()
        )
        if begin < same[0]:
            yield start, start, begin, same[0]
        yield start, end, *same
        if same[1] < stop:
            yield end, end, same[1], stop
    else:
        yield span


def _paragraphs(lines: Sequence[bytes], start: int, end: int) -> list[tuple[int, int]]:
    """From where to where, between *start* and *end*, lines stand without an empty one; all are in one."""
    found = [start]
    found += [n + 1 for n in range(start, end - 1) if not lines[n].strip() and lines[n + 1].strip()]
    return [(one, other) for one, other in zip(found, [*found[1:], end], strict=True) if one < other]


def _joined(spans: list[Span], old: Sequence[bytes], new: Sequence[bytes]) -> list[list[Span]]:
    """*spans*, where lines that went in one and came in another are one place."""
    groups: list[tuple[list[Span], set[bytes], set[bytes]]] = []
    for span in spans:
        went = {line.strip() for line in old[span[0] : span[1]]} - {b""}
        came = {line.strip() for line in new[span[2] : span[3]]} - {b""}
        same = next((each for each in groups if _moved(went, each[2]) or _moved(came, each[1])), None)
        if same is None:
            groups.append(([span], went, came))
        else:
            same[0].append(span)
    return [each for each, _, _ in groups]


def _moved(one: set[bytes], other: set[bytes]) -> bool:
    return len(one) > 1 and one == other


def _without(spans: Sequence[Span], old: Sequence[bytes], new: Sequence[bytes]) -> bytes:
    lines = list(new)
    for start, end, begin, stop in reversed(spans):
        lines[begin:stop] = old[start:end]
    return b"".join(lines)


def _same(path: str, before: bytes, now: bytes, types: bool = False) -> bool:
    return (
        same_code(path, before, now)
        or (types and same_code(path, before, now, types=True))
        or same_program(path, before, now) is True
    )


_NAME = lazy_pattern(rb"[^\W\d]\w*")


def _by_new_names(before: bytes, now: bytes) -> bytes:
    """*before*, with the names of *now* in place of those that went, where lines differ in nothing else."""
    old, new = (set(_NAME.findall(text)) for text in (before, now))
    gone, fresh = old - new, new - old
    names: dict[bytes, bytes] = {}
    for one, other in _alike(before, now, gone, fresh) if gone and fresh else ():
        if names.setdefault(one, other) != other:
            return before
    if not names or len(set(names.values())) < len(names):
        return before
    return _NAME.sub(lambda found: names.get(found[0], found[0]), before)


def _alike(before: bytes, now: bytes, gone: Set[bytes], fresh: Set[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Names of *gone*, and those of *fresh* that stand in their places on lines that are else the same."""
    came: dict[bytes, list[bytes]] = {}
    for line in now.splitlines():
        found = [name for name in _NAME.findall(line) if name in fresh]
        if found:
            came.setdefault(_NAME.sub(lambda m: b"\0" if m[0] in fresh else m[0], line), found)
    for line in before.splitlines():
        found = [name for name in _NAME.findall(line) if name in gone]
        shape = _NAME.sub(lambda m: b"\0" if m[0] in gone else m[0], line)
        if not shape.lstrip().startswith((b"import ", b"from ", b"use ")):
            yield from zip(found, came.get(shape, []), strict=False)


def _imports_alone(path: str, spans: Sequence[Span], old: Sequence[bytes], new: Sequence[bytes]) -> bool:
    """Whether only imports of Python's own modules came or went, by names that the other side has not."""
    if ending(path) != "py":
        return False
    went = _imported([line for start, end, _, _ in spans for line in old[start:end]])
    came = _imported([line for _, _, start, end in spans for line in new[start:end]])
    if went is None or came is None:
        return False
    pairs = ((went - came, new), (came - went, old))
    return not any({name.partition(".")[0] for name, _ in names} & _asked(lines) for names, lines in pairs)


def _asked(lines: Sequence[bytes]) -> set[str]:
    """The names that the program of *lines* asks for or gives; where it cannot be read, all in it."""
    text = b"".join(lines)
    try:
        nodes = list(ast.walk(ast.parse(text)))
        return {getattr(node, "id", "") or getattr(node, "name", "") or "" for node in nodes}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {name.decode("utf-8", "replace") for name in _NAME.findall(text)}


def _imported(lines: Sequence[bytes]) -> frozenset[tuple[str, str]] | None:
    """The names that *lines* import from Python's own modules, and what each is; None: they do more."""
    found = []
    for line in lines:
        try:
            (statement,) = ast.parse(line.strip() or b"from __future__ import annotations").body
        except (SyntaxError, ValueError):
            return None
        if isinstance(statement, ast.Import):
            found += [(each.asname or each.name, each.name) for each in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            found += [
                (each.asname or each.name, f"{statement.module}.{each.name}") for each in statement.names
            ]
        else:
            return None
    known = sys.stdlib_module_names | {"__future__"}
    plain = all(of.partition(".")[0] in known and name != "*" for name, of in found)
    return frozenset(found) if plain else None
