"""A CI system that nobody has heard of: what a folder like ``github/`` has to bring, and that it suffices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from wholeship.app import places
from wholeship.core.place import Place
from wholeship.logic.formula import FALSE, Atom, Formula, conj, neg
from wholeship.pipeline.declared import Declared
from wholeship.pipeline.effects import Opaque
from wholeship.pipeline.ports import Repository, Scene
from wholeship.pipeline.run import Function, Instance, Job, Leg, Scenario, Script, Spot, Status, Step
from wholeship.pipeline.semantics import JobView, StatusSemantics, StepView
from wholeship.pipeline.system import CiSystem, WorkflowRuns
from wholeship.texts.template import Kind, Value
from wholeship.tools.collect import FactCollector
from wholeship.tools.scripts import Scripts
from wholeship.verdict import systems
from wholeship.verdict.check import check_one
from wholeship.verdict.report import WorkflowReport

COMMIT = {"REVISION": Value.hole(Kind.COMMIT, "REVISION")}
SCENARIO = Scenario("push", "push", Place("jobs.txt"))


def _held(_step: Step, _scene: Scene, logins: Sequence[str], _effect: Opaque) -> tuple[str, ...]:
    return tuple(f"login to {each}" for each in logins)


class LineMemory:
    """Reads a language of its own: a job a line, ``name after other: script``, each with one step."""

    def __init__(
        self, repository: Repository, declared: Mapping[str, Declared], *, as_written: bool = False
    ) -> None:
        self._scripts = Scripts(repository, declared, as_written=as_written)

    def runs(
        self,
        content: str | bytes,
        path: str,
        default_branch: str = "",
        wanted: Callable[[Scenario], bool] | None = None,
        *,
        revive: bool = False,
        every: bool = False,
    ) -> WorkflowRuns:
        text = content if isinstance(content, str) else content.decode()
        facts = FactCollector(self._scripts, _held)
        jobs = tuple(_job(line, Place(path, row), facts) for row, line in enumerate(text.splitlines(), 1))
        return WorkflowRuns("", ((Instance(path, SCENARIO, jobs), facts.facts(SCENARIO.name)),))

    def may_publish(self, text: str) -> bool:
        return True

    def called(self, text: str) -> str:
        return text


def _job(line: str, place: Place, facts: FactCollector) -> Job:
    head, _, text = line.partition(": ")
    name, _, after = head.partition(" after ")
    well = Atom(Status(Function.SUCCESS))
    script = Script(text, line=place.line)
    step = Step(0, "script", place, script, condition=well, environment=COMMIT)
    scene = Scene(SCENARIO, Spot(name))
    facts.script(step, script, scene, facts.read(script, step, scene))
    needs = (after,) if after else ()
    return Job(name, name, place, needs, condition=well, legs=(Leg("", (step,)),), fail_fast=FALSE)


def _of_a_job(view: JobView, function: Function) -> Formula:
    return conj((neg(view.cancelled), view.ok)) if function is Function.SUCCESS else view.failed


def _of_a_step(view: StepView, _function: Function) -> Formula:
    return conj((neg(view.cancelled), neg(view.bad)))


def _is_workflow(path: str) -> bool:
    return path == "jobs.txt"


STATUS = StatusSemantics(_of_a_job, _of_a_step, Function.SUCCESS, lambda each: each is Function.SUCCESS)
LINES = CiSystem("lines", _is_workflow, LineMemory, STATUS, lambda _steps: True)


class LinePlaces:
    FOLDER = ""
    is_workflow = staticmethod(_is_workflow)


@pytest.fixture(autouse=True)
def _two_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systems, "CI_SYSTEMS", (*systems.CI_SYSTEMS, LINES))
    monkeypatch.setattr(places, "PLACES", (*places.PLACES, LinePlaces))


APART = "api: docker push quay.io/acme/api:$REVISION\nweb: docker push quay.io/acme/web:$REVISION\n"
IN_ORDER = APART.replace("web:", "web after api:", 1)


def checked(text: str, path: str = "jobs.txt") -> WorkflowReport:
    return check_one(text, path)


def test_its_workflows_are_read_proved_and_judged() -> None:
    """Jobs that wait for nobody can release one image alone; where one needs the other, that one cannot."""
    report = checked(APART)
    assert (report.whole, report.crash, report.images) == (False, "", ("api", "web"))
    assert [each.rule for each in report.findings] == ["half-release"]
    ordered = checked(IN_ORDER)
    assert (ordered.whole, ordered.whole_if_followed) == (None, ("web",))


def test_a_file_of_another_place_is_the_first_systems() -> None:
    """What is named by hand is read as a GitHub workflow, which this is not: nothing is said to be whole."""
    report = checked(IN_ORDER, "other.txt")
    assert report.whole is None
    assert {each.rule for each in report.findings} == {"broken-workflow"}


def test_its_files_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the root, beside a folder of another system; a folder that has neither is looked through."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert places.usual_paths(str(tmp_path)) == places.usual_paths("none") == [places.USUAL]
    (tmp_path / "jobs.txt").write_text(APART)
    assert places.workflows_at(str(tmp_path)) == [str(tmp_path / "jobs.txt")]
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text("on: push")
    both = [str(folder / "ci.yml"), str(tmp_path / "jobs.txt")]
    assert places.workflows_at(str(tmp_path)) == places.workflows_kept(str(tmp_path)) == both
    assert places.usual_paths(str(tmp_path)) == [str(folder), str(tmp_path / "jobs.txt")]
    assert places.is_workflow("jobs.txt")
    assert places.is_workflow(".github/workflows/x.yml")
    assert not places.is_workflow("a/jobs.txt")
