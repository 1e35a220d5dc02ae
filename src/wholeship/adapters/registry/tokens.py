"""Logging in: Basic, and Docker's bearer tokens with their cache.

Facts: Docker's registry documentation, "Token Authentication Specification" and "OAuth2". A token service
may grant less than asked, silently; that shows as 401 or 403 at the write.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import field, replace
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlencode

from wholeship.adapters.registry.answers import ERROR_LIMIT, explain
from wholeship.adapters.registry.challenge import Challenge, challenges, check_realm
from wholeship.core import jsons
from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, RegistryDenied, RegistryError, RegistryUntrusted
from wholeship.core.http import Headers, Request, Response
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository
from wholeship.core.text import Redactor
from wholeship.core.values import dataclass

DEFAULT_LIFE = 60.0
LONGEST_LIFE = 12 * 3600.0
MARGIN = 10.0
PASSING = frozenset({408, 429, 499, 500, 502, 503, 504, 522})
"""Statuses that often pass; the list of go-containerregistry."""
READS = frozenset({"GET", "HEAD"})
ACTIONS = 10
"""How many actions of one scope are believed."""
_ACTION = lazy_pattern(r"[a-z_]{1,40}|\*")


@dataclass(frozen=True, slots=True)
class Credential:
    """What to log in with. Printing it shows nothing secret."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header."""
        return (
            "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode(errors="replace")).decode()
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        encoded = self.basic.removeprefix("Basic ") if self.password else ""
        return tuple(s for s in (self.password, encoded, self.identity_token, self.registry_token) if s)


class Credentials(Protocol):
    """Finds what to log in with."""

    def find(self, host: str, path: str = "") -> Credential | None:
        """The credential for the repository *path* of registry *host*; None: anonymous."""

    def places(self) -> tuple[str, ...]:
        """Where it looks, in words, to be named when nothing was found."""


class TokenTrouble(RegistryError):
    """The token service had a passing trouble; ``response`` is what it answered."""

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response


@dataclass(frozen=True, slots=True)
class _Held:
    value: str = field(repr=False)
    until: float
    born: int = 0
    access: Any = None
    """What the token says that it allows, as its service wrote it; None: it says nothing that can be read."""


_FALLBACK = {"DELETE": frozenset({"delete"})}
"""What is asked for when a registry refuses and names no scope."""


def _actions(scope: str, path: str) -> frozenset[str]:
    """The actions that *scope* names for the repository *path*; other repositories' are passed over."""
    found: set[str] = set()
    for entry in scope.split():
        kind, _, rest = entry.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind == "repository" and name == path:
            found |= {action for action in actions.split(",") if _ACTION.fullmatch(action)}
    return frozenset(sorted(found)[:ACTIONS])


def _listed_actions(actions: frozenset[str]) -> str:
    """*actions* as a scope writes them, pull and push first."""
    order = ("pull", "push")
    return ",".join((*(a for a in order if a in actions), *sorted(actions - set(order))))


class Tokens:
    """Tokens by repository and right, fetched when a challenge asks, renewed before they end.

    Every secret that is used is taught to *redact* first.
    """

    def __init__(
        self,
        exchange: Callable[[Request, int], Response],
        clock: Clock,
        credentials: Credentials,
        is_insecure: Callable[[str], bool],
        redact: Redactor,
        *,
        inside_hosts: frozenset[str] = frozenset(),
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._credentials = credentials
        self._is_insecure = is_insecure
        self._redact = redact
        self._inside = inside_hosts
        self._births = count(1)
        self._challenge: dict[str, Challenge] = {}
        # What a registry named as needed, beside pull and push: deleting is a right of its own.
        self._named: dict[tuple[Repository, str], frozenset[str]] = {}
        self._held: dict[tuple[Repository, frozenset[str]], _Held] = {}
        self._lock = threading.Lock()
        self._locks: dict[tuple[Repository, frozenset[str]], threading.Lock] = {}

    def signed(self, request: Request, repository: Repository) -> Request:
        """*request* with the Authorization it needs, as far as that is known by now."""
        value = self._authorization(repository, self._needed(request.method, repository))
        if value is None:
            return request
        headers = (*request.headers.items_raw(), ("Authorization", value))
        return Request(request.method, request.url, Headers(headers), request.body)

    def renew(self, repository: Repository, refused: Request, response: Response) -> None:
        """Learn from the 401 *response*; the token that was *refused* is not used again."""
        offered = challenges(response.headers.all("WWW-Authenticate"))
        chosen = next((c for c in offered if c.scheme == "bearer" and c.parameters.get("realm")), None)
        chosen = chosen or next((c for c in offered if c.scheme == "basic"), None)
        if chosen is None:
            raise RegistryDenied(
                f"{repository.host} wants a login of a kind wholeship does not know: "
                f"{explain(response, self._redact)}"
            )
        value = refused.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._lock:
            self._challenge[repository.host] = chosen
            named = _actions(chosen.parameters.get("scope", ""), repository.path)
            known = self._named.get((repository, refused.method), frozenset())
            named = named or known or _FALLBACK.get(refused.method, frozenset())
            self._named[(repository, refused.method)] = known | named
            # The refused token goes, and what is older: that may have ended with it. Another thread may
            # have fetched a fresh one meanwhile, and that one stays.
            keys = [key for key in self._held if key[0] == repository]
            refused_at = max(
                (self._held[key].born for key in keys if self._held[key].value == value), default=0
            )
            for key in keys:
                if self._held[key].born <= refused_at:
                    del self._held[key]

    def _needed(self, method: str, repository: Repository) -> frozenset[str]:
        """The actions that a request of *method* needs, as far as the registry has named them."""
        least = {"pull"} if method in READS else {"pull", "push"}
        return frozenset(least) | self._named.get((repository, method), frozenset())

    def granted(self, repository: Repository, method: str) -> frozenset[str] | None:
        """The actions on *repository* that the token for *method* says it allows; None: that cannot be read.

        Nothing rests on it: it is told to people.
        """
        needed = self._needed(method, repository)
        with self._lock:
            known = [h for (at, has), h in self._held.items() if at == repository and needed <= has]
        entries = [entry for held in known for entry in held.access or ()]
        if not any(held.access is not None for held in known):
            return None
        here = [e for e in entries if isinstance(e, dict) and e.get("name") == repository.path]
        actions = (str(action) for e in here for action in e.get("actions") or ())
        return frozenset(action for action in actions if _ACTION.fullmatch(action))

    def is_asked(self, repository: Repository) -> bool:
        """Whether its registry has asked for a login."""
        return repository.host in self._challenge

    def missing(self, repository: Repository) -> str:
        """That no login was found, and where; empty when there is one, or nobody looked anywhere."""
        if self._credential(repository) is not None:
            return ""
        places = ", ".join(self._credentials.places())
        return places and f"; no login for {repository.host} was found in: {places}"

    def _authorization(self, repository: Repository, needed: frozenset[str]) -> str | None:
        challenge = self._challenge.get(repository.host)
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            credential = self._credential(repository)
            return credential.basic if credential and credential.username else None
        with self._lock:
            lock = self._locks.setdefault((repository, needed), threading.Lock())
        value = self._unexpired(repository, needed)
        if value is not None:
            return f"Bearer {value}"
        with lock:  # one fetch for all the threads that wait for it
            value = self._unexpired(repository, needed)
            if value is None:
                held = self._fetch(challenge, repository, needed)
                with self._lock:
                    self._held[(repository, needed)] = replace(held, born=next(self._births))
                value = held.value
        return f"Bearer {value}"

    def _unexpired(self, repository: Repository, needed: frozenset[str]) -> str | None:
        """The token with the most rights of those that were asked for *needed*, and maybe more."""
        with self._lock:
            fit = [
                (len(has), held)
                for (at, has), held in self._held.items()
                if at == repository and needed <= has
            ]
        now = self._clock.monotonic()
        good = [(rights, held) for rights, held in fit if now < held.until]
        return max(good, key=lambda pair: pair[0])[1].value if good else None

    def _credential(self, repository: Repository) -> Credential | None:
        credential = self._credentials.find(repository.host, repository.path)
        for secret in credential.secrets if credential else ():
            self._redact.learn(secret)
        return credential

    def _fetch(self, challenge: Challenge, repository: Repository, needed: frozenset[str]) -> _Held:
        host = repository.host
        credential = self._credential(repository)
        if credential is not None and credential.registry_token:
            return _Held(credential.registry_token, self._clock.monotonic() + LONGEST_LIFE)
        realm = check_realm(
            challenge.parameters["realm"], host, insecure=self._is_insecure, inside=self._inside
        )
        scope = f"repository:{repository.path}:{_listed_actions(needed)}"
        asked = {"service": challenge.parameters.get("service", ""), "scope": scope}
        if credential is not None and credential.identity_token:
            response = self._exchange_identity(realm, asked, credential)
            if response.status == 404:  # a service that does not speak OAuth2
                response = self._ask(realm, asked, credential)
        else:
            response = self._ask(realm, asked, credential)
        if response.status != 200:
            raise self._refusal(response, repository)
        return self._read(response, host)

    def _refusal(self, response: Response, repository: Repository) -> RegistryError:
        host = repository.host
        said = explain(response, self._redact)
        if response.status in PASSING:
            return TokenTrouble(f"the token service of {host} is in trouble: {said}", response)
        return RegistryDenied(
            f"the token service of {host} refuses: {said}{self.missing(repository)}",
            advice=f"log in, for example: docker login {host}",
        )

    def _ask(self, realm: str, asked: dict[str, str], credential: Credential | None) -> Response:
        joint = "&" if "?" in realm else "?"
        headers = {"Authorization": credential.basic} if credential and credential.username else {}
        url = realm + joint + urlencode({k: v for k, v in asked.items() if v})
        return self._exchange(Request("GET", url, Headers(headers)), ERROR_LIMIT)

    def _exchange_identity(self, realm: str, asked: dict[str, str], credential: Credential) -> Response:
        form = asked | {
            "grant_type": "refresh_token",
            "refresh_token": credential.identity_token,
            "client_id": "wholeship",
        }
        headers = Headers({"Content-Type": "application/x-www-form-urlencoded"})
        return self._exchange(Request("POST", realm, headers, urlencode(form).encode()), ERROR_LIMIT)

    def _read(self, response: Response, host: str) -> _Held:
        try:
            body: Any = jsons.parse_json(response.body, what=f"the token of {host}")
        except BadInput:
            body = None
        token = (body.get("token") or body.get("access_token")) if isinstance(body, dict) else None
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise RegistryUntrusted(f"the token service of {host} answers without a token")
        self._redact.learn(token)
        life = body.get("expires_in")
        if isinstance(life, bool) or not isinstance(life, int | float) or life <= 0:
            life = DEFAULT_LIFE
        # Our own clock since the fetch, never theirs; and short lives keep half of themselves as margin.
        usable = float(min(life, LONGEST_LIFE))
        until = self._clock.monotonic() + max(usable - MARGIN, usable / 2)
        return _Held(token, until, access=_access(token))


def _access(token: str) -> list[Any] | None:
    """What a JSON Web Token allows (Docker's "Token Authentication Implementation"), unverified."""
    payload = [*token.split("."), ""][1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        access = claims["access"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return access if isinstance(access, list) else None
