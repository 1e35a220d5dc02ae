"""Patch coverage: which of the added lines a test ran, from Cobertura XML or lcov reports.

A changed source file that is in no report is not covered: its added lines count as missed. A report
that the head itself carries is not a measurement, and is refused.

Formats: the Cobertura DTD (coverage-04), as coverage.py and others write it; lcov's geninfo(1), "FILES".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from msgspec import Struct

from wholeship.core.errors import BadInput
from wholeship.core.text import printable
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.looked import NotLooked

LIMIT = 256 * 1024 * 1024
"""Bytes of one report."""
SHOWN = 20
"""Missed line ranges kept for each file."""

Hits = dict[int, int]


class FileCoverage(Struct, frozen=True, order=True):
    """Added lines of one file: ``coverable``, ``covered``, and the ``missed`` ones as ranges (``4-7``).

    ``reported`` is false for a file that no report knows.
    """

    file: str
    coverable: int
    covered: int
    missed: tuple[str, ...] = ()
    reported: bool = True


class CoverageEvidence(Struct, frozen=True):
    """Patch coverage; ``reports`` are those that were read."""

    reports: tuple[str, ...] = ()
    files: tuple[FileCoverage, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()

    @property
    def coverable(self) -> int:
        """Added lines that can be covered."""
        return sum(file.coverable for file in self.files)

    @property
    def covered(self) -> int:
        """Added lines that a test ran."""
        return sum(file.covered for file in self.files)


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """A report to read: its name for people, and where it is."""

    name: str
    path: Path


def collect(
    diff: Diff,
    categories: Mapping[str, str],
    reports: Iterable[CoverageReport],
    *,
    root: Path,
    missing: tuple[NotLooked, ...] = (),
) -> CoverageEvidence:
    """The coverage of the source lines that *diff* adds.

    *categories* tells each file's kind, *root* is where absolute paths in the reports start, *missing*
    are reports that were wanted and are not there.
    """
    read: list[str] = []
    missed = list(missing)
    known: dict[str, Hits] = {}
    for report in reports:
        try:
            found = read_report(report.path, root)
        except BadInput as error:
            missed.append(NotLooked(report.name, error.message))
            continue
        read.append(report.name)
        for path, hits in found.items():
            merge(known.setdefault(path, {}), hits)
    if not read:
        missed = missed or [NotLooked("patch coverage", "no report was named (review.coverage)")]
        return CoverageEvidence(not_looked=tuple(missed))
    wanted = [f for f in diff.files if f.lines and categories.get(f.shown) == "src" and not f.is_submodule]
    files = tuple(sorted(_of(file, _lookup(file.path, known)) for file in wanted))
    return CoverageEvidence(tuple(read), tuple(f for f in files if f.coverable), tuple(missed))


def merge(into: Hits, hits: Hits) -> None:
    """A line was run when any report says so."""
    for line, count in hits.items():
        into[line] = max(into.get(line, 0), count)


def _of(file: ChangedFile, hits: Hits | None) -> FileCoverage:
    added = {line.number for line in file.lines if line.text.strip()}
    coverable = added if hits is None else added & hits.keys()
    covered = set() if hits is None else {line for line in coverable if hits[line] > 0}
    missed = tuple(_ranges(sorted(coverable - covered)))[:SHOWN]
    return FileCoverage(file.shown, len(coverable), len(covered), missed, hits is not None)


def _ranges(lines: list[int]) -> Iterable[str]:
    start = end = 0
    for line in [*lines, 0]:
        if end and line == end + 1:
            end = line
            continue
        if end:
            yield str(start) if start == end else f"{start}-{end}"
        start = end = line


def _lookup(path: str, known: Mapping[str, Hits]) -> Hits | None:
    """The lines of *path*; where reports were written elsewhere, the one path that ends like it."""
    if path in known:
        return known[path]
    alike = [other for other in known if path.endswith("/" + other) or other.endswith("/" + path)]
    return known[alike[0]] if len(alike) == 1 else None


def read_report(path: Path, root: Path) -> dict[str, Hits]:
    """Hits by line by file (paths relative to *root* where they lie in it); :class:`BadInput`."""
    try:
        if path.stat().st_size > LIMIT:
            raise BadInput(f"the report is larger than {LIMIT} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"the report cannot be read: {error.strerror}") from None
    if content.lstrip()[:1] == b"<":
        return _cobertura(content, root)
    return _lcov(content.decode("utf-8", "replace"), root)


def _lcov(text: str, root: Path) -> dict[str, Hits]:
    found: dict[str, Hits] = {}
    current: Hits | None = None
    for line in text.splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            current = found.setdefault(_relative(value.strip(), root), {})
        elif kind == "DA" and current is not None:
            number, _, rest = value.partition(",")
            merge(current, {_number(number): _number(rest.partition(",")[0])})
        elif kind == "end_of_record":
            current = None
    if not found:
        raise BadInput("neither Cobertura XML nor lcov")
    return found


def _cobertura(content: bytes, root: Path) -> dict[str, Hits]:
    reader = _Cobertura(root)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    # Entities are how a small XML file becomes a large one; no coverage tool writes any.
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise BadInput(f"not XML: {error}") from None
    if not reader.is_coverage:
        raise BadInput("XML, but no Cobertura report")
    return reader.found


class _Cobertura:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: dict[str, Hits] = {}
        self.is_coverage = False
        self._sources: list[str] = []
        self._text: list[str] | None = None
        self._current: Hits | None = None
        self._in_methods = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "coverage":
            self.is_coverage = True
        elif name == "source":
            self._text = []
        elif name == "class" and "filename" in attributes:
            path = self._path(attributes["filename"])
            self._current = self.found.setdefault(path, {})
        elif name == "line" and self._current is not None:
            hits = {_number(attributes.get("number", "")): _number(attributes.get("hits", ""))}
            merge(self._current, hits)

    def end(self, name: str) -> None:
        if name == "source" and self._text is not None:
            self._sources.append("".join(self._text).strip())
            self._text = None
        elif name == "class":
            self._current = None

    def text(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)

    def entity(self, *declared: object) -> None:
        raise BadInput("XML that declares entities is not read")

    def _path(self, filename: str) -> str:
        """*filename* below the source folder in which it is, for reports with several."""
        for source in self._sources:
            joined = PurePosixPath(source) / filename
            inside = self.root / _relative(str(joined), self.root)
            if inside.is_file():
                return _relative(str(joined), self.root)
        return _relative(filename, self.root)


def _relative(path: str, root: Path) -> str:
    posix = PurePosixPath(path.replace("\\", "/"))
    for base in (root, root.resolve()):
        if posix.is_relative_to(base):
            return str(posix.relative_to(base))
    return str(posix)


def _number(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadInput(f"not a coverage report: {printable(text, limit=40)!r} is not a number")
    return int(text)
