"""Nodes to the typed workflow."""

from __future__ import annotations

import pytest

from wholeship.github import source
from wholeship.github.model import Filter, Workflow
from wholeship.github.model.workflow import cycles, needs_of, ordered, read_model

JOB = "{runs-on: ubuntu-latest, steps: [{run: make}]}"


def model(text: str) -> Workflow:
    """The workflow in *text*."""
    return read_model(source.read_source(text, "f.yml"))


def mistakes(text: str) -> list[str]:
    """What is wrong with *text*."""
    return [problem.message for problem in model(text).problems]


@pytest.mark.parametrize("on", ["push", "[push]", "{push: }", "{push: {branches: [main]}}", "\n  - push"])
def test_the_shapes_of_on(on: str) -> None:
    """One name, a list or a mapping."""
    found = model(f"on: {on}\njobs: {{a: {JOB}}}")
    assert [each.event for each in found.triggers] == ["push"]
    assert found.problems == ()


def test_filters_inputs_and_schedules() -> None:
    """A trigger keeps its filters, its inputs and its times."""
    found = model(
        "on:\n  push: {branches: main, tags-ignore: ['v0*'], paths: [a]}\n"
        "  schedule: [{cron: '0 0 * * *'}]\n"
        "  workflow_dispatch: {inputs: {n: {type: choice, options: [a, b], default: a, required: true}}}\n"
        f"jobs: {{a: {JOB}}}"
    )
    push, schedule, manual = found.triggers
    assert (push.branches, push.tags, push.paths) == (Filter(("main",)), Filter(("v0*",), ignore=True), True)
    assert schedule.schedules == ("0 0 * * *",)
    assert manual.inputs["n"].options == ("a", "b")
    assert manual.inputs["n"].required
    assert found.problems == ()


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("permissions: write", "permissions is 'write'"),
        ("concurrency: {cancel-in-progress: true}", "concurrency has no group"),
        ("concurrency: {group: a, queue: max, cancel-in-progress: true}", "exclude each other"),
        ("concurrency: {group: a, queue: some}", "queue is 'some'"),
        ("defaults: {runs: {shell: bash}}", "unknown key runs in defaults"),
        ("runname: x", "unknown key runname in a workflow"),
        ("env: [a]", "env: should be a mapping, is a list"),
    ],
)
def test_mistakes_of_a_workflow(rest: str, message: str) -> None:
    """What GitHub refuses in a workflow is a problem."""
    assert message in "\n".join(mistakes(f"on: push\njobs: {{a: {JOB}}}\n{rest}"))


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("{runs-on: x}", "the job a has no steps"),
        ("{steps: []}", "the job a has no runs-on"),
        ("{runs-on: x, steps: [{run: a, uses: b}]}", "a step has uses and run"),
        ("{runs-on: x, steps: [{name: a}]}", "neither run nor uses"),
        ("{runs-on: x, steps: [{run: a, id: x}, {run: b, id: X}]}", "two steps have the id X"),
        ("{runs-on: x, steps: [{wait: a, if: b}]}", "a wait step takes no if"),
        ("{runs-on: x, steps: {run: a}}", "should be a list, is a mapping"),
        ("{runs-on: x, steps: [{run: a, timeout: 3}]}", "unknown key timeout in a step"),
        ("{runs-on: x, steps: [{run: a, with: {b: c}}]}", "a step with run takes no with"),
        ("{runs-on: x, steps: [{uses: a, shell: bash}]}", "a step with uses takes no shell"),
        ("{runs-on: x, timeout-minutes: long, steps: [{run: a}]}", "should be a number, is 'long'"),
        ("{runs-on: x, continue-on-error: yes, steps: [{run: a}]}", "should be true or false, is 'yes'"),
        ("{runs-on: x, strategy: {fail-fast: 1}, steps: [{run: a}]}", "should be true or false, is '1'"),
        ("{uses: ./x, steps: []}", "unknown key steps in a job that calls a workflow"),
        ("{runs-on: x, needs: [b], steps: [{run: a}]}", "the job a needs b, which is no job"),
        ("{runs-on: x, needs: a, steps: [{run: a}]}", "jobs wait for each other: a → a"),
        ("{runs-on: x, if: [a], steps: [{run: a}]}", "should be a condition, is a list"),
        ("{runs-on: x, if: env.A, steps: [{run: a}]}", "env does not exist here"),
        ("{runs-on: '${{ env.A }}', steps: [{run: a}]}", "env does not exist here"),
        ("{runs-on: x, steps: [{run: '${{ always() }}'}]}", "always() exists only in an if"),
        ("{runs-on: x, steps: [{run: '${{ True }}'}]}", "unknown name 'True'"),
    ],
)
def test_mistakes_of_a_job(job: str, message: str) -> None:
    """What GitHub refuses in a job or a step is a problem."""
    assert message in "\n".join(mistakes(f"on: push\njobs: {{a: {job}}}"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("on: push\njobs: {1b: %s}", "'1b' is no id of a job"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{run: a, id: 1a}]}}", "'1a' is no id of a step"),
        (
            "on: push\njobs: {a: {runs-on: x, if: \"hashFiles('a') != ''\", steps: [{run: a}]}}",
            "only in steps",
        ),
        ("on: push\npermissions: {id-token: read}\njobs: {a: %s}", "id-token cannot be read"),
        ("on: push\npermissions: {models: write}\njobs: {a: %s}", "models cannot be write"),
        ("on: {schedule: [{cron: '61 * * * *'}]}\njobs: {a: %s}", "'61 * * * *' is no time"),
        ("on: {schedule: [{cron: '0 0 * * 7'}]}\njobs: {a: %s}", "'0 0 * * 7' is no time"),
        ("on: push\njobs: {a: {uses: './${{ vars.X }}'}}", "calls a workflow by an expression"),
        (
            "on: {workflow_dispatch: {inputs: {x: {deprecationMessage: a}}}}\njobs: {a: %s}",
            "deprecationMessage",
        ),
        (
            "on: push\njobs: {a: {runs-on: x, steps: [{parallel: [{parallel: [{run: a}]}]}]}}",
            "a parallel group stands in another one",
        ),
        (
            "on: push\njobs: {a: {runs-on: x, steps: [{name: n, parallel: [{run: a}]}]}}",
            "parallel takes no name",
        ),
    ],
)
def test_more_that_github_refuses(text: str, message: str) -> None:
    """Ids, functions by place, scopes that a level does not exist for, times, calls, groups in groups."""
    assert message in "\n".join(mistakes(text.replace("%s", JOB)))


