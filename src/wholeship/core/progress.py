"""Stages tell an object what they are doing; only the terminal knows colours.

The default does nothing, so that a library user passes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol

from wholeship.core.errors import Stopped, WholeshipError
from wholeship.core.values import dataclass


class Outcome(StrEnum):
    """How a task ended."""

    DONE = "done"
    REUSED = "reused"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPED = "stopped"  # given up because something else failed


@dataclass(frozen=True, slots=True)
class Task:
    """A line on the screen: ``stage`` is the verb (build, push, gate, promote…), ``name`` its object; empty:
    the release as a whole."""

    stage: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.stage} {self.name}".rstrip()


class Progress(Protocol):
    """Called from several threads; implementations lock."""

    def expected(self, tasks: Sequence[Task]) -> None:
        """What is to come, in order. What is skipped is over once a task of a later stage begins."""

    def started(self, task: Task, note: str = "") -> None:
        """*task* runs now."""

    def advanced(self, task: Task, note: str) -> None:
        """*task* got further; *note* replaces the last one."""

    def printed(self, task: Task, line: str) -> None:
        """The program that does *task* said *line*."""

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """*task* ended."""

    def said(self, text: str) -> None:
        """A remark about the whole."""

    def warned(self, text: str) -> None:
        """A remark the reader must not miss."""


class Silent:
    """Progress for nobody."""

    def expected(self, tasks: Sequence[Task]) -> None:
        """Nothing."""

    def started(self, task: Task, note: str = "") -> None:
        """Nothing."""

    def advanced(self, task: Task, note: str) -> None:
        """Nothing."""

    def printed(self, task: Task, line: str) -> None:
        """Nothing."""

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """Nothing."""

    def said(self, text: str) -> None:
        """Nothing."""

    def warned(self, text: str) -> None:
        """Nothing."""


@dataclass(slots=True)
class TaskEnd:
    """How a task ends that raises nothing."""

    outcome: Outcome = Outcome.DONE
    note: str = ""


@contextmanager
def shown_task(progress: Progress, task: Task, note: str = "") -> Iterator[TaskEnd]:
    """*task* on *progress* for as long as the block runs: at its end as the block says, failed or stopped
    when it raises."""
    progress.started(task, note)
    end = TaskEnd()
    try:
        yield end
    except Stopped:
        progress.finished(task, Outcome.STOPPED)
        raise
    except WholeshipError as error:
        progress.finished(task, Outcome.FAILED, error.message)
        raise
    progress.finished(task, end.outcome, end.note)
