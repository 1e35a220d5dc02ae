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
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
from wholeship.core.progress import Outcome, Progress, Silent, Task
from wholeship.core.reference import Repository, Tag
from wholeship.release.content import content_of
from wholeship.release.lifecycle import HALF, VISIBLE, Move, State, allowed
from wholeship.release.observe import WORKERS, each, look_at, state_of
from wholeship.release.order import Election, Elector, PatternElector, alias_may_move
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Journal, Manifest, Registry, Write, WriteResult
from wholeship.release.stages import Cleared, Promoted, Refusal, Refused, Seen

ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT, LONGEST_ASKED = 0.2, 5.0, 120.0
LAG_BUDGET = 60.0
"""Seconds a tag may take to become visible after the registry accepted it."""
AGAIN = "run the same command again: it goes on where this stopped"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a promotion is done; the defaults are for everybody."""

    elector: Elector | None = None
    force_older: bool = False
    lag_budget: float = LAG_BUDGET
    attempts: int = ATTEMPTS
    workers: int = WORKERS


@dataclass(slots=True)
class Promotion:
    """One promotion under way: its ends (registry, journal, clock) and what it has learnt."""

    cleared: Cleared
    registry: Registry
    journal: Journal
    clock: Clock
    progress: Progress = field(default_factory=Silent)
    terms: Terms = field(default_factory=Terms)
    _first_visible: float | None = None

    @property
    def plan(self) -> Plan:
        """The plan being carried out."""
        return self.cleared.plan

    def run(self) -> Promoted | Refused:
        """Carry it out, or on; see :func:`promote`."""
        seen, refused = self._preflight()
        if refused is not None:
            self._note("refused", refusal=str(refused.refusal), reason=refused.reason)
            return refused
        state = state_of(self.plan, seen)
        already = state is State.PUBLISHED
        if not already:
            self._bind_siblings(seen, state)
            seen, refused = self._barrier()
            if refused is not None:
                self._note("refused", refusal=str(refused.refusal), reason=refused.reason)
                return refused
            self._commit(seen)
            self._confirm()
            self._note("published")
        window = (
            0.0 if already or self._first_visible is None else self.clock.monotonic() - self._first_visible
        )
        aliases = self._move_aliases()
        return Promoted(self.cleared, window, already, aliases)

    # -- preflight ---------------------------------------------------------------------------------

    def _preflight(self) -> tuple[tuple[Seen, ...], Refused | None]:
        plan = self.plan
        task = Task("preflight", str(plan.tag))
        self.progress.started(task)
        gone = [
            name for name in each(self._missing_candidate, plan.images, workers=self.terms.workers) if name
        ]
        seen = look_at(self.registry, plan, self._digests(), workers=self.terms.workers)
        refused = self._gone(gone) or self._taken(seen)
        if refused is None and state_of(plan, seen) not in VISIBLE:
            refused = self._not_electable()
        self.progress.finished(
            task, Outcome.FAILED if refused else Outcome.DONE, refused.reason if refused else ""
        )
        return seen, refused

    def _missing_candidate(self, image: PlannedImage) -> str:
        candidate = self.cleared.built.candidates[image.name]
        manifest = self.registry.manifest(image.repository, candidate.digest)
        if manifest is None:
            return image.name
        # A registry may have served an index and collected a child: check both before anything is visible.
        for child in content_of(manifest, f"{image.repository}@{candidate.digest}").children:
            if not self.registry.exists(image.repository, child.digest):
                return image.name
        return ""

    def _gone(self, names: list[str]) -> Refused | None:
        if not names:
            return None
        return Refused(
            self.plan,
            Refusal.CANDIDATE_GONE,
            f"the registry no longer has the candidate of {', '.join(names)}",
            "the registry collected it, or someone deleted it: run wholeship release again to build it anew",
        )

    def _taken(self, seen: tuple[Seen, ...]) -> Refused | None:
        """Refuse what is not ours to finish; raise what is worse, or not to be known."""
        plan = self.plan
        state = state_of(plan, seen)
        others = [s for s in seen if s.found is not None and s.found != s.expected]
        if state is State.UNKNOWN:
            problem = next(s.problem for s in seen if s.problem)
            raise Unfinished(f"could not look at every image: {problem}", advice=AGAIN)
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

    def _not_electable(self) -> Refused | None:
        plan = self.plan
        visible = self.registry.tags(plan.commit_image.repository)
        opinion = self._elector().opinion(plan.tag, visible)
        if opinion.election in (Election.ELECTED, Election.UNKNOWN):
            return None
        if opinion.election in (Election.OLDER, Election.TIE):
            if self.terms.force_older:
                return None
            return Refused(
                plan,
                Refusal.NOT_NEWEST,
                f"{plan.tag} would not be rolled out: {opinion.reason}",
                "a newer release is out; release the commit again for a new tag, or insist with --force-older",
            )
        return Refused(
            plan,
            Refusal.NOT_ELECTED,
            f"the controller would not roll out {plan.tag}: {opinion.reason}",
            "change the tag pattern or the policy; see: wholeship policy",
        )

    # -- siblings ----------------------------------------------------------------------------------

    def _bind_siblings(self, seen: tuple[Seen, ...], state: State) -> None:
        if state in (State.READY, State.LAG):
            return
        allowed(state, Move.BIND_SIBLINGS)
        absent = {s.image for s in seen if s.found is None}
        waiting = [image for image in self.plan.siblings if image.name in absent]
        # One entry before the first write: the intention is durable, in the order everybody uses.
        self._note("intend", tag=str(self.plan.tag), images=[image.name for image in waiting])
        failures = [f for f in each(self._try_sibling, waiting, workers=self.terms.workers) if f is not None]
        if failures:
            # Every sibling has been tried: what could be written is written, and the next run has less to do.
            raise failures[0]
        self._note("seen", images=[image.name for image in waiting])

    def _try_sibling(self, image: PlannedImage) -> WholeshipError | None:
        try:
            self._bind(image, self.plan.tag)
        except WholeshipError as error:
            return error
        return None

    # -- barrier and commit ------------------------------------------------------------------------

    def _barrier(self) -> tuple[tuple[Seen, ...], Refused | None]:
        """Everything read once more, fresh, before the one write that counts.

        Each sibling was read back when it was written; this is the second right answer in a row.
        """
        plan = self.plan
        task = Task("barrier", str(plan.tag))
        self.progress.started(task)
        deadline = self.clock.monotonic() + self.terms.lag_budget
        pause = FIRST_WAIT
        while True:
            seen = look_at(self.registry, plan, self._digests(), workers=self.terms.workers)
            state = state_of(plan, seen)
            if state in (State.READY, State.LAG, State.PUBLISHED, State.GHOST) and self._all_listed(seen):
                break
            refused = self._taken(seen)
            if refused is not None:
                self.progress.finished(task, Outcome.FAILED, refused.reason)
                return seen, refused
            if self.clock.monotonic() + pause > deadline:
                lacking = ", ".join(
                    s.image for s in seen if s.image != plan.watched and not (s.found and s.listed)
                )
                raise Unfinished(
                    f"not visible after {self.terms.lag_budget:.0f} s: {plan.tag} of {lacking}", advice=AGAIN
                )
            self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)
        gone = self._missing_candidate(plan.commit_image)
        refused = self._gone([gone] if gone else [])
        if refused is None and state not in VISIBLE:
            refused = self._not_electable()
        self.progress.finished(task, Outcome.FAILED if refused else Outcome.DONE)
        return seen, refused

    def _all_listed(self, seen: tuple[Seen, ...]) -> bool:
        return all(s.listed and s.found == s.expected for s in seen if s.image != self.plan.watched)

    def _commit(self, seen: tuple[Seen, ...]) -> None:
        image = self.plan.commit_image
        if any(s.image == image.name and s.found is not None for s in seen):
            return  # another try of this same release was quicker
        self._note("commit", tag=str(self.plan.tag), image=image.name)
        self._bind(image, self.plan.tag, commit=True)

    def _confirm(self) -> None:
        plan = self.plan
        task = Task("confirm", str(plan.tag))
        self.progress.started(task)
        deadline = self.clock.monotonic() + self.terms.lag_budget
        pause = FIRST_WAIT
        while True:
            seen = look_at(self.registry, plan, self._digests(), workers=self.terms.workers)
            state = state_of(plan, seen)
            if state is State.PUBLISHED:
                self.progress.finished(task, Outcome.DONE)
                return
            if state in HALF or state is State.FOREIGN:
                wrong = ", ".join(s.image for s in seen if s.found != s.expected) or plan.watched
                raise HalfReleased(
                    f"{plan.tag} is visible and not whole: {wrong} is missing or was changed by someone else",
                    advice=f"put it right at once: wholeship repair {plan.tag}",
                )
            if self.clock.monotonic() + pause > deadline:
                if state is State.LAG:
                    # It is out: only the listing, which controllers read, is late. That is not ours to undo.
                    self.progress.finished(task, Outcome.DONE, "published; not listed everywhere yet")
                    self.progress.warned(f"{plan.tag} resolves everywhere but is not listed everywhere yet")
                    return
                problem = next((s.problem for s in seen if s.problem), f"{plan.watched} shows no {plan.tag}")
                raise CommitUnknown(
                    f"{plan.tag} was written, and reading it back fails: {problem}",
                    advice=f"it may be out; find out with: wholeship status {plan.tag}",
                )
            self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)

    # -- one write ---------------------------------------------------------------------------------

    def _bind(self, image: PlannedImage, tag: Tag, *, commit: bool = False) -> None:
        """*tag* of *image* points to its candidate, seen with our own eyes; raises otherwise."""
        task = Task("commit" if commit else "tag", image.name)
        self.progress.started(task, str(tag))
        manifest = self.cleared.built.manifests[image.name]
        try:
            binding = Binding(image.repository, tag, manifest)
            bind(self.registry, self.clock, binding, self.terms)
            self._saw_first()
        except (RegistryError, Unfinished) as error:
            self.progress.finished(task, Outcome.FAILED, error.message)
            if commit and isinstance(error, _Ambiguous):
                raise CommitUnknown(
                    f"{image.repository}:{tag} may or may not have been written: {error.message}",
                    advice=f"find out with: wholeship status {tag}",
                ) from None
            raise
        self.progress.finished(task, Outcome.DONE, str(tag))

    def _saw_first(self) -> None:
        if self._first_visible is None:
            self._first_visible = self.clock.monotonic()

    # -- aliases -----------------------------------------------------------------------------------

    def _move_aliases(self) -> dict[str, str]:
        """Moving tags, siblings first; trouble here never changes the verdict on the release."""
        plan = self.plan
        if not plan.aliases:
            return {}
        told: dict[str, str] = {}
        for pattern, alias in zip(plan.alias_patterns, plan.aliases, strict=True):
            try:
                visible = self.registry.tags(plan.commit_image.repository)
                stays = alias_may_move(pattern, plan.version, plan.tag, plan.tag_pattern, visible)
                if stays:
                    told[alias] = f"left alone: {stays}"
                    continue
                move = partial(self._move_alias, alias)
                each(move, plan.siblings, workers=self.terms.workers)
                move(plan.commit_image)
                told[alias] = "moved"
            except (RegistryError, Unfinished) as error:
                told[alias] = f"failed: {error.message}"
                self.progress.warned(f"the alias {alias} was not moved everywhere: {error.message}")
        self._note("aliases", told=told)
        return told

    def _move_alias(self, alias: Tag, image: PlannedImage) -> None:
        manifest = self.cleared.built.manifests[image.name]
        current = self.registry.manifest(image.repository, alias)
        if current is not None and current.digest == manifest.digest:
            return
        replaced = frozenset({current.digest} if current else ())
        binding = Binding(image.repository, alias, manifest, replaced)
        bind(self.registry, self.clock, binding, self.terms)

    # -- small things ------------------------------------------------------------------------------

    def _digests(self) -> Mapping[str, Digest]:
        return {name: candidate.digest for name, candidate in self.cleared.built.candidates.items()}

    def _elector(self) -> Elector:
        return self.terms.elector or PatternElector(self.plan.tag_pattern)

    def _note(self, event: str, **more: object) -> None:
        self.journal.append({"kind": "event", "event": event, "at": self.clock.now().isoformat(), **more})


class _Ambiguous(Unfinished):
    """A write whose effect could not be read back."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A tag and the bytes it is to name. ``replaces``: digests it may point to before (aliases only)."""

    repository: Repository
    tag: Tag
    manifest: Manifest
    replaces: frozenset[Digest] = frozenset()

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


