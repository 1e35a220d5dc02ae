"""The tables of mutations move with the code."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _mutate() -> ModuleType:
    loader = SourceFileLoader("mutate", str(ROOT / "scripts" / "mutate"))
    spec = importlib.util.spec_from_loader("mutate", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutate"] = module  # dataclasses look their module up
    loader.exec_module(module)
    return module


@pytest.mark.extended
def test_every_mutation_has_one_place() -> None:
    """The text that a mutation replaces stands once in its file, and no two of a table have one name."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        mutate = _mutate()
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    for table in (mutate.MUTATIONS, mutate.of_the_prover(), mutate.of_the_reading()):
        places = {each.name: (ROOT / each.file).read_text().count(each.old) for each in table}
        assert len(places) == len(table)
        assert {name: count for name, count in places.items() if count != 1} == {}
        assert [each.name for each in table if each.old == each.new] == []
