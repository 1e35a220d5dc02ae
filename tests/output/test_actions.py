"""GitHub Actions log commands cannot be forged by the text they carry."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.place import Place
from wholeship.core.progress import Outcome, Task
from wholeship.output.actions import ActionsLog, annotation, group, log_command, write_summary
from wholeship.output.terminal import Logs


@given(st.text(), st.text(min_size=1))
def test_one_command_is_one_line(message: str, title: str) -> None:
    """Whatever the message and the title hold, a command stays one line with one message part."""
    line = log_command("error", message, title=title)
    assert len(line.splitlines()) == 1
    head, _, _ = line[2:].partition("::")
    assert head.startswith("error")
    assert "\x1b" not in line


def test_annotation_names_its_place() -> None:
    """An annotation carries file, line and column, so that GitHub shows it in the diff."""
    place = Place("a,b.yml", 3, 7)
    assert annotation("error", "100% lost\nsee below", place=place, title="half: release") == (
        "::error file=a%2Cb.yml,line=3,col=7,title=half%3A release::100%25 lost%0Asee below"
    )


@given(st.text(), st.lists(st.text()))
def test_a_group_holds_its_text(title: str, text: list[str]) -> None:
    """A log is folded whole: nothing in it or in its title opens, closes or commands anything."""
    lines = group(title, text).split("\n")
    assert lines[0].startswith("::group::")
    assert lines[-1] == "::endgroup::"
    assert not [line for line in lines[1:-1] if line.lstrip().startswith(("::", "##["))]


def test_a_long_log_is_cut_at_its_beginning() -> None:
    """The last lines are the ones that tell; secrets are not among them."""
    stream, task = io.StringIO(), Task("build", "app")
    log = ActionsLog(stream)
    log.started(task)
    for number in range(2000):
        log.printed(task, f"line {number}")
    log.printed(task, "ghp_" + "a" * 36)
    assert stream.getvalue() == ""
    log.finished(task, Outcome.DONE)
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["::group::build app", "line 1501"]
    assert lines[-3:-1] == ["***", "::endgroup::"]
    assert lines[-1].startswith("build app: done")
    assert len(lines) == 503


def test_logs_of_what_never_ended_are_not_lost() -> None:
    """A release that is broken off leaves what its builders said so far."""
    stream = io.StringIO()
    with ActionsLog(stream) as log:
        log.started(Task("build", "app"))
        log.printed(Task("build", "app"), "step 1")
    assert stream.getvalue().splitlines() == ["::group::build app", "step 1", "::endgroup::"]


def test_logs_as_they_come_cannot_give_commands() -> None:
    """Line by line, each after the name of its task."""
    stream = io.StringIO()
    log = ActionsLog(stream, logs=Logs.LIVE)
    log.printed(Task("build", "app"), "::error::forged")
    assert stream.getvalue() == "build app | ::error::forged\n"


def test_strangers_cannot_give_commands() -> None:
    """A remark that looks like a log command is printed, not obeyed."""
    stream = io.StringIO()
    log = ActionsLog(stream)
    log.said("::set-output name=x::1")
    log.said("##[error]forged")
    for line in stream.getvalue().splitlines():
        assert not line.startswith(("::", "##["))


def test_failure_is_annotated() -> None:
    """A failed task leaves its line and an error annotation with the reason."""
    stream = io.StringIO()
    log = ActionsLog(stream)
    log.started(Task("build", "app"))
    log.finished(Task("build", "app"), Outcome.FAILED, "no space left")
    assert "build app: FAILED" in stream.getvalue()
    assert "::error title=build app::no space left" in stream.getvalue()


def test_summary_goes_where_github_reads_it(tmp_path: Path) -> None:
    """The summary is appended to the file GitHub names, and nowhere when it names none."""
    path = tmp_path / "summary.md"
    assert write_summary("# one", {"GITHUB_STEP_SUMMARY": str(path)})
    assert write_summary("# two", {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text() == "# one\n# two\n"
    assert not write_summary("# lost", {})
