"""docker/bake-action and depot/bake-action: the definition is read from the repository's bake files."""

from __future__ import annotations

from dataclasses import replace

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done
from wholeship.texts.template import Template, Value
from wholeship.tools import bake


def bake_action(call: Call) -> Done:
    """``push: true`` becomes ``--push``; without it the definition's own outputs decide."""
    outputs = {"metadata": call.output("metadata")}
    names = {**call.world.names, **_variables(call)}
    world = replace(call.world, names=names, directory=_directory(call))
    push = call.flag("push")
    effects = bake.effects(
        files=_lines(call, "files"),
        targets=_lines(call, "targets"),
        sets=_lines(call, "set"),
        push=push,
        load=call.flag("load"),
        world=world,
    )
    return Done(effects, outputs)


def _variables(call: Call) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for line in _templates(call, "vars"):
        name, value = line.cut("=")
        if value is not None and name.literal is not None:
            found[name.literal.strip()] = Value.of(value)
    return found


def _directory(call: Call) -> str:
    where = call.text("workdir", "source").removeprefix("./")
    return "" if where in (".", "") or where.startswith(("http", "{", "git")) else where


def _templates(call: Call, name: str) -> list[Template]:
    value = call.given(name)
    if value is None:
        return []
    found = [line.strip() for line in value.options[0].split("\r\n")]
    if name in ("files", "targets"):
        found = [piece.strip() for line in found for piece in line.split(",")]
    return [line for line in found if line.parts]


def _lines(call: Call, name: str) -> list[str]:
    return [str(line).removeprefix("./") for line in _templates(call, name)]


def shaped(call: Call) -> bool:
    """Inputs of bake-action under another name."""
    return bool({"files", "targets"} <= set(call.inputs)) and "push" in call.inputs


def setup_only(_call: Call) -> Done:
    """Nothing but a tool installed."""
    return Done(())


ACTIONS = {
    "docker/bake-action": bake_action,
    "docker/bake-action/subaction/list-targets": lambda call: Done(
        (), {"targets": call.output("targets"), "matrix": call.output("matrix")}
    ),
    "depot/bake-action": bake_action,
    "depot/setup-action": setup_only,
}
