"""GitHub Actions' own ways to show things: annotations, groups, the step summary.

Formats: GitHub docs, "Workflow commands for GitHub Actions". Text from strangers is printed with
its own log commands made harmless; GitHub shows ten annotations per step and type, so a table
in the summary has to carry the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from wholeship.core.place import Place
from wholeship.core.progress import Outcome, Task
from wholeship.core.text import Redactor, printable, safe_in_actions_log
from wholeship.output.terminal import Logs, Plain

SUMMARY_LIMIT = 1024 * 1024
"""Bytes GitHub takes for one step's summary; more is refused whole."""


def log_command(name: str, message: str, **properties: str | int) -> str:
    """A log command such as ``::error file=a.yml,line=3::message``, its values escaped."""
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name}{' ' if given else ''}{given}::{_message(message)}"


def annotation(level: str, message: str, *, place: Place | None = None, title: str = "") -> str:
    """An annotation (*level* is ``error``, ``warning`` or ``notice``) at *place*."""
    properties: dict[str, str | int] = {}
    if place is not None:
        properties |= {"file": place.file, "line": place.line, "col": place.column}
        if place.end_line:
            properties["endLine"] = place.end_line
    return log_command(level, message, **properties, title=title)


def write_summary(markdown: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Append *markdown* to the step summary; False where there is none to write to."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return False
    body = markdown.encode()[: SUMMARY_LIMIT - 1].decode(errors="ignore")
    with suppress(OSError), Path(path).open("a", encoding="utf-8") as file:
        file.write(body + "\n")
        return True
    return False


def write_outputs(values: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
    """Hand *values* to later steps and jobs; nothing where there are none to hand them to."""
    path = environment.get("GITHUB_OUTPUT")
    if not path or not values:
        return
    # A random end mark: no value can close its own block and write another output.
    mark = f"end-{os.urandom(16).hex()}"
    text = "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in values.items())
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)


def handed_on(code: int) -> int:
    """*code*, which later steps and jobs of GitHub Actions are told as the step output ``exit-code``."""
    with suppress(OSError):
        write_outputs({"exit-code": str(int(code))})
    return code


def group(title: str, lines: Iterable[str], *, redact: Callable[[str], str] | None = None) -> str:
    """*lines* folded away under *title*."""
    clean = (redact or Redactor())(printable("\n".join(lines), newlines=True))
    body = safe_in_actions_log(clean).splitlines()
    return "\n".join([f"::group::{_message(' '.join(title.split()))}", *body, "::endgroup::"])


class ActionsLog(Plain):
    """Plain progress, with failures and warnings as annotations, and logs in groups: a runner's disk is gone
    with the job."""

    def __init__(self, stream: TextIO | None = None, *, logs: Logs = Logs.GROUPED) -> None:
        super().__init__(stream or sys.stderr, logs=logs)

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """The plain line; a failure is annotated too."""
        super().finished(task, outcome, note)
        if outcome is Outcome.FAILED:
            self._raw(annotation("error", note or "failed", title=str(task)))

    def warned(self, text: str) -> None:
        """As a warning annotation."""
        self._raw(annotation("warning", text))

    def _write_group(self, title: str, lines: Sequence[str]) -> None:
        self._raw(group(title, lines))

    def _write(self, text: str) -> None:
        self._raw(safe_in_actions_log(printable(text)))

    def _raw(self, line: str) -> None:
        with suppress(OSError):  # a log that nobody takes any more stops no release
            print(self._redact(line), file=self._stream, flush=True)


def _message(text: str) -> str:
    return printable(text, newlines=True).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
