"""What the prover says of small workflows, with the story it tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.prove.yaml_case import Asked, told
from wholeship.core.place import Place
from wholeship.github.semantics import GITHUB
from wholeship.pipeline.publish import Atomicity, Check, CheckKind, HiddenPublish
from wholeship.pipeline.run import Spot
from wholeship.prove import Cause, Effect, Happens, Never, Proved, Prover, Refuted

PIPELINE = """
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - name: unit
        run: pytest{test}
  worker:
    runs-on: ubuntu-latest
    needs: test
    steps:
      - name: push worker
        run: docker push worker
  app:
    runs-on: ubuntu-latest
    needs: {needs}
    if: {condition}
    steps:
      - name: push app
        run: docker push app
"""


def pipeline(needs: str = "[worker]", condition: str = "success()", test: str = "") -> Asked:
    return Asked(PIPELINE.format(needs=needs, condition=condition, test=test))


@pytest.mark.parametrize(
    ("needs", "condition", "worker", "unit"),
    [
        ("[worker]", "success()", True, True),
        ("[worker]", "github.ref == 'refs/heads/main'", True, True),
        ("[worker]", "always() && needs.worker.result == 'success'", True, True),
        ("[worker]", "'!cancelled() && !failure()'", False, False),
        ("[worker, test]", "'!cancelled() && needs.test.result == ''success'''", False, True),
        ("[worker]", "needs.worker.result != 'failure' && always()", False, False),
        ("[worker]", "always()", False, False),
        ("[worker]", "failure()", False, False),
        ("[test]", "success()", False, True),
        ("[]", "success()", False, False),
    ],
)
def test_conditions(needs: str, condition: str, worker: bool, unit: bool) -> None:
    """needs orders the ends of jobs; only the condition asks for success."""
    asked = pipeline(needs, condition)
    assert asked.requires("push app", "push worker").startswith("proved") == worker
    assert asked.requires("push app", "unit").startswith("proved") == unit


def test_nothing_waits() -> None:
    """Without an edge the other job can always come later, and then fail."""
    assert pipeline("[test]").requires("push app", "push worker").splitlines() == [
        "refuted",
        "push app is done by app at step 1 (push app)",
        "worker, for which app does not wait, then fails at step 1 (push worker), before push worker is done",
    ]


def test_always() -> None:
    """The shortest run is one failure, at the very step that was to succeed."""
    assert pipeline(condition="always()").requires("push app", "push worker").splitlines() == [
        "refuted",
        "worker fails at step 1 (push worker)",
        "app starts anyway (if: always())",
        "push app is done by app at step 1 (push app)",
    ]


def test_not_failure_alone() -> None:
    """A condition that only excludes failure lets a cancelled or skipped job through."""
    asked = pipeline(condition="always() && needs.worker.result != 'failure'")
    assert asked.requires("push app", "push worker").splitlines()[1] == (
        "worker is cancelled during step 1 (push worker)"
    )


def test_skipped_grandparent() -> None:
    """success() looks at all ancestors; a status function in between does not mend the chain."""
    asked = Asked("""
    on: {workflow_dispatch: {inputs: {full: {type: boolean}}}}
    jobs:
      test: {runs-on: x, if: inputs.full, steps: [{name: unit, run: pytest}]}
      build: {runs-on: x, needs: test, if: always(), steps: [{name: build, run: make}]}
      plain: {runs-on: x, needs: build, steps: [{name: push plain, run: docker push a}]}
      loud: {runs-on: x, needs: build, if: "!cancelled()", steps: [{name: push loud, run: docker push b}]}
    """)
    assert asked.requires("push plain", "unit") == "proved"
    assert asked.requires("push loud", "unit").splitlines() == [
        "refuted",
        "`inputs.full` is false",
        "test is skipped (if: inputs.full)",
        "loud starts anyway (if: !cancelled())",
        "push loud is done by loud at step 1 (push loud)",
    ]


def test_tolerated_job() -> None:
    """continue-on-error of a job shows its failure as a success."""
    asked = Asked("""
    on: push
    jobs:
      test: {runs-on: x, continue-on-error: true, steps: [{name: unit, run: pytest}]}
      app: {runs-on: x, needs: test, steps: [{name: push app, run: docker push app}]}
    """)
    assert asked.requires("push app", "unit").splitlines()[:2] == ["refuted", "test fails at step 1 (unit)"]


def test_tolerated_step() -> None:
    """continue-on-error of a step keeps the job a success; reading the outcome is a gate again."""
    text = """
    on: push
    jobs:
      app:
        runs-on: x
        steps:
          - {{id: t, name: unit, run: pytest, continue-on-error: true}}
          - {{name: push app, run: docker push app, if: "{condition}"}}
    """
    assert Asked(text.format(condition="success()")).requires("push app", "unit").splitlines() == [
        "refuted",
        "step 1 (unit) of app fails, and continue-on-error lets it go on",
        "push app is done by app at step 2 (push app)",
    ]
    assert (
        Asked(text.format(condition="steps.t.outcome == 'success'")).requires("push app", "unit") == "proved"
    )
    conclusion = Asked(text.format(condition="steps.t.conclusion == 'success'"))
    assert conclusion.requires("push app", "unit").startswith("refuted")


def test_same_condition() -> None:
    """Two steps under one input go together; under two they do not."""
    text = """
    on: {{workflow_dispatch: {{inputs: {{a: {{type: boolean}}, b: {{type: boolean}}}}}}}}
    jobs:
      ship:
        runs-on: x
        steps:
          - {{name: push worker, run: docker push w, if: inputs.a}}
          - {{name: push app, run: docker push app, if: inputs.{other}}}
    """
    assert Asked(text.format(other="a")).requires("push app", "push worker") == "proved"
    assert Asked(text.format(other="b")).requires("push app", "push worker").splitlines() == [
        "refuted",
        "`inputs.b` is true",
        "`inputs.a` is false",
        "step 1 (push worker) of ship is skipped (if: inputs.a)",
        "push app is done by ship at step 2 (push app)",
    ]


def test_variable_changes_between_attempts() -> None:
    """vars are read anew by a re-run, so what a variable holds together can come apart."""
    asked = Asked("""
    on: push
    jobs:
      worker: {runs-on: x, if: vars.SHIP == 'yes', steps: [{name: push worker, run: docker push w}]}
      app:
        runs-on: x
        needs: worker
        if: vars.SHIP == 'yes' && !cancelled() && !contains('failure cancelled', needs.worker.result)
        steps: [{name: push app, run: docker push app}]
    """)
    lines = asked.requires("push app", "push worker").splitlines()
    assert lines[:3] == [
        "refuted",
        "`vars.SHIP == 'yes'` is false in the first attempt and true in the second",
        "of the run, app run again; the results of the other jobs are kept",
    ]


def test_matrix() -> None:
    """A job after a matrix waits for every leg; the legs wait for none of each other."""
    asked = Asked("""
    on: push
    jobs:
      images:
        runs-on: x
        strategy: {matrix: {image: [worker, app]}}
        steps: [{name: "push ${{ matrix.image }}", run: "docker push ${{ matrix.image }}"}]
      tag: {runs-on: x, needs: images, steps: [{name: move, run: docker push latest}]}
    """)
    worker, app = (Effect(Spot("images", leg, 0), f"{leg} is pushed") for leg in ("worker", "app"))
    move = asked.effect("move")
    assert isinstance(asked.prover.requires(move, worker), Proved)
    assert isinstance(asked.prover.requires(app, worker), Refuted)
    cuts = asked.prover.cuts(app, worker)
    assert [cut.cause for cut in cuts] == [Cause.FAIL_FAST]
    assert told(cuts[0].story)[-1] == (
        "another leg of images fails, and fail-fast cancels this one, before worker is pushed"
    )
    assert asked.prover.cuts(move, worker) == ()


def test_background() -> None:
    """A background step is over at its wait, not before."""
    asked = Asked("""
    on: push
    jobs:
      app:
        runs-on: x
        steps:
          - {name: unit, id: unit, run: pytest, background: true}
          - {name: push early, run: docker push a}
          - wait: unit
          - {name: push late, run: docker push b}
    """)
    assert asked.requires("push early", "unit").startswith("refuted")
    assert asked.requires("push late", "unit") == "proved"


def test_composite_is_a_world_of_its_own() -> None:
    """Inside a composite action success() looks at its own steps only."""
    files = {
        "ship/action.yml": """
        runs:
          using: composite
          steps:
            - {name: pack, shell: bash, run: make}
            - {name: push app, shell: bash, run: docker push app}
        """
    }
    text = """
    on: push
    jobs:
      app:
        runs-on: x
        steps:
          - {{name: unit, run: pytest}}
          - {{uses: ./ship, if: "{condition}"}}
    """
    always = Asked(text.format(condition="always()"), files)
    assert always.requires("push app", "pack") == "proved"
    assert always.requires("push app", "unit").startswith("refuted")
    assert Asked(text.format(condition="success()"), files).requires("push app", "unit") == "proved"


def test_called_workflow() -> None:
    """What a caller waits for is over, and well, before the called workflow starts; and the other way."""
    files = {
        ".github/workflows/build.yml": """
        on: workflow_call
        jobs:
          image: {runs-on: x, steps: [{name: push worker, run: docker push w}]}
        """
    }
    asked = Asked(
        """
        on: push
        jobs:
          test: {runs-on: x, steps: [{name: unit, run: pytest}]}
          build: {needs: test, uses: ./.github/workflows/build.yml}
          app: {runs-on: x, needs: build, steps: [{name: push app, run: docker push app}]}
        """,
        files,
    )
    assert asked.requires("push worker", "unit") == "proved"
    assert asked.requires("push app", "push worker") == "proved"
    assert asked.requires("push app", "unit") == "proved"


def test_either_of_two() -> None:
    """Of two jobs of which one runs, either counts."""
    text = """
    on: {workflow_dispatch: {inputs: {fast: {type: boolean}}}}
    jobs:
      fast: {runs-on: x, if: inputs.fast, steps: [{name: push fast, run: docker push w}]}
      slow: {runs-on: x, if: "!inputs.fast", steps: [{name: push slow, run: docker push w}]}
      app:
        runs-on: x
        needs: [fast, slow]
        if: "!cancelled() && (needs.fast.result == 'success' || needs.slow.result == 'success')"
        steps: [{name: push app, run: docker push app}]
    """
    asked = Asked(text)
    assert asked.requires("push app", "push fast", "push slow") == "proved"
    assert asked.requires("push app", "push fast").startswith("refuted")


def test_parts_of_one_publish() -> None:
    """The tags of one build come out in their order; the targets of one bake in any."""
    asked = pipeline()
    first, second = (Effect(Spot("app", "", 0), f"tag {n}", part=n) for n in (0, 1))
    assert isinstance(asked.prover.requires(second, first), Proved)
    assert isinstance(asked.prover.requires(first, second), Refuted)
    one, other = (
        Effect(Spot("app", "", 0), f"target {n}", part=n, atomicity=Atomicity.SUBSET) for n in (0, 1)
    )
    assert isinstance(asked.prover.requires(other, one), Refuted)


def test_effects_of_one_script() -> None:
    """Of one script's effects those count that it says it has needed."""
    asked = pipeline()
    build = Effect(Spot("app", "", 0, 0))
    assert isinstance(
        asked.prover.requires(Effect(Spot("app", "", 0, 1), requires=frozenset({0})), build), Proved
    )
    assert isinstance(asked.prover.requires(Effect(Spot("app", "", 0, 1)), build), Refuted)


