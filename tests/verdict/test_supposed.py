"""A half release is certain only where nothing has to be supposed of what ends a script before it."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.core.finding import Confidence, Finding
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

WORKER = "docker push r.io/worker:$GITHUB_SHA || true"
APP = "docker push r.io/app:$GITHUB_SHA"


def half(
    lines: str, shell: str = "bash", files: dict[str, str] | None = None, on: str = "push"
) -> Finding | None:
    """What is told of worker, whose failure is forgiven, and app after it, with *lines* in between."""
    text = "".join(f"          {line}\n" for line in lines.split("\n"))
    steps = f"{LOGIN}      - shell: {shell} {{0}}\n        run: |\n{text}"
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    report = check_one(workflow(job, on=on), ".github/workflows/w.yml", (files or {}).get, options)
    return next((each for each in report.findings if each.rule == "half-release"), None)


@pytest.mark.parametrize(
    ("between", "why"),
    [
        ('set -u\necho "$NOPE"', "$NOPE is set"),
        ("set -o nounset\nx=$NOPE", "$NOPE is set"),
        ('set -u\nif [ "${NOPE}" = 1 ]; then echo no; fi', "$NOPE is set"),
        ("set -u\ncase $NOPE in a) ;; esac", "$NOPE is set"),
        ("set -u\nf() { echo $2; }\nf a", "there is a $2"),
        ("set -u\nunset A\necho $A", "$A is set"),
        (': "${NOPE:?must be set}"', "$NOPE is set"),
        ("echo ${NOPE?}", "$NOPE is set"),
    ],
)
def test_a_variable_that_nobody_sets_may_end_the_script(between: str, why: str) -> None:
    """``set -u`` and ``${NAME:?}`` end the shell there: what comes later is likely at most, and says why."""
    found = half(f"{WORKER}\n{between}\n{APP}")
    assert found is not None
    assert found.confidence is Confidence.LIKELY
    assert found.message.endswith(f"app is pushed only if {why}")


@pytest.mark.parametrize(
    "between",
    [
        'echo "$NOPE"',
        'set -u\necho "${NOPE:-none}" "${NOPE-}" "${NOPE:=x}" "${NOPE+y}"',
        'set -u\necho "$HOME" "$@" "$#" "$GITHUB_REF" "$RUNNER_OS" "$?"',
        "set -u\nA=1\necho $A",
        "set -u\nset +u\necho $NOPE",
        'set -u\n(echo "$NOPE") || true',
        "set -u\nx=$(echo $NOPE) || true",
        "set -u\nif make x; then echo $NOPE; fi",
        "set -u\nbash -c 'echo $NOPE' || true",
        "set -u\nshift_() { echo $1; }\nshift_ a",
    ],
)
def test_what_does_not_end_the_script_leaves_it_certain(between: str) -> None:
    """Defaults, variables of every machine, subshells, another shell, a branch that need not be taken."""
    found = half(f"{WORKER}\n{between}\n{APP}")
    assert found is not None
    assert found.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    ("shell", "script"),
    [("bash -euo pipefail", None), ("bash", "#!/bin/bash -eu\n"), ("bash", "#!/bin/bash\nset -eu\n")],
)
def test_it_does_not_matter_who_asks_for_variables_to_be_set(shell: str, script: str | None) -> None:
    """The step's shell, the first line of a script, the script."""
    lines = f"{WORKER}\necho $NOPE\n{APP}"
    found = half(lines, shell) if script is None else half("./s.sh", shell, {"s.sh": f"{script}{lines}\n"})
    assert found is not None
    assert found.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "around",
    ["(%s)", "x=$(%s)", "echo a | { %s; }", "echo a | while read -r each; do %s; done", "{ %s; } | tee log"],
)
def test_a_question_inside_a_shell_of_its_own_stays_asked(around: str) -> None:
    """What ends a subshell, or a part of a pipeline, after a push has failed there, is said all the same."""
    push = WORKER.replace("true", "n=$((NOPE + 1))")
    found = half(f"{around.replace('%s', push)}\n{APP}", "bash -euo pipefail")
    assert found is not None
    assert (found.confidence, "only if $NOPE is set" in found.message) == (Confidence.LIKELY, True)


