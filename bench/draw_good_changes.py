"""Draws the third list of good changes (bench/good_changes_tested.txt) by the rule in docs/review-table.md.

    bench/draw_good_changes.py CLONES > bench/good_changes_tested.txt

CLONES is a folder of clones, as bench/good_changes.py takes it. Of each repository, newest first and first
parents only, without what the other two lists have: the two newest commits that change source together with
tests, and the two newest that change no source at all.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORIES = (
    *("go-chi/chi", "spf13/pflag", "pallets/click", "tj/commander.js", "BurntSushi/toml"),
    *("spf13/cobra", "dtolnay/semver", "python-humanize/humanize", "pypa/packaging", "apache/commons-cli"),
)
"""Six of the other lists, four that no list has."""
EACH = 2
SOURCE = re.compile(r"\.(?:py|pyi|go|rs|[cm]?[jt]sx?|java)$")
TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|__tests__)/|(?:^|/)test_[^/]*\.py$|_test\.\w+$|\.(?:test|spec)\.\w+$"
)


def main(clones: Path) -> int:
    known = {
        line.split()[1] for name in ("good_changes.txt", "good_changes_more.txt") for line in _lines(name)
    }
    print("# Of ten repositories the two newest commits of source with tests, and two without source.")
    for repository in REPOSITORIES:
        place = next(p for p in (clones / repository.replace("/", "+"),) if p.exists())
        place = place / "repo" if (place / "repo").exists() else place
        for commit in drawn(place, known):
            print(repository, commit)
    return 0


def drawn(place: Path, known: set[str]) -> Iterator[str]:
    """The commits of the repository at *place* that the rule takes, newest first."""
    left = {"tested": EACH, "without source": EACH}
    for commit in _git(place, "log", "--first-parent", "--format=%H").split():
        if not any(left.values()):
            return
        kind = kind_of(place, commit)
        if commit not in known and left.get(kind, 0):
            left[kind] -= 1
            yield commit


def kind_of(place: Path, commit: str) -> str:
    """Which of the two kinds *commit* is; empty: neither."""
    if not _git(place, "rev-list", "--parents", "-n1", commit).split()[1:]:
        return ""
    names = _git(place, "diff", "--name-only", f"{commit}^1", commit).splitlines()
    source = [name for name in names if SOURCE.search(name) and not TEST.search(name)]
    if not source:
        return "without source" if names else ""
    tests = [name for name in names if SOURCE.search(name) and TEST.search(name)]
    added = _git(
        place, "diff", f"{commit}^1", commit, "--", *[n for n in source if n.endswith(".rs")] or [":!*"]
    )
    return "tested" if tests or re.search(r"(?m)^\+\s*(?:#\[test\]|assert\w*!)", added) else ""


def _lines(name: str) -> list[str]:
    return [
        line for line in (HERE / name).read_text().splitlines() if line.strip() and not line.startswith("#")
    ]


def _git(place: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(place), *words], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
