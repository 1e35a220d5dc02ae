"""Images that are built here and not released: for development, tests, debugging, or to build others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

_LAST = {
    "for development": ("dev", "devel", "develop", "development", "devcontainer", "devtools", "local"),
    "for tests": ("test", "tests", "testing", "e2e", "mock", "mocks", "stub", "fixture", "fixtures", "lint",
                  "race", "bench", "benchmark", "conformance", "testdata", "ci", "integration"),
    "for debugging": ("debug", "debugger", "dbg"),
    "to build others": ("builder", "build", "buildenv", "toolchain", "buildbase", "make"),
    "an example": ("example", "examples", "sample", "samples"),
}  # fmt: skip
HELPER = "to build others"
_PURPOSES = {word: purpose for purpose, words in _LAST.items() for word in words}
_OF_PRODUCTS = frozenset({"conformance", "lint", "race", "bench", "benchmark", "ci", "local"})
"""Words that an image which is pushed may well have in its name, and be for its users."""
_FIRST = frozenset({"test", "tests", "e2e", "mock", "debug", "devcontainer"})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An image that is not taken: what it is called, where it stands, why, and its Dockerfile if known."""

    name: str
    where: str
    reason: str
    dockerfile: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.where}): {self.reason}" if self.where else f"{self.name}: {self.reason}"


def purpose_of(name: str, dockerfile: str = "", target: str = "", *, pushed: bool = False) -> str:
    """What an image is for, other than to be released, judging by its name; empty: it does not say.

    Of one that is *pushed* only the name itself and the stage count, since its Dockerfile may stand anywhere;
    and products are called builder, too.
    """
    for what, text in (("its name", name), ("its stage", target)):
        words = _words_of_name(text)
        said = words[-1:] + [word for word in words[:1] if word in _FIRST]
        known = (word for word in said if word in _PURPOSES and not (pushed and word in _OF_PRODUCTS))
        found = next((_PURPOSES[word] for word in known), "")
        if found and not (pushed and found == HELPER):
            return f"{what} {text} says that it is {found}"
    if pushed:
        return ""
    if any(_BUILD_IMAGE.fullmatch(part) for part in (name, *dockerfile.split("/"))):
        return f"its path says that it is {HELPER}"
    folders = [
        word
        for part in dockerfile.split("/")
        for word in _words_of_name(part)[:1] + _words_of_name(part)[-1:]
    ]
    found = next(
        (_PURPOSES[word] for word in folders if word in _PURPOSES and word not in ("build", "make")), ""
    )
    return f"its path says that it is {found}" if found else ""


_BUILD_IMAGE = lazy_pattern(r"build[-_](?:[a-z0-9]+[-_])*(?:images?|containers?|env|tools)", re.I)


def _words_of_name(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]


def is_helper_name(name: str) -> bool:
    """Whether *name* is one that images have which others are built from."""
    return any(word == "base" or _PURPOSES.get(word) == HELPER for word in _words_of_name(name))


_FROM = lazy_pattern(r"(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)")


def bases_in(text: str) -> Sequence[str]:
    """The images that a Dockerfile starts from, without tags."""
    found = (match[1].partition("@")[0] for match in _FROM.finditer(text))
    return tuple(name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name for name in found)
