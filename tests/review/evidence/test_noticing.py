"""Whether tests notice a change: code taken back, old tests tried, mutants made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.review.world import Notes, captured, changed, suite
from wholeship.review.change import AddedLine, ChangedFile
from wholeship.review.evidence.mutants import mutants_of, try_mutants
from wholeship.review.evidence.noticing import FILES, ZONE, Trial, try_out
from wholeship.review.evidence.suites import SuiteContext, SuitesEvidence
from wholeship.review.evidence.weakened import GUTTED, HIDDEN, find_weakened
from wholeship.review.ports import SuiteRun
from wholeship.review.settings import Suite

PASSED = SuitesEvidence((suite(),))
CODE = changed("src/a.py", "x = 1")
OTHER = changed("src/b.py", "y = 1")
OLD_TEST = changed("tests/test_a.py", "assert x")


class Judge:
    """Suites that fail when any of *needed* is taken back, and head trees that know what was."""

    def __init__(self, *needed: str) -> None:
        self.needed = needed
        self.taken: list[Mapping[str, bytes | None]] = []

    @contextmanager
    def head(self, instead: Mapping[str, bytes | None]) -> Iterator[Path]:
        self.taken.append(instead)
        yield Path()

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        return SuiteRun(1 if set(self.taken[-1]) & set(self.needed) else 0, 0.0, (), "")

    def trial(self, seconds: float = 0.0, now: bytes = b"new", before: bytes = b"old") -> Trial:
        clock = iter(range(10_000))
        context = SuiteContext(lambda: self.head({}), self, Notes())
        return Trial(
            (Suite("unit", "x"),),
            context,
            self.head,
            lambda path: before,
            lambda path: now,
            lambda: next(clock) * seconds,
        )


def test_each_file_is_taken_back_by_itself() -> None:
    """A file whose change no test needs is named, beside one whose change they need."""
    judge = Judge("src/a.py")
    found = try_out(PASSED, [CODE, OTHER], [], judge.trial())
    assert found.unnoticed == ("src/b.py",)
    assert found.noticed
    assert judge.taken == [{"src/a.py": b"old"}, {"src/b.py": b"old"}]


RUST = b"pub fn a() -> u8 { %s }\n\n#[cfg(test)]\nmod tests {\n    %s\n}\n"


def test_tests_beside_the_code_stay_where_it_is_taken_back() -> None:
    """A Rust file's code is taken back, and its tests of now are kept; first those of before are tried."""
    judge = Judge("src/a.rs")
    code = changed("src/a.rs", "pub fn a() -> u8 { 2 }")
    trial = judge.trial(now=RUST % (b"2", b"#[test] fn more() {}"), before=RUST % (b"1", b""))
    assert try_out(PASSED, [code], [], trial).unnoticed == ()
    (old,), (taken,) = (each.values() for each in judge.taken[:2])
    assert old is not None
    assert (b"{ 2 }" in old, b"fn more" in old) == (True, False)
    assert taken is not None
    assert (b"{ 1 }" in taken, b"{ 2 }" in taken, b"fn more" in taken) == (True, False, True)


class Traveller(Judge):
    """Suites that fail without the change in another time zone alone; *broken*: there they always fail."""

    broken = False

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        away = suite.command.startswith(f"export TZ={ZONE}; ")
        return SuiteRun(1 if away and (self.taken[-1] or self.broken) else 0, 0.0, (), "")


def test_what_has_to_do_with_time_is_tried_in_another_time_zone() -> None:
    """A machine in UTC notices no local time; suites that do not pass elsewhere tell nothing."""
    code = changed("src/a.py", "x = now.astimezone(UTC)")
    assert try_out(PASSED, [code], [], Traveller().trial()).unnoticed == ()
    assert try_out(PASSED, [CODE], [], Traveller().trial()).unnoticed == ("src/a.py",)
    broken = Traveller()
    broken.broken = True
    assert try_out(PASSED, [code], [], broken.trial()).unnoticed == ("src/a.py",)


def test_places_that_have_to_do_with_time_are_tried_in_another_time_zone() -> None:
    """A place beside one that tests need in UTC can be needed elsewhere."""

    class Part(Traveller):
        def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
            away = suite.command.startswith(f"export TZ={ZONE}; ")
            text = self.taken[-1].get("src/a.py", b"3 utc") or b""
            needed = (b"3", b"utc") if away else (b"3",)
            return SuiteRun(0 if all(word in text for word in needed) else 1, 0.0, (), "")

    file, before, now = _two("3", "utc")
    found = try_out(PASSED, [file], [], Part().trial(now=now, before=before))
    assert (found.unnoticed, found.unnoticed_parts) == ((), ())


