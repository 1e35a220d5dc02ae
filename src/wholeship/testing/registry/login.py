"""Who may do what: a token service as distribution's documentation describes it, or Basic."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from wholeship.core.http import Headers, Request, Response
from wholeship.core.values import dataclass
from wholeship.testing.registry.shelf import refused_answer


class Scheme(StrEnum):
    """How a registry wants to be logged in to."""

    BEARER = "bearer"
    BASIC = "basic"


@dataclass(slots=True)
class Login:
    """The users of a registry, and the tokens it has given out.

    A user of ``pull_only`` gets a token for less than was asked, without being told, as the token
    specification has it. ``identity_tokens`` map a refresh token to its user.
    """

    users: Mapping[str, str]
    scheme: Scheme = Scheme.BEARER
    pull_only: frozenset[str] = frozenset()
    anonymous_pull: bool = False
    identity_tokens: Mapping[str, str] = field(default_factory=dict)
    token_life: int = 300
    _granted: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    @property
    def granted(self) -> tuple[str, ...]:
        """Every token that was given out and is still good."""
        return tuple(self._granted)

    def revoke(self) -> None:
        """Forget every token that was given out."""
        self._granted.clear()

    def refuses(self, request: Request, name: str) -> Response | None:
        """401 with a challenge unless *request* may be done on repository *name* ("": the registry)."""
        needed = frozenset({"pull"} if request.method in ("GET", "HEAD") else {"pull", "push"})
        given = request.headers.get("Authorization", "")
        if self.scheme is Scheme.BASIC:
            if self._user(given) is not None:
                return None
            return self._challenge('Basic realm="embedded"')
        rights = self._granted.get(given.removeprefix("Bearer "))
        if rights is not None and (not name or needed <= rights.get(name, frozenset())):
            return None
        parts = urlsplit(request.url)
        challenge = f'Bearer realm="{parts.scheme}://{parts.netloc}/token",service="embedded"'
        if name:
            challenge += f',scope="repository:{name}:{",".join(sorted(needed))}"'
        return self._challenge(challenge + (',error="insufficient_scope"' if rights is not None else ""))

    def token(self, request: Request) -> Response:
        """The answer of the token service."""
        if request.method == "POST":
            asked = parse_qs(request.body.decode("utf-8", "replace"))
            user = self.identity_tokens.get(asked.get("refresh_token", [""])[-1])
        else:
            asked = parse_qs(urlsplit(request.url).query)
            user = self._user(request.headers.get("Authorization", ""))
        if user is None and not (self.anonymous_pull and "Authorization" not in request.headers):
            return refused_answer(401, "UNAUTHORIZED", "authentication required")
        token = secrets.token_hex(16)
        self._granted[token] = self._rights(user, " ".join(asked.get("scope", [])).split())
        name = "access_token" if request.method == "POST" else "token"
        body = json.dumps({name: token, "expires_in": self.token_life}).encode()
        return Response(200, Headers({"Content-Type": "application/json"}), body)

    def _rights(self, user: str | None, scopes: list[str]) -> dict[str, frozenset[str]]:
        limited = user is None or user in self.pull_only
        found: dict[str, frozenset[str]] = {}
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            if kind == "repository":
                asked = frozenset(actions.split(","))
                found[name] = found.get(name, frozenset()) | (asked & {"pull"} if limited else asked)
        return found

    def _user(self, authorization: str) -> str | None:
        try:
            given = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except ValueError:
            return None
        user, _, password = given.partition(":")
        known = self.users.get(user)
        return (
            user if known is not None and secrets.compare_digest(known.encode(), password.encode()) else None
        )

    @staticmethod
    def _challenge(value: str) -> Response:
        answer = refused_answer(401, "UNAUTHORIZED", "authentication required")
        return Response(401, Headers((*answer.headers.items_raw(), ("WWW-Authenticate", value))), answer.body)
