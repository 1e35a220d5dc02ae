"""What a suite of a change that nobody trusts can reach: its work tree, and nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.review.repositories import Repo
from wholeship.adapters.cell import Cell
from wholeship.adapters.suites import ShellSuites
from wholeship.adapters.worktree import worktree
from wholeship.core.errors import BadInput, ToolMissing
from wholeship.review.ports import SuiteRun
from wholeship.review.settings import Confinement, Suite

real = pytest.mark.real
HELD = Confinement()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A work tree of a repository, beside a home folder full of things that a thief wants."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    home = tmp_path / "home"
    for name in (".ssh/id_ed25519", ".docker/config.json", ".gitconfig", ".git-credentials", ".netrc"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("hush-hush\n")
    (home / ".local/state/wholeship/review").mkdir(parents=True)
    (home / ".local/state/wholeship/review/kept").write_text("hush-hush\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ".local/state"))
    repo = Repo(tmp_path / "repo")
    head = repo.commit({"a.txt": "a\n"})
    with worktree(repo.path, head) as path:
        yield path


def run(tree: Path, command: str, **more: object) -> SuiteRun:
    suite = Suite("unit", command, confinement=HELD, **more)  # type: ignore[arg-type]
    return ShellSuites(tree.parent / "logs").run(suite, tree, label="head")


def said(tree: Path, command: str, **more: object) -> str:
    return "\n".join(run(tree, command, **more).tail)


@real
def test_it_runs_and_writes_in_its_tree(tree: Path) -> None:
    """A suite runs as always: in its tree, with the toolchains, its exit code and its tests counted."""
    found = run(
        tree,
        f"cat a.txt && touch made && {sys.executable} -c '' && echo 'Ran 3 tests in 0.1s' && exit 3",
    )
    assert (found.exit_code, (tree / "made").exists()) == (3, True)
    assert found.tests is not None
    assert found.tests.ran == 3


@real
def test_secrets_of_the_environment_are_not_there(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable with a secret is seen, not even one that the settings name, nor another process's."""
    for name in ("GH_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "hush-hush")
    told = said(
        tree, "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; true", environment=("DATABASE_URL",)
    )
    assert "hush-hush" not in told
    assert "PATH=" in told


@real
@pytest.mark.parametrize("name", [".ssh/id_ed25519", ".docker/config.json", ".netrc", ".git-credentials"])
def test_credentials_and_their_helpers_are_out_of_reach(tree: Path, tmp_path: Path, name: str) -> None:
    """The home folder is not there: neither keys and stored passwords, nor what would hand them out."""
    assert "hush-hush" not in said(tree, f"cat {tmp_path}/home/{name}; cat ~/{name}; true")
    assert "hush-hush" not in said(tree, "printf 'protocol=https\\nhost=x\\n\\n' | git credential fill; true")


@real
def test_git_configuration_cannot_be_read_or_changed(tree: Path, tmp_path: Path) -> None:
    """Neither the user's, nor the repository's: hooks put there would run as the user later."""
    config = tmp_path / "repo/.git/config"
    before = config.read_bytes()
    command = (
        f"git config --global alias.x '!touch {tmp_path}/home/fired'; git config core.fsmonitor evil; "
        f"echo '[core]' >> {config}; cat {tmp_path}/home/.gitconfig {config}; "
        f"mkdir -p {tmp_path}/repo/.git/hooks && touch {tmp_path}/repo/.git/hooks/post-checkout; "
        "echo x > .git; true"
    )
    assert "hush-hush" not in said(tree, command)
    assert config.read_bytes() == before
    assert (tmp_path / "home/.gitconfig").read_text() == "hush-hush\n"
    assert not (tmp_path / "repo/.git/hooks/post-checkout").exists()
    assert (tree / ".git").read_text().startswith("gitdir: ")


@real
def test_the_state_folder_cannot_be_read_or_changed(tree: Path, tmp_path: Path) -> None:
    """Kept verdicts, budgets and counts are not there."""
    kept = tmp_path / "home/.local/state/wholeship/review/kept"
    assert "hush-hush" not in said(tree, f"cat {kept}; echo forged > {kept}; rm -rf {kept.parent}; true")
    assert kept.read_text() == "hush-hush\n"


@real
def test_there_is_no_network_unless_it_is_asked_for(tree: Path) -> None:
    """Not even to this machine; with `network: true` there is."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        command = f"{sys.executable} -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)'"
        assert run(tree, command).exit_code != 0
        assert run(tree, command, network=True).exit_code == 0


@real
def test_memory_and_time_have_an_end(tree: Path) -> None:
    """What takes more memory than it may fails, what takes too long is ended, with all that it started."""
    hungry = f"{sys.executable} -c 'x = bytearray(600 * 1024 * 1024); print(len(x))'"
    assert run(tree, hungry, memory=200).exit_code != 0
    assert run(tree, hungry, memory=2000).exit_code == 0
    own = f"47.{os.getpid()}{time.time_ns()}"  # another run of this test may sleep beside it
    slow = run(tree, f"(sleep {own} &) ; sleep {own}", timeout=1.0)
    assert slow.exit_code is None
    # What is killed is on the list until the kernel has taken it down.
    assert _is_soon_gone(own)


def _is_soon_gone(words: str) -> bool:
    """Whether no program of the machine has *words* in its command line, or will have in 20 seconds."""
    for _ in range(100):
        if words not in subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout:
            return True
        time.sleep(0.2)
    return False


@real
def test_nothing_else_of_the_machine_can_be_written(tree: Path) -> None:
    """Programs and libraries are read only; what is written elsewhere is gone with the suite."""
    assert "yes" not in said(
        tree, "touch /usr/x && echo yes; touch /lib/x && echo yes; touch /etc/wholeship-x; true"
    )
    assert not Path("/etc/wholeship-x").exists()


@real
@pytest.mark.parametrize("name", ["kernel/core_pattern", "kernel/hostname", "vm/swappiness", "fs/file-max"])
def test_the_kernel_cannot_be_set(tree: Path, name: str) -> None:
    """Settings of the kernel are the machine's: not even root writes them, not even what they are already."""
    path = f"/proc/sys/{name}"
    assert "yes" not in said(tree, f'was=$(cat {path}); echo "$was" > {path} && echo yes; true')


@real
def test_the_kernel_tells_nothing_of_others(tree: Path) -> None:
    """No memory of the machine, no keys of its users."""
    assert "0 0" in said(tree, "echo $(head -c 9 /proc/kcore | wc -c) $(cat /proc/keys 2>/dev/null | wc -l)")


def test_where_nothing_can_hold_it_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bubblewrap and an engine the suite is refused, not run as always."""
    monkeypatch.setenv("PATH", str(tmp_path))
    suite = Suite("unit", "echo ran > ran", confinement=HELD)
    with pytest.raises(ToolMissing):
        ShellSuites(tmp_path / "logs").run(suite, tmp_path, label="head")
    assert not (tmp_path / "ran").exists()


def test_a_home_folder_is_no_toolchain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the home folder nor what holds it can be named as readable; what lies in it can."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    suite = Suite("unit", "true")
    for path in (str(tmp_path / "home"), str(tmp_path), "/", "relative"):
        with pytest.raises(BadInput):
            list(Cell(readable=(path,))._readable({}))
    inside = str(tmp_path / "home/.rustup")
    assert inside in list(Cell(readable=(inside,))._readable({}))
    assert suite.confinement is None


def test_a_container_is_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an image and an engine: no network, no rights, limits, the tree alone, no secret."""
    engine = tmp_path / "podman"
    engine.write_text("#!/bin/sh\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    suite = Suite("unit", "pytest", memory=512, timeout=60)
    argv, seen = Cell("python:3.12").enclose(
        ["sh", "-c", "pytest"], {"LANG": "C", "CARGO_HOME": "/x"}, tmp_path, (), suite
    )
    text = " ".join(argv)
    assert argv[0] == str(engine)
    assert "--network none" in text
    assert "--cap-drop ALL" in text
    assert "--memory 512m" in text
    assert f"--volume {tmp_path}:{tmp_path}" in text
    assert "CARGO_HOME" not in text
    assert "timeout -k 5 61" in text
    assert "GH_TOKEN" not in seen
