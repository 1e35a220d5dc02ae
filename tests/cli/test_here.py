"""`wholeship` without a command: what is seen, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.cli.main import main

RELEASE = "registry: ghcr.io/acme\nimages: {app: {}, worker: {}}\nwatched: app\ngates: none\n"


def seen(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], list[str]]:
    """The lines, and the commands that are named next."""
    assert main(["-C", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 14
    start = lines.index("next:") + 1
    return lines, [line.split("  ")[1] for line in lines[start : start + 2]]


def put(folder: Path, name: str, text: str = "") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is there; what can be tried without anything is named."""
    lines, steps = seen(tmp_path, capsys)
    assert "  Dockerfiles          none" in lines
    assert steps == ["wholeship drill", "wholeship -C DIR"]


def test_workflows_and_dockerfiles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Workflows are counted where GitHub looks for them; the check comes first."""
    put(tmp_path, "docker/app/Dockerfile")
    put(tmp_path, "compose.yaml")
    put(tmp_path, ".github/workflows/ci.yml")
    put(tmp_path, ".github/workflows/inner/no.yml")
    lines, steps = seen(tmp_path, capsys)
    assert "  workflows            .github/workflows/ci.yml" in lines
    assert "  Dockerfiles          1 file" in lines
    assert "  also                 compose.yaml" in lines
    for name in "abcd":
        put(tmp_path, f".github/workflows/{name}.yml")
    assert "  workflows            5 files in .github/workflows" in seen(tmp_path, capsys)[0]
    assert steps == ["wholeship check", "wholeship init"]


def test_a_release_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its images and the followed one; a broken one is said with its place, and is no error here."""
    put(tmp_path, "wholeship.yaml", RELEASE)
    lines, steps = seen(tmp_path, capsys)
    assert "  release file         wholeship.yaml: app and worker; app is followed" in lines
    assert steps == ["wholeship plan", "wholeship release --rehearse"]
    put(tmp_path, "wholeship.yaml", "imags: {}\n")
    lines, steps = seen(tmp_path, capsys)
    assert any("cannot be used: wholeship.yaml:1:1" in line for line in lines)
    assert steps == ["wholeship plan", "wholeship schema"]


def test_a_release_that_was_made_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest is named, and its status comes first."""
    put(tmp_path, "wholeship.yaml", RELEASE)
    put(tmp_path, ".wholeship/releases/20260101-000000-000001/journal.jsonl")
    lines, steps = seen(tmp_path, capsys)
    assert "  newest release here  20260101-000000-000001" in lines
    assert steps == ["wholeship status", "wholeship plan"]
