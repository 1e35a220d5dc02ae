"""The release commands' answers as JSON: structs with a version, from which the schemas are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from wholeship.core.errors import CommandFailed, ExitCode, WholeshipError
from wholeship.core.late import late
from wholeship.output.election_json import ElectionJson
from wholeship.output.encoding import struct_of
from wholeship.output.rollout_json import RolloutJson, rollout_json
from wholeship.release.repaired import Mended, NeedsPerson
from wholeship.release.stages.results import (
    Drifted,
    Failed,
    Foreseen,
    Held,
    Promoted,
    Refused,
    Verified,
)

if TYPE_CHECKING:
    from wholeship.gitops.election import Election
    from wholeship.output.policy_json import election_json
    from wholeship.release.deletion import Deleted
    from wholeship.release.forecast import Forecast
    from wholeship.release.plan import Plan
    from wholeship.release.record import Record
    from wholeship.release.rollout import Rollout
    from wholeship.release.ship import Shipped
    from wholeship.release.stages.gate import ungated
    from wholeship.release.status import Overview, Status
    from wholeship.release.withdraw import Follower
else:
    election_json = late("wholeship.output.policy_json:election_json")
    ungated = late("wholeship.release.stages.gate:ungated")

STAYS = "still names what was withdrawn"
"""What becomes of an alias that is not moved back."""


class ImageJson(Struct, frozen=True):
    """One image of a plan. Paths are relative to the release file; ``why`` says what will be done, ``needs``
    names the images of the release that it is built from, ``copy_of`` the one that it is a copy of."""

    name: str
    repository: str
    platforms: list[str]
    context: str
    dockerfile: str
    target: str | None
    watched: bool
    why: str
    needs: list[str] = []
    copy_of: str = ""


class GateJson(Struct, frozen=True):
    """One gate of a plan. ``timeout`` in seconds; ``asks``: what it demands where it runs nothing."""

    name: str
    image: str | None
    command: list[str]
    run: str | None
    needs: list[str]
    network: str
    timeout: float
    asks: str = ""


class PlannedForecastJson(Struct, frozen=True):
    """What earlier releases suggest; null where nothing is known. Seconds, bytes."""

    seconds: float | None
    disk_bytes: int | None
    based_on: str


class PlanJson(Struct, frozen=True, tag_field="command", tag="plan"):
    """What a release would do. ``order`` is the order in which deploy tags are written; ``refused`` is why
    there would be no release, empty when there would be, or when nobody can tell; ``already_out``: this very
    commit is out under the tag, whole, and nothing would be written."""

    release: str
    tag: str
    scenario: str
    commit: str
    dirty: bool
    branch: str
    release_version: str
    source: str
    images: list[ImageJson]
    watched: str
    order: list[str]
    gates: list[GateJson]
    ungated: list[str]
    aliases: list[str]
    builder: str
    resumes: bool
    forecast: PlannedForecastJson
    sources: dict[str, str]
    remarks: list[str]
    version: Literal[1] = 1
    refused: str = ""
    already_out: bool = False
    followed: list[str] = []


class CandidateJson(Struct, frozen=True):
    """A built image. Sizes in bytes, times in seconds. ``started`` is when its build began (ISO 8601), after
    it had ``waited_seconds`` for a slot."""

    image: str
    repository: str
    digest: str
    size: int
    platforms: list[str]
    builder: str
    built_seconds: float
    pushed_seconds: float
    reused_from: str
    started: str = ""
    waited_seconds: float = 0.0


class ReceiptJson(Struct, frozen=True):
    """A gate's result, bound to digests and platform."""

    gate: str
    passed: bool
    digests: dict[str, str]
    platform: str
    seconds: float
    at: str
    runner: str
    exit_code: int | None
    reused_from: str


class SeenJson(Struct, frozen=True):
    """What the registry shows for one tag of one image."""

    image: str
    repository: str
    tag: str
    expected: str | None
    found: str | None
    listed: bool


