"""A publish may be inside something that could not be read: unknown, not safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.values import dataclass
from wholeship.core.wording import listed, listed_few
from wholeship.pipeline.publish import HiddenPublish
from wholeship.verdict.rules.phrases import labelled, on
from wholeship.verdict.study import Study

RULE = "hidden-publish"
SHOWN = 2
"""Reasons told of one step."""


@dataclass(slots=True)
class _ToldHidden:
    """One thing that could not be read, in all the jobs that run it."""

    hidden: list[HiddenPublish] = field(default_factory=list)
    scenarios: dict[str, None] = field(default_factory=dict)


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each script or action, with the jobs that run it and the credentials they hold.

    What one step cannot be read of is told together.
    """
    found: dict[str, _ToldHidden] = {}
    for case in study.cases:
        for hidden in case.facts.hidden:
            told = found.setdefault(f"{hidden.how} {hidden.reason}", _ToldHidden())
            told.hidden.append(hidden)
            told.scenarios[case.name] = None
    steps: dict[tuple[str, int, int], dict[str, _ToldHidden]] = {}
    for key, told in found.items():
        place = told.hidden[0].place
        steps.setdefault((place.file, place.line, place.column), {})[key] = told
    for together in steps.values():
        yield _finding(study, together, severity)


def _finding(study: Study, together: dict[str, _ToldHidden], severity: Severity) -> Finding:
    every = [hidden for told in together.values() for hidden in told.hidden]
    scenarios = [name for told in together.values() for name in told.scenarios]
    first = every[0]
    credentials = listed_few(name for hidden in every for name in hidden.credentials)
    held = f"; it can use {credentials}" if credentials else ""
    reasons = listed((_reason(told.hidden[0]) for told in together.values()), shown=SHOWN)
    return Finding(
        RULE,
        severity,
        Confidence.UNKNOWN,
        f"{first.how} in {listed_few(hidden.spot.job for hidden in every)} may publish images: "
        f"{reasons}{held}{on(study, scenarios)}",
        labelled(*((hidden.place, "not read") for hidden in every))[:3],
        fix=Fix(
            f"Say in wholeship.yaml what it pushes (workflows.declared: {_name(first)}: {{publishes: […]}}; "
            "{} for nothing), or push in a step that can be read."
        ),
        key=next(iter(together)),
    )


def _reason(hidden: HiddenPublish) -> str:
    """Why it may publish; without its own name where what follows stands alone ("a program that …")."""
    rest = hidden.reason.removeprefix(f"{hidden.how}, ")
    return rest if rest.startswith("a ") else hidden.reason


def _name(hidden: HiddenPublish) -> str:
    """What the release file would call it: the script, the target, the program, or the action."""
    return hidden.name or (hidden.how if "/" in hidden.how else "NAME")
