"""Google Artifact Registry: a repository for all images under it, in the location that its host names.

Facts: Artifact Registry REST v1, ``projects.locations.repositories`` ``get`` and ``create``, ``operations``
``get``. The login is the registry's own where that is an access token (``gcloud``'s helper gives one), else
what google-auth finds: a service account, workload identity, the metadata server.
"""

from __future__ import annotations

import importlib
from functools import partial

from wholeship.adapters.registry.making.call import Answer, Api
from wholeship.core.errors import RegistryError, ToolMissing, Unfinished
from wholeship.core.reference import Repository
from wholeship.core.text import printable
from wholeship.release.ports import Making

API = "https://artifactregistry.googleapis.com/v1"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
RIGHT = "the permissions artifactregistry.repositories.get and create in the project"
TOKEN_USERS = frozenset({"oauth2accesstoken", "_dcgcloud_token", "_token"})
"""Users that an access token is the password of (Artifact Registry, "Set up authentication for Docker")."""
LOOKS, PAUSE = 30, 2.0


def lacking(repository: Repository, api: Api) -> Making | None:
    """The repository that the image is in, unless it is there."""
    bearer = f"Bearer {_token(repository, api)}"
    location = repository.host.removesuffix("-docker.pkg.dev")
    project, _, rest = repository.path.partition("/")
    name = rest.partition("/")[0]
    parent = f"{API}/projects/{project}/locations/{location}"
    found = api.ask("GET", f"{parent}/repositories/{name}", bearer)
    if found.status == 200:
        return None
    if found.status != 404:
        raise found.refusal(f"asking Artifact Registry for {project}/{name} in {location}", RIGHT)
    what = f"the repository {name} in Google Artifact Registry ({location}, project {project})"
    return Making(what, partial(_make, api, f"{parent}/repositories?repositoryId={name}", bearer, what))


def _make(api: Api, url: str, bearer: str, what: str) -> None:
    made = api.ask("POST", url, bearer, {"format": "DOCKER"})
    if made.status == 409:  # somebody else has just made it
        return
    if made.status != 200:
        raise made.refusal(f"making {what}", RIGHT)
    for _ in range(LOOKS):
        if made.value.get("done"):
            return _check(made, what)
        api.clock.sleep(PAUSE)
        made = api.ask("GET", f"{API}/{made.value.get('name', '')}", bearer)
        if made.status != 200:
            raise made.refusal(f"making {what}", RIGHT)
    raise Unfinished(f"making {what} takes more than {LOOKS * PAUSE:.0f} s", advice="run this again")


def _check(made: Answer, what: str) -> None:
    """The operation is over: was it done?"""
    error = made.value.get("error")
    if error and error.get("code") != 6:  # google.rpc.Code.ALREADY_EXISTS
        raise RegistryError(f"making {what} did not work: {printable(str(error.get('message')), limit=300)}")


def _token(repository: Repository, api: Api) -> str:
    login = api.login(repository)
    if login is not None and login.username in TOKEN_USERS:
        return login.password
    try:
        auth = importlib.import_module("google.auth")
        requests = importlib.import_module("google.auth.transport.urllib3")
    except ImportError as error:
        raise ToolMissing(
            f"a login for Artifact Registry's API needs a library that is not installed ({error.name})",
            advice="pip install 'wholeship[google]', or log in with an access token: gcloud auth "
            f"configure-docker {repository.host}",
        ) from None
    pool = importlib.import_module("urllib3").PoolManager()
    try:
        found, _ = auth.default(scopes=[SCOPE])
        found.refresh(requests.Request(pool))
    except auth.exceptions.GoogleAuthError as error:
        told = printable(str(error), limit=300)
        raise Unfinished(f"no login for Artifact Registry's API: {told}", advice=RIGHT) from None
    api.redact.learn(found.token)
    return str(found.token)
