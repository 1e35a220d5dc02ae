"""Amazon ECR: a repository for each image, with the settings that the account gives new ones.

Spoken by botocore, AWS's own library (the extra `aws`), which finds the identity as all their tools do.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from wholeship.adapters.registry.making.call import Api
from wholeship.adapters.registry.services import SERVICES
from wholeship.core.errors import RegistryDenied, RegistryError, ToolMissing
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository
from wholeship.core.text import printable
from wholeship.release.ports import Making

RIGHT = "it takes ecr:DescribeRepositories and ecr:CreateRepository"
_HOST = next(lazy_pattern(service.hosts) for service in SERVICES if service.name == "Amazon ECR")


def lacking(repository: Repository, api: Api) -> Making | None:
    """The repository, unless it is there."""
    place = _HOST.fullmatch(repository.host)
    assert place is not None  # the table of makers leads here for no other host
    client, errors = open_client(place["region"])
    where = f"{repository.path} in Amazon ECR ({place['region']}, account {place['account']})"
    asked = {"registryId": place["account"], "repositoryNames": [repository.path]}
    try:
        client.describe_repositories(**asked)
        return None
    except client.exceptions.RepositoryNotFoundException:
        what = f"the repository {where}"
        return Making(what, partial(_make, client, errors, place["account"], repository, what))
    except (errors.BotoCoreError, errors.ClientError) as error:
        raise _told_error(f"asking for {where}", error) from None


def open_client(region: str) -> tuple[Any, Any]:
    """botocore's client for ECR in *region*, and its exceptions. :class:`ToolMissing`."""
    try:
        session = importlib.import_module("botocore.session").get_session()
        errors = importlib.import_module("botocore.exceptions")
    except ImportError as error:
        raise ToolMissing(
            f"ECR's API needs a library that is not installed ({error.name})",
            advice="pip install 'wholeship[aws]'",
        ) from None
    return session.create_client("ecr", region_name=region), errors


def _make(client: Any, errors: Any, account: str, repository: Repository, what: str) -> None:
    try:
        client.create_repository(registryId=account, repositoryName=repository.path)
    except client.exceptions.RepositoryAlreadyExistsException:
        return  # somebody else has just made it
    except (errors.BotoCoreError, errors.ClientError) as error:
        raise _told_error(f"making {what}", error) from None


def _told_error(deed: str, error: Exception) -> RegistryError:
    said = printable(str(error), limit=300)
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    if code in ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"):
        return RegistryDenied(f"{deed} is not allowed: {said}", advice=RIGHT)
    return RegistryError(f"{deed} did not work: {said}", advice=RIGHT)
