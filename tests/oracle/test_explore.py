"""What the explorer finds in small releases of which it is plain whether a run can show half of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.oracle.explore import Verdict, look, machine
from tests.oracle.legs import Runner
from tests.oracle.shrink import shrunk
from tests.oracle.world import MAIN, Event, World, image


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with machine() as found:
        yield found


APP, WORKER = "docker push r.example/acme/app:7", "docker push r.example/acme/worker:7"


def world(jobs: str, **more: str) -> World:
    return World({MAIN: f"on: push\njobs:\n{jobs}", **more}, (image("app"), image("worker")))


def one_step(*lines: str) -> World:
    body = "\n".join(f"          {line}" for line in lines)
    return world(f"  rel:\n    steps:\n      - run: |\n{body}\n")


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((WORKER, APP), "whole"),
        ((APP, WORKER), "half"),
        ((f"{WORKER} || true", APP), "half"),
        ((f"{WORKER} | tee log", APP), "half"),
        ((f"for n in 1 2 3; do {WORKER} && break; done", APP), "half"),
        ((f"ok=; for n in 1 2 3; do {WORKER} && ok=1 && break; done; [ $ok ]", APP), "whole"),
        (("set +e", WORKER, "rc=$?", "set -e", "[ $rc = 0 ]", APP), "whole"),
        ((f"{WORKER} &", "wait $!", APP), "whole"),
        ((f"{WORKER} &", "wait", APP), "half"),
        ((f"{WORKER} &", APP, "wait $!"), "half"),
        ((f"x=$({WORKER}; date)", APP), "half"),
        (("trap 'exit 0' EXIT", WORKER, APP), "whole"),
        ((f"if ! {WORKER}; then echo failed; fi", APP), "half"),
    ],
)
def test_one_script(runner: Runner, lines: tuple[str, ...], kind: str) -> None:
    """Each push fails once and for good; what runs side by side is also slowed down."""
    assert look(replace(one_step(*lines), parallel=True), runner).kind == kind


CHAIN = f"""
  worker: {{steps: [{{run: "{WORKER}"}}]}}
  app: {{needs: worker, steps: [{{run: "{APP}"}}]}}
"""


@pytest.mark.parametrize(
    ("jobs", "kind"),
    [
        (CHAIN, "whole"),
        (CHAIN.replace("needs: worker, ", ""), "half"),
        (CHAIN.replace("needs: worker", 'needs: worker, if: "always()"'), "half"),
        (CHAIN.replace("needs: worker", "needs: worker, if: \"needs.worker.result == 'success'\""), "whole"),
        # A job that ends cancelled (its time is up) did not fail.
        (CHAIN.replace("needs: worker", 'needs: worker, if: "!failure() && !cancelled()"'), "half"),
        (CHAIN.replace("worker: {", "worker: {continue-on-error: true, "), "half"),
        (CHAIN.replace(":7", ":${{ github.run_attempt }}"), "half"),
        (CHAIN.replace(":7", ":$GITHUB_RUN_NUMBER"), "whole"),
    ],
)
def test_two_jobs(runner: Runner, jobs: str, kind: str) -> None:
    """Jobs in every order that ``needs`` leaves, with failures, cancellations and a second attempt."""
    assert look(world(jobs), runner).kind == kind


def test_tags_of_one_build(runner: Runner) -> None:
    """The tags of one build come out one after the other."""
    build = "docker build --push -t r.example/acme/%s:7 -t r.example/acme/%s:7 ."
    assert look(one_step(build % ("worker", "app")), runner).kind == "whole"
    assert look(one_step(build % ("app", "worker")), runner).kind == "half"


def test_targets_of_one_bake(runner: Runner) -> None:
    """The targets of one bake come out in any order."""
    bake = "\n".join(
        f'target "{name}" {{ tags = ["r.example/acme/{name}:7"] }}' for name in ("worker", "app")
    )
    run = "docker buildx bake --push worker app"
    jobs = f"  r:\n    steps:\n      - uses: actions/checkout@v4\n      - run: {run}\n"
    assert look(world(jobs, **{"docker-bake.hcl": bake}), runner).kind == "half"


def test_platforms(runner: Runner) -> None:
    """A sibling that lacks a platform is half a release too; a copy has what its source has."""
    app = "docker build --push --platform linux/amd64,linux/arm64 -t r.example/acme/app:%s ."
    worker = "docker build --push --platform %s -t r.example/acme/worker:7 ."
    copy = "docker buildx imagetools create -t r.example/acme/app:7 r.example/acme/app:cand"
    assert look(one_step(worker % "linux/arm64,linux/amd64", app % "7"), runner).kind == "whole"
    assert look(one_step(worker % "linux/amd64", app % "7"), runner).kind == "half"
    assert look(one_step(worker % "linux/amd64", app % "cand", copy), runner).kind == "half"


def test_a_deleted_sibling(runner: Runner) -> None:
    """What is deleted is not there any more."""
    assert look(one_step(WORKER, APP, "crane delete r.example/acme/worker:7"), runner).kind == "half"


def test_tags_that_never_agree(runner: Runner) -> None:
    """Where nothing goes wrong and the sibling has another tag, that is said apart."""
    assert look(one_step(WORKER.replace(":7", ":v7"), APP), runner).kind == "unlike"


def test_an_input_that_leaves_a_sibling_out(runner: Runner) -> None:
    """Every event is looked at, with every value of its inputs."""
    jobs = f"""
  r:
    steps:
      - {{run: "{WORKER}", if: "inputs.all"}}
      - {{run: "{APP}"}}
