"""What is read of bake inputs, beside what ``buildx bake --print`` says of them, recorded or asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bake.inputs import Input, make_input
from tests.tools.bake.oracle import Plain, compare, print_bake, read_input

GOLDEN = Path(__file__).parent / "golden"
RECORDED = sorted(path.stem for path in GOLDEN.glob("*.json"))
BUILDX = os.environ.get("WHOLESHIP_BUILDX", "")
INPUTS = int(os.environ.get("WHOLESHIP_BAKE_INPUTS", "2000"))
"""So many inputs are drawn in the extended test."""
MOST_OPEN = 0.05
"""The part of the inputs of which something may be said to be not known, although all of it is given."""


def recorded(name: str) -> tuple[Input, dict[str, Any]]:
    """An input with what buildx made of it; recorded anew with GOLDEN=write and WHOLESHIP_BUILDX."""
    document = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    files = {path: "\n".join(lines) + "\n" for path, lines in document["files"].items()}
    return Input(files, tuple(document["args"]), document["env"]), document


@pytest.mark.parametrize("name", RECORDED)
def test_it_is_read_as_buildx_read_it(name: str, tmp_path: Path) -> None:
    """Every attribute of every target is what ``bake --print`` said, and nothing is left open."""
    given, document = recorded(name)
    if os.environ.get("GOLDEN") == "write":
        document["targets"] = print_bake(BUILDX, given, tmp_path)
        (GOLDEN / f"{name}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    assert read_input(given) == (document["targets"],)


def test_each_recording_names_its_buildx() -> None:
    """There are at least 60 recordings, and each says which buildx made it."""
    assert len(RECORDED) >= 60
    assert {recorded(name)[1]["buildx"] for name in RECORDED} == {"0.38.2"}


def hole_sets(given: Input) -> Iterator[frozenset[str]]:
    """Which variables are taken for unknown: none, each, and all.

    In a Compose file what is not known is taken not to be empty (see ``compose.interpolate``).
    """
    filled = any(path.endswith((".yaml", ".yml")) for path in given.files)
    names = [name for name, value in given.env.items() if value or not filled]
    yield frozenset()
    yield from (frozenset({name}) for name in names)
    if len(names) > 1:
        yield frozenset(names)


def judged(given: Input, real: Plain, holes: frozenset[str]) -> tuple[tuple[str, ...], bool]:
    """What no way says as buildx does, and whether something is left open."""
    ways = read_input(given, holes)
    if None in ways:
        return (), True  # it says that it could not read it
    verdicts = [compare(real, way, given.env) for way in ways if way is not None]
    if any(not verdict.wrong for verdict in verdicts):
        return (), len(ways) > 1 or bool(verdicts[0].open)
    return verdicts[0].wrong, False


@pytest.mark.parametrize("name", RECORDED)
def test_an_unknown_variable_makes_nothing_wrong(name: str) -> None:
    """With variables taken for unknown, a way agrees with what buildx said of their values."""
    given, document = recorded(name)
    for holes in hole_sets(given):
        assert judged(given, document["targets"], holes)[0] == (), holes


@pytest.mark.extended
@pytest.mark.timeout(7200)
def test_drawn_inputs_are_read_as_buildx_reads_them(tmp_path: Path) -> None:
    """Of what buildx accepts, nothing is read otherwise, and at most one in twenty is left open."""
    if not BUILDX:
        pytest.skip("no WHOLESHIP_BUILDX: scripts/buildx-for-tests makes one")
    accepted, left_open, refused_but_read = 0, 0, 0
    seed = 0
    while accepted < INPUTS:
        given, seed = make_input(seed), seed + 1
        real = print_bake(BUILDX, given, tmp_path / str(seed))
        if real is None:
            refused_but_read += None not in read_input(given)
            continue
        accepted += 1
        for holes in hole_sets(given):
            wrong, is_open = judged(given, real, holes)
            assert not wrong, (seed - 1, holes, wrong)
            left_open += is_open and not holes
    print(f"{accepted} accepted, {left_open} left open")
    print(f"{refused_but_read} of {seed - accepted} that buildx refuses were read")
    assert left_open <= MOST_OPEN * accepted
