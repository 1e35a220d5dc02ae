"""The picture of the README, and the script that draws it."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[2]


def text_of(picture: Path) -> str:
    return "".join(ET.fromstring(picture.read_text()).itertext()).replace("\xa0", " ")


def test_what_a_command_shows_is_drawn(tmp_path: Path) -> None:
    """A real command on a real pseudo-terminal: its words are in the picture, its exit code is ours."""
    picture = tmp_path / "a.svg"
    program = (
        "import os; print('\\033[32mgreen\\033[0m', os.isatty(1), os.get_terminal_size().columns); exit(3)"
    )
    command = [sys.executable, str(ROOT / "scripts/picture"), str(picture), "--columns", "70", "--"]
    done = subprocess.run([*command, sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == 3
    assert "green True 70" in text_of(picture)


def test_the_readme_shows_a_release_that_is_out() -> None:
    """The picture is of a whole release, and loads nothing from elsewhere."""
    picture = ROOT / "docs/release.svg"
    assert "is out, whole, and was read back" in text_of(picture)
    assert re.findall(r"(?:src|href)=|url\((?!#)|@import", picture.read_text()) == []
