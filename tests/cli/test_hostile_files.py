"""Whatever a stranger's repository holds, a command ends soon, in little memory, and never as a bug."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.hostile_files import HOSTILE, special
from wholeship.cli.main import main

SECONDS = 5.0
"""Of processor time, where two are promised: a busy machine takes more for the same work. What starts Python
and what was loaded before is not counted."""
MEGABYTES = 120
ENDS = (0, 1, 2, 3)


def spent(folder: Path, *arguments: str) -> tuple[int, float, float, str]:
    """Exit code, processor seconds, megabytes on top of ours, and what was told; in a process of its own."""
    log, grown = folder / "told.log", folder / "grown"
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 99
        try:
            os.chdir(folder)
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
            resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
            before = kilobytes("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
            code = main(list(arguments))
            sys.stdout.flush()
            grown.write_text(str(kilobytes("VmHWM") - before))
        finally:
            os._exit(code)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    more = int(grown.read_text()) / 1024 if grown.exists() else 0.0
    return code, usage.ru_utime + usage.ru_stime, more, log.read_text(errors="replace")[-600:]


def kilobytes(what: str) -> int:
    """A line of what the system says of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """*files* below *folder*."""
    (folder / ".git").mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def judged(folder: Path, *arguments: str) -> None:
    """The command ended as it should."""
    code, seconds, grown, told = spent(folder, *arguments)
    assert code in ENDS, (code, seconds, told)
    assert '"whole": true' not in (folder / "told.log").read_text(errors="replace")
    assert seconds <= SECONDS, (seconds, told)
    assert grown <= MEGABYTES, (grown, told)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_repository_is_read_in_bounds(name: str, tmp_path: Path) -> None:
    """Whatever stands in it, `check` ends soon and in little memory, with an answer or with what it could
    not read."""
    judged(written(tmp_path, HOSTILE[name]()), "check", "--format", "json")


@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "loop"])
@pytest.mark.parametrize("name", [name for name, _ in special()])
def test_what_is_no_file_is_not_read(name: str, kind: str, tmp_path: Path) -> None:
    """A pipe, a device, a folder or a link that leads to itself in the place of a file holds nobody up."""
    folder = written(tmp_path, dict(special())[name])
    place = folder / name
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "zero":
        place.symlink_to("/dev/zero")
    elif kind == "loop":
        place.symlink_to(name)
    else:
        place.mkdir()
    judged(folder, "check", "--format", "json")


@pytest.mark.parametrize("name", ["a chain of jobs", "many jobs side by side", "many steps", "many images"])
def test_what_is_too_large_is_not_known(name: str, tmp_path: Path) -> None:
    """A workflow past a limit ends in "unknown" with its place and exit code 3, never in an empty answer."""
    folder = written(tmp_path, HOSTILE[name]())
    code, _, _, _ = spent(folder, "check", "--format", "json")
    (workflow,) = json.loads((folder / "told.log").read_text())["workflows"]
    assert (code, workflow["whole"]) == (3, None)
    assert [each for each in workflow["unknown"] if "more than" in each["reason"] and each["place"]["line"]]
