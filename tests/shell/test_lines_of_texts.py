"""``while read`` over a text that is one of a few."""

from __future__ import annotations

from wholeship.shell.interpret import interpret
from wholeship.texts.template import Template, Value

LOOP = 'while read -r t; do docker push $t; done <<< "$TAGS"'


def test_each_text_has_its_own_lines() -> None:
    """What stands in all of them is pushed for certain, the rest only perhaps."""
    tags = Value.of(Template.of("r/a:1\nr/a:latest"), Template.of("r/a:1"))
    found = interpret(LOOP, names={"TAGS": tags})
    pushed = {command.words[2].literal: command.index for command in found.commands}
    assert pushed.keys() == {"r/a:1", "r/a:latest"}
    assert found.conditional == {pushed["r/a:latest"]}


def test_of_too_many_texts_nothing_is_known() -> None:
    """They are one loop over a line that nobody knows."""
    tags = Value.of(*(Template.of(f"r/a:{n}\nr/b:{n}") for n in range(9)))
    found = interpret(LOOP, names={"TAGS": tags})
    assert [command.words[2].literal for command in found.commands] == [None]
