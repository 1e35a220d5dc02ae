"""A folder looked around in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wholeship.adapters import tree
from wholeship.adapters.tree import Tree


def put(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_what_is_listed(tmp_path: Path) -> None:
    """Files by relative path, in order; caches, dependencies and tools' own folders are left out."""
    put(tmp_path, "b", "a/Dockerfile", ".github/workflows/w.yml", ".git/config", "node_modules/x/Dockerfile",
        ".venv/Dockerfile", "tests/fixtures/Dockerfile", ".dockerignore")  # fmt: skip
    found = Tree(tmp_path)
    assert found.paths == (".dockerignore", ".github/workflows/w.yml", "a/Dockerfile", "b")
    assert found.read("a/Dockerfile") == "a/Dockerfile"
    assert not found.cut


def test_only_what_is_listed_is_read(tmp_path: Path) -> None:
    """No path out of the folder, no link, no pipe, nothing too large."""
    put(tmp_path, "root/ok", "secret")
    root = tmp_path / "root"
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    (root / "big").write_bytes(b"x" * (tree.SIZE + 1))
    (root / "latin").write_bytes(b"\xff")
    found = Tree(root)
    assert "link" not in found.paths
    assert not [path for path in found.paths if path.startswith("up")]
    assert found.read("../secret") is None
    assert found.read("link") is None
    assert found.read("pipe") == ""
    assert found.read("big") is None
    assert found.read("latin") == "\ufffd"


def test_there_is_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with too many files is looked at as far as the limit, and says so."""
    monkeypatch.setattr(tree, "FILES", 5)
    put(tmp_path, *(f"f{n}" for n in range(9)))
    found = Tree(tmp_path)
    assert len(found.paths) == 5
    assert found.cut
    put(tmp_path, "d/" * 30 + "deep")
    monkeypatch.setattr(tree, "FILES", 50)
    assert not [path for path in Tree(tmp_path).paths if path.endswith("deep")]
