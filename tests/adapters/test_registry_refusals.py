"""A write that will be refused again and again says what is lacking, and the command that helps."""

from __future__ import annotations

import base64
import json

import pytest

from tests.adapters.test_registry_client import SMALL, Answer, Scripted, client, status
from wholeship.adapters.registry.services import create_command
from wholeship.adapters.registry.tokens import Credential
from wholeship.core.errors import (
    ExitCode,
    RegistryDenied,
    RegistryError,
    RegistryLacks,
    RegistryThrottled,
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


def token(*access: object) -> Answer:
    """A JSON Web Token with this claim, as the token services of Docker Hub, Quay, ACR and Harbor give."""
    claims = base64.urlsafe_b64encode(json.dumps({"access": access}).encode()).rstrip(b"=").decode()
    return status(200, json.dumps({"token": f"e30.{claims}.c2ln"}).encode())


CHALLENGE = status(401, WWW_Authenticate='Bearer realm="https://auth.example/t",service="s"')
LISTED, UNKNOWN, NOT_LISTED = status(200, b'{"tags":["1"]}'), refused(404, "NAME_UNKNOWN"), status(403)
PUSHER = {"type": "repository", "name": "acme/app", "actions": ["pull", "push"]}


@pytest.mark.parametrize(
    ("host", "access", "listing", "said", "ways"),
    [
        # The listing tells: it is there, or it is not.
        ("ghcr.io", [], LISTED, "it is there", ["if the login may not push", "write:packages"]),
        (
            "ghcr.io",
            [],
            UNKNOWN,
            "knows nothing of that name",
            ["the first push makes it, by a login that may"],
        ),
        # The token tells: the right is there, so that it is something else.
        (
            "r.example",
            [PUSHER],
            NOT_LISTED,
            "allows pull and push",
            ["if it is not there", "a rule forbids this"],
        ),
        ("r.example", [], NOT_LISTED, "allows nothing", ["if it is not there", "if the login may not push"]),
        # Nothing tells: both causes, and what shows which, in the words of the service.
        (
            "docker.io",
            None,
            NOT_LISTED,
            "for what is not there, too",
            ["hub.docker.com/repository/docker/acme/app"],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            None,
            NOT_LISTED,
            "for what is not there, too",
            [
                "aws ecr describe-repositories",
                "aws ecr create-repository",
                "--create-repositories",
                "PutImage",
            ],
        ),
        (
            "quay.io",
            None,
            NOT_LISTED,
            "for what is not there, too",
            ["api/v1/repository", "Creator in a team of acme"],
        ),
        (
            "acme.azurecr.io",
            None,
            NOT_LISTED,
            "for what is not there, too",
            [
                "az acr check-health --name acme",
                "changeableAttributes",
                "AcrPush",
                "az acr login --name acme",
            ],
        ),
        (
            "us-docker.pkg.dev",
            None,
            NOT_LISTED,
            "for what is not there, too",
            [
                "gcloud artifacts repositories describe app --location=us --project=acme",
                "artifactregistry.writer",
            ],
        ),
    ],
)
def test_what_is_not_there_or_not_allowed(
    host: str, access: list[object] | None, listing: Answer, said: str, ways: list[str]
) -> None:
    """A 403 is told with what tells its causes apart, and with the command that ends each that is left."""
    given = status(200, b'{"token":"opaque-token"}') if access is None else token(*access)
    script = Scripted([CHALLENGE, given, refused(403, "DENIED"), listing])
    logins = {host: Credential("ci", "secret-1")}
    with pytest.raises(RegistryDenied) as caught:
        client(script, logins=logins).probe_push(Repository(host, "acme/app"))
    assert said in caught.value.message
    for way in ways:
        assert way in caught.value.advice
    assert ("if it is not there" in caught.value.advice) == (listing is not LISTED)
    assert caught.value.exit_code is ExitCode.UNFINISHED


def test_a_registry_that_says_no_and_names_no_login() -> None:
    """Harbor answers so for a project that is not there: it is told as that, and not as a strange login."""
    absent = refused(401, "UNAUTHORIZED")
    with pytest.raises(RegistryDenied) as caught:
        client(
            Scripted([absent, absent]), logins={"harbor.example": Credential("ci", "secret-1")}
        ).probe_push(Repository("harbor.example", "shop/app"))
    assert "registries answer so for what is not there" in caught.value.message
    assert "https://harbor.example/api/v2.0/projects" in caught.value.advice


def test_without_a_login_one_is_asked_for() -> None:
    """Where nothing was logged in with, that comes first."""
    script = Scripted([CHALLENGE, token(), refused(403, "DENIED")])
    with pytest.raises(RegistryDenied, match="without a login") as caught:
        client(script).probe_push(APP)
    assert caught.value.advice.startswith("log in as someone who may push")


@pytest.mark.parametrize(
    ("host", "advice"),
    [
        ("docker.io", "log in (docker login), or wait until the count falls"),
        ("acme.azurecr.io", "wait a minute, or take a higher tier"),
        ("r.example", "wait, and run the same command again"),
    ],
)
def test_a_limit_says_what_is_counted_and_what_is_left(host: str, advice: str) -> None:
    """What the registry tells of its limit is told on, and how it is ended there."""
    body = json.dumps(
        {"errors": [{"code": "TOOMANYREQUESTS", "message": "you have reached your limit"}]}
    ).encode()
    answer = status(429, body, RateLimit_Limit="100;w=21600", RateLimit_Remaining="0;w=21600")
    with pytest.raises(RegistryThrottled) as caught:
        client(Scripted([answer] * 6)).manifest(Repository(host, "acme/app"), SMALL.manifest.digest)
    assert "100;w=21600, left: 0;w=21600" in caught.value.message
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
