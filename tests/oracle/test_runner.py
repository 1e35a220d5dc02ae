"""The small runner of the oracle does what GitHub's documentation says: real shells, played actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.oracle.explore import machine
from tests.oracle.legs import Runner
from tests.oracle.runs import LegFault, Memory, Run, RunRecord
from tests.oracle.stand_ins import Fault
from tests.oracle.world import MAIN, Event, World, image


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with machine() as found:
        yield found


def play(
    runner: Runner,
    jobs: str,
    *faults: LegFault,
    event: Event | None = None,
    files: dict[str, str] | None = None,
) -> RunRecord:
    """The run of a workflow that consists of *jobs*."""
    world = World({MAIN: f"on: push\njobs:\n{jobs}", **(files or {})}, (image("app"),))
    runner.files = world.files
    return Run(Memory(world, runner), event or Event(), lambda leg: 0, faults).play()


def pushed(record: RunRecord) -> list[str]:
    """The references that became visible."""
    return [write.reference for write, _ in record.writes]


def results(record: RunRecord) -> dict[str, str]:
    """What dependants see of each job."""
    return {name: state.shown for name, state in record.scope.jobs.items()}


def one(script: str, **keys: Any) -> str:
    """A job of one step."""
    lines = "\n".join(f"          {line}" for line in script.splitlines())
    more = "".join(f"        {key.replace('_', '-')}: {value}\n" for key, value in keys.items())
    return f"  rel:\n    steps:\n      - run: |\n{lines}\n{more}"


@pytest.mark.parametrize(
    ("script", "keys", "expected"),
    [
        ("false\ndocker push r/a:1", {}, []),
        ("false | cat\ndocker push r/a:1", {}, ["r/a:1"]),
        ("false | cat\ndocker push r/a:1", {"shell": "bash"}, []),
        ("false\ndocker push r/a:1", {"shell": "bash {0}"}, ["r/a:1"]),
        ("x=$(false; true)\ndocker push r/a:1", {}, ["r/a:1"]),
        ("for i in a b; do docker push r/$i:1; done", {"shell": "sh"}, ["r/a:1", "r/b:1"]),
        ("printf '%s\\n' a b | xargs -I{} docker push r/{}:1", {}, ["r/a:1", "r/b:1"]),
        ("docker push r/:1 || docker push r/a:1", {}, ["r/a:1"]),
    ],
)
def test_shells(runner: Runner, script: str, keys: dict[str, str], expected: list[str]) -> None:
    """Unsaid, the shell is ``bash -e``; ``shell: bash`` adds pipefail; others are taken as written."""
    assert pushed(play(runner, one(script, **keys))) == expected


def test_variables_outputs_and_paths(runner: Runner) -> None:
    """What a step writes to GITHUB_ENV, GITHUB_OUTPUT and GITHUB_PATH counts for the steps after it."""
    jobs = """
  rel:
    env: {A: job, B: job}
    steps:
      - id: s
        env: {B: step}
        run: |
          echo "C=$A-$B" >> "$GITHUB_ENV"
          printf 'out<<END\\n1\\n2\\nEND\\n' >> "$GITHUB_OUTPUT"
          mkdir own; printf '#!/bin/sh\\nexit 0\\n' > own/podman; chmod +x own/podman
          echo "$PWD/own" >> "$GITHUB_PATH"
      - run: |
          docker push r/a:$C-$B
          podman push r/b:1
          docker push "r/c:$(echo '${{ steps.s.outputs.out }}' | wc -l)"
"""
    assert pushed(play(runner, jobs)) == ["r/a:job-step-job", "r/c:2"]


def test_files_come_with_the_checkout(runner: Runner) -> None:
    """Without the checkout action the repository is not there."""
    files = {"ci/x.sh": "#!/bin/sh\ndocker push r/a:1\n"}
    assert pushed(play(runner, one("./ci/x.sh"), files=files)) == []
    jobs = "  rel:\n    steps:\n      - uses: actions/checkout@v4\n      - run: ./ci/x.sh\n"
    assert pushed(play(runner, jobs, files=files)) == ["r/a:1"]


def test_conditions_of_steps(runner: Runner) -> None:
    """After a failure only steps run that ask for it; a tolerated failure is none, but its outcome stays."""
    jobs = """
  rel:
    steps:
      - {id: a, run: "exit 1", continue-on-error: true}
      - {run: "docker push r/1:1", if: "steps.a.outcome == 'failure' && steps.a.conclusion == 'success'"}
      - {run: "exit 1"}
      - {run: "docker push r/2:1"}
      - {run: "docker push r/3:1", if: "failure()"}
      - {run: "docker push r/4:1", if: "always()"}
      - {run: "docker push r/5:1", if: "github.ref != ''"}