class ReleaseJson(Struct, frozen=True, tag_field="command", tag="release"):
    """How a release ended; also the answer of the single stages, with what they know.

    ``outcome`` is ``planned``, ``built``, ``cleared``, ``attested``, ``failed``, ``held``, ``refused``,
    ``promoted``, ``verified``, ``drifted``, ``untrusted``, or ``foreseen`` by a
    dry run: then ``would`` is what would be done.
    ``window_seconds`` is the time from the first to the last deploy tag, ``followed_window_seconds`` that
    between several followed images; ``written`` says when each was written, by image, in seconds from the
    start of the promotion. ``rollout`` is there when it was waited for. ``last_words`` are the last lines of
    each gate that did not pass, or of the image that does not build; ``logs`` are their files. ``mixed``: the
    images are not all made from the release's commit. ``unmoved`` are the aliases that are still to move;
    ``signers`` who signed what is stated of it.
    """

    stage: str
    release: str
    tag: str
    scenario: str
    commit: str
    dirty: bool
    outcome: str
    exit_code: int
    reasons: list[str]
    advice: str
    images: list[CandidateJson]
    receipts: list[ReceiptJson]
    seen: list[SeenJson]
    aliases: dict[str, str]
    already: bool
    window_seconds: float
    seconds: dict[str, float]
    version: Literal[1] = 1
    written: dict[str, float] = {}
    rollout: RolloutJson | None = None
    last_words: dict[str, list[str]] = {}
    logs: dict[str, str] = {}
    mixed: bool = False
    would: list[str] = []
    unmoved: list[str] = []
    signers: list[str] = []
    followed_window_seconds: float = 0.0


class FoundJson(Struct, frozen=True):
    """One image of a release as the registry shows it."""

    image: str
    repository: str
    digest: str | None
    listed: bool
    platforms: list[str]
    revision: str
    problem: str


class ProvenanceJson(Struct, frozen=True):
    """When a release was made (ISO 8601), from which commit, and by which run; empty: nobody says.
    ``signers``: who signed what is stated of it, by its record."""

    created: str
    commit: str
    branch: str
    run_url: str
    dirty: bool
    signers: list[str] = []


class ChangeJson(Struct, frozen=True):
    """What the newest whole release changed against the whole one before it, ``since``."""

    since: str
    from_commit: str
    to_commit: str
    new: list[str]
    same: list[str]


class TagJson(Struct, frozen=True):
    """One tag: ``answer`` is ``whole``, ``half``, ``absent`` or ``unknown``; ``made``: when, from what."""

    tag: str
    answer: str
    state: str | None
    by_record: bool
    images: list[FoundJson]
    remarks: list[str]
    made: ProvenanceJson | None = None


class ControllerJson(Struct, frozen=True):
    """What the controller elects now among the tags of the watched image, and by which policy."""

    policy: str
    controller: str
    suspended: str
    election: ElectionJson


class StatusJson(Struct, frozen=True, tag_field="command", tag="status"):
    """What is out. With a tag ``asked`` is its status; without, ``newest_whole`` and ``half`` are filled.

    ``elected`` is the tag the controller elects, or, without a policy, the newest by the tag pattern;
    ``rollout`` what runs of the tag asked about (else of the newest whole release).
    """

    asked: TagJson | None
    newest_whole: TagJson | None
    half: list[TagJson]
    elected: str
    tags: int
    looked_at: int
    remarks: list[str]
    version: Literal[1] = 1
    controller: ControllerJson | None = None
    rollout: RolloutJson | None = None
    change: ChangeJson | None = None


class RepairJson(Struct, frozen=True, tag_field="command", tag="repair"):
    """What was mended, or what a person has to do; ``would`` is what a dry run would have done."""

    tag: str
    state: str
    mended: bool
    did: list[str]
    reason: str
    steps: list[str]
    exit_code: int
    version: Literal[1] = 1
    would: list[str] = []


class WithdrawJson(Struct, frozen=True, tag_field="command", tag="withdraw"):
    """How a release was taken back: by a newer one with earlier digests, or by deleting its tags.

    ``aliases`` are those that named it, with what became of each.
    """

    tag: str
    back_to: str
    released_as: str
    outcome: str
    deleted: dict[str, bool]
    reasons: list[str]
    exit_code: int
    version: Literal[1] = 1
    aliases: dict[str, str] = {}
    advice: str = ""
    would: list[str] = []
    unmoved: list[str] = []


