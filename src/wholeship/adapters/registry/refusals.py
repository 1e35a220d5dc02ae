"""A write that a registry will refuse again and again: what it lacks, and the command that helps.

Facts: OCI distribution specification 1.1, "Error Codes"; distribution's `maintenance.readonly` (405); the
reference pages of `aws ecr create-repository`, `gcloud artifacts repositories create` and Harbor's API 2.0.
"""

from __future__ import annotations

import json

from wholeship.adapters.registry import answers
from wholeship.core.errors import RegistryError, RegistryLacks, RepositoryMissing
from wholeship.core.http import Response
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository

_ECR = lazy_pattern(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
)
_GAR = lazy_pattern(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev")


def refused_write(
    response: Response, repository: Repository, said: str, *, of_image: bool
) -> RegistryError | None:
    """What it means that a write to *repository* was refused so; None where that is not known to last.

    *said* is the registry's answer, for people; *of_image*: an image was written, and no artifact beside one.
    """
    codes = answers.error_codes(response)
    if response.status == 405:
        return RegistryError(
            f"{repository} takes no writes: {said}",
            advice="it is read-only (in maintenance), or a cache of another registry: make it writable and "
            "run this again, or name another with registry: in the release file",
        )
    if response.status == 404 and "NAME_UNKNOWN" in codes:
        return RepositoryMissing(repository, said, create_command(repository))
    if of_image and (response.status == 415 or (response.status == 400 and "MANIFEST_INVALID" in codes)):
        return RegistryLacks(
            f"{repository} does not take OCI images: {said}",
            advice="wholeship writes OCI manifests and no others: name a registry that takes them with "
            "registry: in the release file, or update this one",
        )
    return None


def create_command(repository: Repository) -> str:
    """The command that makes *repository* in a registry that wants it made first, ready to be typed."""
    if found := _ECR.fullmatch(repository.host):
        return f"aws ecr create-repository --region {found['region']} --repository-name {repository.path}"
    project, _, rest = repository.path.partition("/")
    if found := _GAR.fullmatch(repository.host):
        where = f"--location={found['location']} --project={project}"
        name = rest.partition("/")[0]
        return f"gcloud artifacts repositories create {name} --repository-format=docker {where}"
    body = json.dumps({"project_name": project})
    api = f"https://{repository.host}/api/v2.0/projects"
    return f"for Harbor: curl -u USER -H 'Content-Type: application/json' -d '{body}' {api}"