def test_a_suite_that_hangs_without_the_change_is_given_up() -> None:
    """It is given ten times what it took with the change, and two minutes at least."""

    class Watched(Judge):
        def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
            limits.append(suite.timeout)
            return SuiteRun(None, 0.0, (), "")

    limits: list[float] = []
    slow = SuitesEvidence((msgspec.structs.replace(suite(), seconds=30.0),))
    for found in (PASSED, slow):
        assert try_out(found, [CODE], [], Watched().trial()).unnoticed == ()
    assert limits == [120.0, 300.0]


def test_new_files_are_taken_back_together() -> None:
    """New files only work with one another: without all of them the suites have to fail."""
    judge = Judge("src/new.py")
    fresh = [changed("src/new.py", "x", status="A"), changed("src/more.py", "y", status="A")]
    assert try_out(PASSED, fresh, [], judge.trial()).unnoticed == ()
    assert judge.taken == [{"src/new.py": None, "src/more.py": None}]


def test_a_file_that_moved_is_put_back() -> None:
    """Taken back, it lies where it was, and no more where it is."""
    judge = Judge()
    moved = replace(CODE, path="src/z.py", status="R")
    try_out(PASSED, [moved], [], judge.trial())
    assert judge.taken == [{"src/z.py": None, "src/a.py": b"old"}]


def test_what_is_not_reached_is_not_noticed() -> None:
    """Beyond the limits of number and time the rest counts as not noticed, and is said."""
    many = [changed(f"src/{n}.py", "x") for n in range(FILES + 2)]
    judge = Judge(*(file.path for file in many))
    found = try_out(PASSED, many, [], judge.trial())
    assert found.unnoticed == (f"src/{FILES}.py", f"src/{FILES + 1}.py")
    assert len(found.not_looked) == 2
    assert len(try_out(PASSED, many, [], judge.trial(1000.0)).unnoticed or ()) == FILES + 2


@pytest.mark.parametrize(
    ("needed", "gutted"),
    [(("tests/test_a.py",), True), (("tests/test_a.py", "src/a.py"), False), ((), False)],
)
def test_tests_that_gave_up_are_a_bug(needed: tuple[str, ...], gutted: bool) -> None:
    """The old tests fail, the new ones pass with the change and without it: they were made to agree."""
    found = try_out(PASSED, [CODE], [OLD_TEST], Judge(*needed).trial())
    diff = captured(CODE, OLD_TEST).diff
    kinds = {"src/a.py": "src", "tests/test_a.py": "tests"}
    assert (GUTTED in {each.what for each in find_weakened(diff, kinds, found)}) is gutted


def test_nothing_is_tried_where_suites_fail() -> None:
    """A failing suite says enough."""
    failed = SuitesEvidence((suite(passed=False, caused=True),))
    assert try_out(failed, [CODE], [], Judge().trial()) == failed


def changes(text: str) -> ChangedFile:
    return changed("src/a.py", text)


@pytest.mark.parametrize(
    ("text", "mutants"),
    [
        ("    return amount >= LIMIT", ["    return amount > LIMIT"]),
        ("if a and b < 3:", ["if a or b < 3:", "if a and b <= 3:"]),
        ("x = total + 10", ["x = total - 10", "x = total + 11"]),
        ("flag = True", ["flag = False"]),
        ("# a and b", []),
        ("name = other", []),
    ],
)
def test_mutants_are_small_mistakes(text: str, mutants: list[str]) -> None:
    """A comparison turned, an off by one, a condition turned; at most two a line, none in a comment."""
    assert [each.text for each in mutants_of(changes(text))] == mutants


@pytest.mark.parametrize(
    ("line", "mistakes"),
    [
        ("    return sum(a) // 100", {"    return sum(a) / 100", "    return sum(a) // 101"}),
        ("    return a / b", {"    return a // b"}),
        ("def pay(user, amount):", {"def pay(amount, user):"}),
        ("send(b, a)", {"send(a, b)"}),
        ("x = (a + b) * c", {"x = (a - b) * c", "x = (a + b) / c", "x = a + b * c"}),
        ("x = a + b * c", {"x = a - b * c", "x = a + b / c", "x = (a + b) * c"}),
        ("if x is not None:", {"if x is None:"}),
        ("log('no user')", {"log('no user~')"}),
    ],
)
def test_each_kind_of_mistake_is_made(line: str, mistakes: set[str]) -> None:
    """Arguments swapped, a division that rounds, what is calculated first, a text: each where it can be."""
    assert {each.text for each in mutants_of(changes(line), 6)} == mistakes


def test_mutants_that_survive_are_placed() -> None:
    """The places whose mutants no test notices are named; their number is bounded."""
    judge = Judge()
    content = b"a = 1\nb = 2\n"
    code = changed("src/a.py", "a = 1", "b = 2")
    found = try_mutants(PASSED, [code], judge.trial(now=content), 20)
    assert (found.survived, found.mutants) == (("src/a.py:1", "src/a.py:2"), 2)
    assert judge.taken == [{"src/a.py": b"a = 2\nb = 2\n"}, {"src/a.py": b"a = 1\nb = 3\n"}]
    assert try_mutants(PASSED, [code], Judge("src/a.py").trial(now=content), 1).survived == ()
    assert try_mutants(PASSED, [code], judge.trial(1000.0, content), 20).not_looked


