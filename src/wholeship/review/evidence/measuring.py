"""What only running the change can tell: suites, coverage, whether tests notice the change, mutants of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.core.progress import Progress, Silent
from wholeship.core.values import dataclass
from wholeship.review.change import ChangedFile
from wholeship.review.evidence import coverage, suites
from wholeship.review.evidence.categories import CategoriesEvidence
from wholeship.review.evidence.coverage import CoverageEvidence, CoverageReport
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.reach import named_by, names_folder, reads_types, taken_unnamed
from wholeship.review.evidence.reported import Reported
from wholeship.review.evidence.run_elsewhere import only_versions
from wholeship.review.evidence.suites import SuiteContext, SuitesEvidence, words_of
from wholeship.review.evidence.weakened import has_tests, is_script, steers_runner
from wholeship.review.ports import Capture, CodeHost, Linter, Repository, SecretScanner, Suites, Workflows
from wholeship.review.settings import Settings

if TYPE_CHECKING:
    from wholeship.review.evidence.mutants import try_mutants
    from wholeship.review.evidence.noticing import Trial, try_out
else:  # for suites
    try_mutants = late("wholeship.review.evidence.mutants:try_mutants")
    Trial = late("wholeship.review.evidence.noticing:Trial")
    try_out = late("wholeship.review.evidence.noticing:try_out")


@dataclass(frozen=True, slots=True)
class Instruments:
    """What evidence is gathered with; None and empty: not there."""

    suites: Suites
    workflows: Workflows | None = None
    linters: tuple[Linter, ...] = ()
    scanners: tuple[SecretScanner, ...] = ()
    host: CodeHost | None = None
    progress: Progress = field(default_factory=Silent)
    elsewhere: Path = Path()
    """Where report paths of the command line start."""
    reported: Reported | None = None
    """What another job has run already; None: suites run here."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """One change, and what it is measured with; *files* are its files, without a repository around them."""

    capture: Capture
    settings: Settings
    repository: Repository
    tools: Instruments
    kinds: CategoriesEvidence
    files: Path

    def suites_and_coverage(self) -> tuple[SuitesEvidence, CoverageEvidence]:
        """Suites and coverage, which need a work tree; without either, none is made."""
        if self.tools.reported is not None:
            return self.tools.reported.suites, self.tools.reported.coverage
        settings, diff = self.settings, self.capture.diff
        if not settings.suites and not settings.reports:
            return suites.collect((), Path(), self._context), coverage.collect(diff, {}, (), root=Path())
        with self.repository.worktree(self.capture.head) as tree:
            ran = suites.collect(settings.suites, tree, self._context, counting=self._counts)
            found, missing = self._reports(tree)
            covered = coverage.collect(
                diff, self.kinds.files, found, root=tree, missing=missing, told=self.kinds.told
            )
        return self._tried(ran, covered), covered

    @property
    def _context(self) -> SuiteContext:
        base = self.capture.merge_base
        return SuiteContext(lambda: self.repository.worktree(base), self.tools.suites, self.tools.progress)

    @property
    def _counts(self) -> bool:
        """Whether tests are to be counted: anything changed that can change how many there are."""
        return bool(set(self.kinds.files.values()) - {"docs", "ci"})

    def _tried(self, ran: SuitesEvidence, covered: CoverageEvidence) -> SuitesEvidence:
        """Whether the tests notice the change."""
        code, tests = self._code(), self._of_kind("tests")
        tests += [file for file in self._data_of_tests() if file not in tests]
        if not code and self._dead() and ran.passed:
            return replace(ran, unnoticed=())
        if not code:
            return ran
        head, base, show = self.capture.head, self.capture.merge_base, self.repository.show
        trial = Trial(
            suites=self.settings.suites,
            context=self._context,
            head=lambda instead: self.repository.worktree(head, instead),
            before=cache(lambda path: show(base, path)),
            now=cache(lambda path: show(head, path)),
            reads_types=cache(lambda: reads_types(self.files)),
            gone=tuple(file for file in self._dead() if self.kinds.files[file.shown] == "src"),
        )
        found = try_out(ran, code, tests, trial, self._set_up())
        return try_mutants(found, code, trial, self.settings.mutate) if self.settings.mutate else found

    def _data_of_tests(self) -> list[ChangedFile]:
        """The changed files in folders of tests that are no scripts, whatever reads them."""
        return [
            file
            for file in self.capture.diff.files
            if file.shown in self.kinds.among_tests
            and file.status == "M"
            and not file.binary
            and not is_script(file)
        ]

    def _set_up(self) -> list[ChangedFile]:
        """The changed files by which tests are set up and run: helpers, settings, scripts of the suites."""
        words = {word for suite in self.settings.suites for word in words_of(suite.command)}
        return [
            file
            for file in self.capture.diff.files
            if not file.binary and file.shown not in self.kinds.told and self._sets_up(file, words)
        ]

    def _sets_up(self, file: ChangedFile, words: set[str]) -> bool:
        if self.kinds.files[file.shown] == "tests" or file.shown in self.kinds.among_tests:
            return is_script(file) and not any(has_tests(self._text(each, file)) for each in ("base", "head"))
        if file.path in words or f"./{file.path}" in words or _SETS_UP.search(file.path):
            return True
        return steers_runner(file)

    def _text(self, side: str, file: ChangedFile) -> list[str]:
        path, commit = (
            (file.path, self.capture.head) if side == "head" else (file.old_path, self.capture.merge_base)
        )
        content = self.repository.show(commit, path)
        return content.decode("utf-8", "replace").splitlines() if content is not None else []

    def _code(self) -> list[ChangedFile]:
        """The code that tests have to notice."""
        dead = self._dead()
        found = [file for file in self._of_kind("src", "migrations") if file not in dead]
        elsewhere = self._of_kind("config", "deps", "ci")
        run = [file for file in elsewhere if file.shown in self.kinds.run and file not in dead]
        found += [file for file in run if not only_versions(file)]
        return found

    def _dead(self) -> list[ChangedFile]:
        """Deleted source files that nobody takes, and manifests that went with all of their folder."""
        gone = [file for file in self._of_kind("src") if file.is_deleted]
        taken = taken_unnamed([file.path for file in gone], self.files) if gone else frozenset()
        gone = [file for file in gone if file.path not in taken]
        named = named_by([file.path for file in gone], self.files) if gone else {}
        manifests = [file for file in self._of_kind("deps") if file.is_deleted and "/" in file.path]
        folders = {file.path: file.path.rpartition("/")[0] for file in manifests}
        used = names_folder(folders.values(), self.files) if folders else frozenset()
        unused = [f for f in manifests if folders[f.path] not in used]
        return [*(file for file in gone if not named.get(file.path)), *unused]

    def _of_kind(self, *kinds: str) -> list[ChangedFile]:
        told = self.kinds.told
        return [
            file
            for file in self.capture.diff.files
            if self.kinds.files[file.shown] in kinds
            and file.shown not in told
            and (file.changed or file.status == "R")
            and not file.binary
        ]

    def _reports(self, tree: Path) -> tuple[list[CoverageReport], tuple[NotLooked, ...]]:
        found: list[CoverageReport] = []
        missing: list[NotLooked] = []
        for name in self.settings.coverage:
            why = _unfit(tree / name, tree, lambda n=name: self.repository.show(self.capture.head, n))  # type: ignore[misc]
            if why:
                missing.append(NotLooked(name, why))
            else:
                found.append(CoverageReport(name, tree / name))
        for name in self.settings.measured:
            path = self.tools.elsewhere / name
            if _is_older(path, self.capture.at):
                missing.append(NotLooked(name, "the report is older than the commit: measure again"))
            else:
                found.append(CoverageReport(name, path))
        return found, tuple(missing)


_SETS_UP = lazy_pattern(
    r"(?:^|/)(?:conftest\.py|(?:site|user)customize\.py|[^/]*\.pth|pytest\.ini|tox\.ini|noxfile\.py|setup\.cfg|GNUmakefile"
    r"|[Mm]akefile|[^/]*\.mk|[Jj]ustfile|Taskfile\.ya?ml|package\.json|\.mocharc[^/]*|\.taprc|(?:jest|vitest|karma|ava)\.[^/]*"
    r"|\.cargo/config(?:\.toml)?|\.mvn/.*|\.env(?:\.test)?|nextest\.toml|\.npmrc"
    r"|(?:_?pytest|unittest|nose2?|coverage|pluggy|doctest)(?:\.py|/.*\.py))$"
)
"""Names of files by which tests are set up and run."""


def _is_older(path: Path, at: float) -> bool:
    """Whether the file at *path* was written before *at* (seconds since 1970)."""
    try:
        return path.stat().st_mtime < at
    except OSError:
        return False  # that it cannot be read is said when it is


def _unfit(path: Path, tree: Path, committed: Callable[[], bytes | None]) -> str:
    """Why the report at *path* is not taken; empty: it is."""
    if not path.resolve().is_relative_to(tree.resolve()):
        return "the report is outside the work tree"
    if not path.is_file():
        return "no suite wrote this report"
    if committed() is not None:
        return "the report is committed: it is part of the change, not a measurement of it"
    return ""
