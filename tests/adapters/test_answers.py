"""Kept answers: whole or none, bounded, and only where nobody else can write."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from wholeship.adapters import answers
from wholeship.adapters.answers import AnswerFolder, answer_folder, program_state

KEY, OTHER = "a" * 64, "b" * 64


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    """Byte by byte, under its key and no other; the folder is the user's alone."""
    folder = AnswerFolder(tmp_path / "answers")
    assert folder.recall(KEY) is None
    folder.keep(KEY, b"one\0")
    assert folder.recall(KEY) == b"one\0"
    assert folder.recall(OTHER) is None
    assert (tmp_path / "answers").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("cut", [0, 5, 40])
def test_a_damaged_entry_is_none_and_goes(tmp_path: Path, cut: int) -> None:
    """Cut anywhere, or changed by a bit: nothing is given, and the entry is taken away."""
    folder = AnswerFolder(tmp_path)
    for flipped in (True, False):
        folder.keep(KEY, b"x" * 50)
        path = tmp_path / KEY
        held = path.read_bytes()
        path.write_bytes(held[:cut] + (bytes([held[cut] ^ 1]) + held[cut + 1 :] if flipped else b""))
        assert folder.recall(KEY) is None
        assert not path.exists()


def test_the_oldest_make_room(tmp_path: Path) -> None:
    """No more entries and bytes than are allowed; what was asked for last stays."""
    folder = AnswerFolder(tmp_path, entries=3, size=10_000)
    keys = [f"{number}" * 64 for number in range(5)]
    for number, key in enumerate(keys[:3]):
        folder.keep(key, b"x")
        os.utime(tmp_path / key, (number, number))
    assert folder.recall(keys[0]) == b"x"
    folder.keep(keys[3], b"x")
    assert [folder.recall(key) is not None for key in keys] == [True, False, True, True, False]
    folder.keep(keys[4], b"x" * 9_990)
    assert sum(each.stat().st_size for each in tmp_path.iterdir()) <= 10_000


def test_what_others_can_write_is_not_trusted(tmp_path: Path) -> None:
    """A folder that a group or everybody can write, and one that is a link, hold nothing for us."""
    folder = AnswerFolder(tmp_path / "answers")
    folder.keep(KEY, b"x")
    (tmp_path / "answers").chmod(0o770)
    assert folder.recall(KEY) is None
    (tmp_path / "answers").chmod(0o700)
    (tmp_path / "link").symlink_to(tmp_path / "answers")
    assert AnswerFolder(tmp_path / "link").recall(KEY) is None
    assert folder.recall(KEY) == b"x"


def test_a_link_is_no_entry(tmp_path: Path) -> None:
    """What an entry's name leads to is not read."""
    content = b"x"
    (tmp_path / "elsewhere").write_bytes(hashlib.sha256(content).digest() + content)
    (tmp_path / KEY).symlink_to(tmp_path / "elsewhere")
    tmp_path.chmod(0o700)
    assert AnswerFolder(tmp_path).recall(KEY) is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    """A file where the folder should be is no error."""
    (tmp_path / "answers").write_text("")
    folder = AnswerFolder(tmp_path / "answers")
    folder.keep(KEY, b"x")
    assert folder.recall(KEY) is None


def test_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``$XDG_CACHE_HOME`` where it is absolute, else ``~/.cache``."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answer_folder().keep(KEY, b"x")
    assert (tmp_path / "wholeship" / "answers" / KEY).is_file()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    answer_folder().keep(OTHER, b"x")
    assert Path.home().joinpath(".cache", "wholeship", "answers", OTHER).is_file()


def test_another_program_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A source file that is longer, newer or new makes another program."""
    package = tmp_path / "wholeship"
    (package / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/rule.py"):
        (package / name).write_text("x = 1\n")
    monkeypatch.setattr(answers, "PACKAGE", package)
    seen = set()
    for change in (
        lambda: None,
        lambda: (package / "inner" / "rule.py").write_text("x = 10\n"),
        lambda: os.utime(package / "inner" / "rule.py", (1, 1)),
        lambda: (package / "other.py").write_text(""),
        lambda: monkeypatch.setattr(answers, "VERSION", "9"),
    ):
        change()
        program_state.cache_clear()
        seen.add(program_state())
    program_state.cache_clear()
    assert len(seen) == 5
