"""A kept answer is given where the same would be found again, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wholeship.app.check_question import CheckQuestion
from wholeship.app.kept_checks import KeptCheck, check_memory
from wholeship.app.target import WorkflowTerms
from wholeship.app.world import World
from wholeship.cli.main import main
from wholeship.core.finding import Severity
from wholeship.core.progress import Silent
from wholeship.verdict import check

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
ANSWER = KeptCheck("all well\n", 0)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One workflow that runs a script, a release file and a manifest."""
    root = tmp_path / "repository"
    for name, text in {
        ".github/workflows/a.yml": WORKFLOW,
        "push.sh": "docker push ghcr.io/x/a:1\n",
        "wholeship.yaml": "images: {a: {repository: ghcr.io/x/a}}\n",
        "deploy/policy.yaml": POLICY,
        "known.json": "{}",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".git").mkdir()
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def world() -> World:
    return replace(World(Silent()), program_state=lambda: "this one")


QUESTION = CheckQuestion(baseline="known.json")


def recalled(world: World, question: CheckQuestion = QUESTION, shown_as: str = "json") -> KeptCheck | None:
    memory = check_memory(question, shown_as, world)
    return memory.recall() if memory is not None else None


def keep(world: World, root: Path) -> None:
    """The answer, for which the script was read, and a file that is not there."""
    memory = check_memory(QUESTION, "json", world)
    assert memory is not None
    read = memory.reads.recorded(root, world.files_below(root))
    assert read("push.sh") is not None
    assert read("Makefile") is None
    memory.keep(ANSWER)


def test_nothing_changed(repository: Path, world: World) -> None:
    """The same text and exit code."""
    assert recalled(world) is None
    keep(world, repository)
    assert recalled(world) == ANSWER


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/a.yml", WORKFLOW + "# more\n"),
        (".github/workflows/b.yml", WORKFLOW),
        ("push.sh", "docker push ghcr.io/x/b:1\n"),
        ("Makefile", "all:\n\tdocker push ghcr.io/x/b:1\n"),
        ("wholeship.yaml", "images: {a: {repository: ghcr.io/x/b}}\n"),
        ("deploy/policy.yaml", POLICY + "metadata: {name: x}\n"),
        ("deploy/other.yaml", POLICY),
        ("known.json", "[]"),
        (".wholeship/forecast.db", ""),
    ],
)
def test_a_changed_file(repository: Path, world: World, name: str, text: str) -> None:
    """Whatever the answer rests on, or would have rested on: it is not given; and given when it is back."""
    keep(world, repository)
    path = repository / name
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert recalled(world) is None
    if before is None:
        path.unlink()
    else:
        path.write_text(before)
    assert recalled(world) == ANSWER


@pytest.mark.parametrize(
    "gone", [".github/workflows/a.yml", "push.sh", "wholeship.yaml", "deploy/policy.yaml"]
)
def test_a_file_that_is_gone(repository: Path, world: World, gone: str) -> None:
    """So is one that is gone."""
    (repository / ".github/workflows/z.yml").write_text(WORKFLOW)
    keep(world, repository)
    (repository / gone).unlink()
    assert recalled(world) is None


@pytest.mark.parametrize(
    "question",
    [
        CheckQuestion(),
        replace(QUESTION, failing=Severity.ERROR),
        replace(QUESTION, paths=(".github/workflows/a.yml",)),
        replace(QUESTION, terms=WorkflowTerms(only=("half-release",))),
        replace(QUESTION, terms=WorkflowTerms(skip=("half-release",))),
        replace(QUESTION, terms=WorkflowTerms(watched=("a",))),
        replace(QUESTION, fix=True),
        replace(QUESTION, write_baseline="new.json"),
    ],
)
def test_another_question(repository: Path, world: World, question: CheckQuestion) -> None:
    """It is another answer."""
    keep(world, repository)
    assert recalled(world, question) is None


