"""Paths and flags → what `check` and `diff` are asked, and who says which image is followed."""

from __future__ import annotations

import argparse
import functools
import itertools
import operator
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.repository import WorkTreeFiles, read_file, root_of, standing
from wholeship.app.options import given
from wholeship.core.errors import BadConfig, BadInput
from wholeship.core.text import name_for_people
from wholeship.core.wording import few
from wholeship.verdict.check import Memory, Options, check_one, joined
from wholeship.verdict.report import Report, WorkflowReport
from wholeship.verdict.rules import RULES
from wholeship.verdict.watched import NOBODY, Watched

if TYPE_CHECKING:
    from wholeship.forecast.measure import Known
    from wholeship.pipeline.declared import Declared
    from wholeship.pipeline.ports import Repository
    from wholeship.release.schema import RawRelease

WORKFLOWS = Path(".github", "workflows")
SUFFIXES = (".yml", ".yaml")
FLAG = "--watched"
ENOUGH = 24
"""With fewer files than this, starting processes takes longer than it saves."""
MANIFESTS = 4000
"""Most files that are looked at for a policy, where no release file names one."""
_SIGNS = (b"image.toolkit.fluxcd.io", b"argocd-image-updater.argoproj.io")
_SKIPPED = frozenset({"node_modules", "vendor", "__pycache__", "fixtures", "testdata"})


def questions(parser: argparse.ArgumentParser) -> None:
    """The flags that `check` and `diff` share."""
    add = parser.add_argument
    add("--watched", action="append", metavar="IMAGE", help="the image that the controller follows")
    add("--only", action="append", metavar="RULE", help="ask only these rules (separated by commas)")
    add("--skip", action="append", metavar="RULE", help="do not ask these rules")
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml, where there is one)")
    add("--verbose", action="store_true", help="show where an error came from")


def options_of(args: argparse.Namespace, root: Path) -> Options:
    """What is asked, from the flags, the release file and the manifests."""
    file = given(args, "file")[0]
    raw = release_file(file, root)
    from wholeship.forecast.hooks import disks_of, minutes_of

    figures = figures_for(raw, root)
    return Options(
        watched=watched_of(args.watched or (), raw, file or "wholeship.yaml", root),
        rules=_rules(args.only, args.skip),
        declared=_declared(raw),
        minutes=minutes_of(figures) if figures else None,
        disks=disks_of(figures) if figures else None,
    )


def figures_of(args: argparse.Namespace, root: Path) -> Known | None:
    """As :func:`figures_for`, for the release file that the flags name."""
    return figures_for(release_file(given(args, "file")[0], root), root)


def figures_for(raw: RawRelease | None, root: Path) -> Known | None:
    """What is known about how long jobs take and what they fill; None: nothing."""
    from wholeship.adapters.files import FORECASTS, NAME

    if (raw is None or not raw.forecast.jobs) and not (root / NAME / FORECASTS).exists():
        return None
    from wholeship.app.forecast import known_figures

    return known_figures(raw.forecast if raw else None, root)


def _rules(only: Iterable[str] | None, skip: Iterable[str] | None) -> tuple[str, ...]:
    wanted, unwanted = _named(only or ()), _named(skip or ())
    return tuple(name for name in RULES if (not wanted or name in wanted) and name not in unwanted)


def _named(texts: Iterable[str]) -> frozenset[str]:
    names = frozenset(part.strip() for text in texts for part in text.split(",") if part.strip())
    for name in sorted(names - RULES.keys()):
        import difflib

        near = difflib.get_close_matches(name, RULES, 1)
        hint = f"did you mean {near[0]}?" if near else f"rules: {', '.join(RULES)}"
        raise BadInput(f"there is no rule {name}", advice=hint)
    return names


