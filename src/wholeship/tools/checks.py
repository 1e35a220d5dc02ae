"""Programs that can say no: test runners, image scanners, linters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect, Examine
from wholeship.pipeline.publish import CheckKind
from wholeship.texts.template import Template
from wholeship.tools.builders import jvm
from wholeship.tools.options import take

if TYPE_CHECKING:
    from wholeship.tools.world import World

Words = Sequence[Template]

TESTS = lazy_pattern(
    r"""^(?:pytest|tox|nox|phpunit|rspec|jest|vitest|mocha|ava|ctest|bats|karma|cypress
    |playwright(?!\ (?:install|merge|show|codegen))
    |newman|rebar3|k6|gotestsum|container-structure-test|dgoss|goss|(?:ct|chart-testing)\ install
    |(?:uv|poetry|pdm|hatch|pipenv|rye)\ run\ (?:\S+\ )*?(?:pytest|tox|nox|test\S*)
    |(?:python3?|coverage)\ (?:-m\ |run\ )+.*?(?:pytest|unittest|tox|nox)|python3?\ manage\.py\ test
    |(?:npm|pnpm|yarn|bun)\ (?:--\S+\ (?:\S+\ )?)*(?:run\ |-w\ \S+\ |workspace\ \S+\ )?
     (?:test|t|e2e|ci:test)[:\w-]*(?:\ |$)
    |(?:npx|pnpm\ exec|bunx)\ (?:jest|vitest|mocha|playwright(?!\ (?:install|merge|show|codegen))|cypress)
    |go\ test|cargo\ (?:test|nextest)|dotnet\ test|mix\ test|swift\ test|zig\ build\ test|deno\ test
    |(?:bundle\ exec\ )?(?:rspec|rake\ (?:test|spec)|rails\ test)|(?:vendor/bin/)?(?:phpunit|pest)
    |(?:make|just|task|invoke|rake|turbo|nx)\ (?:\S+\ )*?
     (?!(?:install|setup|build|clean|download|prepare|gen\w*)[-_:])(?:\w+[-_:])?
     (?:test|tests|check|e2e|integration|smoke|verify|ci)(?:[-_:]\w+)*(?:\ |$))""",
    re.VERBOSE,
)
LINTS = lazy_pattern(
    r"""^(?:ruff|flake8|mypy|pylint|black\ --check|eslint|golangci-lint|shellcheck|hadolint|yamllint
    |actionlint|tsc|cargo\ (?:clippy|fmt)|go\ vet|(?:make|just|task)\ (?:lint|fmt|vet)|pre-commit|helm\ lint
    |(?:npm|pnpm|yarn|bun)\ (?:run\ )?(?:lint|typecheck|type-check|format:check)
    |(?:npx\ )?(?:eslint|prettier|tsc))""",
    re.VERBOSE,
)


_MORE_THAN_TESTS = lazy_pattern(r"(?<![\w/])\S*(?:push|publish|deploy(?!ment)|promote)", re.IGNORECASE)
"""A line that says this is no test, whatever runs it (``tox -e docker-push``)."""


def by_line(words: Words) -> tuple[Effect, ...]:
    """A test or lint recognised by how the line begins."""
    line = " ".join(map(str, words)).removeprefix("./")
    if _MORE_THAN_TESTS.search(line):
        return ()
    if TESTS.match(line):
        return (Examine(CheckKind.TEST),)
    return (Examine(CheckKind.LINT),) if LINTS.match(line) else ()


def scanner(words: Words, _world: World) -> tuple[Effect, ...]:
    """trivy, grype, snyk, dockle: whether findings fail them is an option, and mostly off."""
    name = (words[0].literal or "").rpartition("/")[2]
    options = take(
        words[1:], ("--severity", "-f", "--format", "-o", "--output", "--exit-code", "--fail-on", "-c")
    )
    verb = options.rest[0].literal if options.rest else ""
    if verb not in ("image", "i", "container") and name in ("trivy", "snyk"):
        return (Examine(CheckKind.LINT),)
    subjects = tuple(options.rest[1:] if name in ("trivy", "snyk") else options.rest)[:1]
    reason = _lenient(name, options.last("--exit-code"), options.all("-f", "--fail-on"))
    return (Examine(CheckKind.SCAN, subjects, not reason, reason),)


def _lenient(name: str, code: Template | None, fail_on: tuple[Template, ...]) -> str:
    """Why findings do not fail it; empty when they do."""
    if name in ("trivy", "dockle") and (code is None or code.literal == "0"):
        return f"{name} ends with 0 whatever it finds unless --exit-code says otherwise"
    if name == "grype" and not fail_on:
        return "grype ends with 0 whatever it finds unless --fail-on says otherwise"
    return ""


_ASKS = lazy_pattern(r"\bhelp:|\bexec:|\bversions?:|\bdependency:|\bsnyk\b")
"""Goals that say something of the project."""


def java(words: Words, world: World) -> tuple[Effect, ...]:
    """Maven and Gradle: publishing first, then the phases that run tests."""
    pushed = jvm(words, world)
    line = " ".join(map(str, words[1:]))
    skipped = re.search(r"-D ?skipTests|-D ?maven\.test\.skip|-x test", line)
    tested = re.search(r"(?<![\w:-])(?:test|verify|install|check|build|package|deploy)(?![\w-])", line)
    if pushed or skipped or not tested or _ASKS.search(line):
        return pushed
    return (Examine(CheckKind.TEST),)


PROGRAMS = {
    **dict.fromkeys(("trivy", "grype", "snyk", "dockle", "clair"), scanner),
    **dict.fromkeys(("mvn", "mvnw", "mvnd", "gradle", "gradlew"), java),
}
