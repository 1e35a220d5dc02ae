"""The release file as it is written: the one reader of all commands, whatever they need of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wholeship.core import yamls
from wholeship.core.errors import BadConfig, BadInput, Problem
from wholeship.core.place import Place
from wholeship.release.reader import Reading, read_shape
from wholeship.release.schema import RawRelease

FILE = "wholeship.yaml"


def read_bytes(path: Path) -> bytes:
    """The content of the release file *path*; :class:`BadInput` if absent."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"there is no {path}", advice=_folder_advice(path)) from None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def read_nodes(content: str | bytes, path: Path) -> tuple[yamls.Node, Reading[RawRelease]]:
    """The file in *content*, which stands in *path*: its nodes, and what they say as far as they can be read.

    :class:`BadConfig` when there is nothing to go on with.
    """
    node = yamls.read_yaml(content, str(path))
    if node is None:
        raise BadConfig((Problem("the file is empty", Place(str(path)), "run: wholeship init"),))
    found = read_shape(node, RawRelease)
    problems = (*found.problems, *_careless(node, found.value))
    return node, replace(found, problems=problems)


def raw_release(content: str | bytes, path: Path) -> RawRelease | None:
    """What the file in *content* says, for who needs a section of it; None for an empty file.

    :class:`BadConfig` with every mistake of its form; whether its values make a release is not asked.
    """
    node = yamls.read_yaml(content, str(path))
    if node is None:
        return None
    found = read_shape(node, RawRelease)
    if problems := (*found.problems, *_careless(node, found.value)):
        raise BadConfig(problems)
    return found.value


def _careless(node: yamls.Node, raw: RawRelease) -> Iterator[Problem]:
    """Entries under ``check:`` that would hide more than anybody means, or that say nothing."""
    for number, each in enumerate(raw.check.ignore):
        where = f"check.ignore[{number}]"
        if not each.rules and not each.paths:
            yield _problem(node, where, "names neither rules nor paths, and would hide everything")
        if not each.reason.strip():
            yield _problem(node, f"{where}.reason", "is empty: nothing is ignored without a reason")
    for number, pattern in enumerate(raw.check.previews):
        if pattern.count("*") > 1 or not pattern.strip("*") or set(pattern) & set("?[]{}"):
            text = f"should be a tag with at most one *, as pr-*, is {pattern!r}"
            yield _problem(node, f"check.previews[{number}]", text)


def _problem(node: yamls.Node, path: str, message: str) -> Problem:
    place = next((each.place for each in yamls.walk_node(node) if each.place.path == path), node.place)
    return Problem(f"{path}: {message}", place)


def _folder_advice(path: Path) -> str:
    """People stand in a folder of their repository, and the file is at its top."""
    for depth, folder in enumerate(path.absolute().parent.parents, 1):
        if (folder / FILE).is_file():
            return f"one is further up: add --file {'../' * depth}{FILE}"
    return "run: wholeship init (it writes one from what it finds here)"
