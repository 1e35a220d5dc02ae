"""Folders are listed by the same question that reads files, of the work tree and of a revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wholeship.adapters import plain_files
from wholeship.adapters.repository import WorkTreeFiles
from wholeship.adapters.revision import Revision


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a" / "inner").mkdir(parents=True)
    (tmp_path / "a" / "inner" / "x").write_text("x")
    (tmp_path / "a" / "file").write_text("y")
    return tmp_path


def test_a_folder_of_the_work_tree_is_listed(tree: Path) -> None:
    """Names, a line each; folders end in a slash. A file is no folder, and nothing outside is listed."""
    files = WorkTreeFiles(tree)
    assert files("a/") == b"file\ninner/"
    assert files("./") == b"a/"
    assert files("a/file/") is None
    assert files("b/") is None
    assert files("../") is None
    assert files("a") is None


def test_a_link_to_a_folder_is_no_folder(tree: Path) -> None:
    """What it leads to is not walked: a circle of links would have no end."""
    (tree / "a" / "link").symlink_to(tree, target_is_directory=True)
    assert WorkTreeFiles(tree)("a/") == b"file\ninner/\nlink"


def test_a_folder_with_too_many_names_is_not_listed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is better than a part of it."""
    monkeypatch.setattr(plain_files, "ENTRIES", 1)
    assert WorkTreeFiles(tree)("a/") is None


def test_a_folder_of_a_revision_is_listed(tree: Path) -> None:
    """The same answer as of the work tree, of what is committed."""
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=tree, check=True)
    (tree / "a" / "later").write_text("")
    files = Revision(tree, "HEAD")
    assert files("a/") == b"file\ninner/"
    assert files("./") == b"a/"
    assert files("b/") is None
