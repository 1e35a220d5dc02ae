"""Laws of texts that are partly known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.words import template
from wholeship.pipeline.effects import read_reference
from wholeship.texts.template import OPTION_LIMIT, Hole, Kind, Same, Template, Value, around, concat

HOLES = st.builds(
    Hole.of, st.sampled_from(list(Kind)), st.sampled_from(["x", "y"]), st.sampled_from(["a", "b"])
)
TEMPLATES = st.lists(st.one_of(st.text("ab:/-", max_size=3), HOLES), max_size=4).map(
    lambda p: Template.of(*p)
)


@given(TEMPLATES, TEMPLATES)
def test_comparison_is_symmetric(one: Template, other: Template) -> None:
    """Neither side is special, and a text is the same as itself."""
    assert one.compare(other) is other.compare(one)
    assert one.compare(one) is Same.YES


@given(TEMPLATES, TEMPLATES, TEMPLATES)
def test_joining_is_associative(one: Template, two: Template, three: Template) -> None:
    """However texts are put together, the whole is the same."""
    assert Template.of(Template.of(one, two), three) == Template.of(one, Template.of(two, three))


@given(TEMPLATES, st.dictionaries(st.sampled_from("xy"), st.text("ab", max_size=3), min_size=2))
def test_no_answer_is_contradicted_by_any_filling(one: Template, filling: dict[str, str]) -> None:
    """Texts said to differ differ, whatever their holes hold (equal holes holding equal texts)."""
    other = Template.of(one, "a")

    def filled(text: Template) -> str:
        return "".join(part if isinstance(part, str) else filling.get(part.name, "") for part in text.parts)

    if one.compare(other) is Same.NO:
        assert filled(one) != filled(other)


@given(TEMPLATES)
def test_cutting_and_joining_gives_the_whole(text: Template) -> None:
    """``cut`` loses nothing but the separator."""
    before, after = text.cut(":")
    assert text == (before if after is None else Template.of(before, ":", after))


@given(st.lists(TEMPLATES, max_size=OPTION_LIMIT * 2))
def test_a_value_never_holds_more_readings_than_its_limit(texts: list[Template]) -> None:
    """Many readings become one unknown text."""
    assert len(Value.of(*texts).options) <= OPTION_LIMIT


def test_concatenation_takes_every_combination() -> None:
    """Two readings and two readings are four."""
    two = Value.of(Template.of("a"), Template.of("b"))
    assert str(concat((two, Value.literal_of("-"), two))) == "a-a | a-b | b-a | b-b"


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        ("r/a", "r/a", "latest"),
        ("r/a:1", "r/a", "1"),
        ("localhost:5000/a", "localhost:5000/a", "latest"),
        ("localhost:5000/a:1", "localhost:5000/a", "1"),
        ("r/a@sha256:ab", "r/a", None),
        ("r/{name}:1", "r/{name}", "1"),
        ("r/a:{tag}", "r/a", "{tag}"),
        ("{image}", "{image}", "{tag in image}"),
        (" r/a:1 ", "r/a", "1"),
    ],
)
def test_references(text: str, repository: str, tag: str | None) -> None:
    """The last colon after the last slash starts the tag; none is ``latest``; a digest is no tag."""
    found = read_reference(template(text))
    assert (str(found.repository), None if found.tag is None else str(found.tag)) == (repository, tag)


def test_two_texts_of_too_many_readings_stay_two() -> None:
    """What is not kept apart any more is one hole, and not the same one as that of other readings."""
    many = range(OPTION_LIMIT + 1)
    one, other = (Value.of(*(Template.of(f"{name}{number}") for number in many)) for name in ("a", "b"))
    assert one.only is not None
    assert other.only is not None
    assert one.only.compare(other.only) is not Same.YES


TAG = Hole.of(Kind.REF, "github.ref_name")


def test_what_many_texts_have_in_common_are_letters_and_holes_at_both_ends() -> None:
    """A repository in a secret and the end of a tag stay known, whatever stands between."""
    secret = Hole.of(Kind.VARIABLE, "secrets.REGISTRY")
    texts = [Template.of(secret, "/acme/app:", middle, "-amd64") for middle in (TAG, "latest", "1.0")]
    before, after = around(texts)
    assert (str(before), str(after)) == ("{secrets.REGISTRY}/acme/app:", "-amd64")


@given(st.lists(st.lists(st.sampled_from(["a", "b", TAG]), max_size=5), min_size=1, max_size=4))
def test_the_common_ends_never_overlap(drawn: list[list[str | Hole]]) -> None:
    """Each text is what it begins with, something, and what it ends with."""
    texts = [Template.of(*parts) for parts in drawn]
    before, after = (list(each.parts) for each in around(texts))
    ends = len("".join("x" if isinstance(p, Hole) else p for p in before + after))
    for text in texts:
        letters = "".join("x" if isinstance(part, Hole) else part for part in text.parts)
        assert ends <= len(letters)
