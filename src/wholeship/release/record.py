"""The release record: what was planned, built, gated and done, so that any machine can go on.

It is a fold over entries. In the work tree the entries are a journal, each bound to the one before by its
hash; in the registry each stage leaves a revision of the whole as a small OCI artifact, under a tag no
sane policy elects and never in the watched repository. It is evidence: the registry's tags are the truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, Damaged, RegistryDenied, RegistryError, RegistryLacks
from wholeship.core.media_types import OCI_MANIFEST
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.gates import to_plain
from wholeship.release.observe import each_at_once
from wholeship.release.plan import Plan, from_plain
from wholeship.release.ports import Manifest, Registry, WriteResult
from wholeship.release.stages.results import Candidate, Receipt

FORMAT = 1
RECORD = "wholeship-record-"
ARTIFACT = "application/vnd.wholeship.release.v1+json"
_EMPTY = b"{}"
LIMIT = 4 * 1024 * 1024
REVISIONS = 1000
WITHDRAWN, KEPT, ATTESTED = "withdrawn", "kept", "attested"
"""Events: the tags are deleted on purpose; they stay after all, for the registry deletes none; what is stated
of it lies signed beside the images."""
_REVISION = lazy_pattern(re.escape(RECORD) + r"(.+)\.([0-9]{3,6})-[0-9a-f]{12}")


class TwoReleases(Damaged):
    """Two different plans under one tag."""

    def __init__(self, tag: str) -> None:
        super().__init__(
            f"two records of {tag} disagree about what was planned",
            advice="another release was made under this tag; release under a new one",
        )


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known about one release.

    ``legs`` are builds for some platforms of an image only; ``events`` are plain entries, oldest first.
    """

    plan: Plan
    candidates: Mapping[str, Candidate]
    receipts: tuple[Receipt, ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()
    legs: tuple[Candidate, ...] = ()

    def with_candidate(self, candidate: Candidate) -> Record:
        """The record with *candidate*; a candidate with another digest voids the receipts it had."""
        if not set(self.plan.image(candidate.image).platforms) <= set(candidate.platforms):
            return self._with_leg(candidate)
        old = self.candidates.get(candidate.image)
        receipts = self.receipts
        if old is not None and old.digest != candidate.digest:
            receipts = tuple(r for r in receipts if candidate.image not in r.digests)
        return replace(self, candidates={**self.candidates, candidate.image: candidate}, receipts=receipts)

    def _with_leg(self, leg: Candidate) -> Record:
        same = (leg.image, leg.platforms)
        kept = tuple(other for other in self.legs if (other.image, other.platforms) != same)
        return replace(self, legs=(*kept, leg))

    def with_receipt(self, receipt: Receipt) -> Record:
        """The record with *receipt* in place of an earlier one of the same gate and platform."""
        kept = tuple(r for r in self.receipts if (r.gate, r.platform) != (receipt.gate, receipt.platform))
        return replace(self, receipts=(*kept, receipt))

    @property
    def digests(self) -> Mapping[str, Digest]:
        """The digest of each image that has a candidate."""
        return {name: candidate.digest for name, candidate in self.candidates.items()}

    @property
    def finished(self) -> bool:
        """Whether it was out and whole, and read back."""
        return any(e.get("event") == "finished" and e.get("whole") is True for e in self.events)

    @property
    def withdrawn(self) -> bool:
        """Whether its tags were deleted, or are being deleted, on purpose."""
        told = [e.get("event") for e in self.events if e.get("event") in (WITHDRAWN, KEPT)]
        return bool(told) and told[-1] == WITHDRAWN

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signed what is stated of it, when it was last attested; empty: nobody."""
        told = [e.get("signers") for e in self.events if e.get("event") == ATTESTED]
        return tuple(map(str, told[-1])) if told and isinstance(told[-1], list) else ()

    def with_event(self, event: Mapping[str, Any]) -> Record:
        """The record with one more event."""
        return replace(self, events=(*self.events, dict(event)))


def planned(plan: Plan) -> dict[str, Any]:
    """The first entry of a release."""
    return {"kind": "planned", "format": FORMAT, "id": str(plan.id), "plan": to_plain(plan)}


def built_entry(candidate: Candidate) -> dict[str, Any]:
    """The entry for a candidate."""
    return {"kind": "built", "candidate": to_plain(candidate)}


def gated(receipt: Receipt) -> dict[str, Any]:
    """The entry for a receipt."""
    return {"kind": "gated", "receipt": to_plain(receipt)}


def fold_entries(entries: Iterable[Mapping[str, Any]], what: str) -> Record | None:
    """The record that *entries* add up to; None without any. :class:`Damaged` on a doubtful one."""
    record: Record | None = None
    for entry in entries:
        kind = entry.get("kind")
        if kind == "planned":
            plan = _plan(entry, what)
            if record is not None and record.plan.id != plan.id:
                raise Damaged(f"{what} holds two releases", advice="move it away and start again")
            record = record or Record(plan, {})
        elif record is None:
            raise Damaged(f"{what} does not begin with a plan")
        elif kind == "built":
            candidate = _believed(entry.get("candidate"), Candidate, what)
            if candidate.image not in {image.name for image in record.plan.images}:
                raise Damaged(f"{what} names an image that is not in its plan")
            record = record.with_candidate(candidate)
        elif kind == "gated":
            record = record.with_receipt(_believed(entry.get("receipt"), Receipt, what))
        elif kind == "event":
            record = record.with_event(entry)
        else:
            raise Damaged(f"{what} holds an entry of an unknown kind; a newer wholeship wrote it")
    return record


def entries_of(record: Record) -> list[dict[str, Any]]:
    """Entries that fold to *record* again."""
    return [
        planned(record.plan),
        *(built_entry(c) for c in record.legs),
        *(built_entry(c) for c in record.candidates.values()),
        *(gated(r) for r in record.receipts),
        *(dict(e) for e in record.events),
    ]


def _believed(value: Any, kind: Any, what: str) -> Any:
    try:
        return from_plain(value, kind, what)
    except BadInput as error:
        raise Damaged(error.message, advice=error.advice) from None


def _parsed_json(body: bytes, what: str) -> Any:
    try:
        return jsons.parse_json(body, what=what)
    except BadInput as error:
        raise Damaged(error.message, advice=error.advice) from None


def _plan(entry: Mapping[str, Any], what: str) -> Plan:
    if entry.get("format") != FORMAT:
        raise Damaged(f"{what} has format {entry.get('format')!r}; this wholeship reads {FORMAT}")
    plan: Plan = _believed(entry.get("plan"), Plan, what)
    if str(plan.id) != entry.get("id"):
        raise Damaged(f"{what}: the plan is not the one it says it is", advice="it was edited or damaged")
    return plan


# -- beside the images ------------------------------------------------------------------------------


def home(plan: Plan, given: Repository | None) -> Repository | None:
    """The repository for records: *given*, or the first sibling's; None when all are followed."""
    copies = {image.name: image.repository for image in plan.images if image.copy_of}
    built = {image.name: image.repository for image in plan.built_images}
    return home_among(built, plan.followed, given) or min(copies.values(), default=None)


def home_among(
    images: Mapping[str, Repository], followed: tuple[str, ...], given: Repository | None = None
) -> Repository | None:
    """As :func:`home`, from repositories by image."""
    siblings = (repository for name, repository in images.items() if name not in followed)
    return given or min(siblings, default=None)


def leave_record(registry: Registry, repository: Repository, record: Record) -> Tag:
    """Store *record* as its next revision; revisions are never overwritten. Raises ``RegistryError``.

    One that is stored already, to the last byte, is not stored again.
    """
    body = jsons.canonical({"format": FORMAT, "entries": entries_of(record)})
    manifest = _artifact(body, record.plan.tag)
    stored = revisions(registry.tags(repository), record.plan.tag)
    for _, name in stored:
        if name.endswith(f"-{Digest.of(body).short}"):
            found = registry.manifest(repository, name)
            if found is not None and found.digest == manifest.digest:
                return name
    each_at_once(partial(registry.upload, repository), (body, _EMPTY))
    number = max((n for n, _ in stored), default=0)
    for _ in range(3):
        number += 1
        # The hash keeps jobs apart that leave a revision at the same moment.
        tag = Tag(f"{RECORD}{record.plan.tag}.{number:03d}-{Digest.of(body).short}")
        write = registry.bind(repository, tag, manifest)
        if write.result is not WriteResult.REFUSED or write.denied:
            break
    if write.denied:
        raise RegistryDenied(
            f"{repository}: not allowed: {write.detail}", advice="the credentials need the right to push here"
        )
    found = registry.manifest(repository, tag)
    # Accepted and not seen yet: readers are late in some registries, and nothing rests on the record.
    late = found is None and write.result is WriteResult.ACCEPTED
    if not late and (found is None or found.digest != manifest.digest):
        raise (RegistryLacks if write.never_taken else RegistryError)(
            f"{repository}:{tag}: the release record was not stored ({write.detail})",
            advice="a record is an OCI artifact: name a repository of a registry that takes them, with "
            "record: in the release file",
        )
    return tag


def _artifact(body: bytes, tag: str) -> Manifest:
    """*body* as an OCI artifact (image specification 1.1, "Guidelines for Artifact Usage")."""
    empty = {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": str(Digest.of(_EMPTY)),
        "size": len(_EMPTY),
    }
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": ARTIFACT,
        "config": empty,
        "layers": [{"mediaType": ARTIFACT, "digest": str(Digest.of(body)), "size": len(body)}],
        "annotations": {"org.opencontainers.image.ref.name": tag},
    }
    return Manifest(OCI_MANIFEST, jsons.canonical(content))


