"""A write that will be refused again and again says what is lacking, and the command that helps."""

from __future__ import annotations

import json

import pytest

from tests.adapters.test_registry_client import SMALL, Answer, Scripted, client, status
from wholeship.adapters.registry.refusals import create_command
from wholeship.core.errors import (
    ExitCode,
    RegistryDenied,
    RegistryError,
    RegistryLacks,
    RepositoryMissing,
    all_missing,
)
from wholeship.core.reference import Repository

APP = Repository("ghcr.io", "acme/app")


def refused(code: int, *codes: str) -> Answer:
    return status(code, json.dumps({"errors": [{"code": name, "message": "no"} for name in codes]}).encode())


@pytest.mark.parametrize(
    ("answer", "error", "exit_code", "advice"),
    [
        (status(405), RegistryError, ExitCode.UNFINISHED, "read-only"),
        (refused(405, "UNSUPPORTED"), RegistryError, ExitCode.UNFINISHED, "cache of another registry"),
        (refused(404, "NAME_UNKNOWN"), RepositoryMissing, ExitCode.NO, "make it first: "),
        (refused(403, "DENIED"), RegistryDenied, ExitCode.UNFINISHED, "credentials"),
    ],
)
def test_a_push_that_is_not_let_in(
    answer: Answer, error: type[RegistryError], exit_code: ExitCode, advice: str
) -> None:
    """By what the registry answers: read-only, to be made first, not allowed."""
    with pytest.raises(error) as caught:
        client(Scripted([answer])).probe_push(APP)
    assert caught.value.exit_code is exit_code
    assert advice in caught.value.advice


@pytest.mark.parametrize("answer", [refused(400, "MANIFEST_INVALID"), status(415)])
def test_a_registry_without_oci_images(answer: Answer) -> None:
    """It is told as that, and no other try is asked for."""
    with pytest.raises(RegistryLacks, match="does not take OCI images") as caught:
        client(Scripted([answer])).store(APP, SMALL.manifest)
    assert caught.value.exit_code is ExitCode.NO


@pytest.mark.parametrize(
    ("repository", "command"),
    [
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/app",
            "aws ecr create-repository --region eu-west-1 --repository-name shop/app",
        ),
        (
            "europe-west1-docker.pkg.dev/acme-prod/shop/app",
            (
                "gcloud artifacts repositories create shop --repository-format=docker "
                "--location=europe-west1 --project=acme-prod"
            ),
        ),
        (
            "harbor.example/shop/app",
            (
                "for Harbor: curl -u USER -H 'Content-Type: application/json' "
                '-d \'{"project_name": "shop"}\' https://harbor.example/api/v2.0/projects'
            ),
        ),
    ],
)
def test_the_command_that_makes_it(repository: str, command: str) -> None:
    """As it is typed, with the name that lacks."""
    assert create_command(Repository.parse(repository)) == command


def test_all_that_lack_are_told_at_once() -> None:
    """Each repository is named, and a command that makes two is there once."""
    missing = [
        RepositoryMissing(repository, "no", create_command(repository))
        for repository in (Repository("h.example", "shop/app"), Repository("h.example", "shop/worker"))
    ]
    error = all_missing(missing)
    assert "h.example/shop/app, h.example/shop/worker" in error.message
    assert error.advice.count("api/v2.0/projects") == 1
    assert error.exit_code is ExitCode.NO
