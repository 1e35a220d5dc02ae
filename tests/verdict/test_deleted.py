"""A sibling whose tag is taken away again, by whatever program, is not out with the followed image."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

AZURE = "acme.azurecr.io"
GOOGLE = "eu-docker.pkg.dev/acme/r"


def whole(home: str, last: str) -> bool | None:
    """The verdict where worker and app are pushed below *home*, and *last* runs after that."""
    lines = [f"docker push {home}/{name}:$GITHUB_SHA" for name in ("worker", "app")]
    steps = "".join(f"      - run: {line}\n" for line in (*lines, last))
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", options=options).whole


@pytest.mark.parametrize(
    ("home", "last"),
    [
        ("r.io", "crane delete r.io/worker:$GITHUB_SHA"),
        ("r.io", "skopeo delete docker://r.io/worker:$GITHUB_SHA"),
        ("r.io", "regctl tag rm r.io/worker:$GITHUB_SHA"),
        (AZURE, "az acr repository delete --name acme --image worker:$GITHUB_SHA --yes"),
        (AZURE, "az acr repository untag -n acme --image worker:$GITHUB_SHA"),
        (GOOGLE, f"gcloud artifacts docker images delete {GOOGLE}/worker:$GITHUB_SHA --quiet"),
        (GOOGLE, f"gcloud artifacts docker tags delete {GOOGLE}/worker:$GITHUB_SHA -q"),
        ("gcr.io/acme", "gcloud container images untag gcr.io/acme/worker:$GITHUB_SHA --quiet"),
    ],
)
def test_a_sibling_that_is_deleted_is_half(home: str, last: str) -> None:
    """The followed image stays, and the sibling's tag is gone."""
    assert whole(home, last) is False


@pytest.mark.parametrize(
    ("home", "last"),
    [
        (AZURE, "az acr repository delete --name acme --image worker:build-$GITHUB_RUN_ID --yes"),
        (AZURE, "az acr repository show --name acme --image worker:$GITHUB_SHA"),
        (GOOGLE, f"gcloud artifacts docker images describe {GOOGLE}/worker:$GITHUB_SHA"),
        (GOOGLE, "gcloud container clusters delete preview --quiet"),
    ],
)
def test_what_takes_away_something_else_does_not_matter(home: str, last: str) -> None:
    """Another tag, a question, another thing: the release stays whole."""
    assert whole(home, last) is True
