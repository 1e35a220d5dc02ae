"""A roll-out, and what controllers elect, as parts of a page."""

from __future__ import annotations

from wholeship.core.wording import elapsed
from wholeship.output.page.parts import Cell, Part, Prose, Section, Table, Tone
from wholeship.output.rollout_json import RolloutJson

TONES = {
    "running": Tone.GOOD,
    "rolling": Tone.WARN,
    "waiting": Tone.WARN,
    "absent": Tone.WARN,
    "stuck": Tone.BAD,
    "failed": Tone.BAD,
}


def rollout_section(rollout: RolloutJson) -> Section:
    """What the cluster runs of a release, and what is in the way."""
    if rollout.problem:
        said = Prose(f"What runs in {rollout.cluster} is not known: {rollout.problem}", Tone.WARN)
        return Section("Roll-out", (said,), Tone.WARN)
    tone = Tone.GOOD if rollout.done else max_tone([TONES[one.phase] for one in rollout.standings])
    parts: list[Part] = [Prose(_said_of_rollout(rollout)), _workloads(rollout)]
    if troubles := _troubles(rollout):
        parts.append(troubles)
    return Section("Roll-out", tuple(parts), tone)


def max_tone(tones: list[Tone]) -> Tone:
    """The loudest of *tones*."""
    order = [Tone.PLAIN, Tone.QUIET, Tone.GOOD, Tone.WARN, Tone.BAD]
    return max(tones, key=order.index, default=Tone.PLAIN)


def _said_of_rollout(rollout: RolloutJson) -> str:
    if rollout.done:
        after = f", {elapsed(rollout.seconds)} after the release" if rollout.seconds else ""
        return f"Everything in {rollout.cluster} that uses its images runs {rollout.tag}{after}."
    late = f" within {elapsed(rollout.seconds)}" if rollout.late else ""
    return f"{rollout.tag} does not run everywhere in {rollout.cluster}{late}."


def _workloads(rollout: RolloutJson) -> Table:
    rows = tuple(
        (
            one.image,
            one.where or "none",
            Cell(one.phase, tone=TONES[one.phase]),
            Cell(f"{one.ready} of {one.wanted}", one.ready),
            Cell(one.asks, code=True),
            Cell(", ".join(digest[:19] for digest in one.runs), code=True),
        )
        for one in rollout.standings
    )
    return Table(
        "Workloads", ("image", "workload", "state", "pods", "asks for", "runs"), rows, frozenset({3})
    )


def _troubles(rollout: RolloutJson) -> Table | None:
    rows = tuple(
        (one.where, Cell(trouble.reason, tone=Tone.BAD), trouble.pod, trouble.message, trouble.advice)
        for one in rollout.standings
        for trouble in one.troubles
    )
    return Table("In the way", ("workload", "reason", "pod", "message", "what helps"), rows) if rows else None