class InitJson(Struct, frozen=True, tag_field="command", tag="init"):
    """The release file that was written. ``todo`` is what a person has to look at before a first release;
    ``unconfirmed`` are the keys that are a guess: no release is made before somebody confirms them."""

    file: str
    registry: str
    images: list[str]
    watched: str
    tag: str
    policy: str
    todo: list[str]
    left_out: list[str] = []
    also_watched: list[str] = []
    unconfirmed: list[str] = []
    version: Literal[1] = 1


OUTPUTS: Mapping[str, type[Struct]] = {
    "init": InitJson,
    "plan": PlanJson,
    "release": ReleaseJson,
    **dict.fromkeys(("build", "gate", "attest", "promote", "verify"), ReleaseJson),  # a release so far
    "status": StatusJson,
    "repair": RepairJson,
    "withdraw": WithdrawJson,
}
"""What `wholeship schema NAME` prints the schema of."""


def plan_json(
    plan: Plan,
    *,
    builder: str,
    why: Mapping[str, str],
    forecast: Forecast,
    sources: Mapping[str, str],
    remarks: tuple[str, ...] = (),
    resumes: bool = False,
    refused: str = "",
    already_out: bool = False,
) -> PlanJson:
    """*plan* and what else is known before it is carried out."""
    return struct_of(
        PlanJson,
        plan,
        release=str(plan.id),
        release_version=plan.version,
        images=[
            struct_of(ImageJson, image, watched=image.name in plan.followed, why=why.get(image.name, ""))
            for image in plan.images
        ],
        order=[image.name for image in plan.images],
        ungated=ungated(plan),
        builder=builder,
        resumes=resumes,
        forecast=forecast,
        sources=sources,
        remarks=remarks,
        refused=refused,
        already_out=already_out,
        followed=list(plan.followed),
        version=1,
    )


def release_json(shipped: Shipped, exit_code: int, rollout: Rollout | None = None) -> ReleaseJson:
    """How a release ended, and how far it rolled out when that was waited for."""
    outcome, proof = shipped.outcome, shipped.proof
    told = structs.replace(
        _so_far("release", shipped.record, outcome),
        outcome=outcome_name(shipped),
        exit_code=exit_code,
        seen=_seen_json(proof),
        seconds=dict(shipped.seconds),
        rollout=rollout_json(rollout) if rollout else None,
        mixed=isinstance(proof, Drifted) and proof.mixed,
        would=list(outcome.would) if isinstance(outcome, Foreseen) else [],
    )
    if isinstance(outcome, Held):
        receipts = [struct_of(ReceiptJson, each) for each in outcome.receipts]
        return structs.replace(told, reasons=list(outcome.reasons), advice=_AFTER_HELD, receipts=receipts)
    if isinstance(outcome, (Refused, Failed)):
        return structs.replace(told, reasons=[outcome.reason], advice=outcome.advice)
    if isinstance(proof, Drifted):
        told = structs.replace(told, reasons=list(proof.problems), advice=_after_drift(proof))
    return _with_promotion(told, outcome) if isinstance(outcome, Promoted) else told


def _with_promotion(told: ReleaseJson, promoted: Promoted) -> ReleaseJson:
    return structs.replace(
        told,
        aliases={alias: str(fate) for alias, fate in promoted.aliases.items()},
        unmoved=list(promoted.unmoved),
        already=promoted.already,
        window_seconds=round(promoted.window, 4),
        followed_window_seconds=round(promoted.followed_window, 4),
        written={name: round(moment, 4) for name, moment in promoted.written.items()},
    )


