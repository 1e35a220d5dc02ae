"""Where the embedded registry keeps its bytes: memory, or a folder that survives a restart."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wholeship.core.digest import Digest

if TYPE_CHECKING:
    from wholeship.testing.registry import Shelf


class Blobs(Protocol):
    """Content by digest, uploads by session, and the shelves that name them."""

    def load_shelves(self) -> dict[str, Shelf]:
        """The repositories of an earlier life."""
        ...

    def save_shelf(self, name: str, shelf: Shelf) -> None:
        """Make a repository's tags and manifests durable, all or nothing."""
        ...

    def start(self, session: str) -> None:
        """Open an upload."""
        ...

    def append(self, session: str, content: bytes) -> None:
        """Add to an upload."""
        ...

    def received(self, session: str) -> int:
        """Bytes of an upload so far."""
        ...

    def finish(self, session: str, claimed: str) -> Digest | None:
        """Close an upload; None (and nothing kept) when the content has another digest."""
        ...

    def drop(self, session: str) -> None:
        """Throw an upload away."""
        ...

    def size(self, digest: Digest) -> int:
        """Bytes of a blob."""
        ...

    def read(self, digest: Digest) -> bytes:
        """A blob."""
        ...


class MemoryBlobs:
    """Everything in memory."""

    def __init__(self) -> None:
        self._blobs: dict[Digest, bytes] = {}
        self._uploads: dict[str, bytearray] = {}

    def load_shelves(self) -> dict[str, Shelf]:
        """None: memory has no earlier life."""
        return {}

    def save_shelf(self, name: str, shelf: Shelf) -> None:
        """Nothing to do."""

    def start(self, session: str) -> None:
        """See :class:`Blobs`."""
        self._uploads[session] = bytearray()

    def append(self, session: str, content: bytes) -> None:
        """See :class:`Blobs`."""
        self._uploads[session] += content

    def received(self, session: str) -> int:
        """See :class:`Blobs`."""
        return len(self._uploads.get(session, b""))

    def finish(self, session: str, claimed: str) -> Digest | None:
        """See :class:`Blobs`."""
        content = bytes(self._uploads.pop(session))
        digest = Digest.of(content)
        if digest != claimed:
            return None
        self._blobs[digest] = content
        return digest

    def drop(self, session: str) -> None:
        """See :class:`Blobs`."""
        self._uploads.pop(session, None)

    def size(self, digest: Digest) -> int:
        """See :class:`Blobs`."""
        return len(self._blobs[digest])

    def read(self, digest: Digest) -> bytes:
        """See :class:`Blobs`."""
        return self._blobs[digest]


class FolderBlobs:
    """Files under a folder: ``blobs/HEX``, ``uploads/SESSION``, ``shelves/NAME.json``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("blobs", "uploads", "shelves"):
            (root / name).mkdir(parents=True, exist_ok=True)
        self._hashes: dict[str, hashlib._Hash] = {}

    def load_shelves(self) -> dict[str, Shelf]:
        """See :class:`Blobs`."""
        from wholeship.testing.registry import Shelf

        found = {}
        for path in sorted((self.root / "shelves").glob("*.json")):
            kept = json.loads(path.read_text(encoding="utf-8"))
            manifests = {Digest(d): (kind, text.encode()) for d, (kind, text) in kept["manifests"].items()}
            tags = {tag: Digest(digest) for tag, digest in kept["tags"].items()}
            found[kept["name"]] = Shelf(manifests, tags, {Digest(d) for d in kept["blobs"]})
        return found

    def save_shelf(self, name: str, shelf: Shelf) -> None:
        """See :class:`Blobs`."""
        kept = {
            "name": name,
            "manifests": {d: (kind, body.decode()) for d, (kind, body) in shelf.manifests.items()},
            "tags": shelf.tags,
            "blobs": sorted(shelf.blobs),
        }
        path = self.root / "shelves" / (hashlib.sha256(name.encode()).hexdigest() + ".json")
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(kept, file)
        os.replace(file.name, path)

    def start(self, session: str) -> None:
        """See :class:`Blobs`."""
        self._upload(session).touch()
        self._hashes[session] = hashlib.sha256()

    def append(self, session: str, content: bytes) -> None:
        """See :class:`Blobs`."""
        with self._upload(session).open("ab") as file:
            file.write(content)
        self._hashes[session].update(content)

    def received(self, session: str) -> int:
        """See :class:`Blobs`."""
        path = self._upload(session)
        return path.stat().st_size if path.exists() else 0

    def finish(self, session: str, claimed: str) -> Digest | None:
        """See :class:`Blobs`."""
        digest = Digest("sha256:" + self._hashes.pop(session).hexdigest())
        if digest != claimed:
            self._upload(session).unlink()
            return None
        os.replace(self._upload(session), self._blob(digest))
        return digest

    def drop(self, session: str) -> None:
        """See :class:`Blobs`."""
        self._hashes.pop(session, None)
        self._upload(session).unlink(missing_ok=True)

    def size(self, digest: Digest) -> int:
        """See :class:`Blobs`."""
        return self._blob(digest).stat().st_size

    def read(self, digest: Digest) -> bytes:
        """See :class:`Blobs`."""
        return self._blob(digest).read_bytes()

    def _upload(self, session: str) -> Path:
        return self.root / "uploads" / session

    def _blob(self, digest: Digest) -> Path:
        return self.root / "blobs" / digest.hex
