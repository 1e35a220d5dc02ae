"""Text to nodes: whatever is in the file, an answer with a place, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wholeship.core.yamls import Mapping, Scalar
from wholeship.github import source
from wholeship.github.read import read_workflow

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def value(text: str) -> Scalar:
    """The scalar under ``key``."""
    root = source.read_source(text, "f.yml").root
    assert isinstance(root, Mapping)
    found = root.get("key")
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("on", "on"), ("yes", "yes"), ("off", "off"), ("3.10", 3.1), ("012", 12), ("0x1F", 31), ("~", None),
     ("'1'", "1"), ("true", True), ("2026-05-28", "2026-05-28"), ("1:30", "1:30"),
     ("!!str 5", "5"), ("1_000", "1_000")],
)  # fmt: skip
def test_scalars_by_the_core_schema(text: str, wanted: object) -> None:
    """``on`` is a word, ``012`` is twelve, and a date is text."""
    if text.startswith("!!"):
        assert value(f"key: {text}").text == wanted
        return
    assert value(f"key: {text}").value == wanted


def test_the_key_on_is_a_string() -> None:
    """``on:`` is not true."""
    root = source.read_source("on: push", "f.yml").root
    assert isinstance(root, Mapping)
    assert root.entries[0][0].text == "on"


def test_anchors_are_values_at_the_place_of_their_text() -> None:
    """An alias is read as what it stands for."""
    root = source.read_source("a: &x {b: 1}\nc: *x\n", "f.yml").root
    assert isinstance(root, Mapping)
    inner = root.get("c")
    assert isinstance(inner, Mapping)
    assert inner.place.line == 1


def test_an_anchor_may_be_given_again() -> None:
    """The last anchor of a name counts for the aliases after it, as in YAML 1.2."""
    root = source.read_source("a: &x 1\nb: *x\nc: &x 2\nkey: *x\n", "f.yml").root
    assert isinstance(root, Mapping)
    assert [node.text for _, node in root.entries if isinstance(node, Scalar)] == ["1", "1", "2", "2"]


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"", "the file is empty", 0),
        (b"# only a comment\n", "the file is empty", 0),
        (b"a: \xff", "not UTF-8 (byte 3)", 0),
        (b"a: \0", "not YAML: unacceptable character", 0),
        (b"a: 'open", "not YAML", 1),
        (b"a: 1\nA: 2\n", "the key 'A' appears twice", 2),
        (b"a: {<<: {b: 1}}\n", "merge keys (<<) are not supported", 1),
        (b"a: !!python/object:os.system x\n", "is not supported", 1),
        (b"a: !thing x\n", "the tag !thing is not supported", 1),
        (b"a: &a [*a]\n", "an alias that contains itself", 1),
        (b"a: *nowhere\n", "undefined alias", 1),
        (b"a: 1\n---\nb: 2\n", "a second document", 3),
        (BOMB.encode(), "too many nodes", 1),
        (b"[" * 5000, "nested too deeply", 0),
        (b"- " * 5000, "nested too deeply", 0),
        (b"a: " + b"x" * 2_000_000, "the limit is", 0),
        (b"\n".join(b" " * at + b"a:" for at in range(300)), "too deep", 102),
        (b"? {a: b}\n: c\n", "a key that is not a plain word", 1),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else None,
)
def test_what_cannot_be_read_is_said(content: bytes, message: str, line: int) -> None:
    """Each kind of broken file gives a problem with its place, and a reading without runs or with them."""
    found = source.read_source(content, "f.yml")
    assert message in found.problems[0].message
    assert found.problems[0].place.line == line
    assert found.problems[0].place.file == "f.yml"
    assert read_workflow(content, "f.yml").problems


def test_a_thousand_mistakes_are_cut() -> None:
    """A file of nothing but mistakes does not give a list as long as itself."""
    found = source.read_source("a: 1\n" * 5000, "f.yml")
    assert len(found.problems) == source.PROBLEM_LIMIT


_WORDS = st.sampled_from(
    ["on", "jobs", "steps", "run", "uses", "needs", "if", "${{", "}}", "- ", ": ", "\n", "  ", "{", "}", "[",
     "]", "|\n", ">", "&a ", "*a ", "'", '"', "push", "matrix", "a", "!x ", "#", "\t", "<<", "---\n",
     "\0", "é", "with", "strategy"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(_WORDS, max_size=60).map("".join), st.text(max_size=80), st.binary(max_size=80)))
def test_nothing_is_raised(content: str | bytes) -> None:
    """Any text, and any bytes, are read into something."""
    reading = read_workflow(content, "f.yml")
    assert reading.workflow.path == "f.yml"
