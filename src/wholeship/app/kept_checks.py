"""The answer to a check that was asked before, where nothing that it rests on has changed.

All that is known before the work begins is in the key: the program, the question, the workflows, the release
file, the baseline and the manifests that follow images. What was read of the repository while working is kept
with the answer, by digest, and read again before the answer is given. Where an answer rests on more (past
runs, manifests that a release file names, images named by hand), it is not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import astuple, field
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.check_question import CheckQuestion
from wholeship.app.manifest_search import search_manifests
from wholeship.app.workflow_files import named_workflows
from wholeship.app.world import World
from wholeship.core.values import dataclass

if TYPE_CHECKING:
    from wholeship.pipeline.ports import Repository

NOT_KEPT = (b"gitops", b"forecast")
"""Sections of a release file that lead to more than the file itself says."""


@dataclass(slots=True)
class RepositoryReads:
    """What was read of repositories: by root and path the digest of the content; empty where nothing was."""

    found: dict[str, dict[str, str]] = field(default_factory=dict)

    def recorded(self, root: Path, repository: Repository) -> Repository:
        """*repository* at *root*; what is asked of it is remembered."""
        found = self.found.setdefault(str(root), {})

        def read(path: str) -> str | bytes | None:
            content = repository(path)
            found[path] = digest_of(content)
            return content

        return read

    def add(self, more: Mapping[str, Mapping[str, str]]) -> None:
        """What somebody else has read at the same time."""
        for root, paths in more.items():
            self.found.setdefault(root, {}).update(paths)

    def still_hold(self, world: World) -> bool:
        """Whether all of it would be read again."""
        for root, paths in self.found.items():
            repository = world.files_below(Path(root))
            if any(digest_of(repository(path)) != digest for path, digest in paths.items()):
                return False
        return True


def digest_of(content: str | bytes | None) -> str:
    """What tells *content* from any other; empty for None."""
    if content is None:
        return ""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """What was printed, and the exit code."""

    text: str
    code: int


@dataclass(frozen=True, slots=True)
class CheckMemory:
    """What is remembered of one question, shown in one way."""

    key: str
    question: CheckQuestion
    shown_as: str
    world: World
    reads: RepositoryReads = field(default_factory=RepositoryReads)

    def recall(self) -> KeptCheck | None:
        """The answer that was given, if it would be given again."""
        held = self.world.open_answers().recall(self.key)
        try:
            head, _, text = (held or b"").partition(b"\n")
            told = json.loads(head)
            reads = RepositoryReads(told["reads"])
            return KeptCheck(text.decode(), int(told["code"])) if reads.still_hold(self.world) else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep(self, answer: KeptCheck) -> None:
        """Remember *answer*, which rests on what ``reads`` holds, unless something has changed meanwhile."""
        again = check_memory(self.question, self.shown_as, self.world)
        if again is None or again.key != self.key or not self.reads.still_hold(self.world):
            return
        head = json.dumps({"code": answer.code, "reads": self.reads.found})
        self.world.open_answers().keep(self.key, f"{head}\n{answer.text}".encode())


def check_memory(question: CheckQuestion, shown_as: str, world: World) -> CheckMemory | None:
    """What is remembered of *question*, printed as *shown_as* says; None where nothing can be.

    :class:`BadInput` where there is nothing to check.
    """
    program = world.program_state()
    if not program or question.fix or question.write_baseline or question.terms.watched:
        return None
    files = named_workflows(question.paths, world)
    root = world.root_of(next(iter(files.values())))
    release = world.read_file(Path(question.terms.file) if question.terms.file else root / "wholeship.yaml")
    if world.history_file(root).exists() or any(each in (release or b"") for each in NOT_KEPT):
        return None
    told = hashlib.sha256()
    baseline = digest_of(world.read_file(Path(question.baseline))) if question.baseline else ""
    for part in (
        program, shown_as, repr(astuple(question)), str(root), digest_of(release), baseline,
        *_of_workflows(files, world), *_of_manifests(root, world),
    ):  # fmt: skip
        told.update(hashlib.sha256(part.encode("utf-8", "surrogateescape")).digest())
    return CheckMemory(told.hexdigest(), question, shown_as, world)


def _of_workflows(files: Mapping[str, Path], world: World) -> Iterator[str]:
    for name, path in files.items():
        yield name
        yield f"{path}\0{os.path.realpath(path)}\0{world.root_of(path)}"
        yield digest_of(world.read_file(path))


def _of_manifests(root: Path, world: World) -> Iterator[str]:
    for path, text in search_manifests(world, root):
        yield f"manifest {path}"
        yield digest_of(text)
