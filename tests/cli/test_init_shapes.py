"""`wholeship init` on small repositories, one for each shape that repositories have.

``NAME.txt`` is a repository in one file: a line ``-- PATH --`` begins each file. Above the first stand what
the shape is, the images of its release as a person reads them, and what is left out. ``NAME.yaml`` beside it
is the release file that is written.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import golden
from wholeship.cli.commands import init
from wholeship.cli.main import main
from wholeship.release.config import read_config

SHAPES = Path(__file__).parent / "fixtures" / "init_shapes"
NAMES = sorted(path.stem for path in SHAPES.glob("*.txt"))
_FILE = re.compile(r"^-- (\S+) --\n", re.M)


def head(name: str) -> dict[str, list[str]]:
    """What a person says of the shape: ``images``, ``left`` (out), ``flags``, ``unbuilt``, ``unplaced``."""
    top = _FILE.split((SHAPES / f"{name}.txt").read_text(encoding="utf-8"))[0]
    found = re.findall(r"^(images|left|flags|watched|tag|unbuilt|unplaced): (.*)$", top, re.M)
    return {key: words.split() for key, words in found}


@pytest.fixture
def shape(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The repository of a shape, as the current folder."""
    name: str = request.param
    pieces = _FILE.split((SHAPES / f"{name}.txt").read_text(encoding="utf-8"))[1:]
    root = tmp_path / "pay"
    for path, text in zip(pieces[::2], pieces[1::2], strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    remote = "git remote add origin https://github.com/acme/pay"
    subprocess.run(f"git init -q -b main && {remote}", shell=True, check=True)
    return name


def written(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["init", "--format", "json", *head(name).get("flags", [])]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.parametrize("shape", NAMES, indirect=True)
def test_the_images_are_those_that_a_person_reads(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No more, no fewer; what is left out is named with a reason; the file is the one that stands beside."""
    answer = written(shape, capsys)
    said = head(shape)
    assert sorted(answer["images"]) == sorted(said["images"])
    for name in said.get("left", []):
        assert any(each.startswith(name) and ": " in each for each in answer["left_out"]), name
    for key in ("watched", "tag"):
        assert [answer[key]] == said.get(key, [answer[key]])
    golden.check(SHAPES / f"{shape}.yaml", Path("wholeship.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("shape", NAMES, indirect=True)
def test_plan_accepts_it(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`plan` works with what is written; where there is no Dockerfile both say so."""
    written(shape, capsys)
    subprocess.run("git add -A && git commit -qm one && git tag v2.4.0", shell=True, check=True)
    code = main(["plan", "--scenario", "release", "--format", "json"])
    plan = json.loads(capsys.readouterr().out)
    assert plan["images"]
    if "unbuilt" in head(shape):
        assert code == 2
        assert "Dockerfile" in plan["refused"]
        assert "wholeship builds from a Dockerfile" in Path("wholeship.yaml").read_text(encoding="utf-8")
    elif "unplaced" in head(shape):
        assert code == 2
        assert "registry" in plan["refused"]
    else:
        assert (code, plan["refused"]) == (0, "")


def named_files_are_there(text: str) -> bool:
    """Whether each file after ``as in``, or on the line of an image, is one of the repository."""
    named = re.findall(r"# (?:as in )?([\w./-]+\.\w+|[\w./-]*Dockerfile|Makefile)(?:[:,]| *$)", text, re.M)
    return all(Path(each).exists() for each in named)


@pytest.mark.parametrize("shape", NAMES, indirect=True)
def test_every_file_that_is_named_says_it(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line is only said to come from a file that is there, and a line of it that is."""
    written(shape, capsys)
    text = Path("wholeship.yaml").read_text(encoding="utf-8")
    assert named_files_are_there(text)
    named = re.findall(r"([\w./-]+\.(?:ya?ml|hcl|json|sh)):(\d+)", text)
    for path, line in named:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        assert 0 < int(line) <= len(lines)
        assert lines[int(line) - 1].strip()
    assert read_config(Path("wholeship.yaml")).images


@pytest.mark.parametrize("shape", ["two-releases"], indirect=True)
@pytest.mark.parametrize(
    ("answer", "images"),
    [("2", ["admin-ui"]), ("", ["shop-api", "shop-web"]), ("7\nx\n1", ["shop-api", "shop-web"])],
)
def test_a_person_is_asked_which_release_it_is(
    shape: str,
    answer: str,
    images: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a terminal the releases are listed, and one is chosen by its number; the first by return."""
    monkeypatch.setattr(init, "on_terminal", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer + "\n"))
    assert main(["init", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["images"] == images
    assert "2 releases are made here" in said.err
    assert "2  admin-ui (admin.yml)" in said.err


@pytest.mark.parametrize("shape", ["two-releases"], indirect=True)
def test_a_workflow_that_releases_nothing_is_a_mistake(
    shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong --workflow is told, with those that release something."""
    assert main(["init", "--workflow", "lint.yml"]) == 2
    assert "workflows that do: shop.yml and admin.yml" in capsys.readouterr().err


@pytest.mark.parametrize("shape", ["make"], indirect=True)
def test_from_a_folder_of_the_repository(
    shape: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a subfolder the whole repository is looked at, and the file stands at its top."""
    monkeypatch.chdir("build/agent")
    assert written(shape, capsys)["images"] == ["operator", "agent"]
    top = Path("../../wholeship.yaml")
    assert top.read_text(encoding="utf-8") == (SHAPES / "make.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("shape", ["many-targets"], indirect=True)
def test_without_git_no_tag_is_taken_that_asks_it(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no commit to name, the tag in use is told, and one is written that needs none."""
    shutil.rmtree(".git")
    assert written(shape, capsys)["tag"] == "{timestamp}-{sequence}"
    assert "this folder is in no git repository" in " ".join(Path("wholeship.yaml").read_text().split("\n# "))
