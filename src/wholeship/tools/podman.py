"""``podman`` and ``buildah``: builds stay local until ``push``. Podman and Buildah manual pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.core.platform import Platform
from wholeship.pipeline.effects import (
    READ,
    Effect,
    Local,
    Login,
    Retag,
    Write,
    platforms,
    read_reference,
)
from wholeship.pipeline.publish import Build, Way
from wholeship.texts.template import Template
from wholeship.tools.docker import BUILD_VALUED, docker, in_container
from wholeship.tools.options import spellings, take, without_transport
from wholeship.tools.quiet_verbs import after_globals

if TYPE_CHECKING:
    from wholeship.tools.world import World

_PUSH_VALUED = spellings(
    """--authfile --creds --cert-dir --format -f --digestfile --compression-format --compression-level
    --encryption-key --sign-by --retry --retry-delay"""
)


def podman(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """One ``podman …`` or ``buildah …`` line."""
    given = after_globals((words[0].literal or "podman").rpartition("/")[2], words[1:])
    verb = given[0].literal if given else ""
    rest = given[1:]
    if verb in ("image", "container"):
        return podman([words[0], *rest], world)
    if verb in ("build", "bud", "build-using-dockerfile"):
        return _build(rest, world)
    if verb == "push":
        return _push(rest, Way.PUSH)
    if verb in ("manifest", "artifact") and rest:
        return _manifest(rest)
    if verb == "tag":
        return tuple(Retag(rest[0], target) for target in rest[1:])
    if verb == "login":
        return (Login(str(rest[-1]) if rest else ""),)
    if verb == "commit":
        return _commit(rest)
    if verb == "unshare" or (verb == "run" and words[0].tail.endswith("buildah")):
        return in_container(rest)
    if verb in ("run", "exec", "create", "compose"):
        return docker([Template.of("docker"), *given], world)
    return ()


def _commit(rest: Sequence[Template]) -> tuple[Effect, ...]:
    """``commit CONTAINER [TARGET]``: it pushes where the target is spelled with a registry's transport."""
    given = take(rest, _COMMIT_VALUED, switches="qt").rest
    if len(given) < 2 or not given[1].head.startswith("docker://"):
        return READ
    return _push(given, Way.PUSH)


_COMMIT_VALUED = spellings(
    """--authfile --creds --cert-dir --format -f --iidfile --sign-by --change -c --author -a --message -m
    --encryption-key --squash-label --pull --timestamp --config"""
)


def _build(rest: Sequence[Template], world: World) -> tuple[Effect, ...]:
    options = take(rest, BUILD_VALUED | {"--manifest", "--format", "--layers", "--arch", "--os"})
    local = options.all("-t", "--tag", "--manifest")
    context = str(options.rest[-1]) if options.rest else ""
    made = Build(
        world.inside(context),
        world.inside(str(options.last("-f", "--file") or "")),
        str(options.last("--target") or ""),
        local,
    )
    return (Local(made, platforms(options.last("--platform", "--arch"))),)


def _push(rest: Sequence[Template], way: Way) -> tuple[Effect, ...]:
    """``push SOURCE [DESTINATION]``; without a destination the source's own name is used."""
    given = take(rest, _PUSH_VALUED, switches="q").rest
    if not given:
        return ()
    target = without_transport(given[-1])
    if target is None:
        return READ
    on: frozenset[Platform] | None = None if way is Way.INDEX else frozenset()
    return (Write(way, (read_reference(target),), on, sources=(given[0],)),)


def _manifest(rest: Sequence[Template]) -> tuple[Effect, ...]:
    verb = rest[0].literal
    if verb == "push":
        return _push(rest[1:], Way.INDEX)
    if verb in ("add", "create") and len(rest) > 2:
        given = take(rest[1:], ("--arch", "--os", "--variant")).rest
        return tuple(Retag(source, given[0]) for source in given[1:])
    return ()


PROGRAMS = {"podman": podman, "buildah": podman}
