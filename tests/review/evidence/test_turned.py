"""Expected values that changed, put back into the tests of now."""

from __future__ import annotations

from dataclasses import replace

from tests.review.world import changed
from wholeship.review.change import AddedLine
from wholeship.review.evidence.turned import expected_before, put_back, turned_beside_code

TEST = replace(
    changed("tests/test_a.py", deleted=1),
    lines=(AddedLine(2, "    assert a(1) == 5"), AddedLine(3, "    assert b(1) == 7")),
    removed=("    assert a(1) == 4",),
)
DATA = changed("tests/golden/a.txt", "5", deleted=1)


def test_an_assertion_gets_its_old_value_and_what_is_new_stays() -> None:
    """The assertion that was there expects what it did, beside one that was added."""
    now = b"def test_a():\r\n    assert a(1) == 5\r\n    assert b(1) == 7\n"
    (back,) = expected_before([TEST], {TEST.path: b"old"}, {TEST.path: now}).values()
    assert back == b"def test_a():\r\n    assert a(1) == 4\r\n    assert b(1) == 7\n"


def test_lines_of_data_get_their_old_values_and_what_is_new_stays() -> None:
    """A line in the place of another is put back, as is one that went; one that came stays."""
    found = expected_before([DATA], {DATA.path: b"a\n4\nc\nd\n"}, {DATA.path: b"a\n5\nc\nnew\nd\n"})
    assert found == {DATA.path: b"a\n4\nc\nnew\nd\n"}
    found = expected_before([DATA], {DATA.path: b"a\nb\n"}, {DATA.path: b"a\n"})
    assert found == {DATA.path: b"a\nb\n"}


def test_what_expects_the_same_is_left_alone() -> None:
    """Tests that were only added to, and new ones, are not among them."""
    more = replace(TEST, lines=TEST.lines[1:], removed=())
    now = {TEST.path: b"def test_a():\n    assert a(1) == 4\n    assert b(1) == 7\n"}
    assert expected_before([more], {TEST.path: b"old"}, now) == {}
    assert expected_before([replace(DATA, status="A")], {}, {DATA.path: b"5"}) == {}


RUST = (
    b"fn a() -> u8 {\n    assert_eq!(1, 1);\n    2\n}\n\n"
    b"#[cfg(test)]\nmod tests {\n    fn t() {\n        assert_eq!(a(), 2);\n    }\n}\n"
)


def test_an_assertion_beside_the_code_is_told_from_one_in_the_code() -> None:
    """Only lines in a module of tests are expected values; what the code itself asserts is code."""
    file = replace(
        changed("src/a.rs", deleted=2),
        lines=(AddedLine(2, "    assert_eq!(1, 1);"), AddedLine(9, "        assert_eq!(a(), 2);")),
        removed=("    assert_eq!(0, 0);", "        assert_eq!(a(), 1);"),
    )
    found = turned_beside_code([file], {file.path: RUST})
    assert found == {file.path: [(b"        assert_eq!(a(), 2);", b"        assert_eq!(a(), 1);")]}
    assert put_back(RUST, found[file.path]) == RUST.replace(b"a(), 2", b"a(), 1")
    assert put_back(b"other\n", found[file.path]) == b"other\n"