def release_file(given: str | None, root: Path) -> RawRelease | None:
    """The release file as written; None where there is none and none was named."""
    path = Path(given) if given else root / "wholeship.yaml"
    content = read_file(path)
    if content is None:
        if given:
            raise BadInput(f"there is no {path}")
        return None
    from wholeship.core import yamls
    from wholeship.release.reader import read
    from wholeship.release.schema import RawRelease

    node = yamls.read(content, str(path))
    if node is None:
        return None
    found = read(node, RawRelease)
    if found.problems:
        raise BadConfig(found.problems)
    return found.value


def _declared(raw: RawRelease | None) -> Mapping[str, Declared]:
    from wholeship.pipeline.declared import Declared as Entry

    entries = raw.workflows.declared if raw is not None else {}
    return {name: Entry(tuple(each.publishes), tuple(each.gates)) for name, each in entries.items()}


def watched_of(flags: Sequence[str], raw: RawRelease | None, file: str, root: Path) -> Watched:
    """The first that says something: the flag, the release file, the manifests it names, those found."""
    if flags:
        return Watched(tuple(flags), FLAG)
    if raw is not None and isinstance(raw.watched, str):
        return Watched((_repository(raw, raw.watched),), file)
    place = raw.gitops.policy if raw is not None else None
    if place is not None:
        from wholeship.adapters.manifests import read_source

        return _followed(read_source(place, root))
    return _followed(dict(_manifests(root)))


def _repository(raw: RawRelease, name: str) -> str:
    image = raw.images.get(name)
    if image is not None and image.repository:
        return image.repository
    return f"{raw.registry.rstrip('/')}/{name}" if raw.registry else name


def _followed(files: Mapping[str, str]) -> Watched:
    if not files:
        return NOBODY
    from wholeship.gitops.manifests import read_manifests

    watches = [watch for watch in read_manifests(files).watches if not watch.suspended]
    names = tuple(dict.fromkeys(watch.image for watch in watches if watch.image))
    first = watches[0].place if watches else ""
    return Watched(names, f"{first} ({watches[0].name})" if watches else "")


def _manifests(root: Path) -> Iterator[tuple[str, str]]:
    """Manifests with image policies; found by their words, so that nothing else is parsed."""
    count = 0
    for here, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n not in _SKIPPED)
        for name in names:
            if not name.endswith(SUFFIXES):
                continue
            count += 1
            if count > MANIFESTS:
                return
            path = Path(here, name)
            content = None if path.is_symlink() else read_file(path)
            if content is not None and any(sign in content for sign in _SIGNS):
                yield str(path.relative_to(root)), content.decode("utf-8", "replace")


# Files


def found(paths: Sequence[str]) -> dict[str, Path]:
    """The workflow files that *paths* name (path for people → where it is); :class:`BadInput` if none."""
    given = [Path(path) for path in paths] or [_usual()]
    files: dict[str, Path] = {}
    for path in given:
        for each in _files(path):
            name = _shown(each)
            files[name if files.get(name, each) == each else each.as_posix()] = each
    if not files:
        what = ", ".join(map(str, given))
        raise BadInput(f"no workflow files in {what}", advice="name a workflow file, or a folder of them")
    return files


def _usual() -> Path:
    """Where workflows are kept: here, else at the top of the repository that this folder is in."""
    top = root_of(Path()) / WORKFLOWS
    return WORKFLOWS if WORKFLOWS.is_dir() or not top.is_dir() else top


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        folder = path / WORKFLOWS if (path / WORKFLOWS).is_dir() else path
        return sorted(each for each in folder.iterdir() if each.suffix in SUFFIXES and each.is_file())
    if not path.exists() and path != WORKFLOWS:
        raise BadInput(f"there is no {path}")
    return [path] if path.exists() else []


def _shown(path: Path) -> str:
    root = root_of(path)
    try:
        return name_for_people(standing(path).relative_to(root).as_posix())
    except ValueError:
        return name_for_people(path.as_posix())


def report_on(files: Mapping[str, Path], options: Options) -> Report:
    """The report on *files*, on all cores where there are many."""
    work = [(name, str(path), str(root_of(path))) for name, path in files.items()]
    if len(work) < ENOUGH or _cores() < 2:
        memory = _memories(options)
        return joined((_one(each, memory, options) for each in work), options)
    return joined(_on_cores(work, options), options)