@pytest.mark.parametrize("cron", ["*/5 * * * *", "0 4 * * MON-FRI", "30 5,17 1-15/2 jan,jul 0", "0 0 * * 6"])
def test_times_that_are_times(cron: str) -> None:
    """Lists, ranges, steps and names."""
    assert mistakes(f"on: {{schedule: [{{cron: '{cron}'}}]}}\njobs: {{a: {JOB}}}") == []


def test_a_scope_that_is_not_known_is_a_remark() -> None:
    """GitHub adds scopes: what may be new is no mistake, and those that there are are known."""
    scopes = "{contents: read, vulnerability-alerts: read, code-quality: read, drives: read}"
    assert mistakes(f"on: push\npermissions: {scopes}\njobs: {{a: {JOB}}}") == []
    found = model(f"on: push\npermissions: {{pakages: write}}\njobs: {{a: {JOB}}}")
    assert found.problems == ()
    assert [(each.message, each.hint) for each in found.remarks] == [
        ("unknown scope pakages in permissions", "did you mean packages?")
    ]


def test_near_misses_are_named() -> None:
    """A key that is nearly right comes with the right one."""
    found = model(f"on: push\njobs: {{a: {JOB}}}\npermision: read-all").problems
    assert found[0].hint == "did you mean permissions?"


def test_jobs_in_an_order_that_works() -> None:
    """Each job stands after those it needs, names compared without case; cycles are left out."""
    text = "on: push\njobs:\n" + "".join(
        f"  {name}: {{runs-on: x, needs: {needs}, steps: [{{run: a}}]}}\n"
        for name, needs in {"c": "[A, b]", "b": "a", "a": "[]", "x": "y", "y": "x", "z": "y"}.items()
    )
    found = model(text)
    assert ordered(found.jobs) == ("a", "b", "c")
    assert cycles(found.jobs) == [("x", "y")]
    assert needs_of(found.jobs)["c"] == ("a", "b")


def test_mistakes_in_expressions_have_their_column() -> None:
    """The place of a broken expression is where it goes wrong, not where its value starts."""
    job = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    found = model(job + "      - run: |\n          echo\n          ${{ a b }}\n")
    assert [problem.place.line for problem in found.problems] == [8]
    line = "jobs: {a: {runs-on: x, steps: [{run: 'go ${{ nope.x }}'}]}}"
    assert model("on: push\n" + line).problems[0].place.column == 1 + line.index("nope")