def test_another_look_and_another_program(repository: Path, world: World) -> None:
    """So it is in another format, and from another version; a program that cannot be told keeps nothing."""
    keep(world, repository)
    assert recalled(world, shown_as="text") is None
    assert recalled(replace(world, program_state=lambda: "another")) is None
    assert check_memory(QUESTION, "json", replace(world, program_state=lambda: "")) is None


@pytest.mark.parametrize("section", ["gitops: {policy: deploy}\n", "forecast: {jobs: {a: {minutes: 3}}}\n"])
def test_a_release_file_that_leads_on(repository: Path, world: World, section: str) -> None:
    """Where the release file names manifests or figures, nothing is kept."""
    with (repository / "wholeship.yaml").open("a") as file:
        file.write(section)
    assert check_memory(QUESTION, "json", world) is None


def test_what_changes_meanwhile_is_not_kept(repository: Path, world: World) -> None:
    """A file that changes between the look and the answer."""
    memory = check_memory(QUESTION, "json", world)
    assert memory is not None
    memory.reads.recorded(repository, world.files_below(repository))("push.sh")
    (repository / "push.sh").write_text("true\n")
    memory.keep(ANSWER)
    assert recalled(world) is None


@pytest.mark.parametrize(
    "held", [b"", b"\n", b"{}\ntext", b"[]\ntext", b'{"code": 0, "reads": 1}\n', b"\xff\n"]
)
def test_a_strange_entry_is_none(repository: Path, world: World, held: bytes) -> None:
    """Whatever is found under the key: no answer that was not kept."""
    memory = check_memory(QUESTION, "json", world)
    assert memory is not None
    world.open_answers().keep(memory.key, held)
    assert memory.recall() is None


def _changed_script(root: Path) -> None:
    (root / "push.sh").write_text("docker push ghcr.io/x/a:1 && docker push ghcr.io/x/b:1\n")


def _nothing(_root: Path) -> None:
    pass


@pytest.mark.parametrize("many", [1, 30])
@pytest.mark.parametrize("change", [_nothing, _changed_script])
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_command_says_the_same(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    form: str,
    change: Callable[[Path], None],
    many: int,
) -> None:
    """With what is kept, and without: the same text and exit code, also after a script has changed."""
    for number in range(many):
        (repository / ".github/workflows" / f"w{number}.yml").write_text(WORKFLOW)
    (repository / "wholeship.yaml").unlink()
    main(["check", "--format", form])
    change(repository)
    capsys.readouterr()
    told = [main(["check", "--format", form, *more]) for more in ([], ["--no-cache"], [])]
    assert len(set(told)) == 1
    text = capsys.readouterr().out
    assert text == text[: len(text) // 3] * 3


def test_a_kept_answer_needs_no_reading(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time, nothing is imported that reads workflows."""
    (repository / "wholeship.yaml").unlink()
    first = main(["check"]), capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "wholeship.app.check", None)
    assert (main(["check"]), capsys.readouterr().out) == first


@pytest.mark.parametrize(("words", "read"), [((), ["b.yml"]), (("--no-cache",), ["a.yml", "b.yml"])])
def test_where_one_file_has_changed_the_others_are_not_read(
    words: tuple[str, ...], read: list[str], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reports on them are those that they had, unless the user wants all of it anew."""
    for name in ("wholeship.yaml", "deploy/policy.yaml"):
        (repository / name).unlink()
    (repository / ".github/workflows/b.yml").write_text(WORKFLOW)
    main(["check"])
    studied: list[str] = []
    study_of = check.study_of

    def counted(content: str | bytes, path: str, *more: Any) -> Any:
        studied.append(Path(path).name)
        return study_of(content, path, *more)

    monkeypatch.setattr(check, "study_of", counted)
    (repository / ".github/workflows/b.yml").write_text(f"# edited\n{WORKFLOW}")
    main(["check", *words])
    assert studied == read
