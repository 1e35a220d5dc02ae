"""Patch coverage: which of the added lines a test ran, from Cobertura XML, lcov or Go's profile.

A changed source file that is in no report is not covered: its added lines count as missed, and so do lines
that the report should know and does not. A file that only loses lines was not looked at. A report that the
head itself carries is not a measurement, and one that does not fit the file is of another version.

Formats: the Cobertura DTD (coverage-04), as coverage.py and others write it; lcov's geninfo(1), "FILES"; the
profile of ``go test -coverprofile``.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from msgspec import Struct

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.python_trees import parse_python
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import ending, is_comment
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

    def runs(self, name: str) -> bool:
        """Whether tests ran enough of the lines that the change adds to the file *name*."""
        found = next((file for file in self.files if file.file == name), None)
        return found is not None and 0 < found.coverable * ADEQUATE <= found.covered


ADEQUATE = 0.8
"""Share of the coverable added lines that tests must run."""


def ratio(coverage: CoverageEvidence) -> float | None:
    """Covered of coverable; None where nothing was measured, also where lines only went."""
    if not coverage.reports:
        return None
    if any(not file.reported and not file.coverable for file in coverage.files):
        return None
    return coverage.covered / coverage.coverable if coverage.coverable else 1.0


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
    told: tuple[str, ...] = (),
) -> CoverageEvidence:
    """The coverage of the source lines that *diff* adds.

    *categories* tells each file's kind, *root* is the work tree, where absolute paths in the reports start,
    *missing* are reports that were wanted and are not there, *told* files whose code is the same as before.
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
            merge_hits(known.setdefault(path, {}), hits)
    if not read:
        missed = missed or [NotLooked("patch coverage", "no report was named (review.coverage)")]
        return CoverageEvidence(not_looked=tuple(missed))
    wanted = [f for f in diff.files if categories.get(f.shown) == "src" and f.shown not in told]
    whose = _Owners(known, root)
    files: list[FileCoverage] = []
    for file in wanted:
        if file.is_submodule or file.binary or not file.changed:
            continue
        if all(is_comment(file.path, line.text) for line in file.lines):
            why = "it only loses lines, and nothing tells whether a test would miss them"
            missed.append(NotLooked(f"patch coverage of {file.shown}", why))
            files.append(FileCoverage(file.shown, 0, 0, (), reported=False))
            continue
        measured, lines = whose.lines_of(file.path), _lines_of(root, file)
        fits = measured is None or lines is None or _fits(measured, lines)
        if not fits:
            missed.append(
                NotLooked(f"patch coverage of {file.shown}", "the report is of another version of it")
            )
        files.append(_of(file, measured if fits else None, lines))
    return CoverageEvidence(tuple(read), tuple(sorted(files)), tuple(missed))


def merge_hits(into: Hits, hits: Hits) -> None:
    """A line was run when any report says so."""
    for line, count in hits.items():
        into[line] = max(into.get(line, 0), count)


def _of(file: ChangedFile, hits: Hits | None, lines: list[str] | None) -> FileCoverage:
    added = {line.number for line in file.lines if not is_comment(file.path, line.text)}
    coverable = added if hits is None else (added & hits.keys()) | _unknown(file, added, hits, lines)
    covered = set() if hits is None else {line for line in coverable if hits.get(line, 0) > 0}
    missed = tuple(_ranges(sorted(coverable - covered)))[:SHOWN]
    return FileCoverage(file.shown, len(coverable), len(covered), missed, hits is not None)


def _unknown(file: ChangedFile, added: set[int], hits: Hits, lines: list[str] | None) -> set[int]:
    """Added lines that should be in the report and are not: nobody knows whether they ran.

    In Python a line that begins a statement; elsewhere runs of added lines of which the report knows none.
    Lines that are taken out of the measure (``pragma: no cover``) are among them.
    """
    if lines is not None and ending(file.path) in ("py", "pyi"):
        starts = _statements("\n".join(lines))
        if starts is not None:
            return {line for line in added if line in starts and line not in hits}
    found: set[int] = set()
    run: list[int] = []
    for line in [*sorted(added), 0]:
        if run and line != run[-1] + 1:
            if not any(each in hits for each in run) and any(_does(file, each) for each in run):
                found |= set(run)
            run = []
        run.append(line)
    return found


def _does(file: ChangedFile, number: int) -> bool:
    """Whether an added line looks as if it did something, and is not only brackets or a name."""
    text = next((line.text for line in file.lines if line.number == number), "")
    return re.search(r"[(=]|\b(?:return|throw|raise|if|for|while|yield|await)\b", text) is not None and (
        re.match(r"\s*(?:import|use|using|package|#include|type|interface|export type|from)\b", text) is None
    )


def _statements(text: str) -> frozenset[int] | None:
    """The lines on which statements begin that a coverage tool counts; None: not Python that can be read."""
    tree = parse_python(text)
    if tree is None:
        return None
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Global | ast.Nonlocal | ast.AnnAssign):
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not is_text:
                decorators = getattr(node, "decorator_list", [])
                found.add(decorators[0].lineno if decorators else node.lineno)
    return frozenset(found)


