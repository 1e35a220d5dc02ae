"""Good changes from the histories of real repositories: how many of them does `review` hold?

Reads a list of repositories and commits (default: bench/good_changes.txt; bench/good_changes_more.txt and
bench/good_changes_tested.txt are others), clones each repository, or takes it from a folder of clones, checks
every commit out, runs `wholeship review` against its first parent with its own suite, and prints a table in
Markdown. Nothing of the repositories is kept.

    bench/good_changes.py --clones FOLDER --python PATH --deps FOLDER

FOLDER holds one clone each, as OWNER+NAME or OWNER+NAME/repo; without it they are cloned from GitHub. PATH is
a Python with what the suites need: pytest, coverage, click, structlog, freezegun, pretend, hypothesis,
pytest-asyncio, pytest-benchmark, pytest-codspeed, simplejson, tomli_w. Node, Go, Cargo and Maven are taken
from PATH; --deps is a folder with what they
need to have ready: tj+commander.js/node_modules, made by `npm ci` in a clone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
COVERED = "{python} -m coverage run --source={source} -m {tests} && {python} -m coverage xml -q -o {report}"
SUREFIRE = "resources:resources compiler:compile resources:testResources compiler:testCompile surefire:test"
HUMANIZE = "echo __version__=1 >src/humanize/_version.py;"  # its builder writes this file
SUITES = {
    "pallets/click": (
        "PYTHONPATH=src {python} -m pytest -q -x -p no:asyncio tests",
        "src/click",
        "pytest -q -p no:asyncio tests",
    ),
    "more-itertools/more-itertools": ("{python} -m unittest -q", "more_itertools", "unittest -q"),
    "hynek/structlog": (
        "PYTHONPATH=src {python} -m pytest -q -x tests",
        "src/structlog",
        "pytest -q -x tests",
    ),
    "google/uuid": ("go test ./...", "", ""),
    "spf13/pflag": ("go test ./...", "", ""),
    "go-chi/chi": ("go test -timeout 60s ./...", "", ""),
    "tj/commander.js": (
        "ln -sfn {deps}/tj+commander.js/node_modules node_modules && timeout 180 node --test",
        "",
        "",
    ),
    "rust-lang/log": ("CARGO_TARGET_DIR={deps}/rust-lang+log/target cargo test --features kv_std", "", ""),
    "apache/commons-cli": (f"mvn -o -q -B {SUREFIRE}", "", ""),
    "tkem/cachetools": (
        "PYTHONPATH=src {python} -m pytest -q -x tests",
        "src/cachetools",
        "pytest -q -x tests",
    ),
    "andialbrecht/sqlparse": ("{python} -m pytest -q -x tests", "sqlparse", "pytest -q -x tests"),
    "pytest-dev/pluggy": (
        "PYTHONPATH=src {python} -m pytest -q -x -p no:asyncio testing",
        "src/pluggy",
        "pytest -q -x testing",
    ),
    "BurntSushi/toml": ("go test ./...", "", ""),
    "spf13/cast": ("go test ./...", "", ""),
    "spf13/cobra": ("go test -skip TestFailGen ./...", "", ""),
    "dtolnay/semver": ("CARGO_TARGET_DIR={deps}/dtolnay+semver/target cargo test", "", ""),
    "python-humanize/humanize": (
        f"{HUMANIZE} PYTHONPATH=src {{python}} -m pytest -q -x -p no:asyncio tests",
        "",
        "",
    ),
    "pypa/packaging": ("PYTHONPATH=src {python} -m pytest -q -x -p no:asyncio tests", "", ""),
    "seanmonstar/httparse": ("CARGO_TARGET_DIR={deps}/seanmonstar+httparse/target cargo test", "", ""),
}
"""The suite of each repository; for Python what is measured, and the command to measure it with."""


@dataclass(frozen=True)
class Row:
    repository: str
    commit: str
    subject: str
    state: str
    said: str
    scores: str


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", type=Path, default=HERE / "good_changes.txt")
    parser.add_argument("--clones", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--deps", type=Path, default=Path())
    parser.add_argument(
        "--coverage", action="store_true", help="measure coverage where the suite is Python's"
    )
    parser.add_argument("--only", default="", help="a part of the repository's name")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="good-changes-") as folder:
        for repository, commits in wanted(args.list, args.only).items():
            tree = cloned(repository, args.clones, Path(folder))
            for commit in commits:
                rows.append(reviewed(repository, commit, tree, args, Path(folder)))
                print(line(rows[-1]), flush=True)
    held = [row for row in rows if row.state != "success"]
    print(f"\n{len(rows)} good changes, {len(held)} held")
    return 0


def wanted(path: Path, only: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in path.read_text().splitlines():
        words = text.partition("#")[0].split()
        if len(words) == 2 and only in words[0]:
            found.setdefault(words[0], []).append(words[1])
    return found


def cloned(repository: str, clones: Path | None, folder: Path) -> Path:
    source = f"https://github.com/{repository}"
    for place in (repository.replace("/", "+"), f"{repository.replace('/', '+')}/repo"):
        if clones is not None and (clones / place / "HEAD").exists():
            source = str(clones / place)
    tree = folder / repository.replace("/", "+")
    git(folder, "clone", "--quiet", "--no-checkout", source, str(tree))
    return tree


def reviewed(repository: str, commit: str, tree: Path, args: argparse.Namespace, folder: Path) -> Row:
    git(tree, "checkout", "--quiet", "--force", "--detach", commit)
    git(tree, "clean", "-qfdx")
    plain, source, tests = SUITES[repository]
    # A virtual environment is found by its link: what that leads to has none of its packages.
    python = os.path.abspath(args.python)
    suite = plain.format(python=python, deps=os.path.abspath(args.deps))
    words = ["--base", git(tree, "rev-parse", f"{commit}^1"), "--no-fetch", "--suite", f"unit={suite}"]
    if args.coverage and source:
        report = folder / "coverage.xml"
        measure = COVERED.format(python=python, source=source, tests=tests, report=report)
        known = {**os.environ, "COVERAGE_FILE": str(folder / "coverage"), "PYTHONPATH": "src"}
        subprocess.run(["sh", "-c", measure], cwd=tree, env=known, capture_output=True, check=False)
        git(tree, "clean", "-qfdx")
        words += ["--coverage", str(report)]
    state = folder / "state"
    (folder / "report.json").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "wholeship", "review", *words, "--report", str(folder / "report.json")],
        cwd=tree,
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        check=False,
    )
    subject = git(tree, "log", "-1", "--format=%s", commit)
    if done.returncode not in (0, 1) or not (folder / "report.json").exists():
        return Row(repository, commit, subject, "error", (done.stderr or done.stdout).strip()[-200:], "")
    report = json.loads((folder / "report.json").read_text())
    shutil.rmtree(state, ignore_errors=True)
    return Row(repository, commit, subject, report["state"], report["headline"], report["scores"])


def line(row: Row) -> str:
    cells = (row.repository, f"`{row.commit[:10]}`", row.subject, row.state, f"{row.said}", row.scores)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
