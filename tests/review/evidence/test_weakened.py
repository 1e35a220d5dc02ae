"""Tests that end early, told from tests that were skipped there before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.review.world import captured, changed
from wholeship.review.change import read_diff
from wholeship.review.evidence.weakened import find_weakened

HEAD = b":100644 100644 0000000 0000000 M\0a_test.go\0%d\t%d\ta_test.go\0"
CODE = replace(changed("a.go", "x := 1"), deleted=1, removed=("x := 2",))


def weakened(hunk: str) -> list[str]:
    """What is weaker in a test of Go with *hunk* in it, beside code that changed."""
    lines = hunk.splitlines()
    came, went = (sum(line.startswith(mark) for line in lines) for mark in "+-")
    kept = len(lines) - came - went
    patch = (
        "diff --git a/a_test.go b/a_test.go\n--- a/a_test.go\n+++ b/a_test.go\n"
        f"@@ -1,{kept + went} +1,{kept + came} @@\n{hunk}"
    )
    (test,) = read_diff(HEAD % (came, went), patch.encode()).files
    found = find_weakened(captured(CODE, test).diff, {"a.go": "src", "a_test.go": "tests"})
    return [each.what for each in found if "ends before" in each.what]


SKIPPED = " \tif err != nil {\n-\t\tt.Skip()\n%s \t}\n"
SAME = ["+\t\treturn\n", "+\t\tif bad(err) {\n+\t\t\tshow(err)\n+\t\t}\n+\t\treturn\n"]
WEAKER = [
    " \tif err != nil {\n+\t\treturn\n \t}\n",
    SKIPPED % "+\t}\n+\tif a > 0 {\n+\t\treturn\n",
    SKIPPED % "+\t\t} ; if a > 0 {\n+\t\treturn\n",
    SKIPPED % "+\t\tx()\n" + " \tif a {\n+\t\treturn\n \t}\n",
    "-\tif short() {\n-\t\tt.Skip()\n-\t}\n+\t\treturn\n",
    "-\tt.Skip()\n+\tif a {\n+\t\treturn\n+\t}\n",
]


@pytest.mark.parametrize("came", SAME)
def test_a_test_that_returns_where_it_was_skipped_says_no_less(came: str) -> None:
    """In the very block that skipped the test, nothing was asserted after it before either."""
    assert weakened(SKIPPED % came) == []


@pytest.mark.parametrize("hunk", WEAKER)
def test_a_test_that_returns_elsewhere_is_weaker(hunk: str) -> None:
    """A skip that went excuses no return in another block."""
    assert weakened(hunk)


def test_a_test_that_was_there_and_has_to_fail_now_is_weaker() -> None:
    """Beside the code or in a file of tests; a new test that has to fail is one like any other."""
    turned = changed("src/a.rs", "    #[should_panic]")
    fresh = changed("src/a.rs", "    #[test]", "    #[should_panic]", "    fn never() {")
    for file, told in ((turned, 1), (fresh, 0)):
        for kind in ("src", "tests"):
            found = find_weakened(captured(file).diff, {"src/a.rs": kind})
            assert len([each for each in found if "has to fail" in each.what]) == told


def test_settings_that_move_to_another_file_are_as_strict() -> None:
    """What makes tests fail may stand in any file of the runner; where it goes, tests say less."""
    gone = replace(changed("setup.cfg"), deleted=1, removed=("    error",))
    came = changed("pyproject.toml", 'filterwarnings = ["error"]')
    for files, told in (((gone, came), 0), ((gone,), 1), ((came,), 0)):
        found = find_weakened(captured(*files).diff, {"setup.cfg": "config", "pyproject.toml": "deps"})
        assert len([each for each in found if "counts no more" in each.what]) == told
