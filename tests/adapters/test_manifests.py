"""Manifests from a file, a folder, a revision, and another repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wholeship.adapters import manifests
from wholeship.adapters.manifests import Source, read_source
from wholeship.core.errors import BadInput, CommandFailed


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the policy says first, then second; the work tree says third."""
    root = tmp_path / "gitops"
    (root / "apps").mkdir(parents=True)
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    for word in ("first", "second"):
        (root / "apps" / "policy.yaml").write_text(f"kind: {word}\n")
        (root / "other.yml").write_text("kind: other\n")
        (root / "apps" / "README.md").write_text("no YAML\n")
        git(root, "add", "-A")
        git(root, "commit", "--quiet", "-m", word)
        git(root, "tag", word)
    (root / "apps" / "policy.yaml").write_text("kind: third\n")
    return root


@pytest.mark.parametrize(
    ("text", "source", "remote"),
    [
        ("deploy/policy.yaml", Source("", "deploy/policy.yaml"), False),
        ("../gitops//apps?ref=v1", Source("../gitops", "apps", "v1"), False),
        ("../gitops?ref=main", Source("../gitops", "", "main"), False),
        ("https://host/o/r.git//apps?ref=v1", Source("https://host/o/r.git", "apps", "v1"), True),
        ("git@host:o/r.git//apps", Source("git@host:o/r.git", "apps"), True),
        ("ssh://git@host/o/r", Source("ssh://git@host/o/r", ""), True),
    ],
)
def test_places(text: str, source: Source, remote: bool) -> None:
    """Paths, and what Kustomize calls remote folders."""
    assert Source.parse(text) == source
    assert source.is_remote is remote


@pytest.mark.parametrize("revision", ["--upload-pack=x", "-x", "a b", "x;y", "$(x)"])
def test_a_revision_is_no_flag(revision: str) -> None:
    """What could be an option, or more than one word, is no revision."""
    with pytest.raises(BadInput):
        Source.parse(f"https://host/o/r?ref={revision}")


def test_a_file_a_folder_and_nothing(repository: Path) -> None:
    """YAML files below a folder, named from the root; a place that is not there is told."""
    assert read_source("apps/policy.yaml", repository) == {"apps/policy.yaml": "kind: third\n"}
    assert sorted(read_source(".", repository)) == ["apps/policy.yaml", "other.yml"]
    with pytest.raises(BadInput):
        read_source("nowhere", repository)


def test_a_revision_is_read_as_it_was(repository: Path) -> None:
    """Not the work tree: the files as they are in the commit that is named."""
    for revision, word in (("first", "first"), ("main", "second"), ("HEAD~1", "first")):
        found = read_source(f"{repository}//apps?ref={revision}", repository)
        assert found == {"apps/policy.yaml": f"kind: {word}\n"}
    with pytest.raises(CommandFailed):
        read_source(f"{repository}//apps?ref=nowhere", repository)


def test_another_repository_is_fetched(repository: Path, tmp_path: Path) -> None:
    """By URL, one commit deep; nothing is left behind."""
    found = read_source(f"file://{repository}//apps?ref=first", tmp_path)
    assert found == {"apps/policy.yaml": "kind: first\n"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gitops"]


def test_nothing_in_a_repository_is_run(repository: Path, tmp_path: Path) -> None:
    """Neither hooks nor filters nor the monitor that its configuration names."""
    witness = tmp_path / "ran"
    for name in ("post-checkout", "reference-transaction"):
        hook = repository / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {witness}\n")
        hook.chmod(0o755)
    git(repository, "config", "core.fsmonitor", f"touch {witness}")
    git(repository, "config", "filter.evil.smudge", f"touch {witness}")
    (repository / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    read_source(f"{repository}//apps?ref=first", tmp_path)
    read_source(f"file://{repository}//apps?ref=first", tmp_path)
    assert not witness.exists()


def test_links_are_not_followed(repository: Path, tmp_path: Path) -> None:
    """A link may lead out of the folder, so it leads nowhere."""
    (tmp_path / "secret.yaml").write_text("kind: secret\n")
    (repository / "apps" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    assert "apps/link.yaml" not in read_source("apps", repository)
    git(repository, "add", "-A")
    git(repository, "commit", "--quiet", "-m", "link")
    assert "apps/link.yaml" not in read_source(f"{repository}//apps", repository)


def test_too_many_files(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole disk is not read because somebody named its top."""
    monkeypatch.setattr(manifests, "FILE_LIMIT", 1)
    with pytest.raises(BadInput):
        read_source(".", repository)
    with pytest.raises(BadInput):
        read_source(f"{repository}?ref=main", repository)


def test_a_repository_that_is_none(tmp_path: Path) -> None:
    """git's own last word is told, without the credentials of the address."""
    with pytest.raises(CommandFailed) as caught:
        read_source(f"file://{tmp_path}/none//apps", tmp_path)
    assert "could not fetch" in caught.value.message
