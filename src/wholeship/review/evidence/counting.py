"""How many tests ran, from the closing lines that test runners print."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.review.ports import RanTests

_ANSI = lazy_pattern(r"\x1b\[[0-9;]*m")
_CLOSING: Mapping[str, re.Pattern[str]] = {
    name: lazy_pattern(pattern)
    for name, pattern in {
        "pytest": r"=*\s*((?:\d+ [a-z]+, )*\d+ [a-z]+|no tests ran) in [\d.]+s\b.*",
        "unittest": r"Ran (?P<ran>\d+) tests? in ",
        "unittest's verdict": r"(?:OK|FAILED) \((?P<words>[\w ]+=[\w =,]+)\)\s*$",
        "go": r"\s*--- (?P<go>PASS|FAIL|SKIP): (?P<name>\S+)",
        "cargo": r"test result: \w+\. (?P<ran>\d+) passed; (?P<failed>\d+) failed; (?P<skipped>\d+) ignored",
        "cargo's test": r"test (?P<test>[\w:]+)(?: - should panic)? \.\.\. (?P<how>ok|FAILED|ignored)",
        "node": r"(?:#|ℹ) (?P<node>tests|fail|skipped|todo|cancelled) (?P<count>\d+)\s*$",
        "jest": r"Tests:\s+(?P<words>(?:\d+ \w+, )*\d+ total)",
        "vitest": r"\s*Tests\s+(?P<words>\d+ \w+(?: \| \d+ \w+)*) \(\d+\)",
        "mocha": r"\s+(?P<count>\d+) (?P<mocha>passing|failing|pending)\b",
        "maven": (
            r"(?:\[\w+\]\s*)?Tests run: (?P<all>\d+), Failures: (?P<failed>\d+), Errors: (?P<errors>\d+)"
            r", Skipped: (?P<skipped>\d+)$"
        ),
        "rspec": r"(?P<all>\d+) examples?, (?P<failed>\d+) failures?(?:, (?P<skipped>\d+) pending)?",
        "minitest": (
            r"(?P<all>\d+) runs, \d+ assertions, (?P<failed>\d+) failures, (?P<errors>\d+) errors"
            r", (?P<skipped>\d+) skips"
        ),
        "PHPUnit": r"OK \((?P<ran>\d+) tests?, \d+ assertions?\)",
        "prove": r"Files=\d+, Tests=(?P<ran>\d+),",
        "ctest": r"\d+% tests passed, (?P<failed>\d+) tests failed out of (?P<ran>\d+)",
    }.items()
}
_SKIPPED = frozenset(
    ("skipped", "pending", "ignored", "todo", "disabled", "cancelled", "xfailed", "expected")
)
_FAILED = frozenset(("failed", "failing", "failures", "errors", "error", "unexpected"))
_SIGNS = (
    *(
        " in ",
        " ... ",
        "OK (",
        "FAILED (",
        "--- ",
        "test result",
        "tests",
        "skipped",
        "todo",
        "cancelled",
        "Tests",
    ),
    *("fail ", "passing", "failing", "pending", "examples", "runs,", "example,"),
)


class ClosingLines:
    """Hears a suite's output line by line, and adds up what its runners say at their end."""

    def __init__(self) -> None:
        self._ran = self._skipped = self._failed = 0
        self._heard = False
        self._names: set[str] = set()
        self._skipped_names: set[str] = set()

    def hear(self, line: str) -> None:
        """One line of output."""
        if len(line) > 2000 or not any(sign in line for sign in _SIGNS):
            return
        text = _ANSI.sub("", line).rstrip()
        for name, shape in _CLOSING.items():
            if found := shape.match(text):
                self._heard = True
                self._add(name, found)
                return

    @property
    def tests(self) -> RanTests | None:
        """What was said in all; None: no runner that is known spoke."""
        if not self._heard:
            return None
        return RanTests(
            max(0, self._ran),
            self._skipped,
            frozenset(self._names),
            frozenset(self._skipped_names),
            failed=self._failed,
        )

    def _add(self, name: str, found: re.Match[str]) -> None:
        said = found.groupdict()
        if name == "go":
            self._add_go(said["go"], said["name"])
        elif name == "cargo's test":
            (self._skipped_names if said["how"] == "ignored" else self._names).add(said["test"])
        elif name == "pytest":
            self._add_words(found[1])
        elif "words" in said:
            self._add_words(said["words"], took_all=name == "unittest's verdict")
        elif name in ("node", "mocha"):
            self._add_one(said.get("node") or said["mocha"], int(said["count"]))
        else:
            skipped = int(said.get("skipped") or 0)
            counted = said.get("all") or ""
            failed = int(said.get("failed") or 0)
            passed = failed if name == "cargo" else 0
            self._ran += int(counted) - skipped if counted else int(said["ran"]) + passed
            self._skipped += skipped
            self._failed += failed + int(said.get("errors") or 0)

    def _add_go(self, how: str, name: str) -> None:
        self._add_one({"SKIP": "skipped", "FAIL": "failed"}.get(how, "passed"), 1)
        (self._skipped_names if how == "SKIP" else self._names).add(name)

    def _add_words(self, text: str, *, took_all: bool = False) -> None:
        """Counts in words: ``3 passed, 1 skipped``, or ``skipped=1`` of tests that were counted already."""
        for pair in re.split(r"[,|]", text):
            number = re.search(r"\d+", pair)
            word = next((each for each in re.findall(r"[a-z]+", pair)), "")
            if number is None or word in ("total", "deselected", "warning", "warnings", "rerun", "subtests"):
                continue
            count = int(number[0])
            if took_all:
                self._failed += count if word in _FAILED else 0
                self._ran -= count if word in _SKIPPED else 0
                self._skipped += count if word in _SKIPPED else 0
            else:
                self._add_one(word, count)

    def _add_one(self, word: str, count: int) -> None:
        if word in _SKIPPED:
            self._skipped += count
            self._ran -= count if word in ("todo", "cancelled") else 0
        elif word == "fail":
            self._failed += count  # Node counts it among its tests already
        else:
            self._ran += count
            self._failed += count if word in _FAILED else 0