@pytest.mark.parametrize(
    "lines",
    [
        "ship() { set -e; docker push r.io/$1:$GITHUB_SHA; }\nship worker\nship app",
        f"init() {{ set -e; }}\ninit\n{WORKER.removesuffix(' || true')}\n{APP}",
        "ship() { docker push r.io/$1:$GITHUB_SHA; rc=$?; set -e; return $rc; }\nship worker\nship app",
    ],
)
def test_what_a_function_switches_on_stays_on(lines: str) -> None:
    """``set -e`` is the shell's, wherever it is said: a call that fails ends it then."""
    assert half(lines) is None
    assert half(f"set +e\n{lines.replace('set -e', 'true')}") is not None


@pytest.mark.parametrize(
    "condition",
    [
        "$GITHUB_REF_NAME =~ ^release",
        r"$GITHUB_REF_NAME =~ ^[0-9]+\.[0-9]+$",
        '"$GITHUB_REF" =~ tags|hotfix',
        '"$GITHUB_REF_NAME" =~ "ma.n"',
        '"$GITHUB_REF_NAME" =~ ^[[:digit:]]',
        '! "$GITHUB_REF_NAME" =~ ^(main|dev)$',
        '"$GITHUB_REF_NAME" =~ $RE',
    ],
)
def test_an_expression_that_a_known_branch_never_fits_is_no_way(condition: str) -> None:
    """On pushes to main nothing else is there for ``=~`` to look at."""
    lines = f"RE='^v[0-9]'\n{WORKER}\nif [[ {condition} ]]; then {APP}; fi"
    on = "{push: {branches: [main]}}"
    assert half(lines, on=on) is None
    negated = condition.removeprefix("! ") if condition.startswith("!") else f"! {condition}"
    found = half(lines.replace(condition, negated), on=on)
    assert found is not None
    assert found.confidence is Confidence.CERTAIN
    assert half(lines, on="{push: {branches: ['**']}}") is not None


def after_failure(condition: str, second: str, first: str = "", tag: str = "$GITHUB_SHA") -> Finding | None:
    """What is told where worker's step writes OK and TAG after its push, or *first* before it."""
    lines = "\n".join(
        f"          {each}"
        for each in (
            *([first] if first else []),
            WORKER.removesuffix(" || true"),
            'echo "OK=true" >> $GITHUB_ENV',
            'echo "TAG=$GITHUB_SHA" >> $GITHUB_ENV',
            'echo "ok=true" >> $GITHUB_OUTPUT',
        )
    )
    steps = (
        f"{LOGIN}      - id: w\n        run: |\n{lines}\n"
        f"      - if: {condition}\n        run: {second}docker push r.io/app:{tag}\n"
    )
    options = Options(watched=Watched(("app",), "--watched"))
    report = check_one(
        workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"), "w.yml", options=options
    )
    return next((each for each in report.findings if each.rule == "half-release"), None)


@pytest.mark.parametrize(
    "condition",
    [
        "${{ !cancelled() && env.OK == 'true' }}",
        "${{ always() && steps.w.outputs.ok == 'true' }}",
        "success()",
    ],
)
def test_what_a_step_writes_last_says_that_all_before_it_is_done(condition: str) -> None:
    """It fails before it writes, or after: what is written is there only where the push was."""
    assert after_failure(condition, "") is None


@pytest.mark.parametrize(
    ("condition", "second", "first", "tag"),
    [
        ("${{ !cancelled() && env.EARLY == 'true' }}", "", 'echo "EARLY=true" >> $GITHUB_ENV', "$GITHUB_SHA"),
        ("${{ !cancelled() }}", "test $OK && ", "", "$GITHUB_SHA"),
        ("${{ !cancelled() }}", "", 'echo "TAG=$GITHUB_SHA" >> $GITHUB_ENV', "$TAG"),
    ],
)
def test_what_a_failed_step_was_to_write_is_only_supposed(
    condition: str, second: str, first: str, tag: str
) -> None:
    """Nobody knows how far it got: such a run is likely, and the answer says so."""
    found = after_failure(condition, second, first, tag)
    assert found is not None
    assert found.confidence is Confidence.LIKELY


def test_a_tag_that_is_written_after_the_push_is_there_only_where_the_push_was() -> None:
    """``app:$TAG`` names nothing where nobody has set TAG; ``app:${TAG:-x}`` does."""
    assert after_failure("${{ !cancelled() }}", "", tag="$TAG") is None
    assert after_failure("${{ !cancelled() }}", "", tag="${TAG:-$GITHUB_SHA}") is not None


def test_what_a_failed_step_has_not_written_is_missing() -> None:
    """A condition that asks for the lack of it holds then."""
    found = after_failure("${{ !cancelled() && env.OK != 'true' }}", "")
    assert found is not None
