"""Questions to JSON: as jq answers them, with holes kept; anything else is not known."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from wholeship.shell import jq
from wholeship.texts.template import Hole, Kind, Template

DOCUMENT = {
    "tags": ["r/a:1", "r/b:2"],
    "labels": {"v": "1"},
    "nested": [{"name": "x"}, {"name": "y"}],
    "n": 3,
}
PROGRAMS = (
    ".tags[]",
    ".tags[1]",
    '.tags | map("-t " + .) | join(" ")',
    '[.tags[] | "-t " + .] | join(" ")',
    '.tags | map("--tag \\(.)") | join(",")',
    '.labels["v"]',
    ".nested[].name",
    ".nested | length",
    ".tags | first",
    ".",
    ".missing",
    ".labels | keys",
)


def asked(program: str, text: Template, *, raw: bool = True) -> str:
    return str(jq.answer(program, text, raw=raw))


@pytest.mark.real
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("program", PROGRAMS)
def test_jq_answers_the_same(program: str) -> None:
    """Every program that is understood has jq's own answer."""
    text = json.dumps(DOCUMENT)
    done = subprocess.run(["jq", "-cr", program], input=text, capture_output=True, text=True, check=True)
    assert asked(program, Template.of(text)) == done.stdout


def test_holes_come_out_where_the_strings_do() -> None:
    """A tag that only the run knows is the same hole in the answer."""
    version = Hole.of(Kind.REF, "version")
    text = Template.of('{"tags":["r/a:', version, '","r/b:', version, '-x"]}')
    assert asked('.tags | map("-t " + .) | join(" ")', text) == "-t r/a:{version} -t r/b:{version}-x\n"


@pytest.mark.parametrize(
    "program", ['.tags | map(select(. != "x"))', ".tags | keys", '.n + "a"', ".tags | sort_by(.)"]
)
def test_what_is_not_understood_is_not_known(program: str) -> None:
    """No answer is guessed."""
    with pytest.raises(jq.NotKnown):
        asked(program, Template.of(json.dumps(DOCUMENT)))


def test_order_of_unknown_texts_is_not_known() -> None:
    """What sorts first depends on the run."""
    with pytest.raises(jq.NotKnown):
        asked(".tags | sort", Template.of('{"tags":["', Hole.of(Kind.REF, "a"), '","b"]}'))
