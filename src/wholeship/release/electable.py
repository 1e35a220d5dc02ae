"""Whether a release's tag would be rolled out, asked before anything is done for it.

Promotion asks the same question, in its preflight and again at the barrier; that is what the promise
rests on. Here it is asked early, because a build that nobody will ever run is time lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wholeship.release.order import Election, Elector
from wholeship.release.plan import Plan
from wholeship.release.ports import Builder
from wholeship.release.stages.results import Refusal, Refused


def unelectable(
    plan: Plan, elector: Elector, visible: Iterable[str], *, force_older: bool = False
) -> Refused | None:
    """Why the tag of *plan* would not be rolled out beside the *visible* ones; None when it would.

    *force_older* lets a tag pass that something newer (or equal) beats; nothing lets one pass that the
    controller would never take.
    """
    opinion = elector.opinion(plan.tag, visible)
    if opinion.election in (Election.ELECTED, Election.UNKNOWN):
        return None
    if opinion.election in (Election.OLDER, Election.TIE):
        if force_older:
            return None
        return Refused(
            plan,
            Refusal.NOT_NEWEST,
            f"{plan.tag} would not be rolled out: {opinion.reason}",
            "a newer release is out; release again under a new tag, or insist with --force-older",
        )
    return Refused(
        plan,
        Refusal.NOT_ELECTED,
        f"the controller would not roll out {plan.tag}: {opinion.reason}",
        "change the tag pattern or the policy; see: wholeship policy",
    )


def revealing(
    plan: Plan, image: str, elector: Elector, visible: Iterable[str], builder: Builder
) -> Refused | None:
    """Why *builder* must not build the followed *image* of *plan*: the controller would roll out its
    candidate, before any gate, or be stopped by it. None where there is no such danger."""
    if builder.pushes_by_digest:
        return None
    candidate = plan.candidate_tag(image)
    opinion = elector.opinion(candidate, visible)
    if opinion.election not in (Election.ELECTED, Election.TIE, Election.BROKEN):
        return None
    return Refused(
        plan,
        Refusal.NOT_ELECTED,
        f"{builder.name} pushes candidates under a tag, and the controller would take it: {candidate}",
        "anchor the policy's filter at both ends, so that only deploy tags match (see: wholeship policy); or "
        "use a builder that pushes by digest (docs/builders.md)",
    )


def revealing_proof(
    plan: Plan, elector: Elector, visible: Iterable[str], tags: Sequence[str]
) -> Refused | None:
    """Why *tags*, under which a registry keeps what others signed, must not be written beside the *visible*
    ones: the controller would roll one out, or be stopped by it. None where there is no such danger."""
    after = (*visible, *tags)
    for tag in tags:
        if elector.opinion(tag, after).election in (Election.ELECTED, Election.TIE, Election.BROKEN):
            return Refused(
                plan,
                Refusal.NOT_ELECTED,
                f"the registry lists attestations under a tag, and the controller would take it: {tag}",
                "anchor the policy's filter at both ends, so that only deploy tags match "
                "(see: wholeship policy)",
            )
    return None
