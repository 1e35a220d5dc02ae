"""A command line that can be several texts: what all of them do is certain, what some do is not."""

from __future__ import annotations

from wholeship.pipeline.effects import Write, read_reference
from wholeship.pipeline.merge import merged_effects
from wholeship.pipeline.publish import Way
from wholeship.texts.template import Template


def _push(*names: str) -> tuple[Write, ...]:
    return (Write(Way.PUSH, tuple(read_reference(Template.of(name)) for name in names)),)


def test_of_two_names_neither_is_certain() -> None:
    """Which of both is pushed is only known in the run."""
    [write] = merged_effects([_push("r/a:1"), _push("r/a:2")])
    assert isinstance(write, Write)
    assert [(str(each), each.certain) for each in write.references] == [("r/a:1", False), ("r/a:2", False)]


def test_what_all_readings_push_is_certain() -> None:
    """The name that stands in each of them."""
    [write] = merged_effects([_push("r/a:1", "r/a:2"), _push("r/a:1")])
    assert isinstance(write, Write)
    assert [(str(each), each.certain) for each in write.references] == [("r/a:1", True), ("r/a:2", False)]
