"""From the site of a hole, as templates name it, to the line where the text is made."""

from __future__ import annotations

import re

from wholeship.core.place import Place
from wholeship.pipeline.run import Instance, Script, Spot, Step


def place_of(instance: Instance, site: str, word: str = "") -> Place | None:
    """Where the text of *site* is made; the line of the script that holds *word* (a clock's program)."""
    for job, leg, step in instance.spots():
        if Spot(job.id, leg.name, step.index).site == site:
            return _line(step, word)
    return None


def _line(step: Step, word: str) -> Place:
    if isinstance(step.does, Script) and step.does.line and word:
        for row, line in enumerate(step.does.text.split("\n")):
            if re.search(rf"\b{re.escape(word)}\b", line):
                return Place(step.place.file, step.does.line + row, 0, f"{step.place.path}.run")
    return step.place
