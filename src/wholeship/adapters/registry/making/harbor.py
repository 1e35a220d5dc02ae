"""Harbor: the project has to be made first, a private one; repositories in it come with a push.

Facts: Harbor's API 2.0 (``GET /ping``, ``HEAD`` and ``POST /projects``). The login is the one for pushing.
"""

from __future__ import annotations

from functools import partial

from wholeship.adapters.registry.making.call import Api
from wholeship.core.reference import Repository
from wholeship.release.ports import Making

RIGHT = "a user or a system robot account that may create projects"


def lacking(repository: Repository, api: Api) -> Making | None:
    """The project, where there is a Harbor and no such project in it."""
    base = f"{api.base(repository.host)}/api/v2.0"
    ping = api.ask("GET", f"{base}/ping")
    if ping.status != 200 or b"pong" not in ping.response.body.lower()[:20]:
        return None  # not a Harbor
    project = repository.path.partition("/")[0]
    login = api.login(repository)
    basic = login.basic if login and login.username else ""
    found = api.ask("HEAD", f"{base}/projects?project_name={project}", basic)
    if found.status == 404:
        what = f"the private project {project} in Harbor at {repository.host}"
        return Making(what, partial(_make, api, base, project, basic, what))
    if found.status == 200:
        return None
    raise found.refusal(f"asking Harbor at {repository.host} for the project {project}", RIGHT)


def _make(api: Api, base: str, project: str, basic: str, what: str) -> None:
    body = {"project_name": project, "metadata": {"public": "false"}}
    made = api.ask("POST", f"{base}/projects", basic, body)
    if made.status not in (201, 409):  # 409: somebody else has just made it
        raise made.refusal(f"making {what}", RIGHT)
