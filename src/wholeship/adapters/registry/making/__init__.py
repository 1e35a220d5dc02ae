"""Making what a push needs, a repository or a project, by the API of the registry that wants it made first.

One file a service. Each is asked only when a push was refused and `--create-repositories` was given; those
where a push makes it by itself (GHCR, Docker Hub, Azure, GitLab, Gitea) have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry.making import artifact_registry, ecr, harbor, quay
from wholeship.adapters.registry.making.call import Api
from wholeship.adapters.registry.services import service_of
from wholeship.core.errors import WholeshipError
from wholeship.core.reference import Repository
from wholeship.release.ports import Making

__all__ = ["Api", "RegistryApis"]

Maker = Callable[[Repository, Api], Making | None]
"""What would have to be made for a repository; None: it is there."""

MAKERS: Mapping[str, Maker] = {
    "Amazon ECR": ecr.lacking,
    "Google Artifact Registry": artifact_registry.lacking,
    "Quay": quay.lacking,
    "": harbor.lacking,
}
"""By the name of the service in ``services.py``; one without a name may be a Harbor."""


def open_apis(environment: Mapping[str, str], is_plain: Callable[[str], bool]) -> RegistryApis:
    """Every API, with the logins that are stored here; *is_plain* tells the hosts without TLS."""
    return RegistryApis(Api(HttpTransport(), SystemClock(), StoredCredentials(), environment, is_plain))


class RegistryApis:
    """See :class:`wholeship.release.ports.RepositoryMaker`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def lacking(self, repository: Repository) -> Making | None:
        service, names = service_of(repository)
        maker = MAKERS.get(service.name)
        try:
            return maker(repository, self._api) if maker else None
        except WholeshipError as error:
            by_hand = service.make.format_map(names)
            ways = [error.advice, f"or make it yourself: {by_hand}" if by_hand else ""]
            error.advice = "; ".join(way for way in ways if way)
            raise
