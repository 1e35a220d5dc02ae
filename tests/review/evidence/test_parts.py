"""The places of change in one file, and the file without the change of each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wholeship.review.evidence.parts import parts_of, parts_of_moved

CODE = "import os\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 2\n"


def lines(before: str, now: str, path: str = "a.py") -> list[int]:
    return [part.line for part in parts_of(path, before.encode(), now.encode())]


def test_each_place_is_one() -> None:
    """Two places are told, each with the file that has the other change alone."""
    now = CODE.replace("return 1", "return 3").replace("return 2", "return 4")
    parts = parts_of("a.py", CODE.encode(), now.encode())
    assert [part.line for part in parts] == [5, 9]
    assert parts[0].without.decode() == CODE.replace("return 2", "return 4")
    assert parts[1].without.decode() == CODE.replace("return 1", "return 3")


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (CODE.replace("return 1", "return 3"), []),
        (CODE.replace("return 1", "return 3").replace("    return 2", "    # two\n    return 2"), []),
        (CODE.replace("return 1", "return 3").replace("import os", "import sys"), []),
        (CODE.replace("return 1", "return 3").replace("import os", "import shop"), [1, 5]),
        (CODE.replace("return 2", "return 4") + "\n\ndef three():\n    return 3\n", [9, 12]),
    ],
)
def test_words_and_modules_of_python_are_no_place(now: str, wanted: list[int]) -> None:
    """Comments say nothing; a feature that follows a changed line at once is a place of its own."""
    assert lines(CODE, now) == wanted


USES = "import secrets\nfrom codecs import open\n\n\ndef one():\n    return secrets.choice('ab'), open\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import secrets", "import random as secrets"),
        ("from codecs import open\n", ""),
        ("import secrets", "import secrets\nfrom random import choice as one"),
        ("import secrets", "import secrets, shop"),
        ("import secrets", "import secrets; secrets.choice = min"),
        ("from codecs import open", "from io import open"),
        ("import secrets\n", "import secrets\nfrom random import *\n"),
    ],
)
def test_a_name_that_means_something_else_is_a_place(old: str, new: str) -> None:
    """An import by which a name that is used becomes another thing is no mere import."""
    assert len(lines(USES, USES.replace(old, new).replace("'ab'", "'abc'"))) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import secrets\n", "import secrets\nimport json\n"),
        ("import open\n", "import open, encode\n"),
        ("import secrets\n", "import secrets\nfrom __future__ import annotations\n"),
    ],
)
def test_an_import_that_nothing_had_is_no_place(old: str, new: str) -> None:
    """What comes for the other change alone is needed by it, or by nothing."""
    assert lines(USES, USES.replace(old, new).replace("'ab'", "'abc'")) == []


def test_an_import_that_nothing_asks_for_any_more_is_no_place() -> None:
    """Words about a module are no use of it."""
    before = USES + "\n\nimport json\n\n\ndef two():\n    'Not json.'\n    return 2\n"
    assert lines(before, before.replace("import json\n", "").replace("return 2", "return 3")) == []


def test_types_are_no_place_where_nothing_reads_them() -> None:
    """The types of plain functions are layout, where the file does not evaluate them, and nobody asks."""
    before = f"from __future__ import annotations\n\n\ndef zero(a: int):\n    return a\n\n\n{CODE}"
    now = before.replace("a: int", "a: str").replace("return 1", "return 3").encode()
    assert [part.line for part in parts_of("a.py", before.encode(), now, 1, types=True)] == [12]
    assert [part.line for part in parts_of("a.py", before.encode(), now, 1)] == [4, 12]


def test_what_moved_is_one_place() -> None:
    """Code that went in one place and came in another is taken back together."""
    one, two = "def one():\n    return 1\n", "def two():\n    return 2\n"
    rest = "\n\n".join(f"def f{n}():\n    return {n}\n" for n in range(9))
    before, now = f"{one}\n\n{two}\n\n{rest}", f"{two}\n\n{rest}\n\n{one}"
    assert lines(before, now) == []


def test_one_place_is_enough_where_it_is_asked_for() -> None:
    """Of a file that got another name each place counts, also where there is but one."""
    now = CODE.replace("return 1", "return 3").encode()
    assert [part.line for part in parts_of("a.py", CODE.encode(), now, 1)] == [5]
    assert parts_of("a.py", CODE.encode(), CODE.replace("os", "sys").encode(), 1) == []


def test_what_differs_beside_a_name_is_a_place() -> None:
    """A mistake in a function that is called otherwise now is told from its name."""
    now = CODE.replace("def one", "def first").replace("return 1", "return 3")
    assert lines(CODE, now) == [5]
    (part,) = parts_of("a.py", CODE.encode(), now.encode())
    assert part.without.decode() == CODE.replace("def one", "def first")
    assert lines(CODE, CODE.replace("def one", "def first")) == []


def test_another_name_hides_no_place() -> None:
    """What only looks like another name, since it stands nowhere else, is a place as before."""
    code = CODE.replace("return 1", "return min(1, 5)")
    assert lines(code, code.replace("min", "max").replace("return 2", "return 4")) == [5, 9]


HEAD = "def zero():\n    return 0\n\n\n"


@pytest.mark.parametrize(
    ("now", "places"),
    [
        (HEAD + CODE, []),
        (HEAD + CODE.replace("return 1", "return 3"), [9]),
        (HEAD + CODE.replace("    return 1\n", ""), [9]),
        (HEAD + CODE.replace("    return 1\n", "    go()\n    return 1\n"), [9]),
        (HEAD + CODE.replace("    return 1\n", "    # one\n    return 1\n"), []),
        ("def four():\n    return 4\n", []),
    ],
)
def test_places_are_told_in_code_that_came_from_another_file(now: str, places: list[int]) -> None:
    """Lines that differ between lines that came as they were: changed, gone, or more."""
    every = frozenset(range(1, now.count("\n") + 1))
    assert [part.line for part in parts_of_moved("a.py", CODE.encode(), now.encode(), every)] == places
    assert parts_of_moved("a.py", CODE.encode(), now.encode(), frozenset()) == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from("abc\n"), max_size=12), st.lists(st.sampled_from("abc\n"), max_size=12))
def test_each_place_can_be_taken_back(before: list[str], now: list[str]) -> None:
    """Without one of several places the file is another one than with all of them."""
    texts = ["".join(f"{each}\n" for each in side) for side in (before, now)]
    parts = parts_of("a.txt", texts[0].encode(), texts[1].encode())
    assert all(part.without != texts[1].encode() for part in parts)
    assert len({part.without for part in parts}) == len(parts)
