"""The system GitHub reads each file once for all that is asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.github import source
from wholeship.github.system import GithubMemory
from wholeship.pipeline.ports import no_repository

STORY = Path(__file__).parents[1] / "fixtures" / "story"


@pytest.mark.parametrize("state", ["before", "merged"])
def test_what_no_run_reaches_is_the_same_when_the_file_is_known(state: str) -> None:
    """A memory that knows the file gives the same runs as one that reads it anew."""
    content = (STORY / f"{state}.yml").read_bytes()
    known, fresh = GithubMemory(no_repository, {}), GithubMemory(no_repository, {})
    known.runs(content, "w.yml")
    assert known.runs(content, "w.yml", revive=True) == fresh.runs(content, "w.yml", revive=True)


def test_a_file_is_read_once_for_both_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its nodes are made once, and another text, or another path, is read for itself."""
    asked: list[str] = []
    read = source.read_source

    def counted(content: str | bytes, path: str) -> source.Source:
        asked.append(path)
        return read(content, path)

    monkeypatch.setattr(source, "read_source", counted)
    content = (STORY / "merged.yml").read_bytes()
    memory = GithubMemory(no_repository, {})
    memory.runs(content, "a.yml")
    memory.runs(content, "a.yml", revive=True)
    assert asked == ["a.yml"]
    memory.runs(content, "b.yml", revive=True)
    memory.runs(content + b"\n", "b.yml", revive=True)
    assert asked == ["a.yml", "b.yml", "b.yml"]