"""
    assert pushed(play(runner, jobs)) == ["r/1:1", "r/3:1", "r/4:1"]


def test_needs_and_results(runner: Runner) -> None:
    """A skipped ancestor skips what asks for success; `!failure()` does not mind; outputs go along."""
    jobs = """
  off: {if: false, steps: [{run: "true"}]}
  on:
    needs: off
    if: "!failure()"
    outputs: {tag: "${{ steps.s.outputs.t }}"}
    steps: [{id: s, run: "echo t=7 >> $GITHUB_OUTPUT"}]
  plain: {needs: on, steps: [{run: "docker push r/plain:1"}]}
  asked:
    needs: on
    if: always() && needs.on.result == 'success'
    steps: [{run: "docker push r/asked:${{ needs.on.outputs.tag }}"}]
  lenient: {continue-on-error: true, steps: [{run: "exit 1"}]}
  after: {needs: lenient, steps: [{run: "docker push r/after:1"}]}
"""
    record = play(runner, jobs)
    assert results(record) == {
        "off": "skipped",
        "on": "success",
        "plain": "skipped",
        "asked": "success",
        "lenient": "success",
        "after": "success",
    }
    assert sorted(pushed(record)) == ["r/after:1", "r/asked:7"]


def test_a_matrix(runner: Runner) -> None:
    """A failing leg cancels the others; the job failed; a dynamic matrix comes from an output."""
    jobs = """
  plan:
    outputs: {l: "${{ steps.l.outputs.l }}"}
    steps: [{id: l, run: "echo 'l=[1,2]' >> $GITHUB_OUTPUT"}]
  m:
    needs: plan
    strategy: {matrix: {i: "${{ fromJSON(needs.plan.outputs.l) }}"}}
    steps: [{run: "[ ${{ matrix.i }} = 2 ]"}, {run: "docker push r/m:${{ matrix.i }}"}]
  k:
    needs: plan
    strategy: {fail-fast: false, matrix: {i: "${{ fromJSON(needs.plan.outputs.l) }}"}}
    steps: [{run: "[ ${{ matrix.i }} = 2 ]"}, {run: "docker push r/k:${{ matrix.i }}"}]
  none:
    strategy: {matrix: {i: []}}
    steps: [{run: "true"}]
"""
    record = play(runner, jobs)
    assert pushed(record) == ["r/k:2"]
    assert results(record) == {"plan": "success", "m": "failure", "k": "failure", "none": "failure"}


CALLEE = """
on:
  workflow_call:
    inputs: {image: {type: string}, push: {type: boolean, default: false}}
    outputs: {said: {value: "${{ jobs.w.outputs.said }}"}}
jobs:
  w:
    if: inputs.push
    outputs: {said: "${{ inputs.image }}!"}
    steps: [{run: "docker push r/${{ inputs.image }}:1"}]
"""


def test_a_called_workflow(runner: Runner) -> None:
    """Inputs go in with their kinds and defaults, outputs come out; all inner jobs skipped is skipped."""
    jobs = """
  a: {uses: ./.github/workflows/w.yml, with: {image: a, push: true}}
  b: {uses: ./.github/workflows/w.yml, with: {image: b}}
  c: {needs: a, steps: [{run: "docker push 'r/c:${{ needs.a.outputs.said }}'"}]}
"""
    record = play(runner, jobs, files={".github/workflows/w.yml": CALLEE})
    assert pushed(record) == ["r/a:1", "r/c:a!"]
    assert results(record) == {"a": "success", "b": "skipped", "c": "success"}


ACTION = """
inputs: {image: {required: true}, times: {default: "1"}}
outputs: {done: {value: "${{ steps.p.outputs.done }}"}}
runs:
  using: composite
  steps:
    - {shell: bash, run: "[ ${{ inputs.image }} != bad ]"}
    - {shell: bash, if: "failure()", run: "docker push r/inner:failed"}
    - id: p
      shell: bash
      run: docker push r/${{ inputs.image }}:${{ inputs.times }}; echo done=yes >> $GITHUB_OUTPUT
