"""Manifests from where they are kept: a file, a folder, a revision of a git repository, another repository.

Written as a path, or as Kustomize writes remote folders: ``REPOSITORY//FOLDER?ref=REVISION``, where the
repository is a local path or a URL. Nothing in a repository is run: no hooks, no filters, no submodules.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

from wholeship.adapters.process import PROXIES, allowed_environment, program_path
from wholeship.core.errors import BadInput, CommandFailed
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import Redactor, printable, url_for_people
from wholeship.core.values import dataclass
from wholeship.core.yamls import SIZE_LIMIT

FILE_LIMIT = 10_000
"""Most files that are read from one place."""

TIMEOUT = 120.0
"""Seconds a git command may take; fetching another repository is the longest."""

_SKIPPED = frozenset({".git", "node_modules", ".venv", "vendor", "__pycache__"})
_SUFFIXES = (".yaml", ".yml")
_URL = lazy_pattern(r"(?:https|ssh|git\+ssh|file)://|[\w.-]+@[\w.-]+:")
_REVISION = lazy_pattern(r"[A-Za-z0-9_][A-Za-z0-9_./@^~{}+-]*")
_GIT = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never"),
    *("-c", "core.quotePath=false"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where manifests are: ``repository`` (a path or URL, empty: no git), ``folder`` in it, ``revision``."""

    repository: str
    folder: str
    revision: str = ""

    @classmethod
    def parse(cls, text: str) -> Source:
        """The source *text* names; raises :class:`BadInput`."""
        where, _, query = text.partition("?")
        revision = parse_qs(query).get("ref", [""])[0]
        scheme = _URL.match(where)
        start = scheme.end() if scheme else 0
        cut = where.find("//", start)
        if not scheme and not query and cut < 0:
            return cls("", text)
        if revision and not _REVISION.fullmatch(revision):
            raise BadInput(f"not a revision: {revision[:80]!r}")
        if cut < 0:
            return cls(where, "", revision)
        return cls(where[:cut], where[cut + 2 :].strip("/"), revision)

    @property
    def is_remote(self) -> bool:
        """Whether the repository has to be fetched."""
        return bool(_URL.match(self.repository))


def read_source(text: str, root: Path) -> dict[str, str]:
    """The YAML files at the place *text* names, by path; relative places start at *root*.

    Raises :class:`BadInput` when there is no such place, and :class:`CommandFailed` when git fails.
    """
    source = Source.parse(text)
    if not source.repository:
        return read_place(root / source.folder, root)
    if source.is_remote:
        return _read_remote(source)
    return read_revision(root / source.repository, source.revision or "HEAD", source.folder)


def read_place(place: Path, root: Path) -> dict[str, str]:
    """The YAML file, or all below the folder, at *place*; named relative to *root* where they can be."""
    if place.is_file():
        return {_name_of_file(place, root): _text_of_file(place)}
    if not place.is_dir():
        raise BadInput(
            f"there is no {printable(_name_of_file(place, root))}",
            advice="gitops.policy names a file or folder with the ImagePolicy, or "
            "REPOSITORY//FOLDER?ref=REVISION",
        )
    return {_name_of_file(path, root): _text_of_file(path) for path in sorted(_yaml_files(place))}


def read_revision(repository: Path, revision: str, folder: str = "") -> dict[str, str]:
    """The YAML files below *folder* as they are at *revision* of a local git *repository*."""
    within = ["--", folder] if folder else []
    listing = _git_output(
        ["-C", str(repository), "ls-tree", "-r", "-z", "--full-tree", "-l", revision, *within]
    )
    chosen: dict[str, str] = {}
    for entry in listing.decode("utf-8", "replace").split("\0"):
        about, _, path = entry.partition("\t")
        fields = about.split()
        if len(fields) == 4 and fields[0].startswith("100") and path.endswith(_SUFFIXES):
            if int(fields[3]) <= SIZE_LIMIT:
                chosen[path] = fields[2]
            _check_count(len(chosen))
    return {path: _git_output(["-C", str(repository), "cat-file", "blob", name]).decode("utf-8", "replace")
            for path, name in chosen.items()}  # fmt: skip


def _read_remote(source: Source) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="wholeship-manifests-") as folder:
        target = Path(folder) / "repository"
        _git_output(["init", "--quiet", "--", str(target)])
        _git_output(
            ["-C", str(target), "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--",
             source.repository, source.revision or "HEAD"],
            about=f"fetch {url_for_people(source.repository)}",
        )  # fmt: skip
        return read_revision(target, "FETCH_HEAD", source.folder)


def _yaml_files(folder: Path) -> Iterator[Path]:
    count = 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in files:
            path = Path(here, name)
            # A symbolic link may point out of the folder.
            if name.endswith(_SUFFIXES) and not path.is_symlink():
                count += 1
                _check_count(count)
                yield path


def _check_count(count: int) -> None:
    if count > FILE_LIMIT:
        raise BadInput(
            f"more than {FILE_LIMIT} YAML files", advice="name the folder that holds the image policies"
        )


def _text_of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            # One byte more than the limit, so that the reader says it is too long.
            return file.read(SIZE_LIMIT + 1).decode("utf-8", "replace")
    except OSError as error:
        raise BadInput(f"{printable(str(path))}: {error.strerror}") from None


def _name_of_file(path: Path, root: Path) -> str:
    try:
        return str(path.resolve().relative_to(root.resolve()))
    except ValueError:
        return str(path)


def _git_output(arguments: list[str], *, about: str = "") -> bytes:
    names = [*allowed_environment(), *PROXIES, "SSH_AUTH_SOCK"]
    environment = allowed_environment(
        names, GIT_TERMINAL_PROMPT="0", GIT_CONFIG_NOSYSTEM="1", GIT_LFS_SKIP_SMUDGE="1"
    )
    try:
        done = subprocess.run(
            [program_path("git"), *_GIT, *arguments],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"git did not finish within {TIMEOUT:g} s") from None
    if done.returncode:
        said = Redactor()(printable(done.stderr.decode("utf-8", "replace"), newlines=True)).strip()
        lines = said.splitlines() or [f"exit code {done.returncode}"]
        raise CommandFailed(
            f"git could not {about or 'read the manifests'}: {lines[-1]}", tail=tuple(lines[-5:])
        )
    return done.stdout
