"""Tests that a change weakens: skipped, without their assertions, or where no runner looks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from wholeship.review.change import AddedLine, ChangedFile, Diff

SKIPS = re.compile(
    r"pytest\.skip\(|pytest\.importorskip\(|mark\.(?:skip|skipif|xfail)\b|unittest\.(?:skip|expectedFailure)"
    r"|@skip(?:If|Unless)?\b|\.skipTest\(|\bt\.Skip(?:f|Now)?\(|\b(?:it|test|describe|context)\.(?:skip|todo|only)\b"
    r"|\bx(?:it|test|describe)\(|\bf(?:it|describe)\(|#\[ignore|@(?:Disabled|Ignore)\b|\bcollect_ignore"
    r"|__test__ = False"
)
"""What keeps a test from running, in the runners that are known."""
CONDITIONS = re.compile(
    r"@pytest\.mark\.skipif\((?!\s*(?:True|1|not False)\b)|@(?:unittest\.)?skip(?:If|Unless)\("
)
"""Skips with a condition, as tests have that need a program or a system."""
_ALWAYS = re.compile(r"if (?:True|1|not False)\b")
ASSERTIONS = re.compile(
    r"\bassert\b|\bassert\w*!?\(|\bself\.(?:assert|fail)|\bexpect\(|pytest\.raises|\bt\.(?:Error|Fatal)f?\("
    r"|\b(?:require|assert|should)\.\w+|assertThat"
)
TESTS = re.compile(
    r"\s*(?:(?:async )?def test\w*\(|func Test\w*\(|(?:it|test)(?:\.each)?\("
    r"|#\[test\]|@(?:Parameterized)?Test\b)"
)
_FOUND = re.compile(r"test_[^/]*|[^/]*_test\.[^/]*|[^/]*\.(?:test|spec)\.[^/]*|[^/]*Tests?\.(?:java|kt|cs)")
CODE = frozenset(("src", "ci", "config", "deps", "migrations"))
"""Kinds whose change tests are there for."""


class WeakenedTest(Struct, frozen=True, order=True):
    """A test that says less than before: where, and how."""

    file: str
    line: int
    what: str


def find_weakened(diff: Diff, kinds: Mapping[str, str]) -> tuple[WeakenedTest, ...]:
    """The tests that *diff* weakens while code changed; none where only tests did.

    Assertions and tests are counted over all test files, so that moving them takes nothing away.
    """
    code = [file for file in diff.files if kinds[file.shown] in CODE]
    tests = [file for file in diff.files if kinds[file.shown] == "tests" or is_found(file.old_path)]
    if not code or not tests:
        return ()
    found = [*_skips(tests), *_hidden(tests)]
    if not any(file.is_deleted and kinds[file.shown] == "src" for file in code):
        found += _lost(tests)
    return tuple(sorted(set(found)))


def _skips(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    for file in tests:
        added = [line for line in file.lines if SKIPS.search(line.text) and not _is_new(line, file)]
        if len(added) > sum(1 for text in file.removed if SKIPS.search(text)):
            yield WeakenedTest(file.shown, added[0].number, "a test is skipped")


def _is_new(skip: AddedLine, file: ChangedFile) -> bool:
    """Whether *skip* is a condition of a test that the change itself adds, not of one that was there.

    The test has to stand in the same run of added lines; one whose own line was there before is no new one.
    """
    if _balance(file, TESTS) < 1:
        return False
    added = {line.number: line.text for line in file.lines}
    if CONDITIONS.search(skip.text):
        return _meets_new_test(skip.number, 1, added, file)
    before = added.get(skip.number - 1, "").strip()
    if "importorskip(" in skip.text or (before.startswith("if ") and not _ALWAYS.match(before)):
        return skip.text[:1].isspace() and _meets_new_test(skip.number, -1, added, file)
    return False


def _meets_new_test(start: int, step: int, added: Mapping[int, str], file: ChangedFile) -> bool:
    """Whether the nearest test, over added lines alone, is one that the change adds."""
    gone = {text.strip() for text in file.removed}
    number = start + step
    while number in added and not TESTS.match(added[number]):
        number += step
    return number in added and added[number].strip() not in gone


def _hidden(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    for file in tests:
        if file.status == "R" and is_found(file.old_path) and not is_found(file.path):
            yield WeakenedTest(file.shown, 1, "no test runner looks for the new name")


def _lost(tests: list[ChangedFile]) -> Iterator[WeakenedTest]:
    for shape, what in ((TESTS, "tests are gone"), (ASSERTIONS, "assertions are gone")):
        losses = [(_balance(file, shape), file) for file in tests]
        if sum(balance for balance, _ in losses) < 0:
            file = min(losses, key=lambda each: each[0])[1]
            yield WeakenedTest(file.shown, file.lines[0].number if file.lines else 1, what)


def _balance(file: ChangedFile, shape: re.Pattern[str]) -> int:
    """How many more lines of *shape* the file has than before; comments are none."""
    gained = sum(1 for line in file.lines if _counts(line.text, shape))
    return gained - sum(1 for text in file.removed if _counts(text, shape))


def _counts(text: str, shape: re.Pattern[str]) -> bool:
    return not text.lstrip().startswith(("#!", "# ", "//", "*", "/*")) and shape.search(text) is not None


def is_found(path: str) -> bool:
    """Whether test runners look for a file of this name."""
    return _FOUND.fullmatch(path.rpartition("/")[2]) is not None


def has_tests(lines: Iterable[str]) -> bool:
    """Whether *lines* have a test or an assertion in them."""
    return any(_counts(line, shape) for line in lines for shape in (TESTS, ASSERTIONS))
