"""Real git repositories, made in a folder of the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

STORY = Path(__file__).parents[1] / "fixtures/story"
STATES = ("before", "attempt-1", "attempt-2", "merged")


class Repo:
    """A git repository at *path*, with branch main."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "commit.gpgsign", "false")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """What git says."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments], input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(errors="surrogateescape").strip()

    def commit(self, files: Mapping[str, bytes | str | None], message: str = "feat: a change") -> str:
        """Write *files* (None removes), commit, and give the commit."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.commit_all(message)

    def commit_all(self, message: str = "feat: a change") -> str:
        """Commit what is in the work tree."""
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD")

    def plant(self, entries: Mapping[str, tuple[str, bytes]], message: str = "feat: by hand") -> str:
        """A commit on HEAD whose tree is HEAD's with *entries* (mode and content) put in by name.

        Names and modes that no work tree would take are fine here.
        """
        lines = []
        for name, (mode, content) in entries.items():
            if mode == "160000":
                lines.append(f"{mode} {content.decode()}\t{name}")
            else:
                blob = self.git("hash-object", "-w", "--stdin", stdin=content)
                lines.append(f"{mode} {blob}\t{name}")
        text = "\0".join([*lines, ""]).encode("utf-8", "surrogateescape")
        self.git("update-index", "-z", "--add", "--index-info", stdin=text)
        tree = self.git("write-tree")
        made = self.git("commit-tree", tree, "-p", "HEAD", "-m", message)
        self.git("reset", "--quiet", "--hard", made)
        return made


def story(path: Path) -> tuple[Repo, dict[str, str]]:
    """The story's repository: four states of one workflow, each a commit on top of the one before."""
    repo = Repo(path)
    for image in ("app", "worker", "embeddings"):
        dockerfile = path / f"docker/{image}/Dockerfile"
        dockerfile.parent.mkdir(parents=True)
        dockerfile.write_text("FROM scratch\nCOPY . /\n")
    commits = {}
    for state in STATES:
        text = (STORY / f"{state}.yml").read_text()
        commits[state] = repo.commit({".github/workflows/build.yml": text}, f"ci: {state}")
    return repo, commits


def on_path(*folders: Path) -> str:
    """A PATH that begins with *folders*."""
    return os.pathsep.join([*map(str, folders), os.environ["PATH"]])
