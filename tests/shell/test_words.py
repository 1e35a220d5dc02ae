from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shell.lines import commands, outputs, unknown
from wholeship.github.sinks import STEP_SINKS
from wholeship.shell.interpret import interpret
from wholeship.texts.template import Hole, Kind, Template, Value


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("for i in a b; do docker push r/$i:1; done", ["docker push r/a:1", "docker push r/b:1"]),
        ("docker push r/{a,b}:1", ["docker push r/a:1 r/b:1"]),
        ("for n in {1..3}; do docker push $n; done", ["docker push 1", "docker push 2", "docker push 3"]),
        ('all=(a b)\nfor i in "${all[@]}"; do docker push $i; done', ["docker push a", "docker push b"]),
        ('f() { docker push "$1:$2"; }\nf a 1', ["docker push a:1"]),
        ('set -- a b\ndocker push "$2"\nshift\ndocker push "$1"', ["docker push b", "docker push b"]),
        ("docker push ${NO:-latest}", ["docker push latest"]),
        ("docker push \\\n  a", ["docker push a"]),
        ("A=1 docker push a$A", ["docker push a{$A}"]),
        ("printf 'a\\nb\\n' | while read x; do docker push $x; done", ["docker push a", "docker push b"]),
        ("echo a b | xargs -n1 docker push", ["docker push a", "docker push b"]),
        ("echo a b | xargs -I{} docker push r/{}", ["docker push r/a b"]),
        ("cat list | xargs -n1 docker push", ["docker push {each of the lines of the input} ?*"]),
        ("cat list | while read x; do docker push $x; done", ["docker push {each of cat list} ?*"]),
        ("sudo -E timeout 5m docker push a", ["docker push a"]),
        ("env A=1 docker push a", ["docker push a"]),
        (
            "mapfile -t all <<< $'a\\nb'\nfor i in \"${all[@]}\"; do docker push $i; done",
            ["docker push a", "docker push b"],
        ),
    ],
)
def test_the_words_of_a_command_are_what_the_shell_makes_of_them(script: str, said: list[str]) -> None:
    """Loops, arrays, functions, defaults and substitutions are expanded as far as they are known."""
    assert commands(script) == said


@pytest.mark.parametrize(
    ("text", "script", "tag"),
    [
        ("refs/tags/v1.2", "${R#refs/tags/v}", "1.2"),
        ("refs/tags/v1.2", "${R##*/}", "v1.2"),
        ("v1.2", "${R%.*}", "v1"),
        ("a/b", "${R//\\//-}", "a-b"),
        ("Main", "${R,,}", "main"),
        ("0123456789", "${R::7}", "0123456"),
        ("0123456789", "${R:2:3}", "234"),
        ("", "${R:-none}", "none"),
    ],
)
def test_parameters_are_expanded(text: str, script: str, tag: str) -> None:
    """POSIX and bash forms of ``${name…}``, over a text that is known."""
    found = outputs(f'echo "t={script}" >> "$GITHUB_OUTPUT"', R=text)
    assert found["t"] == tag