def test_masked_and_conditional() -> None:
    """A step that ends well without the effect proves nothing; a condition in it is a doubt."""
    asked = pipeline()
    masked = asked.prover.requires(asked.effect("push app"), asked.effect("push worker", masked=True))
    assert isinstance(masked, Refuted)
    assert told(masked.story)[0] == "step 1 (push worker) of worker fails inside, and is reported as passed"
    assert masked.doubts == ()
    conditional = asked.prover.requires(
        asked.effect("push app"), asked.effect("push worker", conditional=True)
    )
    assert isinstance(conditional, Refuted)
    assert conditional.doubts == ("push worker is done unless its step decides otherwise",)


def test_a_run_without_a_doubt_is_told_first() -> None:
    """Where a run is half though every step does its part, that run is told, and it is certain."""
    asked = pipeline(condition="'!cancelled() && !failure()'")
    answer = asked.prover.requires(asked.effect("push app"), asked.effect("push worker", conditional=True))
    assert isinstance(answer, Refuted)
    assert answer.doubts == ()
    assert told(answer.story)[0] == "worker is cancelled during step 1 (push worker)"


def test_effects_of_facts() -> None:
    """A check that cannot fail its step gates nothing; what could not be read never surely happens."""
    asked = pipeline()
    spot, place = asked.effect("push worker").spot, Place("w.yml", 1, 1)
    app = asked.effect("push app")
    for real, gates in ((True, 1), (False, 0)):
        check = Effect.check(Check(spot, CheckKind.TEST, "pytest", place, real))
        assert len(asked.prover.gates_of(app, [check])) == gates
    hidden = Effect.hidden(HiddenPublish(spot, "./push", "it is odd", ("GITHUB_TOKEN",), place))
    assert isinstance(asked.prover.possible(hidden), Happens)
    assert isinstance(asked.prover.requires(app, hidden), Refuted)


