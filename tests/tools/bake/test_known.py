"""A definition that was worked out is given again only where it would be worked out to the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.bake.inputs import Input, make_input
from tests.tools.bake.oracle import read_input
from wholeship.pipeline.effects import Effect
from wholeship.texts.template import Template, Value
from wholeship.tools.bake import Command, effects
from wholeship.tools.bake import read as reader
from wholeship.tools.bake.choices import Choices
from wholeship.tools.world import World


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    """Each test begins with nothing worked out."""
    reader.DEFINITIONS.clear()
    yield
    reader.DEFINITIONS.clear()


def _variants(drawn: Input) -> list[tuple[Input, frozenset[str]]]:
    """The same call under other variables, without one of its files, and with another text in it."""
    names = [*drawn.env, "TAG", "NAME"]
    found = [(drawn, frozenset[str]()), (drawn, frozenset(drawn.env))]
    for name in names:
        found.append((Input(drawn.files, drawn.args, {**drawn.env, name: "other"}), frozenset()))
        unset = {each: value for each, value in drawn.env.items() if each != name}
        found.append((Input(drawn.files, drawn.args, unset), frozenset()))
    for path, text in drawn.files.items():
        others = {each: content for each, content in drawn.files.items() if each != path}
        found.append((Input(others, drawn.args, drawn.env), frozenset()))
        changed = text.replace("1", "2").replace("latest", "edge")
        found.append((Input({**others, path: changed}, drawn.args, drawn.env), frozenset()))
    return found


@given(st.integers(0, 3000), st.randoms(use_true_random=False))
def test_what_is_known_changes_no_answer(seed: int, order: object) -> None:
    """Whatever was read before, and in whatever order, each call is answered as if it were the first."""
    variants = _variants(make_input(seed))
    alone = []
    for each, holes in variants:
        reader.DEFINITIONS.clear()
        alone.append(read_input(each, holes))
    reader.DEFINITIONS.clear()
    numbers = [*range(len(variants)), *range(len(variants))]
    order.shuffle(numbers)  # type: ignore[attr-defined]
    for at in numbers:
        each, holes = variants[at]
        assert read_input(each, holes) == alone[at]


TEXT = 'target "default" { tags = ["r/a:${TAG}"] }\nvariable "TAG" { default = "none" }\n'


def _run(text: str = TEXT, site: str = "", owner: str | None = None, **names: str) -> tuple[Effect, ...]:
    values = {name: Value.literal_of(each) for name, each in names.items()}
    files = {"docker-bake.hcl": text}
    return effects(Command(push=True), World(read=files.get, names=values, site=site, by=lambda _path: owner))


def test_a_variable_that_was_not_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a variable is not set is an answer like any other; one that nobody asks for is none."""
    made: list[object] = []
    fresh = reader._definition

    def counted(command: Command, world: World, choices: Choices) -> object:
        made.append(1)
        return fresh(command, world, choices)

    monkeypatch.setattr(reader, "_definition", counted)
    unset, again = _run(), _run(OTHER="x")
    assert unset == again
    assert len(made) == 1
    assert _run(TAG="1") != unset
    assert len(made) == 2


def test_a_file_that_another_has_put_there_is_not_the_repositorys() -> None:
    """What was read of the repository's file does not stand for a file that is another's by now."""
    assert _run() != _run(owner="a step before")


def test_a_clock_is_read_anew_in_another_step() -> None:
    """Two steps that each read the clock never share what it says; one step does."""
    text = 'target "default" { tags = ["r/a:${timestamp()}"] }\n'
    one, other = _run(text, "job/1"), _run(text, "job/2")
    assert one != other
    assert one == _run(text, "job/1")


def test_what_is_spent_is_spent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition that is known costs a command as much as one that is not: its limit is the same."""
    left: list[int] = []
    fresh = reader._known_definition

    def known(command: Command, world: World, choices: Choices) -> object:
        found = fresh(command, world, choices)
        left.append(choices.budget.left)
        return found

    monkeypatch.setattr(reader, "_known_definition", known)
    _run(TAG="1"), _run(TAG="1")
    assert left[0] == left[1]


def test_a_question_is_open_alike_for_each_command() -> None:
    """Which ways there are does not hang on what was read before."""
    value = Value((Template.of("one"), Template.of("two")))
    world = World(read={"docker-bake.hcl": TEXT}.get, names={"TAG": value})
    first = reader.read_targets(Command(push=True), world)
    assert first == reader.read_targets(Command(push=True), world)
    assert len(first) == 2
