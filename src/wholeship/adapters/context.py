"""A build context on disk: every file as the builder sees it, as one digest."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from wholeship.adapters import bases
from wholeship.adapters.plain_files import NAME as STATE
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.release.inputs.ignore import Ignored, parse_ignore
from wholeship.release.plan import PlannedImage
from wholeship.release.ports import Registry


@dataclass(slots=True)
class DiskSources:
    """Inputs as :class:`wholeship.release.inputs.fingerprint.Sources`: files below *root*, bases as
    *builder* sees them. What a base is is asked once; of hosts that only the builder's own settings call
    insecure by a client of ``open_insecure``."""

    root: Path
    builder: str
    registry: Registry
    open_insecure: bases.OpenInsecure | None = None
    _bases: dict[tuple[str, Platform], str | None] = field(default_factory=dict)

    def dockerfile(self, image: PlannedImage) -> bytes:
        """The Dockerfile's bytes."""
        path = self.root / image.dockerfile
        try:
            return path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror}") from None

    def context(self, image: PlannedImage) -> Digest:
        """One digest over what the builder sees."""
        return digest_of(self.root / image.context, self.root / image.dockerfile)

    def folder(self, path: str) -> Digest:
        """One digest over every file of a named context: what ignore files do there differs by builder."""
        return digest_of_all(self.root / path)

    def base(self, reference: str, platform: Platform) -> str | None:
        """What *reference* means to the builder."""
        key = (reference, platform)
        if key not in self._bases:
            self._bases[key] = bases.resolve_base(
                self.builder, reference, platform, self.registry, self.open_insecure
            )
        return self._bases[key]


def ignore_rules(context: Path, dockerfile: Path) -> tuple[Ignored, ...]:
    """The rules of every ignore file that some builder would use for *dockerfile*.

    BuildKit takes ``NAME.dockerignore`` beside the Dockerfile before ``.dockerignore``; Buildah and Podman
    also know ``.containerignore``. A file counts as unseen only when all of them hide it.
    """
    names = (
        dockerfile.with_name(f"{dockerfile.name}.dockerignore"),
        dockerfile.with_name(f"{dockerfile.name}.containerignore"),
        context / ".containerignore",
        context / ".dockerignore",
    )
    found = []
    for name in names:
        try:
            found.append(parse_ignore(name.read_text(encoding="utf-8", errors="surrogateescape"), str(name)))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise BadInput(f"{name}: {error.strerror}") from None
    return tuple(found)


def shows_state(context: Path, dockerfile: Path, state: Path) -> bool:
    """Whether a build in *context* sees the folder *state*, whose journals and logs it has no use for."""
    try:
        inside = state.resolve().relative_to(context.resolve()).as_posix()
    except ValueError:
        return False
    return not any(rule(inside) for rule in ignore_rules(context, dockerfile))


def digest_of(context: Path, dockerfile: Path) -> Digest:
    """One digest over the names, kinds, modes and contents of all files in *context* that are not ignored.

    Times and owners do not count: builders do not keep them from a context. Raises :class:`BadInput` for
    what cannot be read.
    """
    return _digest_of_tree(context, ignore_rules(context, dockerfile))


def digest_of_all(folder: Path) -> Digest:
    """As :func:`digest_of`, with no file ignored."""
    return _digest_of_tree(folder, ())


def _digest_of_tree(context: Path, rules: tuple[Ignored, ...]) -> Digest:
    total = hashlib.sha256()
    try:
        for path, entry in _walk(context, "", rules):
            total.update(_entry_line(path, entry))
    except OSError as error:
        raise BadInput(f"{error.filename or context}: {error.strerror}") from None
    return Digest(f"sha256:{total.hexdigest()}")


def _walk(root: Path, inside: str, rules: tuple[Ignored, ...]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(root / inside) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name == STATE:
            continue  # journals and logs change with every release, and are no part of any
        path = f"{inside}/{entry.name}" if inside else entry.name
        hidden = bool(rules) and all(rule(path) for rule in rules)
        if not hidden:
            yield path, entry
        if entry.is_dir(follow_symlinks=False) and (not hidden or any(r.takes_back for r in rules)):
            yield from _walk(root, path, rules)


def _entry_line(path: str, entry: os.DirEntry[str]) -> bytes:
    status = entry.stat(follow_symlinks=False)
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        kind, content = "link", os.readlink(entry.path)
    elif stat.S_ISREG(status.st_mode):
        kind, content = "file", _content(entry.path)
    else:
        kind, content = ("folder" if stat.S_ISDIR(status.st_mode) else "other"), ""
    # NUL cannot be in a name, so no two different trees give the same bytes.
    return f"{path}\0{kind}\0{mode:o}\0{content}\0\n".encode("utf-8", "surrogateescape")


def _content(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