def test_without_edge() -> None:
    """Taking one edge away shows what it was good for."""
    asked = pipeline("[worker, test]")
    app, worker, unit = (asked.effect(name) for name in ("push app", "push worker", "unit"))
    less = asked.prover.without_edge("app", "test")
    assert less.gates_of(app, [worker, unit]) == (worker, unit)
    least = asked.prover.without_edge("app", "worker")
    assert least.gates_of(app, [worker, unit]) == (unit,)
    assert asked.prover.ancestors("app") == {"worker", "test"}
    assert least.ancestors("app") == {"test"}


def test_occurrences() -> None:
    """What excludes each other never happens together; what needs a flag happens with it."""
    asked = Asked("""
    on: {workflow_dispatch: {inputs: {dry: {type: boolean}}}}
    jobs:
      real: {runs-on: x, if: "!inputs.dry", steps: [{name: push, run: docker push a}]}
      dry: {runs-on: x, if: inputs.dry, steps: [{name: pretend, run: docker push b}]}
      never: {runs-on: x, needs: real, if: failure() && success(), steps: [{name: nothing, run: c}]}
    """)
    push, pretend, nothing = (asked.effect(name) for name in ("push", "pretend", "nothing"))
    assert isinstance(asked.prover.together(push, pretend), Never)
    assert isinstance(asked.prover.possible(nothing), Never)
    dry = asked.prover.possible(pretend)
    assert isinstance(dry, Happens)
    assert told(dry.story) == ["`inputs.dry` is true", "pretend is done by dry at step 1 (pretend)"]
    assert asked.prover.ordered(push, pretend)
    assert asked.prover.ordered(push, nothing)


