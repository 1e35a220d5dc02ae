"""The answer to a check that was asked before, where nothing that it rests on has changed.

All that is known before the work begins is in the key: the program, the question, the workflows, the release
file, the baseline and the manifests that follow images. What was read of the repository while working is kept
with the answer, by digest, and read again before the answer is given. Where an answer rests on more (past
runs, manifests that a release file names, images named by hand), it is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, field
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.check_ground import digest_of, digest_of_parts, ground_of
from wholeship.app.check_question import CheckQuestion
from wholeship.app.quick_check import quick_entry
from wholeship.app.workflow_files import named_workflows
from wholeship.app.world import World
from wholeship.core.values import dataclass

if TYPE_CHECKING:
    from wholeship.pipeline.ports import Repository


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


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """What was printed, and the exit code."""

    text: str
    code: int


@dataclass(frozen=True, slots=True)
class CheckMemory:
    """What is remembered of one question, shown in one way.

    ``quick`` is the key of the same question as it was typed; empty where it was not.
    """

    key: str
    question: CheckQuestion
    shown_as: str
    world: World
    ground: str
    quick: str = ""
    reads: RepositoryReads = field(default_factory=RepositoryReads)

    def recall(self) -> KeptCheck | None:
        """The answer that was given, if it would be given again."""
        held = self.world.open_answers().recall(self.key)
        try:
            head, _, text = (held or b"").partition(b"\n")
            told = json.loads(head)
            reads = RepositoryReads(told["reads"])
            answer = KeptCheck(text.decode(), int(told["code"]))
            if not reads.still_hold(self.world):
                return None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        self._keep_quick(answer, reads)
        return answer

    def keep(self, answer: KeptCheck) -> None:
        """Remember *answer*, which rests on what ``reads`` holds, unless something has changed meanwhile."""
        again = check_memory(self.question, self.shown_as, self.world)
        if again is None or again.key != self.key or not self.reads.still_hold(self.world):
            return
        head = json.dumps({"code": answer.code, "reads": self.reads.found})
        self.world.open_answers().keep(self.key, f"{head}\n{answer.text}".encode())
        self._keep_quick(answer, self.reads)

    def _keep_quick(self, answer: KeptCheck, reads: RepositoryReads) -> None:
        asked = (self.question.paths, self.question.terms.file, self.question.baseline)
        held = quick_entry((answer.text, answer.code), asked, self.ground, reads.found)
        if self.quick and held:
            self.world.open_answers().keep(self.quick, held)


def check_memory(question: CheckQuestion, shown_as: str, world: World, quick: str = "") -> CheckMemory | None:
    """What is remembered of *question*, printed as *shown_as* says; None where nothing can be.

    *quick* is the key of the question as it was typed. :class:`BadInput` where there is nothing to check.
    """
    program = world.program_state()
    if not program or question.fix or question.write_baseline or question.terms.watched:
        return None
    named_workflows(question.paths, world)
    ground = ground_of(question.paths, question.terms.file, question.baseline, _PlaceOfWorld(world))
    if not ground:
        return None
    key = digest_of_parts((program, shown_as, repr(astuple(question)), ground))
    return CheckMemory(key, question, shown_as, world, ground, quick)


@dataclass(frozen=True, slots=True)
class _PlaceOfWorld:
    """The files of a world, by their paths as text."""

    world: World

    def read_file(self, path: str) -> bytes | None:
        return self.world.read_file(Path(path))

    def root_of(self, path: str) -> str:
        return str(self.world.root_of(Path(path)))

    def history_file(self, root: str) -> str:
        return str(self.world.history_file(Path(root)))
