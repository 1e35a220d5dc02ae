"""What a word comes to, against bash itself: words put together by chance from what words are made of."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wholeship.shell.interpret import interpret
from wholeship.texts.template import Kind, Value

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")

NAMES = {
    "A": "one",
    "B": "two.three",
    "C": "v1",
    "E": "",
    "S": "two words",
    "_x": "under",
    "LONG_NAME": "long",
}
PIECES = (
    r"""
$A|$B|${A}|${B}|$C|$_x|$LONG_NAME|${LONG_NAME}|$1|$2|-|.|/|:|=|@|x|y9|_|,|+|%
"$A"|"$B-$C.z"|"a $A"|'$A'|'b c'|$'t'|$S|"$S"|"${A} ${B}"|"$A $B"|"$A  ${B} x"|" $A "|"-$(echo a) `echo b`-"
\$|\"|\-|\ |{a,b}|{c,d.e}|{1..3}|"{a,b}"|$(echo s)|`echo t`|${C#v}|${E:-d}|${A%e}|${B/./-}|${A^^}
$((1+2))|${#A}|$E
""".strip()
    .replace("\n", "|")
    .split("|")
)
FRAMES = (
    "printf '<%s>\\n' {0}",
    "x={0}; printf '<%s>\\n' \"$x\"",
    "for i in {0} z; do printf '<%s>\\n' \"$i\"; done",
    "printf '<%s>\\n' {0} {1} {0}",
    "export x={0}; printf '<%s>\\n' \"$x\"",
    "cat <<< {0}",
    "[ {0} = q ] || printf '<%s>\\n' {0}",
    "true && printf '<%s>\\n' {1}{0}",
    "f() {{ printf '<%s>\\n' \"$@\"; }}; f {0} {1}",
)
WORD = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
SCRIPTS = st.builds(lambda frame, one, other: frame.format(one, other), st.sampled_from(FRAMES), WORD, WORD)


def by_bash(script: str) -> str:
    text = f"set -- first second\n{script}"
    ended = subprocess.run(["bash", "-c", text], capture_output=True, text=True, env=NAMES, check=False)
    return ended.stdout


def as_read(script: str) -> Value:
    values = {name: Value.literal_of(text) for name, text in NAMES.items()}
    found = interpret(f"set -- first second\n{{\n{script}\n}} > out", names=values)
    unknown = Value.hole(Kind.OUTPUT, "not said")
    return unknown if found.unread else found.files.get("out", unknown)


@settings(max_examples=200, deadline=None)
@given(SCRIPTS)
def test_a_word_is_read_as_bash_reads_it(script: str) -> None:
    """What is said to be known of a script's words is what bash makes of them; it is never another text."""
    said = as_read(script).literal
    assert said is None or said == by_bash(script)


@pytest.mark.parametrize(
    "script",
    [
        "printf '%s\\n' r/$A-$B.z",
        "printf '%s\\n' $A-$B.z/$C-$A:e \"q\"$A-$B.z",
        "x=$A-$B.z; printf '%s\\n' $x",
        "[ $A-$B.z = q ] || printf '%s\\n' no",
        "cat <<< $A-$B.z",
        "printf '%s\\n' ghcr.io/{app,worker}:$A-$B.z",
        "pri\\\nntf '%s\\n' a\\\nb",
        "printf '%s\\n' $1-$A.z $A-$1.z",
    ],
)
def test_words_that_the_grammar_tears_are_whole(script: str) -> None:
    """``$A-$B.z`` is one word, and so is a word that goes on in the next line."""
    assert as_read(script).literal == by_bash(script)


@pytest.mark.parametrize("text", ["1.36.1 1.35.5 1.34.8", "a:b::c", "plain", "", "a:b\\nc\\nd:e:f", "x  y"])
@pytest.mark.parametrize(
    "cut",
    [
        "cut -d ' ' -f 1",
        "cut -d' ' -f2-",
        "cut -d: -f1-2",
        "cut -d : -f -2",
        "cut -f3 -d:",
        "cut -d. -f9",
        "cut -c1-3",
        "cut -c 2-",
        "cut -c4",
        "cut -f1",
    ],
)
def test_cut_says_what_cut_says(text: str, cut: str) -> None:
    """Fields and characters of lines that are known are those that the program prints."""
    script = f"printf '{text}\\n' | {cut}"
    assert as_read(script).literal == by_bash(script)
