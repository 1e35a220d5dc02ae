"""The journal is old or new and never half, believed only when whole, and used by one process at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wholeship.adapters.journal import FileJournal, RealFiles, locked
from wholeship.core.errors import Damaged, Unfinished

ENTRIES = [{"kind": "event", "event": name} for name in ("one", "two", "three")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "releases" / "t" / "journal.jsonl"


def written(path: Path) -> FileJournal:
    journal = FileJournal(path)
    for entry in ENTRIES:
        journal.append(entry)
    return journal


class Told(RealFiles):
    """Tells what was done, in order; fails where told to."""

    def __init__(self, failing: str = "", error: int = errno.ENOSPC) -> None:
        self.done: list[str] = []
        self.failing, self.error = failing, error

    def _do(self, name: str) -> None:
        self.done.append(name)
        if name == self.failing:
            raise OSError(self.error, os.strerror(self.error))

    def write(self, path: Path, content: bytes) -> None:
        super().write(path, content)
        self._do("write")

    def replace(self, source: Path, target: Path) -> None:
        self._do("replace")
        super().replace(source, target)

    def sync_folder(self, path: Path) -> None:
        self._do("sync")
        super().sync_folder(path)


def test_what_was_written_is_read_again(path: Path) -> None:
    """By another object, in the same order; the file is private."""
    written(path)
    assert list(FileJournal(path).entries()) == ENTRIES
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_order_of_calls(path: Path) -> None:
    """Written and synced beside it, renamed over it, the folder synced: only then is it believed."""
    told = Told()
    FileJournal(path, told).append(ENTRIES[0])
    assert told.done == ["write", "replace", "sync"]


@pytest.mark.parametrize("failing", ["write", "replace", "sync"])
@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errno.ENOSPC, "is full; nothing is half: free some space"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "--state DIR"),
        (errno.EACCES, "--state DIR"),
        (errno.EIO, "repair the disk"),
    ],
)
def test_a_disk_that_fails(path: Path, failing: str, error: int, advice: str) -> None:
    """The disk is named, what to do is said, nothing is left lying about, and the journal is whole."""
    written(path)
    with pytest.raises(Unfinished) as caught:
        FileJournal(path, Told(failing, error)).append({"kind": "event"})
    assert str(path) in caught.value.message
    assert os.strerror(error) in caught.value.message
    assert advice in caught.value.advice
    assert [p.name for p in path.parent.iterdir()] == ["journal.jsonl"]
    assert list(FileJournal(path).entries())[:3] == ENTRIES


@pytest.mark.parametrize("removed", [True, False])
def test_a_journal_that_changes_under_it(path: Path, removed: bool) -> None:
    """Removed or changed by somebody else while in use: not written over."""
    journal = written(path)
    if removed:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(Damaged, match="changed or removed by someone else"):
        journal.append({"kind": "event"})


def test_an_edit_is_seen_wherever_it_is(path: Path) -> None:
    """Also in the last line, which no other line follows."""
    written(path)
    for word in (b"one", b"three"):
        damaged = path.with_name("damaged.jsonl")
        damaged.write_bytes(path.read_bytes().replace(word, word[::-1]))
        with pytest.raises(Damaged, match="cut, edited or damaged"):
            FileJournal(damaged).entries()


def test_a_second_process_is_kept_out(path: Path) -> None:
    """While a process holds the lock another is told, and when it is killed the lock is free."""
    code = (
        "import sys, time; from pathlib import Path; from wholeship.adapters.journal import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('locked', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    try:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(Unfinished, match="another wholeship is working on this release"), locked(path):
            pass
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    with locked(path):
        pass


def test_a_lock_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A file where the folder should be: said, with where else to keep it."""
    (tmp_path / "releases").write_text("")
    with pytest.raises(Unfinished, match="cannot keep a journal"), locked(tmp_path / "releases" / "t" / "j"):
        pass
