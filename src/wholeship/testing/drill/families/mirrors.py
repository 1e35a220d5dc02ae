"""G: images that go to two registries; a copy is a sibling, wherever it is."""

from __future__ import annotations

from wholeship.testing.drill.families.named import IMAGES, SIBLINGS, beaten, met_by
from wholeship.testing.drill.stage import MIRROR, Setting, without_aliases
from wholeship.testing.registry import Manner

BOTH = Setting(mirrored=IMAGES)
ALONE = Setting(mirrored=SIBLINGS)
ONCE = Setting(manner=Manner.ECR, mirrored=IMAGES)
BEATEN = "somebody binds the tag of the copy of"

CASES = (
    *met_by(
        "G1",
        (
            ("both", "every image goes to two registries", BOTH, None, False),
            ("both-elsewhere", "the same, and another machine goes on", BOTH, None, True),
            ("siblings", "what nobody follows goes to two registries", ALONE, None, False),
            ("once", "two registries, and tags are written once", ONCE, without_aliases, False),
        ),
    ),
    *(
        beaten("G2", f"beaten-{image}", f"{BEATEN} {image}", f"{image} ({MIRROR})", BOTH)
        for image in ("app", "worker")
    ),
)
