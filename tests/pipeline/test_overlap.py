"""Whatever can be one text is never called two: one is made first, and written twice with holes in it."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wholeship.pipeline.overlap import may_be_one
from wholeship.pipeline.trigger import EVENT_COMMIT
from wholeship.texts.template import Hole, Kind, Same, Template

SHA = EVENT_COMMIT.holes[0]
SEVEN = Hole.of(Kind.COMMIT, "github.sha, 7 characters")
SHORT = Hole.of(Kind.COMMIT, "github.sha, as short as git makes it")
RUN = Hole.of(Kind.RUN_ID, "github.run_id")
NUMBER = Hole.of(Kind.RUN_NUMBER, "github.run_number")
ATTEMPT = Hole.of(Kind.ATTEMPT, "github.run_attempt")
NAME = Hole.of(Kind.REF, "github.ref_name")
WRITTEN = (NAME, *(Hole.of(kind, kind.value) for kind in (Kind.FILE, Kind.VARIABLE, Kind.EVENT)))
CLOCK = Hole.of(Kind.CLOCK, "date", "a/0")
PLAIN = "gvxz.-_"
"""Letters that people write names with, and that are in no id and no number."""


@st.composite
def runs(draw: st.DrawFn) -> Mapping[Hole, str]:
    """One run: what each hole is in it."""
    commit = draw(st.text("0123456789abcdef", min_size=40, max_size=40))
    digits = [draw(st.text("0123456789", min_size=n, max_size=m)) for n, m in ((9, 20), (1, 7), (1, 3))]
    known = {SHA: commit, SEVEN: commit[:7], SHORT: commit[: draw(st.integers(4, 40))]}
    known |= dict(zip((RUN, NUMBER, ATTEMPT), digits, strict=True)) | {CLOCK: "T1"}
    return known | {hole: draw(st.text(PLAIN, min_size=1, max_size=3)) for hole in WRITTEN}


@st.composite
def pieces(draw: st.DrawFn, text: str, run: Mapping[Hole, str], said: str) -> Template:
    """*text*, cut into literals, holes that are just that in *run*, and what somebody may have said."""
    parts: list[str | Hole] = []
    while text:
        fits = [hole for hole, value in run.items() if text.startswith(value)]
        plain = len(text) - len(text.lstrip(PLAIN))
        choice = draw(st.sampled_from(["said", *["known"] * bool(fits), *["literal"] * bool(plain)]))
        if choice == "known":
            hole = draw(st.sampled_from(fits))
            parts.append(hole)
            text = text[len(run[hole]) :]
            continue
        length = draw(st.integers(1, plain if choice == "literal" else min(len(text), 12)))
        kind = draw(st.sampled_from([Kind.OUTPUT, Kind.INPUT, Kind.MATRIX]))
        parts.append(text[:length] if choice == "literal" else Hole(f"{said}{len(parts)}", frozenset({kind})))
        text = text[length:]
    return Template.of(*parts)


@st.composite
def equal_pairs(draw: st.DrawFn) -> tuple[Template, Template]:
    """Two texts that are equal in some run."""
    run = draw(runs())
    parts = draw(
        st.lists(st.one_of(st.sampled_from(sorted(run, key=str)), st.text(PLAIN, max_size=3)), max_size=4)
    )
    text = "".join(run[part] if isinstance(part, Hole) else part for part in parts)
    return draw(pieces(text, run, "x")), draw(pieces(text, run, "y"))


def is_word(text: Template) -> bool:
    return text.literal is not None and not any(char.isdigit() for char in text.literal)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(equal_pairs())
def test_two_texts_that_are_equal_in_some_run_may_be_one(pair: tuple[Template, Template]) -> None:
    """But for words such as ``latest``, which move, and for numbers and ids that agree by chance."""
    one, other = pair
    assume(not is_word(one) and not is_word(other))
    assert one.compare(other) is Same.YES or may_be_one(one, other)
    assert one.compare(other) is Same.YES or may_be_one(other, one)


def test_two_readings_of_one_clock_are_two() -> None:
    """A clock is read twice: that two texts of it are one is another rule's to tell."""
    other = Hole.of(Kind.CLOCK, "date", "b/0")
    assert not may_be_one(Template.of("v", CLOCK), Template.of("v", other))
    assert may_be_one(Template.of("v", CLOCK), Template.of(Hole("said", frozenset({Kind.OUTPUT}))))


def test_a_text_of_thousands_of_parts_is_not_taken_apart() -> None:
    """It may be one, and is answered at once."""
    long = [part for n in range(300) for part in (Hole(f"a{n}", frozenset({Kind.OUTPUT})), "-")]
    other = [part for n in range(300) for part in (Hole(f"b{n}", frozenset({Kind.OUTPUT})), "-")]
    assert may_be_one(Template.of(*long), Template.of(*other))
