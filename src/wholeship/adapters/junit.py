"""JUnit XML, as most test runners write it, read by junitparser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError

from wholeship.review.ports import RanTests

LIMIT = 64 * 1024 * 1024
"""Bytes of one report; the change's own code writes it."""
FILES = 5000
USUAL = (
    *("**/surefire-reports/TEST-*.xml", "**/failsafe-reports/TEST-*.xml", "**/test-results/**/*.xml"),
    *("junit*.xml", "test-report*.xml", "reports/junit*.xml"),
)
"""Where runners leave their reports when nobody says otherwise."""


def usual_reports(tree: Path) -> Iterator[Path]:
    """The reports below *tree* that a run may have left."""
    for pattern in USUAL:
        yield from (path for path in tree.glob(pattern) if path.is_file() and not path.is_symlink())


def read_reports(paths: Iterable[Path]) -> RanTests | None:
    """What the reports at *paths* counted together; None: there is none that can be read."""
    ran: set[str] = set()
    skipped: set[str] = set()
    numbers = [0, 0]
    failed = 0
    read = False
    for _, path in zip(range(FILES), dict.fromkeys(paths), strict=False):
        for name, was_skipped, has_failed in _cases(path) or ():
            read = True
            failed += has_failed
            numbers[was_skipped] += 1
            (skipped if was_skipped else ran).add(name)
        read = read or _is_report(path)
    if not read:
        return None
    return RanTests(numbers[0], numbers[1], frozenset(ran), frozenset(skipped - ran), failed=failed)


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"<testsuite" in file.read(4096)
    except OSError:
        return False


def _cases(path: Path) -> list[tuple[str, bool, bool]] | None:
    """The name of each test, whether it was skipped, and whether it failed; None: not a report."""
    import junitparser  # 25 ms, and only where a suite left a report

    try:
        if not _is_report(path) or path.stat().st_size > LIMIT:
            return None
        root = junitparser.JUnitXml.fromfile(str(path))
    except (OSError, ParseError, junitparser.JUnitXmlError, ValueError, TypeError, RecursionError):
        return None
    suites = [root] if isinstance(root, junitparser.TestSuite) else list(root)
    try:
        cases = [case for suite in suites for case in suite]
    except RecursionError:
        return None
    return [
        (
            f"{case.classname or ''}::{case.name or ''}",
            bool(case.is_skipped),
            bool(case.is_failure or case.is_error),
        )
        for case in cases
    ]
