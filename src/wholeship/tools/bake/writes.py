"""What one bake run does to images.

buildx ``bake/bake.go`` and ``build/opt.go``: ``--push`` is an override of every target, tags take the place
of an output's names, and a target that is built only as a context of another goes nowhere.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import replace

from wholeship.pipeline.effects import Effect, LeftOut, Local, Opaque, Write, platforms, read_reference
from wholeship.pipeline.merge import merged_effects
from wholeship.pipeline.publish import Atomicity, Build, Reference, Way
from wholeship.texts.template import Template
from wholeship.tools.bake.read import Command, Target, Unreadable, read_targets, target_names
from wholeship.tools.exporters import cache_writes
from wholeship.tools.world import World


def effects(command: Command, world: World) -> tuple[Effect, ...]:
    """What one bake run writes: each target as it finishes, so any subset of them.

    Where the targets are only known in the run, it may be any of the definition's.
    """
    open_names = any(name.literal is None for name in command.targets)
    if open_names:
        names = target_names(command, world)
        command = replace(command, targets=tuple(map(Template.of, names)))
    ways = read_targets(command, world)
    found = _in_every_way(ways, command, world)
    if any(isinstance(each, Write) for each in found) and not open_names:
        built = {each.name for way in ways if not isinstance(way, Unreadable) for each in way}
        found += _not_called(command, built, world)
    return tuple(
        replace(each, maybe=True) if open_names and isinstance(each, Write) else each for each in found
    )


MOST_OTHERS = 40
"""Of more targets that are not called, none is told."""


def _not_called(command: Command, built: Collection[str], world: World) -> Iterator[LeftOut]:
    """The images of the definition's other targets, as far as they are known."""
    others = [name for name in target_names(command, world, groups=False) if name not in built]
    if not 0 < len(others) <= MOST_OTHERS:
        return
    way = next(iter(read_targets(replace(command, targets=tuple(map(Template.of, others))), world)), None)
    for target in way if way is not None and not isinstance(way, Unreadable) else ():
        if target.name in others and target.pushes and target.tags and "tags" not in target.unknown:
            why = "no command of this workflow builds it, the bake definition has it"
            yield LeftOut(tuple(map(read_reference, target.tags)), why, made_from(target, world), meant=True)


def _in_every_way(
    ways: tuple[tuple[Target, ...] | Unreadable, ...], command: Command, world: World
) -> list[Effect]:
    found: list[Effect] = [
        *dict.fromkeys(unreadable(way, command) for way in ways if isinstance(way, Unreadable))
    ]
    by_name = [{target.name: target for target in way} for way in ways if not isinstance(way, Unreadable)]
    for name in dict.fromkeys(name for way in by_name for name in way):
        targets = [way.get(name) for way in by_name]
        choices = [
            tuple(_written(target, world, told=command.push is True)) if target is not None else ()
            for target in targets
        ]
        found += merged_effects(list(dict.fromkeys(choices)))
    return found


def unreadable(way: Unreadable, command: Command) -> Opaque:
    """A definition that could not be read: it surely writes when it was told to push."""
    files = ", ".join(map(str, command.files))
    named = f" ({files})" if files else ""
    return Opaque(f"a bake file that could not be read{named}: {way.reason}", writes=command.push is True)


def _written(target: Target, world: World, *, told: bool) -> list[Effect]:
    on = platforms(Template.of(*(piece for each in target.platforms for piece in (each, ","))))
    on = None if "platforms" in target.unknown else on
    made = made_from(target, world)
    if not target.builds:
        return []
    caches = [] if target.linked else list(cache_writes(target.caches))
    if target.pushes is False:
        return [*caches, Local(made, on), *_kept_back(target, made, told)]
    pushing = [output for output in target.outputs if output.pushes]
    names = target.tags or tuple(name for output in pushing for name in output.names)
    if "tags" in target.unknown or not names:
        reason = f"bake target {target.name} is pushed, and its tags are not known"
        return [*caches, Opaque(reason, writes=target.pushes is True)]
    held = tuple(map(read_reference, names))
    if pushing and all(output.by_digest for output in pushing):
        held = tuple(Reference(each.repository, None) for each in held)
    load = any(output.kind == "docker" for output in target.outputs)
    maybe = target.pushes is None
    write = Write(Way.BAKE, held, on, build=made, atomicity=Atomicity.SUBSET, maybe=maybe)
    return [*caches, write, *([Local(made, on)] if load else [])]


def _kept_back(target: Target, made: Build, told: bool) -> Iterator[LeftOut]:
    """A target that ``--push`` does not make push: its own output goes elsewhere."""
    kinds = {each.kind for each in target.outputs}
    if told and not target.linked and target.tags and kinds and "tags" not in target.unknown:
        own = ", ".join(sorted(kinds))
        why = f"the target {target.name} has an output of its own ({own}), in spite of --push"
        yield LeftOut(tuple(map(read_reference, target.tags)), why, made)


def made_from(target: Target, world: World) -> Build:
    """What a target is built from: its Dockerfile is seen from its context."""
    context, file = str(target.context), str(target.dockerfile)
    within = "" if context == "." else world.inside(context)
    if file == "Dockerfile" and not target.inline.parts:
        file = ""
    elif not context.startswith(("{", "/")) and "://" not in context:
        file = world.inside(posixpath.join(context, file))
    return Build(within, file, str(target.stage), target.tags, _arguments(target))


def _arguments(target: Target) -> tuple[str, ...]:
    """All else that decides what comes out: two targets that differ in one of these are two images."""
    found = [f"{name}={value}" for name, value in target.args.items()]
    found += [f"context {name}={value}" for name, value in target.contexts.items()]
    found += [f"{name} of {target.name}" for name in target.unknown & {"args", "contexts"}]
    return tuple(sorted([*found, *([f"Dockerfile {target.inline}"] if target.inline.parts else [])]))
