"""What `init` found and wrote, for people and machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from wholeship.core.text import printable
from wholeship.core.wording import listed
from wholeship.output.ink import Ink
from wholeship.output.release_json import InitJson
from wholeship.release.init.draft import PLACEHOLDER, Draft
from wholeship.release.init.releases import SeenRelease
from wholeship.release.init.sightings import LOOKED_FOR

_CONFIRM = "before a release: look at {}, and take what is right out of unconfirmed: in the file"
SHOWN = 8
"""Most images that are named as left out; the file names all."""


def init_json(draft: Draft, file: str) -> InitJson:
    """What was decided."""
    return InitJson(
        file=file,
        registry=draft.registry,
        images=[image.name for image in draft.images],
        watched=draft.watched,
        tag=draft.form.pattern,
        policy=draft.policy.name if draft.policy else "",
        todo=todo(draft),
        left_out=list(map(str, draft.left_out)),
        also_watched=list(draft.also_watched),
        unconfirmed=list(draft.unconfirmed),
    )


def todo(draft: Draft) -> list[str]:
    """What could not be known, or is missing."""
    told = ["there is no gate yet: nothing has to pass before a tag is written (see gates: in the file)"]
    if draft.registry == PLACEHOLDER:
        told.append("say where the images go (registry:)")
    if "registry" in draft.unconfirmed:
        told.append(f"the registry {draft.registry} is a guess, from the git remote")
    if "images" in draft.unconfirmed:
        told.append("which images are released is a guess (images:)")
    if "watched" in draft.unconfirmed:
        told.append(f"that the controller follows {draft.watched} is a guess (watched:)")
    if not draft.form_fits and draft.policy is not None:
        told.append(
            f"the policy {draft.policy.name} would not roll out the tag: change one of the two (tag:)"
        )
    for image in draft.images:
        told += [f"{image.name}, not taken over: {remark}" for remark in image.remarks]
    return [*told, *draft.remarks]


def init_text(told: InitJson, ink: Ink) -> str:
    """For a terminal."""
    followed = f", followed by {told.policy}" if told.policy else ""
    plural = "s" if len(told.images) != 1 else ""
    images = f"{len(told.images)} image{plural} ({', '.join(told.images)})"
    lines = [
        f"{ink('green', 'wrote')} {printable(told.file)}: {images}, tag {told.tag}",
        f"  written last: {', '.join((*told.also_watched, told.watched))}{printable(followed)}",
        *(f"  {ink('yellow', 'look:')} {printable(text)}" for text in told.todo),
        *(f"  {ink('dim', 'left out:')} {printable(text)}" for text in told.left_out[:SHOWN]),
        *([f"  and {len(told.left_out) - SHOWN} more, named in the file"] if told.left_out[SHOWN:] else []),
        *([_CONFIRM.format(listed(told.unconfirmed))] if told.unconfirmed else []),
        "next: wholeship plan",
    ]
    return "\n".join(lines) + "\n"


def releases_text(releases: Sequence[SeenRelease]) -> str:
    """Several releases, to choose from."""
    lines = [f"{len(releases)} releases are made here:"]
    lines += [f"  {number}  {printable(each.shown)}" for number, each in enumerate(releases, 1)]
    return "\n".join(lines)


def ask_which(releases: Sequence[SeenRelease]) -> SeenRelease:
    """The release that a person names by its number; the first for an empty answer."""
    sys.stderr.write(releases_text(releases) + "\n")
    while True:
        sys.stderr.write("which one is this file for? [1] ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        answer = line.strip() or "1"
        if answer.isdecimal() and 1 <= int(answer) <= len(releases):
            return releases[int(answer) - 1]
        if not line:
            return releases[0]


def nothing_text(folder: str, remarks: Sequence[str] = ()) -> str:
    """When there is no image to release, with what could not be read."""
    lines = [f"nothing to release was found in {printable(folder)}; looked for:"]
    lines += [f"  {what}" for what in LOOKED_FOR]
    lines += [f"  look: {printable(text)}" for text in remarks]
    lines.append("  help: run it in the top folder of the repository, or write wholeship.yaml by hand")
    return "\n".join(lines)
