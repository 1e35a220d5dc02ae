"""Dockerfiles: which image each is for, and which folder it takes its files from.

A Dockerfile does not say what its context is. Its own folder is the custom, but ``docker/NAME/Dockerfile``
usually copies from the root; so the sources of its COPY lines are looked for, from the inside out.
"""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
import shlex
from collections.abc import Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.release.init.leftout import bases_in
from wholeship.release.init.sightings import Read, SeenImage

_FILE = lazy_pattern(
    r"(?P<stem>[^/]+)\.(?:Docker|docker|Container|container)file|(?:Docker|Container)file(?:\.(?P<suffix>[^/]+))?"
)
_GENERIC = frozenset(
    {"docker", "build", "deploy", "dockerfiles", "containers", "images", "ci", ".docker", "."}
)
_LINE = lazy_pattern(r"(?im)^[ \t]*(?P<word>COPY|ADD|ARG|FROM)[ \t]+(?P<rest>.*)$")
_FLAG = lazy_pattern(r"--[a-z-]+(?:=\S+)?")


def images_of_dockerfiles(paths: Sequence[str], read: Read) -> tuple[SeenImage, ...]:
    """An image for each Dockerfile among *paths*."""
    return tuple(_seen(path, paths, read(path) or "") for path in paths if is_dockerfile(path))


def bases(paths: Sequence[str], read: Read) -> dict[str, Sequence[str]]:
    """The images that each Dockerfile among *paths* starts from."""
    return {path: bases_in(read(path) or "") for path in paths if is_dockerfile(path)}


def is_dockerfile(path: str) -> bool:
    """Whether *path* is named like one."""
    match = _FILE.fullmatch(posixpath.basename(path))
    return match is not None and (match["suffix"] or "") not in (
        "dockerignore",
        "md",
        "bak",
        "orig",
        "j2",
        "tmpl",
    )


def name_of(path: str) -> str:
    """What the image is called, judging by where its Dockerfile stands; empty: like the repository."""
    match = _FILE.fullmatch(posixpath.basename(path))
    own = (match["stem"] or match["suffix"] or "") if match else ""
    if own:
        return own
    parts = [part for part in posixpath.dirname(path).split("/") if part not in ("", *_GENERIC)]
    return parts[-1] if parts else ""


def _seen(path: str, paths: Sequence[str], text: str) -> SeenImage:
    lines = _lines(text)
    context = _context(path, paths, lines)
    wanted = _asked_for(lines)
    left = tuple(f"it asks for the build argument {name}, which has no default" for name in wanted)
    return SeenImage(name_of(path), path, context, path, left=left)


def _lines(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\[ \t]*\r?\n", " ", text)
    return [(match["word"].upper(), match["rest"].strip()) for match in _LINE.finditer(joined)]


def _asked_for(lines: list[tuple[str, str]]) -> list[str]:
    """Arguments without a default that a FROM line needs: without them nothing can be built."""
    bare = [rest for word, rest in lines if word == "ARG" and re.fullmatch(r"\w+", rest)]
    used = " ".join(rest for word, rest in lines if word == "FROM")
    # Those that BuildKit sets by itself: Docker docs, "Automatic platform ARGs in the global scope".
    bare = [name for name in bare if not re.fullmatch(r"(BUILD|TARGET)(PLATFORM|OS|ARCH|VARIANT)", name)]
    return [name for name in dict.fromkeys(bare) if re.search(rf"\$\{{?{name}\b(?!:-)", used)]


def _context(path: str, paths: Sequence[str], lines: list[tuple[str, str]]) -> str:
    sources = [source for word, rest in lines if word in ("COPY", "ADD") for source in _sources(rest)]
    own = posixpath.dirname(path) or "."
    folders = [own]
    while folders[-1] != ".":
        folders.append(posixpath.dirname(folders[-1]) or ".")
    if not sources:
        return own
    known = [*paths, *{folder for p in paths for folder in _parents(p)}]
    if set(sources) == {"."}:
        return next(f for f in folders if f == "." or not _is_for_dockerfiles(f, paths))
    fitting = [f for f in folders if all(_is_there(f, source, known) for source in sources)]
    if fitting:
        return fitting[0]
    # Copied files may be made before the build. A folder for Dockerfiles alone is no context.
    return "." if own.split("/")[0] in _GENERIC else own


def _is_for_dockerfiles(folder: str, paths: Sequence[str]) -> bool:
    """Whether *folder* is called after builds, and has nothing an image could be made of."""
    inside = (path for path in paths if path.startswith(f"{folder}/"))
    return posixpath.basename(folder) in _GENERIC and all(map(is_dockerfile, inside))


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def _sources(rest: str) -> list[str]:
    """The sources of a COPY or ADD that come from the context; none for other stages and addresses."""
    if "--from=" in rest or rest.startswith(("<<", "--parents")):
        return []
    while (flag := _FLAG.match(rest)) is not None:
        rest = rest[flag.end() :].lstrip()
    words = _words(rest)[:-1]
    return [
        w.removeprefix("./").strip("/") or "."
        for w in words
        if "$" not in w and "://" not in w and "<<" not in w
    ]


def _words(rest: str) -> list[str]:
    try:
        if rest.startswith("["):
            found = json.loads(rest)
            return [str(word) for word in found] if isinstance(found, list) else []
        return shlex.split(rest, comments=False)
    except (ValueError, RecursionError):
        return rest.split()


def _is_there(folder: str, source: str, known: Sequence[str]) -> bool:
    path = posixpath.normpath(posixpath.join(folder, source))
    if path in (folder, "."):
        return folder != "." or source == "."
    return path in known or (any(c in path for c in "*?[") and bool(fnmatch.filter(known, path)))
