"""What is kept of a release: the journal on this machine, and the record beside the images.

The journal is the memory of this machine; what it holds is left beside the images after each stage, so
that another machine can go on. Losing either costs time, never truth.
"""

from __future__ import annotations

from contextlib import suppress

from wholeship.core.errors import Damaged, HalfReleased, RegistryError, Unfinished, WholeshipError
from wholeship.release.lifecycle import VISIBLE
from wholeship.release.observe import is_half
from wholeship.release.ports import Ports
from wholeship.release.record import (
    Record,
    TwoReleases,
    entries_of,
    fetch_record,
    fold_entries,
    leave_record,
    tidy,
)
from wholeship.release.visible import look_at


def known_release(ports: Ports, tag: str, *, keep: bool = True) -> Record | None:
    """All that is known about release *tag*: the journal, and what other machines left.

    The journal gets what it lacked, unless nothing is to be kept. Raises :class:`TwoReleases` when the two
    are about different plans, :class:`Damaged` when one of them is doubtful.
    """
    try:
        written = [dict(entry) for entry in ports.journal.entries()]
        local = fold_entries(written, "the journal")
    except Damaged as error:
        raise _with_what_is_out(ports, tag, error) from None
    remote = fetch_record(ports.registry, ports.home, tag) if ports.home is not None else None
    if local is not None and local.plan.tag != tag:
        raise Damaged(f"the journal of {tag} is about {local.plan.tag}", advice="move it away")
    if remote is None:
        return local
    if local is not None and local.plan.id != remote.plan.id:
        raise TwoReleases(tag)
    news = [entry for entry in entries_of(remote) if entry not in written]
    for entry in news if keep else ():
        ports.journal.append(entry)
    return fold_entries([*written, *news], "the journal")


def _with_what_is_out(ports: Ports, tag: str, error: Damaged) -> WholeshipError:
    """*error*, a journal that is not believed, with what the record beside the images says is visible."""
    try:
        remote = fetch_record(ports.registry, ports.home, tag) if ports.home is not None else None
        now = look_at(ports, remote) if remote is not None else None
    except Unfinished:
        return error
    if now is None or now.state not in VISIBLE:
        return error
    if is_half(now):
        advice = f"{error.advice or 'move the journal away'}; then: wholeship repair {tag}"
        return HalfReleased(f"{tag} is visible and not whole; and {error.message}", advice=advice)
    return Damaged(f"{error.message}; {tag} is out, by the record beside the images", advice=error.advice)


def adopted(ports: Ports, record: Record) -> None:
    """Put *record*, which was not built here, into the journal and beside the images."""
    for entry in entries_of(record):
        ports.journal.append(entry)
    save(ports)


def save(ports: Ports, *, last: bool = False) -> None:
    """Leave what the journal holds beside the images, for the next machine. Raises ``RegistryError``.

    With the *last* of a release, what was left on the way is taken away where nothing is lost with it.
    """
    record = fold_entries(ports.journal.entries(), "the journal")
    if record is None or ports.home is None:
        return
    newest = leave_record(ports.registry, ports.home, record)
    if last:
        with suppress(RegistryError, Damaged):  # a tag too many harms nobody; `wholeship prune` finds it
            tidy(ports.registry, ports.home, record, newest)


def note_event(ports: Ports, event: str, **more: object) -> None:
    """Put *event* into the journal, with the time."""
    entry = {"kind": "event", "event": event, "at": ports.clock.now().isoformat(), **more}
    ports.journal.append(entry)
