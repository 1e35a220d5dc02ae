"""A build context as one digest."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wholeship.adapters.context import digest_of
from wholeship.core.errors import BadInput


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    (root / "src").mkdir(parents=True)
    (root / "src" / "main.py").write_text("print(1)\n")
    (root / "notes.md").write_text("x\n")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return root


def test_only_what_the_builder_keeps_counts(context: Path) -> None:
    """Times do not change the digest; contents, names, modes, links and empty folders do."""
    seen = {digest_of(context, context / "Dockerfile")}
    os.utime(context / "src" / "main.py", (1, 1))
    seen.add(digest_of(context, context / "Dockerfile"))
    assert len(seen) == 1
    changes: list[Callable[[], object]] = [
        lambda: (context / "src" / "main.py").write_text("print(2)\n"),
        lambda: (context / "src" / "main.py").rename(context / "src" / "other.py"),
        lambda: (context / "src" / "other.py").chmod(0o755),
        lambda: (context / "link").symlink_to("src"),
        lambda: (context / "empty").mkdir(),
    ]
    for change in changes:
        change()
        seen.add(digest_of(context, context / "Dockerfile"))
    assert len(seen) == 1 + len(changes)


def test_ignored_files_do_not_count(context: Path) -> None:
    """A change to a file that every builder's ignore rules hide is no change."""
    (context / ".dockerignore").write_text("*.md\n")
    before = digest_of(context, context / "Dockerfile")
    (context / "notes.md").write_text("y\n")
    assert digest_of(context, context / "Dockerfile") == before
    # A rule that only some builders know hides nothing.
    (context / "Dockerfile.dockerignore").write_text("nothing\n")
    other = digest_of(context, context / "Dockerfile")
    (context / "notes.md").write_text("z\n")
    assert digest_of(context, context / "Dockerfile") != other


def test_a_missing_context_is_said(tmp_path: Path) -> None:
    """A context that is not there is bad input, with its name."""
    with pytest.raises(BadInput, match="nowhere"):
        digest_of(tmp_path / "nowhere", tmp_path / "Dockerfile")


IGNORE = "# all but a few\n*\n!src\nsrc/**/*.tmp\n!Dockerfile\n[a-b]x\n!bx\ndeep/er\n!deep/er/kept\n"


@pytest.mark.real
def test_what_counts_is_what_a_real_builder_sees(tmp_path: Path) -> None:
    """Buildah copies exactly the files that the rules let through."""
    if shutil.which("buildah") is None:
        pytest.skip("no buildah")
    from wholeship.release.inputs.ignore import parse_ignore

    root = tmp_path / "context"
    for name in ("src/a.py", "src/x/b.tmp", "src/x/c", "ax", "bx", "cx", "deep/er/kept", "deep/er/gone"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (root / ".dockerignore").write_text(IGNORE)
    storage = ["--root", str(tmp_path / "r"), "--runroot", str(tmp_path / "rr"), "--storage-driver", "vfs"]

    def run(*words: str) -> str:
        done = subprocess.run(["buildah", *storage, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    run("bud", "--isolation", "chroot", "-q", "-t", "seen", str(root))
    container = run("from", "seen")
    mounted = Path(run("mount", container))
    seen = {str(p.relative_to(mounted)) for p in mounted.rglob("*") if p.is_file()}
    run("rm", container)
    hidden = parse_ignore(IGNORE)
    ours = {
        path
        for p in root.rglob("*")
        if p.is_file() and not hidden(path := str(p.relative_to(root))) and path != ".dockerignore"
    }
    assert seen - {".dockerignore"} == ours
