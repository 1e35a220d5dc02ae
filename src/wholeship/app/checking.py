"""Workflow files → reports, on all cores where there are many; a bug of ours voids one file, not all."""

from __future__ import annotations

import functools
import gc
import itertools
import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from wholeship.app.kept_checks import RepositoryReads
from wholeship.app.kept_reports import KeptReports, RepositoryReports
from wholeship.app.workflow_files import name_in_repository, workflows_of_repository
from wholeship.app.workflow_terms import FLAG
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.finding import Confidence, Finding, Labelled, Severity
from wholeship.core.place import Place
from wholeship.core.wording import listed_few
from wholeship.pipeline.ports import Repository
from wholeship.shell.syntax import parse_script
from wholeship.verdict.check import check_one
from wholeship.verdict.joined import joined_report
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report, WorkflowReport
from wholeship.verdict.systems import Memory

ENOUGH = 24
"""With fewer files than this, starting processes takes longer than it saves."""
KEPT = 200
"""Of more files than this no reports are kept: they would push out all others."""

Work = tuple[str, str, str]
"""The name of a file for people, where it is, and the root of its repository."""


def report_on(
    files: Mapping[str, Path],
    options: Options,
    world: World,
    enough: int = ENOUGH,
    reads: RepositoryReads | None = None,
    *,
    kept: KeptReports | None = None,
) -> Report:
    """The report on *files*; with *enough* of them to be read, worked out on all cores.

    *reads* is told what of their repositories was read. *kept* holds the reports that were made before under
    *options*, where such are to be given again: for one file the whole answer is kept, for very many nothing.
    """
    kept = kept if kept is not None and kept.lasting and 1 < len(files) <= KEPT else None
    look = Look(options, world, RepositoryReads() if reads is None else reads, kept)
    work = [(name, str(path), str(world.root_of(path))) for name, path in files.items()]
    done = {each: found for each in work if (found := look.known(each)) is not None} if kept else {}
    rest = [each for each in work if each not in done]
    made = _on_cores(rest, look) if len(rest) >= enough and _cores() > 1 else look.at(rest)
    done |= zip(rest, made, strict=True)
    return joined_report([done[each] for each in work], options)


class Look:
    """How workflow files are looked at; what was read of a repository is kept while its files are."""

    def __init__(
        self, options: Options, world: World, reads: RepositoryReads, kept: KeptReports | None
    ) -> None:
        self.reads = reads
        self._options, self._world, self._kept = options, world, kept
        self._there = functools.lru_cache(maxsize=1)(self._repository_at)

    def known(self, work: Work) -> WorkflowReport | None:
        """The report that was made before of what is the same; None where there is none."""
        content, there = self._content(work), self._there(work[2])
        if content is None or not isinstance(there, RepositoryReports):
            return None
        return there.known(work[0], content)

    def at(self, part: Sequence[Work]) -> list[WorkflowReport]:
        """The reports on *part*, which are kept where reports are."""
        found = list(map(self._report, part))
        if self._kept is not None:
            self._kept.save()
        return found

    def _report(self, work: Work) -> WorkflowReport:
        content, there = self._content(work), self._there(work[2])
        if content is None:
            return unreadable_file(work[0])
        if isinstance(there, RepositoryReports):
            return guarded_report(work[0], lambda: there.report(work[0], content))
        return check_guarded(content, work[0], there, self._options)

    def _content(self, work: Work) -> bytes | None:
        path, root = Path(work[1]), Path(work[2])
        return None if _leads_out(path, root) else self._world.read_file(path)

    def _repository_at(self, root: str) -> RepositoryReports | Memory:
        files = self.reads.recorded(Path(root), self._world.files_below(Path(root)))
        return Memory(files, self._options) if self._kept is None else RepositoryReports(self._kept, files)


