"""Diffs as git writes them, read whole or not at all. Real git diffs: tests/adapters/test_ranges.py."""

from __future__ import annotations

import pytest

from wholeship.core.errors import Unfinished
from wholeship.review.change import read_diff

RAW = b":100644 100644 1111111 2222222 M\0a.py\0" + b"2\t1\ta.py\0"
PATCH = b"""diff --git a/a.py b/a.py
index 1111111..2222222 100644
--- a/a.py
+++ b/a.py
@@ -1,2 +1,3 @@ def f():
 one
-two
+2
+diff --git a/evil b/evil
"""


def test_content_that_looks_like_a_header_is_content() -> None:
    """Inside a hunk lines are counted, so an added line cannot begin another file."""
    diff = read_diff(RAW, PATCH)
    assert [(line.number, line.text) for line in diff.files[0].lines] == [
        (2, "2"),
        (3, "diff --git a/evil b/evil"),
    ]
    assert (diff.added, diff.deleted) == (2, 1)


def test_a_hunk_header_as_content_moves_nothing() -> None:
    """An added `@@ -1 +900 @@` does not change line numbers."""
    patch = PATCH.replace(b"+2\n", b"+@@ -1 +900 @@\n")
    assert [line.number for line in read_diff(RAW, patch).files[0].lines] == [2, 3]


@pytest.mark.parametrize(
    "patch",
    [b"", PATCH[: PATCH.index(b"+2")], PATCH + PATCH, PATCH.replace(b"+2\n", b"")],
    ids=["nothing", "cut in a hunk", "twice", "a line less"],
)
def test_a_diff_that_is_not_whole_is_not_judged(patch: bytes) -> None:
    """Where list and patch do not fit each other, nothing is said about the change."""
    with pytest.raises(Unfinished, match=r"read|parts"):
        read_diff(RAW, patch)


def test_renames_type_changes_and_modes_are_told_apart() -> None:
    """A pure rename, a file that became a link, a mode: each is what it is."""
    names = (
        b":100644 100644 1 1 R100\0old.py\0new.py\0"
        b":100644 120000 1 2 T\0t\0"
        b":100644 100755 3 3 M\0run.sh\0" + b"0\t0\t\0old.py\0new.py\0" + b"1\t1\tt\0" + b"0\t0\trun.sh\0"
    )
    patch = (
        b"diff --git a/old.py b/new.py\nsimilarity index 100%\nrename from old.py\nrename to new.py\n"
        b"diff --git a/t b/t\ndeleted file mode 100644\n--- a/t\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        b"diff --git a/t b/t\nnew file mode 120000\n--- /dev/null\n+++ b/t\n@@ -0,0 +1 @@\n+/etc/passwd\n"
        b"\\ No newline at end of file\n"
        b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
    )
    renamed, typed, mode = read_diff(names, patch).files
    assert (renamed.status, renamed.similarity, renamed.old_path, renamed.changed) == ("R", 100, "old.py", 0)
    assert typed.is_symlink
    assert typed.mode_changed
    assert [line.text for line in typed.lines] == ["/etc/passwd"]
    assert mode.mode_changed
    assert not mode.lines


def test_a_change_of_half_a_million_lines_is_not_judged() -> None:
    """A diff beyond the limit is refused by its list, before its lines are taken apart."""
    with pytest.raises(Unfinished, match="diff too large"):
        read_diff(RAW.replace(b"2\t1", b"500000\t1"), PATCH)
