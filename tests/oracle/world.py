"""What is asked: the files of a repository, which images it releases, and what starts its workflow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHA = "1234567890abcdef1234567890abcdef12345678"
MAIN = ".github/workflows/main.yml"


@dataclass(frozen=True)
class Event:
    """What starts a run, with the values that only the run knows."""

    name: str = "push"
    ref: str = "refs/heads/main"
    inputs: tuple[tuple[str, Any], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()
    """The parts of the repository in which something is new, as paths-filter is asked for them."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What ``github.event`` holds besides: of a release, of a pull request, of the run that is completed."""
    repository: str = "acme/shop"
    number: int = 42
    """How many runs of the workflow there have been."""

    @property
    def ref_name(self) -> str:
        """The branch or the tag, without its folder."""
        return re.sub(r"^refs/(heads|tags)/", "", self.ref)

    def github(self, attempt: int) -> dict[str, Any]:
        """The ``github`` context."""
        dispatched = {name: _text(value) for name, value in self.inputs}
        return {
            "sha": SHA,
            "ref": self.ref,
            "ref_name": self.ref_name,
            "ref_type": "tag" if self.ref.startswith("refs/tags/") else "branch",
            "event_name": self.name,
            "run_id": "7000001",
            "run_number": str(self.number),
            "run_attempt": str(attempt),
            "repository": self.repository,
            "repository_owner": self.repository.split("/")[0],
            "actor": "mona",
            "workflow": "release",
            "server_url": "https://github.invalid",
            "token": "t0ken",
            "head_ref": self.payload.get("pull_request", {}).get("head", {}).get("ref", ""),
            "base_ref": "main" if "pull_request" in self.payload else "",
            "changed": ",".join(self.changed),
            "event": {"ref": self.ref, **({"inputs": dispatched} if dispatched else {}), **self.payload},
        }


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Image:
    """An image and the names under which it goes out: patterns with a group ``tag``.

    A group ``where`` sets the tags of another registry apart.
    """

    name: str
    patterns: tuple[str, ...]

    def tag(self, reference: str) -> str | None:
        """The tag under which *reference* names this image; None for another's."""
        for pattern in self.patterns:
            if found := re.fullmatch(pattern, reference):
                return (found.groupdict().get("where") or "") + found.group("tag")
        return None


@dataclass(frozen=True)
class World:
    """A repository with a release workflow, and what its release is."""

    files: Mapping[str, str]
    images: tuple[Image, ...]
    followed: str = "app"
    aliases: str = "latest|edge|cache.*|cand.*"
    """Tags that are no release's: aliases, caches, candidates."""
    events: tuple[Event, ...] = (Event(),)
    parallel: bool = False
    """Do programs of one script run side by side? Then calls are also slowed down."""
    then: str = ""
    """The path of a workflow that starts when a run of the first one is completed."""
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All files, for a person."""
        return "\n".join(f"--- {path}\n{body.rstrip()}" for path, body in sorted(self.files.items()))


def image(name: str, registry: str = "r.example/acme", mirror: str = "") -> Image:
    """An image that has one repository of its own; perhaps another in *mirror*."""
    pattern = rf"{re.escape(registry)}/{re.escape(name)}:(?P<tag>[^@]+)"
    other = rf"(?P<where>{re.escape(mirror)}/){re.escape(name)}:(?P<tag>[^@]+)"
    return Image(name, (pattern, other) if mirror else (pattern,))


def dumped(world: World) -> str:
    """What of a world is not files, as JSON (for a case's folder)."""
    return json.dumps(
        {
            "followed": world.followed,
            "images": {entry.name: list(entry.patterns) for entry in world.images},
            "aliases": world.aliases,
            "parallel": world.parallel,
            "events": [
                {
                    "name": e.name,
                    "ref": e.ref,
                    "inputs": dict(e.inputs),
                    "vars": dict(e.variables),
                    "changed": list(e.changed),
                    "payload": dict(e.payload),
                    "repository": e.repository,
                }
                for e in world.events
            ],
            "then": world.then,
            "notes": dict(world.notes),
        },
        indent=1,
    )
