"""The flags that the release commands share, and the variables that stand in for them.

A value is taken from the first that has it: the flag, the ``WHOLESHIP_`` variable, the CI's own
variable, the release file, the default. An empty variable says nothing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

VARIABLES: Mapping[str, str] = {
    "file": "WHOLESHIP_FILE",
    "scenario": "WHOLESHIP_SCENARIO",
    "platforms": "WHOLESHIP_PLATFORMS",
    "tag": "WHOLESHIP_TAG",
    "registry": "WHOLESHIP_REGISTRY",
    "builder": "WHOLESHIP_BUILDER",
    "state": "WHOLESHIP_STATE",
}
"""The variable that stands in for each flag."""


def common(
    parser: argparse.ArgumentParser, *, formats: tuple[str, ...] = ("text", "json", "markdown")
) -> None:
    """What every release command takes."""
    add = parser.add_argument
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml)")
    add("--format", choices=formats, default="text", help="what to print on standard output")
    add("--registry", metavar="HOST/PATH", help="put the images there instead, each under its last name")
    add("--state", metavar="DIR", help="folder for journals and logs (default: .wholeship beside the file)")
    add("--quiet", "-q", action="store_true", help="no progress on standard error")
    add("--verbose", action="store_true", help="show where an error came from")


def origin(parser: argparse.ArgumentParser) -> None:
    """What decides which release it is."""
    add = parser.add_argument
    add(
        "--scenario", metavar="NAME", help="push, release or manual (default: by the CI's event, else manual)"
    )
    add("--platforms", metavar="LIST", help="build for these, for example linux/amd64,linux/arm64")
    add("--tag", metavar="TAG", help="the deploy tag; an earlier release of this tag is gone on with")


def making(parser: argparse.ArgumentParser) -> None:
    """What decides how it is built."""
    add = parser.add_argument
    add("--builder", metavar="NAME", help="auto, buildx, docker, podman or buildah")
    add("--no-reuse", action="store_true", help="build every image, even where nothing changed")


def putting_out(parser: argparse.ArgumentParser) -> None:
    """What decides how it is promoted."""
    parser.add_argument(
        "--force-older", action="store_true", help="release although something newer is out already"
    )


def count(text: str) -> int:
    """*text* as a number from 1 on, for argparse."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:6]) < 100_000:
        raise argparse.ArgumentTypeError("not a number from 1 on")
    return int(text[:6])


def given(
    args: argparse.Namespace, name: str, environment: Mapping[str, str] = os.environ
) -> tuple[str, str]:
    """The value of flag *name* and where it comes from; two empty texts when nobody says."""
    flag = getattr(args, name, None)
    if flag:
        return str(flag), f"--{name}"
    variable = VARIABLES[name]
    value = environment.get(variable, "").strip()
    return (value, variable) if value else ("", "")
