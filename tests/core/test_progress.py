"""A task that is shown ends once, as what became of it."""

from __future__ import annotations

import pytest

from wholeship.core.errors import Stopped, Unfinished
from wholeship.core.progress import Outcome, Silent, Task, shown_task

TASK = Task("gate", "boots")


class Told(Silent):
    """What was told of tasks."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def started(self, task: Task, note: str = "") -> None:
        self.heard.append(("started", note))

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        self.heard.append((outcome, note))


def test_the_block_says_how_it_ends() -> None:
    """Done, unless the block says otherwise."""
    told = Told()
    with shown_task(told, TASK):
        pass
    with shown_task(told, TASK, "app") as end:
        end.outcome, end.note = Outcome.FAILED, "exit code 1"
    assert told.heard == [("started", ""), ("done", ""), ("started", "app"), ("failed", "exit code 1")]


@pytest.mark.parametrize(
    ("error", "end"),
    [(Stopped("not begun"), ("stopped", "")), (Unfinished("no answer"), ("failed", "no answer"))],
)
def test_what_is_raised_ends_it_too(error: Unfinished, end: tuple[str, str]) -> None:
    """Failed with the error's words; stopped where another failed; and the error goes on."""
    told = Told()
    with pytest.raises(type(error)), shown_task(told, TASK):
        raise error
    assert told.heard == [("started", ""), end]
