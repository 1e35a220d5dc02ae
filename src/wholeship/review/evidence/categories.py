"""Categories: changed lines by kind of file. The most specific pattern wins; the sum is the diff's.

A pattern is a path with ``*`` (within one folder), ``**`` (any folders) and ``?``; without a slash it is
matched against the file name alone. More literal characters make it more specific; of equals, the one
that stands later in the table wins, and a pattern of the release file beats a built-in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path, PurePosixPath

from msgspec import Struct

from wholeship.core.errors import BadInput, Bug
from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import (
    LOCKS,
    PROSE,
    SCRIPTS,
    ending,
    generators,
    has_requirement,
    is_active,
    is_comment,
    is_picture,
    names_generator,
    runs_as_code,
    same_code,
    text_of,
)
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.manifests import steers_build
from wholeship.review.evidence.reach import named_by, reads_types, texts_of
from wholeship.review.evidence.run_elsewhere import is_unknown_setting, only_own_version, runs_elsewhere
from wholeship.review.evidence.syntax import (
    examples,
    new_constants,
    same_program,
    without_tests,
)
from wholeship.review.evidence.test_files import (
    HOLDS_DATA,
    in_tests,
    is_named_after,
    is_taken,
    is_tests_root,
    project_in_tests,
    sets_up,
    without_tests_in,
)
from wholeship.review.evidence.weakened import has_tests
from wholeship.review.verdict import CATEGORIES, categories_of

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "src": ("**",),
    "config": (
        *("*.toml", "*.ini", "*.cfg", "*.conf", "*.yaml", "*.yml", "*.json", "*.properties", ".*", ".*/**"),
        *("Dockerfile", "Dockerfile.*", "*.dockerfile", "docker-bake.hcl", "*.tf", "*.tfvars", "Makefile"),
    ),
    "docs": (
        *("*.md", "*.rst", "*.adoc", "docs/**", "doc/**", "LICENSE*", "NOTICE*", "CHANGELOG*", "README*"),
        "**/src/changes/changes.xml",
    ),
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
        *(".mergify.yml", ".github/mergify.yml", ".mergify/**", "bors.toml", ".github/bors.toml"),
        *(
            ".github/settings.yml",
            ".github/branch-protection*",
            ".github/rulesets/**",
            ".prow.yaml",
            ".bulldozer.yml",
        ),
        *(".gitlab/**", ".circleci/**", "azure-pipelines.yml", "Jenkinsfile", ".buildkite/**", ".travis.yml"),
        *("action.yml", "action.yaml", "wholeship.yaml", ".pre-commit-config.yaml", ".github/CODEOWNERS"),
    ),
}
"""Built in, the least specific kind first."""


class CategoriesEvidence(Struct, frozen=True):
    """Changed lines (added and deleted) by category, and the category of each file.

    ``told`` are source files whose code is the same: only comments, layout or docstrings changed.
    """

    lines: dict[str, int]
    files: dict[str, str]
    not_looked: tuple[NotLooked, ...] = ()
    told: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    """Files that other programs run: image and make files, hooks, what says how production runs."""
    among_tests: tuple[str, ...] = ()
    """Files in a folder of tests, whatever their kind."""


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


def collect(
    diff: Diff, sorter: Sorter, head: Path | None = None, base: Path | None = None
) -> CategoriesEvidence:
    """Sort the diff. A file without lines (binary, mode, rename) counts nothing and is named.

    *head* and *base* are the files of the change: names propose a harmless kind, the content confirms it,
    and so does who names the file.
    """
    lines: dict[str, int] = {}
    files: dict[str, str] = {}
    judge = _Judge(diff, sorter, head, base)
    for file in diff.files:
        name = judge.kind(file)
        files[file.shown] = name
        lines[name] = lines.get(name, 0) + file.changed
    if sum(lines.values()) != diff.added + diff.deleted:
        raise Bug("the categories do not add up to the diff")
    missed = tuple(
        NotLooked(file.shown, "binary: it has no lines to count") for file in diff.files if file.binary
    )
    told = tuple(f.shown for f in diff.files if files[f.shown] == "src" and judge.only_tells(f))
    run = tuple(f.shown for f in diff.files if judge.runs_elsewhere(f, files[f.shown]))
    return CategoriesEvidence(
        {str(name): count for name, count in categories_of(lines).items()},
        files,
        missed,
        told,
        run,
        tuple(f.shown for f in diff.files if judge.is_among_tests(f)),
    )


HARMLESS = frozenset(("docs", "generated"))
"""Kinds that ask for no suite: nothing is of them by its folder or name alone."""
RANKS = ("docs", "generated", "tests", "deps", "config", "src", "ci", "migrations")
"""The kind that asks for most comes last."""
_READ = frozenset(("json", "yaml", "yml", "toml", "ini", "conf", "cfg", "properties", "env", "xml"))
_OWN = lazy_pattern(
    r"(?:^|/)(?:pyproject\.toml|package\.json|tsconfig[^/]*\.json|mkdocs\.yml|[^/]*compose[^/]*\.ya?ml|setup\.cfg|tox\.ini"
    r"|\.[^/]+(?:/.*)?|Cargo\.toml|Chart\.yaml|values[^/]*\.yaml|codecov\.yml|renovate\.json|jsconfig\.json|lerna\.json)$"
)
"""Settings of tools, which programs name without being made of them."""
_TEXTS = ('"""', "'''", 'import "C"')
"""What texts of several lines begin with."""
_MAVEN_LOG = lazy_pattern(r"(?:^|/)src/changes/changes\.xml$")
_LOGGED = lazy_pattern(
    r"\s*(?:</?(?:action|release|body|properties|title|author)\b[^<>]*>)?[^<>]*"
    r"(?:</(?:action|release|title|author)>)?\s*|\s*<!--[^<>]*-->\s*"
)
"""What stands in Maven's log of changes."""
_TOLD = lazy_pattern(r"(?:README|CHANGE(?:LOG|S)|NEWS|HISTORY|AUTHORS|CONTRIBUT(?:ING|ORS)|UPGRADING)")
"""Pages without an ending, in which examples have always stood."""
_DATA = frozenset(("txt", "in", "lock", "cfg"))


