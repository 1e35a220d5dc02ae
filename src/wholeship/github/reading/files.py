"""Other files of the repository that a workflow calls, each read once."""

from __future__ import annotations

import posixpath
from dataclasses import field

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.github import source
from wholeship.github.model import CompositeAction, Workflow
from wholeship.github.model.workflow import action, read_model
from wholeship.logic.formula import FALSE, Formula
from wholeship.pipeline.ports import Idle, Perform, Repository, never_idle
from wholeship.pipeline.run import Action, Script

FILES = 100
"""At most so many files are looked through to tell which scenarios matter."""
_CALL = lazy_pattern(r"""uses:\s*['"]?([.$]/[^\s'"#,}]+)""")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a step does in every run; ``always``: with no condition and no variables of its own, either."""

    name: str
    does: Action | Script | None
    always: bool
    refuses: Formula = FALSE


class Library:
    """A repository, of which each file is read and taken apart once, whatever asks for it."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._contents: dict[str, str | bytes | None] = {}
        self._workflows: dict[str, Workflow | None] = {}
        self._actions: dict[str, CompositeAction | None] = {}

    def __call__(self, path: str) -> str | bytes | None:
        """The content of *path* (:data:`wholeship.pipeline.ports.Repository`)."""
        if path not in self._contents:
            self._contents[path] = self._repository(path)
        return self._contents[path]

    def workflow(self, path: str) -> Workflow | None:
        """The workflow at *path*; None when there is no such file."""
        if path not in self._workflows:
            content = self(path)
            found = read_model(source.read_source(content, path)) if content is not None else None
            self._workflows[path] = found
        return self._workflows[path]

    def action(self, folder: str) -> CompositeAction | None:
        """The action in *folder*; None when there is none."""
        if folder not in self._actions:
            self._actions[folder] = self._read_action(folder)
        return self._actions[folder]

    def _read_action(self, folder: str) -> CompositeAction | None:
        for name in ("action.yml", "action.yaml"):
            path = posixpath.join(folder, name)
            content = self(path)
            if content is not None:
                return action(source.read_source(content, path))
        return None


@dataclass(slots=True)
class Files:
    """What one workflow reads: the repository, and what its steps do."""

    library: Library
    perform: Perform
    default_branch: str = ""
    revive: bool = False
    """What a condition keeps from ever running is read as if it could: to say what would be in it."""
    idle: Idle = never_idle
    fixed: dict[tuple[int, str, str, bool], Fixed | None] = field(default_factory=dict)
    """By the identity of the step's model, shell and folder; models live as long as this does."""

    def texts(self, text: str) -> str:
        """*text* and everything of the repository that it calls, one after the other."""
        found = {"": text}
        waiting = [text]
        while waiting and len(found) < FILES:
            for match in _CALL.finditer(waiting.pop()):
                path = local(match[1])
                if path is not None and path not in found:
                    found[path] = self._text(path)
                    waiting.append(found[path])
        return "\n".join(found.values())

    def _text(self, path: str) -> str:
        names = [path] if path.endswith((".yml", ".yaml")) else [f"{path}/action.yml", f"{path}/action.yaml"]
        content = next((each for name in names if (each := self.library(name)) is not None), "")
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


def local(reference: str) -> str | None:
    """The path in the repository that a ``uses`` names; None: it is elsewhere.

    ``./`` starts at the root of the checked-out work tree, ``$/`` at the root of the repository itself.
    """
    if not reference.startswith(("./", "$/", "../")):
        return None
    path = posixpath.normpath(reference[2:].split("@", 1)[0] if reference[0] == "$" else reference)
    return None if path.startswith(("../", "/")) else path
