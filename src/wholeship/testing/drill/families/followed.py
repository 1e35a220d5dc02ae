"""F: several followed images; each gets its tag when all that nobody follows is there, in their order."""

from __future__ import annotations

from wholeship.testing.drill.families.named import IMAGES, beaten, met_by
from wholeship.testing.drill.stage import Setting, without_aliases
from wholeship.testing.registry import Manner

TWO = Setting(also_watched=("worker",))
ONCE = Setting(manner=Manner.ECR, also_watched=("worker",))
ALL = Setting(also_watched=("embeddings", "worker"))
BEATEN = "two are followed, and somebody binds the tag of"

CASES = (
    *met_by(
        "F1",
        (
            ("two", "two of three images are followed", TWO, None, False),
            ("two-elsewhere", "two are followed, another machine goes on", TWO, None, True),
            ("once", "two are followed, and tags are written once", ONCE, without_aliases, False),
            ("all", "every image is followed", ALL, None, False),
        ),
    ),
    *(beaten("F2", f"beaten-{image}", f"{BEATEN} {image}", image, TWO) for image in IMAGES),
)
