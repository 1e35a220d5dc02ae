"""Unchanged images are not built again: taken by digest from an earlier release, receipts and all.

The builder's own cache is not relied on (parallel builds on one store lose it). Inputs are compared kind
by kind; the earlier bytes must still be there, whole, for every platform. A receipt is kept only when gate
and digests are the same; that of a script, which may read anything in the repository, only for the very
same commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from wholeship.core.errors import RegistryError
from wholeship.core.values import dataclass
from wholeship.core.wording import listed
from wholeship.release.contexts import in_order_of_need
from wholeship.release.depth import flaws_of
from wholeship.release.gates import PlannedGate
from wholeship.release.grounds import grounded
from wholeship.release.inputs.fingerprint import Inputs, changed_inputs
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Registry
from wholeship.release.record import Record
from wholeship.release.stages.results import Candidate, Receipt


@dataclass(frozen=True, slots=True)
class Choice:
    """Take ``candidate``, or build (None), and ``why`` in words. ``inputs`` are as of now."""

    inputs: Inputs
    candidate: Candidate | None
    why: str


def choose_candidate(
    image: PlannedImage, inputs: Inputs, earlier: Iterable[Record], registry: Registry
) -> Choice:
    """The newest earlier candidate of *image* made from the same *inputs*, if its bytes are still there."""
    if inputs.unknown:
        return Choice(inputs, None, f"to be built: {inputs.unknown}")
    why = "to be built: there is no earlier build to compare with"
    first = True
    for tag, candidate in _earlier_candidates(image, earlier):
        differing = changed_inputs(candidate.inputs, inputs.parts)
        trouble = _gone(registry, image, candidate) if not differing else ""
        if not differing and not trouble:
            same = replace(candidate, reused_from=candidate.reused_from or tag)
            return Choice(inputs, same, f"unchanged since {same.reused_from}")
        if first:
            reason = f"{listed(differing)} changed since {tag}" if differing else trouble
            why, first = f"to be built: {reason}", False
    return Choice(inputs, None, why)


def choose_all(
    record: Record, images: Iterable[PlannedImage], choose_one: Callable[[PlannedImage], Choice]
) -> tuple[dict[str, Choice], Record]:
    """What *choose_one* makes of each of *images*, by name, and *record* with the candidates that are taken.

    In order of need: what is built from something that is built anew is built anew, too.
    """
    wanted = {image.name: image for image in images}
    choices: dict[str, Choice] = {}
    for name in in_order_of_need(wanted, record.plan.needs):
        anew = [n for n in record.plan.needs[name] if n in choices and choices[n].candidate is None]
        if anew:
            choices[name] = Choice(Inputs({}), None, f"to be built: {anew[0]} is built anew")
            continue
        choice = choices[name] = choose_one(grounded(wanted[name], record))
        if choice.candidate is not None:
            record = record.with_candidate(choice.candidate)
    return choices, record


def _earlier_candidates(image: PlannedImage, earlier: Iterable[Record]) -> Iterator[tuple[str, Candidate]]:
    for record in earlier:
        planned = next((i for i in record.plan.images if i.name == image.name), None)
        if planned is None or planned.repository != image.repository:
            continue
        for candidate in (*record.candidates.values(), *record.legs):
            fits = candidate.image == image.name and set(image.platforms) <= set(candidate.platforms)
            if fits and candidate.inputs:
                yield record.plan.tag, candidate


def _gone(registry: Registry, image: PlannedImage, candidate: Candidate) -> str:
    """Why it cannot be pulled as it is; empty: it can."""
    try:
        flaws = flaws_of(registry, image.repository, candidate.digest)
    except RegistryError as error:
        return f"unchanged, but the registry does not say whether it still has it ({error.message})"
    return f"unchanged, but the registry no longer has all of it: {flaws[0].text}" if flaws else ""


def carried(record: Record, earlier: Iterable[Record]) -> tuple[Receipt, ...]:
    """Receipts of *earlier* releases that are as good for the candidates of *record*."""
    have = {receipt.gate for receipt in record.receipts}
    waiting = {gate.name: gate for gate in record.plan.gates if gate.name not in have}
    found: dict[str, Receipt] = {}
    for other in earlier:
        for receipt in other.receipts:
            gate = waiting.get(receipt.gate)
            if gate is None or gate.name in found or not _fits_receipt(record, gate, receipt, other.plan):
                continue
            found[gate.name] = replace(receipt, reused_from=receipt.reused_from or other.plan.tag)
    return tuple(found.values())


def _fits_receipt(record: Record, gate: PlannedGate, receipt: Receipt, plan: Plan) -> bool:
    if not receipt.passed or receipt.fingerprint != gate.fingerprint:
        return False
    candidates = record.candidates
    if any(name not in candidates for name in gate.needs):
        return False
    if dict(receipt.digests) != {name: candidates[name].digest for name in gate.needs}:
        return False
    now = record.plan
    same_commit = bool(now.commit) and now.commit == plan.commit and not (now.dirty or plan.dirty)
    return gate.image is not None or same_commit
