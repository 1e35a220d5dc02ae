"""What a model need not see, and what it always has to."""

from __future__ import annotations

import pytest

from tests.review.world import captured, changed, evidence_on, suite
from wholeship.review.change import ChangedFile
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.skip import reason_to_skip


def reason(*files: ChangedFile, **more: object) -> str:
    capture = captured(*files)
    return reason_to_skip(capture, evidence_on(capture, **more))


DOCS, TEST = changed("docs/a.md", "x"), changed("tests/test_a.py", "assert a() == 1", status="A")


def test_safe_classes_say_what_they_are() -> None:
    """Documents, additive tests, pure renames may go without a model, and the reason is told."""
    renamed = changed("src/b.py", status="R", old_path="src/a.py", similarity=100)
    assert reason(DOCS) == "only docs"
    assert reason(DOCS, TEST) == "only additive tests and docs"
    assert reason(renamed) == "only pure renames"


@pytest.mark.parametrize(
    "files",
    [
        (changed("src/a.py", "x"),),
        (DOCS, changed("src/a.py", "x")),
        (changed("tests/test_a.py", "x", deleted=1),),
        (changed("tests/test_a.py", status="D", deleted=9),),
        (changed("docs/a.md", *["x"] * 300),),
        (changed("src/b.py", status="R", old_path="src/a.py", similarity=98),),
        (changed(".github/workflows/a.yml", "x"),),
        (changed(".github/README.md", "x"),),
        (changed("docs/b.md", status="R", old_path=".github/x.md", similarity=100),),
        (changed("wholeship.yaml", "x"),),
        (changed("ci/Jenkinsfile", status="R", old_path="Jenkinsfile", similarity=100),),
        (changed("docs/x.png", binary=True),),
        (changed("docs/link", "/etc", status="A", new_mode="120000"),),
        (changed("docs/run", "x", old_mode="100644", new_mode="100755"),),
        (),
    ],
)
def test_everything_else_is_looked_at(files: tuple[ChangedFile, ...]) -> None:
    """Source, deleted tests, large changes, the gate's own files and what is no text never qualify."""
    assert reason(*files) == ""


def test_red_suites_skip_nothing() -> None:
    """With a failing suite, or with none for tests and renames, the model is asked."""
    assert reason(DOCS, suites=SuitesEvidence((suite(passed=False),))) == ""
    assert reason(TEST, suites=SuitesEvidence()) == ""