def test_mixed() -> None:
    """A re-run can put a new image beside an old one, unless the old one's job depends on the new one's."""
    asked = pipeline()
    worker, app = asked.effect("push worker"), asked.effect("push app")
    mixed = asked.prover.mixed(worker, app)
    assert isinstance(mixed, Happens)
    assert mixed.run.again == {"app"}
    assert isinstance(asked.prover.mixed(app, worker), Never)


def test_cut_by_a_group() -> None:
    """cancel-in-progress cuts a run between two pushes, but not before what is already out."""
    asked = Asked("""
    on: push
    concurrency: {group: release, cancel-in-progress: true}
    jobs:
      worker: {runs-on: x, steps: [{name: push worker, run: docker push w}]}
      app: {runs-on: x, needs: worker, steps: [{name: push app, run: docker push app}]}
    """)
    worker, app = asked.effect("push worker"), asked.effect("push app")
    assert [cut.cause for cut in asked.prover.cuts(worker, app)] == [Cause.RUN_GROUP]
    assert asked.prover.cuts(app, worker) == ()


@pytest.mark.parametrize(
    ("condition", "proved"),
    [
        ("needs.test.outputs.ok == 'true'", True),
        ("needs.test.outputs.ok", True),
        ("needs.test.outputs.ok != 'false'", False),
        ("needs.test.outputs.ok == '0'", False),
    ],
)
def test_an_output_that_nobody_wrote(condition: str, proved: bool) -> None:
    """An output equals a text only if its step ran, so it can be a gate."""
    asked = Asked(f"""
    on: push
    jobs:
      test:
        runs-on: x
        outputs: {{ok: "${{{{ steps.mark.outputs.ok }}}}"}}
        steps:
          - {{name: unit, run: pytest}}
          - {{name: mark, id: mark, run: ./mark}}
      app:
        runs-on: x
        needs: test
        if: always() && {condition}
        steps: [{{name: push app, run: docker push app}}]
    """)
    assert asked.requires("push app", "unit").startswith("proved") == proved


def test_what_is_not_even_tried() -> None:
    """Where the other effect cannot be in the same run, the story does not say that it failed."""
    asked = Asked("""
    on: {workflow_dispatch: {inputs: {all: {type: boolean}}}}
    jobs:
      worker: {runs-on: x, if: inputs.all, steps: [{name: push worker, run: docker push w}]}
      app: {runs-on: x, if: "!inputs.all", steps: [{name: push app, run: docker push app}]}
      more: {runs-on: x, steps: [{name: push more, run: docker push m}]}
    """)
    assert asked.requires("push app", "push worker").splitlines() == [
        "refuted",
        "`inputs.all` is false",
        "push app is done by app at step 1 (push app)",
        "worker does not get to step 1 (push worker) in such a run",
    ]
    lines = asked.requires("push more", "push worker").splitlines()
    assert lines[1] == "`inputs.all` is true"
    assert lines[-1].startswith("worker, for which more does not wait, then fails at step 1 (push worker)")


