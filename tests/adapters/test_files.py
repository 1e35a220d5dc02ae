"""The state folder, and files written whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wholeship.adapters.files import State, write_new, write_over
from wholeship.core.errors import BadInput, Unfinished

COUNT = """
import sys
from collections.abc import Callable
from pathlib import Path
from wholeship.adapters.files import State
for _ in range(25):
    print(State(Path(sys.argv[1])).count())
"""


def test_no_number_is_given_twice(tmp_path: Path) -> None:
    """Four processes that count at the same time get a hundred different numbers, without a gap."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", COUNT, str(tmp_path / "s")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    numbers = [int(line) for one in running for line in one.communicate()[0].split()]
    assert sorted(numbers) == list(range(1, 101))
    assert State(tmp_path / "s").peek() == 101


def test_peeking_writes_nothing(tmp_path: Path) -> None:
    """Asking for the next number leaves no trace."""
    assert State(tmp_path / "s").peek() == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "x", "-1", "1e3", "9" * 16, "²", "1\n2"])
def test_a_damaged_counter_is_not_guessed_at(tmp_path: Path, content: str) -> None:
    """A number could be used twice: it is asked for instead, and the file stays as it is."""
    state = State(tmp_path)
    (tmp_path / "counter").write_text(content)
    with pytest.raises(BadInput) as caught:
        state.count()
    assert "counter" in caught.value.message
    assert (tmp_path / "counter").read_text() == content


def test_the_folder_is_private_and_out_of_gits_sight(tmp_path: Path) -> None:
    """Mode 0700, with an ignore file that covers itself."""
    State(tmp_path / "s").prepare()
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "s" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("call", ["prepare", "count", "peek"])
def test_a_file_in_its_place(tmp_path: Path, call: str) -> None:
    """Where no folder can be, the advice is to name another."""
    (tmp_path / "s").write_text("")
    with pytest.raises(Unfinished) as caught:
        getattr(State(tmp_path / "s"), call)()
    assert "--state" in caught.value.advice


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """Nobody makes us write elsewhere."""
    target = tmp_path / "elsewhere"
    state = State(tmp_path / "s")
    state.prepare()
    (tmp_path / "s" / "counter.lock").symlink_to(target)
    with pytest.raises(Unfinished):
        state.count()
    assert not target.exists()


def test_releases_come_newest_first(tmp_path: Path) -> None:
    """By when their journal was written to last; folders without a journal do not count."""
    state = State(tmp_path)
    for number, tag in enumerate(("a", "b", "c")):
        path = state.release(tag) / "journal.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
        os.utime(path, (1000 + number, 1000 + number))
    (tmp_path / "releases" / "empty").mkdir()
    assert state.releases() == ("c", "b", "a")
    assert State(tmp_path / "nowhere").releases() == ()


def test_a_new_file_is_new(tmp_path: Path) -> None:
    """Nothing is written over, or through a link."""
    path = tmp_path / "f"
    write_new(path, "one")
    with pytest.raises(BadInput, match="is there already"):
        write_new(path, "two")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    with pytest.raises(BadInput):
        write_new(link, "x")
    assert not (tmp_path / "target").exists()
    with pytest.raises(Unfinished, match="nowhere"):
        write_new(tmp_path / "nowhere" / "f", "x")


