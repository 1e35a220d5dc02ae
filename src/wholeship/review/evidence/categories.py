"""Categories: changed lines by kind of file. The most specific pattern wins; the sum is the diff's.

A pattern is a path with ``*`` (within one folder), ``**`` (any folders) and ``?``; without a slash it is
matched against the file name alone. More literal characters make it more specific; of equals, the one
that stands later in the table wins, and a pattern of the release file beats a built-in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from wholeship.core.errors import BadInput, Bug
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import (
    LOCKS,
    PROSE,
    ending,
    has_requirement,
    is_active,
    names_generator,
    runs_as_code,
)
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.weakened import has_tests, is_found
from wholeship.review.verdict import CATEGORIES, categories_of

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "src": ("**",),
    "config": (
        *("*.toml", "*.ini", "*.cfg", "*.conf", "*.yaml", "*.yml", "*.json", "*.properties", ".*", ".*/**"),
        *("Dockerfile", "Dockerfile.*", "*.dockerfile", "docker-bake.hcl", "*.tf", "*.tfvars", "Makefile"),
    ),
    "docs": ("*.md", "*.rst", "*.adoc", "docs/**", "doc/**", "LICENSE*", "NOTICE*", "CHANGELOG*", "README*"),
    "tests": (
        *("tests/**", "test/**", "**/tests/**", "**/test/**", "**/__tests__/**", "**/testdata/**"),
        *(
            "test_*.*",
            "*_test.*",
            "*.test.*",
            "*.spec.*",
            "conftest.py",
            "spec/**",
            "e2e/**",
            "**/fixtures/**",
        ),
    ),
    "deps": (
        *(
            "requirements*.txt",
            "requirements/**.txt",
            "package.json",
            "pyproject.toml",
            "go.mod",
            "Cargo.toml",
        ),
        *("pom.xml", "build.gradle*", "Gemfile", "composer.json", "Pipfile", "renovate.json"),
    ),
    "generated": (
        *(
            "package-lock.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "poetry.lock",
            "uv.lock",
            "Cargo.lock",
            "go.sum",
        ),
        *("Gemfile.lock", "Pipfile.lock", "composer.lock", "*.min.js", "*.min.css", "*.pb.go", "*_pb2.py"),
        *("**/dist/**", "**/node_modules/**", "**/__snapshots__/**", "*.snap", "*.generated.*", "*.svg"),
    ),
    "migrations": ("migrations/**", "**/migrations/**", "**/alembic/versions/**", "db/migrate/**", "*.sql"),
    "ci": (
        *(".github/workflows/**", ".github/actions/**", ".github/dependabot.yml", ".gitlab-ci.yml"),
        *(".gitlab/**", ".circleci/**", "azure-pipelines.yml", "Jenkinsfile", ".buildkite/**", ".travis.yml"),
        *("action.yml", "action.yaml", "wholeship.yaml", ".pre-commit-config.yaml", ".github/CODEOWNERS"),
    ),
}
"""Built in, the least specific kind first."""


class CategoriesEvidence(Struct, frozen=True):
    """Changed lines (added and deleted) by category, and the category of each file."""

    lines: dict[str, int]
    files: dict[str, str]
    not_looked: tuple[NotLooked, ...] = ()


class Sorter:
    """Which category a path belongs to."""

    def __init__(self, own: Mapping[str, Iterable[str]] | None = None) -> None:
        own = own or {}
        for name in own:
            if name not in CATEGORIES:
                raise BadInput(f"there is no category {name}", advice=f"known: {', '.join(CATEGORIES)}")
        rules = [(0, name, pattern) for name, patterns in PATTERNS.items() for pattern in patterns]
        rules += [(1, name, pattern) for name, patterns in own.items() for pattern in patterns]
        ranked = enumerate(rules)
        self._rules = sorted(
            ((_weight(pattern), source, order, name, pattern) for order, (source, name, pattern) in ranked),
            reverse=True,
        )

    def own(self, path: str) -> str:
        """The category that the team gave *path*; empty: none."""
        return next(
            (name for _, source, _, name, pattern in self._rules if source and _matches(pattern, path)), ""
        )

    def of(self, path: str) -> str:
        """The category of *path*."""
        return self.own(path) or next(
            name for _, _, _, name, pattern in self._rules if _matches(pattern, path)
        )


def collect(diff: Diff, sorter: Sorter, head: Path | None = None) -> CategoriesEvidence:
    """Sort the diff. A file without lines (binary, mode, rename) counts nothing and is named.

    *head* are the files of the change: names propose a harmless kind, the content confirms it.
    """
    lines: dict[str, int] = {}
    files: dict[str, str] = {}
    proposed = {sorter.of(file.path) for file in diff.files if file.changed}
    made_from = bool(proposed - HARMLESS)
    for file in diff.files:
        name = _kind(file, sorter, head, made_from)
        files[file.shown] = name
        lines[name] = lines.get(name, 0) + file.changed
    if sum(lines.values()) != diff.added + diff.deleted:
        raise Bug("the categories do not add up to the diff")
    missed = tuple(
        NotLooked(file.shown, "binary: it has no lines to count") for file in diff.files if file.binary
    )
    return CategoriesEvidence(
        {str(name): count for name, count in categories_of(lines).items()}, files, missed
    )


HARMLESS = frozenset(("docs", "generated"))
"""Kinds that ask for no suite: nothing is of them by its folder or name alone."""


def _kind(file: ChangedFile, sorter: Sorter, head: Path | None, made_from: bool) -> str:
    """The kind of *file*; of a file that moved, the kind that asks for more."""
    kind = _judged(file, file.path, sorter, head, made_from)
    if file.old_path in ("", file.path) or file.status not in "RC":
        return kind
    before = _judged(file, file.old_path, sorter, head, made_from)
    ranks = ("docs", "generated", "tests", "deps", "config", "src", "ci", "migrations")
    return max(kind, before, key=ranks.index)


def _judged(file: ChangedFile, path: str, sorter: Sorter, head: Path | None, made_from: bool) -> str:
    kind = sorter.of(path)
    if kind == "tests" and not sorter.own(path) and is_found(path):
        # Outside a folder of tests only the name says so; then there has to be a test in it.
        beside = sorter.of(f"{path.rpartition('/')[0]}/other.py") == "tests"
        return kind if beside or has_tests(_content(file, head)) or not file.changed else "src"
    if kind not in HARMLESS or sorter.own(path):
        return kind
    name = path.rpartition("/")[2]
    if name in LOCKS:
        return kind
    lines = _content(file, head)
    if kind == "generated" and ending(path) not in PROSE:
        if ending(path) == "snap" or "__snapshots__/" in path:
            return "tests"
        return kind if names_generator(lines) and made_from else "src"
    if ending(path) not in PROSE | {""}:
        again = sorter.of(name)
        return "src" if again in ("docs", "tests") else again
    # A page shows code; only what the change adds to it counts. Of other texts every line does.
    page = ending(path) in ("md", "markdown", "rst", "adoc")
    added = frozenset(line.number for line in file.lines) if page else None
    if runs_as_code(lines, added) or (ending(path) == "svg" and is_active(lines)):
        return "src"
    if ending(path) in ("txt", "") and has_requirement(lines):
        return "deps"
    return kind


def _content(file: ChangedFile, head: Path | None) -> list[str]:
    """The lines of the file as it is now; where that is not known, or gone, those that changed."""
    changed = [line.text for line in file.lines] or list(file.removed)
    if head is None or file.is_deleted or file.binary:
        return changed
    try:
        return (head / file.path).read_text("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return changed


def _weight(pattern: str) -> int:
    return sum(1 for letter in pattern if letter not in "*?")


def _matches(pattern: str, path: str) -> bool:
    text = path if "/" in pattern or pattern == "**" else path.rpartition("/")[2]
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    words = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts), re.DOTALL)