def _lines_of(root: Path, file: ChangedFile) -> list[str] | None:
    try:
        return (root / file.path).read_text("utf-8", "replace").split("\n")
    except (OSError, ValueError):
        return None


def _fits(hits: Hits, lines: list[str]) -> bool:
    """Whether a report can be of this version: no line is beyond the end, and none without text ran."""
    return all(
        1 <= number <= len(lines) and (not count or lines[number - 1].strip())
        for number, count in hits.items()
    )


def _ranges(lines: list[int]) -> Iterable[str]:
    start = end = 0
    for line in [*lines, 0]:
        if end and line == end + 1:
            end = line
            continue
        if end:
            yield str(start) if start == end else f"{start}-{end}"
        start = end = line


class _Owners:
    """Which file each path of the reports is about. A path that could be about two files is about neither."""

    def __init__(self, known: Mapping[str, Hits], root: Path) -> None:
        self._known, self._root = known, root
        self._names: dict[str, list[str]] | None = None

    def lines_of(self, path: str) -> Hits | None:
        """The lines of *path*; where reports were written elsewhere, the one path that ends like it."""
        if path in self._known:
            return self._known[path]
        alike = [o for o in self._known if path.endswith("/" + o) or o.endswith("/" + path)]
        if len(alike) != 1 or (self._root / alike[0]).is_file():
            return None
        longest = min((path, alike[0]), key=len)
        same = [
            other for other in self._of_name(path.rpartition("/")[2]) if f"/{other}".endswith("/" + longest)
        ]
        return self._known[alike[0]] if same in ([path], []) else None

    def _of_name(self, name: str) -> list[str]:
        """The files of the work tree with this name."""
        if self._names is None:
            self._names = {}
            for folder, folders, names in os.walk(self._root):
                folders[:] = [each for each in folders if each not in (".git", "node_modules")]
                for each in names:
                    path = os.path.relpath(os.path.join(folder, each), self._root).replace(os.sep, "/")
                    self._names.setdefault(each, []).append(path)
        return self._names.get(name, [])


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
    if content.startswith(b"mode: "):
        return _go_profile(content.decode("utf-8", "replace"), root)
    return _lcov(content.decode("utf-8", "replace"), root)


_BLOCK = lazy_pattern(r"(.+):(\d{1,9})\.\d+,(\d{1,9})\.\d+ \d+ (\d+)")


def _go_profile(text: str, root: Path) -> dict[str, Hits]:
    """Blocks of statements, by import path; of blocks that are whole on a line, the one that ran least."""
    blocks: dict[tuple[str, int, int, str], int] = {}
    module = _go_module(root)
    for line in text.splitlines()[1:]:
        match = _BLOCK.fullmatch(line.strip())
        if match is None:
            raise BadInput(f"not a profile of Go: {printable(line, limit=40)!r}")
        path = match[1].removeprefix(f"{module}/")
        key = (path, int(match[2]), int(match[3]), line.rpartition(" ")[0])
        blocks[key] = max(blocks.get(key, 0), _number(match[4]))
    found: dict[str, Hits] = {}
    for (path, start, end, _), count in blocks.items():
        if end - start > LONGEST:
            raise BadInput(f"not a profile of Go: a block of {end - start} lines")
        merge_hits(found.setdefault(path, {}), dict.fromkeys(range(start, end + 1), count))
    for (path, start, end, _), count in blocks.items():
        if start == end:
            found[path][start] = min(found[path][start], count)
    return {path: _with_text(hits, root / path) for path, hits in found.items()}


def _with_text(hits: Hits, path: Path) -> Hits:
    """*hits* without the empty lines that lie within blocks."""
    try:
        lines = path.read_text("utf-8", "replace").split("\n")
    except (OSError, ValueError):
        return hits
    return {line: count for line, count in hits.items() if line > len(lines) or lines[line - 1].strip()}


LONGEST = 100_000
"""Lines of one block of statements."""


def _go_module(root: Path) -> str:
    """The import path of the module at *root*; a word that no path begins with where there is none."""
    try:
        found = re.search(r"(?m)^module[ \t]+\"?([^\s\"]+)", (root / "go.mod").read_text("utf-8", "replace"))
    except OSError:
        found = None
    return found[1] if found is not None else "\0"


def _lcov(text: str, root: Path) -> dict[str, Hits]:
    found: dict[str, Hits] = {}
    current: Hits | None = None
    for line in text.splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            current = found.setdefault(_relative(value.strip(), root), {})
        elif kind == "DA" and current is not None:
            number, _, rest = value.partition(",")
            merge_hits(current, {_number(number): _number(rest.partition(",")[0])})
        elif kind == "end_of_record":
            current = None
    if not found:
        raise BadInput("neither Cobertura XML nor lcov, nor a profile of Go")
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
            merge_hits(self._current, hits)

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
