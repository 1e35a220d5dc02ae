"""The numbers of the house: what the script counts, and what this tree comes to."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "house"

TREE = {
    "cli/main.py": "import argparse\n\ndef run_all():\n    from wholeship.core import a\n",
    "cli/wiring_x.py": "def run(): ...\n\nclass Desk: ...\n",
    "cli/other.py": "class Desk: ...\n\nclass Own:\n    def __init__(self): ...\n",
    "core/__init__.py": "",
    "core/a.py": "from wholeship.core import b\n",
    "core/b.py": "def run():\n    from wholeship.core.a import x\n",
    "core/c.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from wholeship.core import d\n",
    "core/d.py": "import wholeship.core.c\n",
    "core/e.py": 'f = late("wholeship.core.f:f")\n',
    "core/f.py": "import wholeship.core.e\n",
}


@pytest.fixture(scope="module")
def house() -> Any:
    loader = SourceFileLoader("house", str(SCRIPT))
    spec = spec_from_loader("house", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_what_is_counted(house: Any) -> None:
    """Cycles through imports inside functions and late ones, not the type checker's; names by folder."""
    numbers = house.numbers_of(TREE)
    assert numbers == {
        "modules": "10",
        "lines of source": "20",
        "code lines": "17",
        "biggest folder's share of lines": "55.0% (cli)",
        "cli/ lines": "11",
        "wiring* modules": "1",
        "imports inside functions": "2",
        "names loaded late": "1",
        "cycles": "2",
        "class names twice in one folder": "1",
        "functions with one-word names": "67% of 3",
    }
    cycles = house.cycles_in(house.imports_between(house.parsed(TREE)))
    pairs = [["wholeship.core.a", "wholeship.core.b"], ["wholeship.core.e", "wholeship.core.f"]]
    assert sorted(map(sorted, cycles)) == pairs


def test_code_lines_leave_out_what_says_and_does_nothing(house: Any) -> None:
    """Blank lines, comments and docstrings, those of constants too, are no code; a text that is used is."""
    text = '''"""Says
what it is."""

A = """two
lines"""
"""Of A."""
def run():  # runs
    """Runs."""
    # for a reason

    return (
        A
    )
'''
    assert house.folders_of({"core/a.py": text, "cli/b.py": "run()\n"}) == {
        "all": f"{14:>7} {7:>7}",
        "core": f"{13:>7} {6:>7}",
        "cli": f"{1:>7} {1:>7}",
    }


def test_the_house_stands(house: Any) -> None:
    """No cycle, no second floor of wiring, a thin command line, few imports inside functions."""
    files = house.files_of(None, ROOT)
    trees = house.parsed(files)
    numbers = house.numbers_of(files)
    assert list(house.cycles_in(house.imports_between(trees))) == []
    assert numbers["wiring* modules"] == "0"
    assert int(numbers["imports inside functions"]) < 80
    assert int(numbers["names loaded late"]) < 80
    assert int(numbers["cli/ lines"].replace(",", "")) <= 1800
    assert float(numbers["biggest folder's share of lines"].partition("%")[0]) <= 15


def test_revisions_stand_side_by_side() -> None:
    """The same numbers for any revision; one that is not there is asked wrongly."""
    if not (ROOT / ".git").exists():
        pytest.skip("no repository around this tree")
    done = subprocess.run(
        [sys.executable, SCRIPT, "HEAD", "HEAD"], capture_output=True, text=True, check=True
    )
    head, first, *_ = done.stdout.splitlines()
    assert head.split() == ["HEAD", "HEAD"]
    assert len(set(first.split()[1:])) == 1
    wrong = subprocess.run([sys.executable, SCRIPT, "no-such-revision"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no-such-revision" in wrong.stderr