def test_an_output_before_it_is_there() -> None:
    """A step that is not over has no output yet: what asks for none, and what asks for one, can both run."""
    asked = Asked("""
    on: push
    jobs:
      app:
        runs-on: x
        steps:
          - {name: mark, id: mark, run: ./mark, background: true}
          - {name: push early, run: docker push a, if: "!steps.mark.outputs.ok"}
          - wait: mark
          - {name: push late, run: docker push b, if: steps.mark.outputs.ok}
          - {name: never, run: c, if: steps.last.outputs.ok}
          - {name: last, id: last, run: ./mark}
    """)
    early, late = asked.effect("push early"), asked.effect("push late")
    assert isinstance(asked.prover.together(early, late), Happens)
    assert asked.requires("push late", "push early") == "proved"
    assert isinstance(asked.prover.possible(asked.effect("never")), Never)


def test_a_call_in_the_background() -> None:
    """What befell the steps of a composite action in the background is so after the wait for it."""
    files = {"pack/action.yml": "runs: {using: composite, steps: [{name: pack, shell: bash, run: make}]}"}
    asked = Asked(
        """
        on: push
        jobs:
          app:
            runs-on: x
            steps:
              - {id: pack, uses: ./pack, background: true}
              - {name: push early, run: docker push a}
              - wait: pack
              - {name: push late, run: docker push b}
        """,
        files,
    )
    assert asked.requires("push late", "pack") == "proved"
    assert asked.requires("push early", "pack").startswith("refuted")


def test_a_call_that_would_not_have_started() -> None:
    """A call is only cancelled while it waits where its condition would have let it start."""
    files = {".github/workflows/w2.yml": "{on: workflow_call, jobs: {a: {runs-on: x, steps: [{run: a}]}}}"}
    text = """
    on: {{workflow_dispatch: {{inputs: {{a: {{type: boolean}}}}}}}}
    jobs:
      call: {{if: inputs.a, uses: ./.github/workflows/w2.yml}}
      app:
        runs-on: x
        needs: call
        if: "!cancelled() && {condition} && needs.call.result == 'cancelled'"
        steps: [{{name: push app, run: docker push app}}]
    """
    for condition, occurrence in (("inputs.a", Happens), ("!inputs.a", Never)):
        asked = Asked(text.format(condition=condition), files)
        once = Prover(replace(asked.instance, rerunnable=False), GITHUB)
        assert isinstance(once.possible(asked.effect("push app")), occurrence)


def test_cut_only_where_it_may() -> None:
    """A group that only cancels some runs cuts only what can happen in those."""
    text = """
    on: {{workflow_dispatch: {{inputs: {{a: {{type: boolean}}}}}}}}
    concurrency: {{group: release, cancel-in-progress: "${{{{ {cancels} }}}}"}}
    jobs:
      worker: {{runs-on: x, steps: [{{name: push worker, run: docker push w}}]}}
      app:
        runs-on: x
        needs: worker
        if: always() && (needs.worker.result == 'success' || !inputs.a)
        steps: [{{name: push app, run: docker push app}}]
    """
    for cancels, causes in (("!inputs.a", [Cause.RUN_GROUP]), ("inputs.a", [])):
        asked = Asked(text.format(cancels=cancels))
        cuts = asked.prover.cuts(asked.effect("push app"), asked.effect("push worker"))
        assert [cut.cause for cut in cuts] == causes


def test_a_job_that_a_cancellation_kept_from_starting_is_skipped_only_perhaps() -> None:
    """A run that rests on its being shown as skipped is likely, not certain."""
    asked = Asked("""
    on: push
    jobs:
      test: {runs-on: x, steps: [{name: unit, run: pytest}]}
      app:
        runs-on: x
        needs: test
        if: "!cancelled() && (needs.test.result == 'success' || needs.test.result == 'skipped')"
        steps: [{name: push app, run: docker push app}]
    """)
    answer = asked.prover.requires(asked.effect("push app"), asked.effect("unit"))
    assert isinstance(answer, Refuted)
    assert len(answer.doubts) == 1
