"""`wholeship check` and `wholeship diff` as people call them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from wholeship.cli.main import main

ROOT = Path(__file__).parents[2]
STORY = ROOT / "tests" / "fixtures" / "story"
QUIET = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: ls}]}}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one workflow, in which the command is called."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def workflow(repository: Path, state: str, name: str = "images.yml") -> Path:
    path = repository / ".github" / "workflows" / name
    path.write_text((STORY / f"{state}.yml").read_text())
    return path


@pytest.mark.parametrize(
    ("state", "flags", "code"),
    [
        ("candidates", [], 0),
        ("merged", [], 1),
        ("merged", ["--fail-on", "error"], 0),
        ("candidates", ["--watched", "app", "--fail-on", "note"], 0),
        ("attempt-2", ["--fail-on", "error"], 1),
        ("attempt-2", ["--skip", "half-release,tag-collision,tested-not-shipped"], 0),
        ("attempt-2", ["--only", "needless-emulation"], 0),
    ],
)
def test_exit_codes(repository: Path, state: str, flags: list[str], code: int) -> None:
    """Yes when nothing of the asked severity is found, no otherwise."""
    workflow(repository, state)
    assert main(["check", *flags]) == code


@pytest.mark.parametrize(
    "words",
    [["check", "missing.yml"], ["check"], ["check", "--only", "half-relase"], ["diff", "no-such-thing"]],
)
def test_asked_wrongly(repository: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to look at, an unknown rule or revision: exit code 2 or 3, with advice."""
    assert main(words) in (2, 3)
    assert "error" in capsys.readouterr().err


def test_only_unknown_is_unfinished(repository: Path) -> None:
    """When all that is wrong is that something could not be read, the answer is not no but 3."""
    text = (ROOT / "tests/verdict/fixtures/rules/hidden-publish/bad.yml").read_text()
    (repository / ".github/workflows/x.yml").write_text(text)
    assert main(["check"]) == 3


def test_one_bad_file_voids_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nonsense, bombs and other bytes are findings of their file; the others are checked all the same."""
    folder = repository / ".github" / "workflows"
    workflow(repository, "attempt-2")
    (folder / "a.yml").write_bytes(b"\xff\xfe\x00nonsense")
    (folder / "b.yml").write_text("a: &a [*a, *a]\n")
    (folder / "c.yml").write_text("{" * 5000)
    (folder / "d.yml").write_text("on: push\njobs:\n")
    (folder / "e.yml").write_text("x" * (1 << 20))
    (folder / "f.yml").write_text("")
    assert main(["check", "--format", "json"]) == 1
    workflows = {each["path"]: each for each in json.loads(capsys.readouterr().out)["workflows"]}
    assert len(workflows) == 7
    for name in "abcdef":
        (finding, *_) = workflows[f".github/workflows/{name}.yml"]["findings"]
        assert finding["rule"] == "broken-workflow"
    rules = {each["rule"] for each in workflows[".github/workflows/images.yml"]["findings"]}
    assert "half-release" in rules


def test_fix_writes_the_file_and_checks_again(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The missing needs and the QEMU conditions are put in; comments stay; the rest is still told."""
    path = workflow(repository, "attempt-2")
    assert main(["check", "--fix", "--watched", "app", "--fail-on", "error"]) == 0
    said = capsys.readouterr()
    assert "half-release" in said.err
    text = path.read_text()
    assert "needs: [generate-tag, connector-parity-smoke, build-embeddings-service, build-worker]" in text
    assert text.count("if: contains(env.BUILD_PLATFORMS, 'arm64')") == 3
    assert "# The worker once shipped without a package" in text
    assert "whole in every run" in said.out


