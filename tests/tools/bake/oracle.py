"""buildx itself, and what its ``bake --print`` says beside what this reader says."""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools.bake.inputs import Input
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.bake import Command, Target, Unreadable, read_targets
from wholeship.tools.exporters import YES, Exporter
from wholeship.tools.world import World

Plain = dict[str, dict[str, Any]]
"""Targets by name, as far as they are compared."""

HOLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for text that is not known."""


def buildx() -> str | None:
    """The pinned buildx, where the tests were given one."""
    return os.environ.get("WHOLESHIP_BUILDX")


def print_bake(program: str, given: Input, folder: Path) -> Plain | None:
    """What ``bake --print`` says of *given*; None: it refuses."""
    for name, text in given.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), **given.env}
    command = [program, "bake", "--print", "--progress", "quiet", *given.args]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    return printed(json.loads(done.stdout)) if done.returncode == 0 else None


def printed(document: Mapping[str, Any]) -> Plain:
    """The targets of a print, as far as they are compared."""
    return {name: _printed(target) for name, target in document["target"].items()}


def _printed(target: Mapping[str, Any]) -> dict[str, Any]:
    outputs = [_output(each) for each in target.get("output") or () if each["type"] != "cacheonly"]
    return {
        "context": target.get("context", ""),
        "dockerfile": target.get("dockerfile", ""),
        "inline": bool(target.get("dockerfile-inline")),
        "target": target.get("target", ""),
        "args": {key: _unescaped(value) for key, value in (target.get("args") or {}).items()},
        "contexts": target.get("contexts") or {},
        "tags": target.get("tags") or [],
        "platforms": target.get("platforms") or [],
        "outputs": sorted(outputs),
    }


def _unescaped(text: str) -> str:
    return text.replace("$${", "${").replace("%%{", "%{")


def _output(given: Mapping[str, str]) -> list[str]:
    pushes = given["type"] == "registry" or given.get("push", "") in YES
    return [given["type"], str(pushes), ",".join(each for each in given.get("name", "").split(",") if each)]


def read_input(given: Input, holes: frozenset[str] = frozenset()) -> tuple[Plain | None, ...]:
    """What this reader says of *given*, way by way; None: unreadable. Variables of *holes* are not known."""
    command = _command(given.args)
    names = {
        name: Value((Template.of(Hole(f"${name}", frozenset({Kind.OUTPUT}))),))
        if name in holes
        else Value.literal_of(text)
        for name, text in given.env.items()
    }
    world = World(read=given.files.get, names=names)
    return tuple(None if isinstance(way, Unreadable) else plain(way) for way in read_targets(command, world))


def _command(args: Sequence[str]) -> Command:
    found: dict[str, list[str]] = {}
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word in ("-f", "--set", "--var"):
            found.setdefault(word, []).append(rest.pop(0))
        else:
            found.setdefault(word if word.startswith("--") else "targets", []).append(word)

    def texts(name: str) -> tuple[Template, ...]:
        return tuple(map(Template.of, found.get(name, ())))

    return Command(
        texts("-f"), texts("targets"), texts("--set"), texts("--var"), "--push" in found, "--load" in found
    )


def plain(targets: Sequence[Target]) -> Plain:
    """Targets of this reader, in the form of a print."""
    return {target.name: _plain(target) for target in targets}


def _plain(target: Target) -> dict[str, Any]:
    made = {
        "context": _text(target.context),
        "dockerfile": _text(target.dockerfile),
        "inline": bool(target.inline.parts),
        "target": _text(target.stage),
        "args": {key: _text(value) for key, value in target.args.items()},
        "contexts": {key: _text(value) for key, value in target.contexts.items()},
        "tags": list(map(_text, target.tags)),
        "platforms": list(map(_text, target.platforms)),
        "outputs": sorted(_exporter(each) for each in target.outputs if each.kind != "cacheonly"),
    }
    if any(each.push is None for each in target.outputs):
        made["outputs"] = HOLE
    return {key: HOLE if key in target.unknown else value for key, value in made.items()}


def _exporter(given: Exporter) -> list[str]:
    pushes = HOLE if given.push is None else str(given.pushes)
    return [given.kind, pushes, ",".join(map(_text, given.names))]


def _text(text: Template) -> str:
    return "".join(part if isinstance(part, str) else f"{HOLE}{part.name}{HOLE}" for part in text.parts)


@dataclass(frozen=True)
class Verdict:
    """How two readings compare: ``wrong`` says where they differ, ``open`` what is not known."""

    wrong: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def compare(real: Plain, ours: Plain, env: Mapping[str, str]) -> Verdict:
    """*ours* beside what buildx prints. A hole named after a variable stands for its text."""
    if real.keys() != ours.keys():
        return Verdict((f"targets {sorted(real)} are read as {sorted(ours)}",))
    wrong, unknown = [], []
    for name, target in real.items():
        for key, value in target.items():
            written = ours[name][key]
            fits = _fits(value, written, env) or (key == "context" and _cleaned(written, env) == value)
            place = f"{name}.{key}: {value!r} is read as {written!r}"
            wrong += [] if fits else [place]
            unknown += [place] if fits and HOLE in repr(written) else []
    return Verdict(tuple(wrong), tuple(unknown))


def _fits(real: Any, ours: Any, env: Mapping[str, str]) -> bool:
    if isinstance(ours, str) and isinstance(real, str):
        return re.fullmatch(_pattern(ours, env), real, re.S) is not None
    if isinstance(ours, str) and ours == HOLE:
        return True
    if isinstance(real, list) and isinstance(ours, list):
        return _in_order(real, ours, env)
    if isinstance(real, dict) and isinstance(ours, dict):
        return real.keys() == ours.keys() and all(_fits(real[key], ours[key], env) for key in real)
    return bool(real == ours)


def _in_order(real: list[Any], ours: list[Any], env: Mapping[str, str], before: tuple[Any, ...] = ()) -> bool:
    """Item by item. What is not known may have been empty or the same as another, and then one is gone."""
    if not ours:
        return not real
    if real and _fits(real[0], ours[0], env) and _in_order(real[1:], ours[1:], env, (*before, real[0])):
        return True
    gone = HOLE in repr(ours[0]) or ours[0] in before
    return gone and _in_order(real, ours[1:], env, before)


def _pattern(text: str, env: Mapping[str, str]) -> str:
    pieces = text.split(HOLE)
    return "".join(
        re.escape(piece) if at % 2 == 0 else re.escape(env[piece[1:]]) if piece[1:] in env else ".*"
        for at, piece in enumerate(pieces)
    )


def _cleaned(path: str, env: Mapping[str, str]) -> str:
    """A path whose holes stand for variables, as Go cleans it once they are known."""
    pieces = path.split(HOLE)
    text = "".join(each if at % 2 == 0 else env.get(each[1:], HOLE) for at, each in enumerate(pieces))
    return posixpath.normpath(text)
