"""What takes the place of something else unsaid: modules by their names, packages by their content."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.guards import LostGuard

if TYPE_CHECKING:
    from tomllib import loads
else:
    loads = late("tomllib:loads")

_ROOT = lazy_pattern(r"(?:(?:src|lib|python)/)?(\w+)(?:\.py|/__init__\.py)")
"""Modules that a program of Python finds by their first name alone."""
_REQUIREMENTS = lazy_pattern(
    r"(?:^|/)(?:[\w.-]*requirements[\w.-]*|[^/]*constraints[^/]*)\.txt$|(?:^|/)requirements/.*\.txt$"
)


def find_substitutes(diff: Diff, base: Path, head: Path) -> tuple[LostGuard, ...]:
    """New modules with the name of another one, and requirements whose content nobody checks any more."""
    found: list[LostGuard] = []
    for file in diff.files:
        if file.status in "ARC" and file.path.endswith(".py"):
            found += _taken_name(file, head)
        if file.status == "M" and _REQUIREMENTS.search(file.path):
            texts = [_text(tree / file.path) for tree in (base, head)]
            if "--hash=" in texts[0] and "--hash=" not in texts[1]:
                found.append(LostGuard(file.shown, 1, "the content of packages is not checked any more"))
        if file.status == "M" and file.path.rpartition("/")[2] == "pyproject.toml":
            fixed, now = (_fixed_builders(_text(tree / file.path)) for tree in (base, head))
            if loose := sorted(name for name, exact in now.items() if not exact and fixed.get(name)):
                found.append(LostGuard(file.shown, 1, f"any version of {loose[0]} builds the package now"))
    return tuple(found)


def _fixed_builders(text: str) -> dict[str, bool]:
    """What a package is built with, by name, and whether it is one version."""
    try:
        wanted = loads(text).get("build-system", {}).get("requires", [])
        words = [each for each in wanted if isinstance(each, str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}
    named = ((re.match(r"[\w.-]+", each), each) for each in words)
    return {name[0].lower(): "==" in each or " @ " in each for name, each in named if name}


def _taken_name(file: ChangedFile, head: Path) -> Iterator[LostGuard]:
    folder = file.path.removesuffix("/__init__.py")
    if folder != file.path and (head / f"{folder}.py").is_file():
        yield LostGuard(file.shown, 1, "a package takes the place of the module of the same name")
    match = _ROOT.fullmatch(file.path)
    if match is None:
        return
    if match[1] in sys.stdlib_module_names and match[1] != "__main__":
        yield LostGuard(file.shown, 1, "a module takes the place of one of Python's own")
    elif _is_required(match[1], head):
        yield LostGuard(file.shown, 1, "a module takes the place of a package that is required")


def _is_required(name: str, head: Path) -> bool:
    """Whether the manifests at the top of *head* require a package called *name*."""
    word = re.escape(name).replace("_", "[-_.]")
    shape = re.compile(
        rf"(?im)^\s*{word}(?:\[[^\]]*\])?\s*(?:[=<>~!]=|@ )|[\"']{word}(?:\[[^\]]*\])?\s*[=<>~!]="
    )
    names = ("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py")
    return any(shape.search(_text(head / each)) for each in names)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace") if path.is_file() else ""
    except OSError:
        return ""