def test_a_baseline_keeps_what_is_known(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Known findings do not count, new ones do, and what is gone is said."""
    workflow(repository, "merged")
    assert main(["check", "--write-baseline", "known.json"]) == 1
    assert main(["check", "--baseline", "known.json"]) == 0
    assert "answered already" in capsys.readouterr().out
    workflow(repository, "attempt-2")
    assert main(["check", "--baseline", "known.json"]) == 1
    workflow(repository, "candidates")
    assert main(["check", "--baseline", "known.json"]) == 0
    assert "not found any more" in capsys.readouterr().out
    (repository / "known.json").write_text("[]")
    assert main(["check", "--baseline", "known.json"]) == 2


def test_an_ignore_needs_a_reason(repository: Path) -> None:
    """A comment answers a finding only with a reason."""
    path = workflow(repository, "merged")
    line = '        run: echo "tag=$(date -u'
    text = path.read_text()
    for reason, left in (("", True), (" one merge a day", False)):
        path.write_text(text.replace(line, f"        # wholeship: ignore[tag-collision]{reason}\n{line}"))
        assert (main(["check", "--only", "tag-collision"]) == 1) is left


def test_who_is_followed_is_read_from_the_manifests(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Flux ImagePolicy in the repository names the watched image, and the finding says so."""
    workflow(repository, "attempt-2")
    (repository / "deploy").mkdir()
    (repository / "deploy" / "policy.yaml").write_text(
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImageRepository\n"
        "metadata: {name: app, namespace: flux-system}\nspec: {image: ghcr.io/acme/app, interval: 1m}\n---\n"
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\n"
        "metadata: {name: app, namespace: flux-system}\n"
        "spec: {imageRepositoryRef: {name: app}, policy: {alphabetical: {order: asc}}}\n"
    )
    assert main(["check", "--only", "half-release"]) == 1
    assert "app (which is followed) can be visible while" in capsys.readouterr().out


def test_the_release_file_says_what_cannot_be_read(repository: Path) -> None:
    """A declaration turns hidden publishes into publishes."""
    text = (ROOT / "tests/verdict/fixtures/rules/hidden-publish/bad.yml").read_text()
    (repository / ".github/workflows/x.yml").write_text(text)
    (repository / "wholeship.yaml").write_text(
        "registry: ghcr.io/acme\nimages: {app: {}}\nwatched: app\ngates: none\nworkflows:\n  declared:\n"
        "    acme/publish-images: {publishes: ['ghcr.io/acme/app:{tag}']}\n"
        "    tools/push_images.py: {}\n"
    )
    assert main(["check", "--only", "hidden-publish"]) == 0


def git(repository: Path, *words: str) -> None:
    names = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=repository, env=names, check=True, capture_output=True)


