"""Tests of Python that were there, before and now: which of them ask for less."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.review.world import captured, changed
from wholeship.review.change import ChangedFile
from wholeship.review.evidence.asserted import find_emptied

NEW = "def test_fresh():\n    assert fresh() == 1\n"


def emptied(folder: Path, before: str, now: str, *code: ChangedFile) -> list[str]:
    """What is weaker, where ``before`` became ``now`` in a file of tests, beside *code*."""
    test = changed("tests/test_a.py", *now.splitlines(), status="M" if before else "A")
    for tree, text in (("base", before), ("head", now)):
        (folder / tree / "tests").mkdir(parents=True)
        (folder / tree / "tests/test_a.py").write_text(text)
    kinds = {"tests/test_a.py": "tests", **{each.path: "src" for each in code}}
    found = find_emptied(captured(*code, test).diff, kinds, folder / "base", folder / "head")
    return [each.what for each in found]


CODE = changed("a.py", "def fresh():", "    return 1")
WEAKER = [
    ("assert f(2) == 4", "assert f(2) >= 1"),
    ("assert f(2) == 4", "assert f(2) in (4, 5)"),
    ("assert f(2) == 4", "assert f(2) == f(2)"),
    ("assert 4 == f(2)", "assert f(1) * 2 == f(2)"),
    ("assert f(2) == 4", "assert f(2) == 4 or f(2) == 5"),
    ("assert f(2) == [1]", "assert len(f(2)) == 1"),
    ("assert f(2) == 4", "assert [f(2) == 4 for _ in ()], (f,)\n    assert (f(2), 4)"),
    ("with raises(KeyError):\n        f(0)", "with raises(Exception):\n        f(0)"),
]
AS_STRONG = [
    ("assert f(2) == 4", "assert 4 == f(2)"),
    ("assert f(2) == 4", "told = f(2)\n    assert told == 4"),
    ("assert f(2) == 4", "assert f(2) == FOUR"),
    ("assert f(2) == 4", "assert f(2) == 5"),
    ("assert f(2) == 4", "assert g(2) == 4"),
    ("assert f(2)", "assert f(2) == 4"),
    ("with raises(KeyError):\n        f(0)", "with raises(KeyError, match='0'):\n        f(0)"),
    ("assert f(2) == g(2)", "assert f(2) == g(2) + 0"),
]


def _test(body: str) -> str:
    return f"def test_f():\n    {body}\n"


@pytest.mark.parametrize(("before", "now"), WEAKER)
def test_an_assertion_that_more_values_fulfil_is_weaker(before: str, now: str, tmp_path: Path) -> None:
    """Also where a new test stands beside it, so that as much is asserted in all."""
    assert emptied(tmp_path, _test(before), f"{_test(now)}\n\n{NEW}", CODE)


@pytest.mark.parametrize(("before", "now"), AS_STRONG)
def test_an_assertion_written_otherwise_is_as_strong(before: str, now: str, tmp_path: Path) -> None:
    """Another way to write it, another value or another function is nothing that is told here."""
    assert emptied(tmp_path, _test(before), f"{_test(now)}\n\n{NEW}", CODE) == []


def test_a_test_under_a_name_that_no_runner_takes_is_weaker(tmp_path: Path) -> None:
    """A better name is fine; a helper that another test calls is, too."""
    body = "():\n    assert f(2) == 4\n"
    for place, (name, more, told) in enumerate(
        [
            ("check_f", "", 1),
            ("test_f_of_two", "", 0),
            ("check_f", "\n\ndef test_all():\n    check_f()\n", 0),
        ]
    ):
        found = emptied(tmp_path / str(place), f"def test_f{body}", f"def {name}{body}{more}\n\n{NEW}", CODE)
        assert len(found) == told, name


def test_new_tests_of_something_new_assert_something(tmp_path: Path) -> None:
    """One that only calls what is new is told; one that calls what was there shows that nothing is raised."""
    for place, (test, told) in enumerate(
        [
            ("def test_x():\n    fresh()\n", 1),
            ("def test_x():\n    old()\n", 0),
            ("def test_x():\n    fresh()\n\n\n" + NEW, 0),
            ("def test_x():\n    check(fresh())\n", 0),
        ]
    ):
        assert len(emptied(tmp_path / str(place), "", test, CODE)) == told, test


def test_tests_that_change_alone_are_left_to_their_readers(tmp_path: Path) -> None:
    """Without code beside them nothing is told, and neither is a file that nobody can read."""
    assert emptied(tmp_path / "a", _test("assert f() == 1"), _test("assert f() > 0")) == []
    assert emptied(tmp_path / "b", _test("assert f() == 1"), "def test_f(:\n", CODE) == []
