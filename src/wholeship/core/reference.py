"""Names of things in a registry: repositories, tags, and the two ways to point at a manifest.

``Tagged`` and ``Pinned`` are different types on purpose (as ``Tag`` and ``Digest`` are in
go-containerregistry): what may move and what cannot must not be mixed up.

Grammar and limits: OCI distribution specification 1.1, "Pulling manifests"; Docker's
reference grammar for the host part.
"""

from __future__ import annotations

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

_PATH = lazy_pattern(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_HOST = lazy_pattern(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
    r"|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
)
_TAG = lazy_pattern(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")

DOCKER_HUB = "docker.io"
"""The host that a reference without one means."""

NAME_LIMIT = 255
"""Longest ``host/path``; many clients refuse more."""


class Tag(str):
    """A tag that satisfies the OCI grammar."""

    __slots__ = ()

    def __new__(cls, text: str) -> Tag:
        """The tag *text*; :class:`BadInput` when a registry would refuse it."""
        if not _TAG.fullmatch(text):
            raise BadInput(
                f"not a tag: {text[:150]!r}",
                advice="a tag has 1 to 128 characters of A-Z a-z 0-9 _ . - and does not start with . or -",
            )
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """``host/path``, for example ``ghcr.io/acme/app``."""

    host: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Repository:
        """The repository that *text* names; no tag, no digest, no scheme.

        A first part with a dot, a colon, or ``localhost`` is the host; without one the
        host is Docker Hub, and a single name gets ``library/`` there, as everywhere.
        Raises :class:`BadInput`.
        """
        first, slash, rest = text.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            host, path = first, rest
        else:
            host, path = DOCKER_HUB, text if slash else f"library/{text}"
        if host == "index.docker.io":
            host = DOCKER_HUB
        if not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
            raise BadInput(
                f"not a repository: {text[:300]!r}",
                advice="write host/name in lower case, for example ghcr.io/acme/app, without a tag",
            )
        if len(host) + 1 + len(path) > NAME_LIMIT:
            raise BadInput(f"repository name longer than {NAME_LIMIT} characters: {text[:60]!r}…")
        return cls(host, path)

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"

    def tagged(self, tag: str) -> Tagged:
        """This repository under *tag*."""
        return Tagged(self, Tag(tag))

    def pinned(self, digest: str) -> Pinned:
        """This repository at *digest*."""
        return Pinned(self, Digest(digest))


def split_image(text: str) -> tuple[str, str]:
    """``host/path`` and the tag of an image as people write it; no digest, and perhaps no tag."""
    text = text.partition("@")[0]
    head, colon, tail = text.rpartition(":")
    return (head, tail) if colon and "/" not in tail else (text, "")


def repository_of_image(text: str) -> Repository | None:
    """The repository of an image as people write it; None where it is no reference."""
    try:
        return Repository.parse(split_image(text)[0])
    except BadInput:
        return None


@dataclass(frozen=True, slots=True, order=True)
class Tagged:
    """A name that may point somewhere else tomorrow: ``repository:tag``."""

    repository: Repository
    tag: Tag

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True, order=True)
class Pinned:
    """A name that means the same bytes for ever: ``repository@sha256:…``."""

    repository: Repository
    digest: Digest

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"
