"""`wholeship diff` on names and figures; what it says of a change is in ``test_check.py``."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wholeship.app.kept_reports import KeptReports
from wholeship.cli.main import main
from wholeship.verdict import check

STORY = Path(__file__).parents[1] / "fixtures" / "story"


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


@pytest.fixture
def workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the workflows in a repository, in which the command is called."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, state: str, name: str = "images.yml") -> None:
    (folder / name).write_text((STORY / f"{state}.yml").read_text())


def test_a_name_that_is_no_text_is_one_file_on_both_sides(
    workflows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escaped in what is printed, and read as it is: from a revision as from the work tree."""
    name = os.fsdecode(b"im\xffages.yml")
    put(workflows, "before", name)
    git("add", "-A")
    git("commit", "-qm", "one")
    assert main(["diff", "main", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["workflows"] == []
    put(workflows, "attempt-1", name)
    assert main(["diff", "main", "--watched", "app"]) == 1
    told = capsys.readouterr().out
    assert "im\\xffages.yml" in told
    told.encode()  # a lone surrogate would end the command, not only the line
    git("commit", "-qam", "two")
    assert main(["diff", "HEAD~1", "HEAD", "--watched", "app"]) == 1
    assert capsys.readouterr().out == told.replace("main → work tree:", "HEAD~1 → HEAD:", 1)


def test_each_side_is_read_once(
    workflows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where figures are known, for which the very same reading is used."""
    put(workflows, "before")
    git("add", "-A")
    git("commit", "-qm", "one")
    put(workflows, "merged")
    jobs = ["build-app", "build-worker", "build-embeddings", "connector-parity-smoke"]
    figures = ", ".join(f"{job}: {{minutes: 8, disk: 6}}" for job in jobs)
    images = "registry: ghcr.io/acme\nimages: {app: {}}\nwatched: app\ngates: none\n"
    Path("wholeship.yaml").write_text(f"{images}forecast: {{jobs: {{{figures}}}}}\n")
    read: list[str] = []
    studied = check.study_of

    def counted(content: Any, path: str, *more: Any) -> Any:
        read.append(path)
        return studied(content, path, *more)

    monkeypatch.setattr("wholeship.app.measured.study_of", counted)
    main(["diff", "main", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["measures"]
    assert read == [".github/workflows/images.yml"] * 2


SCRIPTED = "on: [push, workflow_call]\njobs: {push: {runs-on: ubuntu-latest, steps: [{run: ./push.sh}]}}\n"
CALLING = "on: push\njobs: {all: {uses: ./.github/workflows/scripted.yml}}\n"
CHANGES = {  # what is written, and how many workflows are read for that
    "a workflow": (".github/workflows/images.yml", (STORY / "merged.yml").read_text(), 3 + 1),
    "a script": ("push.sh", "#!/bin/sh\ndocker push r.example/other:1\n", 3 + 3),
    "a workflow that is called": (".github/workflows/scripted.yml", "on: [push, workflow_call]\n", 3 + 3),
    "a script that nobody runs": ("no.sh", "#!/bin/sh\ndocker push r.example/other:1\n", 3),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_the_same_on_both_sides_is_read_once(
    change: str, workflows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workflow that is as it was, with all that is read, is not read again; the answer is the same."""
    put(workflows, "before")
    (workflows / "scripted.yml").write_text(SCRIPTED)
    (workflows / "calling.yml").write_text(CALLING)
    Path("push.sh").write_text("#!/bin/sh\ndocker push r.example/app:1\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    path, text, studied = CHANGES[change]
    Path(path).write_text(text)
    read: list[str] = []
    study_of = check.study_of

    def counted(content: bytes, path: str, *rest: Any) -> Any:
        read.append(path)
        return study_of(content, path, *rest)

    monkeypatch.setattr(check, "study_of", counted)
    code = main(["diff", "main", "--format", "json", "--no-cache"])
    told = capsys.readouterr().out
    assert len(read) == studied
    monkeypatch.setattr(KeptReports, "key", lambda *_: os.urandom(8).hex())
    assert main(["diff", "main", "--format", "json", "--no-cache"]) == code
    assert capsys.readouterr().out == told
