"""Suites of the repository: whether a test, which a test runner starts, pushes an image.

A test is taken to push nothing. What breaks that is looked for in the files that a runner collects: a
program that is started with the words of a push, or a Docker library that is told to push. A push to a
registry of this machine is none. Where folders cannot be listed, and beyond :data:`FILES`, it stays taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.spoken import says_a_push
from wholeship.texts.template import Template
from wholeship.tools.python_code import started_lines
from wholeship.tools.workspaces import NotListed, files_below
from wholeship.tools.world import World

FILES = 1_000
"""So many files of tests are looked through."""


@dataclass(frozen=True, slots=True)
class Suite:
    """*line*: how the command line of a runner begins; *files*: which files it collects, or they import."""

    line: re.Pattern[str]
    files: re.Pattern[str]
    pushes: Callable[[str], bool]


_HERE = lazy_pattern(r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|(?<![\w.-])[\w-]+:\d{4,5}/")
"""A registry of this machine, or of a container beside."""
_LIBRARY = lazy_pattern(r"^\s*(?:import|from)\s+(?:docker|podman|python_on_whales)\b", re.MULTILINE)
_TOLD = lazy_pattern(r"\.images?\.push\(|\b(?:api|cli|client|docker|podman)\w*\.push\(")
"""A Python library, and how it is told to push."""
_STARTED = lazy_pattern(r"\b(?:subprocess|pty|asyncio|os)\b|[pP]open")
_LIKELY = lazy_pattern(r"push|crane|skopeo|imagetools|regctl|oras|manifests/")
_STARTS = lazy_pattern(
    r"""(?:\b(?:exec\w*|spawn\w*|system|popen\w*|Command\w*|ProcessBuilder|shell|sh|bash|run\w*|cmd)"""
    r"""(?:\.\w+|::\w+)*\s*\(|[`$]\(?|%x.|\bsystem\s)""",
    re.IGNORECASE,
)
"""Ways of Go, JavaScript, Ruby, Rust and Java to start a program, as they are spelt before its words."""
_REMARKS = lazy_pattern(r"^[ \t]*(?:#|//|/?\*).*$", re.MULTILINE)
_CHAINED = lazy_pattern(r"\)\s*\.args?\(")
_ARGUMENTS = 300
"""So many characters behind the start of a program are looked at for its words."""


def _python(text: str) -> bool:
    if _LIBRARY.search(text) and _TOLD.search(text) and not _HERE.search(text):
        return True
    if not _STARTED.search(text):
        return False
    return any(says_a_push(line) and not _HERE.search(line) for line in started_lines(text))


def _shell(text: str) -> bool:
    lines = _REMARKS.sub("", text).replace("\\\n", " ").split("\n")
    return any(says_a_push(line) and not _HERE.search(line) for line in lines)


def _others(text: str) -> bool:
    code = _CHAINED.sub(", ", _REMARKS.sub("", text))
    starts = (code[at.end() : at.end() + _ARGUMENTS].partition("\n\n")[0] for at in _STARTS.finditer(code))
    return any(says_a_push(given.partition(";")[0]) and not _HERE.search(given) for given in starts)


def _suite(line: str, files: str, pushes: Callable[[str], bool]) -> Suite:
    return Suite(lazy_pattern(line), lazy_pattern(files), pushes)


_OF_SCRIPTS = r"\.[cm]?[jt]sx?\Z"
SUITES = (
    _suite(
        r"\b(?:pytest|py\.test|unittest|tox|nox|manage\.py test)\b",
        r"(?:^|/)(?:conftest|test_[^/]*|[^/]*_test)\.py\Z|(?:^|/)tests?/(?:.*/)?[^/]*\.py\Z",
        _python,
    ),
    _suite(r"\b(?:go test|gotestsum|ginkgo)\b", r"_test\.go\Z", _others),
    _suite(
        r"\b(?:npm|pnpm|yarn|bun|npx|bunx|deno|jest|vitest|mocha|ava|jasmine|playwright|cypress|karma)\b",
        rf"[._-](?:test|spec|e2e|cy){_OF_SCRIPTS}|(?:^|/)(?:__tests__|tests?|e2e)/(?:.*/)?[^/]*{_OF_SCRIPTS}",
        _others,
    ),
    _suite(
        r"\b(?:rspec|cucumber|rake|rails)\b", r"_(?:spec|test)\.rb\Z|(?:^|/)(?:spec|test)/.*\.rb\Z", _others
    ),
    _suite(r"\bbats\b", r"\.bats\Z|(?:^|/)(?:test_)?helpers?[^/]*\.(?:ba)?sh\Z", _shell),
    _suite(r"\b(?:cargo)\b", r"(?:^|/)tests/.*\.rs\Z", _others),
    _suite(
        r"\b(?:mvnw?d?|gradlew?)\b",
        r"(?:^|/)src/(?:test|it|integrationTest|e2e)\w*/.*\.(?:java|kt|groovy|scala)\Z",
        _others,
    ),
)
"""The suites whose files are looked through."""


def pushing_test(words: Sequence[Template], world: World) -> str | None:
    """The file of a test that a runner with this command line starts, and which pushes; None: none is found.

    Files and folders among *words* are the ones that it collects; where none is named, all below are.
    """
    line = " ".join(map(str, words))
    suite = next((each for each in SUITES if each.line.search(line)), None)
    if suite is None or world.names_in(".") is None:
        return None
    try:
        named = [path for word in words[1:] for path in _collected(word.literal or "", suite, world)]
        return _first(dict.fromkeys(named or files_below("", world)), suite, world)
    except NotListed:
        return None


def _collected(word: str, suite: Suite, world: World) -> Iterator[str]:
    """Files of the suite at the path *word*, if it is one (``./pkg/...``, ``test_a.py::test_b``)."""
    path = word.partition("::")[0].removesuffix("...").rstrip("/").removeprefix("./")
    if word.startswith("-") or not path or "{" in path or path.startswith(("/", "..")):
        return
    if world.names_in(path) is None:
        found = iter((path,) if "." in path and world.file(path) is not None else ())
    else:
        found = files_below(path, world)
    yield from (each for each in found if suite.files.search(each))


def _first(paths: Iterable[str], suite: Suite, world: World) -> str | None:
    looked_at = 0
    for path in paths:
        if looked_at > FILES or not suite.files.search(path):
            continue
        text = world.file(path)
        looked_at += 1
        if text is not None and _LIKELY.search(text) and suite.pushes(text):
            return path
    return None
