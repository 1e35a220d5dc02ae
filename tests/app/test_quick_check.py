"""A check that was typed before is answered before the program is loaded: where nothing has changed, only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wholeship.adapters.answers import answer_folder
from wholeship.app import quick_check
from wholeship.app.quick_check import quick_answer, quick_entry, quick_key
from wholeship.cli.main import main
from wholeship.core.version import VERSION

WORKFLOW = """\
on: {push: {branches: [main]}}
jobs:
  app:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: ./push.sh
"""
POLICY = "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\n"
WORDS = ["check", "--format", "json", "--baseline", "known.json"]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """One workflow that runs a script, a manifest, and an answer that was given."""
    root = tmp_path / "above" / "repository"
    for name, text in {
        ".github/workflows/a.yml": WORKFLOW,
        "push.sh": "docker push ghcr.io/x/a:1\n",
        "deploy/policy.yaml": POLICY,
        "known.json": '{"version": 1, "findings": []}',
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".git").mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # pytest writes there which part of a test it runs.
    monkeypatch.setattr(quick_check, "_PASSING", quick_check._PASSING | {b"PYTEST_CURRENT_TEST"})
    main(WORDS)
    capsys.readouterr()
    assert quick_answer(quick_key(WORDS)) is not None
    return root


def test_it_is_what_a_check_anew_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Text and exit code, byte by byte."""
    kept = quick_answer(quick_key(WORDS))
    code = main([*WORDS, "--no-cache"])
    assert kept == (capsys.readouterr().out, code)


def test_nothing_else_is_loaded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even what reads the flags, nor anything of Python that takes time."""
    kept = quick_answer(quick_key(WORDS))
    monkeypatch.setitem(sys.modules, "wholeship.cli.parsing", None)
    code = main(WORDS)
    assert kept == (capsys.readouterr().out, code)
    told = "import sys, wholeship.cli.main, wholeship.app.quick_check; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"argparse", "dataclasses", "json", "pathlib", "typing", "inspect", "subprocess"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/a.yml", WORKFLOW + "# more\n"),
        (".github/workflows/b.yaml", WORKFLOW),
        ("push.sh", "docker push ghcr.io/x/b:1\n"),
        ("wholeship.yaml", "images: {a: {repository: ghcr.io/x/b}}\n"),
        ("wholeship.yaml", "gitops: {policy: deploy}\n"),
        ("deploy/policy.yaml", POLICY + "metadata: {name: x}\n"),
        ("deploy/other.yaml", POLICY),
        ("known.json", "[]"),
        (".wholeship/forecast.db", ""),
        (".github/.git", ""),
        (".github/workflows/.git", ""),
    ],
)
def test_whatever_it_rests_on_is_looked_at_again(repository: Path, name: str, text: str) -> None:
    """A file that is changed, new or gone, another top of the repository: no answer, until it is back."""
    path = repository / name
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert quick_answer(quick_key(WORDS)) is None
    path.unlink()
    if before is not None:
        assert quick_answer(quick_key(WORDS)) is None
        path.write_text(before)
    assert quick_answer(quick_key(WORDS)) is not None


def test_a_file_that_becomes_a_link(repository: Path) -> None:
    """A script that leads out of the repository is none, whatever is written there."""
    script = repository / "push.sh"
    script.rename(repository.parent / "push.sh")
    script.symlink_to(repository.parent / "push.sh")
    assert quick_answer(quick_key(WORDS)) is None


def test_the_same_words_elsewhere(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder, other words and another environment are another question."""
    assert quick_answer(quick_key([*WORDS, "--inventory"])) is None
    with monkeypatch.context() as patched:
        patched.setenv("WHOLESHIP_FILE", "other.yaml")
        assert quick_answer(quick_key(WORDS)) is None
        patched.delenv("WHOLESHIP_FILE")
        patched.setenv("FORCE_COLOR", "yes")
        assert quick_answer(quick_key(WORDS)) is None
    monkeypatch.chdir(repository / "deploy")
    assert quick_answer(quick_key(WORDS)) is None


def test_how_the_shell_came_here_is_no_part_of_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell inside a shell gets the answer as well."""
    monkeypatch.setenv("SHLVL", "7")
    monkeypatch.setenv("OLDPWD", "/somewhere")
    assert quick_answer(quick_key(WORDS)) is not None


@pytest.mark.parametrize(
    "words",
    [
        ["-C", "somewhere", "check"],
        ["check", "-C", "somewhere"],
        ["check", "-qCsomewhere"],
        ["check", "--no-cache"],
        ["diff", "main"],
        [],
    ],
)
def test_words_that_go_the_usual_way(words: list[str]) -> None:
    """Where the words would have to be understood first, nothing is kept."""
    assert quick_key(words) == ""
    assert quick_answer("") is None


def test_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken over from another version; a program that cannot be told keeps nothing."""
    monkeypatch.setattr(quick_check, "program_state", lambda: f"another than {VERSION}")
    assert quick_answer(quick_key(WORDS)) is None
    monkeypatch.setattr(quick_check, "program_state", lambda: "")
    assert quick_key(WORDS) == ""


def test_a_folder_that_is_gone(repository: Path) -> None:
    """The usual way says what is wrong."""
    gone = repository / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    assert quick_key(WORDS) == ""
    assert main(WORDS) == 2


@pytest.mark.parametrize(
    "held", [b"", b"\0", b"7\0", b"3\0abc", b"-1\0x", b"9\x001\x000\0\0\0\x000text", b"\xff\0"]
)
def test_a_strange_entry_is_none(held: bytes) -> None:
    """Whatever is found under the key: no answer that was not kept."""
    key = quick_key(WORDS)
    answer_folder().keep(key, held)
    assert quick_answer(key) is None


def test_a_name_that_would_break_an_entry_is_not_kept() -> None:
    """The parts of an entry are told apart by what no name has."""
    assert quick_entry(("", 0), ((), "", ""), "ground", {"/": {"a\0b": ""}}) == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_answer_that_nobody_took_is_none(tmp_path: Path) -> None:
    """A full disk and a closed pipe change the exit code, as without what is kept."""
    command = [sys.executable, "-m", "wholeship", *WORDS]
    first = subprocess.run(command, capture_output=True, check=False)
    assert subprocess.run(command, capture_output=True, check=False).stdout == first.stdout
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert "the answer could not be written" in done.stderr
