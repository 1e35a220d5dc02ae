"""A test whose answer can be known is decided, one that cannot is left open: never the wrong way."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shell.lines import lines_of, outputs
from wholeship.shell.conditions import matches_pattern
from wholeship.shell.interpret import interpret
from wholeship.texts.template import Hole, Kind, Template, Value

TAG = {"GITHUB_REF": Value((Template.of("refs/tags/", Hole.of(Kind.REF, "github.ref_name")),))}


@pytest.mark.parametrize(
    ("test", "pushed"),
    [
        ("[[ $GITHUB_REF == refs/heads/* ]]", []),
        ('[[ ${GITHUB_REF} == "refs/heads/main" ]]', []),
        ('[ "$GITHUB_REF" = refs/heads/main ]', []),
        ("[[ $GITHUB_REF =~ ^refs/heads/ ]]", []),
        ("[[ $GITHUB_REF == refs/tags/* ]]", ["docker push yes"]),
        ("[[ $GITHUB_REF != refs/heads/* ]]", ["docker push yes"]),
    ],
)
def test_the_known_beginning_of_a_ref_decides(test: str, pushed: list[str]) -> None:
    """On a push of a tag `$GITHUB_REF` begins with refs/tags/, whatever its name is."""
    found = lines_of(interpret(f"if {test}; then docker push yes; fi", names=TAG))
    assert found == pushed


@pytest.mark.parametrize(
    "test", ["[[ $GITHUB_REF == refs/tags/v* ]]", "[[ $GITHUB_REF =~ ^refs/tags/v[0-9] ]]"]
)
def test_what_hangs_on_the_name_stays_open(test: str) -> None:
    """The rest of the text is not known, so both ways are followed."""
    found = lines_of(interpret(f"if {test}; then docker push yes; else docker push no; fi", names=TAG))
    assert sorted(line.split(" ?")[0] for line in found) == ["docker push no", "docker push yes"]


@pytest.mark.parametrize(
    ("branches", "pushed"),
    [
        ("refs/heads/*) docker push a ;; refs/tags/*) docker push b ;; *) docker push c ;;", ["b"]),
        ('"$WANTED") docker push a ;; *) docker push c ;;', ["a", "c"]),
        ("refs/tags/*) docker push a ;& nothing) docker push b ;; *) docker push c ;;", ["a", "b"]),
        ("refs/tags/*) docker push a ;;& refs/*) docker push b ;; *) docker push c ;;", ["a", "b"]),
        ('"refs/tags/*") docker push a ;; *) docker push c ;;', ["a", "c"]),
    ],
)
def test_a_case_goes_where_bash_goes(branches: str, pushed: list[str]) -> None:
    """A pattern in a variable may match; `;&` goes on into the next branch, `;;&` asks the next ones."""
    found = lines_of(interpret(f"case $GITHUB_REF in {branches} esac", names=TAG))
    assert sorted({line.split(" ?")[0].removeprefix("docker push ") for line in found}) == pushed


def test_an_old_output_with_two_readings_is_written() -> None:
    """`::set-output` of a text that can be two texts leaves both, and never nothing."""
    found = outputs("if curl x; then V=a; else V=b; fi\necho ::set-output name=v::$V")
    assert found == {"v": "a | b"}


@pytest.mark.parametrize(
    ("pattern", "right"),
    [('*"place"*', False), ('*"apr"*', True), ("*'apr'?", True), ('"d"*', True), ('*"a*r"*', None)],
)
def test_a_pattern_that_is_quoted_in_part(pattern: str, right: bool | None) -> None:
    """What is quoted stands for itself, beside signs that do not; a quoted sign is left open."""
    script = f'B=daprd\nif [[ "$B" == {pattern} ]]; then docker push a; else docker push b; fi'
    wanted = {True: ["docker push a"], False: ["docker push b"], None: ["docker push a ?", "docker push b ?"]}
    assert lines_of(interpret(script)) == wanted[right]


ASK = '[[ $x == $p ]]; echo $?; [[ $x == "$p" ]]; echo $?'
ASKED = st.tuples(st.text("ab/", max_size=4), st.text("ab/", max_size=3), st.text("ab/*?[]^", max_size=5))


@settings(max_examples=40)
@given(st.lists(ASKED, min_size=30, max_size=30))
def test_patterns_are_never_decided_otherwise_than_bash_does(drawn: list[tuple[str, str, str]]) -> None:
    """Of `head + something` asked for a pattern: yes only if bash says yes, no only if bash says no."""
    script = "\n".join(
        f"x={shlex.quote(head + rest)}; p={shlex.quote(wanted)}; {ASK}" for head, rest, wanted in drawn
    )
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    for number, (head, rest, wanted) in enumerate(drawn):
        for glob, answer in ((True, said[2 * number] == "0"), (False, said[2 * number + 1] == "0")):
            in_part = Template.of(head, Hole.of(Kind.REF, "x"))
            assert matches_pattern(in_part, Template.of(wanted), glob=glob) in (answer, None), (
                head,
                rest,
                wanted,
                glob,
            )
            if not glob or not set(wanted) & set("[]^"):
                whole = Template.of(head + rest)
                assert matches_pattern(whole, Template.of(wanted), glob=glob) is answer, (
                    head + rest,
                    wanted,
                    glob,
                )


VARIABLES = {"A": "a", "B": "b", "AB": "ab-1", "N": "10", "NONE": ""}
WORDS = ['"$A"', "$B", '"$AB"', "$N", '"$NONE"', "a", "b", '"ab-1"', "7", "''"]
EXPRESSIONS = [
    "^a",
    "b$",
    "^(a|b)$",
    "^[[:alpha:]]+-[0-9]$",
    "[0-9]{2}",
    "a.*1",
    '"a.b"',
    "^a?b*$",
    "$A",
    "^$",
    r"\-1",
]


def drawn_tests(double: bool) -> st.SearchStrategy[str]:
    """Tests for ``[[ … ]]``, or for ``[ … ]``."""
    word = st.sampled_from(WORDS)
    compared = st.tuples(word, st.sampled_from(["=", "!=", "=="]), word).map(" ".join)
    asked = st.tuples(st.sampled_from(["-n", "-z"]), word.filter(lambda each: each[0] != "$")).map(" ".join)
    counted = st.tuples(st.sampled_from(['"$N"', "7"]), st.sampled_from(["-lt", "-ge", "-eq"]), st.just("10"))
    searched = st.tuples(word, st.just("=~"), st.sampled_from(EXPRESSIONS)).map(" ".join)
    one = compared | asked | counted.map(" ".join) | (searched if double else compared)
    both = ["&&", "||"] if double else ["-a", "-o"]

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        joined = st.tuples(inner, st.sampled_from(both), inner).map(" ".join)
        turned = inner.map("! {}".format)
        return joined | turned | (inner.map("( {} )".format) if double else joined)

    found = st.recursive(one, more, max_leaves=4)
    return found.map(("[[ {} ]]" if double else "[ {} ]").format)


@settings(max_examples=30, deadline=None)
@given(st.lists(drawn_tests(double=True) | drawn_tests(double=False), min_size=40, max_size=40))
def test_tests_are_never_decided_otherwise_than_bash_does(drawn: list[str]) -> None:
    """``!`` binds to the one test behind it, ``&&`` and ``-a`` before ``||`` and ``-o``, as in bash."""
    names = {name: Value.literal_of(text) for name, text in VARIABLES.items()}
    asked = "\n".join(f"{each}; echo $?" for each in drawn)
    env = {**VARIABLES, "PATH": "/usr/bin:/bin"}
    run = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False, env=env)
    open_ones = 0
    for test, status in zip(drawn, run.stdout.split(), strict=True):
        found = lines_of(interpret(f"if {test}; then docker push yes; else docker push no; fi", names=names))
        said = {line.split(" ?")[0].removeprefix("docker push ") for line in found}
        open_ones += len(said) == 2
        assert said >= {"yes" if status == "0" else "no"}, test
    assert open_ones < len(drawn) / 2