@pytest.mark.parametrize(
    ("script", "tag"),
    [
        (r"${R/refs\/tags\//}", "{x}-x"),
        ("${R/tags/heads}", "refs/heads/{x}-x"),
        ("${R//tags/heads}", "refs/heads/{x with 'tags' as 'heads'}-x"),
        ("${R/nothing/}", "refs/tags/{x with 'nothing' as ''}-x"),
        ("${R#*/}", "tags/{x}-x"),
        ("${R##*-}", "x"),
        ("${R%-*}", "refs/tags/{x}"),
        ("${R%%/*}", "refs"),
        ("${R#*-}", "{#*- of refs/tags/{x}-x}"),
        ("${R##*/}", "{##*/ of refs/tags/{x}-x}"),
        ("${R%/*}", "{%/* of refs/tags/{x}-x}"),
        ("${R%%-*}", "{%%-* of refs/tags/{x}-x}"),
        ("${R#?}", "{#? of refs/tags/{x}-x}"),
    ],
)
def test_what_is_known_of_a_text_is_cut_where_no_hole_matters(script: str, tag: str) -> None:
    """The first mark in a known start, the last in a known end: no hole moves them."""
    value = Value.of(Template.of("refs/tags/", Hole.of(Kind.INPUT, "x"), "-x"))
    assert outputs(f'echo "t={script}" >> "$GITHUB_OUTPUT"', R=value)["t"] == tag


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ('echo "a=1" >> $GITHUB_OUTPUT', {"a": "1"}),
        ("{ echo a=1; echo b=2; } >> $GITHUB_OUTPUT", {"a": "1", "b": "2"}),
        ("cat <<EOF >> $GITHUB_OUTPUT\na<<X\n1\n2\nX\nEOF", {"a": "1\n2"}),
        ("echo '::set-output name=a::1'", {"a": "1"}),
        ('printf "a=%s\\n" 1 | tee -a "$GITHUB_OUTPUT"', {"a": "1"}),
        ("echo a=$(date +%s) >> $GITHUB_OUTPUT", {"a": "{date +%s}"}),
        ("echo a=$(cat VERSION) >> $GITHUB_OUTPUT", {"a": "{cat VERSION}"}),
        ('echo a=$(echo "udev-handler" | sed "s/-handler$//") >> $GITHUB_OUTPUT', {"a": "udev"}),
        (r'echo a=$(echo linux/arm/v7 | sed -r "s/\//-/g") >> $GITHUB_OUTPUT', {"a": "linux-arm-v7"}),
        ("if [ -f x ]; then echo a=1; else echo a=2; fi >> $GITHUB_OUTPUT", {"a": "1 | 2"}),
        (
            "echo A | tr '[:upper:]' '[:lower:]' | sed 's/a/b/' | xargs -I{} echo a={} >> $GITHUB_OUTPUT",
            {"a": "b"},
        ),
        ("echo a=$(echo x/y | cut -d/ -f2) >> $GITHUB_OUTPUT", {"a": "y"}),
    ],
)
def test_outputs_are_followed(script: str, left: dict[str, str]) -> None:
    """What a step writes is known to the steps after it, or known to be unknown."""
    assert outputs(script) == left


def handed(script: str, site: str) -> Mapping[str, Value]:
    return interpret(script, site=site, sinks=STEP_SINKS).outputs


def test_a_clock_read_in_two_places_is_two_texts() -> None:
    """The site keeps two readings of the clock apart; a commit is the same everywhere."""
    clock = "echo t=$(date) >> $GITHUB_OUTPUT"
    commit = "echo t=$(git rev-parse HEAD) >> $GITHUB_OUTPUT"
    assert handed(clock, "a") != handed(clock, "b")
    assert handed(commit, "a") == handed(commit, "b")


def test_expressions_stand_for_their_values() -> None:
    """``${{ }}`` is put in before the shell sees it; a value with a space is two words, as on GitHub."""
    known = {"__1__": Value.literal_of("a b")}
    found = interpret("docker push __1__", known=known)
    assert [str(word.value) for word in found.commands[0].words] == ["docker", "push", "a b"]


def test_a_file_of_the_repository_is_read() -> None:
    """``cat`` and ``$(<file)`` of a file that is there give its text."""
    read = {"VERSION": "1.2\n"}.get
    for script in ("cat VERSION", "< VERSION cat"):
        found = interpret(f"echo v=$({script}) >> $GITHUB_OUTPUT", read=read, sinks=STEP_SINKS)
        assert str(found.outputs["v"]) == "1.2"


def test_what_a_word_is_made_of_is_kept() -> None:
    """A tag made of an input and a clock says so."""
    found = interpret("docker push a:$X-$(date +%s)", names={"X": unknown("inputs.x")}, site="j")
    word = found.commands[-1].words[-1].value.only
    assert word is not None
    assert {kind for hole in word.holes for kind in hole.kinds} == {Kind.INPUT, Kind.CLOCK}


@given(st.text(alphabet=st.sampled_from("ab $\"'`(){}[];|&<>#\\\n=*!-"), max_size=60))
def test_no_text_stops_the_reader(text: str) -> None:
    """Any text at all is read: as commands, or as something that could not be read."""
    script = interpret(text)
    met = set(range(len(script.commands)))
    assert script.conditional <= met
    assert script.masked <= met
    assert all(each.after < 1 << len(met) for each in script.commands)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "T=a; for i in $(seq 3); do T=$T.b; done; docker push $T",
            "docker push {T after a loop}",
        ),
        (
            "T=a; for i in $(seq 3); do T+=b; done; docker push $T",
            "docker push {T after a loop}",
        ),
        ("T=a; while cond; do T=$T.b; done; docker push $T", "docker push {T after a loop}"),
        ("T=a; for i in 1 2; do T=$T.b; done; docker push $T", "docker push a.b.b"),
        ("T=a; while cond; do T=b; done; docker push $T", "docker push a or docker push b"),
    ],
)
def test_a_text_that_each_round_makes_longer_is_not_known(script: str, said: str) -> None:
    """After a loop of unknown length a variable that is made of itself can be any text."""
    assert commands(script)[-1] == said
