"""Edits of a workflow file that keep its comments and its formatting."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wholeship.core.finding import Edit
from wholeship.core.place import Place
from wholeship.pipeline.run import Job, Step
from wholeship.verdict.study import Study


def add_needs(study: Study, job: Job, names: Sequence[str]) -> tuple[Edit, ...]:
    """*job* also needs *names*; nothing when its ``needs`` is written in a way that is better left alone."""
    key = _key_line(study, job)
    if key is None or not names:
        return ()
    row, indent = key
    inner = _inner_indent(study.lines, row, indent)
    if inner is None:
        return ()
    at = _entry(study.lines, row, inner, "needs")
    if at is None:
        text = f"{' ' * inner}needs: [{', '.join(names)}]\n"
        return (_insert(study.path, row + 1, 0, text),)
    return _longer(study, at, inner, names)


def add_condition(study: Study, step: Step, expression: str) -> tuple[Edit, ...]:
    """*step* runs only if *expression*; nothing when it has a condition already."""
    if step.condition_text or step.place.file != study.path or not step.place.line:
        return ()
    row = step.place.line - 1
    line = study.lines[row]
    column = step.place.column - 1
    if line[column:].startswith(("{", "*", "&")) or line[:column].strip(" -"):
        return ()
    end = _first_value_end(study.lines, row, column)
    return (_insert(study.path, end + 1, 0, f"{' ' * column}if: {expression}\n"),)


def value(study: Study, place: Place, key: str, old: str, new: str) -> tuple[Edit, ...]:
    """The value *old* of *key* in the mapping at *place* becomes *new*."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(key)}\s*:\s*({re.escape(old)})(?![\w-])")
    first = place.line - 1
    last = place.end_line if place.end_line else first + 12
    for row in range(max(first, 0), min(last, len(study.lines))):
        found = pattern.search(study.lines[row].split(" #", 1)[0])
        if found:
            start, end = found.start(1), found.end(1)
            where = Place(study.path, row + 1, start + 1, place.path, row + 1, end + 1)
            return (Edit(where, new),)
    return ()


def _insert(path: str, row: int, column: int, text: str) -> Edit:
    place = Place(path, row + 1, column + 1, "", row + 1, column + 1)
    return Edit(place, text)


def _key_line(study: Study, job: Job) -> tuple[int, int] | None:
    """The row and indentation of ``job-id:``; None when it does not stand alone on its line."""
    if job.place.file != study.path or not job.place.line:
        return None
    row = job.place.line - 1
    found = re.match(r"( *)([\"']?)[\w.-]+\2:\s*(?:#.*)?$", study.lines[row])
    return (row, len(found[1])) if found else None


def _inner_indent(lines: Sequence[str], row: int, indent: int) -> int | None:
    for line in lines[row + 1 :]:
        if line.strip() and not line.lstrip().startswith("#"):
            inner = len(line) - len(line.lstrip())
            return inner if inner > indent else None
    return None


def _entry(lines: Sequence[str], row: int, indent: int, key: str) -> int | None:
    """The row of *key* in the mapping that starts below *row*."""
    for at in range(row + 1, len(lines)):
        line = lines[at]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        here = len(line) - len(line.lstrip())
        if here < indent:
            return None
        if here == indent and re.match(rf"{re.escape(key)}\s*:", line.lstrip()):
            return at
    return None


def _longer(study: Study, row: int, indent: int, names: Sequence[str]) -> tuple[Edit, ...]:
    line = study.lines[row]
    listed = re.match(r"\s*needs\s*:\s*\[([^\]]*)(\])", line)
    if listed:
        before = ", " if listed[1].strip().rstrip(",") else ""
        end = len(listed[1].rstrip().rstrip(",")) + listed.start(1)
        return (_insert(study.path, row, end, before + ", ".join(names)),)
    single = re.match(r"\s*needs\s*:\s*([\w.-]+)\s*(?:#.*)?$", line)
    if single:
        place = Place(study.path, row + 1, single.start(1) + 1, "", row + 1, single.end(1) + 1)
        return (Edit(place, f"[{', '.join((single[1], *names))}]"),)
    if re.match(r"\s*needs\s*:\s*(?:#.*)?$", line):
        return _another_item(study, row, indent, names)
    return ()


def _another_item(study: Study, row: int, indent: int, names: Sequence[str]) -> tuple[Edit, ...]:
    last, lead = row, ""
    for at in range(row + 1, len(study.lines)):
        found = re.match(r"( *)- ", study.lines[at])
        if not found or len(found[1]) < indent:
            break
        last, lead = at, found[1]
    if last == row:
        return ()
    return (_insert(study.path, last + 1, 0, "".join(f"{lead}- {name}\n" for name in names)),)


def _first_value_end(lines: Sequence[str], row: int, column: int) -> int:
    """The last row of the first entry of the mapping that starts at *row*, *column*."""
    at = row
    while at + 1 < len(lines):
        following = lines[at + 1]
        here = len(following) - len(following.lstrip())
        if following.strip() and here <= column:
            break
        if not following.strip():
            break
        at += 1
    return at
