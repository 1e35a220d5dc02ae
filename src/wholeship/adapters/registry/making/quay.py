"""Quay: a repository of its own for each image, made private.

Facts: Quay's API 1 (``GET`` and ``POST /api/v1/repository``). It takes no login of the registry's but a token
of an OAuth application, which has to be given.
"""

from __future__ import annotations

from functools import partial

from wholeship.adapters.registry.making.call import Api
from wholeship.core.errors import BadInput
from wholeship.core.reference import Repository
from wholeship.release.ports import Making

VARIABLE = "WHOLESHIP_QUAY_TOKEN"
RIGHT = "a token with the scope repo:create, of an organisation's application"


def lacking(repository: Repository, api: Api) -> Making | None:
    """The repository, unless it is there."""
    token = api.environment.get(VARIABLE, "")
    if not token:
        raise BadInput(
            f"{repository.host} makes repositories with a token of its own, and {VARIABLE} is not set",
            advice=f"set {VARIABLE} to {RIGHT}",
        )
    api.redact.learn(token)
    bearer, base = f"Bearer {token}", f"{api.base(repository.host)}/api/v1/repository"
    found = api.ask("GET", f"{base}/{repository.path}?includeTags=false", bearer)
    if found.status == 200:
        return None
    # It hides repositories that the token may not see; making one that is there is refused, and told.
    if found.status not in (401, 403, 404):
        raise found.refusal(f"asking {repository.host} for {repository.path}", RIGHT)
    what = f"the private repository {repository.path} in {repository.host}"
    return Making(what, partial(_make, api, base, bearer, repository, what))


def _make(api: Api, base: str, bearer: str, repository: Repository, what: str) -> None:
    namespace, _, name = repository.path.partition("/")
    body = {"namespace": namespace, "repository": name, "visibility": "private", "description": ""}
    made = api.ask("POST", base, bearer, body)
    if made.status != 201:
        raise made.refusal(f"making {what}", RIGHT)
