"""The program that makes the release is whatever is newest when the job starts."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.run import Leg, Script, Step
from wholeship.verdict.rules.phrases import labelled, quoted
from wholeship.verdict.study import Study

RULE = "unpinned-release"
_RELEASES = lazy_pattern(r"(?m)(?:^|[\s;&|(])wholeship\s+(?:plan|release|build|gate|promote)\b")
_INSTALLS = lazy_pattern(
    r"""(?x) \b(?: pipx\s+(?:install|run) | pip3?\s+install | uv\s+(?:tool|pip)\s+(?:install|run) | uvx )\b
    [^\n;&|]*? (?P<what> (?<![\w./-]) (?:git\+\S*/)? wholeship (?![\w/-]) (?:\[[^]]*\])? [^\s;&|]*)"""
)
_PINNED = lazy_pattern(r"(?:===?[0-9][0-9A-Za-z.+!]*|@[0-9a-f]{40}|\#sha256=[0-9a-f]{64})[\"']?$")


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each step that installs it unpinned in a job that releases with it."""
    told = set()
    for case in study.cases:
        for job in case.instance.jobs:
            for leg in job.legs:
                for step, what in _unpinned(leg):
                    where = (step.place.file, step.place.line)
                    if where not in told:
                        told.add(where)
                        yield _finding(job.id, step, what, severity)


def _unpinned(leg: Leg) -> Iterator[tuple[Step, str]]:
    scripts = [(step, step.does.text) for step in leg.steps if isinstance(step.does, Script)]
    if not any(_RELEASES.search(text) for _, text in scripts):
        return
    for step, text in scripts:
        for found in _INSTALLS.finditer(text):
            what = found["what"].strip("\"'")
            if not _PINNED.search(what):
                yield step, what


def _finding(job: str, step: Step, what: str, severity: Severity) -> Finding:
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        f"{job} releases with whatever {quoted(what)} is when it starts",
        labelled((step.place, "installed here")),
        fix=Fix(
            "Name one version (`wholeship==1.2.3`), a wheel with its hash (`…whl#sha256=…`), or a commit "
            "(`git+https://…@COMMIT`)."
        ),
        key=f"{job} {step.name}",
    )
