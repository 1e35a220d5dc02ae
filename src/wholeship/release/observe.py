"""Looking: what a whole release looks like from outside, with every question asked at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError
from wholeship.core.progress import Progress
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.content import content_of
from wholeship.release.lifecycle import HALF, State, classify
from wholeship.release.plan import Plan
from wholeship.release.ports import Manifest, Registry
from wholeship.release.stages.results import Seen

WORKERS = 96
"""Requests under way at a time. The barrier of 20 images asks 41 questions, 81 for two platforms each, and
they should take one round trip, for it stands between the first and the last tag."""

_ordered: ContextVar[bool] = ContextVar("ordered", default=False)

Item = TypeVar("Item")
Result = TypeVar("Result")
Other = TypeVar("Other")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Within the block :func:`each_at_once` asks one question after the other, in the order of its items.

    For the fault drill: the k-th request is then the same in every run.
    """
    before = _ordered.set(True)
    try:
        yield
    finally:
        _ordered.reset(before)


def each_at_once(
    call: Callable[[Item], Result], items: Iterable[Item], *, workers: int = WORKERS
) -> list[Result]:
    """*call* on every item at the same time, results in the items' order.

    The first error (in that order) is raised after all have ended, so that nothing runs on behind the
    caller's back. An interrupt drops what has not begun.
    """
    work = list(items)
    if len(work) <= 1 or workers == 1 or _ordered.get():
        return [call(item) for item in work]
    pool = ThreadPoolExecutor(min(workers, len(work)))
    try:
        futures = [pool.submit(call, item) for item in work]
        errors = [future.exception() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    for error in errors:
        if error is not None:
            raise error
    return [future.result() for future in futures]


def at_once(one: Callable[[], Result], other: Callable[[], Other]) -> tuple[Result, Other]:
    """What *one* and *other* give, both asked at the same time; errors as with :func:`each_at_once`."""
    asked: list[Callable[[], Any]] = [one, other]
    first, second = each_at_once(lambda ask: ask(), asked)
    return first, second


LAG_BUDGET = 60.0
"""Seconds a tag may take to become visible after the registry accepted it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 15.0
PATIENCE = 3.0
"""Seconds after which it is said aloud that something does not look right."""


def lag_budget() -> float:
    """``LAG_BUDGET``."""
    return LAG_BUDGET


@dataclass(slots=True)
class Looks:
    """Looks at something that is not as it should be, one after the other, within ``budget`` seconds.

    One reader may be late, or readers disagree: what is wrong at one look may be right at the next.
    """

    clock: Clock
    progress: Progress
    what: str
    budget: float
    _pause: float = FIRST_PAUSE
    _began: float | None = None
    _told: bool = False

    def again(self, trouble: str, *, within: float | None = None) -> bool:
        """Whether to look once more, after a pause; *trouble* is what the last look showed.

        *within* so many seconds from the first look on, where it is not worth the whole budget.
        """
        now = self.clock.monotonic()
        self._began = now if self._began is None else self._began
        gone = now - self._began
        if gone + self._pause > min(self.budget, self.budget if within is None else within):
            return False
        if gone >= PATIENCE and not self._told:
            left = self.budget - gone
            self.progress.warned(f"{self.what}: {trouble}; looking again for up to {left:.0f} s")
            self._told = True
        self.clock.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return True


@dataclass(frozen=True, slots=True)
class Survey:
    """One look at a release. ``tags`` are whole listings by image; ``gone`` are images whose candidate
    (or a part of it) the registry does not have any more."""

    plan: Plan
    seen: tuple[Seen, ...]
    tags: Mapping[str, tuple[str, ...]]
    gone: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The lifecycle state this amounts to."""
        return state_of(self.plan, self.seen)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one question."""

    image: str
    found: Digest | None = None
    tags: tuple[str, ...] | None = None
    gone: bool = False
    problem: str = ""


def survey(
    registry: Registry,
    plan: Plan,
    digests: Mapping[str, Digest],
    tag: Tag | None = None,
    *,
    candidates: Mapping[str, Manifest] | None = None,
    by_tag: frozenset[str] = frozenset(),
    sparing: frozenset[str] = frozenset(),
    shown: frozenset[str] = frozenset(),
    workers: int = WORKERS,
) -> Survey:
    """Every image of *plan* under *tag* (default: the deploy tag): resolved, and listed.

    The listing of a *sparing* image is asked for only where its tag resolves; that of one that was *shown*
    is not asked for again: the tag was seen in it.

    *candidates* (by image) are asked for by digest too, with every child: a registry may have served an
    index and collected a part of it since. Of images *by_tag*, which are out already, only the children are
    asked for. An answer that cannot be had becomes a ``problem`` of its image.
    """
    wanted = tag or plan.tag
    questions: list[Callable[[], _Answer]] = []
    for image in plan.images:
        resolve = _resolve_and_list if image.name in sparing else _resolve
        questions.append(partial(resolve, registry, image.name, image.repository, wanted))
        if image.name not in sparing | shown:
            questions.append(partial(_listed_tags, registry, image.name, image.repository))
        if candidates and image.name in candidates:
            whole = _whole(registry, image.name, image.repository, candidates[image.name])
            questions += whole[1:] if image.name in by_tag else whole
    answers = each_at_once(_ask, questions, workers=workers)
    tags = {a.image: a.tags for a in answers if a.tags is not None}
    found = {a.image: a.found for a in answers if a.found is not None}
    problems = {a.image: a.problem for a in answers if a.problem}
    seen = tuple(
        Seen(
            image.name,
            image.repository,
            wanted,
            digests.get(image.name),
            found.get(image.name),
            image.name in shown or wanted in tags.get(image.name, ()),
            problem=problems.get(image.name, ""),
        )
        for image in plan.images
    )
    gone = tuple(dict.fromkeys(a.image for a in answers if a.gone))
    return Survey(plan, seen, tags, gone)


def astray(now: Survey) -> bool:
    """Whether half of something else is visible in our place. Another release is whole when every sibling
    is there and none is ours."""
    could_be_whole = all(s.found is not None and s.found != s.expected for s in _behind(now))
    return now.state is State.MIXED or (now.state is State.FOREIGN and not could_be_whole)


def _behind(now: Survey) -> list[Seen]:
    """What has to be there as well once a followed tag is visible."""
    followed, siblings = parted(now.seen, now.plan.followed)
    return siblings if len(followed) == 1 else [*siblings, *followed]


def is_half(now: Survey) -> bool:
    """Whether the watched tag is visible, and what is behind it is not whole."""
    return now.state in HALF or astray(now)


def _ask(question: Callable[[], _Answer]) -> _Answer:
    return question()


def _resolve(registry: Registry, image: str, repository: Repository, tag: Tag) -> _Answer:
    try:
        manifest = registry.manifest(repository, tag)
    except RegistryError as error:
        return _Answer(image, problem=error.message)
    return _Answer(image, found=manifest.digest if manifest else None)


def _resolve_and_list(registry: Registry, image: str, repository: Repository, tag: Tag) -> _Answer:
    resolved = _resolve(registry, image, repository, tag)
    if resolved.found is None:
        return resolved
    listed = _listed_tags(registry, image, repository)
    return replace(listed, found=resolved.found)


def _listed_tags(registry: Registry, image: str, repository: Repository) -> _Answer:
    try:
        return _Answer(image, tags=registry.tags(repository))
    except RegistryError as error:
        return _Answer(image, problem=error.message)


def _whole(
    registry: Registry, image: str, repository: Repository, manifest: Manifest
) -> list[Callable[[], _Answer]]:
    def itself() -> _Answer:
        return _Answer(image, gone=registry.manifest(repository, manifest.digest) is None)

    def part(digest: Digest) -> _Answer:
        return _Answer(image, gone=not registry.exists(repository, digest))

    children = content_of(manifest, f"{repository}@{manifest.digest}").children
    return [itself, *(partial(part, child.digest) for child in children)]


def state_of(plan: Plan, seen: Sequence[Seen]) -> State:
    """The lifecycle state that *seen* amounts to."""
    return classify(*parted(seen, plan.followed))


def parted(seen: Iterable[Seen], followed: tuple[str, ...]) -> tuple[list[Seen], list[Seen]]:
    """*seen* of the *followed* images, in their order, and of the others."""
    every = list(seen)
    ours = {s.image: s for s in every if s.image in followed}
    return [ours[name] for name in followed if name in ours], [s for s in every if s.image not in ours]