def revisions(listed: Iterable[str], tag: str) -> list[tuple[int, Tag]]:
    """The stored revisions of a release's record among the tags of their repository, oldest first."""
    found = []
    for name in listed:
        read = _revision(name)
        if read is not None and read[0] == tag:
            found.append((read[1], Tag(name)))
    return sorted(found)


def recorded(listed: Iterable[str]) -> tuple[str, ...]:
    """The tags of all releases whose record is among the tags of a repository."""
    found = (read[0] for name in listed if (read := _revision(name)) is not None)
    return tuple(dict.fromkeys(found))


def _revision(name: str) -> tuple[str, int] | None:
    match = _REVISION.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def fetch_record(
    registry: Registry, repository: Repository, tag: str, *, listed: Iterable[str] | None = None
) -> Record | None:
    """The newest record of release *tag*, merged over all its revisions; None when none was left.

    *listed* are the tags of *repository*, for whoever has them already.

    Build jobs that ran side by side each left a revision with their own candidates; together they are
    the whole. Raises :class:`Damaged` on a record that cannot be trusted.
    """
    merged: Record | None = None
    known = registry.tags(repository) if listed is None else listed
    names = [name for _, name in revisions(known, tag)[-REVISIONS:]]
    read = each_at_once(partial(_read_record, registry, repository), names)
    if None in read:  # who finished it may have taken that one away since the listing
        names = [name for _, name in revisions(registry.tags(repository), tag)[-REVISIONS:]]
        read = each_at_once(partial(_read_record, registry, repository), names)
    for record in read:
        if record is not None:
            merged = record if merged is None else merge_records(merged, record)
    # What a finished release left on the way is taken away at its end, and may be listed for a while yet.
    if None in read and (merged is None or not merged.finished or read[-1] is None):
        raise Damaged(f"the record {repository}:{names[read.index(None)]} is listed but cannot be read")
    if merged is not None and merged.plan.tag != tag:
        raise Damaged(f"{repository}: the record of {tag} is about {merged.plan.tag}")
    return merged


