"""Small releases with their truth, kept as text in ``cases/``: each is a kind of mistake that was made once.

A file holds cases. ``== NAME: half`` (or ``whole``) begins one; ``, unplayed`` says that the oracle cannot
carry it out, or not what breaks it; ``, extended`` that only the long test does; ``, unasked`` that only one
image is ever published. The next line is what must stay true. Then come the jobs, and other files after
``--- PATH``. Checkout and login are put in front of the steps, unless a job says ``bare: true``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracle import yaml12
from tests.oracle.generate import CHECKOUT, dump, login
from tests.oracle.world import MAIN, Event, World, image

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """A world, whether a run can show half of its release, and the sentence that says why."""

    name: str
    half: bool
    played: bool
    asked: bool
    """Are there two images that some run publishes? Otherwise there is nothing to ask."""
    says: str
    world: World
    long: bool = False
    """Is it carried out in the long test only?"""


def cases() -> list[Case]:
    """All cases, by name."""
    texts = (file.read_text() for file in sorted(FOLDER.glob("*.txt")))
    return [_case(part) for text in texts for part in re.split(r"(?m)^== ", text)[1:]]


def _case(part: str) -> Case:
    head, says, body = part.split("\n", 2)
    name, _, truth = head.partition(": ")
    jobs, *others = re.split(r"(?m)^--- (\S+)\n", body)
    document = yaml12.load(jobs)
    names = ["web", "jobs", *str(document.pop("also", "")).split()]
    started = document.pop("on", "push")
    files = {path: text.rstrip("\n") + "\n" for path, text in zip(others[::2], others[1::2], strict=True)}
    workflow = {"on": started, "permissions": {"packages": "write"}}
    workflow["jobs"] = {key: _job(job) for key, job in document.items()}
    event = Event("push", "refs/tags/v1.2.3") if "tags" in str(started) else Event()
    world = World(
        {**files, MAIN: dump(workflow)},
        tuple(image(entry, "r.example/shop") for entry in names),
        "web",
        events=(event,),
        parallel=True,
    )
    return Case(
        name,
        "half" in truth,
        "unplayed" not in truth,
        "unasked" not in truth,
        says,
        world,
        "extended" in truth,
    )


def _job(job: dict[str, Any]) -> dict[str, Any]:
    if "steps" not in job:
        return job
    front = [CHECKOUT] if job.pop("bare", False) else [CHECKOUT, login()]
    return {"runs-on": "ubuntu-latest", **job, "steps": [*front, *job["steps"]]}
