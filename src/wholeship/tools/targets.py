"""Names of targets, package scripts and recipes: what their names say, where their text cannot be had."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from wholeship.core.patterns import lazy_pattern

TARGETS = lazy_pattern(
    r"(?:[\w./@-]*[-_:./])?(?:lint|lints|linting|test|tests|testing|unit|unittest|units|spec|specs|e2e|integration|smoke"
    r"|check|checks|verify|validate|build|builds|compile|bundle|dist|clean|fmt|format|prettier|eslint|type-?check|types|tsc"
    r"|generate|generated|gen|codegen|proto|protos|manifests|mocks?|docs?|deps|dependencies|install|setup|init|prepare"
    r"|bootstrap|tidy|vet|audit|coverage|cover|bench|benchmarks?|ci|help|version|vendor|download|fixtures?|seed|migrate"
    r"|tools?|binary|binaries|up|down|start|stop|dev|serve|storybook|preview|analyze|scan|sbom|i18n|lang|license|licenses)"
    r"(?:[-_:./](?!.*(?:push|publish|deploy|release|promote|ship))[\w.@-]*)*\Z"
)
"""Targets and package scripts that are taken to push nothing, where their text cannot be had."""
SPEAKS_OF_PUSHING = lazy_pattern(
    r"push|publish|(?<!pre)release|deploy|promote|\bship\b|upload|docker|podman|image|container",
    re.IGNORECASE,
)
"""What a target, a recipe or a command is called that may push."""


def is_harmless_target(name: str) -> bool:
    """Whether a target or package script that cannot be read is taken to push nothing, by its name."""
    return TARGETS.fullmatch(name) is not None and not SPEAKS_OF_PUSHING.search(name)


_VALUED = {
    "ninja": frozenset(("-C", "-f", "-j", "-k", "-l", "-d", "-w")),
    "meson": frozenset(("-C", "-j", "-l", "--vs-args", "--ninja-args")),
    "tox": frozenset(("-c", "--conf", "--workdir", "--root", "-x", "--override", "--installpkg")),
    "nox": frozenset(("-f", "--noxfile", "-p", "--pythons", "-db", "--envdir", "-k", "--keywords")),
    "task": frozenset(("-d", "--dir", "-t", "--taskfile", "-o", "-C", "--concurrency", "-I", "--interval")),
    "rake": frozenset(("-f", "--rakefile", "-C", "--directory", "-I", "-r")),
    "invoke": frozenset(("-c", "--collection", "-r", "--search-root", "-f", "--config")),
}
_SAME = {"samu": "ninja", "go-task": "task", "inv": "invoke", "fab": "invoke", "fabric": "invoke"}
_NAMING = {
    "cmake": frozenset(("--target", "-t")),
    "tox": frozenset(("-e", "--env", "-m", "-f", "--labels", "--factors")),
    "nox": frozenset(("-s", "--session", "--sessions", "-e", "-t", "--tags", "-k", "--keywords")),
}
"""Options that are followed by names, one or more."""


def targets_of(program: str, texts: Sequence[str]) -> list[str]:
    """The targets, recipes or environments that *texts* (without the program) name; none: the default."""
    program = _SAME.get(program, program)
    if program in _NAMING:
        return _named(texts, _NAMING[program])
    if program in ("meson", "zig", "mise"):
        verbs = {"meson": ("compile",), "zig": ("build",), "mise": ("run", "r")}[program]
        if texts[:1] and texts[0] not in verbs:
            return list(texts[:1]) if program == "mise" else []
        texts = texts[1:]
    found = []
    before = ""
    for text in itertools.takewhile(lambda text: text != "--", texts):
        if not text.startswith("-") and "=" not in text and before not in _VALUED.get(program, ()):
            found.append(text.partition("[")[0] if program == "rake" else text)
        before = text
    return found


def _named(texts: Sequence[str], options: frozenset[str]) -> list[str]:
    found: list[str] = []
    naming = False
    for text in itertools.takewhile(lambda text: text != "--", texts):
        option, apart, value = text.partition("=")
        if text.startswith("-"):
            naming = option in options and not apart
            held = value if option in options else ""
            short = text[2:] if text[:2] in options and not text.startswith("--") else ""
            found += [*_list(held), *_list(short)]
        elif naming:
            found += _list(text)
    return found


def _list(text: str) -> list[str]:
    return [name for name in re.split(r"[,;\s]+", text) if name]