def merge_records(older: Record, newer: Record) -> Record:
    """Both together; *newer* wins. :class:`TwoReleases` when they are about different releases."""
    if older.plan.id != newer.plan.id:
        raise TwoReleases(newer.plan.tag)
    record = older
    for candidate in (*newer.legs, *newer.candidates.values()):
        record = record.with_candidate(candidate)
    for receipt in newer.receipts:
        record = record.with_receipt(receipt)
    known = [dict(e) for e in record.events]
    return replace(record, events=(*record.events, *(e for e in newer.events if dict(e) not in known)))


def tidy(registry: Registry, repository: Repository, record: Record, newest: Tag) -> None:
    """Take away the revisions before *newest* that hold nothing which *record*, stored as that, lacks.

    Nothing happens where the registry deletes no tag. Raises ``RegistryError`` and :class:`Damaged`.
    """
    number = next(n for n, name in revisions([newest], record.plan.tag) if name == newest)
    if number == 1:
        return  # there was none before it
    ours = entries_of(record)
    kept = _read_record(registry, repository, newest)
    if kept is None or entries_of(kept) != ours:
        return  # it was accepted, and nobody can read it (yet)
    for other, name in revisions(registry.tags(repository), record.plan.tag):
        if other >= number:
            continue  # of another machine, at the same time: it may take away ours
        older = _read_record(registry, repository, name)
        held = older is None or all(entry in ours for entry in entries_of(older))
        if held and not registry.unbind(repository, name):
            return


def _read_record(registry: Registry, repository: Repository, tag: Tag) -> Record | None:
    """The record stored as *tag*; None: there is none."""
    where = f"the record {repository}:{tag}"
    manifest = registry.manifest(repository, tag)
    if manifest is None:
        return None
    content = _parsed_json(manifest.body, where)
    layers: Sequence[Any] = content.get("layers") or ()
    if content.get("artifactType") != ARTIFACT or len(layers) != 1:
        raise Damaged(f"{where} is not a release record")
    body = registry.blob(repository, Digest(str(layers[0].get("digest", ""))), limit=LIMIT)
    if body is None:
        raise Damaged(f"{where} has lost its content")
    read = _parsed_json(body, where)
    if (
        not isinstance(read, dict)
        or read.get("format") != FORMAT
        or not isinstance(read.get("entries"), list)
    ):
        raise Damaged(f"{where} has a form this wholeship cannot read")
    record = fold_entries(read["entries"], where)
    if record is None:
        raise Damaged(f"{where} is empty")
    return record
