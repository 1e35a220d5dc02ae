"""Programs that put something beside an image, or a chart, into a registry: cosign, helm, notation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.pipeline.effects import READ, Effect, Login, Write, read_reference
from wholeship.pipeline.publish import Reference, Way
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools.options import take

if TYPE_CHECKING:
    from wholeship.tools.world import World

Words = Sequence[Template]


def cosign(words: Words, _world: World) -> tuple[Effect, ...]:
    """``cosign copy`` moves an image; signing and attesting add manifests that no tag policy selects."""
    options = take(
        words[1:], ("--key", "-a", "--predicate", "--type", "--identity-token", "--bundle", "--dir")
    )
    verb, rest = (options.rest[0].literal, options.rest[1:]) if options.rest else ("", [])
    if verb == "copy" and len(rest) > 1:
        return (Write(Way.COPY, (read_reference(rest[1]),), None, sources=(rest[0],)),)
    if verb == "load" and rest:
        return (Write(Way.PUSH, (read_reference(rest[-1]),), None),)
    if verb in ("sign", "attest", "attach") and rest:
        return (Write(Way.ATTACH, (Reference(read_reference(rest[-1]).repository, None),), None),)
    return READ if verb in ("sign", "attest", "attach") else ()


def helm(words: Words, _world: World) -> tuple[Effect, ...]:
    """``helm push chart.tgz oci://registry/path``: a chart, named by what is inside the file."""
    options = take(
        words[1:], ("--ca-file", "--cert-file", "--key-file", "-u", "--username", "-p", "--password")
    )
    literals = [word.literal for word in options.rest[:2]]
    if literals[:1] == ["push"] and len(options.rest) > 2:
        target = options.rest[2]
        name = Template.of(target.head.removeprefix("oci://"), *target.parts[1:], "/chart")
        version = Template.of(Hole("chart version", frozenset({Kind.FILE})))
        return (Write(Way.ATTACH, (Reference(name, version, certain=False),), None),)
    if literals == ["registry", "login"]:
        return (Login(str(options.rest[2]) if len(options.rest) > 2 else ""),)
    return ()


PROGRAMS = {"cosign": cosign, "helm": helm, "notation": lambda words, world: ()}
