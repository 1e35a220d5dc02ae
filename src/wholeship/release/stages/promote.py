"""Promotion: the deploy tag on every image, siblings first, the watched image last, or not at all.

    preflight   every candidate is there; the tag is free (or ours); the policy would elect it
    siblings    written in parallel, each read back
    barrier     all siblings read again, the policy asked again
    commit      the watched image's tag: the only commit point
    confirm     everything read once more
    aliases     moving tags, forward only, siblings first

No registry has a transaction over two repositories, or compare-and-swap on a tag, so order, unique tags
and reading back are all there is. A reply that was lost proves nothing: what counts is what the
registry serves. Manifest bytes go out exactly as they came in.

From the first tag to the last, three round trips pass beside the siblings' parallel writes: reading them
back, the barrier (all its questions at once), and the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.errors import (
    CommitUnknown,
    HalfReleased,
    RegistryDenied,
    RegistryError,
    Unfinished,
    WholeshipError,
)
from wholeship.core.progress import Outcome, Progress, Silent, Task, shown_task
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.electable import unelectable
from wholeship.release.lifecycle import HALF, VISIBLE, Move, State, check_move
from wholeship.release.observe import Looks, Survey, astray, each_at_once, parted, survey
from wholeship.release.order import PatternElector, newer_holder
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Journal, Manifest, Registry, Write, WriteResult
from wholeship.release.recent import past_memory
from wholeship.release.stages.results import (
    AliasFate,
    Cleared,
    Fate,
    Foreseen,
    Promoted,
    Refusal,
    Refused,
    Seen,
)
from wholeship.release.stages.settings import PromoteSettings, StageSettings
from wholeship.release.stages.underway import Underway, require_given

FIRST_WAIT, LONGEST_WAIT, LONGEST_ASKED = 0.2, 5.0, 120.0
AGAIN = "run the same command again: it continues where this stopped"


@dataclass(slots=True)
class Promotion:
    """One promotion under way: its ends (registry, journal, clock) and what it has learnt."""

    cleared: Cleared
    registry: Registry
    journal: Journal
    clock: Clock
    progress: Progress = field(default_factory=Silent)
    settings: PromoteSettings = field(default_factory=PromoteSettings)
    _began: float = 0.0
    _written: dict[str, float] = field(default_factory=dict)
    _committing: str = ""
    _visible: bool = False
    _confirmed: tuple[Seen, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan being carried out."""
        return self.cleared.plan

    def run(self) -> Promoted | Refused:
        """Carry it out, or on; see :func:`promote`."""
        try:
            return self._run()
        except KeyboardInterrupt:
            if self._committing:
                raise CommitUnknown(
                    f"interrupted while {self.plan.tag} was being written to {self._committing}",
                    advice=f"it may be out; find out with: wholeship status {self.plan.tag}",
                ) from None
            known = "is out, or on its way" if self._visible else "is not visible to any controller"
            self.progress.warned(f"interrupted: {self.plan.tag} {known}; {AGAIN}")
            raise

    def foresee(self) -> Foreseen | Refused:
        """What :meth:`run` would write, in order, were it called now; nothing is written."""
        now, refused = self._preflight()
        if refused is not None:
            return refused
        absent = {s.image for s in now.seen if s.found is None}
        tags = [f"write {i.repository}:{self.plan.tag}" for i in self.plan.images if i.name in absent]
        aliases = zip(self.plan.alias_patterns, self.plan.aliases, strict=True)
        moves = [f"move the alias {alias}" for pattern, alias in aliases if self._would_move(pattern, alias)]
        return Foreseen(self.plan, (*tags, *moves), half=now.state in HALF)

    def _would_move(self, pattern: str, alias: Tag) -> bool:
        def differs(image: PlannedImage) -> bool:
            found = self.registry.manifest(image.repository, alias)
            return found is None or found.digest != self.cleared.built.candidates[image.name].digest

        return not self._newer(pattern) and any(each_at_once(differs, self.plan.images))

    def _run(self) -> Promoted | Refused:
        self._began = self.clock.monotonic()
        now, refused = self._preflight()
        if refused is not None:
            return self._refuse(refused)
        already = now.state is State.PUBLISHED
        self._visible = now.state in VISIBLE
        if not already:
            refused = self._make_whole(now)
            if refused is not None:
                return self._refuse(refused)
        moments = self._written.values()
        window = max(moments) - min(moments) if moments else 0.0
        aliases = self._move_aliases(already)
        return Promoted(
            self.cleared, window, already, aliases, 0, dict(self._written), () if aliases else self._confirmed
        )

    def _make_whole(self, now: Survey) -> Refused | None:
        half = now.state in HALF
        try:
            self._bind_siblings(now)
            now, refused = self._barrier()
            refused = refused or self._commit(now)
            if refused is not None:
                return refused
        except HalfReleased:
            raise
        except _Beaten as error:
            return self._beaten(error)
        except Unfinished as error:
            if not half and not (self._visible and not isinstance(error, CommitUnknown)):
                raise
            # What went wrong is one thing; that half of it is out, and stays out, is the louder one.
            raise HalfReleased(
                f"{self.plan.tag} is visible and not whole, and could not be finished: {error.message}",
                advice=error.advice or AGAIN,
            ) from error
        self._confirm()
        self._note_out("published")
        return None

    def _beaten(self, error: _Beaten) -> Refused:
        """Somebody else has written a tag of ours: refused, unless that leaves half of something visible."""
        now = self._settled(self._look(self._fresh))
        refused = self._taken(now)
        if refused is None and now.state in HALF:
            raise HalfReleased(
                f"{self.plan.tag} is visible and not whole: {error.message}",
                advice=f"see what to do: wholeship repair {self.plan.tag}",
            ) from error
        return refused or Refused(self.plan, Refusal.TAG_TAKEN, error.message, error.advice)

    def _refuse(self, refused: Refused) -> Refused:
        self._note("refused", refusal=str(refused.refusal), reason=refused.reason)
        return refused

    # -- preflight ---------------------------------------------------------------------------------

    def _preflight(self) -> tuple[Survey, Refused | None]:
        task = Task("preflight")
        self.progress.started(task)
        now = self._settled(self._first_look())
        refused = self._gone(now) or self._taken(now)
        if refused is None and now.state not in VISIBLE:
            refused = self._not_electable(now)
        self._finished(task, refused)
        return now, refused

    def _first_look(self) -> Survey:
        """What is there before anything is written; the barrier looks again, at everything."""
        sparing = frozenset(image.name for image in self.plan.siblings)
        return self._look(self.registry, self.cleared.built.manifests, sparing=sparing)

    def _gone(self, now: Survey) -> Refused | None:
        if not now.gone:
            return None
        reason = f"the registry no longer has (all of) the candidate of {', '.join(now.gone)}"
        if now.state in VISIBLE and now.state is not State.FOREIGN:
            raise HalfReleased(
                f"{self.plan.tag} is visible and not whole: {reason}",
                advice=f"see what to do: wholeship repair {self.plan.tag}",
            )
        return Refused(
            self.plan,
            Refusal.CANDIDATE_GONE,
            reason,
            "the registry collected it, or someone deleted it: run wholeship release again to build it anew",
        )

    def _settled(self, now: Survey) -> Survey:
        """*now*, or a later look, when it shows half of something else: a look is not taken at one instant,
        and another release may have come out meanwhile."""
        looks = self._looks()
        while astray(now) and looks.again("it looks half, or like something else"):
            now = self._look(self._fresh, self.cleared.built.manifests)
        return now

    def _taken(self, now: Survey) -> Refused | None:
        """Refuse what is not ours to finish; raise what is worse, or not to be known."""
        plan, state = self.plan, now.state
        others = [s for s in now.seen if s.found is not None and s.found != s.expected]
        if state is State.UNKNOWN:
            problem = next(s.problem for s in now.seen if s.problem)
            raise Unfinished(f"could not look at every image: {problem}", advice=AGAIN)
        if state is State.FOREIGN and astray(now):
            raise HalfReleased(
                f"{plan.tag} is visible and is something else, with siblings missing or of this release",
                advice=f"see what to do: wholeship repair {plan.tag}",
            )
        if state in (State.TAG_TAKEN, State.FOREIGN):
            names = ", ".join(
                f"{s.repository}:{plan.tag} ({s.found.short if s.found else ''})" for s in others
            )
            return Refused(
                plan,
                Refusal.TAG_TAKEN,
                f"the tag is already bound to something else: {names}",
                "a bound tag is never moved; release under a new tag",
            )
        if state is State.MIXED:
            names = ", ".join(str(s.repository) for s in others)
            raise HalfReleased(
                f"{plan.tag} is visible and mixed: {names} has other content under it",
                advice=f"see what to do: wholeship repair {plan.tag}",
            )
        return None

    def _not_electable(self, now: Survey) -> Refused | None:
        """What stands against its being rolled out, on any of the images that are followed."""
        for image in self.plan.followed:
            elector = self.settings.elector_for(image) or PatternElector(self.plan.tag_pattern)
            refused = unelectable(self.plan, elector, now.tags[image], force_older=self.settings.force_older)
            if refused is not None:
                return refused
        return None

    # -- siblings ----------------------------------------------------------------------------------

    def _bind_siblings(self, now: Survey) -> None:
        if now.state in (State.READY, State.PARTLY_OUT, State.LAG):
            return
        check_move(now.state, Move.BIND_SIBLINGS)
        absent = {s.image for s in now.seen if s.found is None}
        waiting = [image for image in self.plan.siblings if image.name in absent]
        # One entry before the first write: the intention is durable, in the order everybody uses.
        self._note("intend", tag=str(self.plan.tag), images=[image.name for image in waiting])
        failures = [
            f
            for f in each_at_once(self._try_sibling, waiting, workers=self.settings.workers)
            if f is not None
        ]
        if failures:
            # Every sibling has been tried: what could be written is written, and the next run has less to do.
            raise failures[0]
        self._note("seen", images=[image.name for image in waiting])

    def _try_sibling(self, image: PlannedImage) -> WholeshipError | None:
        try:
            self._bind(image, "tag")
        except WholeshipError as error:
            return error
        return None

    # -- barrier and commit ------------------------------------------------------------------------

    def _barrier(self) -> tuple[Survey, Refused | None]:
        """Everything read once more, fresh, before the one write that counts.

        Each sibling was read back when it was written; this is the second right answer in a row.
        """
        plan = self.plan
        task = Task("barrier")
        self.progress.started(task)
        siblings = frozenset(image.name for image in plan.siblings)
        deadline = self.clock.monotonic() + self.settings.lag_budget
        pause = FIRST_WAIT
        while True:
            now = self._settled(self._look(self._fresh, self.cleared.built.manifests, by_tag=siblings))
            refused = self._gone(now) or self._taken(now)
            if refused is None and now.state not in VISIBLE:
                refused = self._not_electable(now)
            if refused is not None or _siblings_shown(now):
                self._finished(task, refused)
                return now, refused
            if self.clock.monotonic() + pause > deadline:
                names = [s.image for s in now.seen if s.image in siblings and not (s.found and s.listed)]
                self.progress.finished(task, Outcome.FAILED, "not visible in time")
                kind = HalfReleased if now.state in HALF else Unfinished
                raise kind(
                    f"not visible after {self.settings.lag_budget:.0f} s: {plan.tag} of {', '.join(names)}",
                    advice=AGAIN,
                )
            self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)

    def _commit(self, now: Survey) -> Refused | None:
        """The followed images, one after the other, in the order that is written down.

        From the first of them on it is visible: what fails then leaves others behind, which is half.
        """
        there = {s.image for s in now.seen if s.found is not None}
        waiting = [image for image in self.plan.followed_images if image.name not in there]
        if not waiting:
            return None  # another try of this same release was quicker
        check_move(now.state, Move.REBIND_WATCHED if now.state is State.GHOST else Move.COMMIT)
        self._visible = self._visible or len(waiting) < len(self.plan.followed)
        for image in waiting:
            self._note("commit", tag=str(self.plan.tag), image=image.name)
            self._committing = image.name
            try:
                self._bind(image, "commit")
            except _Ambiguous as error:
                raise CommitUnknown(
                    f"{image.repository}:{self.plan.tag} may or may not have been written: {error.message}",
                    advice=f"find out with: wholeship status {self.plan.tag}",
                ) from None
            self._committing, self._visible = "", True
        return None

    def _confirm(self) -> None:
        """Everything read once more. Half is only called half when it stays so: readers may disagree."""
        plan = self.plan
        task = Task("confirm")
        self.progress.started(task)
        looks = self._looks()
        shown = frozenset(image.name for image in plan.siblings)  # the barrier has seen them listed
        while True:
            now = self._look(self._fresh, shown=shown)
            shown = frozenset()
            if now.state is State.PUBLISHED:
                self._confirmed = now.seen
                self.progress.finished(task, Outcome.DONE)
                return
            if looks.again(f"it looks {now.state}"):
                continue
            if now.state in HALF or now.state is State.FOREIGN:
                wrong = ", ".join(s.image for s in now.seen if s.found != s.expected) or plan.watched
                self.progress.finished(task, Outcome.FAILED, f"{wrong} is not as released")
                raise HalfReleased(
                    f"{plan.tag} is visible and not whole: {wrong} is missing or was changed by someone else",
                    advice=f"put it right at once: wholeship repair {plan.tag}",
                )
            if now.state is State.LAG:
                # It is out: only the listing, which controllers read, is late. That is not ours to undo.
                self.progress.finished(task, Outcome.DONE, "published; not listed everywhere yet")
                self.progress.warned(f"{plan.tag} resolves everywhere but is not listed everywhere yet")
                return
            problem = next((s.problem for s in now.seen if s.problem), f"{plan.watched} shows no tag")
            self.progress.finished(task, Outcome.FAILED, problem)
            raise CommitUnknown(
                f"{plan.tag} was written, and reading it back fails: {problem}",
                advice=f"it may be out; find out with: wholeship status {plan.tag}",
            )

    # -- one write ---------------------------------------------------------------------------------

    def _bind(self, image: PlannedImage, stage: str) -> None:
        """The deploy tag of *image* points to its candidate, seen with our own eyes; raises otherwise."""
        tag = self.plan.tag
        binding = Binding(image.repository, tag, self.cleared.built.manifests[image.name])
        with shown_task(self.progress, Task(stage, image.name)):
            written = bind(self.registry, self.clock, binding, self.settings)
            self._written[image.name] = written - self._began

    # -- aliases -----------------------------------------------------------------------------------

    def _move_aliases(self, already: bool) -> dict[str, AliasFate]:
        """Moving tags, siblings first; trouble here never changes the verdict on the release.

        When the release was out *already* and every alias is where it belongs, there is nothing to note.
        """
        plan = self.plan
        told: dict[str, AliasFate] = {}
        for pattern, alias in zip(plan.alias_patterns, plan.aliases, strict=True):
            task = Task("alias", str(alias))
            self.progress.started(task)
            try:
                told[alias] = self._move_forward(pattern, alias)
                self.progress.finished(task, Outcome.DONE, str(told[alias]))
            except _Immovable as error:
                told[alias] = AliasFate(Fate.FIXED, error.message)
                self.progress.finished(task, Outcome.DONE, str(told[alias]))
                self.progress.warned(f"the alias {alias} cannot be moved: {error.message}; {error.advice}")
            except (RegistryError, Unfinished) as error:
                told[alias] = AliasFate(Fate.FAILED, error.message)
                self.progress.finished(task, Outcome.FAILED, error.message)
                self.progress.warned(f"the alias {alias} was not moved everywhere: {error.message}")
        if told and not (already and all(fate.settled for fate in told.values())):
            self._note_out("aliases", told={alias: str(fate) for alias, fate in told.items()})
        return told

    def _move_forward(self, pattern: str, alias: Tag) -> AliasFate:
        holder = self._newer(pattern)
        if holder:
            return AliasFate(Fate.LEFT, f"{holder} is newer")
        manifests = self.cleared.built.manifests
        moved = self._move_everywhere(alias, manifests)
        # No registry compares and swaps: a newer release may have moved it while we did. Whoever looks
        # last puts it where it belongs, and everybody looks.
        holder = self._newer(pattern)
        if holder:
            theirs = self._manifests_of(Tag(holder))
            if theirs is not None:
                self._move_everywhere(alias, theirs)
                return AliasFate(Fate.HANDED, f"{holder}, which came out meanwhile")
        return AliasFate(Fate.MOVED if moved else Fate.RIGHT)

    def _newer(self, pattern: str) -> str:
        plan = self.plan
        visible = self.registry.tags(plan.commit_image.repository)
        return newer_holder(pattern, plan.version, plan.tag, plan.tag_pattern, visible)

    def _manifests_of(self, tag: Tag) -> dict[str, Manifest] | None:
        """Every image under *tag*; None when one lacks it."""
        found = each_at_once(lambda i: (i.name, self.registry.manifest(i.repository, tag)), self.plan.images)
        whole = {name: manifest for name, manifest in found if manifest is not None}
        return whole if len(whole) == len(found) else None

    def _move_everywhere(self, alias: Tag, manifests: Mapping[str, Manifest]) -> bool:
        move = partial(self._move_alias, alias, manifests)
        moved = each_at_once(move, self.plan.siblings, workers=self.settings.workers)
        return any([*moved, *(move(image) for image in self.plan.followed_images)])

    def _move_alias(self, alias: Tag, manifests: Mapping[str, Manifest], image: PlannedImage) -> bool:
        manifest = manifests[image.name]
        current = self.registry.manifest(image.repository, alias)
        if current is not None and current.digest == manifest.digest:
            return False
        replaced = frozenset({current.digest} if current else ())
        binding = Binding(image.repository, alias, manifest, replaced)
        bind(self.registry, self.clock, binding, self.settings)
        return True

    # -- small things ------------------------------------------------------------------------------

    @property
    def _fresh(self) -> Registry:
        return past_memory(self.registry)

    def _look(
        self,
        registry: Registry,
        candidates: Mapping[str, Manifest] | None = None,
        *,
        by_tag: frozenset[str] = frozenset(),
        sparing: frozenset[str] = frozenset(),
        shown: frozenset[str] = frozenset(),
    ) -> Survey:
        return survey(
            registry,
            self.plan,
            {name: candidate.digest for name, candidate in self.cleared.built.candidates.items()},
            candidates=candidates,
            by_tag=by_tag,
            sparing=sparing,
            shown=shown,
            workers=self.settings.workers,
        )

    def _looks(self) -> Looks:
        return Looks(self.clock, self.progress, str(self.plan.tag), self.settings.lag_budget)

    def _finished(self, task: Task, refused: Refused | None) -> None:
        self.progress.finished(
            task, Outcome.FAILED if refused else Outcome.DONE, refused.reason if refused else ""
        )

    def _note_out(self, event: str, **more: object) -> None:
        """Note what came after the commit point: it is out, whatever becomes of the journal."""
        try:
            self._note(event, **more)
        except WholeshipError as error:
            self.progress.warned(
                f"{self.plan.tag} is out, and the journal could not note it: {error.message}"
            )

    def _note(self, event: str, **more: object) -> None:
        self.journal.append({"kind": "event", "event": event, "at": self.clock.now().isoformat(), **more})


