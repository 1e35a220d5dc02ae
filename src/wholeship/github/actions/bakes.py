"""docker/bake-action and depot/bake-action: the definition is read from the repository's bake files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done
from wholeship.pipeline.merge import merged_effects
from wholeship.texts.template import Template, Value
from wholeship.tools import bake


def bake_action(call: Call) -> Done:
    """``push: true`` becomes ``--push``; without it the definition's own outputs decide."""
    outputs = {"metadata": call.output("metadata")}
    world = replace(call.world, directory=_directory(call))
    found = merged_effects([bake.effects(command, world) for command in _commands(call)])
    return Done(tuple(found), outputs)


def _commands(call: Call) -> Iterator[bake.Command]:
    """The command lines that the inputs can mean: a list that has several readings gives as many."""
    lists = [_lists(call, name) for name in ("files", "targets", "set", "vars")]
    for files, targets, sets, variables in itertools.islice(itertools.product(*lists), READINGS):
        yield bake.Command(files, targets, sets, variables, call.flag("push"), call.flag("load"))


READINGS = 24
"""More readings of the inputs together than this are not looked at, as with the readings of one value."""


def _directory(call: Call) -> str:
    where = call.text("workdir", "source").removeprefix("./")
    return "" if where in (".", "") or where.startswith(("http", "{", "git")) else where


def _lists(call: Call, name: str) -> list[tuple[Template, ...]]:
    value = call.given(name)
    if value is None:
        return [()]
    return [tuple(_listed(option, commas=name in ("files", "targets"))) for option in value.options]


def _listed(text: Template, *, commas: bool) -> Iterator[Template]:
    """The items of a list: one a line, and between commas where *commas*."""
    for line in text.split("\r\n"):
        pieces = line.split(",") if commas else (line,)
        yield from (stripped for piece in pieces if (stripped := piece.strip()).parts)


def shaped_bake(call: Call) -> bool:
    """Inputs of bake-action under another name."""
    return bool({"files", "targets"} <= set(call.inputs)) and "push" in call.inputs


def setup_only(_call: Call) -> Done:
    """Nothing but a tool installed."""
    return Done(())


def list_targets(call: Call) -> Done:
    """Its output ``targets``: the names of a print, as JSON."""
    names = _printed_names(call)
    return Done((), {"targets": _json(names) if names is not None else call.output("targets")})


def matrix(call: Call) -> Done:
    """Its output ``matrix``: an entry for each target of a print, without further fields."""
    names = _printed_names(call) if call.given("fields") is None else None
    entries = [{"target": name} for name in names] if names is not None else None
    return Done((), {"matrix": _json(entries) if entries is not None else call.output("matrix")})


def _json(value: object) -> Value:
    return Value.literal_of(json.dumps(value, separators=(",", ":")))


def _printed_names(call: Call) -> list[str] | None:
    """The targets that ``bake --print`` shows, sorted as it sorts them; None: not known."""
    found: set[tuple[str, ...] | None] = set()
    for files, targets in itertools.product(_lists(call, "files"), _lists(call, "target")):
        ways = bake.read_targets(
            bake.Command(files, targets), replace(call.world, directory=_directory(call))
        )
        found |= {_sorted_names(way) for way in ways}
    only = found.pop() if len(found) == 1 else None
    return None if only is None else [*only]


def _sorted_names(way: tuple[bake.Target, ...] | bake.Unreadable) -> tuple[str, ...] | None:
    return None if isinstance(way, bake.Unreadable) else tuple(sorted(target.name for target in way))


ACTIONS = {
    "docker/bake-action": bake_action,
    "docker/bake-action/subaction/list-targets": list_targets,
    "docker/bake-action/subaction/matrix": matrix,
    "depot/bake-action": bake_action,
    "depot/setup-action": setup_only,
}
