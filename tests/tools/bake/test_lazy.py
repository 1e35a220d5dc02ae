"""The bake reader is loaded when it is asked for, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wholeship.tools import bake


def test_a_check_without_bake_files_does_not_load_the_reader() -> None:
    """Importing all that ``check`` needs leaves the modules that read bake files alone."""
    code = "import sys, wholeship.app.checking; print('wholeship.tools.bake.read' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@pytest.mark.parametrize("name", bake.__all__)
def test_all_that_is_promised_is_there(name: str) -> None:
    """Every public name of the package is found, and is called as it is asked for."""
    assert getattr(bake, name).__name__ == name


def test_a_wrong_name_is_refused() -> None:
    """A name that the package does not have is an error, not a guess."""
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        bake.nothing  # noqa: B018