def refuse_unpublished(report: Report, root: Path, options: Options) -> None:
    """A name given by hand that no image has is a mistake, not a weaker question: :class:`BadInput`.

    Where only some files were asked about, the others of the repository may publish it.
    """
    if options.watched.source != FLAG or not report.unpublished:
        return
    asked = {workflow.path for workflow in report.workflows}
    folder = root / WORKFLOWS
    paths = {_shown(each): each for each in _files(folder)} if folder.is_dir() else {}
    others = {name: path for name, path in paths.items() if name not in asked}
    every = joined((*report.workflows, *(report_on(others, options).workflows if others else ())), options)
    if every.unpublished:
        known = few(image for workflow in every.workflows for image in workflow.images)
        name = every.unpublished[0]
        raise BadInput(f"no workflow publishes an image called {name}", advice=f"images: {known}")


def _on_cores(work: Sequence[tuple[str, str, str]], options: Options) -> list[WorkflowReport]:
    """Plain processes, forked so that nothing is imported twice."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    global _child  # noqa: PLW0603  # handed to the forked processes by memory, not by pickling
    _warm()
    _child = functools.partial(_one, memory=_memories(options), options=options)
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(_cores(), mp_context=forked) as pool:
        return list(itertools.chain.from_iterable(pool.map(_in_child, _parts(work))))


_child: Callable[[tuple[str, str, str]], WorkflowReport] | None = None


def _in_child(part: Sequence[tuple[str, str, str]]) -> list[WorkflowReport]:
    assert _child is not None
    return list(map(_child, part))


def _parts(work: Sequence[tuple[str, str, str]]) -> Iterator[Sequence[tuple[str, str, str]]]:
    """Files of one repository together, since they run the same scripts; none so many that others wait."""
    most = max(4, len(work) // (_cores() * 8))
    for _, files in itertools.groupby(work, key=operator.itemgetter(2)):
        together = list(files)
        yield from (together[at : at + most] for at in range(0, len(together), most))


def _warm() -> None:
    """Loads the shell grammar and the solver once, before the processes part."""
    import gc

    from wholeship.shell.syntax import parse

    parse("true")
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # what is read is mostly kept: looking for rubbish finds little


def _memories(options: Options) -> Callable[[str], Memory]:
    """What was read of the repository at a root; kept while its workflows follow each other."""
    return functools.lru_cache(maxsize=1)(lambda root: Memory(WorkTreeFiles(Path(root)), options))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _one(work: tuple[str, str, str], memory: Callable[[str], Memory], options: Options) -> WorkflowReport:
    name, path, root = work
    content = None if _leads_out(Path(path), Path(root)) else read_file(Path(path))
    return unreadable(name) if content is None else guarded(content, name, memory(root), options)


def _leads_out(path: Path, root: Path) -> bool:
    """Whether *path* is a link out of the repository: what is there is nobody's workflow, and not shown."""
    return path.is_symlink() and root.resolve() not in path.resolve().parents


def guarded(
    content: str | bytes, name: str, repository: Repository | Memory, options: Options
) -> WorkflowReport:
    """The report on one file; a bug of ours on it is told, and voids nothing else."""
    try:
        return check_one(content, name, repository, options)
    except (KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return WorkflowReport(name, crash=f"{type(error).__name__}: {error} ({where})")


def unreadable(name: str) -> WorkflowReport:
    """What is said of a file that cannot be opened, or is too large."""
    from wholeship.core.finding import Confidence, Finding, Labelled, Severity
    from wholeship.core.place import Place

    places = (Labelled(Place(name)),)
    text = "the file cannot be read: it is no file, too large, or not to be opened"
    return WorkflowReport(
        name, findings=(Finding("broken-workflow", Severity.ERROR, Confidence.CERTAIN, text, places),)
    )
