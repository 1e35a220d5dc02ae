"""What was made of one world is given for another only where the same would be made of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from wholeship.texts.template import Value
from wholeship.tools.noted import Kept, noted_world
from wholeship.tools.world import World

NAMES = ("A", "B", "C")
PATHS = ("a", "b", "x/a")
QUESTIONS = st.lists(
    st.tuples(
        st.sampled_from(("name", "there", "read", "file", "by", "left", "site", "every")), st.integers(0, 2)
    ),
    max_size=5,
)
WORLDS = st.builds(
    lambda names, files, owners, left, site, directory: World(
        read=files.get,
        names={name: Value.literal_of(text) for name, text in names.items()},
        directory=directory,
        site=site,
        by=owners.get,
        left={path: Value.literal_of(text) for path, text in left.items()}.get,
    ),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(("", "1", "2")), max_size=3),
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from(("", "1", "2")), max_size=3),
    st.dictionaries(st.sampled_from(PATHS), st.just("a step before"), max_size=1),
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from(("", "1")), max_size=1),
    st.sampled_from(("job/1", "job/2")),
    st.sampled_from(("", "x")),
)


def _made(world: World, questions: list[tuple[str, int]]) -> list[object]:
    """What a reader sees that asks the next question, or leaves it, by the answers so far."""
    seen: list[object] = []
    for kind, at in questions:
        chosen = (at + sum(each is not None for each in seen)) % 3
        name, path = NAMES[chosen], PATHS[chosen]
        seen.append(_asked(world, kind, name, path))
    return seen


def _asked(world: World, kind: str, name: str, path: str) -> object:
    match kind:
        case "name":
            return world.names.get(name)
        case "there":
            return name in world.names or None
        case "read":
            return world.read(path)
        case "file":
            return world.file(path)
        case "by":
            return world.by(path)
        case "left":
            return world.written(path)
        case "site":
            return f"{world.site}"
        case _:
            return sorted(world.names)


@given(st.lists(WORLDS, min_size=1, max_size=6), QUESTIONS)
def test_what_is_kept_is_what_would_be_made(worlds: list[World], questions: list[tuple[str, int]]) -> None:
    """Whatever worlds came before, each gets the answer that it would get alone."""
    kept: Kept[list[object]] = Kept(keys=2, each=2)
    for world in [*worlds, *worlds]:
        assert kept.of("key", world, lambda seen: _made(seen, questions)) == _made(world, questions)


@given(WORLDS, QUESTIONS)
def test_the_same_world_is_asked_the_same(world: World, questions: list[tuple[str, int]]) -> None:
    """Whoever notes what is asked of a world hears of it as well where an answer was kept."""
    kept: Kept[list[object]] = Kept(keys=2, each=2)
    heard: list[Mapping[str, object]] = []
    for _ in range(2):
        around, asked = noted_world(world)
        kept.of("key", around, lambda seen: _made(seen, questions))
        heard.append(
            {
                "names": asked.names,
                "texts": asked.texts,
                "by": asked.owners,
                "left": asked.left,
                "site": asked.site,
            }
        )
    assert {**heard[0], "site": None} == {**heard[1], "site": None}


def test_all_that_is_no_answer_is_in_the_key() -> None:
    """Another folder, another standard input and another key are another question."""
    kept: Kept[object] = Kept(keys=8, each=8)
    world = World(directory="a")
    assert kept.of(1, world, lambda _seen: "one") == "one"
    assert kept.of(1, world, lambda _seen: "two") == "one"
    assert kept.of(2, world, lambda _seen: "two") == "two"
    assert kept.of(1, replace(world, directory="b"), lambda _seen: "three") == "three"
    assert kept.of(1, replace(world, stdin=Value.literal_of("x")), lambda _seen: "four") == "four"


def test_no_question_is_forgotten() -> None:
    """All that a world can be asked is noted, or stands in the key: a new field has to be thought of here."""
    noted = {"read", "names", "by", "left", "site"}
    in_the_key = {"directory", "stdin", "reference"}
    assert {each.name for each in fields(World)} == noted | in_the_key
