"""Reading everything back: every tag, digest and platform of a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError, Unfinished
from wholeship.core.progress import Task, shown_task
from wholeship.core.reference import Tag
from wholeship.release.content import content_of
from wholeship.release.depth import inspect
from wholeship.release.lifecycle import HALF, VISIBLE, State
from wholeship.release.observe import PATIENCE, Looks, each_at_once, lag_budget, state_of, survey
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Manifest, Ports, Registry
from wholeship.release.recent import past_memory, remembers
from wholeship.release.record import Record
from wholeship.release.source import mixed
from wholeship.release.stages.results import Candidate, Drifted, Seen, Verified
from wholeship.release.stages.settings import StageSettings
from wholeship.release.stages.underway import Underway, require_given


def verify_tasks(_plan: Plan) -> tuple[Task, ...]:
    """One look at everything."""
    return (Task("verify"),)


def run_verify(state: Underway, settings: StageSettings) -> Underway:
    """The stage: see :func:`prove`."""
    try:
        known = state.promoted is not None and remembers(settings.ports.registry)
        seen = require_given(state.promoted).seen if known else ()
        return replace(state, proof=prove(state.plan, settings.ports, state.record, seen))
    except Unfinished as error:
        if state.promoted is None:
            raise
        raise Unfinished(
            f"{state.plan.tag} is out, and could not be verified: {error.message}", advice=error.advice
        ) from error


def prove(plan: Plan, ports: Ports, record: Record, seen: tuple[Seen, ...] = ()) -> Verified | Drifted:
    """Read everything back; again and again within the lag budget when it is not as it should be.

    What promotion has *seen* of the tags at its end, right before, is the first look at them.

    Readers may be late, or disagree: what shows half for a moment is only said to be half when it stays so.
    """
    budget = lag_budget()
    looks = Looks(ports.clock, ports.progress, str(plan.tag), budget)
    with shown_task(ports.progress, Task("verify")):
        while True:
            proof = verify(ports.registry, plan, record.digests, candidates=record.candidates, seen=seen)
            seen = ()
            if isinstance(proof, Verified) or proof.mixed:
                return proof
            if not looks.again(proof.problems[0], within=budget if proof.half else PATIENCE):
                return proof


def verify(
    registry: Registry,
    plan: Plan,
    digests: Mapping[str, Digest],
    *,
    aliases: tuple[Tag, ...] = (),
    candidates: Mapping[str, Candidate] | None = None,
    seen: tuple[Seen, ...] = (),
) -> Verified | Drifted:
    """Whether every image shows its deploy tag, listed, at the released digest, with every platform.

    What was *seen* of the tags a moment ago is not asked for again.

    *aliases* are looked at too; with the recorded *candidates*, whether all were made from the release's
    commit. Raises ``Unfinished`` when the registry cannot be asked.
    """
    seen = seen or survey(registry, plan, digests).seen
    state = state_of(plan, seen)
    unknown = next((s.problem for s in seen if s.problem), "")
    if unknown:
        raise Unfinished(f"could not read everything back: {unknown}", advice="run the same command again")
    problems = [text for s in seen if (text := _wrong(s))]
    gaps = [text for text in each_at_once(lambda i: _platform_gap(registry, i, digests), plan.images) if text]
    problems += gaps
    others = mixed(plan, candidates or {})
    problems += others
    for alias in aliases:
        problems += [text for s in survey(registry, plan, digests, alias).seen if (text := _wrong(s))]
    if not problems:
        return Verified(plan, seen)
    wrong = bool(gaps or others)
    half = state in HALF or state is State.FOREIGN or (wrong and state in VISIBLE)
    late = state is State.LAG and not wrong
    return Drifted(plan, seen, tuple(problems), half, late=late, mixed=bool(others))


def _wrong(seen: Seen) -> str:
    name = f"{seen.repository}:{seen.tag}"
    if seen.found is None:
        return f"{name} is listed but does not resolve" if seen.listed else f"{name} is not there"
    if seen.found != seen.expected:
        wanted = seen.expected.short if seen.expected else "what was released"
        return f"{name} is {seen.found.short}, not {wanted}"
    return "" if seen.listed else f"{name} resolves but is not listed"


def _platform_gap(registry: Registry, image: PlannedImage, digests: Mapping[str, Digest]) -> str:
    digest = digests[image.name]
    manifest = registry.manifest(image.repository, digest)
    if manifest is None:
        return f"{image.repository}@{digest.short} is gone"
    try:
        # Without a memory all of it is asked for below.
        lost = _lost_children(past_memory(registry), image, manifest) if remembers(registry) else ""
        if lost:
            return lost
        found = inspect(registry, image.repository, manifest)
    except RegistryError as error:
        return f"{image.name}: its parts cannot be read: {error.message}"
    if found.flaws:
        return f"{image.repository}@{digest.short} cannot be pulled: {found.flaws[0].text}"
    lacking = sorted(set(image.platforms) - set(found.platforms))
    return f"{image.name} lacks {', '.join(map(str, lacking))}" if lacking else ""


def _lost_children(registry: Registry, image: PlannedImage, manifest: Manifest) -> str:
    """The platform that the registry does not have any more, in words: no tag holds it of its own, so
    it is what is collected."""
    children = content_of(manifest, f"{image.repository}@{manifest.digest}").children
    there = each_at_once(lambda child: registry.exists(image.repository, child.digest), children)
    lost = [child for child, is_there in zip(children, there, strict=True) if not is_there]
    return f"{image.name}: {lost[0].platform or 'an attestation'} is gone" if lost else ""
