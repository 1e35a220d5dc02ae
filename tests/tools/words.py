"""Command lines, action inputs and effects, in short texts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from wholeship import tools as programs
from wholeship.github import actions
from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import (
    Done,
    Effect,
    Emulate,
    Examine,
    Leaves,
    LeftOut,
    Local,
    Login,
    Opaque,
    PushesNothing,
    Retag,
    Write,
)
from wholeship.pipeline.publish import Atomicity
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.world import World


def template(text: str) -> Template:
    """``{name}`` is an unknown input, ``{!name}`` a commit, ``{?name}`` an output, the rest is literal."""
    kinds = {"!": Kind.COMMIT, "?": Kind.OUTPUT, "@": Kind.CLOCK}
    parts: list[str | Hole] = []
    for piece in re.split(r"(?<!\{)(\{[!?@]?[\w.]+\})(?!\})", text):
        if re.fullmatch(r"\{[!?@]?[\w.]+\}", piece):
            name = piece[1:-1]
            parts.append(Hole.of(kinds.get(name[0], Kind.INPUT), name.lstrip("!?@"), "site"))
        else:
            parts.append(piece)
    return Template.of(*parts)


def world(files: Mapping[str, str] | None = None, **names: str) -> World:
    return World(
        (files or {}).get,
        {name: Value.of(template(text)) for name, text in names.items()},
        reference=("REF_KIND", "REF_NAME"),
    )


def line(text: str, files: Mapping[str, str] | None = None, **names: str) -> list[str]:
    """The effects of a command line."""
    words = [template(word) for word in shlex.split(text)]
    return said(programs.effects_of(words, world(files, **names)))


def call(
    action: str,
    inputs: Mapping[str, str | Value] | None = None,
    *,
    files: Mapping[str, str] | None = None,
    ref: RefClass = RefClass.DEFAULT,
    name: str = "main",
    event: str = "push",
) -> Done:
    """What an action does."""
    given = {
        key: text if isinstance(text, Value) else Value.of(template(text))
        for key, text in (inputs or {}).items()
    }
    trigger = Trigger(event, ref, template(name), "main")
    return actions.read_action(Call(action, given, "job/step", trigger, world(files)))


def said(effects: Iterable[Effect]) -> list[str]:
    """All but what a command leaves out."""
    return [_said(effect) for effect in effects if not isinstance(effect, PushesNothing | LeftOut)]


def _said(effect: Effect) -> str:
    match effect:
        case Write():
            text = " ".join(f"{each}{'' if each.certain else '?'}" for each in effect.references)
            on = "" if effect.platforms is None else " on " + ",".join(sorted(map(str, effect.platforms)))
            on = on if effect.platforms else ""
            source = " from " + " ".join(map(str, effect.sources)) if effect.sources else ""
            marks = " maybe" * effect.maybe + " cache" * effect.cache
            marks += " any" * (effect.atomicity is Atomicity.SUBSET)
            return f"{effect.way}: {text}{on}{source}{marks}"
        case Local():
            names = " ".join(map(str, effect.build.local))
            return f"local: {names} of {effect.build.file or effect.build.context or '.'}"
        case Retag():
            return f"tag: {effect.source} as {effect.target}"
        case Login():
            return f"login: {effect.registry}"
        case Examine():
            subjects = "".join(f" {each}" for each in effect.subjects)
            return f"{effect.kind}:{subjects}{'' if effect.real else ' (cannot fail)'}"
        case Opaque():
            return f"opaque{' push' if effect.writes else ''}: {effect.reason}"
        case Leaves():
            return "leaves: " + " ".join(f"{name}={value}" for name, value in effect.outputs.items())
        case Emulate():
            return "emulate"
        case LeftOut():
            return f"left out: {' '.join(map(str, effect.references))}, {effect.reason}"
        case PushesNothing():
            return "nothing"
