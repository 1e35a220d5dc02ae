"""Whether tests notice a change: code is taken back file by file, the tests of before are tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.review.change import SUBMODULE, SYMLINK, ChangedFile
from wholeship.review.evidence.content import SCRIPTS, ending
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.parts import Part, parts_of, parts_of_moved
from wholeship.review.evidence.suites import SuiteContext, SuitesEvidence, passes
from wholeship.review.evidence.syntax import with_tests_of
from wholeship.review.evidence.turned import Turned, expected_before, put_back, turned_beside_code
from wholeship.review.settings import Suite

FILES = 8
"""Files that are taken back one by one."""
PARTS = 24
"""Places of change, of files with several, that are taken back one by one."""
SECONDS = 600.0
"""For all of it; what was not reached by then was not looked at."""

PATIENCE = 120.0
"""Seconds that each suite has at least, when code is taken back."""

Content = Callable[[str], bytes | None]
Contents = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Trial:
    """A fresh work tree of the head, with other contents for some files; a file on the base, and the head."""

    suites: tuple[Suite, ...]
    context: SuiteContext
    head: Callable[[Contents], AbstractContextManager[Path]]
    before: Content
    now: Content
    clock: Callable[[], float] = time.monotonic
    reads_types: Callable[[], bool] = lambda: True
    """Whether the head does something by the types that are written in Python."""
    gone: tuple[ChangedFile, ...] = ()
    """Deleted files that nobody needs any more: code may have come from them."""


def try_out(
    found: SuitesEvidence,
    code: Sequence[ChangedFile],
    tests: Sequence[ChangedFile],
    trial: Trial,
    set_up: Sequence[ChangedFile] = (),
) -> SuitesEvidence:
    """*found*, and whether the tests of now notice *code*, and the tests of before pass with it.

    Asked only where all suites pass; *tests* are the test files of the change, *set_up* the files by which
    tests are set up and run.
    """
    if not found.passed or not code:
        return found
    trial = replace(trial, suites=tuple(_in_time(each, found) for each in trial.suites))
    old = [file for file in tests if file.status != "A"]
    as_before = {**_contents(old, trial), **_inline_before(code, trial)}
    old_tests_pass = _passes_with(trial, as_before, "the tests of before") if as_before else None
    unnoticed, missed = _unnoticed(code, trial)
    parts, unreached = _unnoticed_parts([file for file in code if file.shown not in unnoticed], trial)
    followed: tuple[str, ...] = ()
    unasked: list[NotLooked] = []
    if old_tests_pass is False:
        followed, unasked = _followed(code, (*unnoticed, *parts), tests, trial)
    return structs.replace(
        found,
        unnoticed=unnoticed,
        unnoticed_parts=parts,
        tried=len(code),
        old_tests_pass=old_tests_pass,
        followed=followed,
        set_up=_hiding(code, tests, set_up, trial),
        not_looked=(*found.not_looked, *missed, *unreached, *unasked),
    )


def _inline_before(code: Sequence[ChangedFile], trial: Trial) -> dict[str, bytes | None]:
    """The files of *code* in which tests beside the code changed: its code of now, with those of before."""
    found: dict[str, bytes | None] = {}
    for file in code:
        before, now = trial.before(file.old_path), trial.now(file.path)
        if file.status == "M" and before is not None and now is not None:
            old = with_tests_of(file.path, now, before)
            if old != with_tests_of(file.path, now, now):
                found[file.path] = old
    return found


def _in_time(suite: Suite, found: SuitesEvidence) -> Suite:
    """*suite*, which is given up where it takes far longer than with the change: then something hangs."""
    took = max((result.seconds for result in found.results if result.name == suite.name), default=0.0)
    return replace(suite, timeout=min(suite.timeout, max(PATIENCE, 10 * took)))


def _hiding(
    code: Sequence[ChangedFile], tests: Sequence[ChangedFile], set_up: Sequence[ChangedFile], trial: Trial
) -> tuple[str, ...]:
    """The *set_up*, where the tests of before pass with the new code only because of its change."""
    if not set_up or not set(code) - set(set_up):
        return ()
    proper = [file for file in tests if file not in set_up]
    if _passes_with(trial, _contents([*proper, *set_up], trial), "the tests and their set-up of before"):
        return ()
    with trial.context.base() as tree:
        if not passes(trial.suites, tree, trial.context, "base, again"):
            return ()  # they failed before this change too
    changed = [file for file in proper if file.status != "A"]
    if changed and not _passes_with(trial, _contents(proper, trial), "the tests of before, set up as now"):
        return ()  # the tests had to change: what they say is told by themselves
    return tuple(file.shown for file in set_up)


def _unnoticed(code: Sequence[ChangedFile], trial: Trial) -> tuple[tuple[str, ...], list[NotLooked]]:
    started = trial.clock()
    groups = list(_groups(code))
    unnoticed: list[str] = []
    for number, group in enumerate(groups):
        if number >= FILES or trial.clock() - started > SECONDS:
            rest = [file.shown for each in groups[number:] for file in each]
            why = f"taking back one file at a time ends after {FILES} files or {SECONDS / 60:g} minutes"
            return (*unnoticed, *rest), [NotLooked(f"whether tests notice {name}", why) for name in rest]
        contents, label = _contents(group, trial, tests=True), f"without {group[0].shown}"
        if _passes_with(trial, contents, label) and not _fails_elsewhere(group, contents, label, trial):
            unnoticed += [file.shown for file in group]
    return tuple(unnoticed), []


ZONE = "America/St_Johns"
"""Where the suites run once more for what has to do with time: half an hour beside most others."""
_OF_TIME = lazy_pattern(r"(?i)(?:\b|_)(?:utc|tz|time_?zone|zone_?info|local_?time|location|gmt)(?:\b|_)")


def _fails_elsewhere(files: Sequence[ChangedFile], without: Contents, label: str, trial: Trial) -> bool:
    """Whether the suites need the change of *files* in another time zone, and pass there with it.

    Machines that test are mostly in UTC, where nobody notices that local time was taken for it.
    """
    texts = (text for file in files for text in (*file.removed, *(line.text for line in file.lines)))
    if not any(_OF_TIME.search(text) for text in texts):
        return False
    there = [replace(each, command=f"export TZ={ZONE}; {each.command}") for each in trial.suites]
    away = replace(trial, suites=tuple(there))
    return _passes_with(away, {}, f"in {ZONE}") and not _passes_with(away, without, f"{label}, in {ZONE}")


def _unnoticed_parts(code: Sequence[ChangedFile], trial: Trial) -> tuple[tuple[str, ...], list[NotLooked]]:
    """The places of *code* without whose change the suites pass all the same, as ``file:line``.

    That tests need one change of a file says nothing of another one that stands beside it.
    """
    started, tried = trial.clock(), 0
    unnoticed: list[str] = []
    for file in code:
        for place, part in _places(file, trial):
            tried += 1
            if tried > PARTS or trial.clock() - started > SECONDS:
                why = f"taking back one place at a time ends after {PARTS} places or {SECONDS / 60:g} minutes"
                return (*unnoticed, place), [NotLooked(f"whether tests notice {place} and what follows", why)]
            without, label = {file.path: part.without}, f"without {place}"
            if _passes_with(trial, without, label) and not _fails_elsewhere([file], without, label, trial):
                unnoticed.append(place)
    return tuple(unnoticed), []


def _followed(
    code: Sequence[ChangedFile], known: Sequence[str], tests: Sequence[ChangedFile], trial: Trial
) -> tuple[tuple[str, ...], list[NotLooked]]:
    """What of *code* only expected values need that changed with it; *known* is what nothing needs.

    With these put back the tests of now fail; where they pass once the code is taken back too, no other test
    needs the code, and nobody but who changed both says that the new values are right.
    """
    others = [file for file in tests if file not in code]
    values = expected_before(
        others,
        {file.path: trial.before(file.old_path) for file in others},
        {file.path: trial.now(file.path) for file in others},
    )
    texts = {file.path: trial.now(file.path) for file in code}
    beside = turned_beside_code(code, texts)
    back: Contents = {**values, **_put_back({path: texts[path] for path in beside}, beside)}
    if not back or _passes_with(trial, back, "with the expected values of before"):
        return (), []
    started = trial.clock()
    for tried, (place, without) in enumerate(_taken_back(code, known, trial)):
        if tried >= PARTS or trial.clock() - started > SECONDS:
            why = f"putting values back ends after {PARTS} places or {SECONDS / 60:g} minutes"
            return (place,), [NotLooked(f"whether more than new expected values need {place}", why)]
        taken = {**back, **_put_back(without, beside), **values}
        if _passes_with(trial, taken, f"without {place}, and with the expected values of before"):
            return (place,), []
    return (), []


def _put_back(contents: Contents, beside: Turned) -> Contents:
    return {
        path: put_back(text, beside.get(path, ())) if text is not None else None
        for path, text in contents.items()
    }


def _taken_back(
    code: Sequence[ChangedFile], known: Sequence[str], trial: Trial
) -> Iterator[tuple[str, Contents]]:
    """Each file of *code*, and each place in it, with what stands there without its change."""
    for group in _groups([file for file in code if file.shown not in known]):
        yield group[0].shown, _contents(group, trial, tests=True)
        for file in group:
            for place, part in _places(file, trial):
                if place not in known:
                    yield place, {file.path: part.without}


def _places(file: ChangedFile, trial: Trial) -> Iterator[tuple[str, Part]]:
    """Each place of change in *file*, as ``file:line``: also of code from files that are gone."""
    for part in (*parts_in(file, trial), *_parts_moved(file, trial)):
        yield f"{file.shown}:{part.line}", part


def parts_in(file: ChangedFile, trial: Trial) -> list[Part]:
    """The places of change in *file*, where it was there before; the tests within it are as now.

    That a file by its new name is needed says nothing of what is in it: there one place is enough.
    """
    before, now = trial.before(file.old_path), trial.now(file.path)
    if file.status not in "MR" or before is None or now is None or ending(file.path) not in SCRIPTS:
        return []
    if {file.old_mode, file.new_mode} & {SUBMODULE, SYMLINK}:
        return []
    least = 2 if file.status == "M" else 1
    types = ending(file.path) == "py" and not trial.reads_types()
    return parts_of(file.path, with_tests_of(file.path, before, now), now, least, types=types)


def _parts_moved(file: ChangedFile, trial: Trial) -> list[Part]:
    """The places of change in code that came to *file* from files that are gone."""
    now = trial.now(file.path)
    if file.status not in "AM" or now is None or ending(file.path) not in SCRIPTS:
        return []
    added = frozenset(line.number for line in file.lines)
    origins = [
        trial.before(each.old_path) for each in trial.gone if ending(each.old_path) == ending(file.path)
    ]
    return [
        part
        for origin in origins
        if origin is not None
        for part in parts_of_moved(file.path, origin, now, added)
    ]


def _groups(code: Sequence[ChangedFile]) -> Iterator[list[ChangedFile]]:
    """Each file that was there by itself; new ones all together, since they only work with one another."""
    fresh = [file for file in code if file.status == "A"]
    yield from ([file] for file in code if file.status != "A")
    if fresh:
        yield fresh


def _passes_with(trial: Trial, instead: Contents, label: str) -> bool:
    with trial.head(instead) as tree:
        return passes(trial.suites, tree, trial.context, label)


def _contents(files: Iterable[ChangedFile], trial: Trial, *, tests: bool = False) -> Contents:
    """*files* as they were; with the *tests* of now, where they stand beside the code."""
    found: dict[str, bytes | None] = {}
    for file in files:
        if {file.old_mode, file.new_mode} & {SUBMODULE, SYMLINK}:
            continue
        found[file.path] = None
        if file.status != "A":
            before, now = trial.before(file.old_path), trial.now(file.path)
            if tests and before is not None and now is not None:
                before = with_tests_of(file.path, before, now)
            found[file.old_path] = before
    return found