def _siblings_shown(now: Survey) -> bool:
    return all(s.listed and s.found == s.expected for s in parted(now.seen, now.plan.followed)[1])


class _Ambiguous(Unfinished):
    """A write whose effect could not be read back."""


class _Beaten(Unfinished):
    """Somebody else has written the tag meanwhile."""


class _Immovable(RegistryError):
    """The repository lets no tag be moved; no other run will be allowed to either."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A tag and the bytes it is to name. ``replaces``: digests it may point to before (aliases only)."""

    repository: Repository
    tag: Tag
    manifest: Manifest
    replaces: frozenset[Digest] = frozenset()

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


def bind(registry: Registry, clock: Clock, binding: Binding, settings: PromoteSettings) -> float:
    """Make *binding* true and see it; repeats a write only after a look says it is not there.

    Returns when the write that did it was answered, by *clock*'s monotonic seconds. Raises
    ``RegistryDenied`` and other ``RegistryError`` when the registry says no, ``Unfinished`` when it does
    not get done.
    """
    last = Write(WriteResult.UNCLEAR, detail="not tried")
    for attempt in range(settings.attempts):
        last = registry.bind(binding.repository, binding.tag, binding.manifest)
        answered = clock.monotonic()
        if last.denied:
            raise RegistryDenied(
                f"{binding}: not allowed: {last.detail}", advice="the credentials need the right to push here"
            )
        found = _read_back(registry, clock, binding, last, settings)
        if found == binding.manifest.digest:
            return answered
        if found is not None and found not in binding.replaces:
            raise _Beaten(
                f"{binding} now points to {found.short}: someone else has written it",
                advice="a bound tag is never moved; release under a new tag",
            )
        if last.result is WriteResult.ACCEPTED:
            raise _Ambiguous(
                f"{binding}: accepted, and not visible after {settings.lag_budget:.0f} s", advice=AGAIN
            )
        if last.lacks_parts:
            raise RegistryError(
                f"{binding}: the registry no longer has all that this image is made of: {last.detail}",
                advice="something collected it: build it anew with wholeship release --no-reuse",
            )
        if found is not None and last.may_be_immovable:
            # The same bytes were taken under the deploy tag a moment ago: it is the tag that is refused.
            raise _Immovable(
                f"{binding}: refused: {last.detail}",
                advice="take it out of aliases, or let the repository move it",
            )
        if last.result is WriteResult.REFUSED and not last.throttled:
            raise RegistryError(
                f"{binding}: refused: {last.detail}", advice="the registry's message says why"
            )
        clock.sleep(max(min(last.wait, LONGEST_ASKED), min(FIRST_WAIT * 2.0**attempt, LONGEST_WAIT)))
    raise RegistryError(
        f"{binding}: not written after {settings.attempts} tries: {last.detail}", advice=AGAIN
    )


