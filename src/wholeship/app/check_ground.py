"""What an answer of `wholeship check` rests on before a workflow is read: one digest of all of that.

Nothing is imported here that takes time, so that a kept answer is found before the program is loaded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from wholeship.app.places import SUFFIXES, usual_paths, workflows_at
from wholeship.gitops.marks import may_follow_images

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Place(Protocol):
        """A file system, as what looks at workflows asks it."""

        def read_file(self, path: str) -> bytes | None:
            """The content of a file; None where there is none."""

        def root_of(self, path: str) -> str:
            """The top of the repository that *path* is in."""

        def history_file(self, root: str) -> str:
            """Where past runs are remembered."""


RELEASE_FILE = "wholeship.yaml"
NOT_KEPT = (b"gitops", b"forecast")
"""Sections of a release file that lead to more than the file itself says."""
MANIFESTS = 4000
"""Most files that are looked at for a policy, where no release file names one."""
_SKIPPED = frozenset({"node_modules", "vendor", "__pycache__", "fixtures", "testdata"})


def digest_of(content: str | bytes | None) -> str:
    """What tells *content* from any other; empty for None."""
    if content is None:
        return ""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()


def digest_of_parts(parts: Iterable[str]) -> str:
    """What tells *parts*, in their order, from any others."""
    told = hashlib.sha256()
    for part in parts:
        told.update(hashlib.sha256(part.encode("utf-8", "surrogateescape")).digest())
    return told.hexdigest()


def manifests_below(root: str, read_file: Callable[[str], bytes | None]) -> Iterator[tuple[str, bytes]]:
    """Manifests below *root* that may follow images: the path from there, and the content."""
    count = 0
    for here, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n not in _SKIPPED)
        for name in names:
            if not name.endswith(SUFFIXES):
                continue
            count += 1
            if count > MANIFESTS:
                return
            path = os.path.join(here, name)
            content = None if os.path.islink(path) else read_file(path)
            if content is not None and may_follow_images(content):
                yield os.path.relpath(path, root), content


def ground_of(paths: Sequence[str], release_file: str, baseline: str, place: Place) -> str:
    """The digest of what a check of *paths* rests on, by the *release_file* and *baseline* that are named.

    Empty where that cannot be told, or where more is looked at than can be told beforehand.
    """
    files = [each for path in paths or usual_paths(place.root_of(".")) for each in workflows_at(path)]
    if not files or any(not os.path.exists(path) for path in paths):
        return ""
    root = place.root_of(files[0])
    release = place.read_file(release_file or os.path.join(root, RELEASE_FILE))
    if os.path.exists(place.history_file(root)) or any(each in (release or b"") for each in NOT_KEPT):
        return ""
    known = digest_of(place.read_file(baseline)) if baseline else ""
    found = (*_of_workflows(files, place), *_of_manifests(root, place))
    return digest_of_parts((root, digest_of(release), known, *found))


def _of_workflows(files: Sequence[str], place: Place) -> Iterator[str]:
    for path in files:
        yield "\0".join((path, os.path.realpath(os.path.dirname(path)), os.path.realpath(path)))
        yield place.root_of(path)
        yield digest_of(place.read_file(path))


def _of_manifests(root: str, place: Place) -> Iterator[str]:
    for path, content in manifests_below(root, place.read_file):
        yield f"manifest {path}"
        yield digest_of(content)
