"""Where tests lie, and what runners take for one. A place or a name alone makes nothing a test."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wholeship.core.patterns import lazy_pattern
from wholeship.review.evidence.content import ending

_FOLDER = r"(?:tests?|__tests__|testdata|fixtures)/"
_PLACE = lazy_pattern(rf"(?:^|/){_FOLDER}|^(?:spec|e2e)/")
_ROOT = lazy_pattern(r"(?:^|/)(?:tests?|__tests__)$|^(?:spec|e2e|\.)$")
_MARK = lazy_pattern(r"^test_|(?:_test|\.test|\.spec)(?=\.)")
_FOUND = lazy_pattern(r"test_[^/]*|[^/]*_test\.[^/]*|[^/]*\.(?:test|spec)\.[^/]*|[^/]*Tests?\.(?:java|kt|cs)")
HOLDS_DATA = lazy_pattern(
    r"(?:^|/)(?:testdata|fixtures|__fixtures__|__mocks__)/|(?:\.(?:html?|sql|proto|tpl)|/mod\.rs|/__init__\.py)$"
)
"""Code that tests read, or find by its folder: nobody has to name the file."""
_SET_UP = lazy_pattern(
    r"@pytest\.|\bdef pytest_|\bfixture\b|\bload_tests\b|\b(?:before|after)(?:Each|All)?\("
    r"|\bjest\.|\bvi\.|\bsetUp\w*\b"
)
_PYTHON_SAYS = lazy_pattern(
    r"\s*(?:#.*|from [\w.]+ import .*|import [\w., ]+|[\"']{3}.*[\"']{3}|[\w., ]+,?|[()])?\s*"
)
_JVM = frozenset(("java", "kt", "scala", "groovy", "cs"))
_WEB = frozenset(("js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx", "vue", "svelte"))


def in_tests(path: str) -> bool:
    """Whether *path* lies in a folder of tests."""
    return _PLACE.search(path) is not None


def is_tests_root(folder: str) -> bool:
    """Whether *folder* is where tests begin; every file of tests names it."""
    return _ROOT.search(folder) is not None


def project_in_tests(path: str) -> str:
    """The folder in which a test at *path* is of a project of its own, in a folder of tests; empty: none."""
    if re.search(r"(?:^|/)src/test/", path):
        return ""
    roots = [match.start() for match in re.finditer(r"(?<![^/])(?:tests?|__tests__|spec|e2e)/", path)]
    above = path[: roots[-1]].rstrip("/") if roots else ""
    return above if in_tests(f"{above}/x") else ""


def is_named_after(test: str, path: str) -> bool:
    """Whether the test at *test* has its name from the file at *path*: then that is what is tested."""
    name, stem = test.rpartition("/")[2], re.escape(path.rpartition("/")[2].partition(".")[0])
    return (
        is_taken(test)
        and re.match(rf"(?i:(?:test_?)?{stem}(?:_test|_spec|Test|Tests|\.test|\.spec)?\.)", name) is not None
    )


def is_found(path: str) -> bool:
    """Whether test runners look for a file of this name."""
    return _FOUND.fullmatch(path.rpartition("/")[2]) is not None


def is_taken(path: str) -> bool:
    """Whether the runner of its language takes the file at *path*, by its name and its place."""
    kind, name = ending(path), path.rpartition("/")[2]
    if kind == "py":
        return re.match(r"tests?[_.]|.*_tests?\.py", name) is not None
    if kind == "go":
        return name.endswith("_test.go")
    if kind == "rs":
        return re.search(r"(?:^|/)tests/[^/]+(?:/main)?\.rs$", path) is not None
    if kind in _JVM:
        return "src/main/" not in path and (in_tests(path) or is_found(path))
    if kind in _WEB:
        return is_found(path) or in_tests(path)
    return kind not in ("md", "txt", "rst", "json", "yaml", "yml", "toml", "") and (
        in_tests(path) or is_found(path)
    )


def sets_up(path: str, lines: Iterable[str]) -> bool:
    """Whether runners load the file at *path* by themselves, and it does what such files do."""
    name, told = path.rpartition("/")[2], list(lines)
    if name == "__init__.py":
        return all(_PYTHON_SAYS.fullmatch(line) for line in told)
    if not name.startswith(("conftest.", "setup.", "setupTests", "jest.", "global")):
        return False
    return any(_SET_UP.search(line) for line in told)


def without_tests_in(path: str) -> str:
    """*path* as it would be outside of folders of tests, and without a test's name."""
    folder, slash, name = path.rpartition("/")
    bare = re.sub(r"^(?:spec|e2e)/", "", f"{folder}{slash}")
    while (less := re.sub(rf"(^|/){_FOLDER}", r"\1", bare)) != bare:
        bare = less
    return f"{bare}{_MARK.sub('', name) or name}"
