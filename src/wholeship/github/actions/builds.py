"""docker/build-push-action and everything shaped like it: depot, blacksmith, forks.

Its ``action.yml`` and ``src/context.ts``; buildx ``commands/build.go`` for what pushes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Effect, Examine, Write, platforms, read_references
from wholeship.pipeline.publish import Build, CheckKind, Way
from wholeship.texts.template import Template, Value
from wholeship.tools.docker import build_effects
from wholeship.tools.exporters import Exporter, exporters


def build_push(call: Call) -> Done:
    """Pushes when ``push`` is true or an exporter pushes; ``cache-to: type=registry`` writes too."""
    outputs = {name: call.output(name) for name in ("digest", "imageid", "metadata")}
    kind = (call.given("call") or Value.literal_of("build")).literal
    if kind not in ("build", None):
        return Done((Examine(CheckKind.LINT),), outputs)
    push = call.flag("push")
    wanted = _exporters(call)
    effects = build_effects(
        tags=read_references(call.inputs.get("tags", Value())),
        push=push,
        load=call.flag("load"),
        wanted=wanted,
        on=platforms(call.given("platforms", "platform")),
        made=build_of(call),
        caches=tuple(line for option in _options(call, "cache-to") for line in option.split("\r\n")),
    )
    return Done((*effects, *_saved(call)), outputs)


def lacks_name(call: Call) -> bool:
    """Whether it fails for want of a name: it is told to push, and given no tag and no exporter."""
    tags = call.inputs.get("tags")
    named = tags is None or tags.literal is None or tags.literal.strip() or call.given("outputs")
    return ACTIONS.get(call.action) is build_push and not named


def _exporters(call: Call) -> list[Exporter]:
    found = [exporter for option in _options(call, "outputs") for exporter in exporters(option)]
    return found


def _options(call: Call, name: str) -> tuple[Template, ...]:
    value = call.given(name)
    return value.options if value is not None else ()


def _saved(call: Call) -> tuple[Effect, ...]:
    """depot's ``save-tag``: into Depot's own registry, which no consumer follows by default."""
    tags = call.given("save-tag", "save-tags")
    if tags is None or call.flag("save") is False:
        return ()
    return (Write(Way.BUILD, read_references(tags), cache=True),)


def build_of(call: Call) -> Build:
    """What the build is made from. Without ``context`` it is the commit, not the workspace."""
    context = call.text("context").removeprefix("./").rstrip("/")
    tags = call.given("tags")
    return Build(
        context="" if context == "." else context or "git",
        file=call.text("file", "dockerfile").removeprefix("./"),
        target=call.text("target"),
        local=tuple(t.strip() for option in (tags.options if tags else ()) for t in option.split("\r\n,")),
        arguments=tuple(
            sorted(
                str(line.strip())
                for option in _options(call, "build-args")
                for line in option.split("\r\n")
                if line.strip().parts
            )
        ),
        secrets=tuple(_secret_names(call)),
    )


def _secret_names(call: Call) -> Iterator[str]:
    for key in ("secrets", "secret-envs", "secret-files"):
        for line in (line for option in _options(call, key) for line in option.split("\r\n")):
            name = str(line.strip()).strip("\"'").partition("=")[0]
            if re.fullmatch(r"[\w.-]+", name):
                yield name


def shaped_build(call: Call) -> bool:
    """Inputs of build-push-action under another name."""
    names = set(call.inputs)
    return (
        "push" in names
        and bool(names & {"tags", "outputs"})
        and bool(names & {"context", "file", "platforms"})
    )


ACTIONS = {
    "docker/build-push-action": build_push,
    "depot/build-push-action": build_push,
    "useblacksmith/build-push-action": build_push,
    "namespacelabs/build-push-action": build_push,
    "int128/docker-build-push-action": build_push,
}
