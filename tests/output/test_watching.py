"""Looking again and again."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from wholeship.core.errors import RegistryUnreachable
from wholeship.output.watching import Sight, screen, watch
from wholeship.testing.clock import FakeClock


def test_it_ends_when_it_is_settled() -> None:
    """The code is that of the last look, and looks are as far apart as asked for."""
    clock, sights = FakeClock(), iter([Sight("a", 6), Sight("b", 6), Sight("c", 0, settled=True)])
    shown: list[str] = []
    began = clock.monotonic()
    assert watch(lambda: next(sights), shown.append, clock, 30) == 0
    assert shown == ["a", "b", "c"]
    assert clock.monotonic() - began == 60


def test_a_look_that_fails_is_shown_and_repeated() -> None:
    """A registry that is away for a moment does not end the watch."""

    def looks() -> Iterator[Sight | RegistryUnreachable]:
        yield RegistryUnreachable("no route")
        yield Sight("back", 0, settled=True)

    each, shown = looks(), list[str]()

    def look() -> Sight:
        found = next(each)
        if isinstance(found, Exception):
            raise found
        return found

    assert watch(look, shown.append, FakeClock(), 5) == 0
    assert shown == ["could not look: no route\n", "back"]


def test_ctrl_c_ends_it_with_what_was_seen() -> None:
    """To end a watch by hand is no failure; half is still half."""

    def look() -> Sight:
        if shown:
            raise KeyboardInterrupt
        return Sight("half", 6)

    shown: list[str] = []
    assert watch(look, shown.append, FakeClock(), 5) == 6


def test_a_log_has_each_line_once() -> None:
    """Without a terminal only what is new is written, each line with the time."""
    stream = io.StringIO()
    with screen(FakeClock(), stream, live=False) as show:
        for text in ("one\ntwo\n", "one\ntwo\n", "one\nthree\n"):
            show(text)
    assert [re.sub(r"^\S+Z ", "", line) for line in stream.getvalue().splitlines()] == ["one", "two", "three"]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line) for line in stream.getvalue().splitlines())


def test_documents_are_written_as_they_are() -> None:
    """For machines: each look that is another one, untouched."""
    stream = io.StringIO()
    with screen(FakeClock(), stream, live=False, raw=True) as show:
        for text in ('{"a":1}\n', '{"a":1}\n', '{"a":2}\n'):
            show(text)
    assert stream.getvalue() == '{"a":1}\n{"a":2}\n'


LIVE = """
import sys
from wholeship.output.watching import screen
from wholeship.testing.clock import FakeClock
with screen(FakeClock(), sys.stdout, live=True) as show:
    for look in range(3):
        show("".join(f"look {look} line {n}\\n" for n in range(200)))
"""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo terminals here")
def test_on_a_terminal_it_is_drawn_in_place() -> None:
    """A look longer than the screen is cut to it, so that the next one can take its place."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "LINES": "24", "COLUMNS": "80"}
    child = subprocess.Popen([sys.executable, "-c", LIVE], stdout=theirs, env=environment)
    os.close(theirs)
    output = b""
    try:
        while piece := os.read(ours, 65536):
            output += piece
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(ours)
    assert child.wait(20) == 0
    text = output.decode()
    assert text.count("look 0 line") < 24
    assert "\x1b[1A" in text  # up again, over what was drawn before
    assert "look 2 line 0" in text