"""
    events = tuple(Event("workflow_dispatch", inputs=(("all", value),)) for value in (True, False))
    assert look(replace(world(jobs), events=events[:1]), runner).kind == "whole"
    assert look(replace(world(jobs), events=events), runner).kind == "half"


def test_what_cannot_be_played_is_said(runner: Runner) -> None:
    """An action that nobody wrote down here is no answer."""
    found = look(world("  r: {steps: [{uses: acme/ship@v1}]}\n"), runner)
    assert (found.kind, found.unplayable) == ("unplayable", "the action acme/ship")


def test_shrinking_keeps_what_matters(runner: Runner) -> None:
    """Steps, jobs and lines that do not matter go; what is left still shows it."""

    def half(candidate: World) -> bool:
        found: Verdict = look(candidate, runner, 40)
        return found.kind == "half" and found.usual == {"app", "worker"}

    jobs = f"""
  test: {{steps: [{{run: pytest}}]}}
  r:
    needs: test
    steps:
      - uses: actions/checkout@v4
      - run: |
          echo hello
          {WORKER} || true
          {APP}
"""
    small = shrunk(world(jobs, README="nothing"), half)
    assert "test" not in small.text
    assert "hello" not in small.text
    assert list(small.files) == [MAIN]
    assert WORKER in small.text


THEN = ".github/workflows/then.yml"


@pytest.mark.parametrize(
    ("first", "asked", "branches", "kind"),
    [
        (WORKER, "github.event.workflow_run.conclusion == 'success'", "", "whole"),
        (WORKER, "github.event.workflow_run.conclusion != 'cancelled'", "", "half"),
        (WORKER, "", "", "half"),
        (f"{WORKER} || true", "github.event.workflow_run.conclusion == 'success'", "", "half"),
        ("pytest", "", ", branches: [next]", "whole"),
    ],
)
def test_a_run_that_another_starts(runner: Runner, first: str, asked: str, branches: str, kind: str) -> None:
    """What a completed run starts is carried out after it, knows how it ended, and may not start at all."""
    head = f"on: {{workflow_run: {{workflows: [release], types: [completed]{branches}}}}}\n"
    app = f'  app: {{if: "{asked}", steps: [{{run: "{APP}"}}]}}\n' if asked else ""
    app = app or f'  app: {{steps: [{{run: "{APP}"}}]}}\n'
    chain = world(f'  first: {{steps: [{{run: "{first}"}}]}}\n', **{THEN: f"{head}jobs:\n{app}"})
    seen = look(replace(chain, then=THEN), runner)
    assert seen.kind == kind, seen
    assert ("app" in seen.published) == (not branches)


def test_what_a_mirror_lacks_is_lacking(runner: Runner) -> None:
    """An image that goes out in two registries is out in each by itself."""
    copies = [f"crane copy r.example/acme/{name}:7 m.example/shop/{name}:7" for name in ("app", "worker")]
    images = (image("app", mirror="m.example/shop"), image("worker", mirror="m.example/shop"))
    wrong = replace(one_step(WORKER, APP, *copies), images=images)
    assert look(wrong, runner).kind == "half"
    assert look(replace(one_step(WORKER, APP, *reversed(copies)), images=images), runner).kind == "whole"


def test_a_run_that_is_run_again_whole_deletes_what_is_out(runner: Runner) -> None:
    """A tag that is made free before its push is gone for a moment when all of it runs again."""
    free = "crane delete r.example/acme/worker:7 || true"
    assert look(one_step(free, WORKER, APP), runner).kind == "half"
