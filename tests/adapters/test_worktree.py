"""The files of a commit: as a work tree, and bare, whatever the commit tries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.review.repositories import Repo
from wholeship.adapters.worktree import export, matches_name, worktree
from wholeship.core.errors import Unfinished


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """One commit with a script and a folder."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.py": "one\n", "docs/b.md": "words\r\n", ".gitignore": "ignored\n"})
    return repo


def test_a_work_tree_comes_and_goes(repo: Repo) -> None:
    """The tree is clean at the commit, and leaves nothing behind, even when a suite dirtied it."""
    head = repo.git("rev-parse", "HEAD")
    with worktree(repo.path, head) as tree:
        assert (tree / "a.py").read_text() == "one\n"
        assert (tree / ".git").is_file()
        (tree / "a.py").write_text("dirty")
        (tree / "left").mkdir()
        kept = tree
    assert not kept.exists()
    assert len(repo.git("worktree", "list").splitlines()) == 1
    assert repo.git("status", "--porcelain") == ""


def test_an_export_is_the_bytes_of_the_commit(repo: Repo) -> None:
    """No attribute hides, filters or converts a file; there is no repository around them."""
    repo.plant({".gitattributes": ("100644", b"a.py export-ignore\ndocs/* eol=lf text\n*.py filter=x\n")})
    repo.git("config", "filter.x.smudge", "false")
    with export(repo.path, "HEAD") as files:
        assert (files / "a.py").read_text() == "one\n"
        assert (files / "docs/b.md").read_bytes() == b"words\r\n"
        assert not (files / ".git").exists()


def test_links_are_text_and_submodules_are_left_out(repo: Repo) -> None:
    """A symbolic link is written as a file with its target; executable files stay executable."""
    repo.plant(
        {
            "link": ("120000", b"/etc/passwd"),
            "sub": ("160000", b"1" * 40),
            "run.sh": ("100755", b"#!/bin/sh\n"),
        }
    )
    with export(repo.path, "HEAD") as files:
        assert not (files / "link").is_symlink()
        assert (files / "link").read_text() == "/etc/passwd"
        assert not (files / "sub").exists()
        assert (files / "run.sh").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["..", ".git", ".GIT"])
def test_a_tree_that_leads_out_is_refused(repo: Repo, name: str) -> None:
    """A commit made by hand with a name that leads out of its tree is not written."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"evil")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tevil\n".encode())
    tree = repo.git("mktree", stdin=f"040000 tree {inner}\t{name}\n".encode())
    commit = repo.git("commit-tree", tree, "-m", "x")
    with pytest.raises(Unfinished, match="leads out"), export(repo.path, commit):
        pass


def test_trusted_files_come_from_the_trusted_commit(repo: Repo) -> None:
    """Files by name, anywhere in the tree, are the trusted commit's: changed, added or removed ones."""
    base = repo.commit({"AGENTS.md": "base", "deep/CLAUDE.md": "base", ".claude/settings.json": "base"})
    head = repo.commit(
        {
            "AGENTS.md": "head",
            "deep/CLAUDE.md": None,
            ".claude/settings.json": "head",
            ".claude/hooks/evil.sh": "head",
            "other/agents.md": "head",
            "a.py": "head",
        }
    )
    names = ("AGENTS.md", "CLAUDE.md", ".claude")
    with export(repo.path, head, trusted=base, names=names) as files:
        assert (files / "AGENTS.md").read_text() == "base"
        assert (files / "deep/CLAUDE.md").read_text() == "base"
        assert (files / ".claude/settings.json").read_text() == "base"
        assert not (files / ".claude/hooks").exists()
        assert not (files / "other").exists()
        assert (files / "a.py").read_text() == "head"


def test_a_file_where_a_folder_was_is_no_trap(repo: Repo) -> None:
    """A head that puts a file in the place of a trusted folder, or the other way round, changes nothing."""
    base = repo.commit({"CLAUDE.md": "base", ".claude/settings.json": "base"})
    (repo.path / "CLAUDE.md").unlink()
    (repo.path / ".claude/settings.json").unlink()
    (repo.path / ".claude").rmdir()
    head = repo.commit({"CLAUDE.md/x": "head", ".claude": "head"})
    with export(repo.path, head, trusted=base, names=("CLAUDE.md", ".claude")) as files:
        assert (files / "CLAUDE.md").read_text() == "base"
        assert (files / ".claude/settings.json").read_text() == "base"


def test_names_match_whole_parts_only() -> None:
    """A name is a whole part of a path, file or folder; case does not matter."""
    assert matches_name("x/agents.MD", ("AGENTS.md",))
    assert matches_name("x/.claude/y", (".claude",))
    assert matches_name(".claude", (".claude",))
    assert not matches_name("x/NOT-AGENTS.md", ("AGENTS.md",))
    assert not matches_name("x.claude/y", (".claude",))
