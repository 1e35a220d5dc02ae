"""``python -m tests.oracle FIRST COUNT [FOLDER [KIND]]``: compare, tell disagreements made small, keep them.

KIND is ``shapes`` for the further shapes only, ``strangers`` for those of strangers' workflows,
``pipelines`` for those of whole pipelines, ``releases`` for what stands around a release.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from tests.oracle.drawn import draw, draw_pipeline, draw_release, draw_shape, draw_stranger
from tests.oracle.explore import machine
from tests.oracle.judge import WRONG, Judged, compared, small
from tests.oracle.world import dumped

KINDS = {
    "": draw,
    "shapes": draw_shape,
    "strangers": draw_stranger,
    "pipelines": draw_pipeline,
    "releases": draw_release,
}


def main(first: int, count: int, folder: str = "", kind: str = "") -> int:
    """The exit code: 1 if there was a disagreement."""
    words: Counter[str] = Counter()
    with machine() as runner:
        for found in compared(range(first, first + count), drawn=KINDS[kind]):
            words[found.word] += 1
            if found.word in WRONG:
                less = small(found, runner)
                print(less.told(), end="\n\n", flush=True)
                if folder:
                    _keep(less, Path(folder))
    for name, number in words.most_common():
        print(f"{number:6} {name}")
    return 1 if any(words[name] for name in WRONG) else 0


def _keep(found: Judged, folder: Path) -> None:
    own = folder / f"{found.word.replace(' ', '-')}-{found.seed}"
    for path, body in {**found.world.files, "world.json": dumped(found.world)}.items():
        (own / path).parent.mkdir(parents=True, exist_ok=True)
        (own / path).write_text(body)
    (own / "told.txt").write_text(found.told())
    (own / "check.json").write_text(json.dumps(found.said.document, indent=1))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]))
