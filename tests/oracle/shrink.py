"""Makes a world smaller as long as something holds of it: what is left shows why."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from tests.oracle import yaml12
from tests.oracle.generate import dump
from tests.oracle.world import MAIN, World


def shrunk(world: World, holds: Callable[[World], bool], tries: int = 200) -> World:
    """The smallest world found in *tries* attempts of which *holds* is still true."""
    moved = True
    while moved and tries > 0:
        moved = False
        for candidate in _smaller(world):
            tries -= 1
            if tries <= 0:
                break
            if _safely(holds, candidate):
                world, moved = candidate, True
                break
    return world


def _safely(holds: Callable[[World], bool], world: World) -> bool:
    try:
        return holds(world)
    except (KeyError, IndexError, AttributeError, TypeError, ValueError, yaml.YAMLError):
        return False  # not a workflow any more


def _smaller(world: World) -> Iterator[World]:
    if len(world.events) > 1:
        for event in world.events:
            yield replace(world, events=(event,))
    for path in world.files:
        if path != MAIN:
            yield _with(world, path, None)
    for path, body in world.files.items():
        if path.endswith(".yml"):
            for document in _documents(yaml12.load(body)):
                yield _with(world, path, dump(document))
    for path, body in world.files.items():
        lines = body.split("\n")
        if not path.endswith(".yml"):
            for index in range(len(lines)):
                yield _with(world, path, "\n".join(lines[:index] + lines[index + 1 :]))


def _with(world: World, path: str, body: str | None) -> World:
    files = {name: text for name, text in world.files.items() if name != path}
    return replace(world, files=files if body is None else {**files, path: body})


_OPTIONAL = (
    "if",
    "strategy",
    "env",
    "outputs",
    "needs",
    "continue-on-error",
    "shell",
    "id",
    "name",
    "working-directory",
    "defaults",
)


def _documents(document: Any) -> Iterator[Any]:
    """The document with one thing less."""
    for name in document.get("jobs") or ():
        new = copy.deepcopy(document)
        del new["jobs"][name]
        for job in new["jobs"].values():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs") or []
            job["needs"] = [entry for entry in needs if entry != name]
        yield new
    for place in _places(document):
        if place[0] in ("on", "permissions"):
            continue
        yield from _without(document, place)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            if key in _OPTIONAL or key == "run":
                yield (*path, key)
            yield from _places(entry, (*path, key))
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield (*path, index)
            yield from _places(entry, (*path, index))


def _without(document: Any, place: tuple[Any, ...]) -> Iterator[Any]:
    new = copy.deepcopy(document)
    holder = new
    for key in place[:-1]:
        holder = holder[key]
    key = place[-1]
    if "docker/login-action" in str(holder[key]) and "steps" in place and isinstance(key, int):
        return  # without a login nothing can be pushed: that is another question
    if key != "run":
        del holder[key]
        yield new
        return
    lines = str(holder[key]).split("\n")
    for index in range(len(lines)) if len(lines) > 1 else ():
        again = copy.deepcopy(document)
        inner = again
        for step in place[:-1]:
            inner = inner[step]
        inner["run"] = "\n".join(lines[:index] + lines[index + 1 :])
        yield again
