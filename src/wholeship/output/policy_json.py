"""What controllers elect, as JSON: structs with a version, from which the schema is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from wholeship.gitops.election import Broken, Elected, Election, Nothing, Undecided
from wholeship.gitops.elector import Elects, Refuses
from wholeship.output.election_json import ElectionJson
from wholeship.output.encoding import struct_of

if TYPE_CHECKING:
    from wholeship.gitops.manifests import Concern, Drive, Watch
    from wholeship.gitops.outlook import Outlook


class JudgementJson(Struct, frozen=True):
    """What would become of ``tag``. ``reason`` is a stable word, empty when it would be elected."""

    tag: str
    elected: bool
    instead_of: str
    reason: str
    message: str
    others: list[str]
    advice: str


class AccidentJson(Struct, frozen=True):
    """A tag nobody means to deploy. ``danger`` is ``breaks``, ``wins`` or ``competes``."""

    tag: str
    kind: str
    danger: str
    visible: bool


class ConcernJson(Struct, frozen=True):
    """A misfit between manifests and release; ``rule`` is a stable word."""

    rule: str
    message: str
    place: str
    advice: str


class DriveJson(Struct, frozen=True):
    """A spot in Git that the policy rewrites. ``part`` is ``tag``, ``name``, ``digest``, or empty for the
    whole reference; ``image`` is what stands beside it, empty when nothing does."""

    image: str
    part: str
    place: str


class PolicyViewJson(Struct, frozen=True):
    """One policy over one repository, of an ``environment`` of the release file. ``problem``: why the
    repository could not be read; then the elections are null."""

    name: str
    controller: str
    summary: str
    image: str
    place: str
    suspended: str
    reflects_digest: str
    source: str
    tags: int
    considered: int
    now: ElectionJson | None
    fallback: ElectionJson | None
    after: JudgementJson | None
    accidents: list[AccidentJson]
    candidates_safe: bool | None
    problem: str
    drives: list[DriveJson] = []
    environment: str = ""


class PolicyJson(Struct, frozen=True, tag_field="command", tag="policy"):
    """What is elected now, and what would be with one more tag."""

    policies: list[PolicyViewJson]
    concerns: list[ConcernJson]
    remarks: list[str]
    exit_code: int
    version: Literal[1] = 1


def view_json(
    watch: Watch,
    image: str,
    source: str,
    seen: Outlook | None,
    problem: str,
    *,
    drives: Iterable[Drive] = (),
    environment: str = "",
) -> PolicyViewJson:
    """One policy over the tags of *image*, which came from *source*, and the spots in Git it *drives*."""
    return struct_of(
        PolicyViewJson,
        watch,
        summary=watch.elector.policy.summary,
        image=image,
        source=source,
        tags=seen.tags if seen else 0,
        considered=seen.considered if seen else 0,
        now=election_json(seen.now) if seen else None,
        fallback=election_json(seen.fallback) if seen and seen.fallback else None,
        after=_judgement(seen.after) if seen and seen.after else None,
        accidents=seen.accidents if seen else (),
        candidates_safe=seen.candidates_safe if seen else None,
        problem=problem,
        drives=[struct_of(DriveJson, each) for each in drives],
        environment=environment,
    )


def policy_json(
    views: Sequence[PolicyViewJson], found: Iterable[Concern], remarks: Iterable[str], exit_code: int
) -> PolicyJson:
    """Everything that was found out."""
    told = [struct_of(ConcernJson, one) for one in found]
    return PolicyJson(list(views), told, list(remarks), exit_code)


def election_json(election: Election) -> ElectionJson:
    """One election."""
    if isinstance(election, Elected):
        return ElectionJson("elected", election.tag, list(election.equals), "")
    if isinstance(election, Undecided):
        return ElectionJson("undecided", "", list(election.tags), election.reason)
    if isinstance(election, Broken):
        return ElectionJson("broken", election.tag, [], election.reason)
    word = "nothing" if isinstance(election, Nothing) else "unknown"
    return ElectionJson(word, "", [], election.reason)


def _judgement(after: Elects | Refuses) -> JudgementJson:
    if isinstance(after, Elects):
        return JudgementJson(after.tag, True, after.instead_of, "", "", [], "")
    return JudgementJson(
        after.tag, False, "", str(after.reason), after.message, list(after.others), after.advice
    )