def bind(registry: Registry, clock: Clock, binding: Binding, terms: Terms) -> None:
    """Make *binding* true and see it; repeats a write only after a look says it is not there.

    Raises ``RegistryDenied`` and other ``RegistryError`` when the registry says no, ``Unfinished`` when it
    does not get done.
    """
    last = Write(WriteResult.UNCLEAR, detail="not tried")
    for attempt in range(terms.attempts):
        last = registry.bind(binding.repository, binding.tag, binding.manifest)
        if last.result is WriteResult.REFUSED and last.status in (401, 403):
            raise RegistryDenied(
                f"{binding}: not allowed: {last.detail}", advice="the credentials need the right to push here"
            )
        found = _read_back(registry, clock, binding, last, terms)
        if found == binding.manifest.digest:
            return
        if found is not None and found not in binding.replaces:
            raise Unfinished(
                f"{binding} now points to {found.short}: someone else has written it",
                advice="a bound tag is never moved; release under a new tag",
            )
        if last.result is WriteResult.ACCEPTED:
            raise Unfinished(
                f"{binding}: accepted, and not visible after {terms.lag_budget:.0f} s", advice=AGAIN
            )
        if last.result is WriteResult.REFUSED and last.status != 429:
            raise RegistryError(
                f"{binding}: refused: {last.detail}", advice="the registry's message says why"
            )
        clock.sleep(max(min(last.wait, LONGEST_ASKED), min(FIRST_WAIT * 2.0**attempt, LONGEST_WAIT)))
    raise RegistryError(f"{binding}: not written after {terms.attempts} tries: {last.detail}", advice=AGAIN)


def _read_back(
    registry: Registry, clock: Clock, binding: Binding, write: Write, terms: Terms
) -> Digest | None:
    """What the tag points to after *write*; waits for an accepted write to show, within the lag budget."""
    deadline = clock.monotonic() + terms.lag_budget
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


def promote(
    cleared: Cleared,
    registry: Registry,
    journal: Journal,
    clock: Clock,
    *,
    progress: Progress | None = None,
    terms: Terms | None = None,
) -> Promoted | Refused:
    """Make *cleared* visible under its deploy tag, whole.

    Safe to call again after anything: what is there is found and kept, what lacks is written. Raises
    ``Unfinished`` (the watched image is untouched; run again), ``CommitUnknown`` (the commit-point write
    may have happened), ``HalfReleased`` (someone else's doing, visible now).
    """
    promotion = Promotion(cleared, registry, journal, clock, progress or Silent(), terms or Terms())
    return promotion.run()
