"""A tag that a script does not hand on: the sibling goes out under another, and the release is half."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

FILES = {
    "push-worker.sh": "docker push r.io/worker:${TAG:-dev}\n",
    "Makefile": "TAG ?= dev\nworker:\n\tdocker push r.io/worker:$(TAG)\n",
    "docker-bake.hcl": (
        'variable "TAG" { default = "dev" }\ntarget "default" {\n  tags = ["r.io/worker:${TAG}"]\n}\n'
    ),
    "compose.yml": "services:\n  worker: {build: w, image: 'r.io/worker:${TAG:-dev}'}\n",
}
WAYS = ("bash push-worker.sh", "make worker", "docker buildx bake --push", "docker compose push worker")


def whole(script: str) -> bool | None:
    """The verdict on a step that runs *script* and pushes app."""
    lines = "".join(
        f"          {line}\n" for line in (*script.split("\n"), "docker push r.io/app:$GITHUB_SHA")
    )
    steps = f"      - uses: actions/checkout@v4\n{LOGIN}      - run: |\n{lines}"
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", FILES.get, options=options).whole


@pytest.mark.parametrize("way", WAYS)
def test_a_tag_that_is_not_exported_stays_behind(way: str) -> None:
    """worker is pushed as `dev`, or not by this name: app goes out alone."""
    assert whole(f"TAG=$GITHUB_SHA\n{way}") is not True


@pytest.mark.parametrize("way", WAYS)
def test_a_tag_that_is_exported_arrives(way: str) -> None:
    """By `export`, before the command, by `env`, and by `set -a`."""
    for script in (
        f"export TAG=$GITHUB_SHA\n{way}",
        f"TAG=$GITHUB_SHA\nexport TAG\n{way}",
        f"TAG=$GITHUB_SHA {way}",
        f"env TAG=$GITHUB_SHA {way}",
        f"set -a\nTAG=$GITHUB_SHA\nset +a\n{way}",
    ):
        assert whole(script) is True, script


@pytest.mark.parametrize("way", WAYS)
def test_a_tag_that_is_exported_on_one_way_may_stay_behind(way: str) -> None:
    """Where only some runs export it, the release is not whole in all of them."""
    assert whole(f"TAG=$GITHUB_SHA\nif [ -e notes ]; then export TAG; fi\n{way}") is not True
