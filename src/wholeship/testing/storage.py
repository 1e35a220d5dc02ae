"""Where the embedded registry keeps its bytes: memory, or a folder that survives a restart."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from wholeship.core.digest import Digest

if TYPE_CHECKING:
    from wholeship.testing.registry.shelf import Shelf

CHUNK = 1024 * 1024


class Spool:
    """A body that is still coming in: kept where it will stay, hashed on the way.

    Writing to it needs no lock, so that a slow client holds up nobody.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.hash = hashlib.sha256()
        self.size = 0
        self._file: BinaryIO = path.open("w+b") if path else io.BytesIO()

    def write(self, content: bytes) -> None:
        """Add to it."""
        self._file.write(content)
        self.hash.update(content)
        self.size += len(content)

    def close(self) -> None:
        """Nothing more will come."""
        self._file.flush()

    def chunks(self) -> io.BufferedIOBase | BinaryIO:
        """It, from the start."""
        self._file.seek(0)
        return self._file

    def discard(self) -> None:
        """Nobody wants it any more."""
        self._file.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class Blobs(Protocol):
    """Content by digest, uploads by session, and the shelves that name them."""

    def load_shelves(self) -> dict[str, Shelf]:
        """The repositories of an earlier life."""

    def save_shelf(self, name: str, shelf: Shelf) -> None:
        """Make a repository's tags and manifests durable, all or nothing."""

    def spool(self) -> Spool:
        """Somewhere to put a body that is coming in."""

    def start(self, session: str) -> None:
        """Open an upload."""

    def append(self, session: str, content: bytes | Spool) -> None:
        """Add to an upload."""

    def received(self, session: str) -> int:
        """Bytes of an upload so far."""

    def finish(self, session: str, claimed: str) -> Digest | None:
        """Close an upload; None (and nothing kept) when the content has another digest."""

    def drop(self, session: str) -> None:
        """Throw an upload away."""

    def size(self, digest: Digest) -> int:
        """Bytes of a blob."""

    def open(self, digest: Digest) -> BinaryIO:
        """A blob, to be read."""


class MemoryBlobs:
    """Everything in memory. A :class:`Blobs`."""

    def __init__(self) -> None:
        self._blobs: dict[Digest, bytes] = {}
        self._uploads: dict[str, bytearray] = {}

    def load_shelves(self) -> dict[str, Shelf]:
        """None: memory has no earlier life."""
        return {}

    def save_shelf(self, name: str, shelf: Shelf) -> None:
        """Nothing to do."""

    def spool(self) -> Spool:
        return Spool()

    def start(self, session: str) -> None:
        self._uploads[session] = bytearray()

    def append(self, session: str, content: bytes | Spool) -> None:
        self._uploads[session] += content if isinstance(content, bytes) else content.chunks().read()

    def received(self, session: str) -> int:
        return len(self._uploads.get(session, b""))

    def finish(self, session: str, claimed: str) -> Digest | None:
        content = bytes(self._uploads.pop(session))
        digest = Digest.of(content)
        if digest != claimed:
            return None
        self._blobs[digest] = content
        return digest

    def drop(self, session: str) -> None:
        self._uploads.pop(session, None)

    def size(self, digest: Digest) -> int:
        return len(self._blobs[digest])

    def open(self, digest: Digest) -> BinaryIO:
        return io.BytesIO(self._blobs[digest])

    def contents(self) -> tuple[bytes, ...]:
        """Every blob, to be searched."""
        return tuple(self._blobs.values())


class FolderBlobs:
    """Files under a folder: ``blobs/HEX``, ``uploads/SESSION``, ``shelves/NAME.json``.

    Everything that was answered with success survives the end of the process; uploads under way do not.
    A :class:`Blobs`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("blobs", "uploads", "shelves"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for left in (root / "uploads").iterdir():
            left.unlink()
        self._hashes: dict[str, hashlib._Hash] = {}

    def load_shelves(self) -> dict[str, Shelf]:
        from wholeship.testing.registry.shelf import Shelf

        found = {}
        for path in sorted((self.root / "shelves").glob("*.json")):
            kept = json.loads(path.read_text(encoding="utf-8"))
            manifests = {
                Digest(digest): (kind, self._blob(Digest(digest)).read_bytes())
                for digest, kind in kept["manifests"].items()
            }
            tags = {tag: Digest(digest) for tag, digest in kept["tags"].items()}
            found[kept["name"]] = Shelf(manifests, tags, {Digest(d) for d in kept["blobs"]})
        return found

    def save_shelf(self, name: str, shelf: Shelf) -> None:
        for digest, (_, body) in shelf.manifests.items():
            if not self._blob(digest).exists():
                self._replace(self._blob(digest), body)
        kept = {
            "name": name,
            "manifests": {digest: kind for digest, (kind, _) in shelf.manifests.items()},
            "tags": shelf.tags,
            "blobs": sorted(shelf.blobs),
        }
        file = hashlib.sha256(name.encode()).hexdigest() + ".json"
        self._replace(self.root / "shelves" / file, json.dumps(kept).encode())

    def _replace(self, path: Path, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self.root / "uploads", delete=False) as file:
            file.write(content)
        os.replace(file.name, path)

    def spool(self) -> Spool:
        return Spool(self.root / "uploads" / f"spool-{secrets.token_hex(8)}")

    def start(self, session: str) -> None:
        self._upload(session).touch()
        self._hashes[session] = hashlib.sha256()

    def append(self, session: str, content: bytes | Spool) -> None:
        if isinstance(content, Spool) and content.path is not None and not self.received(session):
            os.replace(content.path, self._upload(session))
            self._hashes[session] = content.hash
            return
        source = io.BytesIO(content) if isinstance(content, bytes) else content.chunks()
        with self._upload(session).open("ab") as file:
            while piece := source.read(CHUNK):
                file.write(piece)
                self._hashes[session].update(piece)

    def received(self, session: str) -> int:
        path = self._upload(session)
        return path.stat().st_size if path.exists() else 0

    def finish(self, session: str, claimed: str) -> Digest | None:
        digest = Digest("sha256:" + self._hashes.pop(session).hexdigest())
        if digest != claimed:
            self._upload(session).unlink()
            return None
        os.replace(self._upload(session), self._blob(digest))
        return digest

    def drop(self, session: str) -> None:
        self._hashes.pop(session, None)
        self._upload(session).unlink(missing_ok=True)

    def size(self, digest: Digest) -> int:
        return self._blob(digest).stat().st_size

    def open(self, digest: Digest) -> BinaryIO:
        return self._blob(digest).open("rb")

    def _upload(self, session: str) -> Path:
        return self.root / "uploads" / session

    def _blob(self, digest: Digest) -> Path:
        return self.root / "blobs" / digest.hex
