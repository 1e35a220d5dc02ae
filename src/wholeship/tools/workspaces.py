"""Packages of one repository: scripts that a runner starts in each of them, and what ``go generate`` runs.

Which packages there are is said by patterns in settings files, and by what the folders hold. Where a folder
cannot be listed, or there is more than is looked through, the scripts may push.
"""

from __future__ import annotations

import fnmatch
import json
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wholeship.core import yamls
from wholeship.core.errors import WholeshipError
from wholeship.core.patterns import lazy_pattern
from wholeship.tools.pushing import find_push
from wholeship.tools.world import World

RUNNERS_OF_MANY = frozenset(
    ("npm", "pnpm", "yarn", "bun", "turbo", "nx", "lerna", "rush", "rushx", "moon", "wireit")
)
"""Runners that start scripts of packages which their words do not name by their folders."""
FOLDERS = 3_000
"""So many folders are looked into."""
SOURCES = 3_000
"""So many Go files are looked through."""
_SKIPPED = frozenset(("node_modules/", "vendor/", "testdata/", "dist/", "target/"))
_PROJECT_FOLDER = lazy_pattern(r'"projectFolder"\s*:\s*"([^"]+)"')
_GENERATE = lazy_pattern(r"^//go:generate .*$", 8)  # a line each


class NotListed(Exception):
    """What *folder* holds is not known."""


def pushing_package(words: Sequence[str], world: World) -> str | None:
    """The file of a package whose script, named by *words*, pushes or may; None: there is none.

    *words* are those behind the runner; a word that is no script names none.
    """
    wanted = {name for word in words for name in _names(word)}
    try:
        for folder in dict.fromkeys(_packages(world)):
            found = _pushes(folder, wanted, world)
            if found is not None:
                return found
    except NotListed as where:
        return f"{where}, whose packages could not be listed"
    return None


def _names(word: str) -> tuple[str, ...]:
    """What a word can call: ``build``, ``app:build``, ``@acme/app#build``, ``--target=build``, ``-t=a,b``."""
    text = word.partition("=")[2] if word.startswith("-") else word
    last = text.rpartition("#")[2]
    return tuple(name for each in last.split(",") for name in (each, each.rpartition(":")[2]) if name)


def _packages(world: World) -> Iterator[str]:
    """The folders of the packages; raises :class:`NotListed`."""
    settings = [_read(world, name) for name in ("package.json", "pnpm-workspace.yaml", "lerna.json")]
    for found in settings:
        patterns = found.get("workspaces", found.get("packages"))
        patterns = patterns.get("packages") if isinstance(patterns, dict) else patterns
        for each in patterns if isinstance(patterns, list) else ():
            if isinstance(each, str) and not each.startswith("!"):
                yield from _matching("", posixpath.normpath(each).split("/"), world)
    yield from _PROJECT_FOLDER.findall(world.file("rush.json") or "")
    if world.file("nx.json") is not None or world.file(".moon/workspace.yml") is not None:
        yield from _every_folder("", world)


def _read(world: World, name: str) -> dict[str, Any]:
    text = world.file(name)
    try:
        node = yamls.read_yaml(text, name) if text is not None and name.endswith("yaml") else None
        found: Any = yamls.plain_node(node) if node is not None else json.loads(text or "{}")
    except (ValueError, WholeshipError):
        return {}
    return found if isinstance(found, dict) else {}


def _matching(folder: str, pattern: Sequence[str], world: World) -> Iterator[str]:
    """Folders below *folder* that the parts of *pattern* match; ``**`` is any depth."""
    if not pattern:
        yield folder
        return
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        yield from _every_folder(folder, world)
    elif "*" in first or "{" in first:
        for name in _folders_in(folder, world):
            if "{" in first or fnmatch.fnmatchcase(name, first):
                yield from _matching(posixpath.join(folder, name), rest, world)
    else:
        yield from _matching(posixpath.join(folder, first), rest, world)


def _every_folder(top: str, world: World) -> Iterator[str]:
    waiting, count = [top], 0
    while waiting:
        folder = waiting.pop(0)
        yield folder
        count += 1
        if count > FOLDERS:
            raise NotListed(folder or ".")
        waiting += [posixpath.join(folder, name) for name in _folders_in(folder, world)]


def files_below(top: str, world: World) -> Iterator[str]:
    """Every file below *top*, seen from the working directory; raises :class:`NotListed`."""
    for folder in _every_folder(top, world):
        names = (name for name in world.names_in(folder) or () if not name.endswith("/"))
        yield from (posixpath.join(folder, name) for name in names)


def _folders_in(folder: str, world: World) -> list[str]:
    names = world.names_in(folder)
    if names is None:
        raise NotListed(folder or ".")
    return [name[:-1] for name in names if name.endswith("/") and name[0] != "." and name not in _SKIPPED]


def _pushes(folder: str, wanted: set[str], world: World) -> str | None:
    """The file in *folder* with a script among *wanted*, or one that it mentions, that pushes."""
    inside = replace(world, directory=posixpath.join(world.directory, folder))
    scripts = _read(inside, "package.json").get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    targets = _read(inside, "project.json").get("targets")
    held = {name: json.dumps(each) for name, each in targets.items()} if isinstance(targets, dict) else {}
    path = posixpath.join(folder, "project.json" if held else "package.json")
    if find_push(_reached({**scripts, **held}, wanted), inside) is not None:
        return path
    tasks = inside.file("moon.yml")
    return posixpath.join(folder, "moon.yml") if tasks and find_push(tasks, inside) is not None else None


def _reached(scripts: dict[str, Any], wanted: set[str]) -> str:
    todo = [
        name for name in scripts if name in wanted or name.removeprefix("pre").removeprefix("post") in wanted
    ]
    reached: dict[str, str] = {}
    while todo:
        name = todo.pop()
        if name not in reached:
            reached[name] = str(scripts[name])
            words = set(_WORDS.findall(reached[name]))
            todo += [other for other in scripts if other in words]
    return "\n".join(reached.values())


_WORDS = lazy_pattern(r"[\w:.-]+")


def pushing_generator(patterns: Sequence[str], world: World) -> str | None:
    """The Go file below *patterns* whose ``//go:generate`` line pushes, or may; None: there is none."""
    try:
        for pattern in patterns or (".",):
            top = posixpath.normpath(pattern.removesuffix("..."))
            folders = _every_folder(top, world) if pattern.endswith("...") else iter((top,))
            found = _generating(folders, world)
            if found is not None:
                return found
    except NotListed as where:
        return f"{where}, whose Go files could not all be looked through"
    return None


def _generating(folders: Iterator[str], world: World) -> str | None:
    count = 0
    for folder in folders:
        names = world.names_in(folder)
        if names is None:
            raise NotListed(folder)
        inside = replace(world, directory=posixpath.join(world.directory, folder))
        for name in names:
            text = inside.file(name) if name.endswith(".go") else None
            count += text is not None
            if count > SOURCES:
                raise NotListed(folder)
            lines = "\n".join(_GENERATE.findall(text)) if text and "go:generate" in text else ""
            if lines and find_push(lines, inside) is not None:
                return posixpath.join(folder, name)
    return None