def _read_back(
    registry: Registry, clock: Clock, binding: Binding, write: Write, settings: PromoteSettings
) -> Digest | None:
    """What the tag points to after *write*; waits for an accepted write to show, within the lag budget."""
    deadline = clock.monotonic() + settings.lag_budget
    pause = FIRST_WAIT
    while True:
        try:
            found = registry.manifest(binding.repository, binding.tag)
        except RegistryError as error:
            if write.result is WriteResult.REFUSED:
                raise
            raise _Ambiguous(
                f"{binding}: the write has no answer that can be trusted ({write.detail or write.result}), "
                f"and reading back fails: {error.message}",
                advice=AGAIN,
            ) from None
        digest = found.digest if found else None
        settled = digest is not None and digest not in binding.replaces
        if settled or write.result is not WriteResult.ACCEPTED or clock.monotonic() + pause > deadline:
            return digest
        clock.sleep(pause)
        pause = min(pause * 2, LONGEST_WAIT)


def foresee(
    cleared: Cleared,
    registry: Registry,
    journal: Journal,
    clock: Clock,
    *,
    settings: PromoteSettings | None = None,
) -> Foreseen | Refused:
    """What :func:`promote` would write now, or why it would not; raises as it does, and writes nothing."""
    return Promotion(cleared, registry, journal, clock, settings=settings or PromoteSettings()).foresee()


