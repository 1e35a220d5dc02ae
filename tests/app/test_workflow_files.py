"""The one finder of workflow files."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.app.workflow_files import (
    named_workflows,
    workflows_among,
    workflows_below,
    workflows_of_repository,
)
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.progress import Silent

WORLD = World(Silent())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two workflows, and files beside them that are none."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / ".github" / "workflows"
    (folder / "inner").mkdir(parents=True)
    (folder / "folder.yml").mkdir()
    for name in ("b.yaml", "a.yml", "notes.md", "inner/c.yml"):
        (folder / name).touch()
    (tmp_path / "sub").mkdir()
    return tmp_path


def test_only_files_of_the_folder_itself_count(repository: Path) -> None:
    """Neither what lies deeper nor other endings nor folders, wherever the listing comes from."""
    expected = [".github/workflows/a.yml", ".github/workflows/b.yaml"]
    found = [path.relative_to(repository).as_posix() for path in workflows_of_repository(repository)]
    assert found == expected
    assert workflows_below(repository) == workflows_of_repository(repository)
    listed = [p.relative_to(repository).as_posix() for p in repository.rglob("*") if p.is_file()]
    assert workflows_among(listed) == expected


def test_a_repository_without_workflows(tmp_path: Path) -> None:
    """Nothing is found in it, and its other YAML files are not taken for workflows."""
    (tmp_path / "values.yml").touch()
    assert workflows_of_repository(tmp_path) == []
    assert workflows_below(tmp_path) == [tmp_path / "values.yml"]  # a folder that was named is taken as it is


def test_the_names_are_those_of_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its top, from a folder in it, by folder and by file: the same names, each once."""
    expected = [".github/workflows/a.yml", ".github/workflows/b.yaml"]
    monkeypatch.chdir(repository)
    assert list(named_workflows([], WORLD)) == expected
    assert list(named_workflows([".", ".github/workflows/a.yml"], WORLD)) == expected
    monkeypatch.chdir(repository / "sub")
    assert list(named_workflows([], WORLD)) == expected


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is named and missing, and no workflow at all, are asked wrongly."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"there is no missing\.yml"):
        named_workflows(["missing.yml"], WORLD)
    with pytest.raises(BadInput, match="no workflow files in"):
        named_workflows([], WORLD)
