"""Tab completion as a person uses it: a shell on a pseudo-terminal, the script loaded, the key pressed."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("shtab")
_FILE = "wholeship completion zsh > _wholeship"
START = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "wholeship completion bash > c; source ./c; echo loa''ded\n",
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        "wholeship completion fish > c; source ./c; echo loa''ded\n",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "wholeship completion zsh > c; source ./c; echo loa''ded\n",
    ),
    "zsh, evaluated": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u; eval \"$(wholeship completion zsh)\"; echo loa''ded\n",
    ),
    "zsh, from the function path": (
        ["zsh", "-f", "-i"],
        f"{_FILE}; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u; echo loa''ded\n",
    ),
}
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TYPED = {
    "wholeship che": "check",
    "wholeship check --inv": "--inventory",
    "wholeship docs half": "half-release",
    "wholeship -C some": "somewhere/",
    "wholeship check --html some": "somewhere/",
}


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        words, first = START[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="xterm", PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
            os.environ.update(HOME=str(folder), PS1="$ ")
            os.execvp(words[0], words)
        self.heard("", 2.0)
        self.type(first)
        assert "loaded" in self.heard("loaded", 30.0)

    def type(self, text: str) -> None:
        """As a person would."""
        os.write(self.terminal, text.encode())

    def heard(self, wanted: str, seconds: float) -> str:
        """What it shows until *wanted* is there, or the time is up."""
        shown, end = "", time.monotonic() + seconds
        while time.monotonic() < end and not (wanted and wanted in shown):
            ready, _, _ = select.select([self.terminal], [], [], 0.1)
            if ready:
                shown = _COLOURS.sub("", shown + os.read(self.terminal, 65536).decode(errors="replace"))
        return shown

    def close(self) -> None:
        """It ends, whatever it is at."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


EXTENDED = [pytest.param(name, marks=pytest.mark.extended) for name in START if name != "bash"]


@pytest.fixture(params=["bash", *EXTENDED])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """Each shell that is here, in a folder with one folder in it."""
    program = START[request.param][0][0]
    if shutil.which(program) is None:
        pytest.skip(f"no {program}")
    if shutil.which("wholeship", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("the program is not installed beside this Python")
    (tmp_path / "somewhere").mkdir()
    running = Shell(request.param, tmp_path)
    yield running
    running.close()


def test_the_key_completes_what_is_typed(shell: Shell) -> None:
    """Commands, flags, names of pages, folders and files: as far as one thing fits, it is written out."""
    for typed, wanted in TYPED.items():
        shell.type(typed)
        shell.heard(typed[-4:], 3.0)
        shell.type("\t")
        rest = wanted[len(typed.rpartition(" ")[2]) :]
        assert rest in shell.heard(rest, 8.0), typed
        shell.type("\x15")
        shell.heard("", 0.4)
