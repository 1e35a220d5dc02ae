"""Images that one bake or skaffold run pushes: the help is about that run."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, script, workflow
from wholeship.core.finding import Finding
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

BAKE = """
group "default" { targets = ["app", "worker"] }
target "app" { tags = ["r.io/app:${TAG}"] }
target "worker" { tags = ["r.io/worker:${TAG}"] }
variable "TAG" { default = "" }
"""
SKAFFOLD = "build: {artifacts: [{image: r.io/app}, {image: r.io/worker}]}\n"
FILES = {"docker-bake.hcl": BAKE.encode(), "skaffold.yaml": SKAFFOLD.encode()}


def found(command: str) -> Finding:
    text = workflow(job("images", steps=script(f'export TAG="$GITHUB_SHA"\n{command}')))
    options = Options(watched=Watched(("app",), "--watched"), rules=("half-release",))
    (finding,) = check_one(text, "a.yml", FILES.get, options).findings
    return finding


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("docker buildx bake --push", "Run bake twice with --push: first with every other target"),
        ('skaffold build --tag "$TAG"', "Run it twice: first with --build-image for each other image"),
        ("docker push r.io/app:$TAG; docker push r.io/worker:$TAG", "Push app in the last step of images"),
    ],
)
def test_the_help_is_about_that_run(command: str, said: str) -> None:
    """bake, skaffold and single pushes in one step: what to do is said in their own words."""
    finding = found(command)
    assert finding.fix is not None
    assert said in finding.fix.description


def test_bake_twice_is_whole() -> None:
    """What the help says helps: siblings first, then the followed one, in two runs."""
    text = workflow(
        job(
            "images",
            steps=script(
                'export TAG="$GITHUB_SHA"\ndocker buildx bake worker --push\ndocker buildx bake app --push'
            ),
        )
    )
    options = Options(watched=Watched(("app",), "--watched"))
    report = check_one(text, "a.yml", FILES.get, options)
    assert report.whole is True
