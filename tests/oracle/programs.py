"""What a call of a program that pushes makes visible: read from its arguments, after its documentation.

The stand-ins only write down how they were called. Here a call becomes writes, in the order in which the
real program makes them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle import bake, yaml12


@dataclass(frozen=True)
class Write:
    """One change of a registry: a tag is put, copied from others, or deleted."""

    kind: str
    reference: str
    platforms: frozenset[str] | None = None
    """None: nobody said."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """One call of a stand-in, as it was made."""

    program: str
    arguments: tuple[str, ...]
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict, compare=False, hash=False)

    @property
    def line(self) -> str:
        """The command line, by which a fault names the call."""
        return " ".join((self.program, *self.arguments))


class Unplayable(Exception):
    """The oracle does not know what this does; the workflow is not judged."""


@dataclass(frozen=True)
class Effects:
    """The writes of one call. Unordered ones (the targets of a bake) are in groups that run in any order."""

    groups: tuple[tuple[Write, ...], ...] = ()

    @property
    def writes(self) -> tuple[Write, ...]:
        """All writes, in the order in which the groups stand."""
        return tuple(write for group in self.groups for write in group)


NOTHING = Effects()
_VALUED = {
    "-t": "tag",
    "--tag": "tag",
    "--platform": "platform",
    "-o": "output",
    "--output": "output",
    "--cache-to": "cache",
}
_TAKING = (
    *(
        "-f",
        "--file",
        "--build-arg",
        "--target",
        "--label",
        "--cache-from",
        "--secret",
        "--ssh",
        "--progress",
    ),
    *("--builder", "--network", "--iidfile", "--metadata-file", "--annotation", "--provenance", "--sbom"),
    *("--attest", "--add-host", "--build-context"),
)


def effects(call: Call) -> Effects:
    """What *call* makes visible when it succeeds."""
    found = _PROGRAMS.get(call.program)
    return found(call) if found else NOTHING


def _put(references: Sequence[str], platforms: frozenset[str] | None = None) -> Effects:
    return Effects((tuple(Write("put", reference, platforms) for reference in references),))


@dataclass
class _Flags:
    values: dict[str, list[str]]
    bare: set[str]
    words: list[str]


def _flags(arguments: Sequence[str], valued: Mapping[str, str], taking: Sequence[str] = ()) -> _Flags:
    found, rest = _Flags({}, set(), []), list(arguments)
    while rest:
        word = rest.pop(0)
        name, has, value = word.partition("=")
        if name in valued:
            found.values.setdefault(valued[name], []).append(value if has else rest.pop(0) if rest else "")
        elif word in taking:
            rest[:1] = []
        elif word.startswith("-") and word != "-":
            found.bare.add(word)
        else:
            found.words.append(word)
    return found


def _platforms(texts: Sequence[str]) -> frozenset[str] | None:
    found = [part.strip() for entry in texts for part in entry.split(",") if part.strip()]
    return frozenset(found) if found else None


def digest_of(arguments: Sequence[str]) -> str:
    """The digest of what ``docker`` builds when it is called so."""
    return "sha256:" + hashlib.sha256(" ".join(arguments).encode()).hexdigest()


def _build(arguments: Sequence[str], whole: Sequence[str]) -> Effects:
    flags = _flags(arguments, _VALUED, _TAKING)
    cached = [found.group(1) for text in flags.values.get("cache", ()) if (found := _CACHE.search(text))]
    pushing = "--push" in flags.bare or "--push=true" in flags.bare
    names: list[str] = []
    for output in flags.values.get("output", ()):
        fields = dict(part.partition("=")[::2] for part in output.split(","))
        if fields.get("type") == "registry" or (
            fields.get("type") == "image" and fields.get("push") == "true"
        ):
            pushing = True
            by_digest = f"@{digest_of(whole)}" if fields.get("push-by-digest") == "true" else ""
            names += [fields["name"] + by_digest] if "name" in fields else []
    tags = (flags.values.get("tag", []) or names) if pushing else []
    platforms = _platforms(flags.values.get("platform", ()))
    groups = [tuple(Write("put", tag, platforms) for tag in tags), *((Write("put", ref),) for ref in cached)]
    return Effects(tuple(group for group in groups if group))


_CACHE = re.compile(r"type=registry.*?ref=([^,]+)")


def _imagetools(arguments: Sequence[str]) -> Effects:
    if not arguments or arguments[0] != "create" or "--dry-run" in arguments:
        return NOTHING
    flags = _flags(
        arguments[1:], {"-t": "tag", "--tag": "tag"}, ("-f", "--file", "--builder", "--annotation")
    )
    return Effects(
        (tuple(Write("copy", tag, None, tuple(flags.words)) for tag in flags.values.get("tag", ())),)
    )


def _docker(call: Call) -> Effects:
    words = list(call.arguments)
    while words and words[0].startswith("-"):
        words[: 2 if words[0] in ("--context", "-c", "--config", "-H", "--host") else 1] = []
    if words[:1] in (["buildx"], ["image"], ["builder"]):
        words = words[1:]
    head, rest = (words[0], words[1:]) if words else ("", [])
    if head == "push":
        flags = _flags(rest, {}, ("--platform",))
        if "-a" in flags.bare or "--all-tags" in flags.bare:
            raise Unplayable("docker push --all-tags")
        return _put([_tagged(flags.words[0])]) if len(flags.words) == 1 else NOTHING
    if head in ("build", "b"):
        return _build(rest, call.arguments)
    if head == "imagetools":
        return _imagetools(rest)
    if head == "bake":
        return _bake(call, rest)
    if head == "compose":
        return _compose(call, rest)
    if head == "manifest" and rest[:1] == ["push"]:
        return _put(_flags(rest[1:], {}).words[:1])
    return NOTHING


def _tagged(reference: str) -> str:
    return reference if ":" in reference.rsplit("/", 1)[-1] or "@" in reference else f"{reference}:latest"


def _bake(call: Call, rest: Sequence[str]) -> Effects:
    groups = [
        tuple(Write("put", tag, _platforms(target.platforms)) for tag in target.tags)
        for target in bake.pushed(call.folder, rest, call.environment)
    ]
    return Effects(tuple(group for group in groups if group))


def _compose(call: Call, rest: Sequence[str]) -> Effects:
    flags = _flags(
        rest, {"-f": "file", "--file": "file"}, ("-p", "--project-name", "--env-file", "--profile")
    )
    if not flags.words or not (
        flags.words[0] == "push" or (flags.words[0] == "build" and "--push" in flags.bare)
    ):
        return NOTHING
    names = flags.values.get("file") or ["compose.yaml", "docker-compose.yml", "compose.yml"]
    found = next((call.folder / name for name in names if (call.folder / name).is_file()), None)
    if found is None:
        return NOTHING
    wanted, groups = flags.words[1:], []
    known = _beside(call.folder) | dict(call.environment)
    document: Any = yaml12.load(found.read_text())
    for name, service in document.get("services", {}).items():
        if service.get("image") and "build" in service and (not wanted or name in wanted):
            groups.append((Write("put", bake.from_environment(service["image"], known)),))
    return Effects(tuple(groups))


def _beside(folder: Path) -> dict[str, str]:
    """What the file ``.env`` beside a Compose file says; the environment says it louder."""
    lines = (folder / ".env").read_text().splitlines() if (folder / ".env").is_file() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _podman(call: Call) -> Effects:
    words = list(call.arguments)
    if words[:1] == ["manifest"]:
        words = words[1:]
    if words[:1] != ["push"]:
        return NOTHING
    flags = _flags(words[1:], {}, ("--creds", "--authfile", "--format", "--digestfile", "--retry"))
    target = flags.words[-1] if flags.words else ""
    return _put([_tagged(target.removeprefix("docker://"))]) if target else NOTHING


def _skopeo(call: Call) -> Effects:
    flags = _flags(call.arguments, {}, ("--src-creds", "--dest-creds", "--retry-times", "--format"))
    if flags.words[:1] == ["delete"]:
        return Effects(((Write("delete", flags.words[1].removeprefix("docker://")),),))
    if flags.words[:1] != ["copy"] or len(flags.words) != 3 or not flags.words[2].startswith("docker://"):
        return NOTHING
    source, target = (word.removeprefix("docker://") for word in flags.words[1:])
    return Effects(((Write("copy", _tagged(target), None, (source,)),),))


def _crane(call: Call) -> Effects:
    flags = _flags(call.arguments, {}, ("--platform", "-t"))
    head, rest = (flags.words[0], flags.words[1:]) if flags.words else ("", [])
    if head in ("copy", "cp") and len(rest) == 2:
        return Effects(((Write("copy", _tagged(rest[1]), None, (rest[0],)),),))
    if head == "tag" and len(rest) == 2:
        return Effects(((Write("copy", f"{_repository(rest[0])}:{rest[1]}", None, (rest[0],)),),))
    if head == "push" and len(rest) == 2:
        return _put([_tagged(rest[1])])
    return Effects(((Write("delete", rest[0]),),)) if head == "delete" and rest else NOTHING


def _repository(reference: str) -> str:
    bare = reference.split("@", maxsplit=1)[0]
    head, _, last = bare.rpartition("/")
    return f"{head}/{last.split(':')[0]}" if head else last.split(":")[0]


def _regctl(call: Call) -> Effects:
    words = _flags(call.arguments, {}, ()).words
    if words[:2] in (["image", "copy"], ["image", "cp"]) and len(words) == 4:
        return Effects(((Write("copy", _tagged(words[3]), None, (words[2],)),),))
    if words[:2] in (["tag", "delete"], ["tag", "rm"]):
        return Effects(((Write("delete", words[2]),),))
    return NOTHING


def _oras(call: Call) -> Effects:
    words = _flags(call.arguments, {}, ("--artifact-type", "--annotation")).words
    if words[:1] in (["cp"], ["copy"]) and len(words) == 3:
        return Effects(((Write("copy", _tagged(words[2]), None, (words[1],)),),))
    if words[:1] == ["tag"]:
        base = _repository(words[1])
        return Effects((tuple(Write("copy", f"{base}:{tag}", None, (words[1],)) for tag in words[2:]),))
    if words[:2] == ["manifest", "delete"]:
        return Effects(((Write("delete", words[2]),),))
    return _put([words[1]]) if words[:1] == ["push"] else NOTHING


def _ko(call: Call) -> Effects:
    flags = _flags(
        call.arguments,
        {"-t": "tag", "--tags": "tag", "--platform": "platform"},
        ("--image-label", "--jobs", "-j"),
    )
    if flags.words[:1] not in (["build"], ["publish"]) or "--push=false" in flags.bare or "-L" in flags.bare:
        return NOTHING
    repository = call.environment.get("KO_DOCKER_REPO", "")
    tags = [tag for entry in flags.values.get("tag", ["latest"]) for tag in entry.split(",")]
    if not repository or not flags.bare & {"-B", "--base-import-paths", "--bare"}:
        raise Unplayable("ko without base names")
    bases = [
        repository if "--bare" in flags.bare else f"{repository}/{Path(path).name}"
        for path in flags.words[1:]
    ]
    platforms = _platforms(flags.values.get("platform", ()))
    return Effects(tuple(tuple(Write("put", f"{base}:{tag}", platforms) for tag in tags) for base in bases))


def _docker_compose(call: Call) -> Effects:
    return _compose(call, call.arguments)


_PROGRAMS: dict[str, Callable[[Call], Effects]] = {
    "docker": _docker,
    "nerdctl": _docker,
    "docker-compose": _docker_compose,
    "podman": _podman,
    "buildah": _podman,
    "skopeo": _skopeo,
    "crane": _crane,
    "regctl": _regctl,
    "oras": _oras,
    "ko": _ko,
}