def promote(
    cleared: Cleared,
    registry: Registry,
    journal: Journal,
    clock: Clock,
    *,
    progress: Progress | None = None,
    settings: PromoteSettings | None = None,
) -> Promoted | Refused:
    """Make *cleared* visible under its deploy tag, whole.

    Safe to call again after anything: what is there is found and kept, what lacks is written. Raises
    ``Unfinished`` (the watched image is untouched; run again), ``CommitUnknown`` (the commit-point write
    may have happened), ``HalfReleased`` (someone else's doing, visible now).
    """
    promotion = Promotion(
        cleared, registry, journal, clock, progress or Silent(), settings or PromoteSettings()
    )
    return promotion.run()


def promotion_tasks(plan: Plan) -> tuple[Task, ...]:
    """The deploy tags that are to be written, those of the followed images last."""
    siblings = tuple(Task("tag", image.name) for image in plan.siblings)
    return (*siblings, *(Task("commit", name) for name in plan.followed))


def run_promote(state: Underway, settings: StageSettings) -> Underway:
    """The stage: see :func:`promote`."""
    ports, before = settings.ports, len(settings.ports.journal.entries())
    done = promote(
        require_given(state.cleared),
        ports.registry,
        ports.journal,
        ports.clock,
        progress=ports.progress,
        settings=settings.promoting(),
    )
    if isinstance(done, Refused):
        return replace(state, ended=done)
    return replace(state, promoted=done, news=not done.already or len(ports.journal.entries()) != before)