class _Judge:
    """Decides the kind of each file of one diff."""

    def __init__(self, diff: Diff, sorter: Sorter, head: Path | None, base: Path | None) -> None:
        self._sorter, self._head, self._base = sorter, head, base
        self._projects = self._projects_in_tests(diff)
        proposed = {sorter.of(file.path) for file in diff.files if file.changed}
        self._made_from = bool(proposed - HARMLESS)
        asked = [f.path for f in diff.files if not f.is_deleted and self._is_asked(f.path)]
        self._named = named_by(asked, head) if head is not None else {}
        self._folders = self._folders_of_tests(asked)

    def _projects_in_tests(self, diff: Diff) -> tuple[str, ...]:
        """Folders of tests that have a folder of tests of their own: what lies beside that is a program."""
        if self._head is None or not any(map(in_tests, (file.path for file in diff.files))):
            return ()
        found = {project_in_tests(path) for path, _ in texts_of(self._head) if is_taken(path)}
        return tuple(sorted(found - {""}, key=len, reverse=True))

    def _at(self, path: str) -> str:
        """*path* within its project, where that lies in a folder of tests as a whole."""
        above = next((each for each in self._projects if path.startswith(f"{each}/")), "")
        return path[len(above) :].lstrip("/")

    def _of(self, path: str) -> str:
        """The kind that the name and the place of *path* propose."""
        return self._sorter.own(path) or self._sorter.of(self._at(path))

    def is_among_tests(self, file: ChangedFile) -> bool:
        """Whether *file* lies, or lay, in a folder of tests."""
        return any(in_tests(self._at(path)) for path in (file.path, file.old_path))

    def _folders_of_tests(self, paths: Iterable[str]) -> frozenset[str]:
        """The folders of *paths*, below one of tests, that a test names."""
        wanted = {
            folder
            for path in paths
            for folder in map(str, PurePosixPath(path).parents)
            if in_tests(self._at(f"{folder}/x")) and not is_tests_root(self._at(folder))
        }
        if self._head is None or not wanted:
            return frozenset()
        shapes = {
            each: re.compile(rf"(?<![\w-]){re.escape(each.rpartition('/')[2])}(?![\w-])") for each in wanted
        }
        texts = [text for path, text in texts_of(self._head) if self._of(path) == "tests"]
        return frozenset(each for each, shape in shapes.items() if any(map(shape.search, texts)))

    def kind(self, file: ChangedFile) -> str:
        """The kind of *file*; of a file that moved, the kind that asks for more."""
        kind = self._judged(file, file.path)
        if file.old_path in ("", file.path) or file.status not in "RC":
            return kind
        return max(kind, self._judged(file, file.old_path), key=RANKS.index)

    def only_tells(self, file: ChangedFile) -> bool:
        """Whether the code of *file* is the same as before."""
        if file.status != "M" or file.binary or file.mode_changed or file.is_symlink:
            return False
        gone, added = list(file.removed), [line.text for line in file.lines]
        if any(text.endswith("\r") for text in (*gone, *added)):
            return False  # line ends alone can break a script
        if only_own_version(file):
            return True
        before, now = _bytes(self._base, file.path), _bytes(self._head, file.path)
        if before is not None and now is not None and examples(file.path, now) < examples(file.path, before):
            return False
        if ending(file.path) in ("py", "pyi"):
            return same_code(file.path, before, now) or (
                same_code(file.path, before, now, types=True) and not self._reads_types()
            )
        same = same_program(file.path, before, now) if before is not None and now is not None else None
        if same is not None:
            return same or self._only_names(file, before or b"", now or b"")
        comments = all(is_comment(file.path, text) for text in (*gone, *added))
        return comments and not self._is_within_text(file)

    def _only_names(self, file: ChangedFile, before: bytes, now: bytes) -> bool:
        """Whether constants alone are new, and nothing else in the tree has a word like their names."""
        names = new_constants(file.path, before, now)
        if not names or self._head is None:
            return False
        shape = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
        return not any(shape.search(text) for path, text in texts_of(self._head) if path != file.path)

    def _reads_types(self) -> bool:
        """Whether any file of the change's tree does something by the types that are written in it."""
        return self._head is None or reads_types(self._head)

    def _is_within_text(self, file: ChangedFile) -> bool:
        """Whether a changed line may stand within a text of several lines, where a comment is none."""
        lines = self._content(file)
        marks = (*_TEXTS, *(("<<",) if ending(file.path) in ("sh", "bash", "rb", "pl", "php") else ()))
        if any(mark in line or line.endswith("\\") for line in lines for mark in marks):
            return True
        if len(file.removed) > len(file.lines) and any("`" in line for line in lines):
            return True  # where the lines were that went is not known
        # Texts between backquotes: an odd number of them before the line, comments left out, is within one.
        counts = list(accumulate(0 if is_comment(file.path, each) else each.count("`") for each in lines))
        return any(counts[min(line.number, len(counts)) - 1] % 2 for line in file.lines if counts)

    def runs_elsewhere(self, file: ChangedFile, kind: str) -> bool:
        """Whether other programs run *file*, whose kind is *kind*."""
        if kind == "config" and is_unknown_setting(file.path):
            return True
        if kind == "deps" and steers_build(
            file, _bytes(self._base, file.old_path), _bytes(self._head, file.path)
        ):
            return True
        return kind in ("config", "deps", "src", "ci") and runs_elsewhere(file, self._content(file))

    def _judged(self, file: ChangedFile, path: str, at: str = "") -> str:
        """The kind of *file*, called *path*, as if it lay *at* another place."""
        at = at or self._at(path)
        kind = self._sorter.own(path)
        if kind:
            return kind
        kind = self._sorter.of(at)
        if kind == "src" and self._is_tested_within(file):
            return "tests"
        if kind == "tests":
            return self._tests(file, path, at)
        if kind == "config":
            return "src" if ending(at) in SCRIPTS or self._is_read(path) else kind
        if kind == "src" and ending(at) in _DATA and has_requirement(self._content(file)):
            return "deps"
        if kind not in HARMLESS or at.rpartition("/")[2] in LOCKS:
            return kind
        if kind == "generated" and ending(at) not in PROSE:
            return self._generated(file, at)
        return self._document(file, path, at, kind)

    def _is_tested_within(self, file: ChangedFile) -> bool:
        """Whether only the tests changed that stand in a source file, beside its code."""
        before, now = _bytes(self._base, file.path), _bytes(self._head, file.path)
        if file.status != "M" or ending(file.path) != "rs" or before is None or now is None:
            return False
        codes = [without_tests(file.path, text) for text in (before, now)]
        return codes != [before, now] and same_program(file.path, *codes) is True

    def _is_asked(self, path: str) -> bool:
        """Whether who names *path* decides about its kind."""
        kind = self._of(path)
        return kind in ("docs", "tests") or (
            kind == "config" and ending(path) in _READ and not _OWN.search(path)
        )

    def _is_read(self, path: str) -> bool:
        """Whether the product reads a file of settings or data by its name: then it is a part of it."""
        return any(
            self._of(other) == "src" and ending(other) in SCRIPTS for other in self._named.get(path, ())
        )

    def _tests(self, file: ChangedFile, path: str, at: str) -> str:
        """A test, or what only tests use: by what is in it and by who names it; else what it is elsewhere.

        A folder or a name only proposes that something is a test: a runner has to take it, or a test use it.
        """
        named = self._named.get(path, frozenset())
        if any(self._is_product(other) for other in named):
            return "src"
        # Without the files of the change the rest of its lines is not known.
        unknown = self._head is None and file.status != "A" and in_tests(at)
        if is_taken(at) and (unknown or has_tests(self._content(file)) or has_tests(self._before(file))):
            return "tests"
        if in_tests(at) and self._helps(file, path, named):
            return "tests"
        bare = without_tests_in(at)
        kind = self._judged(file, path, bare) if self._sorter.of(bare) != "tests" else "src"
        return "src" if named and kind in (*HARMLESS, "config") else kind

    def _helps(self, file: ChangedFile, path: str, named: frozenset[str]) -> bool:
        """Whether only tests use what lies in a folder of tests: by its name, its folder, or unasked."""
        if file.is_deleted:
            return True  # that something of the tests is gone is said by itself
        if named:
            return all(self._of(other) == "tests" and not is_named_after(other, path) for other in named)
        if ending(path) in SCRIPTS and not HOLDS_DATA.search(path):
            checked = has_tests(self._content(file)) and self._is_run_by_tool(path)
            return checked or sets_up(path, self._content(file))
        return any(path.startswith(f"{folder}/") for folder in self._folders)

    def _is_run_by_tool(self, path: str) -> bool:
        """Whether settings or make files name the folder of *path*, as they do for checkers of types."""
        folder = path.rpartition("/")[0]
        if self._head is None or is_tests_root(self._at(folder)):
            return False
        shape = re.compile(rf"(?<![\w/-]){re.escape(folder)}(?![\w-])")
        return any(shape.search(text) for name, text in texts_of(self._head) if ending(name) not in SCRIPTS)

    def _is_product(self, path: str) -> bool:
        """Whether a file is a part of what is shipped, or of how that is built."""
        name = path.rpartition("/")[2]
        return self._of(path) == "src" or name.startswith(("Dockerfile", "setup.")) or name == "package.json"

    def _generated(self, file: ChangedFile, path: str) -> str:
        if ending(path) == "snap" or "__snapshots__/" in path:
            return "tests"
        before = _bytes(self._base, file.old_path)
        if before is None and self._base is not None:
            marked = self._has_sibling(file, path)
        else:
            marked = before is None or names_generator(before.decode("utf-8", "replace").splitlines())
        return "generated" if marked and self._made_from and names_generator(self._content(file)) else "src"

    def _has_sibling(self, file: ChangedFile, path: str) -> bool:
        """Whether the same generator made another file before, of the same ending."""
        marks = {re.sub(r"[\d.]+", "", each) for each in generators(self._content(file))}
        name = path.rpartition("/")[2]
        last = re.sub(r"^.*?(?=(?:\.|_)[^._]+\.|\.[^.]+$)", "", name)
        return self._base is not None and any(
            other.endswith(last)
            and marks & {re.sub(r"[\d.]+", "", each) for each in generators(text.splitlines())}
            for other, text in texts_of(self._base)
        )

    def _document(self, file: ChangedFile, path: str, at: str, kind: str) -> str:
        if ending(at) not in PROSE | {""} and not self._is_maven_log(file, at):
            again = self._sorter.of(at.rpartition("/")[2])
            return "src" if again in ("docs", "tests") or ending(at) in SCRIPTS else again
        if any(self._of(other) not in ("docs", "tests") for other in self._named.get(path, ())):
            return "src"
        if file.binary and not self._is_picture(file):
            return "src"
        lines = self._content(file)
        # A page shows code; only what the change adds to it counts. Of other texts every line does.
        page = ending(at) in ("md", "markdown", "rst", "adoc") or _TOLD.fullmatch(at.rpartition("/")[2])
        added = frozenset(line.number for line in file.lines) if page and not file.binary else None
        if runs_as_code(lines, added) or (ending(at) == "svg" and is_active(lines)):
            return "src"
        return "deps" if ending(at) in ("txt", "") and has_requirement(lines) else kind

    def _is_maven_log(self, file: ChangedFile, path: str) -> bool:
        """Whether *path* is Maven's log of changes, and only lines of its own elements changed."""
        texts = (*file.removed, *(line.text for line in file.lines))
        return _MAVEN_LOG.search(path) is not None and all(_LOGGED.fullmatch(text) for text in texts)

    def _is_picture(self, file: ChangedFile) -> bool:
        content = _bytes(self._head, file.path)
        return content is None or is_picture(file.path, content) or text_of(content) is not None

    def _before(self, file: ChangedFile) -> list[str]:
        """The lines of the file as it was; where that is not known, those that went."""
        content = _bytes(self._base, file.old_path)
        return list(file.removed) if content is None else content.decode("utf-8", "replace").splitlines()

    def _content(self, file: ChangedFile) -> list[str]:
        """The lines of the file as it is now; where that is not known, or gone, those that changed."""
        changed = [line.text for line in file.lines] or list(file.removed)
        content = None if file.is_deleted else _bytes(self._head, file.path)
        if content is None:
            return changed
        return (text_of(content) or content.decode("utf-8", "replace")).splitlines()


def _bytes(tree: Path | None, path: str) -> bytes | None:
    """The content of *path* in *tree*; None: not there, or no tree."""
    try:
        return (tree / path).read_bytes() if tree is not None and path else None
    except (OSError, ValueError):
        return None


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
