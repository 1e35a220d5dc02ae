"""QEMU is set up in a run that builds nothing for a foreign platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.logic.formula import FALSE
from wholeship.pipeline.platforms import foreign, native
from wholeship.pipeline.publish import Emulation
from wholeship.pipeline.run import Action, Script, Step
from wholeship.verdict.rules import edits
from wholeship.verdict.rules.phrases import labelled, on
from wholeship.verdict.study import Case, Study

RULE = "needless-emulation"
_SCRIPTED = ("--platform", "binfmt", "qemu", "buildx", "TARGETARCH", "bake")


@dataclass(slots=True)
class _Setup:
    """One step that sets up QEMU, over all scenarios and legs."""

    case: Case
    emulation: Emulation
    idle: dict[str, None] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    lists: dict[str, None] = field(default_factory=dict)


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each step that is not needed in some scenario."""
    found: dict[tuple[str, int], _Setup] = {}
    for case in study.cases:
        for emulation in case.facts.emulations:
            place = emulation.place
            setup = found.setdefault((place.file, place.line), _Setup(case, emulation))
            needed = _needed(case, emulation)
            (setup.idle if needed is False else setup.used)[case.name] = None
            setup.lists.update(dict.fromkeys(_written_platforms(study, case, emulation)))
    for setup in found.values():
        idle = [name for name in setup.idle if name not in setup.used]
        if idle:
            yield _finding(study, setup, idle, severity)


def _needed(case: Case, emulation: Emulation) -> bool | None:
    """Whether anything in the leg may build for a foreign platform; None: not known."""
    spot = emulation.spot
    leg = case.job(spot).leg(spot.leg)
    if leg.steps[spot.step].condition == FALSE:
        return None
    here = native(leg.runner)
    made = [(each.spot, each.platforms) for each in case.facts.publishes]
    made += [(each.spot, each.platforms) for each in case.facts.builds]
    mine = [platforms for at, platforms in made if (at.job, at.leg) == (spot.job, spot.leg)]
    answers = [foreign(platforms, here) for platforms in mine]
    if any(answers):
        return True
    if any(answer is None for answer in answers) or not mine:
        return None
    return None if any(map(_may_use_it, leg.steps)) else False


def _may_use_it(step: Step) -> bool:
    """A script that could run foreign containers in ways that are not read here."""
    if isinstance(step.does, Script):
        return any(word in step.does.text for word in _SCRIPTED)
    return isinstance(step.does, Action) and _unread_platforms(step.does)


def _unread_platforms(action: Action) -> bool:
    return action.name.startswith("pypa/") or "cibuildwheel" in action.name or "run-on-arch" in action.name


def _written_platforms(study: Study, case: Case, emulation: Emulation) -> Iterator[str]:
    """The expressions that give the platforms of the leg's builds, as they are written."""
    spot = emulation.spot
    for step in case.job(spot).leg(spot.leg).steps:
        place = step.does.places.get("platforms") if isinstance(step.does, Action) else None
        text = study.at(place).strip().strip("\"'") if place is not None else ""
        if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
            yield text[3:-2].strip()


def _finding(study: Study, setup: _Setup, idle: list[str], severity: Severity) -> Finding:
    emulation, case = setup.emulation, setup.case
    step = case.step(emulation.spot)
    name = step.name or "setup-qemu"
    text = f"{name} in {emulation.spot.job} is not needed: all is built for the platform of the runner"
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        text + on(study, idle),
        labelled((emulation.place, "set up here")),
        fix=_fix(study, setup, step),
        key=f"{emulation.spot.job} {step.name}",
    )


def _fix(study: Study, setup: _Setup, step: Step) -> Fix:
    if not setup.used:
        return Fix("Delete the step.")
    if not setup.lists:
        return Fix(f"Run the step only on {listed_few(setup.used)}, with an `if:`.")
    architecture = _foreign_to(setup.case, setup.emulation)
    wanted = " || ".join(f"contains({each}, '{architecture}')" for each in setup.lists)
    edit = edits.add_condition(study, step, wanted)
    return Fix(f"Add `if: {wanted}` to the step.", edit, safe=bool(edit))


def _foreign_to(case: Case, emulation: Emulation) -> str:
    """The architecture that is worth asking for: arm64, unless that is native here."""
    here: Platform | None = native(case.job(emulation.spot).leg(emulation.spot.leg).runner)
    return "amd64" if here is not None and here.architecture == "arm64" else "arm64"
