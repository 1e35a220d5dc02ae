"""A builder's last words → which step failed, and what a person can do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from wholeship.adapters.process import Ended
from wholeship.core.errors import BuildFailed, CommandFailed
from wholeship.core.patterns import lazy_pattern

_STEP = lazy_pattern(r"(?:\[\d+/\d+\] )?STEP (\d+/\d+): (.*)")
"""A step of buildah's or podman's."""
_VERTEX = lazy_pattern(r"#(\d+) (?:\[[^\]]*?(\d+/\d+)\] (.*)|(ERROR): )")
"""A step of BuildKit's, where several run at a time: it begins, or it is the one that failed."""
_FULL = r"no space left on device"
_UNREACHABLE = (
    "pinging container registry|failed to do request|pull access denied|manifest unknown|name unknown"
    r"|repository does not exist|short-name .* did not resolve|unable to find .*registries"
)
_UNKNOWN_HERE = "unauthorized|authentication required"
_ELSEWHERE = (_FULL, _UNREACHABLE, _UNKNOWN_HERE)
"""What is no fault of what is built: another try, or another machine, may do."""
_ADVICE = {
    _FULL: ("the disk is full: remove unused images, or move the builder's storage to another disk"),
    r"exec format error": (
        "a program of another architecture was run: register emulation "
        "(apt-get install qemu-user-static binfmt-support), or build fewer platforms"
    ),
    "no image found in (manifest list|image index) for architecture|no match for platform in manifest"
    "|does not match the specified platform|image platform .* does not match": (
        "the base image lacks that platform: take another base, or build fewer platforms with --platforms"
    ),
    _UNREACHABLE: (
        "the base image is neither on this machine (for this platform) nor to be had from a registry: "
        "pull or make it first, or pass another one as a build argument"
    ),
    _UNKNOWN_HERE: "log in to the registry of the base image",
}
"""What builders say → what to do about it."""
_PUSH_ADVICE = {
    _FULL: _ADVICE[_FULL],
    "denied|unauthorized|authentication required|no basic auth": (
        "the builder pushes with a login of its own, which may be missing where wholeship has found one: "
        "log in with that program too (docker login, podman login, buildah login), as someone who may push"
    ),
}
"""What they say when they push: nothing of it is about a base image."""


_RACES = lazy_pattern(r"(?:layer|image|container) not known|identifier is not an? (?:layer|image|container)")
"""What containers/storage says when somebody else removed what was just found in the store."""


def is_race(words: tuple[str, ...]) -> bool:
    """Whether a build lost something to another one in the same store, so that a second try will do."""
    return any(_RACES.search(line) for line in words)


def advice(words: tuple[str, ...], *, push: bool = False) -> str:
    """What to do about a failure whose last words are *words*, of a build or of a *push*; empty when nothing
    is known of it."""
    text, known = "\n".join(words), _PUSH_ADVICE if push else _ADVICE
    return next((found for pattern, found in known.items() if re.search(pattern, text, re.IGNORECASE)), "")


class Steps:
    """Follows a build by its output: which step it is at, told on. ``last`` is the one that failed."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self.last = ""
        self._told = told
        self._begun: dict[str, str] = {}
        self._over = False

    def __call__(self, line: str) -> None:
        """One line of the builder's."""
        step, vertex = _STEP.match(line), _VERTEX.match(line)
        if step is not None:
            self._at(step[1], step[2])
        elif vertex is not None and vertex[4]:
            self.last, self._over = self._begun.get(vertex[1], ""), True
        elif vertex is not None and not self._over:
            self._at(vertex[2], vertex[3])
            self._begun[vertex[1]] = self.last

    def _at(self, number: str, text: str) -> None:
        self.last = f"step {number}: {text.strip()[:120]}"
        self._told(self.last)


def failed(what: str, ended: Ended, log: Path, step: str = "") -> CommandFailed:
    """The error for a build or push that ended badly."""
    at = f" at {step}" if step else ""
    elsewhere = any(re.search(pattern, "\n".join(ended.tail), re.IGNORECASE) for pattern in _ELSEWHERE)
    kind = BuildFailed if what.endswith("the build") and not elsewhere else CommandFailed
    return kind(
        f"{what} failed{at} (exit code {ended.exit_code})",
        advice=advice(ended.tail, push=what.endswith("the push")),
        tail=ended.tail,
        log=str(log),
    )
