"""Git in a stranger's repository starts nothing that the repository names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from wholeship.adapters.git import look_for_work_tree, output
from wholeship.adapters.git_guard import Places, Said, git_places, guard, neutral
from wholeship.adapters.ranges import GitRepository
from wholeship.core.errors import CommandFailed, Unfinished, WholeshipError


def git(folder: Path, *arguments: str) -> str:
    """Git as the attacker runs it, at home."""
    who = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgSign=false")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def trap(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A repository with two commits, a program that leaves a mark, and where the mark would be."""
    folder, mark = tmp_path / "repo", tmp_path / "fired"
    folder.mkdir()
    canary = tmp_path / "canary"
    canary.write_text(f'#!/bin/sh\necho "$0 $@" >> {mark}\ncat\n')
    canary.chmod(0o755)
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    (folder / "a.txt").write_text("two\n")
    git(folder, "commit", "-qam", "two")
    return folder, canary, mark


SETTINGS = {
    "filter clean": ("filter.evil.clean", "{}"),
    "filter smudge": ("filter.evil.smudge", "{}"),
    "filter process": ("filter.evil.process", "{}"),
    "fsmonitor": ("core.fsmonitor", "{}"),
    "hooks path": ("core.hooksPath", "{folder}"),
    "external diff": ("diff.external", "{}"),
    "diff command": ("diff.evil.command", "{}"),
    "text converter": ("diff.evil.textconv", "{}"),
    "merge driver": ("merge.evil.driver", "{} %A"),
    "gpg": ("gpg.program", "{}"),
    "gpg ssh": ("gpg.ssh.program", "{}"),
    "pager": ("core.pager", "{}"),
    "editor": ("core.editor", "{}"),
    "askpass": ("core.askPass", "{}"),
    "alternate refs": ("core.alternateRefsCommand", "{}"),
    "upload pack": ("remote.origin.uploadpack", "{}"),
    "ssh": ("core.sshCommand", "{}"),
    "git proxy": ("core.gitProxy", "{}"),
    "credential helper": ("credential.helper", "!{}"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_of_the_repository_starts_a_program(name: str, trap: tuple[Path, Path, Path]) -> None:
    """Whatever the repository's configuration names, looking, listing, comparing, merging and checking out
    run none of it."""
    folder, canary, mark = trap
    (folder / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (canary.parent / hook).write_text(canary.read_text())
        (canary.parent / hook).chmod(0o755)
    base, head = git(folder, "rev-parse", "HEAD~1").strip(), git(folder, "rev-parse", "HEAD").strip()
    git(folder, "remote", "add", "origin", str(folder))
    key, value = SETTINGS[name]
    git(folder, "config", key, value.format(canary, folder=canary.parent))
    git(folder, "config", "log.showSignature", "true")
    mark.unlink(missing_ok=True)
    os.utime(folder / "a.txt", (1, 1))  # git has to read it again to know whether it changed

    repository = GitRepository(folder)
    assert look_for_work_tree(folder) is not None
    output(folder, "log", "-z", "--format=%s", "HEAD")
    repository.diff(base, head)
    with repository.worktree(head), repository.export(head):
        pass
    repository.merged_tree(base, (head,))
    with pytest.raises(WholeshipError):
        repository.capture("main", fetch=True)
    assert not mark.exists(), mark.read_text()


def test_the_canary_fires_without_the_guard(trap: tuple[Path, Path, Path]) -> None:
    """The trap is one: git as everybody runs it starts the filter."""
    folder, canary, mark = trap
    (folder / ".gitattributes").write_text("* filter=evil\n")
    git(folder, "config", "filter.evil.clean", str(canary))
    os.utime(folder / "a.txt", (1, 1))
    git(folder, "status")
    assert mark.exists()


def test_submodules_are_looked_into_without_their_programs(trap: tuple[Path, Path, Path]) -> None:
    """Git looks into submodules with their own configuration; it starts nothing of that either."""
    folder, canary, mark = trap
    outer = folder.parent / "outer"
    outer.mkdir()
    git(outer, "init", "-q", "-b", "main")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder), "part")
    git(outer, "commit", "-qm", "with a part")
    (outer / "part" / ".gitattributes").write_text("* filter=evil\n")
    git(outer / "part", "config", "filter.evil.clean", str(canary))
    os.utime(outer / "part" / "a.txt", (1, 1))
    found = look_for_work_tree(outer)
    assert found is not None
    assert found.dirty
    assert not mark.exists()


def test_nothing_is_fetched_while_looking(trap: tuple[Path, Path, Path]) -> None:
    """What a partial clone lacks is an error, never a connection to where the repository points."""
    folder, canary, mark = trap
    blob = git(folder, "rev-parse", "HEAD:a.txt").strip()
    (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "remote.origin.url": f"ext::{canary}",
        "remote.origin.promisor": "true",
        "protocol.ext.allow": "always",
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
    }.items():
        git(folder, "config", key, value)
    with pytest.raises(CommandFailed):
        output(folder, "cat-file", "blob", blob)
    assert not mark.exists()


def test_the_persons_own_helpers_stay() -> None:
    """A helper that the repository names is taken back; those of the person's own settings come after it."""
    said = [
        Said("global", "credential.helper", "store"),
        Said("local", "credential.helper", "!evil"),
        Said("global", "filter.lfs.clean", "git-lfs clean"),
    ]
    assert list(neutral(said)) == [("credential.helper", ""), ("credential.helper", "store")]


def test_names_with_odd_letters_are_taken_back_whole(trap: tuple[Path, Path, Path]) -> None:
    """A driver whose name holds a dot, a blank or an equals sign is as harmless as any other."""
    folder, canary, _ = trap
    git(folder, "config", "filter.we=i r.d.clean", str(canary))
    settings = guard(folder)
    keys = {value for key, value in settings.items() if key.startswith("GIT_CONFIG_KEY_")}
    assert "filter.we=i r.d.clean" in keys


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_repository_is_an_error(trap: tuple[Path, Path, Path]) -> None:
    """A work tree that git will not look at is told with the cure, never taken for no repository."""
    folder, _, _ = trap
    for path in (folder, folder / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(Unfinished) as caught:
        look_for_work_tree(folder)
    assert "safe.directory" in caught.value.advice


def test_no_repository_is_none(tmp_path: Path) -> None:
    """A folder that is in no repository has no commit, and that is no error."""
    assert look_for_work_tree(tmp_path) is None


def test_another_folder_is_another_repository(
    tmp_path: Path, trap: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is neutral in one folder is not remembered for the next, where both are called ``.``."""
    harmless = tmp_path / "harmless"
    harmless.mkdir()
    git(harmless, "init", "-q")
    monkeypatch.chdir(harmless)
    first = guard(Path())
    git(trap[0], "config", "filter.evil.clean", str(trap[1]))
    monkeypatch.chdir(trap[0])
    assert guard(Path()) == guard(trap[0])
    assert guard(Path()) != first


def test_the_places_are_those_of_git(tmp_path: Path) -> None:
    """A work tree, a linked one, one with a line end in its name, a bare one and none: as git says each."""
    strange = tmp_path / "two\nlines"
    for folder in (tmp_path / "plain", strange):
        folder.mkdir()
        git(folder, "init", "--quiet")
        git(folder, "commit", "--quiet", "--allow-empty", "-m", "one")
    plain, linked, bare = tmp_path / "plain", tmp_path / "linked", tmp_path / "bare"
    git(plain, "worktree", "add", "--quiet", str(linked))
    bare.mkdir()
    git(bare, "init", "--quiet", "--bare")
    own = plain / ".git"
    assert git_places(plain) == Places(own, own, plain)
    assert git_places(linked) == Places(own, own / "worktrees" / "linked", linked)
    assert git_places(strange) == Places(strange / ".git")
    assert git_places(bare) == Places(bare, bare)
    assert git_places(tmp_path) == Places()
