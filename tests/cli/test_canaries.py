"""Any command may be typed in a repository that somebody hostile wrote: nothing of it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wholeship.cli.main import main
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

STORY = Path(__file__).parents[1] / "fixtures" / "story"
RELEASE_FILE = """\
registry: {registry}/shop
images: {{app: {{context: .}}, worker: {{context: .}}}}
watched: app
tag: "{{timestamp}}-{{sequence}}"
gates: none
environments: {{production: {{policy: none, tag: "prod-{{tag}}", gates: none}}}}
"""
ATTESTS = "attest: {sign: {key: cosign.key}, trust: {keys: [cosign.pub]}}\n"
COMMANDS = {
    "check": ["check"],
    "check-sarif": ["check", "--format", "sarif"],
    "check-fix": ["check", "--fix"],
    "diff": ["diff", "HEAD~1"],
    "diff-two": ["diff", "HEAD~1", "HEAD", "--format", "json"],
    "init": ["init", "--print"],
    "init-force": ["init", "--force"],
    "plan": ["plan"],
    "plan-json": ["plan", "--format", "json"],
    "release": ["release"],
    "build": ["build", "--tag", "20260101-000000-000001"],
    "gate": ["gate", "--tag", "20260101-000000-000001"],
    "promote": ["promote", "--tag", "20260101-000000-000001"],
    "promote-to": ["promote", "--tag", "20260101-000000-000001", "--to", "production"],
    "promote-digests": ["promote", "--tag", "20260101-000000-000001", "--write-digests", "values.yaml"],
    "attest": ["attest", "--tag", "20260101-000000-000001", "--file", "attested.yaml"],
    "release-attested": ["release", "--file", "attested.yaml"],
    "status-there": ["status", "--environment", "production"],
    "verify": ["verify", "--tag", "20260101-000000-000001"],
    "status": ["status"],
    "repair": ["repair", "20260101-000000-000001"],
    "prune": ["prune"],
    "withdraw": ["withdraw", "20260101-000000-000001", "--delete"],
    "forecast": ["forecast"],
    "better": ["forecast", "--better"],
    "export": ["export", "github"],
    "policy": ["policy", "--policy", "policy.yaml", "--image", "127.0.0.1:9/shop/app", "--tags", "tags.txt"],
    "review": ["review", "--base", "main", "--no-fetch", "--reviewer", "evidence"],
    "review-fetch": ["review", "--base", "main", "--reviewer", "evidence"],
    "schema": ["schema", "check"],
    "docs": ["docs", "half-release"],
    "completion": ["completion", "bash"],
    "check-outputs": ["check", "--output", "json=out.json", "--html", "out.html"],
    "nothing": [],
}
HOSTILE = {
    **{f"filter.evil.{name}": "{canary}" for name in ("clean", "smudge", "process")},
    **{f"core.{name}": "{canary}" for name in ("fsmonitor", "pager", "editor", "askPass", "sshCommand")},
    "core.hooksPath": "{hooks}",
    "core.alternateRefsCommand": "{canary}",
    "diff.external": "{canary}",
    "diff.evil.textconv": "{canary}",
    "diff.evil.command": "{canary}",
    "merge.evil.driver": "{canary} %A",
    "gpg.program": "{canary}",
    "log.showSignature": "true",
    "credential.helper": "!{canary}",
    "remote.origin.uploadpack": "{canary}",
    "remote.origin.url": "{folder}",
    "include.path": "more",
    "core.gitProxy": "{canary}",
    "uploadpack.packObjectsHook": "{canary}",
    "interactive.diffFilter": "{canary}",
    "sequence.editor": "{canary}",
    "alias.status": "!{canary}",
}
HOOKS = ("post-checkout", "post-index-change", "reference-transaction", "post-commit", "pre-commit")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A repository in which everything that can name a program names the canary, and its mark."""
    with serve(EmbeddedRegistry()) as server:
        top = tmp_path_factory.mktemp("hostile")
        folder, mark, canary, hooks = top / "repo", top / "fired", top / "canary", top / "hooks"
        canary.write_text(f'#!/bin/sh\necho "$0 $@" >> {mark}\ncat\n')
        canary.chmod(0o755)
        hooks.mkdir()
        (folder / ".github/workflows").mkdir(parents=True)
        shutil.copy(STORY / "before.yml", folder / ".github/workflows/build.yml")
        (folder / "wholeship.yaml").write_text(RELEASE_FILE.format(registry=server.host))
        release = (folder / "wholeship.yaml").read_text()
        (folder / "attested.yaml").write_text(release + ATTESTS)
        (folder / "Dockerfile").write_text("FROM scratch\n")
        (folder / "Makefile").write_text(f"X := $(shell {canary})\nall:\n\t{canary}\n")
        (folder / "conftest.py").write_text(f"import os; os.system('{canary}')\n")
        (folder / "values.yaml").write_text("app: {tag: x}\n")
        (folder / "tags.txt").write_text("1.0.0\n")
        (folder / "policy.yaml").write_text("apiVersion: v1\nkind: List\nitems: []\n")
        _git(folder, "init", "-q", "-b", "main")
        _git(folder, "add", "-A")
        _git(folder, "commit", "-qm", "one")
        shutil.copy(STORY / "merged.yml", folder / ".github/workflows/build.yml")
        (folder / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
        _git(folder, "checkout", "-qb", "change")
        _git(folder, "commit", "-qam", "two")
        _git(folder, "add", ".gitattributes")
        _git(folder, "commit", "-qm", "three")
        for name in HOOKS:
            for place in (hooks, folder / ".git/hooks"):
                shutil.copy(canary, place / name)
        (folder / ".git" / "more").write_text(f'[filter "other"]\n\tclean = {canary}\n')
        for key, value in HOSTILE.items():
            _git(folder, "config", key, value.format(canary=canary, hooks=hooks, folder=folder))
        mark.unlink(missing_ok=True)
        yield folder, mark


def _git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgSign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_of_the_repository_runs(
    name: str,
    hostile: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No filter, hook, driver, helper, Makefile or test of a stranger's repository is started."""
    original, mark = hostile
    folder = tmp_path / "repo"
    shutil.copytree(original, folder, symlinks=True)
    for path in folder.glob("*"):
        os.utime(path, (1, 1))  # git has to look into every file again
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code = main(COMMANDS[name])
    told = capsys.readouterr()
    assert not mark.exists(), mark.read_text()
    assert code in (0, 1, 2, 3), told.err
