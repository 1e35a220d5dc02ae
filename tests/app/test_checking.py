"""Workflow files → reports, on one core or on all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from wholeship.adapters.answers import AnswerFolder
from wholeship.app.checking import ENOUGH, report_on
from wholeship.app.kept_checks import RepositoryReads
from wholeship.app.kept_reports import KeptReports
from wholeship.app.workflow_files import named_workflows
from wholeship.app.world import World
from wholeship.core.progress import Silent
from wholeship.output.formats import View, printed_answer
from wholeship.verdict import check
from wholeship.verdict.options import Options

STORY = Path(__file__).parents[1] / "fixtures" / "story"
STATES = ("before", "attempt-2", "merged")
OPTIONS = Options()


def test_many_files_on_many_cores_are_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes change the time, not the answer."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})  # also where there is one core
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for number in range(ENOUGH + 2):
        name = STATES[number % 3]
        shutil.copy(STORY / f"{name}.yml", folder / f"w{number:02}.yml")
    monkeypatch.chdir(tmp_path)
    world = World(Silent())
    files = named_workflows([], world)
    together, alone = report_on(files, Options(), world), report_on(files, Options(), world, enough=1000)
    assert len(alone.workflows) == ENOUGH + 2
    assert printed_answer("check", "json", together, View()) == printed_answer("check", "json", alone, View())


WORKFLOW = "on: push\njobs: {push: {runs-on: ubuntu-latest, steps: [{run: ./push.sh}]}}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Workflows of two kinds, and the script that one kind runs."""
    folder = tmp_path / "repository/.github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / "repository/.git").mkdir()
    for number in range(6):
        shutil.copy(STORY / f"{STATES[number % 3]}.yml", folder / f"w{number:02}.yml")
        (folder / f"x{number:02}.yml").write_text(f"# {number}\n{WORKFLOW}")
    (tmp_path / "repository/push.sh").write_text("docker push ghcr.io/x/a:1\n")
    monkeypatch.chdir(tmp_path / "repository")
    return tmp_path / "repository"


@pytest.fixture
def studied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the workflows that are read."""
    read: list[str] = []
    study_of = check.study_of

    def counted(content: str | bytes, path: str, *more: Any) -> Any:
        read.append(Path(path).name)
        return study_of(content, path, *more)

    monkeypatch.setattr(check, "study_of", counted)
    return read


def asked(folder: Path, enough: int = ENOUGH, options: Options = OPTIONS) -> RepositoryReads:
    """Looks at all workflows here with what *folder* keeps: nothing is said but what is found anew."""
    world = World(Silent())
    files, reads = named_workflows([], world), RepositoryReads()
    kept = KeptReports(options, "this one", AnswerFolder(folder))
    found = report_on(files, options, world, enough, reads, kept=kept)
    anew = report_on(files, options, world, enough=1000)
    assert printed_answer("check", "json", found, View()) == printed_answer("check", "json", anew, View())
    return reads


def test_only_what_has_changed_is_read_again(repository: Path, tmp_path: Path, studied: list[str]) -> None:
    """Of many workflows the one that was edited is read; the others' reports are those that they had."""
    workflows = sorted(each.name for each in (repository / ".github/workflows").iterdir())
    asked(tmp_path / "kept")
    assert sorted(studied) == sorted(workflows * 2)  # once to keep it, and what it is compared with
    studied.clear()
    with (repository / ".github/workflows/w03.yml").open("a") as file:
        file.write("# edited\n")
    asked(tmp_path / "kept")
    assert sorted(studied) == sorted([*workflows, "w03.yml"])


def test_a_script_that_has_changed_is_seen_by_all_that_run_it(
    repository: Path, tmp_path: Path, studied: list[str]
) -> None:
    """A report rests on what was read of the repository too; whoever has not read it is left alone."""
    asked(tmp_path / "kept")
    studied.clear()
    (repository / "push.sh").write_text("docker push ghcr.io/x/b:1\n")
    asked(tmp_path / "kept")
    assert {name for name in studied if studied.count(name) == 2} == {
        f"x{number:02}.yml" for number in range(6)
    }


def test_a_whole_answer_rests_on_what_its_kept_parts_rest_on(repository: Path, tmp_path: Path) -> None:
    """What was read for a report that is given again is told as if it was read now."""
    first = asked(tmp_path / "kept")
    again = asked(tmp_path / "kept")
    assert again.found == first.found
    assert again.found[str(repository)]["push.sh"]


def test_processes_keep_what_they_find(
    repository: Path, tmp_path: Path, studied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On several cores as on one."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    asked(tmp_path / "kept", enough=2)
    studied.clear()
    asked(tmp_path / "kept")
    assert len(studied) == len(list((repository / ".github/workflows").iterdir()))


@pytest.mark.parametrize("name", ["link.yml", "gone.yml"])
def test_what_cannot_be_read_is_said_again(name: str, repository: Path, tmp_path: Path) -> None:
    """A link out of the repository, or to nothing, is no workflow, whatever was kept."""
    (tmp_path / "outside.yml").write_text(WORKFLOW)
    target = {"link.yml": tmp_path / "outside.yml", "gone.yml": tmp_path / "nothing"}[name]
    (repository / ".github/workflows" / name).symlink_to(target)
    asked(tmp_path / "kept")
    asked(tmp_path / "kept")


def test_a_bug_of_ours_is_not_kept(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that could not be made is made anew the next time."""
    with monkeypatch.context() as broken:
        broken.setattr(check, "report_of", lambda *_: 1 / 0)
        asked(tmp_path / "kept")
    asked(tmp_path / "kept")


def test_what_is_kept_is_nobodys_but_the_users(repository: Path, tmp_path: Path, studied: list[str]) -> None:
    """A folder that others can write to is not used."""
    asked(tmp_path / "kept")
    (tmp_path / "kept").chmod(0o777)
    studied.clear()
    asked(tmp_path / "kept")
    assert len(studied) == 2 * len(list((repository / ".github/workflows").iterdir()))
