"""A roll-out for people."""

from __future__ import annotations

from wholeship.core.text import printable, without_links
from wholeship.core.wording import elapsed
from wholeship.output.columns import aligned
from wholeship.output.ink import Ink
from wholeship.output.rollout_json import RolloutJson, StandingJson

_STYLES = {
    "running": "green",
    "rolling": "yellow",
    "waiting": "yellow",
    "absent": "yellow",
    "stuck": "red",
    "failed": "red",
}
_WORDS = {
    "running": "runs the release",
    "rolling": "is rolling",
    "waiting": "waits for the controller",
    "absent": "nothing uses it",
    "stuck": "is stuck",
    "failed": "has failed",
}


def rollout_lines(rollout: RolloutJson, ink: Ink) -> list[str]:
    """The roll-out, headed by what it amounts to."""
    where = f"in {printable(rollout.cluster)}"
    if rollout.problem:
        return [ink("yellow", f"what runs {where} is not known") + f": {printable(rollout.problem)}"]
    lines = [
        f"{_verdict(rollout, ink)} {where}",
        *aligned([_workload_row(one, ink) for one in rollout.standings]),
    ]
    for one in rollout.standings:
        for trouble in one.troubles:
            pod = f" ({printable(trouble.pod)})" if trouble.pod else ""
            lines.append(f"  {ink('red', '✗')} {printable(one.where)}: {trouble.reason}{pod}")
            if trouble.message:
                lines.append(f"    {printable(trouble.message)}")
            lines.append(f"    help: {printable(trouble.advice)}")
    return lines


def _verdict(rollout: RolloutJson, ink: Ink) -> str:
    if rollout.done:
        after = f" after {elapsed(rollout.seconds)}" if rollout.seconds else ""
        return ink("green", f"{rollout.tag} runs everywhere{after}")
    if any(one.phase == "failed" for one in rollout.standings):
        return ink("red", f"{rollout.tag} did not roll out")
    late = f" within {elapsed(rollout.seconds)}" if rollout.late else ""
    return ink("yellow", f"{rollout.tag} does not run everywhere{late or ' yet'}")


def _workload_row(one: StandingJson, ink: Ink) -> tuple[str, ...]:
    asks = one.asks.rpartition(":")[2] if "@" not in one.asks else one.asks.rpartition("@")[2][:19] + "…"
    pods = f"{one.ready} of {one.wanted} pods" if one.where else ""
    return (
        printable(one.image),
        printable(one.where),
        ink(_STYLES[one.phase], _WORDS[one.phase]),
        pods,
        f"asks for {printable(asks)}" if one.where else "",
    )


def rollout_markdown(rollout: RolloutJson) -> list[str]:
    """The same as a table."""
    if rollout.problem:
        return ["", f"What runs is not known: {rollout_cell(rollout.problem)}"]
    lines = [
        "",
        f"**{_verdict(rollout, Ink())}**",
        "",
        "| image | workload | state | pods |",
        "|---|---|---|---|",
    ]
    for one in rollout.standings:
        told = ", ".join(dict.fromkeys(trouble.reason for trouble in one.troubles))
        state = _WORDS[one.phase] + (f": {told}" if told else "")
        lines.append(
            f"| {' | '.join(map(rollout_cell, (one.image, one.where, state)))} | {one.ready}/{one.wanted} |"
        )
    return lines


def rollout_cell(text: str) -> str:
    """*text* for a Markdown table."""
    return without_links(printable(text)).replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