def stage_json(
    stage: str, record: Record, outcome: str, exit_code: int, *, stopped: Held | Refused | None = None
) -> ReleaseJson:
    """What one stage of a release gave; *stopped* is what said no instead of *outcome*."""
    reasons, advice = [], ""  # type: list[str], str
    if isinstance(stopped, Held):
        outcome, reasons, advice = "held", list(stopped.reasons), _AFTER_HELD
    elif stopped is not None:
        outcome, reasons, advice = "refused", [stopped.reason], stopped.advice
    told = _so_far(stage, record, stopped)
    return structs.replace(told, outcome=outcome, exit_code=exit_code, reasons=reasons, advice=advice)


def stopped_json(record: Record, error: BaseException) -> ReleaseJson:
    """What is known of a release that *error* ended, for its page; no command prints it."""
    told = structs.replace(
        _so_far("release", record, error),
        exit_code=ExitCode.INTERRUPTED,
        reasons=["interrupted"],
        advice=_go_on(record.plan),
    )
    if not isinstance(error, WholeshipError):
        return told
    reasons, advice = [error.message], error.advice or told.advice
    return structs.replace(told, exit_code=error.exit_code, reasons=reasons, advice=advice)


def _go_on(plan: Plan) -> str:
    """How a release that stopped is continued: from its own source, or not at all."""
    here = f"commit {plan.commit[:12]}" if plan.commit else "the same files"
    same = f"{here} with the same changes" if plan.changes else here
    return (
        f"continue it: wholeship release --tag {plan.tag} (from {same}); "
        "another commit is another release: wholeship release"
    )


def proof_json(
    record: Record, proof: Verified | Drifted, exit_code: int, distrusted: Held | Refused | None = None
) -> ReleaseJson:
    """What reading back gave; *distrusted*: why what is stated of it is not believed."""
    outcome, reasons, advice = "verified", (), ""  # type: str, tuple[str, ...], str
    if distrusted is not None:
        told = distrusted.reasons if isinstance(distrusted, Held) else (distrusted.reason,)
        outcome, reasons, advice = "untrusted", told, getattr(distrusted, "advice", "")
    if isinstance(proof, Drifted):
        outcome, reasons, advice = "drifted", (*proof.problems, *reasons), _after_drift(proof)
    return structs.replace(
        _so_far("verify", record),
        outcome=outcome,
        exit_code=exit_code,
        reasons=list(reasons),
        advice=advice,
        seen=_seen_json(proof),
        mixed=isinstance(proof, Drifted) and proof.mixed,
    )


_AFTER_HELD = "fix what it found, and release again; images that did not change are not built again"


def _after_drift(drifted: Drifted) -> str:
    tag = drifted.plan.tag
    if drifted.mixed:
        return f"put one coherent set out: wholeship release on a good commit, or wholeship withdraw {tag}"
    return f"put it right at once: wholeship repair {tag}" if drifted.half else f"see: wholeship status {tag}"


def outcome_name(shipped: Shipped) -> str:
    """One word for how far a release got."""
    if isinstance(shipped.outcome, Held):
        return "held"
    if isinstance(shipped.outcome, Failed):
        return "failed"
    if isinstance(shipped.outcome, Foreseen):
        return "foreseen"
    if isinstance(shipped.outcome, Refused):
        return "refused"
    if isinstance(shipped.proof, Verified):
        return "verified"
    return "drifted" if isinstance(shipped.proof, Drifted) else "promoted"


