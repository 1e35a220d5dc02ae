"""Entries of arrays that may be there or not (``${seen[$tag]+x}``), against bash itself."""

from __future__ import annotations

import pytest

from tests.shell.test_words_against_bash import as_read, by_bash, pytestmark  # noqa: F401
from wholeship.shell.interpret import interpret
from wholeship.texts.template import Kind, Value

SCRIPTS = (
    'declare -A s=(); echo "[${s[a]+x}]"',
    'declare -A s=([a]=1); echo "[${s[a]+x}][${s[b]+x}]"',
    'declare -A s=([a]=""); echo "[${s[a]+x}][${s[a]:+x}]"',
    'declare -A s=([a]=1); k=b; echo "[${s[$k]-none}][${s[$k]:-none}]"',
    'l=(p q); echo "[${l[1]+x}][${l[2]+x}][${l[2]-none}]"',
    'l=(); echo "[${l[@]+x}]"',
    'v=; echo "[${v+x}][${v:+x}][${nothing+x}]"',
    'f() { [[ -n "${s[$1]+x}" ]] || { t+=("$1"); s[$1]=1; }; }; declare -A s=(); t=(); f a; echo "${t[*]}"',
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_entry_is_there_or_not_as_in_bash(script: str) -> None:
    """What bash prints is one of the texts that are read, and the only one where everything is known."""
    assert by_bash(script) in [str(each) for each in as_read(script).options]


def test_what_may_be_empty_may_give_nothing() -> None:
    """``${name:+other}`` of a text that only the run knows is the other text, or nothing."""
    found = interpret('echo "${x:+--push}" > out', names={"x": Value.hole(Kind.OUTPUT, "said")})
    assert {str(each) for each in found.files["out"].options} == {"--push\n", "\n"}


def test_a_tag_kept_once_is_kept() -> None:
    """A list without doubles is never taken for an empty one, after which a script ends before its push."""
    script = 'declare -A s=(); if [[ -z "${s[$TAG]+x}" ]]; then docker push r/a:1; fi'
    assert any("docker" in str(each.words[0].value) for each in interpret(script).commands)
