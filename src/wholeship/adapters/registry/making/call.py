"""Asking the API of a registry's own service: JSON over the transport of everything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from wholeship.adapters.registry.tokens import Credential, Credentials
from wholeship.core.clock import Clock
from wholeship.core.errors import RegistryDenied, RegistryError
from wholeship.core.http import Headers, Request, Response, Transport
from wholeship.core.reference import Repository
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass

TIMEOUT = 60.0
LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Api:
    """What an API is asked with. ``is_plain`` tells the hosts that are spoken to without TLS."""

    transport: Transport
    clock: Clock
    credentials: Credentials
    environment: Mapping[str, str] = field(default_factory=dict)
    is_plain: Callable[[str], bool] = field(default=lambda host: False)
    redact: Redactor = field(default_factory=Redactor)

    def base(self, host: str) -> str:
        """The address of *host*."""
        return f"{'http' if self.is_plain(host) else 'https'}://{host}"

    def login(self, repository: Repository) -> Credential | None:
        """What is stored to log in to its registry with; never shown."""
        found = self.credentials.find(repository.host, repository.path)
        for secret in found.secrets if found else ():
            self.redact.learn(secret)
        return found

    def ask(
        self, method: str, url: str, authorization: str = "", body: Mapping[str, Any] | None = None
    ) -> Answer:
        """One request; no redirect is followed, for it carries a login. Raises ``TransportError``."""
        headers = {"Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method, url, Headers(headers), content)
        return Answer(self.transport.send(request, limit=LIMIT, timeout=TIMEOUT), self.redact)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API said."""

    response: Response
    redact: Redactor

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def value(self) -> Any:
        """The JSON of it; an empty object where it is none."""
        try:
            return json.loads(self.response.body)
        except (ValueError, RecursionError):
            return {}

    def refusal(self, deed: str, right: str) -> RegistryError:
        """This answer as the reason why *deed* was not done; *right* is what it takes."""
        told = self.redact(printable(self.response.body[:300].decode("utf-8", "replace"), limit=300))
        said = f"{self.status}{told and f' ({told})'}"
        if self.status in (401, 403):
            return RegistryDenied(f"{deed} is not allowed: {said}", advice=f"it takes {right}")
        return RegistryError(f"{deed} did not work: {said}")
