"""Repositories of every shape that CI systems check out: what is built from is known in each, offline."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wholeship.adapters.git import look_for_work_tree
from wholeship.adapters.source import source_of


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def made(folder: Path, *options: str) -> Path:
    """A repository with two commits, the second of which is tagged."""
    subprocess.run(["git", "init", "-q", "-b", "main", *options, str(folder)], check=True)
    for text in ("one", "two"):
        (folder / "data").write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", text)
    git(folder, "tag", "v1.2.3")
    git(folder, "config", "uploadpack.allowFilter", "true")
    return folder


def shallow(root: Path) -> Path:
    git(root, "clone", "-q", "--depth=1", f"file://{made(root / 'origin')}", "here")
    return root / "here"


def partial(root: Path) -> Path:
    """Without any blob but those checked out; the remote is gone, so that nothing can be fetched."""
    git(root, "clone", "-q", "--filter=blob:none", f"file://{made(root / 'origin')}", "here")
    shutil.rmtree(root / "origin")
    return root / "here"


def treeless(root: Path) -> Path:
    git(root, "clone", "-q", "--filter=tree:0", f"file://{made(root / 'origin')}", "here")
    shutil.rmtree(root / "origin")
    return root / "here"


def worktree(root: Path) -> Path:
    """A second work tree, of the older commit at first: its HEAD counts, not the main one's."""
    origin = made(root / "origin")
    git(origin, "worktree", "add", "-q", "-b", "side", str(root / "here"), "main~1")
    git(root / "here", "merge", "-q", "main")
    git(origin, "checkout", "-q", "main~1")
    return root / "here"


def submodule(root: Path) -> Path:
    """A work tree inside another repository, which is at another commit."""
    made(root / "origin")
    outer = made(root / "outer")
    git(outer, "submodule", "add", "-q", str(root / "origin"), "inner")
    git(outer, "commit", "-qm", "with a submodule")
    return outer / "inner"


def sha256(root: Path) -> Path:
    return made(root / "here", "--object-format=sha256")


SHAPES: list[Callable[[Path], Path]] = [shallow, partial, treeless, worktree, submodule, sha256]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_commit_is_known_in_every_shape(shape: Callable[[Path], Path], tmp_path: Path) -> None:
    """The commit, its tag, and whether something was changed; a change has a digest that follows it."""
    here = shape(tmp_path)
    commit = git(here, "rev-parse", "HEAD")
    assert len(commit) == (64 if shape is sha256 else 40)
    clean = look_for_work_tree(here, version=True)
    assert clean is not None
    assert (clean.commit, clean.dirty, clean.version) == (commit, False, "v1.2.3")
    assert source_of(here, {}).changes == ""
    (here / "data").write_text("changed")
    changed = look_for_work_tree(here)
    assert changed is not None
    assert (changed.commit, changed.dirty) == (commit, True)
    first = source_of(here, {})
    assert (first.commit, first.files) == (commit, ("data",))
    (here / "data").write_text("changed again")
    assert first.changes not in ("", source_of(here, {}).changes)


def test_a_change_inside_a_submodule_is_one_of_the_whole(tmp_path: Path) -> None:
    """Files in it, and another commit in it, are both seen from outside."""
    outer = submodule(tmp_path).parent
    seen = {source_of(outer, {}).changes}
    assert seen == {""}
    (outer / "inner" / "data").write_text("changed")
    seen.add(source_of(outer, {}).changes)
    git(outer / "inner", "checkout", "-q", "--force", "HEAD~1")
    seen.add(source_of(outer, {}).changes)
    assert len(seen) == 3
    found = look_for_work_tree(outer)
    assert found is not None
    assert found.dirty


def test_a_submodule_that_was_not_checked_out_is_no_other_commit(tmp_path: Path) -> None:
    """As CI systems leave it by default: an empty folder is no change."""
    outer = submodule(tmp_path).parent
    git(tmp_path, "clone", "-q", str(outer), "fresh")
    found = look_for_work_tree(tmp_path / "fresh")
    assert found is not None
    assert (found.commit, found.dirty) == (git(outer, "rev-parse", "HEAD"), False)