def test_a_followed_name_that_no_image_has_is_asked_wrongly(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt --watched is exit code 2 with the names there are; never a weaker question.

    A step that could not be read may push it: that step is named.
    """
    workflow(repository, "merged")
    assert main(["check", "--watched", "ap"]) == 2
    said = capsys.readouterr().err
    assert "no workflow publishes an image called ap" in said
    assert "images: embeddings, worker and app" in said
    other = workflow(repository, "merged", "other.yml")
    other.write_text(f"{other.read_text()}      - run: ./ship ap\n")
    assert main(["check", "--watched", "ap"]) == 2
    said = capsys.readouterr().err
    assert "no workflow is seen to publish an image called ap, but what could not be read may" in said
    assert "other.yml:" in said
    assert "./ship, which could not be followed" in said
    other = workflow(repository, "before", "other.yml")
    other.write_text(other.read_text().replace("/app", "/web"))
    assert main(["check", "--watched", "app", str(other)]) != 2


def test_diff_of_revisions_and_the_work_tree(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A branch against the work tree, and two revisions; the lost gate is named, and fails."""
    (repository / ".git").rmdir()
    git(repository, "init", "-q", "-b", "main")
    workflow(repository, "before")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "before")
    assert main(["diff", "main"]) == 0
    assert "nothing that matters" in capsys.readouterr().out
    workflow(repository, "attempt-1")
    assert main(["diff", "main", "--watched", "app"]) == 1
    assert "gate lost: connector-parity-smoke" in capsys.readouterr().out
    git(repository, "commit", "-q", "-a", "-m", "attempt 1")
    assert main(["diff", "HEAD~1", "HEAD", "--watched", "app", "--format", "json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["worse"] is True
    assert value["workflows"][0]["whole_before"] is True
    assert value["workflows"][0]["whole_after"] is False


def test_no_path_leads_out_of_the_repository(tmp_path: Path) -> None:
    """Links, dots, folders and NUL in a path of a stranger's workflow read nothing."""
    from wholeship.adapters.repository import WorkTreeFiles

    (tmp_path / "secret").write_text("s")
    inside = tmp_path / "repository"
    (inside / "folder").mkdir(parents=True)
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "file").write_text("f")
    read = WorkTreeFiles(inside)
    assert read("file") == b"f"
    for path in ("link", "../secret", "folder", "folder/../../secret", "/etc/passwd", "a\0b", "missing"):
        assert read(path) is None


def test_the_hooks_for_pre_commit_name_the_command() -> None:
    """Every hook's entry is a command that exists, for workflow files."""
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        assert hook["entry"].split()[:2] == ["wholeship", "check"]
        assert hook["language"] == "python"
        assert hook["files"].startswith(r"^\.github/workflows/")


def test_from_a_folder_further_down(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Called anywhere in the repository, the workflows at its top are looked at, under the same names."""
    workflow(repository, "attempt-2")
    assert main(["check"]) == 1
    at_top = capsys.readouterr().out
    (repository / "src").mkdir()
    monkeypatch.chdir(repository / "src")
    assert main(["check"]) == 1
    assert capsys.readouterr().out == at_top


def test_a_link_out_of_the_repository_shows_nothing(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workflow that is a link to a file elsewhere cannot be read, and none of its lines is printed."""
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("password: hunter2\n")
    (repository / ".github" / "workflows" / "x.yml").symlink_to(secret)
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "the file cannot be read" in out
    assert "hunter2" not in out


def test_the_release_file_by_its_variable(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """WHOLESHIP_FILE names the release file here as for every command; one that is not there is a mistake."""
    workflow(repository, "merged")
    monkeypatch.setenv("WHOLESHIP_FILE", "deploy/none.yaml")
    assert main(["check"]) == 2
    assert "there is no deploy/none.yaml" in capsys.readouterr().err


def test_one_run_gives_several_formats(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each ``--output`` holds what ``--format`` would have printed; the exit code is the same."""
    workflow(repository, "merged")
    forms = {"markdown": "a.md", "sarif": "a.sarif", "json": "a.json"}
    words = [word for form, file in forms.items() for word in ("--output", f"{form}={file}")]
    assert main(["check", "--format", "github", *words]) == 1
    capsys.readouterr()
    for form, file in forms.items():
        assert main(["check", "--format", form]) == 1
        assert (repository / file).read_text() == capsys.readouterr().out


@pytest.mark.parametrize(("name", "code", "ends"), [("merged", 1, 1), ("", 0, 3)])
def test_a_file_that_cannot_be_written_keeps_the_others(
    repository: Path, capsys: pytest.CaptureFixture[str], name: str, code: int, ends: int
) -> None:
    """What can be written is, the answer is printed, what could not be is said; a yes becomes "not finished",
    and a no stays one."""
    if name:
        workflow(repository, name)
    else:
        quiet = "on: push\npermissions: {}\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: make}]}}\n"
        (repository / ".github" / "workflows" / "a.yml").write_text(quiet)
    assert main(["check"]) == code
    answer = capsys.readouterr().out
    outputs = ["json=/proc/none.json", "markdown=a.md", "sarif=/proc/none.sarif", "github=a.txt"]
    words = [word for output in outputs for word in ("--output", output)]
    assert main(["check", *words, "--html", "a.html"]) == ends
    told = capsys.readouterr()
    assert told.out == answer
    assert told.err.count("was not written: cannot write /proc/none.") == 2
    assert all((repository / each).stat().st_size for each in ("a.md", "a.html"))


@pytest.mark.parametrize("command", [["check"], ["diff", "HEAD"]])
@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("pdf=a.pdf", "there is no format pdf"),
        ("json", "--output json names no file"),
        ("json=nowhere/a.json", "there is no folder nowhere"),
        ("json=.github", ".github is a folder"),
        (f"json={'x' * 300}", "cannot be written: File name too long"),
        ("json=/dev/null", "/dev/null is no file that can be replaced"),
        ("json=/dev/stdout", "/dev/stdout is no file that can be replaced"),
    ],
)
def test_an_output_that_cannot_be_is_said_first(
    repository: Path, capsys: pytest.CaptureFixture[str], command: list[str], output: str, said: str
) -> None:
    """A format or a file that there is not is a mistake in the question, told before the work."""
    assert main([*command, "--output", output]) == 2
    assert said in capsys.readouterr().err


def test_not_knowing_is_no_yes(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A release of which nobody knows whether it is whole is 3, not 0, wherever that was asked."""
    steps = "\n".join(
        f"      - run: docker push ghcr.io/acme/{name}:{tag}"
        for name, tag in (("worker", "$(git describe --tags)"), ("app", "$GITHUB_REF_NAME"))
    )
    text = f"on: {{push: {{tags: ['*']}}}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}\n"
    (repository / ".github/workflows/x.yml").write_text(text)
    assert main(["check", "--watched", "app", "--format", "json"]) == 3
    (found,) = json.loads(capsys.readouterr().out)["workflows"]
    assert (found["whole"], found["findings"]) == (None, [])
    assert found["unknown"]
    assert main(["check", "--watched", "app", "--fail-on", "error"]) == 0
    assert main(["check", "--watched", "app", "--skip", "half-release"]) == 0
