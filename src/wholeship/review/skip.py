"""Small diffs that no model has to see: docs, additive tests, pure renames. The evidence is never skipped."""

from __future__ import annotations

from wholeship.review.evidence.gather import Evidence
from wholeship.review.ports import Capture

SMALL = 200
"""Changed lines; beyond, a safe class is not taken for granted."""

MACHINERY = ("wholeship.yaml", ".github/", ".wholeship/", "action.yml", "action.yaml")
"""Files that the gate itself rests on never qualify, whatever category they are in."""


def reason_to_skip(capture: Capture, evidence: Evidence) -> str:
    """Why the model need not be asked; empty: it has to be."""
    diff, kinds = capture.diff, evidence.categories.files
    if diff.added + diff.deleted > SMALL or evidence.suites.failed or not diff.files:
        return ""
    if evidence.secrets.findings or evidence.hidden.hidden or evidence.hidden.conflicts:
        return ""
    found: set[str] = set()
    for file in diff.files:
        if file.path.startswith(MACHINERY) or file.old_path.startswith(MACHINERY):
            return ""
        if file.binary or file.is_submodule or file.is_symlink or file.mode_changed:
            return ""
        kind = kinds[file.shown]
        if kind == "ci":
            return ""
        if file.status == "R" and file.similarity == 100 and not file.changed and evidence.suites.passed:
            found.add("pure renames")
        elif kind == "docs" and file.status in "AM":
            found.add("docs")
        elif kind == "tests" and not file.deleted and file.status in "AM" and evidence.suites.passed:
            found.add("additive tests")
        elif kind == "generated" and evidence.suites.passed and file.status in "AM":
            found.add("generated files, checked by the suites")
        else:
            return ""
    return "only " + " and ".join(sorted(found))
