"""Progress as it fits where it is read: live, as annotations, or as plain lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from wholeship.core.progress import Progress, Silent
from wholeship.output.actions import ActionsLog
from wholeship.output.terminal import Logs, Plain, is_terminal


@contextmanager
def showing(stream: TextIO | None = None, *, quiet: bool = False, logs: bool = False) -> Iterator[Progress]:
    """The right progress for *stream* (stderr): live, annotated in GitHub Actions, or plain.

    What builders and gates say themselves is shown as it comes with *logs*; in a CI, else, when they end.
    """
    stream = stream or sys.stderr
    if quiet:
        yield Silent()
    elif os.environ.get("GITHUB_ACTIONS") == "true":
        with ActionsLog(stream, logs=Logs.LIVE if logs else Logs.GROUPED) as annotated:
            yield annotated
    elif is_terminal(stream):
        from wholeship.output.live import Terminal  # rich

        with Terminal(stream, logs=logs) as live:
            yield live
    else:
        grouped = Logs.GROUPED if "CI" in os.environ else Logs.NONE
        with Plain(stream, logs=Logs.LIVE if logs else grouped) as plain:
            yield plain
