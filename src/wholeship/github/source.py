"""The text of a workflow or action file → nodes with places, and what is wrong with it. Nothing is raised.

YAML as GitHub takes it: core schema (``on`` is a string), anchors and aliases, no merge keys, keys compared
without case (GitHub docs, "Reusing workflow configurations"; actions/runner, ``TemplateReader``).
"""

from __future__ import annotations

from wholeship.core import yamls
from wholeship.core.errors import Problem
from wholeship.core.place import Place
from wholeship.core.values import dataclass

PROBLEM_LIMIT = 100
"""A file with more mistakes than this is not helped by the rest of the list."""

NODE_LIMIT = 20_000
"""The largest workflow that was seen in public repositories has 4,400."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``root`` is None when nothing in it could be read."""

    path: str
    root: yamls.Node | None
    problems: tuple[Problem, ...] = ()


def read_source(content: str | bytes, path: str) -> Source:
    """The one document in *content*, as far as it can be read."""
    found = yamls.scan(content, path, fold_keys=True, most=NODE_LIMIT)
    problems = list(found.problems[:PROBLEM_LIMIT])
    if len(found.documents) > 1:
        problems.append(Problem("a second document", found.documents[1].place, "GitHub reads one"))
    if not found.documents and not problems:
        problems.append(Problem("the file is empty", Place(path)))
    return Source(path, found.documents[0] if found.documents else None, tuple(problems))
