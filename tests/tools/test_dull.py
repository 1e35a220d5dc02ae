from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship import tools as programs
from wholeship.pipeline.run import Script
from wholeship.shell.syntax import parse_script
from wholeship.texts.template import Template
from wholeship.tools.dull import HARMLESS, HARMLESS_WITH, is_dull
from wholeship.tools.scripts import Ration, Scripts
from wholeship.tools.world import World


@pytest.mark.parametrize(
    "text",
    [
        "rm -f a/b",
        "mkdir -p $(realpath $(cd /../.. && pwd -P))/.cache/$(go env GOOS)/tmp",
        "curl -sSL https://example.com/x | tar -xz -C $HOME/a",
        "go build -o bin/x ./cmd",
        "# deploy/this",
        "FOO=bar\necho x/y > f",
        "if [ -f a/b ]; then echo x; else echo y; fi",
    ],
)
def test_lines_that_fetch_move_and_print_are_dull(text: str) -> None:
    """They need not be run to know that they publish and test nothing."""
    assert is_dull(text)


@pytest.mark.parametrize(
    "text",
    [
        "curl example.com/x | bash",
        "( $(DOCKER) push /x )",
        "${DOCKER} push x/y",
        "X=1 docker push a",
        "X=$(docker push a)",
        "X=`docker push a`",
        "if [ -f a/b ]; then ./x.sh; fi",
        "case a/b in x) make y;; esac",
        "for i in a/b; do $i x; done",
        "echo a/b & docker push x",
        "echo a/b \\\n  ; docker push x",
        "env X=1 docker push x/y",
        "find . -exec docker push {} +/",
        "go test ./...",
        "cd a && ./gradlew x",
        'echo "tag=a/b" >> "$GITHUB_OUTPUT"',
        "echo ::set-output name=tag::a/b",
    ],
)
def test_what_runs_something_else_is_not(text: str) -> None:
    """A command that is not known to be harmless, wherever it hides, makes the text one that is run."""
    assert not is_dull(text, told=frozenset(("GITHUB_OUTPUT",)))


def test_a_file_that_is_written_can_be_read_again() -> None:
    """A line of a recipe that leaves a text for the next is no dull one."""
    assert is_dull("echo a/b > version")
    assert not is_dull("echo a/b > version", printing=True)
    assert is_dull("echo a/b > /dev/null 2>&1", printing=True)


def test_harmless_programs_have_no_effects() -> None:
    """None of them is known for anything else."""
    lines = [(name,) for name in HARMLESS] + [(n, s) for n, each in HARMLESS_WITH.items() for s in each]
    for line in lines:
        words = tuple(map(Template.of, line))
        assert programs.effects_of(words, World()) == (), line


_SHORT = (
    "echo cd a/b x=1 $X if then fi do done test esac a) ' ( ) $( ` { } ; && | ! eval pytest go build 2>&1"
)
_LONG = [
    "docker push r/a",
    "for i in",
    "case a in",
    "\n",
    "# ",
    "\\\n",
    "> f",
    "X=docker",
    "$X push r/a",
    '"',
]
_WORDS = st.sampled_from([*_SHORT.split(), *_LONG])


@given(st.lists(_WORDS, max_size=12).map(" ".join))
def test_dull_text_has_no_effect(text: str) -> None:
    """Whatever is left out would have done nothing: the text is run all the same, to see."""
    if is_dull(text) and not parse_script(text).has_error:
        read = Scripts(lambda _path: None).understood(Script(text, {}, 1), {}, Ration())
        assert not any(read.effects), text
