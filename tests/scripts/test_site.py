"""The documentation as a site."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Every page is in the menu, every link and anchor leads somewhere, the search knows the rules."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = json.loads((tmp_path / "search/search_index.json").read_text())["docs"]
    found = {page["location"].partition("#")[0] for page in pages}
    rules = {f"rules/{each.name.replace('.md', '.html')}" for each in (ROOT / "docs/rules").glob("*.md")}
    assert {"index.html", "contributing.html", "findings.html", *rules} <= found | {"index.html"}
    assert len(rules) > 10


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    """A page of the site asks no other host for fonts or scripts."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=240, check=True)
    page = (tmp_path / "index.html").read_text()
    loaded = [part for part in page.split("<") if part.startswith(("link ", "script ", "img "))]
    assert [part for part in loaded if "//" in part and "canonical" not in part] == []
    assert len(loaded) > 3
