"""`wholeship init` on repositories of several shapes: what it writes, whole, and that `plan` accepts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import golden
from tests.release.test_schema import fits
from wholeship.app.schema import schema_of
from wholeship.cli.main import main

FIXTURES = Path(__file__).parent / "fixtures" / "init"
SHAPES = sorted(path.name for path in FIXTURES.iterdir())
REMOTES = {"matrix": "git@github.com:acme/pay.git", "dockerfiles": "https://github.com/Acme/Desk.git"}


def repository(tmp_path: Path, shape: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree of the fixture *shape*, as the current folder."""
    root = tmp_path / shape
    shutil.copytree(FIXTURES / shape / "repo", root)
    monkeypatch.chdir(root)
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    if shape in REMOTES:
        subprocess.run(["git", "remote", "add", "origin", REMOTES[shape]], check=True)
    return root


def run(*words: str) -> int:
    return main(list(words))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_file_that_is_written(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole file, and what is said about it, for each shape of repository."""
    root = repository(tmp_path, shape, monkeypatch)
    assert run("init") == 0
    golden.check(FIXTURES / shape / "wholeship.yaml", (root / "wholeship.yaml").read_text())
    golden.check(FIXTURES / shape / "output.txt", capsys.readouterr().out)


@pytest.mark.parametrize("shape", SHAPES)
def test_plan_accepts_it(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`plan` works on what `init` wrote, and its policy would roll the planned tag out."""
    repository(tmp_path, shape, monkeypatch)
    subprocess.run("git add -A && git commit -qm one && git tag v2.4.0", shell=True, check=True)
    assert run("init") == 0
    capsys.readouterr()
    assert run("plan", "--scenario", "release", "--format", "json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["images"]
    assert not [remark for remark in plan["remarks"] if "would not roll" in remark]


def test_a_file_that_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --force nothing is written over, be it a file, a link, or a link to nowhere."""
    root = repository(tmp_path, "compose", monkeypatch)
    path = root / "wholeship.yaml"
    path.write_text("mine: true\n")
    assert run("init") == 2
    assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "mine: true\n"
    path.unlink()
    path.symlink_to(root / "nowhere")
    assert run("init") == 2
    assert not (root / "nowhere").exists()
    assert run("init", "--force") == 0
    assert not path.is_symlink()
    assert path.read_text().startswith("# yaml-language-server")


def test_printing_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--print shows the file on standard output and leaves the folder alone, even beside a file."""
    root = repository(tmp_path, "compose", monkeypatch)
    (root / "wholeship.yaml").write_text("mine: true\n")
    before = sorted(root.rglob("*"))
    assert run("init", "--print") == 0
    assert capsys.readouterr().out == (FIXTURES / "compose" / "wholeship.yaml").read_text()
    assert sorted(root.rglob("*")) == before


def test_nothing_found_says_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an empty folder the answer is no, with the list of what would have been read."""
    monkeypatch.chdir(tmp_path)
    assert run("init") == 1
    said = capsys.readouterr().err
    for what in ("Dockerfile", "compose.yaml", "docker-bake.hcl", ".github/workflows", str(tmp_path)):
        assert what in said
    assert list(tmp_path.iterdir()) == []


def test_json_says_what_was_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--format json has the choices and what is left to do."""
    repository(tmp_path, "story", monkeypatch)
    assert run("init", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["command"], told["version"], told["watched"]) == ("init", 1, "app")
    assert told["unconfirmed"] == []
    assert told["images"] == ["worker", "embeddings", "app"]
    assert any("no gate yet" in line for line in told["todo"])
    assert fits(told, schema_of("init"), schema_of("init"))


def test_what_the_user_says_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--registry and --watched override what was found; an unknown image is refused with the known ones."""
    root = repository(tmp_path, "compose", monkeypatch)
    assert run("init", "--watched", "nope") == 2
    assert "found: web, jobs" in capsys.readouterr().err
    assert run("init", "--registry", "Not A Registry") == 2
    assert run("init", "--registry", "quay.io/other", "--watched", "jobs") == 0
    text = (root / "wholeship.yaml").read_text()
    assert "registry: quay.io/other" in text
    assert "watched: jobs" in text
    assert "ghcr.io" not in text


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the file cannot be made, the answer is "not finished", with the reason."""
    root = repository(tmp_path, "compose", monkeypatch)
    assert run("init", "--file", str(root / "no" / "wholeship.yaml")) == 2
    assert "there is no folder" in capsys.readouterr().err
    (root / "wholeship.yaml").mkdir()
    assert run("init", "--force") == 3
    assert "cannot write" in capsys.readouterr().err


HOSTILE = (
    "a b/Dockerfile",
    "-rf/Dockerfile",
    'quo"te/Dockerfile',
    "new\nline/Dockerfile",
    "{tag}/Dockerfile",
    "ünï/Dockerfile",
    "日本/Dockerfile",
    "#hash: x/Dockerfile",
    "Dockerfile.A_B..c",
    "a: b/Dockerfile",
    "'single/Dockerfile",
    "!tag/Dockerfile",
    "\x1b[31mred/Dockerfile",
    "rtl\u202e/Dockerfile",
    "yes/Dockerfile",
    "012/Dockerfile",
)


def test_hostile_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever folders are called, the file is accepted, and images point to exactly their Dockerfiles."""
    from wholeship.release.config import read_config

    monkeypatch.chdir(tmp_path)
    for name in HOSTILE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("FROM scratch\n")
    os.makedirs(os.fsencode(tmp_path) + b"/\xff\xfe")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "compose.yaml")
    assert run("init") == 0
    config = read_config(tmp_path / "wholeship.yaml")
    found = {os.path.relpath(image.dockerfile, tmp_path) for image in config.images.values()}
    assert found == {name for name in HOSTILE if name.isprintable()}
    assert len(config.images) == len(found)


def test_a_workflow_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it pushes is not known: that is said, beside what was found and where nothing was."""
    monkeypatch.chdir(tmp_path)
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "broken.yml").write_text("jobs: [\n")
    (workflows / "large.yml").write_text("# " + "x" * 4_000_000)
    assert main(["init"]) == 1
    said = capsys.readouterr().err
    assert "broken.yml:2:1: not read, so what it pushes is not known: not YAML" in said
    assert "large.yml: not read, so what it pushes is not known" in said
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert main(["init", "--print"]) == 0
    assert "broken.yml" in capsys.readouterr().out


def test_a_submodule_that_is_not_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its Dockerfile is not missing from the repository, but from this copy of it."""
    monkeypatch.chdir(tmp_path)
    workflow = tmp_path / ".github" / "workflows" / "w.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs: {a: {runs-on: x, steps: [{uses: docker/build-push-action@v6, "
        'with: {context: parts/agent, push: true, tags: "ghcr.io/acme/agent:1"}}]}}\n'
    )
    (tmp_path / ".gitmodules").write_text('[submodule "parts"]\n\tpath = parts\n\turl = ../parts.git\n')
    assert main(["init", "--print"]) == 0
    assert "git submodule update --init parts" in capsys.readouterr().out.replace("\n    # ", " ")
