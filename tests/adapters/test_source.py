"""What a build would be made from: the commit, and one digest over all that is not committed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wholeship.adapters.source import read_status, source_of
from wholeship.core.errors import Unfinished

QUIET: dict[str, str] = {}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "pages.py").write_text("C1\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "kept").touch()
    (tmp_path / ".gitignore").write_text("ignored\n")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "one"]):
        git(tmp_path, *words)
    return tmp_path


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_clean_tree_is_its_commit(tree: Path) -> None:
    """The commit and no changes; what git ignores is no change, and a folder inside says the same."""
    (tree / "ignored").write_text("x")
    source = source_of(tree, QUIET)
    assert (source.commit, source.changes, source.files) == (git(tree, "rev-parse", "HEAD"), "", ())
    assert source_of(tree / "app", QUIET) == source


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("x")


CHANGES: dict[str, Callable[[Path], object]] = {
    "other text": lambda t: (t / "app/pages.py").write_text("C2\n"),
    "still other text": lambda t: (t / "app/pages.py").write_text("C3\n"),
    "removed": lambda t: (t / "app/pages.py").unlink(),
    "can be run": lambda t: (t / "app/pages.py").chmod(0o755),
    "a link": lambda t: linked(t / "app/pages.py"),
    "moved": lambda t: git(t, "mv", "app/pages.py", "app/other.py"),
    "new": lambda t: (t / "new file").write_text("1"),
    "new, other text": lambda t: (t / "new file").write_text("2"),
    "new, in a folder": lambda t: (t / "docs" / "file").write_text("1"),
    "staged": lambda t: ((t / "a").write_text("1"), git(t, "add", "a")),
}


def test_every_change_has_a_digest_of_its_own(tree: Path) -> None:
    """Text, mode, kind, name: each counts, and the same change gives the same digest again."""
    seen = {}
    for name, change in CHANGES.items():
        change(tree)
        source = source_of(tree, QUIET)
        assert source.files, name
        assert source == source_of(tree, QUIET)
        seen[name] = source.changes
        git(tree, "reset", "-q", "--hard")
        git(tree, "clean", "-qfd")
        assert source_of(tree, QUIET).changes == ""
    assert len(set(seen.values())) == len(CHANGES)


def test_a_tree_without_a_commit_is_told_by_its_files(tmp_path: Path) -> None:
    """Before the first commit there is a digest all the same."""
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("1")
    source = source_of(tmp_path, QUIET)
    assert source.commit == ""
    assert source.changes


def test_without_git_the_ci_is_believed(tmp_path: Path) -> None:
    """A folder that is no work tree is what the CI says it checked out; elsewhere nobody knows."""
    assert not source_of(tmp_path, QUIET).known
    assert source_of(tmp_path, {"GITHUB_ACTIONS": "true", "GITHUB_SHA": "a" * 40}).commit == "a" * 40
    assert not source_of(tmp_path, {"GITHUB_SHA": "a" * 40}).known


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_said(tree: Path) -> None:
    """No digest over less than all of it."""
    (tree / "new").write_text("1")
    (tree / "new").chmod(0)
    with pytest.raises(Unfinished, match="Permission denied"):
        source_of(tree, QUIET)


def test_names_of_all_kinds_are_read() -> None:
    """Spaces, renames (which name two files), conflicts."""
    said = (
        "# branch.oid " + "a" * 40 + "\0# branch.head main\0"
        "1 .M N... 100644 100644 100644 aa bb a file\0"
        "2 R. N... 100644 100644 100644 aa bb R100 new name\0old name\0"
        "u UU N... 100644 100644 100644 100644 aa bb cc both\0"
        "? not known\0"
    )
    assert read_status(said) == ("a" * 40, ("a file", "both", "new name", "not known", "old name"))
