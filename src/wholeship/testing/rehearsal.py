"""A registry for a rehearsal: on this machine, on disk, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve
from wholeship.testing.storage import FolderBlobs


@contextmanager
def rehearsal_registry() -> Iterator[str]:
    """The host of the registry, for the time of the block."""
    with (
        tempfile.TemporaryDirectory(prefix="wholeship-rehearsal-") as folder,
        serve(EmbeddedRegistry(blobs=FolderBlobs(Path(folder)))) as server,
    ):
        yield server.host
