"""A command on a real pseudo-terminal, and what a reader sees there."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MOVE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


@dataclass
class Sheet:
    """The lines of a terminal without a last line: enough of one for what rich sends."""

    lines: list[str] = field(default_factory=lambda: [""])
    row: int = 0
    column: int = 0

    def feed(self, text: str) -> None:
        """Do what *text* says."""
        while text:
            found = _MOVE.match(text)
            if found is not None:
                self._move(found[1], found[2])
            elif text[0] == "\n":
                self.row += 1
            elif text[0] == "\r":
                self.column = 0
            else:
                self._put(text[0])
            text = text[found.end() if found is not None else 1 :]

    def _move(self, number: str, what: str) -> None:
        if what == "A":
            self.row = max(0, self.row - int(number or 1))
        elif what == "K":
            self._line(" " * 0)

    def _line(self, text: str) -> None:
        while len(self.lines) <= self.row:
            self.lines.append("")
        self.lines[self.row] = text

    def _put(self, letter: str) -> None:
        while len(self.lines) <= self.row:
            self.lines.append("")
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1


@dataclass(frozen=True)
class Shown:
    """How it ended, what stood there at last, and every screen on the way, as lines."""

    code: int
    lines: list[str]
    screens: list[list[str]]


def run_on_terminal(
    argv: Sequence[str], environment: Mapping[str, str], width: int, *, seconds: float = 120
) -> Shown:
    """*argv* on a terminal of *width* columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = subprocess.Popen(list(argv), stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment))
    os.close(theirs)
    sheet, screens, deadline, rest = Sheet(), [], time.monotonic() + seconds, b""
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # the other end is closed: it is over
                break
            if not chunk:
                break
            text, rest = _whole_letters(rest + chunk)
            sheet.feed(text)
            screens.append([line.rstrip() for line in sheet.lines])
        return Shown(process.wait(10), [line.rstrip() for line in sheet.lines], screens)
    finally:
        process.kill()
        os.close(ours)


def _whole_letters(data: bytes) -> tuple[str, bytes]:
    """*data* as text, and the beginning of a letter or of a command at its end."""
    cut = data.rfind(b"\x1b") if re.search(rb"\x1b(\[[0-9;?]*)?$", data) else len(data)
    for end in range(cut, max(cut - 4, -1), -1):
        try:
            return data[:end].decode(), data[end:]
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace"), b""
