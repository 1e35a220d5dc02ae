"""Release workflows as strangers write them: several images by every usual tool, each with its truth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle.ask import ask
from tests.oracle.world import MAIN, World, image

WORDS = {True: "whole", False: "half", None: "unknown"}
UNNAMED = {"changed-paths-per-image": "which images there are is only known in the run"}
"""Those whose images `check` cannot name: the answer is right all the same."""
KNOWN: dict[str, str] = {}
"""What `check` is still wrong about, or does not know."""


@dataclass(frozen=True)
class Stranger:
    """A repository, the truth about its followed image, and why."""

    name: str
    truth: str
    images: tuple[str, ...]
    why: str
    world: World


def strangers() -> list[Stranger]:
    """All of them, in the order of the file."""
    text = (Path(__file__).parent / "fixtures" / "strangers.txt").read_text()
    return [_stranger(part) for part in re.split(r"(?m)^== ", text)[1:]]


def _stranger(part: str) -> Stranger:
    head, why, body = part.split("\n", 2)
    name, _, rest = head.partition(": ")
    truth, *images = rest.split()
    workflow, *others = re.split(r"(?m)^--- (\S+)\n", body)
    files = {MAIN: workflow, **dict(zip(others[::2], others[1::2], strict=True))}
    world = World(files, tuple(map(image, images)), images[-1])
    return Stranger(name, truth, tuple(images), why, world)


def _asked() -> list[object]:
    return [
        pytest.param(
            each,
            id=each.name,
            marks=[pytest.mark.xfail(reason=KNOWN[each.name], strict=True)] if each.name in KNOWN else [],
        )
        for each in strangers()
    ]


@pytest.mark.parametrize("stranger", _asked())
def test_a_workflow_of_a_stranger_is_read_as_it_is(stranger: Stranger) -> None:
    """What can be half is called so, what is whole is called whole, and every image is seen."""
    said = ask(stranger.world)
    assert WORDS[said.whole] == stranger.truth, stranger.why
    seen = next(each for each in said.document["workflows"] if each["path"] == MAIN)["images"]
    if stranger.name not in UNNAMED:
        assert sorted(seen) == sorted(stranger.images)


def test_both_answers_are_among_them() -> None:
    """At least a dozen of each truth: one that always says the same would be found out."""
    truths = [each.truth for each in strangers()]
    assert min(truths.count("whole"), truths.count("half")) >= 12
    assert set(KNOWN) | set(UNNAMED) <= {each.name for each in strangers()}