"""


def test_a_composite_action(runner: Runner) -> None:
    """Its steps run in the job; its status is its own; its outputs are the step's."""
    jobs = """
  rel:
    steps:
      - uses: actions/checkout@v4
      - {id: x, uses: ./act, with: {image: a}}
      - {run: "docker push r/said:${{ steps.x.outputs.done }}"}
      - {uses: ./act, with: {image: bad}}
      - {run: "docker push r/never:1"}
"""
    record = play(runner, jobs, files={"act/action.yml": ACTION})
    assert pushed(record) == ["r/a:1", "r/said:yes", "r/inner:failed"]
    assert results(record) == {"rel": "failure"}


def test_metadata_and_build(runner: Runner) -> None:
    """metadata-action's tags, pushed by build-push-action in their order; nothing to tag is a failure."""
    jobs = """
  rel:
    steps:
      - id: m
        uses: docker/metadata-action@v5
        with:
          images: |
            r/a
            r/B
          tags: |
            type=raw,value=x,enable=${{ github.ref_type == 'branch' }}
            type=semver,pattern={{version}}
            type=ref,event=tag
            type=sha,format=long
      - {uses: docker/build-push-action@v6, with: {push: true, tags: "${{ steps.m.outputs.tags }}"}}
      - {uses: docker/build-push-action@v6, with: {push: true, tags: ""}}
      - {run: "docker push r/never:1"}
"""
    record = play(runner, jobs, event=Event("push", "refs/tags/v1.2.3"))
    sha = "sha-1234567890abcdef1234567890abcdef12345678"
    names = ["1.2.3", "v1.2.3", sha, "latest"]
    assert pushed(record) == [f"r/{name}:{tag}" for name in ("a", "b") for tag in names]


TWO = """
  a: {steps: [{run: "docker push r/a:1 || true"}, {run: "docker push r/a:2", if: "always()"}]}
  b: {needs: a, steps: [{run: "docker push r/b:1"}]}
  c: {needs: a, if: "always()", steps: [{run: "docker push r/c:1"}]}
  d: {needs: a, if: "${{ !failure() && !cancelled() }}", steps: [{run: "docker push r/d:1"}]}
"""


@pytest.mark.parametrize(
    ("fault", "expected", "shown"),
    [
        (Fault("docker push r/a:1", "fail"), ["r/a:2", "r/b:1", "r/c:1", "r/d:1"], "success"),
        (Fault("docker push r/a:1", "late"), ["r/a:1", "r/a:2", "r/b:1", "r/c:1", "r/d:1"], "success"),
        (Fault("docker push r/a:2", "fail"), ["r/a:1", "r/c:1"], "failure"),
        (Fault("docker push r/a:1", "cancel"), ["r/a:2", "r/c:1"], "cancelled"),
        (Fault("docker push r/a:1", "timeout"), ["r/a:2", "r/c:1", "r/d:1"], "cancelled"),
        (Fault("", "dropped"), ["r/c:1", "r/d:1"], "cancelled"),
        (Fault("", "lost"), ["r/c:1"], "failure"),
    ],
)
def test_faults(runner: Runner, fault: Fault, expected: list[str], shown: str) -> None:
    """A call fails, a run or a job is cancelled, a leg is lost: the rest follows GitHub's rules."""
    record = play(runner, TWO, LegFault((("a",), 0), fault))
    assert pushed(record) == expected
    assert results(record)["a"] == shown


def test_a_second_attempt(runner: Runner) -> None:
    """What failed runs again with what needs it; the rest keeps its results; the number is another."""
    jobs = """
  a: {steps: [{run: "docker push r/a:$GITHUB_RUN_ATTEMPT"}]}
  b: {needs: a, steps: [{run: "docker push r/b:${{ github.run_attempt }}"}]}
"""
    first = play(runner, jobs, LegFault((("b",), 0), Fault("docker push r/b:1", "fail")))
    world = World({MAIN: f"on: push\njobs:\n{jobs}"}, (image("app"),))
    again = Run(
        Memory(world, runner), Event(), lambda leg: 0, (), first, lambda leg, shown: shown == "failure", 2
    )
    assert pushed(again.play()) == ["r/a:1", "r/b:2"]