def test_writing_over_replaces_whole(tmp_path: Path) -> None:
    """A link is replaced, not followed; on trouble nothing is left behind."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("kept")
    link.symlink_to(target)
    write_over(link, "new")
    assert (target.read_text(), link.read_text(), link.is_symlink()) == ("kept", "new", False)
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unfinished):
        write_over(tmp_path / "folder", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link", "target"]


def linked_out(tmp_path: Path) -> tuple[Path, Path]:
    """A repository that holds a link to a folder outside of it, and that folder."""
    repository, outside = tmp_path / "repo", tmp_path / "outside"
    (repository / ".git").mkdir(parents=True)
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (repository / "docs").symlink_to(outside)
    return repository, outside


@pytest.mark.parametrize("write", [write_new, write_over])
def test_nothing_is_written_out_of_the_repository(write: Callable[[Path, str], None], tmp_path: Path) -> None:
    """A folder that the repository makes a link out of it is not written to."""
    repository, outside = linked_out(tmp_path)
    with pytest.raises(BadInput, match="leads out"):
        write(repository / "docs" / "page.html", "text")
    assert [path.name for path in outside.iterdir()] == ["kept"]


@pytest.mark.parametrize("write", [write_new, write_over])
def test_links_inside_the_repository_are_fine(write: Callable[[Path, str], None], tmp_path: Path) -> None:
    """A link that stays inside is no reason to refuse."""
    repository, _ = linked_out(tmp_path)
    (repository / "real").mkdir()
    (repository / "alias").symlink_to("real")
    write(repository / "alias" / "page.html", "text")
    assert (repository / "real" / "page.html").read_text() == "text"


def test_a_link_is_replaced_never_written_through(tmp_path: Path) -> None:
    """A file that the repository makes a link to another keeps its own content."""
    repository, outside = linked_out(tmp_path)
    target = repository / "wholeship.yaml"
    target.symlink_to(outside / "kept")
    write_over(target, "new")
    assert (outside / "kept").read_text() == "kept"
    assert target.read_text() == "new"
    assert not target.is_symlink()


def test_no_name_is_guessed(tmp_path: Path) -> None:
    """What lies under the names that an older version used for its temporary files is left alone."""
    outside = tmp_path / "outside"
    outside.write_text("kept")
    (tmp_path / ".page.html.new").symlink_to(outside)
    write_over(tmp_path / "page.html", "text")
    assert outside.read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".page.html.new", "outside", "page.html"]


def test_rights_of_what_was_there_stay(tmp_path: Path) -> None:
    """A script that is fixed can still be executed, a private file stays private."""
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o750)
    write_over(path, "new")
    assert path.stat().st_mode & 0o777 == 0o750


def test_state_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A repository that holds .wholeship as a link gets an error, and nothing lands where it leads."""
    repository, outside = linked_out(tmp_path)
    (repository / ".wholeship").symlink_to(outside)
    with pytest.raises(BadInput, match="is a link"):
        State(repository / ".wholeship").prepare()
    assert [path.name for path in outside.iterdir()] == ["kept"]


def test_the_ignore_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A link that leads nowhere yet is not filled."""
    root = tmp_path / ".wholeship"
    root.mkdir()
    (root / ".gitignore").symlink_to(tmp_path / "nowhere")
    State(root).prepare()
    assert not (tmp_path / "nowhere").exists()


WRITERS = {
    "adapters/files.py": "the one module that writes files for people",
    "adapters/journal.py": "the journal, in the state folder",
    "adapters/memory.py": "the review's memory, in the user's own folder",
    "adapters/process.py": "logs, through no link",
    "adapters/tree.py": "reads",
    "adapters/worktree.py": "files of a commit, in a folder made for it",
    "adapters/plain_files.py": "reads",
    "adapters/answers.py": "kept answers, in the user's cache, through no link",
    "adapters/builders/layout.py": "a layout, in a folder made for it",
    "adapters/builders/work.py": "an image file with other names in it, in a folder made for it",
    "release/attestation/demands.py": "the log of a gate",
    "adapters/secret_scanners.py": "its settings for a scanner, in a folder made for them",
    "adapters/reviewers.py": "in a folder made for the reviewer",
    "adapters/builders/isolation.py": "in a folder made for the probe, and the user's cache",
    "output/actions.py": "the step summary, whose path the runner gives",
    "cli/edge.py": "the report of a bug, under a name of its own",
    "output/streams.py": "the null device",
}


def test_nobody_else_writes() -> None:
    """Files are written in one module; whoever else opens one to write is named here with the reason."""
    source = Path(__file__).parents[2] / "src" / "wholeship"
    writing = re.compile(
        r"\.write_text\(|\.write_bytes\(|\bos\.open\(|NamedTemporaryFile\(|open\([^)\n]*[\"'][wax]\+?b?\+?[\"']"
    )
    found = {
        name
        for path in source.rglob("*.py")
        if not (name := path.relative_to(source).as_posix()).startswith("testing/")
        and writing.search(path.read_text())
    }
    assert found - set(WRITERS) == set()
