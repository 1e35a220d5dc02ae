"""The same laws on workflows of strangers: a folder of repositories, fetched and not kept.

``WHOLESHIP_CORPUS=FOLDER pytest --extended tests/verdict/test_laws_corpus.py``: every folder in FOLDER is the
work tree of one repository. ``WHOLESHIP_CORPUS_EVERY=N`` takes each N-th of their workflows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.verdict.laws import LAWS
from tests.verdict.saying import Said, said
from wholeship.adapters.repository import WorkTreeFiles

CORPUS = os.environ.get("WHOLESHIP_CORPUS", "")
EVERY = int(os.environ.get("WHOLESHIP_CORPUS_EVERY", "1"))
"""Read before a test starts: no test sees the developer's variables."""
PUSHES = re.compile(r"push|imagetools|skopeo|crane|bake|publish", re.IGNORECASE)

pytestmark = [
    pytest.mark.extended,
    pytest.mark.skipif(not CORPUS, reason="no corpus: set WHOLESHIP_CORPUS to a folder of repositories"),
]


def workflows() -> Iterator[tuple[Path, str]]:
    """Root of a repository, and path of one of its workflows that may publish."""
    found = (
        (root, path.relative_to(root).as_posix())
        for root in sorted(Path(CORPUS).iterdir())
        for path in sorted((root / ".github" / "workflows").glob("*.y*ml"))
        if PUSHES.search(path.read_text(errors="replace"))
    )
    yield from list(found)[::EVERY]


@cache
def before(root: Path, path: str) -> Said:
    return said((root / path).read_text(errors="replace"), {}, WorkTreeFiles(root), path)


@pytest.mark.parametrize("law", sorted(LAWS))
def test_a_law_keeps_the_verdict_on_real_workflows(law: str) -> None:
    """What is said of a workflow of strangers stays when its words change and its work does not."""
    tried, differ = 0, []
    for root, path in workflows():
        text = (root / path).read_text(errors="replace")
        if not before(root, path).images or (changed := LAWS[law](text)) is None:
            continue
        tried += 1
        after = said(changed.text, changed.files, WorkTreeFiles(root), path)
        told = (after.with_old_names(changed.renamed), after.broken)
        if told != (before(root, path).verdict, before(root, path).broken):
            differ.append(f"{root.name}/{path}: {before(root, path)} became {after}")
    print(f"{law}: {tried} workflows")
    assert not differ, "\n".join(differ)