SET_UP = changed("tests/conftest.py", "x", status="A")


class House:
    """Suites that fail where exactly one of the sets of files *failing* is as it was before."""

    def __init__(self, *failing: set[str]) -> None:
        self.failing = failing
        self.judge = Judge()

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        return SuiteRun(1 if set(self.judge.taken[-1]) in self.failing else 0, 0.0, (), "")

    def trial(self) -> Trial:
        return replace(self.judge.trial(), context=SuiteContext(lambda: self.judge.head({}), self, Notes()))


@pytest.mark.parametrize(
    ("tests", "failing", "hides"),
    [
        ([], [{"tests/conftest.py"}], True),
        ([], [], False),
        ([], [{"tests/conftest.py"}, set()], False),
        ([OLD_TEST], [{"tests/conftest.py", "tests/test_a.py"}], True),
        ([OLD_TEST], [{"tests/conftest.py", "tests/test_a.py"}, {"tests/test_a.py"}], False),
    ],
    ids=["hides", "needs nothing", "failed before", "an old test is touched", "the tests had to change"],
)
def test_a_set_up_that_hides_what_tests_say_is_told(
    tests: list[ChangedFile], failing: list[set[str]], hides: bool
) -> None:
    """The tests of before pass with the new code only because what sets them up changed: a bug."""
    found = try_out(PASSED, [CODE], tests, House(*failing).trial(), [SET_UP])
    assert found.set_up == (("tests/conftest.py",) if hides else ())
    weakened = find_weakened(
        captured(CODE, SET_UP).diff, {"src/a.py": "src", "tests/conftest.py": "tests"}, found
    )
    assert any(each.what == HIDDEN for each in weakened) is hides


TWO = b"def one():\n    return %s\n\n\ndef two():\n    return %s\n"


class Reader(Judge):
    """Suites that fail where the file does not have one of the words that they need in it."""

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        text = self.taken[-1].get("src/a.py") or b""
        return SuiteRun(0 if all(word.encode() in text for word in self.needed) else 1, 0.0, (), "")


def _two(first: str, second: str) -> tuple[ChangedFile, bytes, bytes]:
    before, now = TWO % (b"1", b"2"), TWO % (first.encode(), second.encode())
    file = replace(
        changed("src/a.py", deleted=2),
        lines=(AddedLine(2, f"    return {first}"), AddedLine(6, f"    return {second}")),
        removed=("    return 1", "    return 2"),
    )
    return file, before, now


def test_a_change_beside_one_that_tests_need_has_to_be_needed_too() -> None:
    """That a file's change is noticed says nothing of each of its places."""
    file, before, now = _two("3", "4")
    found = try_out(PASSED, [file], [], Reader("return 3").trial(now=now, before=before))
    assert (found.unnoticed, found.unnoticed_parts) == ((), ("src/a.py:6",))
    found = try_out(PASSED, [file], [], Reader("return 3", "return 4").trial(now=now, before=before))
    assert (found.unnoticed, found.unnoticed_parts) == ((), ())


def test_places_that_were_not_reached_are_not_noticed() -> None:
    """When the time is up the next place is named, and that it was not tried."""
    file, before, now = _two("3", "4")
    found = try_out(PASSED, [file], [], Reader("return 3").trial(seconds=500, now=now, before=before))
    assert found.unnoticed_parts == ("src/a.py:6",)
    assert [missed.what for missed in found.not_looked]


def test_a_place_in_a_file_by_another_name_has_to_be_needed() -> None:
    """That nothing runs without the file says nothing of what was changed in it."""
    file, before, now = _two("3", "2")
    file = replace(file, path="src/b.py", status="R")
    trial = Renamed("src/b.py").trial(now=now, before=before)
    assert try_out(PASSED, [file], [], trial).unnoticed_parts == ("src/b.py:2",)


def test_a_place_in_code_from_a_file_that_is_gone_has_to_be_needed() -> None:
    """Code that came to a new file with a change in it is not new."""
    _, before, now = _two("3", "2")
    texts = now.decode().splitlines()
    file = changed("src/b.py", *texts, status="A")
    gone = changed("src/a.py", status="D", deleted=6)
    trial = replace(Renamed("src/b.py").trial(now=now, before=before), gone=(gone,))
    assert try_out(PASSED, [file], [], trial).unnoticed_parts == ("src/b.py:2",)
    assert try_out(PASSED, [file], [], replace(trial, gone=())).unnoticed_parts == ()


class Renamed(Judge):
    """Suites that fail where one of *needed* is not there."""

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        missing = any(name in self.taken[-1] and self.taken[-1][name] is None for name in self.needed)
        return SuiteRun(1 if missing else 0, 0.0, (), "")
