"""What the product says of a workflow: asked through its command line, as anybody would."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracle.world import MAIN, World
from wholeship.cli.main import main


@dataclass(frozen=True)
class Answer:
    """The answer of ``check``: its word on wholeness, and all that it said."""

    whole: bool | None
    certain: bool
    """Is a half release told, and called certain?"""
    findings: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any]
    exit_code: int
    unknown: tuple[Mapping[str, Any], ...] = ()

    @property
    def told(self) -> bool:
        """Is there anything for a person to read: a finding, or what is not known, with its place?"""
        return bool(self.exit_code or self.findings or self.unknown)

    @property
    def stories(self) -> list[frozenset[str]]:
        """Of each half release called certain: the jobs in which something goes wrong in the run told."""
        halves = [finding for finding in self.findings if finding["rule"] == "half-release"]
        return [
            frozenset(
                str(step["subject"]).split("/")[0].split(" (")[0]
                for step in finding["story"]
                if step["outcome"] in ("failure", "cancelled", "success", "skipped")
            )
            for finding in halves
            if finding["confidence"] == "certain"
        ]

    @property
    def rules(self) -> list[str]:
        """The names of the rules that found something."""
        return sorted({str(finding["rule"]) for finding in self.findings})


@contextlib.contextmanager
def written(world: World, folder: Path) -> Iterator[Path]:
    """The files of *world* below *folder*, which is the working directory meanwhile."""
    for path, body in world.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(body)
        if path.endswith(".sh"):
            target.chmod(0o755)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield folder
    finally:
        os.chdir(before)


def ask(world: World) -> Answer:
    """``wholeship check --watched NAME --format json`` in a folder that holds *world*."""
    with tempfile.TemporaryDirectory(prefix="asked-") as folder, written(world, Path(folder)):
        return _asked(world)


def _together(answers: list[bool | None], unknown: bool) -> bool | None:
    """The word on a release whose images come from several workflows."""
    if False in answers:
        return False
    return True if True in answers and not unknown else None


def _asked(world: World) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["check", "--watched", world.followed, "--format", "json"])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    try:
        document = json.loads(out.getvalue())
    except ValueError:
        document = {"workflows": [], "error": err.getvalue()}
    names = tuple(Path(path).name for path in (MAIN, world.then) if path)
    entries = [entry for entry in document["workflows"] if entry["path"].endswith(names)]
    findings = tuple(found for entry in entries for found in entry.get("findings", ()))
    unknown = tuple(found for entry in entries for found in entry.get("unknown", ()))
    whole = _together([entry.get("whole") for entry in entries], len(entries) > 1 and bool(unknown))
    halves = [finding for finding in findings if finding["rule"] == "half-release"]
    certain = any(finding["confidence"] == "certain" for finding in halves)
    return Answer(whole, certain, findings, document, code, unknown)
