"""Progress as it fits where it is read: live, as annotations, or as plain lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from wholeship.core.progress import Progress, Silent
from wholeship.output.actions import ActionsLog
from wholeship.output.terminal import Plain, Terminal, is_terminal


@contextmanager
def showing(stream: TextIO | None = None, *, quiet: bool = False) -> Iterator[Progress]:
    """The right progress for *stream* (stderr): live, annotated in GitHub Actions, or plain."""
    stream = stream or sys.stderr
    if quiet:
        yield Silent()
    elif os.environ.get("GITHUB_ACTIONS") == "true":
        yield ActionsLog(stream)
    elif is_terminal(stream):
        with Terminal(stream) as live:
            yield live
    else:
        yield Plain(stream)
