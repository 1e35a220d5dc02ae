"""Scripts that are given a folder say what they do when they are asked, and make nothing."""

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
TAKE_A_FOLDER = sorted(
    path.name
    for path in SCRIPTS.iterdir()
    if path.is_file() and "folder=$(mkdir" in path.read_text() and path.read_text().startswith("#!/bin/sh")
)


def answer_of(name: str, word: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPTS / name, word], cwd=folder, capture_output=True, text=True, timeout=30)


def test_there_are_scripts_that_take_a_folder() -> None:
    """The list that the next tests go through is found, and not empty."""
    assert {"buildx-for-tests", "registry-for-tests"} <= set(TAKE_A_FOLDER)


@pytest.mark.parametrize("name", [*TAKE_A_FOLDER, "wheel-compiled"])
def test_a_script_asked_for_help_tells_and_makes_nothing(name: str, tmp_path: Path) -> None:
    """`--help` prints what the script is for, ends well, and is not taken for the name of a folder."""
    answer = answer_of(name, "--help", tmp_path)
    assert (answer.returncode, f"scripts/{name}" in answer.stdout) == (0, True), answer
    assert not list(tmp_path.iterdir())
    assert not (SCRIPTS.parent / "--help").exists()


@pytest.mark.parametrize("name", [*TAKE_A_FOLDER, "wheel-compiled"])
def test_a_script_with_an_unknown_flag_ends_in_an_error(name: str, tmp_path: Path) -> None:
    """A flag that the script does not have is an error, and no folder."""
    answer = answer_of(name, "--fast", tmp_path)
    assert answer.returncode != 0
    assert f"scripts/{name}" in answer.stdout
    assert not list(tmp_path.iterdir())
