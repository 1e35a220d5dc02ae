"""Laws of reading."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.github.shown import shown
from wholeship.github.read import Reading, read_workflow
from wholeship.logic.formula import FALSE, Atom, atoms
from wholeship.pipeline.ports import Left, Scene
from wholeship.pipeline.run import Data, NeedsResult, Result, Scenario, Script, Step, StepResult
from wholeship.texts.template import Value

FIXTURES = Path(__file__).parent / "fixtures"
STORY = Path(__file__).parents[1] / "fixtures" / "story"
TEXTS = [
    *(path.read_text() for path in sorted(STORY.glob("*.yml"))),
    *(path.read_text() for path in sorted((FIXTURES / "reading").glob("*/main.yml"))),
]


def repository(path: str) -> bytes | None:
    """Every local file of the fixtures, whichever folder it is in."""
    for folder in sorted((FIXTURES / "reading").iterdir()):
        if (folder / path).is_file():
            return (folder / path).read_bytes()
    return None


def _commented(text: str, chance: random.Random) -> str:
    """*text* with comments and empty lines where they change nothing: before lines that are keys or items."""
    out: list[str] = []
    block: int | None = None
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if block is not None and line.strip() and indent <= block:
            block = None
        if block is None and chance.random() < 0.3:
            out.append(chance.choice(("", "# words", "      # more: words", "#")))
        if block is None and line.rstrip().endswith(("|", ">")):
            block = indent
        out.append(line + (" " if block is None and line.strip() and chance.random() < 0.2 else ""))
    return "\n".join(out)


def _without_lines(reading: Reading) -> str:
    return "\n".join(
        line.partition(", line ")[0] for line in shown(reading).split("\n") if "problem" not in line
    )


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_comments_and_white_space_change_nothing(text: str, seed: int) -> None:
    """The same runs, whatever comments and empty lines stand between the keys."""
    other = _commented(text, random.Random(seed))
    assert _without_lines(read_workflow(text, "f.yml", repository)) == _without_lines(
        read_workflow(other, "f.yml", repository)
    )


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_damaged_files_are_read_as_far_as_they_go(text: str, seed: int) -> None:
    """Lines lost, doubled, moved, indented or cut: something is read, and nothing is raised."""
    chance = random.Random(seed)
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at : at + chance.randint(1, 3)]
                lines = lines or [""]
            case 1:
                lines.insert(chance.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = " " * chance.randint(0, 6) + lines[at].lstrip()
            case 3:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case _:
                lines[at] = lines[at].replace(chance.choice("aeio:-{}'"), chance.choice("aeio:-{}'&*"), 1)
    _sound(read_workflow("\n".join(lines), "f.yml", repository))


def _sound(reading: Reading) -> None:
    """What every instance promises: jobs after their needs, conditions that speak of what there is."""
    for instance in reading.instances:
        seen: set[str] = set()
        ids = {job.id for job in instance.jobs}
        for job in instance.jobs:
            assert set(job.needs) <= seen, job
            assert not job.caller or job.caller in seen
            seen.add(job.id)
            for atom in atoms(job.condition):
                assert not isinstance(atom.key, StepResult)
                assert not isinstance(atom.key, NeedsResult) or atom.key.job in ids
            assert len({leg.name for leg in job.legs}) == len(job.legs)
            for leg in job.legs:
                _sound_steps(leg.steps)
        assert all(axiom != FALSE for axiom in instance.axioms)


def _sound_steps(steps: tuple[Step, ...]) -> None:
    assert [step.index for step in steps] == list(range(len(steps)))
    for step in steps:
        assert all(outer < step.index and steps[outer].does is None for outer in step.scope)
        assert all(steps[each].background for each in step.waits | step.cancels)
        for atom in atoms(step.condition):
            assert not isinstance(atom.key, StepResult) or atom.key.step < step.index


@pytest.mark.parametrize("text", TEXTS)
def test_every_fixture_is_sound(text: str) -> None:
    """Instances keep their promises."""
    _sound(read_workflow(text, "f.yml", repository))


def test_the_walk_feeds_outputs_forward() -> None:
    """What a step is said to leave is known in later steps, in jobs that need it, and in their conditions."""
    text = (STORY / "merged.yml").read_text()
    begun: list[str] = []
    seen: list[tuple[str, str]] = []

    def begin(scenario: Scenario) -> None:
        begun.append(scenario.name)

    def perform(step: Step, scene: Scene) -> Left:
        seen.append((scene.scenario.name, scene.site))
        if isinstance(step.does, Script) and step.id == "tag":
            return Left({"tag": Value.literal_of("20260528-182833")}, known=True)
        return Left()

    reading = read_workflow(text, "f.yml", perform=perform, begin=begin)
    assert begun == ["push", "workflow_dispatch"]
    assert seen[0] == ("push", "generate-tag/0")
    for instance in reading.instances:
        action = instance.job("build-app").legs[0].steps[4].does
        assert action is not None
        assert "ghcr.io/acme/app:20260528-182833\n" in str(action.inputs["tags"])  # type: ignore[union-attr]


def test_variables_left_behind_are_seen_later() -> None:
    """GITHUB_ENV reaches the later steps of its job, in ``env`` and in conditions; a step that may be skipped
    leaves two readings."""
    text = (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: {MODE: slow}\n    steps:\n"
        "      - run: set\n      - if: vars.X\n        run: set\n"
        "      - if: env.MODE == 'fast'\n        run: use\n"
        "  b:\n    needs: a\n    runs-on: ubuntu-latest\n    steps: [{run: 'echo ${{ env.MODE }}'}]\n"
    )

    def perform(step: Step, scene: Scene) -> Left:
        if step.name == "set":
            return Left(environment={"MODE": Value.literal_of("fast" if scene.spot.step else "middle")})
        return Left()

    first, second = read_workflow(text, "f.yml", perform=perform).instances[0].jobs
    use = first.legs[0].steps[2]
    assert str(use.environment["MODE"]) == "middle | fast"
    assert [atom for atom in atoms(use.condition) if isinstance(atom, Atom) and isinstance(atom.key, Data)]
    assert second.legs[0].steps[0].does.text == "echo "  # type: ignore[union-attr]


def test_many_indirect_needs_are_not_told_apart() -> None:
    """In a long chain of jobs that look at all their needs, conditions stay as long as they were."""
    condition = "always() && !contains(needs.*.result, 'failure') && needs.j3.result != 'skipped'"
    jobs = [
        f'  j{at}: {{runs-on: x, needs: [{before}], if: "{condition}", steps: [{{run: a}}]}}'
        for at, before in enumerate(["", *(f"j{at}" for at in range(59))])
    ]
    instance = read_workflow("on: push\njobs:\n" + "\n".join(jobs), "f.yml").instances[0]
    keys = {atom.key for atom in atoms(instance.job("j59").condition)}
    assert NeedsResult("j58", Result.FAILURE) in keys  # a direct need
    assert NeedsResult("j3", Result.SKIPPED) in keys  # named
    assert Data("an indirect need ended failure, and is seen", "j59") in keys
    assert len(keys) < 12
    few = {atom.key for atom in atoms(instance.job("j10").condition)}
    assert NeedsResult("j1", Result.FAILURE) in few
