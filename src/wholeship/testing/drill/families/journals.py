"""J: a journal that is damaged, lost, somebody else's, or cannot be written; and two processes with one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import ExitCode
from wholeship.core.http import Response
from wholeship.testing.drill.disk import ERRORS, DiskFault, Mishap
from wholeship.testing.drill.engine import Case, End, Strikes, agrees, resumed
from wholeship.testing.drill.machine import Machine
from wholeship.testing.drill.parts import Parts
from wholeship.testing.drill.stage import NEWER, TAG, Stage, plan_for
from wholeship.testing.faults import FOREVER, Exchange, Fault, Killed

Damage = Callable[[bytes, Stage], bytes]


REBUILDS_EVERY = 97
"""Every so many bytes the way back is walked too: without the journal, from the record in the registry."""

_whole: dict[Parts, bytes] = {}


def _damaged(damage: Callable[[bytes, int], bytes], stage: Stage, step: int) -> Iterator[str]:
    """The journal damaged at byte *step*: it is not believed, and nothing is written because of it."""
    kept = _whole.get(stage.parts)
    if kept is not None and step % REBUILDS_EVERY:
        after = damage(kept, step)
        if after != kept and not _is_shorter(kept, after):
            yield from _is_doubted(stage, after)
            return
    journal = _stopped(stage)
    _whole[stage.parts] = before = journal.read_bytes()
    after = damage(before, step)
    journal.write_bytes(after)
    yield from _goes_on(stage, journal, harmless=after == before or _is_shorter(before, after))


def _is_doubted(stage: Stage, content: bytes) -> Iterator[str]:
    machine = Machine(stage)
    machine.journal.parent.mkdir(parents=True)
    machine.journal.write_bytes(content)
    ending = machine.run()
    yield from agrees(stage, ending, machine)
    if not ending.damaged or "journal" not in ending.text:
        yield f"J1 a doubtful journal was taken: {ending.code}: {ending.text[:200]}"
    wrote = [step for step in machine.line.steps if step.method not in ("GET", "HEAD")]
    if wrote:
        yield f"J1 {len(wrote)} writes were made on a doubtful journal"


def _is_shorter(before: bytes, after: bytes) -> bool:
    """Cut between two lines it is an older journal, and a good one."""
    return before.startswith(after) and after.endswith(b"\n")


def _stopped(stage: Stage) -> Path:
    """The journal of a run that was killed before it wrote the first tag; all is built and gated."""
    machine = Machine(stage, fault=Fault("first-tag", "J1", "killed", _dies_at_a_tag, FOREVER))
    machine.run()
    return machine.journal


def _dies_at_a_tag(exchange: Exchange) -> Response:
    request = exchange.request
    if request.method == "PUT" and request.url.endswith((TAG, NEWER)):
        raise Killed("before the first tag")
    return exchange.forward()


def _goes_on(stage: Stage, journal: Path, *, harmless: bool) -> Iterator[str]:
    machine = Machine(stage)
    ending = machine.run()
    yield from agrees(stage, ending, machine)
    if harmless:
        if ending.code is not ExitCode.YES:
            yield f"J1 a good journal was refused: {ending.text[:200]}"
        return
    if not ending.damaged:
        yield f"J1 a doubtful journal was taken: {ending.code}: {ending.text[:200]}"
    if "journal" not in ending.text:
        yield f"J1 what is wrong is not said: {ending.text[:200]}"
    if any(f":{stage.plan.tag} " in write for write in stage.observer.writes):
        yield "J1 a tag was written on a doubtful journal"
    _move_away(journal)
    yield from resumed(stage, "here")[1]


def _move_away(journal: Path) -> None:
    if journal.is_dir() and not journal.is_symlink():
        journal.rmdir()
    else:
        journal.unlink()


def _cut_short(content: bytes, step: int) -> bytes:
    return content[: step - 1]


def _flipped(content: bytes, step: int) -> bytes:
    changed = bytearray(content)
    changed[(step - 1) % len(changed)] ^= 1 << (step % 8)
    return bytes(changed)


def length(stage: Stage) -> int:
    """How long the journal is at the moment of the kill."""
    return len(_stopped(stage).read_bytes())


# -- what else can stand in its place -----------------------------------------------------------------


def _written_line(line: dict[str, object]) -> bytes:
    """A line with the right hash of itself."""
    content = {k: v for k, v in line.items() if k != "hash"}
    return jsons.canonical({**content, "hash": Digest.of(jsons.canonical(content)).hex})


def _newer_format(content: bytes, stage: Stage) -> bytes:
    line = json.loads(content.splitlines()[0])
    line["entry"]["format"] = 99
    return _written_line(line)


def _unknown_entry(content: bytes, stage: Stage) -> bytes:
    line = json.loads(content.splitlines()[0])
    line["entry"] = {"kind": "teleported"}
    return _written_line(line)


def _another_release(content: bytes, stage: Stage) -> bytes:
    other = stage.another(plan_for(NEWER))
    other.folder = stage.folder / "other"
    other.folder.mkdir()
    (other.folder / "Dockerfile").touch()
    return _stopped(other).read_bytes()


_PLACES: dict[str, Damage] = {
    "empty": lambda content, stage: b"",
    "zeros": lambda content, stage: b"\0" * len(content),
    "twice": lambda content, stage: content + content,
    "lines-swapped": lambda content, stage: b"".join(content.splitlines(keepends=True)[::-1]),
    "a-line-lost": lambda content, stage: b"".join(
        content.splitlines(keepends=True)[:1] + content.splitlines(keepends=True)[2:]
    ),
    "key-twice": lambda content, stage: content.replace(b'{"entry"', b'{"entry":{},"entry"', 1),
    "not-a-number": lambda content, stage: content.replace(b'"seconds":0.5', b'"seconds":NaN', 1),
    "not-utf-8": lambda content, stage: content.replace(b"app", b"\xff\xfe\xfd", 1),
    "newer-format": _newer_format,
    "unknown-entry": _unknown_entry,
    "another-release": _another_release,
    "too-large": lambda content, stage: b"\n" * (16 * 1024 * 1024 + 1),
}


def _replaced(damage: Damage, stage: Stage, step: int) -> Iterator[str]:
    journal = _stopped(stage)
    journal.write_bytes(damage(journal.read_bytes(), stage))
    yield from _goes_on(stage, journal, harmless=False)


def _is_link(stage: Stage, step: int) -> Iterator[str]:
    journal = _stopped(stage)
    elsewhere = journal.with_name("elsewhere")
    journal.rename(elsewhere)
    journal.symlink_to(elsewhere)
    yield from _goes_on(stage, journal, harmless=False)


def _is_folder(stage: Stage, step: int) -> Iterator[str]:
    journal = _stopped(stage)
    journal.unlink()
    journal.mkdir()
    yield from _goes_on(stage, journal, harmless=False)


def _is_pipe(stage: Stage, step: int) -> Iterator[str]:
    journal = _stopped(stage)
    journal.unlink()
    os.mkfifo(journal)
    yield from _goes_on(stage, journal, harmless=False)


def _is_gone(stage: Stage, step: int) -> Iterator[str]:
    """Losing it costs time: the record beside the images has the rest."""
    _stopped(stage).unlink()
    yield from resumed(stage, "here")[1]


def _two_processes(stage: Stage, step: int) -> Iterator[str]:
    """While one has the journal, another is refused, and touches nothing."""
    second = Machine(stage)
    with stage.parts.locked(second.journal):
        ending = second.run()
    if ending.code is not ExitCode.UNFINISHED or second.line.count:
        yield f"J2 the second process went on: {ending.code}, {second.line.count} requests"
    yield from resumed(stage, "here")[1]


def _case_by_bytes(name: str, what: str, damage: Callable[[bytes, int], bytes]) -> Case:
    return Case(
        "J1",
        name,
        what,
        Strikes.BYTES,
        play=partial(_damaged, damage),
        length=length,
        ends=frozenset({End.PUBLISHED, End.REFUSED}),
    )


CASES = (
    _case_by_bytes("cut", "the journal is cut at this byte", _cut_short),
    _case_by_bytes("flipped", "a bit of this byte is flipped", _flipped),
    *(
        Case("J1", name, f"the journal is {name}", Strikes.ONCE, play=partial(_replaced, damage))
        for name, damage in _PLACES.items()
    ),
    Case("J1", "link", "the journal is a symbolic link", Strikes.ONCE, play=_is_link),
    Case("J1", "folder", "the journal is a folder", Strikes.ONCE, play=_is_folder),
    Case("J1", "pipe", "the journal is a pipe", Strikes.ONCE, play=_is_pipe),
    Case("J1", "gone", "the journal is gone", Strikes.ONCE, play=_is_gone),
    *(
        Case(
            "J1",
            f"{name}{'-half' if mishap is Mishap.FAILS_HALF else ''}",
            f"a call to the disk {mishap}: {os.strerror(error)}",
            Strikes.DISK,
            disk=DiskFault(mishap, error),
        )
        for name, error in ERRORS.items()
        for mishap in (Mishap.FAILS, Mishap.FAILS_HALF)
    ),
    Case(
        "J1",
        "removed",
        "somebody removes the journal while it is in use",
        Strikes.DISK,
        disk=DiskFault(Mishap.VANISHES),
    ),
    Case("J2", "two-processes", "a second process with the same journal", Strikes.ONCE, play=_two_processes),
)
