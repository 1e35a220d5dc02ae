"""Words that the rules share: names in a row, labelled places, scenarios, the line where a text is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wholeship.core.finding import Labelled
from wholeship.core.place import Place
from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Tagged
from wholeship.pipeline.publish import Publish
from wholeship.pipeline.run import Instance, Script, Spot, Step
from wholeship.verdict.study import Study


def images_of(publish: Publish) -> str:
    """The images that *publish* makes visible."""
    return listed_few(each.image() for each in publish.tagged) or "an image"


def labelled(*places: tuple[Place | None, str]) -> tuple[Labelled, ...]:
    """Places that are there, each once, with what they have to do with it."""
    kept: dict[tuple[str, int, int], Labelled] = {}
    for place, label in places:
        if place is not None:
            kept.setdefault((place.file, place.line, place.column), Labelled(place, label))
    return tuple(kept.values())


def on(study: Study, names: Iterable[str]) -> str:
    """`` (on push)`` where a finding does not hold in every scenario of the workflow; else nothing."""
    unique = list(dict.fromkeys(names))
    return f" (on {listed_few(unique)})" if len(unique) < len(study.cases) else ""


def jobs_of(tagged: Sequence[Tagged]) -> tuple[str, ...]:
    """The jobs in which tags become visible."""
    return tuple(dict.fromkeys(each.publish.spot.job for each in tagged))


def quoted(text: str) -> str:
    """*text* as people write it in a sentence about code."""
    return f"`{text}`"


def place_of(instance: Instance, site: str, word: str = "") -> Place | None:
    """Where the text of *site* is made; the line of the script that holds *word* (a clock's program)."""
    step_of = site.partition("#")[0]  # behind it: how often the step has asked before
    for job, leg, step in instance.spots():
        if Spot(job.id, leg.name, step.index).site == step_of:
            return _line(step, word)
    return None


def _line(step: Step, word: str) -> Place:
    if isinstance(step.does, Script) and step.does.line and word:
        for row, line in enumerate(step.does.text.split("\n")):
            if re.search(rf"\b{re.escape(word)}\b", line):
                return Place(step.place.file, step.does.line + row, 0, f"{step.place.path}.run")
    return step.place
