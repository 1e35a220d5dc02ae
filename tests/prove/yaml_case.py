"""Questions about workflows written as text."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from wholeship.core.finding import Moment
from wholeship.github.read import read_workflow
from wholeship.github.semantics import GITHUB
from wholeship.pipeline.run import Instance, Spot
from wholeship.prove import Effect, Prover


class Asked:
    """The first scenario of a workflow; steps are found by their names."""

    def __init__(self, text: str, files: Mapping[str, str] | None = None) -> None:
        known = {path: dedent(content) for path, content in (files or {}).items()}
        reading = read_workflow(dedent(text), ".github/workflows/w.yml", known.get)
        assert not reading.problems, reading.problems
        self.instance: Instance = reading.instances[0]
        self.prover = Prover(self.instance, GITHUB)

    def effect(self, name: str, *, masked: bool = False, conditional: bool = False) -> Effect:
        """The step called *name* does what it is called."""
        for job, leg, step in self.instance.spots():
            if step.name == name:
                spot = Spot(job.id, leg.name, step.index)
                what = f"{name} is done"
                return Effect(spot, what, step.place, masked=masked, conditional=conditional)
        raise KeyError(name)

    def requires(self, later: str, *earlier: str) -> str:
        """The answer in one word, then the story line by line."""
        answer = self.prover.requires(self.effect(later), [self.effect(each) for each in earlier])
        lines = told(getattr(answer, "story", ()))
        return "\n".join([type(answer).__name__.lower(), *lines])


def told(story: tuple[Moment, ...]) -> list[str]:
    """The story as text."""
    return [moment.text for moment in story]
