"""The screen of `check`: what comes first, what is told once, and when nothing is said to be published."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from wholeship.core.finding import Confidence, Finding, Fix, Labelled, Moment, Severity
from wholeship.core.place import Place
from wholeship.core.text import printable
from wholeship.output.check_markdown import check_markdown
from wholeship.output.check_text import SHOWN, check_text
from wholeship.output.check_words import wholeness
from wholeship.output.findings import told_findings
from wholeship.output.ink import Ink
from wholeship.output.terminal import shows_links
from wholeship.verdict.report import PublishLine, Report, Suppressed, Unknown, WorkflowReport

WORKFLOW = WorkflowReport("a.yml", scenarios=("push",), text="one\ntwo\nthree\n")


def finding(
    message: str,
    severity: Severity = Severity.WARNING,
    *,
    rule: str = "tag-drift",
    file: str = "a.yml",
    line: int = 1,
    story: str = "",
    key: str = "",
) -> Finding:
    moments = tuple(Moment(each) for each in story.split(", ") if each)
    places = (Labelled(Place(file, line, 1)),)
    return Finding(rule, severity, Confidence.CERTAIN, message, places, moments, Fix("do so"), key)


def publish(image: str, tag: str = "v1") -> PublishLine:
    place = Place("a.yml", 1)
    return PublishLine(
        "push", "build", "s", image, f"r.io/{image}", (tag,), True, (), "build", (), (), (), place
    )


def shown(*workflows: WorkflowReport, inventory: bool = False) -> str:
    return check_text(Report(workflows), Ink(), inventory)


def heads(text: str) -> list[str]:
    return [line.partition(": ")[2] for line in text.splitlines() if line.startswith(tuple(Severity))]


def test_the_worst_comes_first_whatever_file_it_is_in() -> None:
    """Findings of all files are sorted together; what is published follows them; a count ends it."""
    first = replace(WORKFLOW, findings=(finding("n", Severity.NOTE), finding("w", line=2)))
    second = replace(
        WORKFLOW, path="b.yml", publishes=(publish("app"),), images=("app",),
        findings=(finding("e", Severity.ERROR, file="b.yml"),),
    )  # fmt: skip
    text = shown(first, second)
    assert heads(text) == ["e", "w", "n"]
    assert text.index("note[") < text.index("  app  v1")
    assert text.endswith("\n1 error, 1 warning and 1 note in 2 workflows\n")


def test_a_called_workflow_is_told_once() -> None:
    """In the file itself, with the workflows whose runs it holds in as well, and counted once."""
    own = replace(WORKFLOW, findings=(finding("in a job"),))
    caller = replace(WORKFLOW, path="0.yml", findings=(finding("in call/a job"),))
    text = shown(caller, own)
    assert heads(text) == ["in a job"]
    assert "   = the same in runs of 0.yml\n" in text
    assert "\n1 warning in 2 workflows\n" in text


def test_another_story_at_the_same_place_is_told() -> None:
    """Two runs about different images are two findings, also where one is met through a call."""
    own = replace(WORKFLOW, findings=(finding("app", story="x", key="app"),))
    caller = replace(WORKFLOW, path="0.yml", findings=(finding("web", story="y", key="web"),))
    assert heads(shown(caller, own)) == ["app", "web"]


def test_several_calls_of_one_workflow_are_told_once() -> None:
    """Jobs of one file that call another meet what is found there as often; it is told once."""
    calls = tuple(
        finding(f"in {name}/ship", file="b.yml", story=f"{name}/ship fails", key=f"{name}/scan {name}/ship")
        for name in ("dev", "prod")
    )
    text = shown(replace(WORKFLOW, findings=calls))
    assert heads(text) == ["in dev/ship"]
    assert "the same in runs of" not in text


def test_the_worse_of_two_readings_is_told() -> None:
    """A warning in a file that is an error in the runs of its caller stays an error."""
    own = replace(WORKFLOW, findings=(finding("mild"),))
    caller = replace(WORKFLOW, path="0.yml", findings=(finding("bad", Severity.ERROR),))
    (told,) = told_findings(Report((own, caller)))
    assert (told.finding.message, told.elsewhere) == ("bad", ("a.yml",))


def test_a_line_is_not_shown_twice_in_a_row() -> None:
    """The second finding of one place names the place, and does not print its line again."""
    text = shown(replace(WORKFLOW, findings=(finding("app", line=2), finding("web", line=2))))
    assert heads(text) == ["app", "web"]
    assert text.count("2 | two") == 1
    assert text.count("--> a.yml:2:1") == 2


def test_a_story_says_nothing_twice_in_a_row() -> None:
    """Legs that fail the same way at the same place are one moment of the run."""
    text = shown(replace(WORKFLOW, findings=(finding("app", story="pushed, fails, fails, ends"),)))
    assert "     2. fails\n     3. ends\n" in text


def test_notes_with_one_remedy_are_counted() -> None:
    """The first few in full, the others counted; all of them on demand, and the help once."""
    notes = tuple(finding(f"n{line}", Severity.NOTE, line=line) for line in range(1, 8))
    text = shown(replace(WORKFLOW, findings=notes))
    assert heads(text) == ["n1", "n2", "n3"]
    assert f"and {7 - SHOWN} more notes of tag-drift; --inventory shows them" in text
    assert text.count("= help") == 1
    assert len(heads(shown(replace(WORKFLOW, findings=notes), inventory=True))) == 7


def alike(number: int, severity: Severity = Severity.WARNING) -> Report:
    """*number* workflows in which one and the same thing is found."""
    names = [f"w{at}.yml" for at in range(number)]
    return Report(
        tuple(
            WorkflowReport(
                name,
                scenarios=("push",),
                text="one\n",
                images=("app", "worker"),
                publishes=(publish("app"), publish("worker")),
                findings=(finding("the same of all", severity, file=name, story="first, second"),),
            )
            for name in names
        )
    )


@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING, Severity.NOTE])
def test_one_cause_in_many_workflows_is_told_once(severity: Severity) -> None:
    """500 alike workflows are one finding with its other places, one line of the inventory, and a count."""
    text = check_text(alike(500, severity), Ink(False))
    assert len(text.splitlines()) < 25
    assert text.count("the same of all") == 1
    assert "at 499 other places: w1.yml:1, w10.yml:1, " in text
    assert "w0.yml and 499 more  app and worker" in text
    assert f"500 {severity.value}s in 500 workflows" in text
    assert check_markdown(alike(500, severity)).count("the same of all") == 1


def test_the_inventory_names_every_place_of_what_is_the_same() -> None:
    """--inventory is the whole list."""
    text = check_text(alike(30), Ink(False), inventory=True)
    assert all(f"w{at}.yml:1" in text for at in range(30))


def test_what_differs_in_its_run_is_told_again() -> None:
    """The same sentence with another run before it is another finding."""
    one, other = finding("said", story="first"), finding("said", story="second", line=2)
    text = check_text(Report((replace(WORKFLOW, findings=(one, other)),)), Ink(False))
    assert text.count("]: said") == 2


def test_a_long_inventory_is_a_line_for_each_workflow() -> None:
    """With the answer of each; tags, order and gates on demand."""
    many = [
        replace(
            WORKFLOW, path=f"{name}.yml", whole=False, images=("app", "web"),
            publishes=(publish("app"), publish("web")),
        )
        for name in "abcdef"
    ]  # fmt: skip
    text = shown(*many)
    assert "  b.yml  app and web  can be half released\n" in text
    assert "6 workflows publish images: 6 can be half released\n" in text
    assert "  app  v1" not in text
    assert "  app  v1" in shown(*many, inventory=True)


@pytest.mark.parametrize(
    ("workflow", "nothing"),
    [
        (WORKFLOW, True),
        (replace(WORKFLOW, findings=(finding("x"),)), True),
        (replace(WORKFLOW, unknown=(Unknown("x", "not read", Place("a.yml")),)), False),
        (replace(WORKFLOW, findings=(finding("x", rule="hidden-publish"),)), False),
        (replace(WORKFLOW, suppressed=(Suppressed(finding("x", rule="hidden-publish"), "", ""),)), False),
        (replace(WORKFLOW, findings=(finding("x", rule="broken-workflow"),)), False),
        (replace(WORKFLOW, scenarios=()), False),
        (replace(WORKFLOW, crash="it fell"), False),
        (replace(WORKFLOW, publishes=(publish("app"),), images=("app",)), False),
    ],
)
def test_nothing_is_published_only_where_all_was_read(workflow: WorkflowReport, nothing: bool) -> None:
    """What could not be read, crashed or was answered is never called free of publishes."""
    assert ("nothing publishes an image here" in shown(workflow)) is nothing


def test_links_take_no_room_and_lead_to_page_and_file() -> None:
    """Rule and place are links where the terminal shows them; without them the text is the same."""
    report = Report((replace(WORKFLOW, findings=(finding("x"),)),))
    linked = check_text(report, Ink(links=True, folder="/srv/a repository"))
    assert "\x1b]8;;file:///srv/a%20repository/a.yml\x1b\\a.yml:1:1\x1b]8;;\x1b\\" in linked
    assert "docs/rules/tag-drift.md\x1b\\warning[tag-drift]\x1b]8;;\x1b\\: x" in linked
    assert printable(linked, newlines=True) == check_text(report, Ink())


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "links"),
    [
        ({}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"VTE_VERSION": "7603"}, True),
        ({"VTE_VERSION": "4205"}, False),
        ({"VTE_VERSION": "x"}, False),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"KITTY_WINDOW_ID": "1", "TMUX": "/tmp/t"}, False),
        ({"WT_SESSION": "1", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_links_only_where_they_are_known_to_work(
    environment: dict[str, str], links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what terminals leave in the environment; nothing is written that a terminal would print as it is."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert shows_links(_Terminal(), environment) is links
    assert not shows_links(io.StringIO(), {**environment, "FORCE_HYPERLINK": ""})


def test_a_workflow_that_is_too_large_is_told_with_its_place() -> None:
    """Without an inventory or a finding, its place and the limit stand on the screen and in Markdown."""
    limit = Unknown("the workflow", "it has 700 jobs; more than 600 are not read", Place("a.yml", 3, 3))
    report = Report((replace(WORKFLOW, cut=True, unknown=(limit,)),))
    line = "a.yml:3:3: the workflow is not read: it has 700 jobs; more than 600 are not read"
    assert line in check_text(report, Ink()).splitlines()
    assert line in check_markdown(report).splitlines()


def test_a_reason_that_begins_with_its_name_says_it_once() -> None:
    """A program that nobody knows is named once, as is what could not be read for another reason."""
    place = Place("a.yml")

    def told(what: str, reason: str) -> str:
        return wholeness(replace(WORKFLOW, images=("app", "worker"), unknown=(Unknown(what, reason, place),)))

    assert told("deploy", "deploy, a program that is not known").endswith(
        "unknown: deploy, a program that is not known"
    )
    assert told("deploy", "it is too large").endswith("unknown: deploy: it is too large")
