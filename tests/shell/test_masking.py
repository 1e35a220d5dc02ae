from __future__ import annotations

import pytest

from tests.shell.lines import commands, unknown
from wholeship.shell.interpret import interpret, options_of

PUSHES = "docker push a\ndocker push b"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (PUSHES, ["docker push a", "docker push b"]),
        ("docker push a || true", ["docker push a ~"]),
        ("docker push a || exit 1", ["docker push a"]),
        ("docker push a || { echo no; exit 1; }", ["docker push a"]),
        ("docker push a | tee log", ["docker push a ~"]),
        ("set -o pipefail\ndocker push a | tee log", ["docker push a"]),
        ("set +e\n" + PUSHES, ["docker push a ~", "docker push b"]),
        ("docker push a && docker push b\ntrue", ["docker push a ~", "docker push b ?"]),
        ("! docker push a\ntrue", ["docker push a ~"]),
        ("if ! true | false; then docker push a; fi", ["docker push a"]),
        ("if ! false | true; then docker push a; fi", []),
        ("export V=$(docker push a)", ["docker push a ~"]),
        ("V=$(docker push a)", ["docker push a"]),
        ("echo $(docker push a) $(docker push b) c", ["docker push a ~", "docker push b ~"]),
        ("docker push a &\nwait", ["docker push a ~&"]),
        ("for i in a b; do docker push $i || continue; done", ["docker push a ~", "docker push b ~"]),
        ("trap 'docker push a' EXIT\ndocker push b", ["docker push a ?~", "docker push b"]),
        ("until docker push a; do sleep 1; done", ["docker push a *"]),
    ],
)
def test_success_of_a_script_says_no_more_than_it_does(script: str, said: list[str]) -> None:
    """A command whose failure the script can survive is masked, one that it can do without conditional."""
    assert commands(script) == said


def test_a_pipe_hides_failure_unless_the_shell_is_named() -> None:
    """``run:`` without ``shell:`` has no pipefail; ``shell: bash`` has."""
    assert commands("docker push a | tee log") == ["docker push a ~"]
    assert commands("docker push a | tee log", shell="bash") == ["docker push a"]


@pytest.mark.parametrize(
    ("shell", "options"),
    [
        ("", (True, False)),
        ("bash", (True, True)),
        ("sh", (True, False)),
        ("bash {0}", (False, False)),
        ("bash -eu {0}", (True, False)),
        ("bash -eo pipefail {0}", (True, True)),
        ("bash --noprofile --norc -e -o pipefail {0}", (True, True)),
    ],
)
def test_the_options_that_a_script_starts_with(shell: str, options: tuple[bool, bool]) -> None:
    """They are those of GitHub's own templates; a shell of one's own has those that it names."""
    assert options_of(shell) == options


def test_a_return_inside_a_loop_leaves_the_function() -> None:
    """The usual retry function is understood: what follows it requires the command that was retried."""
    script = (
        'retry() { for i in 1 2 3; do "$@" && return 0; done; return 1; }\nretry docker push a\ndocker push b'
    )
    found = interpret(script)
    assert commands(script) == ["docker push a", "docker push b"]
    assert found.commands[1].requires == {0}


def test_a_command_met_twice_requires_only_what_held_both_times() -> None:
    """A function called in a branch and after it does not require the branch."""
    found = interpret("f() { docker push x; }\nif cond; then docker push a; f; fi\nf")
    push = next(command for command in found.commands if command.words[-1].literal == "x")
    assert push.requires == frozenset()


@pytest.mark.parametrize(
    ("text", "said"), [("y", ["docker push a"]), ("n", []), (unknown("inputs.x"), ["docker push a ?"])]
)
def test_a_branch_is_taken_as_far_as_its_condition_is_known(text: str, said: list[str]) -> None:
    """A known condition decides; an unknown one makes the branch conditional."""
    assert commands('if [ "$X" = y ]; then docker push a; fi', X=text) == said
    assert commands("if [[ $X == y ]]; then docker push a; fi", X=text) == said
    assert commands('case "$X" in y) docker push a;; esac', X=text) == said


def test_all_branches_together_are_certain() -> None:
    """Where every branch publishes, something is published; which one is not known."""
    said = commands('case "$X" in y) docker push a;; *) docker push b;; esac', X=unknown("inputs.x"))
    assert said == ["docker push a ?", "docker push b ?"]


def test_syntax_that_cannot_be_read_is_named() -> None:
    """Never silence about a part that is no shell."""
    assert interpret("docker push a\nif then fi ((").unread


def test_a_text_made_at_run_time_is_named() -> None:
    """``eval`` and ``bash -c`` of unknown text may do anything."""
    assert interpret('eval "$X"', names={"X": unknown("inputs.x")}).unread
    assert commands("eval docker push a\nbash -c 'docker push b'") == ["docker push a", "docker push b"]


def test_a_script_without_end_is_cut_and_said_to_be() -> None:
    """More commands than the limit are not followed, and the reader is told."""
    assert interpret("\n".join(f"push {n}" for n in range(2100))).unread == (
        "a script that is too long to follow",
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "if ! { docker build . && docker push j; }; then exit 1; fi\ndocker push w",
            ["docker build .", "docker push j", "docker push w"],
        ),
        ("! { docker push j; } && exit 1\ndocker push w", ["docker push j", "docker push w"]),
        (
            "if ! { docker push j; x=2; }; then exit 1; fi\ndocker push w$x",
            ["docker push j ~", "docker push w2"],
        ),
        ("time { docker push j; }\ndocker push w", ["docker push j", "docker push w"]),
        ("coproc X { docker push j; }\ndocker push w", ["docker push j ~&", "docker push w"]),
        ("docker push j || { wait; docker push j; }\ndocker push w", ["docker push j", "docker push w"]),
        ("docker push j || T=x docker push j", ["docker push j ~", "docker push j ?"]),
        ("f() { docker push j; docker push w; }\nif f; then :; fi", ["docker push j ~", "docker push w ~"]),
        ("docker push j || exit $X", ["docker push j ~"]),
    ],
)
def test_groups_behind_words_and_second_tries_are_read(script: str, said: list[str]) -> None:
    """`! {`, `time {`, `coproc {` are groups; the same words again, after they failed, are one command."""
    assert commands(script) == said
