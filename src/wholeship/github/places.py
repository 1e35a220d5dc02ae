"""Where GitHub looks for workflows: a file of that folder itself, with one of two endings.

GitHub docs, "Workflow syntax for GitHub Actions": files below a sub-folder are not workflows.
"""

from __future__ import annotations

import posixpath

FOLDER = ".github/workflows"
SUFFIXES = (".yml", ".yaml")


def is_workflow(path: str) -> bool:
    """Whether the file *path* (from the root of a repository, with ``/``) is a workflow."""
    return posixpath.dirname(path) == FOLDER and path.endswith(SUFFIXES)
