"""Putting right what is half: forward from the record where the bytes are there, else words for a person.

No move of this module changes a tag that is bound, except those that were named one by one.

What the words rest on: Kubernetes documentation, "Images" (image pull back-off up to 300 s) and
"Deployments" (nothing is undone when the progress deadline passes); Flux documentation, "Helm Releases"
(a failed release stays failed until it is reset) and "Image Update Automations".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from wholeship.core.errors import BadInput, HalfReleased, Unfinished
from wholeship.core.reference import Tag
from wholeship.release.depth import is_whole
from wholeship.release.lifecycle import HALF, VISIBLE, State
from wholeship.release.observe import Looks, each_at_once, state_of, survey
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Ports
from wholeship.release.record import Record
from wholeship.release.repaired import Mended, NeedsPerson
from wholeship.release.ship import carry_on
from wholeship.release.source import mixed
from wholeship.release.stages.mirror import bring_back
from wholeship.release.stages.promote import Binding, bind
from wholeship.release.stages.results import CandidateGone, Drifted, Foreseen, Held, Promoted, Refused, Seen
from wholeship.release.stages.settings import PromoteSettings, StageSettings
from wholeship.release.stages.table import stand_before
from wholeship.release.status import Status, Whole


def repair(
    record: Record, settings: StageSettings, *, move: Collection[str] = (), dry: bool = False
) -> Mended | NeedsPerson | Refused | Foreseen:
    """Finish the release of *record* forward, if that can be done without moving a bound tag.

    *move* names bound tags (``repository:tag``) that may be moved to what the record says. A *dry* run says
    what would be done, and writes nothing.
    """
    plan, tag, ports = record.plan, str(record.plan.tag), settings.ports
    promoting = settings.promoting()
    settings = replace(settings, promoting=lambda: promoting)
    digests = record.digests
    copied = () if dry or record.withdrawn else bring_back(record, ports)
    now = survey(ports.registry, plan, digests)
    looks = Looks(ports.clock, ports.progress, tag, promoting.lag_budget)
    while not move and now.state in (State.MIXED, State.FOREIGN) and looks.again(f"it looks {now.state}"):
        now = survey(
            ports.registry, plan, digests
        )  # readers may disagree; a person is asked when it stays so
    before = now.state
    if before is State.PUBLISHED:
        lacking = _lost_images(record, ports)
        others = mixed(plan, record.candidates)
        if others:
            return NeedsPerson(tag, State.MIXED, "; ".join(others), repair_steps(State.MIXED, tag, gone=True))
        if not lacking:
            return Mended(tag, before, copied)
        reason = f"parts of {', '.join(lacking)} are gone from the registry"
        return NeedsPerson(
            tag, State.BROKEN_VISIBLE, reason, repair_steps(State.BROKEN_VISIBLE, tag, gone=True)
        )
    unbuilt = [image.name for image in plan.images if image.name not in digests]
    if unbuilt and before in VISIBLE:
        reason = f"the record has no candidate of {', '.join(unbuilt)}"
        return NeedsPerson(tag, before, reason, repair_steps(before, tag, unrecorded=True))
    if record.withdrawn and before not in VISIBLE:
        reason = "it was withdrawn: its tags are deleted on purpose"
        return NeedsPerson(tag, before, reason, ("Nothing is to be done; a new release gets a new tag.",))
    try:
        ready = stand_before("promote", record, settings)
    except CandidateGone as error:
        return NeedsPerson(tag, before, error.message, repair_steps(before, tag, gone=True))
    except Unfinished as error:
        if before not in HALF:
            raise
        raise HalfReleased(f"{tag} is visible and not whole: {error.message}", advice=error.advice) from error
    if isinstance(ready.ended, Held):
        reason = "its gates have not passed: " + "; ".join(ready.ended.reasons)
        return NeedsPerson(tag, before, reason, repair_steps(before, tag))
    if isinstance(ready.ended, Refused):
        return ready.ended
    if dry and (move or before not in (State.MIXED, State.FOREIGN, State.TAG_TAKEN)):
        lacking = [f"write {s.repository}:{tag}" for s in now.seen if s.found is None]
        return Foreseen(plan, (*(f"move {name}" for name in move), *lacking), half=before in HALF)
    moved = _move(record, ports, promoting, now.seen, () if dry else move)
    if not moved and before in (State.MIXED, State.FOREIGN, State.TAG_TAKEN):
        return NeedsPerson(tag, before, _strangers(now.seen), repair_steps(before, tag, now.seen))
    shipped = carry_on(ready, settings, first="promote")
    if isinstance(shipped.outcome, Refused):
        return shipped.outcome
    if isinstance(shipped.proof, Drifted) and not shipped.proof.late:
        return _not_mended(plan, shipped.proof)
    written = [f"wrote {s.repository}:{tag}" for s in now.seen if s.found is None]
    promoted = shipped.outcome if isinstance(shipped.outcome, Promoted) else None
    return Mended(tag, before, (*copied, *moved, *written), promoted)


def _not_mended(plan: Plan, proof: Drifted) -> NeedsPerson:
    """What is wrong although everything was written: something else writes here."""
    tag, state = str(plan.tag), state_of(plan, proof.seen)
    if proof.half and state not in HALF | {State.FOREIGN}:
        state = State.BROKEN_VISIBLE
    return NeedsPerson(tag, state, "; ".join(proof.problems), repair_steps(state, tag, proof.seen))


def _lost_images(record: Record, ports: Ports) -> list[str]:
    """Images of which the registry has the manifest, and not every part."""

    def lost(image: PlannedImage) -> bool:
        return not is_whole(ports.registry, image.repository, record.candidates[image.name].digest)

    images = record.plan.images
    return [image.name for image, gone in zip(images, each_at_once(lost, images), strict=True) if gone]


def _move(
    record: Record, ports: Ports, settings: PromoteSettings, seen: tuple[Seen, ...], move: Collection[str]
) -> list[str]:
    """Move the named tags and nothing else; :class:`BadInput` for a name that is not bound elsewhere."""
    astray = {f"{s.repository}:{s.tag}": s for s in seen if s.found is not None and s.found != s.expected}
    unknown = sorted(set(move) - set(astray))
    if unknown:
        known = ", ".join(sorted(astray)) or "no tag of this release points elsewhere"
        raise BadInput(f"{unknown[0]} is not a tag to move", advice=known)
    done = []
    # The tags of the followed images come last here too, in their order.
    order = {name: place for place, name in enumerate(record.plan.followed, 1)}
    for name in sorted(move, key=lambda name: order.get(astray[name].image, 0)):
        astray_one = astray[name]
        assert astray_one.found is not None
        assert astray_one.expected is not None
        manifest = ports.registry.manifest(astray_one.repository, astray_one.expected)
        if manifest is None:
            raise CandidateGone(astray_one.image, f"{astray_one.repository}@{astray_one.expected}")
        replaces = frozenset({astray_one.found})
        binding = Binding(astray_one.repository, Tag(astray_one.tag), manifest, replaces)
        bind(ports.registry, ports.clock, binding, settings)
        done.append(f"moved {name} from {astray_one.found.short} to {astray_one.expected.short}")
    return done


def _strangers(seen: tuple[Seen, ...]) -> str:
    astray = [
        f"{s.repository}:{s.tag} is {s.found.short}, not {s.expected.short if s.expected else 'as recorded'}"
        for s in seen
        if s.found is not None and s.found != s.expected
    ]
    return "; ".join(astray)


def without_record(found: Status, *, planned: bool = False) -> Mended | NeedsPerson:
    """What a person has to do about a release that nobody left a record of; nothing, when it looks whole.

    *planned*: there is a record, and nothing in it that could be put out yet.
    """
    if found.answer is Whole.WHOLE:
        return Mended(found.tag, found.state or State.PUBLISHED, ())
    state = found.state or State.UNKNOWN
    lacking = [f"{f.repository}:{found.tag}" for f in found.images if f.digest is None]
    reason = "; ".join(found.remarks) or (f"missing: {', '.join(lacking)}" if lacking else "no record of it")
    return NeedsPerson(found.tag, state, reason, repair_steps(state, found.tag, unrecorded=not planned))


def repair_steps(
    state: State,
    tag: str,
    seen: tuple[Seen, ...] = (),
    *,
    gone: bool = False,
    unrecorded: bool = False,
) -> tuple[str, ...]:
    """What a person does, in order, in *state*."""
    if state in (State.NOT_STARTED, State.HIDDEN_PARTIAL, State.READY):
        if unrecorded:
            return (
                "Nothing is visible to a controller: no hurry.",
                "Nobody left a record of it: it cannot be finished. Is the tag spelt right?",
                "`wholeship status` shows what is out; a new release gets a tag of its own.",
            )
        return (
            "Nothing is visible to a controller: no hurry.",
            f"Finish it, in its own commit, with `wholeship release --tag {tag}`, or release under another.",
        )
    if state is State.TAG_TAKEN:
        return ("The tag is used by something else and nothing is out: release under a new tag.",)
    if state is State.UNKNOWN:
        return ("Find out first: the registry did not answer everything. Then run this again.",)
    told = [
        (
            "Stop the controller from acting on it: `flux suspend image update "
            "NAME`. If the version before is "
            "to run meanwhile, revert the commit in which it wrote the tag."
        )
    ]
    if gone or unrecorded:
        told.append(
            "Publish a newer tag with one coherent set: `wholeship release` on a good commit, or "
            "`wholeship withdraw "
            f"{tag}` to put the last whole release out again under a newer tag."
        )
        if unrecorded:
            told.append(
                f"Or push the missing images under {tag}, built from the commit that the watched image "
                "names (its revision annotation); only who built them can say that they belong together."
            )
    elif state in (State.MIXED, State.FOREIGN):
        told.append(
            "Find out what else writes this tag, and stop it. Then publish a newer tag with one coherent "
            f"set: `wholeship release` on a good commit, or `wholeship withdraw {tag}` to put the last whole "
            "release out again."
        )
        names = [f"{s.repository}:{s.tag}" for s in seen if s.found is not None and s.found != s.expected]
        if names:
            told.append(
                "Or, instead of a newer tag, move back to what was released exactly what was overwritten: "
                f"`wholeship repair {tag} {' '.join('--move-tag ' + name for name in names)}`. Nodes that "
                "have pulled the other image under this tag go on running it (imagePullPolicy: IfNotPresent)."
            )
    else:
        told.append(f"Run `wholeship repair {tag}` again once the registry answers.")
    told += [
        (
            "Pods that wait for a missing image recover by themselves within 5 minutes of its arrival; "
            "delete them to have it at once."
        ),
        (
            "A HelmRelease that timed out meanwhile stays failed until "
            "`flux reconcile helmrelease NAME --reset --force`."
        ),
        (
            "`kubectl rollout undo` does not help: the controller puts the tag from Git back. Deleting the "
            "watched tag makes Flux go back to the next older one."
        ),
        "Then `flux resume image update NAME`.",
    ]
    return tuple(told)
