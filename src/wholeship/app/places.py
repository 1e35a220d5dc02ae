"""Where each CI system looks for its workflows: a line each. What their words mean: ``verdict/systems.py``.

Nothing is imported here that takes time, so that a kept answer is found before the program is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from wholeship.github import places as github

PLACES = (github,)
"""Each a module with ``FOLDER``, from the root of a repository (empty: that itself), and ``is_workflow``."""
USUAL = github.FOLDER
"""What is named where no place has a workflow."""
SUFFIXES = (".yml", ".yaml")


def is_workflow(path: str) -> bool:
    """Whether the file *path* (from the root of a repository, with ``/``) is a workflow."""
    return any(place.is_workflow(path) for place in PLACES)


def kept_below(top: str) -> list[str]:
    """Where workflows are kept in the repository at *top*: folders, and files of the root itself."""
    found: list[str] = []
    for place in PLACES:
        folder = os.path.join(top, place.FOLDER)
        if not os.path.isdir(folder or "."):
            continue
        if place.FOLDER:
            found.append(folder)
        else:
            names = sorted(filter(place.is_workflow, os.listdir(top or ".")))
            found += [file for name in names if os.path.isfile(file := os.path.join(top, name))]
    return found


def usual_paths(root: str) -> list[str]:
    """Where workflows are kept: here, else in the repository whose root *root* is."""
    return kept_below("") or kept_below(root) or [USUAL]


def workflows_at(path: str) -> list[str]:
    """The workflow files of a folder: of the repository whose top it is, else those that lie in it, in order;
    or the one file that *path* is. None where nothing is there."""
    if not os.path.isdir(path):
        return [path] if os.path.exists(path) else []
    return [file for kept in kept_below(path) or [path] for file in _files_at(kept)]


def workflows_kept(root: str) -> list[str]:
    """The workflow files of the repository at *root*; none where it has no place for them."""
    return [file for kept in kept_below(root) for file in _files_at(kept)]


def _files_at(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    for name in sorted(os.listdir(path)):
        file = os.path.join(path, name)
        if name.endswith(SUFFIXES) and os.path.isfile(file):
            yield file
