"""A release of the shop, run by ``python -m`` on a terminal of its own: FOLDER, then flags of `release`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.shop import opened


def main(folder: str, *flags: str) -> int:
    """The exit code of the release; builds take long enough to be seen."""
    patch = pytest.MonkeyPatch()
    with opened(Path(folder), patch) as shop:
        shop.builder.seconds = 0.7
        file = shop.root / "wholeship.yaml"
        images = "{app: {}, worker: {}, embeddings-with-a-very-long-name: {}}"
        file.write_text(file.read_text().replace("{app: {}, worker: {}}", images))
        return shop.main(["release", *flags])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
