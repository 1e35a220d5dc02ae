"""Deleting a release's tags so that nobody ever sees half of it: the watched image's first, and *seen* gone.

A registry that has accepted a deletion may go on showing the tag for a while: readers are late, or
disagree. As long as one of them shows the watched tag, its siblings have to stay. So it has to be gone
for everybody who asks, resolved and listed, for some time on end, before the next tag is touched; and it
is looked for again before each of them, because somebody else may be writing it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from wholeship.core.clock import Clock
from wholeship.core.errors import HalfReleased, RegistryDenied, RegistryError, Unfinished, WholeshipError
from wholeship.core.progress import Outcome, Progress, Silent, Task
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.observe import lag_budget
from wholeship.release.ports import Registry
from wholeship.release.stages.promote import FIRST_WAIT
from wholeship.release.status import Member

QUIET = 10.0
"""Seconds for which every look has to find the watched tag gone. Deleting is rare, and never in a hurry."""
PAUSE = 1.0
"""Longest wait between two looks, in seconds."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of each tag that was to be deleted, watched image first: True: it is gone."""

    tags: Mapping[str, bool]

    @property
    def all_gone(self) -> bool:
        """Whether the registry deleted every one."""
        return all(self.tags.values())


@dataclass(slots=True)
class Deletion:
    """One deletion under way."""

    registry: Registry
    clock: Clock
    members: Sequence[Member]
    followed: tuple[str, ...]
    tag: Tag
    progress: Progress = field(default_factory=Silent)
    lag_budget: float = field(default_factory=lag_budget)
    told: dict[str, bool] = field(default_factory=dict)

    def run(self) -> Deleted:
        """Carry it out; see :func:`delete`."""
        leaders = [m for name in reversed(self.followed) for m in self.members if m.name == name]
        for leader in leaders:
            asked = self._asked(leader)
            if asked is False and self._is_seen(leader):
                # While it is visible, its siblings have to stay: deleting them would make it half.
                return Deleted({**self.told, self._name(leader): False})
            task = Task("delete", leader.name)
            self.progress.started(task, f"{self.tag}: until nobody sees it")
            if not self._gone_for_good(leader, asked):
                self.progress.finished(task, Outcome.FAILED, "still seen")
                raise self._still_seen(leader)
            self.progress.finished(task, Outcome.DONE)
            self.told[self._name(leader)] = True
        self._siblings(leaders)
        return Deleted(self.told)

    def _still_seen(self, leader: Member) -> WholeshipError:
        gone = [name for name, is_gone in self.told.items() if is_gone]
        what = (
            f"{self._name(leader)} can still be seen after {self.lag_budget:.0f} s, or cannot be asked about"
        )
        if gone:
            return HalfReleased(
                f"{what}; {', '.join(gone)} is deleted", advice="run the same command again, at once"
            )
        return Unfinished(f"{what}; its siblings stay as they are", advice="run the same command again")

    def _siblings(self, leaders: Sequence[Member]) -> None:
        left = []
        for member in self.members:
            if member in leaders:
                continue
            self._check_all_gone(leaders)
            gone = self._asked(member)
            if gone is None:
                left.append(self._name(member))
            self.told[self._name(member)] = bool(gone)
        self._check_all_gone(leaders)
        if left:
            raise Unfinished(
                f"{self.tag} is withdrawn; no answer about tags that nobody follows: {', '.join(left)}",
                advice="run the same command again",
            )

    def _asked(self, member: Member) -> bool | None:
        """Whether the registry says that it deletes the tag; None when there was no answer."""
        try:
            return self.registry.unbind(member.repository, self.tag)
        except RegistryDenied:
            raise
        except RegistryError:
            return None

    def _gone_for_good(self, leader: Member, asked: bool | None = True) -> bool:
        """Whether nobody sees the watched tag any more, for some time on end; False: not within the budget.

        *asked* is what the registry said to its deletion; where the answer was lost it is asked again.
        """
        deadline, pause = self.clock.monotonic() + self.lag_budget + QUIET, FIRST_WAIT
        since: float | None = None
        while True:
            seen, now = self._is_seen(leader), self.clock.monotonic()
            if seen is not False:
                since = None
                asked = self._asked(leader) if asked is None else asked
            since = now if since is None and seen is False else since
            if since is not None and now - since >= QUIET:
                return True
            if now + pause > deadline:
                return False
            self.clock.sleep(pause)
            pause = min(pause * 2, PAUSE)

    def _check_all_gone(self, leaders: Sequence[Member]) -> None:
        for leader in leaders:
            self._check_gone(leader)

    def _check_gone(self, leader: Member) -> None:
        """Raise when the watched tag is there again: behind it a sibling may be missing by now."""
        if self._is_seen(leader) is False or self._gone_for_good(leader):
            return
        missing = [name for name, gone in self.told.items() if gone and name != self._name(leader)]
        if self._is_seen(leader) is None:
            raise Unfinished(
                f"{self._name(leader)} was seen gone, and cannot be asked about any more",
                advice=f"run the same command again; to see what is visible: wholeship status {self.tag}",
            )
        told = f"{self._name(leader)} is there again: somebody else writes it"
        if missing:
            raise HalfReleased(
                f"{told}, and {', '.join(missing)} is deleted",
                advice=f"put it right at once: wholeship repair {self.tag}",
            )
        raise Unfinished(
            f"{told}; its siblings stay as they are", advice="stop what writes it, and run again"
        )

    def _is_seen(self, member: Member) -> bool | None:
        """Whether the tag resolves or is listed; None when that could not be read."""
        try:
            listed = self.tag in self.registry.tags(member.repository)
            return listed or self.registry.manifest(member.repository, self.tag) is not None
        except RegistryError:
            return None

    def _name(self, member: Member) -> str:
        return f"{member.repository}:{self.tag}"


def delete(
    registry: Registry,
    clock: Clock,
    members: Sequence[Member],
    followed: tuple[str, ...],
    tag: Tag,
    *,
    progress: Progress | None = None,
) -> Deleted:
    """Delete *tag* everywhere, from the *followed* images first (the last one written goes first); from the
    siblings only once it is seen gone there.

    Safe to run again after anything. Raises ``Unfinished`` when the watched tag cannot be seen gone (its
    siblings are untouched) or a sibling's is left, ``HalfReleased`` when somebody writes it meanwhile, and
    ``RegistryDenied`` when the registry does not let us.
    """
    return Deletion(registry, clock, members, followed, tag, progress or Silent()).run()
