"""What the steps of one leg have left on its runner: logins, local images and their names."""

from __future__ import annotations

from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.pipeline.effects import read_reference
from wholeship.pipeline.publish import LocalBuild
from wholeship.texts.template import Template


@dataclass(slots=True)
class LegState:
    """What the steps of one leg have left on its runner.

    ``tokens``: what the repository was checked out with, other than the run's own token.
    ``folders``: where the repository is checked out, other than at the root; kept for a guess only.
    """

    logins: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    builds: list[LocalBuild] = field(default_factory=list)
    names: dict[Template, list[Template]] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    def sources(self, image: Template) -> tuple[Template, ...]:
        """What *image* was tagged or joined from, as far back as it goes; itself when nothing is known."""
        found: dict[Template, None] = {}
        pending, seen = [image], set()
        while pending:
            name = pending.pop(0)
            if name in seen:
                continue
            seen.add(name)
            if name in self.names:
                pending += self.names[name]
            else:
                found[name] = None
        return tuple(found)

    def built(self, image: Template) -> tuple[LocalBuild, ...]:
        """The builds that left *image* here, under this name or one it was tagged from."""
        names = {_named(each) for each in self.sources(image)}
        return tuple(each for each in self.builds if names & {_named(n) for n in each.build.local})


def _named(image: Template) -> Template:
    """``app`` is ``app:latest``; a digest or an id stays what it is."""
    whole = read_reference(image)
    return image if whole.tag is None else Template.of(whole.repository, ":", whole.tag)
