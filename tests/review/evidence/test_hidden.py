"""Text that reads other than it is."""

from __future__ import annotations

import pytest

from tests.review.world import captured, changed
from wholeship.review.evidence.hidden import collect, visible_text


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("if admin:\u202e pass", "bidirectional override characters"),
        ("a = \u2066b\u2069", "bidirectional override characters"),
        ("approve\u200b", "invisible characters"),
        ("x\U000e0041\U000e0042", "invisible characters"),
        ("x\ufeff", "invisible characters"),
        ("x\U000e0100\U000e01ef", "invisible characters"),
        ("let \u3164 = 1", "invisible characters"),
        ("\x1b[2J", "control characters"),
        ("a\x00b", "control characters"),
    ],
)
def test_hidden_text_is_found(line: str, what: str) -> None:
    """Overrides, invisible and control characters are found, with file and line."""
    (found,) = collect(captured(changed("a.py", "fine", line)).diff).hidden
    assert (found.file, found.line, found.what) == ("a.py", 2, what)


@pytest.mark.parametrize(
    "line",
    ["naïve café ☕", "👩\u200d💻 family", "می\u200cخواهم", "\ttabs", "form\x0cfeed", "crlf\r", "\ufeffbom"],
)
def test_honest_text_is_left_alone(line: str) -> None:
    """Accents, emoji, joiners that scripts need, tabs, line ends and a byte order mark are no finding."""
    assert collect(captured(changed("a.md", line)).diff).hidden == ()


def test_names_hide_nothing_either() -> None:
    """A file name with an override or an escape in it is found, and shown without it."""
    found = collect(captured(changed("doc\u202efdp.exe"), changed("a\x1b[31mb")).diff).hidden
    assert [(each.file, each.what) for each in found] == [
        ("ab", "control characters in the name"),
        ("docfdp.exe", "bidirectional override characters in the name"),
    ]


def test_merge_markers_are_conflicts_only_together() -> None:
    """Both markers in one file are a conflict that was committed; a heading underlined with them is not."""
    both = changed("a.py", "<<<<<<< HEAD", "x", "=======", "y", ">>>>>>> other")
    assert [each.line for each in collect(captured(both).diff).conflicts] == [1]
    assert collect(captured(changed("a.rst", ">>>>>>> quoted", "=======")).diff).conflicts == ()


def test_what_is_hidden_can_be_shown() -> None:
    """For a reader who must see them, hidden characters are spelled out."""
    assert visible_text("a\u202eb\u200b\x1b[0m\n") == "a\\u{202e}b\\u{200b}\\u{001b}[0m\n"
