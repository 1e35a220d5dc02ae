"""What `prune` found or deleted: JSON, and text for people."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from wholeship.core.errors import ExitCode
from wholeship.core.text import printable
from wholeship.output.ink import Ink
from wholeship.release.prune import Pruned, Pruning


class PruneJson(Struct, frozen=True, tag_field="command", tag="prune"):
    """What nobody needs of old releases: deploy tags, and records and candidates as ``repository:tag``.

    ``kept`` says why an old release stays. ``deleted`` is empty, and ``dry`` true, where it was only said;
    ``stays`` has what was to be deleted and is not, with the reason.
    """

    releases: list[str]
    records: list[str]
    candidates: list[str]
    kept: dict[str, str]
    remarks: list[str]
    dry: bool
    deleted: list[str]
    stays: dict[str, str]
    exit_code: int
    version: Literal[1] = 1


def prune_json(pruning: Pruning, pruned: Pruned | None) -> PruneJson:
    """*pruning*, and what was deleted of it."""
    stays = dict(pruned.stays) if pruned else {}
    return PruneJson(
        releases=[str(tag) for tag in pruning.releases],
        records=[f"{repository}:{tag}" for repository, tag in pruning.records],
        candidates=[f"{repository}:{tag}" for repository, tag in pruning.candidates],
        kept=dict(pruning.kept),
        remarks=list(pruning.remarks),
        dry=pruned is None,
        deleted=list(pruned.deleted) if pruned else [],
        stays=stays,
        exit_code=ExitCode.NO if stays else ExitCode.YES,
    )


def prune_text(prune: PruneJson, ink: Ink) -> str:
    """The same, in lines."""
    lines = []
    if prune.dry:
        lines += [f"would delete the release {tag}" for tag in prune.releases]
        lines += [f"would delete {name}" for name in (*prune.candidates, *prune.records)]
    lines += [f"deleted {name}" for name in prune.deleted]
    lines += [f"{ink('red', 'stays')}: {name}: {printable(why)}" for name, why in prune.stays.items()]
    lines += [ink("dim", f"kept: {tag}: {printable(why)}") for tag, why in prune.kept.items()]
    lines += [f"note: {printable(remark)}" for remark in prune.remarks]
    if prune.dry:
        some = bool(prune.releases or prune.records or prune.candidates)
        lines.append(
            "nothing was deleted; to do it: wholeship prune --delete" if some else "nothing to delete"
        )
    return "\n".join(lines) + "\n"