def _last_words(outcome: object) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The last words of what did not work, and where all of them are, by gate or image."""
    if isinstance(outcome, Held):
        tails = outcome.tails
        return {name: list(tails[name]) for name in outcome.logs if name in tails}, dict(outcome.logs)
    if isinstance(outcome, Failed):
        name, tail, log = outcome.image, outcome.last_words, outcome.log
        return {name: list(tail)}, {name: log} if log else {}
    if isinstance(outcome, CommandFailed):
        name = getattr(outcome, "image", "") or "its last lines"
        return {name: list(outcome.tail)} if outcome.tail else {}, {name: outcome.log} if outcome.log else {}
    return {}, {}


def _so_far(stage: str, record: Record, outcome: object = None) -> ReleaseJson:
    """What a record says of a release, and the last words of its *outcome*."""
    plan = record.plan
    words, logs = _last_words(outcome)
    made = [*record.candidates.values(), *record.legs]
    return ReleaseJson(
        stage=stage,
        release=str(plan.id),
        tag=str(plan.tag),
        scenario=plan.scenario,
        commit=plan.commit,
        dirty=plan.dirty,
        outcome="planned",
        exit_code=ExitCode.YES,
        reasons=[],
        advice="",
        images=[
            struct_of(CandidateJson, each, repository=plan.image(each.image).repository) for each in made
        ],
        receipts=[struct_of(ReceiptJson, each) for each in record.receipts],
        seen=[],
        aliases={},
        already=False,
        window_seconds=0.0,
        seconds={},
        last_words=words,
        logs=logs,
        signers=list(record.signers),
    )


def _seen_json(proof: Verified | Drifted | None) -> list[SeenJson]:
    return [struct_of(SeenJson, each) for each in proof.seen] if proof is not None else []


def controller_json(policy: str, controller: str, suspended: str, election: Election) -> ControllerJson:
    """What a controller elects."""
    return ControllerJson(policy, controller, suspended, election_json(election))


def status_json(
    status: Status, controller: ControllerJson | None = None, rollout: Rollout | None = None
) -> StatusJson:
    """The status of one tag; what is elected, and what runs, where that was looked at."""
    elected = controller.election.tag if controller else ""
    return StatusJson(
        _tag_json(status), None, [], elected, 0, 1, [],
        controller=controller, rollout=rollout_json(rollout) if rollout else None,
    )  # fmt: skip


def overview_json(
    overview: Overview, controller: ControllerJson | None = None, rollout: Rollout | None = None
) -> StatusJson:
    """The status of everything."""
    return StatusJson(
        None,
        _tag_json(overview.newest_whole) if overview.newest_whole else None,
        [_tag_json(half) for half in overview.half],
        controller.election.tag if controller else overview.elected,
        overview.tags,
        overview.looked_at,
        list(overview.remarks),
        controller=controller,
        rollout=rollout_json(rollout) if rollout else None,
        change=struct_of(ChangeJson, overview.change) if overview.change else None,
    )


def _tag_json(status: Status) -> TagJson:
    images = [struct_of(FoundJson, found) for found in status.images]
    return struct_of(TagJson, status, images=images, made=struct_of(ProvenanceJson, status.made))


def repair_json(answer: Mended | NeedsPerson | Refused | Foreseen, exit_code: int) -> RepairJson:
    """What repair did or would not do."""
    if isinstance(answer, Foreseen):
        tag, would = str(answer.plan.tag), list(answer.would)
        return RepairJson(tag, "foreseen", False, [], "", [], exit_code, would=would)
    if isinstance(answer, Mended):
        return RepairJson(answer.tag, str(answer.before), True, list(answer.did), "", [], exit_code)
    if isinstance(answer, Refused):
        state, steps = str(answer.refusal), [answer.advice]
        return RepairJson(str(answer.plan.tag), state, False, [], answer.reason, steps, exit_code)
    return RepairJson(answer.tag, str(answer.state), False, [], answer.reason, list(answer.steps), exit_code)


def withdraw_json(
    tag: str,
    exit_code: int,
    *,
    back_to: str = "",
    shipped: Shipped | None = None,
    deleted: Deleted | None = None,
    aliases: Iterable[Follower] = (),
    would: Sequence[str] = (),
) -> WithdrawJson:
    """How a release was taken back."""
    release = release_json(shipped, exit_code) if shipped else None
    moved = release.aliases if release else {}
    stay = {str(f.alias): f"{STAYS}: {f.stays}" for f in aliases if f.stays}
    return WithdrawJson(
        tag=tag,
        back_to=back_to,
        released_as=release.tag if release else "",
        outcome=release.outcome if release else "deleted" if deleted else "foreseen",
        deleted=dict(deleted.tags) if deleted else {},
        reasons=release.reasons if release else [],
        exit_code=exit_code,
        aliases={**moved, **stay},
        advice=release.advice if release else "",
        would=list(would),
        unmoved=release.unmoved if release else [],
    )
