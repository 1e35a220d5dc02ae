"""No construct of the shell is taken to be harmless because nobody has read it."""

from __future__ import annotations

import itertools

import pytest
import tree_sitter
import tree_sitter_bash

from tests.shell.grammar import EITHER_WAY, EXPRESSIONS, PARTS, WORDS
from tests.shell.lines import commands
from wholeship.shell.interpret import STATEMENTS


def kinds() -> set[str]:
    """Every kind of node that the grammar can make."""
    language = tree_sitter.Language(tree_sitter_bash.language())
    every = range(language.node_kind_count)
    named = (at for at in every if language.node_kind_is_named(at) and language.node_kind_is_visible(at))
    return {language.node_kind_for_id(at) or "" for at in named}


def test_every_kind_of_node_is_in_exactly_one_list() -> None:
    """Whatever the grammar knows is a statement that is modelled, a text, a part, an expression, or open."""
    lists = [set(STATEMENTS), set(WORDS), set(PARTS), set(EXPRESSIONS), set(EITHER_WAY)]
    assert kinds() - set().union(*lists) == set()
    assert [one & other for one, other in itertools.combinations(lists, 2) if one & other] == []


def test_no_list_holds_a_kind_that_the_grammar_does_not_know() -> None:
    """A name that was misspelt would hide a kind."""
    listed = {*STATEMENTS, *WORDS, *PARTS, *EXPRESSIONS, *EITHER_WAY}
    assert listed - kinds() == {"ERROR"}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("if((RC != 0)); then exit 1; fi\ndocker push w", ["docker push w"]),
        ("(( n > 3 )) && exit 1\ndocker push w", ["docker push w"]),
        ("if (( $# != 1 )); then exit 2; fi\ndocker push w", []),
        ("a=1\nif (( a == 1 )); then docker push x; else docker push y; fi", ["docker push x"]),
        ("a=3\nif (( a > 1 && a < 3 )); then docker push x; else docker push y; fi", ["docker push y"]),
        ("if (( RC )); then docker push x; else docker push y; fi", ["docker push x ?", "docker push y ?"]),
        ("n=1\necho $((n++))\ndocker push x:$n", ["docker push x:2"]),
        ("let n=1 n+=2\ndocker push x:$n", ["docker push x:3"]),
        (
            "n=2\n[ $n -gt 1 ] && docker push x\n[[ $n -le 1 ]] || docker push y",
            ["docker push x", "docker push y"],
        ),
        ("for ((i=0; i<$N; i++)); do docker push $i; done", ["docker push {each of i} ?*"]),
        (": ${PUSH:=docker push}\n$PUSH x", ["docker push x"]),
    ],
)
def test_arithmetic_goes_both_ways_where_its_numbers_are_not_known(script: str, said: list[str]) -> None:
    """``((…))`` is a test: what stands behind it happens, or may happen, as bash would have it."""
    assert commands(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("n=0\nwhile [ $n -lt 3 ]; do docker push x && break; n=$((n+1)); done\ndocker push y",
         ["docker push x ~", "docker push y"]),
        ("n=0\nwhile cond; do docker push x:$n; n=$((n+1)); done",
         ["docker push x:{each of n} ?*", "docker push x:{each of $((n+1))} ?*"]),
        ("i=0\nfor f in $(git ls-files); do docker push r/$i; i=$((i+1)); done",
         ["docker push r/{each of i} ?*"]),
        ("done=\nwhile [ -z \"$done\" ]; do docker push x && done=1; done\ndocker push y",
         ["docker push x *", "docker push y"]),
    ],
)  # fmt: skip
def test_a_counter_in_a_loop_is_not_its_first_value(script: str, said: list[str]) -> None:
    """What each round makes of its last value can be anything in the next."""
    assert commands(script) == said


def test_what_is_no_shell_syntax_is_said_and_ends_either_way() -> None:
    """A statement that cannot be parsed may fail, and what follows it is still read."""
    assert commands("docker push a\n) (\ndocker push b")[-1].startswith("docker push b")


@pytest.mark.parametrize(
    "script",
    [
        "a | tee log | cat\nrc=${PIPESTATUS[0]}\n[ $rc = 0 ] || exit $rc\ndocker push x",
        "x | tee all.txt\n\n# a remark: with words\ndocker push x",
        "export A=1 \\\n\n\ndocker push x",
        "force=false namespace=k\ndocker push x",
        "date +%s\n\\docker push x",
    ],
)
def test_a_line_ends_where_it_ends(script: str) -> None:
    """The grammar takes some next lines for more words of a command: they are lines of their own."""
    assert any(line.startswith("docker push x") for line in commands(script))