def _on_cores(work: Sequence[Work], look: Look) -> list[WorkflowReport]:
    """Plain processes, forked so that nothing is imported twice."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    global _child  # noqa: PLW0603  # handed to the forked processes by memory, not by pickling
    _warm_up()
    _child = look
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(_cores(), mp_context=forked) as pool:
        done = list(pool.map(_in_child, _parts_of_work(work)))
    for _, found in done:
        look.reads.add(found)
    return list(itertools.chain.from_iterable(reports for reports, _ in done))


_child: Look | None = None


def _in_child(part: Sequence[Work]) -> tuple[list[WorkflowReport], dict[str, dict[str, str]]]:
    assert _child is not None
    read = _child.reads.found
    return _child.at(part), {root: read.get(root, {}) for root in {each[2] for each in part}}


def _parts_of_work(work: Sequence[Work]) -> Iterator[Sequence[Work]]:
    """Files of one repository together, since they run the same scripts; none so many that others wait."""
    most = max(4, len(work) // (_cores() * 8))
    for _, files in itertools.groupby(work, key=operator.itemgetter(2)):
        together = list(files)
        yield from (together[at : at + most] for at in range(0, len(together), most))


def _warm_up() -> None:
    """Loads the shell grammar and the solver once, before the processes part."""
    parse_script("true")
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # what is read is mostly kept: looking for rubbish finds little


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _leads_out(path: Path, root: Path) -> bool:
    """Whether *path* is a link out of the repository: what is there is nobody's workflow, and not shown."""
    return path.is_symlink() and root.resolve() not in path.resolve().parents


def check_guarded(
    content: str | bytes, name: str, repository: Repository | Memory, options: Options
) -> WorkflowReport:
    """The report on one file; a bug of ours on it is told, and voids nothing else."""
    return guarded_report(name, lambda: check_one(content, name, repository, options))


def guarded_report(name: str, make: Callable[[], WorkflowReport]) -> WorkflowReport:
    """The report on *name* that *make* gives; or one that tells of a bug of ours."""
    try:
        return make()
    except (KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:
        at = error.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        where = f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "?"
        return WorkflowReport(name, crash=f"{type(error).__name__}: {error} ({where})")


def unreadable_file(name: str) -> WorkflowReport:
    """What is said of a file that cannot be opened, or is too large."""
    places = (Labelled(Place(name)),)
    text = "the file cannot be read: it is not a file, it is too large, or it cannot be opened"
    return WorkflowReport(
        name, findings=(Finding("broken-workflow", Severity.ERROR, Confidence.CERTAIN, text, places),)
    )


SHOWN = 3
"""So many steps that may publish are named in one line."""


def refuse_unpublished(report: Report, root: Path, options: Options, world: World) -> None:
    """A name given by hand that no image has is a mistake, not a weaker question: :class:`BadInput`.

    Where only some files were asked about, the others of the repository may publish it. A step that could not
    be read may, too, and is named.
    """
    if options.watched.source != FLAG or not report.unpublished:
        return
    asked = {workflow.path for workflow in report.workflows}
    paths = {name_in_repository(each, world): each for each in workflows_of_repository(root)}
    others = {name: path for name, path in paths.items() if name not in asked}
    more = report_on(others, options, world).workflows if others else ()
    every = joined_report((*report.workflows, *more), options)
    if every.unpublished:
        raise _unpublished(every)


def _unpublished(report: Report) -> BadInput:
    name = report.unpublished[0]
    known = listed_few(image for workflow in report.workflows for image in workflow.images)
    unread = [each for workflow in report.workflows for each in workflow.unknown if each.publishes]
    if not unread:
        return BadInput(f"no workflow publishes an image called {name}", advice=f"images: {known}")
    told = "; ".join(f"{each.place}: {each.what}: {each.reason}" for each in unread[:SHOWN])
    more = f"; and {len(unread) - SHOWN} more" if len(unread) > SHOWN else ""
    text = f"no workflow is seen to publish an image called {name}, but what could not be read may"
    return BadInput(text, advice=f"{told}{more}; images: {known}")
