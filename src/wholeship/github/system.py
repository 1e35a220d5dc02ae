"""GitHub Actions, as those who ask about workflows see it (:class:`wholeship.pipeline.system.CiSystem`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wholeship.github.lies import lies
from wholeship.github.places import is_workflow
from wholeship.github.publishes import Finder
from wholeship.github.read import Reading, read_workflow
from wholeship.github.reading.checkout import checks_out
from wholeship.github.reading.files import Files, Library
from wholeship.github.relevance import may_publish
from wholeship.github.semantics import GITHUB as STATUS
from wholeship.github.sinks import STEP_SINKS
from wholeship.pipeline.declared import Declared
from wholeship.pipeline.ports import Repository, never_idle, nothing_known
from wholeship.pipeline.run import Scenario
from wholeship.pipeline.system import CiSystem, WorkflowRuns
from wholeship.tools.scripts import Scripts


class GithubMemory:
    """What was read of one repository (:class:`wholeship.pipeline.system.CiMemory`)."""

    def __init__(
        self, repository: Repository, declared: Mapping[str, Declared], *, as_written: bool = False
    ) -> None:
        self._declared = declared
        self._library = Library(repository)
        self._scripts = Scripts(self._library, declared, STEP_SINKS, as_written=as_written)
        self._revived = Scripts(self._library, declared, STEP_SINKS, revived=self._scripts)
        self._last: tuple[str, str | bytes, Reading] | None = None

    def runs(
        self,
        content: str | bytes,
        path: str,
        default_branch: str = "",
        wanted: Callable[[Scenario], bool] | None = None,
        *,
        revive: bool = False,
        every: bool = False,
    ) -> WorkflowRuns:
        """The runs of the workflow in *content*, with what their steps do."""
        finder = Finder(self._revived if revive else self._scripts, self._declared, path)
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        speaks = revive or every or bool(self._declared) or self.may_publish(text)
        known = self._last[2] if self._last is not None and self._last[:2] == (path, content) else None
        reading = read_workflow(
            content,
            path,
            self._library,
            perform=finder if speaks else nothing_known,
            idle=never_idle if revive or every else finder.idle,
            default_branch=default_branch,
            revive=revive,
            wanted=wanted,
            known=known,
        )
        self._last = path, content, reading
        found = reading.workflow
        return WorkflowRuns(
            found.name,
            tuple((each, finder.facts(each.scenario.name)) for each in reading.instances),
            reading.problems,
            () if revive else (*lies(found), *found.remarks),
            reading.root,
            speaks,
        )

    def may_publish(self, text: str) -> bool:
        """Whether *text*, or an action or workflow of the repository that it uses, speaks of images."""
        return may_publish(text, self._library)

    def called(self, text: str) -> str:
        """*text*, and those of the workflows and actions of the repository that it calls."""
        return Files(self._library, nothing_known).texts(text)


GITHUB = CiSystem("GitHub Actions", is_workflow, GithubMemory, STATUS, checks_out)
