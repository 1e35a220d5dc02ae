"""A report that is given again is the one that would be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wholeship.adapters.answers import AnswerFolder
from wholeship.app.kept_reports import VARIANTS, KeptReports, RepositoryReports
from wholeship.verdict import check
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.rule_names import RULE_NAMES
from wholeship.verdict.rules import RULES
from wholeship.verdict.watched import Watched

WORKFLOW = "on: push\njobs: {push: {runs-on: ubuntu-latest, steps: [{run: ./push.sh}]}}\n"
PATH = ".github/workflows/a.yml"
SCRIPTS = {"push.sh": "#!/bin/sh\n. ./names.sh\ndocker push r.example/app:$NAME\n", "names.sh": "NAME=1\n"}
OPTIONS = Options()


def read_of(files: dict[str, str]) -> Callable[[str], str | None]:
    return lambda path: files.get(path)


@pytest.fixture
def folder(tmp_path: Path) -> AnswerFolder:
    return AnswerFolder(tmp_path / "answers")


@pytest.fixture
def studied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the workflows that are read."""
    read: list[str] = []
    study_of = check.study_of

    def counted(content: str | bytes, path: str, *more: Any) -> Any:
        read.append(path)
        return study_of(content, path, *more)

    monkeypatch.setattr(check, "study_of", counted)
    return read


def asked(
    folder: AnswerFolder, files: dict[str, str], options: Options = OPTIONS, program: str = "this one"
) -> WorkflowReport:
    known = KeptReports(options, program, folder)
    found = RepositoryReports(known, read_of(files)).report(PATH, WORKFLOW)
    known.save()
    assert found == check_one(WORKFLOW, PATH, read_of(files), options)
    return found


def test_it_is_not_made_again_where_nothing_has_changed(folder: AnswerFolder, studied: list[str]) -> None:
    """The same file, with the same content of all that was read, is read once, in another process too."""
    assert asked(folder, SCRIPTS) == asked(folder, dict(SCRIPTS))
    assert len(studied) == 2 + 1  # once to keep it, and what is compared with each time


@pytest.mark.parametrize("name", [*SCRIPTS, "docker-compose.yml"])
def test_another_file_makes_another_report(name: str, folder: AnswerFolder, studied: list[str]) -> None:
    """Whatever was read, or looked for and not found, is looked at again; a file that nobody reads is not."""
    first = asked(folder, SCRIPTS)
    other = {**SCRIPTS, name: SCRIPTS.get(name, "") + "docker push r.example/other:1\n"}
    assert (asked(folder, other) == first) is (name not in SCRIPTS)
    assert asked(folder, SCRIPTS) == first


def test_versions_are_kept_side_by_side(folder: AnswerFolder, studied: list[str]) -> None:
    """Going to and fro between versions reads each once, up to a number of them."""
    versions = [{**SCRIPTS, "names.sh": f"NAME={number}\n"} for number in range(VARIANTS)]
    for files in versions * 2:
        asked(folder, files)
    assert len(studied) == VARIANTS * 3


@pytest.mark.parametrize(
    "options",
    [Options(watched=Watched(("app",), "here")), Options(rules=("half-release",)), Options(previews=("1",))],
)
def test_another_question_is_another_report(
    options: Options, folder: AnswerFolder, studied: list[str]
) -> None:
    """What is asked is in the key, and so is the program."""
    asked(folder, SCRIPTS)
    asked(folder, SCRIPTS, options)
    asked(folder, SCRIPTS, program="another")
    assert len(studied) == 3 * 2


def test_nothing_is_kept_on_disk_where_a_function_has_a_say(folder: AnswerFolder, studied: list[str]) -> None:
    """A policy that elects tags, or a forecast, cannot be compared: such a report is made anew."""
    elected = Options(watched=Watched(("app",), "here", lambda _repository, _tag: True))
    for options in (elected, replace(OPTIONS, minutes=lambda *_: 1.0), replace(OPTIONS, disks=lambda _: ())):
        asked(folder, SCRIPTS, options)
        asked(folder, SCRIPTS, options)
    assert len(studied) == 3 * 4


def test_what_is_damaged_or_another_thing_is_no_report(folder: AnswerFolder, studied: list[str]) -> None:
    """Content that is no entry counts as none."""
    asked(folder, SCRIPTS)
    folder.keep(KeptReports(OPTIONS, "this one", folder).key(PATH, WORKFLOW), b"\x93nothing")
    asked(folder, SCRIPTS)
    assert len(studied) == 2 * 2


def test_the_names_of_rules_are_those_of_the_rules() -> None:
    """A rule that is asked by name exists, and each one is asked if nothing else is said."""
    assert tuple(RULES) == RULE_NAMES
