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
from collections.abc import Collection, Sequence
from dataclasses import replace

from wholeship.core.patterns import lazy_pattern
from wholeship.release.init.leftout import bases_in
from wholeship.release.init.names import spelled_name
from wholeship.release.init.sightings import Read, SeenImage

_FILE = lazy_pattern(
    r"(?P<stem>[^/]+)\.(?:Docker|docker|Container|container)file|(?:Docker|Container)file(?:\.(?P<suffix>[^/]+))?"
)
_GENERIC = frozenset(
    {"docker", "build", "deploy", "dockerfiles", "containers", "images", "ci", ".docker", "."}
)
_LINE = lazy_pattern(r"(?im)^[ \t]*(?P<word>COPY|ADD|ARG|FROM)[ \t]+(?P<rest>.*)$")
_FLAG = lazy_pattern(r"--[a-z-]+(?:=\S+)?")


_VARIANTS = spelled_name(
    """alpine debian ubuntu bookworm bullseye buster noble jammy focal slim distroless ubi ubi8 ubi9 rhel
    centos fedora mariner windows nanoserver servercore linux amd64 arm64 arm armv7 aarch64 x86 ppc64le s390x
    multiarch multi arch platform rootless nonroot fips static"""
)
"""What a Dockerfile has in its name that builds a known image in another way."""


def images_of_dockerfiles(
    paths: Sequence[str], read: Read, named: Collection[str] = ()
) -> tuple[SeenImage, ...]:
    """An image for each Dockerfile among *paths*, and the other ways to build one, which are set aside.

    Of several ways to build an image, one that is *named* somewhere counts, or else the plainest.
    """
    found = [_seen_dockerfile(path, paths, read(path) or "") for path in paths if is_dockerfile(path)]
    first: dict[tuple[str, str], SeenImage] = {}
    for seen in sorted(found, key=lambda each: (each.where not in named, _variant_words(each.where))):
        first.setdefault((posixpath.dirname(seen.where), seen.name), seen)
    return tuple(_aside(seen, first[posixpath.dirname(seen.where), seen.name]) for seen in found)


def _aside(seen: SeenImage, first: SeenImage) -> SeenImage:
    if seen is first:
        return seen
    return replace(seen, aside=f"it builds what {first.where} builds, in another way")


def _variant_words(path: str) -> int:
    return len(_own_words(path)) - len(_plain_words(path))


def _own_words(path: str) -> list[str]:
    match = _FILE.fullmatch(posixpath.basename(path))
    own = (match["stem"] or match["suffix"] or "") if match else ""
    return re.split(r"[._-]", own) if own else []


def _plain_words(path: str) -> list[str]:
    """The words of a Dockerfile's name without those at its end that name a variant."""
    words = _own_words(path)
    while words and words[-1].lower() in _VARIANTS:
        words.pop()
    return words


def _image_of(path: str) -> str:
    """As :func:`name_of`, of the image whatever the variant."""
    own = name_of(path)
    kept = _plain_words(path)
    if len(kept) == len(_own_words(path)):
        return own
    if not kept:
        return name_of(posixpath.join(posixpath.dirname(path), "Dockerfile"))
    return re.match(r"[._-]?".join(map(re.escape, kept)), own)[0]  # type: ignore[index]


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


def _seen_dockerfile(path: str, paths: Sequence[str], text: str) -> SeenImage:
    lines = _logical_lines(text)
    context = _context(path, paths, lines)
    wanted = _asked_for(lines)
    left = tuple(f"it asks for the build argument {name}, which has no default" for name in wanted)
    return SeenImage(_image_of(path), path, context, path, left=left)


def _logical_lines(text: str) -> list[tuple[str, str]]:
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
    there = {f: sum(_is_there(f, source, known) for source in sources) for f in folders}
    if any(there.values()):  # some files may be made before the build
        return max(folders, key=there.__getitem__)
    # Copied files may be made before the build. A folder for Dockerfiles alone is no context.
    return "." if own.split("/")[0] in _GENERIC else own


def _is_for_dockerfiles(folder: str, paths: Sequence[str]) -> bool:
    """Whether *folder* is called after builds, and has nothing an image could be made of."""
    inside = (path for path in paths if path.startswith(f"{folder}/"))
    return posixpath.basename(folder) in _GENERIC and not any(map(_SOURCE.search, inside))


_SOURCE = lazy_pattern(
    r"\.(?:go|py|[cm]?[jt]sx?|rs|java|kt|rb|php|cs|cpp|c|html|css|jar|war|vue|swift|ex|scala)$"
    r"|/(?:go\.mod|package\.json|Cargo\.toml|pom\.xml|requirements\.txt|pyproject\.toml|Gemfile)$"
)
"""Files that images are made of."""


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def _sources(rest: str) -> list[str]:
    """The sources of a COPY or ADD that come from the context; none for other stages and addresses."""
    if "--from=" in rest or rest.startswith(("<<", "--parents")):
        return []
    while (flag := _FLAG.match(rest)) is not None:
        rest = rest[flag.end() :].lstrip()
    words = _words_of_line(rest)[:-1]
    return [
        w.removeprefix("./").strip("/") or "."
        for w in words
        if "$" not in w and "://" not in w and "<<" not in w
    ]


def _words_of_line(rest: str) -> list[str]:
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
