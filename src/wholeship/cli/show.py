"""Answers → standard output, in the format that was asked for (``output/formats.py`` has the table)."""

from __future__ import annotations

import sys

from wholeship.output.actions import write_summary
from wholeship.output.formats import View, printed_answer
from wholeship.output.terminal import ink_for


def show_answer(name: str, form: str, answer: object, code: int = 0, *, in_summary: bool = False) -> None:
    """Print *answer* (*name* as in the table), which leads to the exit code *code*.

    With *in_summary* also into the step summary, where GitHub Actions has one.
    """
    if in_summary:
        write_summary(printed_answer(name, "markdown", answer))
    sys.stdout.write(shown_answer(name, form, answer, code))


def shown_answer(name: str, form: str, answer: object, code: int = 0, *, indent: int = 2) -> str:
    """What :func:`show_answer` prints."""
    return printed_answer(name, form, answer, View(code, ink_for(sys.stdout), indent))
