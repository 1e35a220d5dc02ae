"""Looking: what one tag of one image is, and what a whole release looks like from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError
from wholeship.core.reference import Tag
from wholeship.release.lifecycle import State, classify
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Registry
from wholeship.release.stages import Seen

WORKERS = 32

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(call: Callable[[Item], Result], items: Iterable[Item], *, workers: int = WORKERS) -> list[Result]:
    """*call* on every item at the same time, results in the items' order; the first error (in that order)
    is raised after all have ended, so that nothing runs on behind the caller's back."""
    work = list(items)
    if len(work) <= 1 or workers == 1:
        return [call(item) for item in work]
    with ThreadPoolExecutor(min(workers, len(work))) as pool:
        futures = [pool.submit(call, item) for item in work]
        return [future.result() for future in futures]


def look(
    registry: Registry, image: PlannedImage, tag: Tag, expected: Digest | None, *, strict: bool = False
) -> Seen:
    """*tag* of *image*: resolved, and listed.

    An answer that cannot be had becomes the ``problem``; with *strict* it is raised.
    """
    try:
        found = registry.manifest(image.repository, tag)
        listed = tag in registry.tags(image.repository)
    except RegistryError as error:
        if strict:
            raise
        return Seen(image.name, image.repository, tag, expected, None, False, problem=error.message)
    return Seen(image.name, image.repository, tag, expected, found.digest if found else None, listed)


def look_at(
    registry: Registry,
    plan: Plan,
    digests: Mapping[str, Digest],
    tag: Tag | None = None,
    *,
    workers: int = WORKERS,
) -> tuple[Seen, ...]:
    """Every image of *plan* under *tag* (default: the deploy tag), looked at in parallel."""
    wanted = tag or plan.tag
    return tuple(
        each(
            lambda image: look(registry, image, wanted, digests.get(image.name)), plan.images, workers=workers
        )
    )


def state_of(plan: Plan, seen: Sequence[Seen]) -> State:
    """The lifecycle state that *seen* amounts to."""
    watched = next(s for s in seen if s.image == plan.watched)
    return classify(watched, [s for s in seen if s.image != plan.watched])
