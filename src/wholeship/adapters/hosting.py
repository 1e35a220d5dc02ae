"""Which code host a repository is on, and whose token it is asked with: by flags, variables, the remote."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.git import remote_address
from wholeship.adapters.git_guard import common_folder
from wholeship.adapters.github import API, GitHub, HostPatience, Token, api_of
from wholeship.core.http import Transport

_TOKENS = ("WHOLESHIP_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
_ENTERPRISE_TOKENS = ("WHOLESHIP_GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


def code_host_of(
    root: Path,
    environment: Mapping[str, str],
    transport: Callable[[], Transport],
    *,
    repository: str = "",
    api: str = "",
    login: str = "",
    patient: bool = True,
) -> tuple[GitHub | None, str]:
    """The client for the repository's code host, when there is a token, and who the repository is.

    *transport* is made where there is a token, and nowhere else. Without *patient* a host that is not to be
    reached costs little time.
    """
    remote = remote_address(root)
    own_api, name = api_of(remote) if remote else (API, "")
    api = api or environment.get("GITHUB_API_URL") or own_api
    named = repository or environment.get("GITHUB_REPOSITORY", "")
    name = named or name
    identity = f"{api} {name}" if name else _own_folder(root)
    variable, value = token_for(api, environment)
    if not value or not (named or name.count("/") == 1):
        return None, identity
    if not login and variable == "GITHUB_TOKEN" and environment.get("GITHUB_ACTIONS") == "true":
        login = "github-actions[bot]"
    patience = HostPatience() if patient else HostPatience(attempts=2, budget=10.0)
    token = Token(value, login)
    return GitHub(transport(), SystemClock(), token, name, api=api, patience=patience), identity


def token_for(api: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The token that belongs to the host of *api*: one for github.com is not shown to another host."""
    host = urlsplit(api).hostname or ""
    own = host == "api.github.com" or host.endswith(".ghe.com")
    names = _TOKENS if own or api == environment.get("GITHUB_API_URL") else _ENTERPRISE_TOKENS
    return next(
        ((name, environment[name].strip()) for name in names if environment.get(name, "").strip()), ("", "")
    )


def _own_folder(root: Path) -> str:
    """The folder of the repository itself, which all its work trees share."""
    return str((common_folder(Path(os.path.abspath(root))) or root).resolve())
