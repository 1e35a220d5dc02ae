"""The CI systems whose workflows are understood: a line each. Where their files lie: ``app/places.py``."""

from __future__ import annotations

from wholeship.github.system import GITHUB
from wholeship.pipeline.ports import Repository
from wholeship.pipeline.system import CiMemory, CiSystem
from wholeship.verdict.options import Options

CI_SYSTEMS: tuple[CiSystem, ...] = (GITHUB,)


def system_of(path: str) -> CiSystem:
    """Whose workflow *path* (from the root of its repository) is; the first one's where it lies elsewhere."""
    return next((each for each in CI_SYSTEMS if each.is_workflow(path)), CI_SYSTEMS[0])


class Memory:
    """What was read of one repository, for all its workflows, by the system that they are written for.

    ``as_written``: for a guess, as ``tools.scripts`` says.
    """

    def __init__(self, repository: Repository, options: Options, *, as_written: bool = False) -> None:
        self._repository, self._declared, self._as_written = repository, options.declared, as_written
        self._known: dict[str, CiMemory] = {}

    def of(self, system: CiSystem) -> CiMemory:
        """What was read of the workflows of *system*."""
        if system.name not in self._known:
            opened = system.memory(self._repository, self._declared, as_written=self._as_written)
            self._known[system.name] = opened
        return self._known[system.name]
