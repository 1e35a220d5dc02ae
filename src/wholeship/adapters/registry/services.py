"""Registry services that people know by name: what a push needs there, and the commands that help.

Facts: the reference pages of `aws ecr`, `aws ecr-public`, `gcloud artifacts`, `az acr` and GitHub's packages
API; "Troubleshoot registry login" and "Lock a container image" of Azure's documentation; Docker Hub's "Usage
and limits"; Quay's API 1; Harbor's API 2.0; GitLab's "Container registry". Our tests reach none of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from wholeship.core.reference import Repository
from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One service. All texts but ``name`` and ``hosts`` are filled in (see :func:`service_of`).

    ``make`` makes what a push needs (empty: a push makes it); ``show`` tells whether it is there; ``right``
    is what lets one push, in that service's words; ``login`` logs in; ``stops`` is what else stops people
    there; ``throttled`` is what is counted, and what helps. ``can_make``: by ``--create-repositories``.
    """

    name: str
    hosts: str
    right: str
    login: str = "docker login {host}"
    make: str = ""
    show: str = ""
    stops: str = ""
    throttled: str = ""
    can_make: bool = False

    def named(self, repository: Repository) -> Mapping[str, str] | None:
        """What the texts are filled in with; None: *repository* is of another service."""
        found = re.fullmatch(self.hosts, repository.host)
        if found is None:
            return None
        first, _, rest = repository.path.partition("/")
        return {
            **{key: value or "" for key, value in found.groupdict().items()},
            "host": repository.host,
            "path": repository.path,
            "first": first,
            "rest": rest,
            "second": rest.partition("/")[0],
            "escaped": rest.replace("/", "%2F"),
        }


SERVICES: tuple[Service, ...] = (
    Service(
        "Amazon ECR",
        r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?",
        right="ecr:InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, PutImage, BatchGetImage and "
        "BatchCheckLayerAvailability on it, in the role's policy or the repository's",
        login="aws ecr get-login-password --region {region} | docker login -u AWS --password-stdin {host} "
        "(it lasts 12 hours)",
        make="aws ecr create-repository --region {region} --repository-name {path}",
        show="aws ecr describe-repositories --region {region} --repository-names {path}",
        can_make=True,
    ),
    Service(
        "Amazon ECR Public",
        r"public\.ecr\.aws",
        right="the same rights as in ECR, under ecr-public:, and sts:GetServiceBearerToken",
        login="aws ecr-public get-login-password --region us-east-1 | "
        "docker login -u AWS --password-stdin {host}",
        make="aws ecr-public create-repository --region us-east-1 --repository-name {rest}",
        show="aws ecr-public describe-repositories --region us-east-1 --repository-names {rest}",
    ),
    Service(
        "Google Artifact Registry",
        r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev",
        right="the role Artifact Registry Writer (roles/artifactregistry.writer) on it",
        login="gcloud auth configure-docker {host}",
        make="gcloud artifacts repositories create {second} --repository-format=docker "
        "--location={location} --project={first}",
        show="gcloud artifacts repositories describe {second} --location={location} --project={first}",
        can_make=True,
    ),
    Service(
        "Azure Container Registry",
        r"(?P<registry>[a-z0-9]+)\.azurecr\.(?:io|cn|us)",
        right="the role AcrPush (with Entra attributes: Container Registry Repository Writer)",
        login="az acr login --name {registry} (a token of it lasts 3 hours)",
        show="az acr repository show --name {registry} --repository {path}",
        stops="public access may be off, or this address not let in: az acr check-health --name {registry} "
        "--yes; the repository or the tag may be locked: az acr repository show --name {registry} "
        "--repository {path} --query changeableAttributes",
        throttled="its tier counts reads and writes by the minute: wait a minute, or take a higher tier",
    ),
    Service(
        "Docker Hub",
        r"docker\.io",
        right="read and write for {first}/{rest}, in a team of {first} or as its owner, and an access token "
        "that is not read-only",
        login="docker login (with an access token as the password)",
        show="https://hub.docker.com/repository/docker/{path}",
        stops="a plan without a private repository left takes no push to a new private one",
        throttled="pulls are counted, by address without a login and by account with one, and each read of a "
        "manifest is one: log in (docker login), or wait until the count falls",
    ),
    Service(
        "GitHub's registry",
        r"ghcr\.io",
        right="write:packages in the token; in Actions permissions: {{packages: write}}, and for a package "
        "that is there already the role Write for this repository (package settings, Manage Actions access)",
        login="docker login ghcr.io (with a token that has write:packages as the password)",
        show="gh api /orgs/{first}/packages/container/{escaped} (for a person: /users/{first}/…)",
    ),
    Service(
        "Quay",
        r"quay\.io",
        right="Write for the robot account on it, or, to make it by pushing, Creator in a team of {first}",
        make="curl -X POST -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' "
        '-d \'{{"namespace": "{first}", "repository": "{rest}", '
        '"visibility": "private", "description": ""}}\' https://{host}/api/v1/repository',
        show="https://quay.io/repository/{path}",
        can_make=True,
    ),
    Service(
        "GitLab",
        r"registry\.gitlab\.com",
        right="the role Developer in the project, or a deploy token with write_registry",
        login="docker login {host} (in a job: -u $CI_REGISTRY_USER -p $CI_REGISTRY_PASSWORD)",
        show="glab api projects/{first}%2F{second}/registry/repositories",
        stops="the project has to be there, with its container registry switched on",
    ),
)
"""What is filled in: ``host``, ``path``, its ``first`` part, the ``rest`` and of that the ``second`` part."""

OTHER = Service("", ".*", right="")
"""A registry that is not known by name."""


def service_of(repository: Repository) -> tuple[Service, Mapping[str, str]]:
    """The service that *repository* is in, and what its texts are filled in with."""
    found = ((service, service.named(repository)) for service in (*SERVICES, OTHER))
    return next((service, names) for service, names in found if names is not None)


def create_command(repository: Repository) -> str:
    """The command that makes *repository* in a registry that wants it made first, ready to be typed; empty
    where a push makes it."""
    service, names = service_of(repository)
    if service is not OTHER:
        return service.make.format_map(names)
    body = json.dumps({"project_name": names["first"]})
    api = f"https://{repository.host}/api/v2.0/projects"
    return f"for Harbor: curl -u USER -H 'Content-Type: application/json' -d '{body}' {api}"
