"""A publish may be inside something that could not be read: unknown, not safe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.workflows.facts.publish import HiddenPublish
from wholeship.workflows.rules.phrases import labelled, listed, on
from wholeship.workflows.study import Case, Study

RULE = "hidden-publish"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each step, with the credentials it holds."""
    found: dict[str, tuple[Case, HiddenPublish, dict[str, None]]] = {}
    for case in study.cases:
        for hidden in case.facts.hidden:
            key = f"{hidden.spot.job} {case.step(hidden.spot).name} {hidden.reason}"
            found.setdefault(key, (case, hidden, {}))[2][case.name] = None
    for key, (_, hidden, scenarios) in found.items():
        yield _finding(hidden, key, on(study, scenarios), severity)


def _finding(hidden: HiddenPublish, key: str, where: str, severity: Severity) -> Finding:
    held = f", and it holds {listed(hidden.credentials)}" if hidden.credentials else ""
    what = _subject(hidden)
    return Finding(
        RULE,
        severity,
        Confidence.UNKNOWN,
        f"{what} may publish images: {hidden.reason}{held}{where}",
        labelled((hidden.place, "not read")),
        fix=Fix(
            f"Say in wholeship.yaml what it does (workflows.declared: {_name(hidden)}: {{publishes: […]}}), "
            "or publish where it can be seen."
        ),
        key=key,
    )


def _subject(hidden: HiddenPublish) -> str:
    return f"{hidden.how} in {hidden.spot.job}"


def _name(hidden: HiddenPublish) -> str:
    script = re.match(r"(?:\./)?(\S+/\S+), which could not be followed", hidden.reason)
    return script[1] if script else hidden.how if "/" in hidden.how else "NAME"
