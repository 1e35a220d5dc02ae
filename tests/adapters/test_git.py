"""git, asked so that its answer is whole, in time, and nobody else's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.review.repositories import Repo
from wholeship.adapters import git
from wholeship.adapters.git import address, output
from wholeship.core.errors import CommandFailed, Unfinished


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with one commit."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"a": "x\n"})
    return repo


def test_bytes_come_as_they_are(repo: Repo) -> None:
    """The answer is git's bytes, and what is given on standard input is read."""
    content = b"\xff\x00 caf\xc3\xa9\r\n"
    _, name = output(repo.path, "hash-object", "-w", "--stdin", stdin=content)
    assert output(repo.path, "cat-file", "blob", name.decode().strip()) == (0, content)


def test_an_exit_code_is_an_answer_only_where_it_is_expected(repo: Repo) -> None:
    """A code that was not expected is an error with git's own last words."""
    assert output(repo.path, "diff", "--quiet", "--no-index", "a", "/dev/null", codes=(0, 1))[0] == 1
    with pytest.raises(CommandFailed, match=r"git cat-file failed with exit code 128: fatal: .*nowhere"):
        output(repo.path, "cat-file", "-t", "nowhere")


def test_it_ends_in_time_with_all_that_it_started(repo: Repo, tmp_path: Path) -> None:
    """A git that hangs is ended with its helpers."""
    repo.git("config", "alias.hang", f"!sleep 300 & echo $! > {tmp_path}/pid; wait")
    began = time.monotonic()
    with pytest.raises(CommandFailed, match="gave no answer"):
        output(repo.path, "hang", timeout=1.0)
    assert time.monotonic() - began < 30
    state = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    while time.monotonic() - began < 30 and not ended(state):
        time.sleep(0.05)  # killed, and not yet taken off by a busy kernel
    assert ended(state)


def ended(state: Path) -> bool:
    """Whether the process is gone, or waits only to be counted."""
    try:
        return state.read_text().split(")")[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_an_answer_that_is_too_long_is_refused(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer than the limit is refused whole, never cut."""
    monkeypatch.setattr(git, "OUTPUT_LIMIT", 10)
    with pytest.raises(Unfinished, match="too large to be judged"):
        output(repo.path, "rev-parse", "HEAD")


def test_no_secret_is_in_the_complaint(repo: Repo) -> None:
    """A password in an address does not get into the message."""
    with pytest.raises(CommandFailed) as caught:
        output(repo.path, "fetch", "https://user:hunter2horse@127.0.0.1:1/x", timeout=30.0)
    assert "hunter2horse" not in caught.value.message + "".join(caught.value.tail)


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("git@github.com:acme/shop.git", "https://github.com/acme/shop"),
        ("https://user:secret@github.com/acme/shop.git", "https://github.com/acme/shop"),
        ("ssh://git@github.acme.io:22/acme/shop", "https://github.acme.io/acme/shop"),
        ("/srv/git/shop.git", ""),
        ("../shop", ""),
    ],
)
def test_a_remote_as_an_address(repo: Repo, remote: str, shown: str) -> None:
    """A remote is shown as people open it, without user information; a path is none."""
    assert address(remote) == shown


def test_the_remote_is_the_one_that_git_has_now(repo: Repo, tmp_path: Path) -> None:
    """Also once it is another, where it is given twice, and where a submodule has one of its own."""
    assert git.remote_address(repo.path) == ""
    repo.git("remote", "add", "origin", "git@example.com:one/first.git")
    assert git.remote_address(repo.path) == "https://example.com/one/first"
    inner = repo.path / ".git" / "modules" / "inner"
    inner.mkdir(parents=True)
    (inner / "config").write_text('[remote "origin"]\n\turl = https://example.com/inner\n')
    repo.git("remote", "set-url", "origin", "https://example.com/second")
    repo.git("remote", "set-url", "--add", "origin", "https://example.com/third")
    expected = git.address(repo.git("config", "--get", "remote.origin.url"))
    found = git.look_for_work_tree(repo.path)
    assert found is not None
    assert found.source == git.remote_address(repo.path) == expected == "https://example.com/third"
    assert git.remote_address(tmp_path) == ""
