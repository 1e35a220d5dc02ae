"""Registry credentials, from where people already keep them.

Order: ``WHOLESHIP_REGISTRY_USERNAME`` and ``WHOLESHIP_REGISTRY_PASSWORD`` (for one host when
``WHOLESHIP_REGISTRY_HOST`` is set, else for every host), ``DOCKER_AUTH_CONFIG``, podman's auth.json,
docker's config.json. Inside docker's file: ``credHelpers`` of the host, ``credsStore``, ``auths``
(Docker documentation, "docker login", "Credential helpers"; containers-auth.json(5)).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from wholeship.adapters.registry.tokens import Credential
from wholeship.core import jsons
from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.reference import DOCKER_HUB
from wholeship.core.text import Redactor, printable

HELPER_TIMEOUT = 30.0
_HELPER = re.compile(r"[A-Za-z0-9_.-]+")
_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")
_NOT_FOUND = "credentials not found in native keychain"
Learn = Callable[[str], None]


class StoredCredentials:
    """Credentials by host, looked up once each; ``learn`` is told every secret, to be redacted."""

    def __init__(self, environment: Mapping[str, str] | None = None, *, learn: Learn | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._learn = learn or (lambda secret: None)
        self._known: dict[str, Credential | None] = {}
        self._lock = Lock()

    def find(self, host: str) -> Credential | None:
        """The credential for *host*; None: anonymous. Raises on a file or helper that cannot be read."""
        with self._lock:
            if host not in self._known:
                found = self._given(host) or self._stored(host)
                for secret in (found.password, found.identity_token) if found else ():
                    self._learn(secret)
                self._known[host] = found
            return self._known[host]

    def _given(self, host: str) -> Credential | None:
        only = self._environment.get("WHOLESHIP_REGISTRY_HOST")
        username = self._environment.get("WHOLESHIP_REGISTRY_USERNAME", "")
        password = self._environment.get("WHOLESHIP_REGISTRY_PASSWORD", "")
        if password and only in (None, "", host):
            return Credential(username or "token", password)
        return None

    def _stored(self, host: str) -> Credential | None:
        for where, text in self._files():
            config = _config(text, where)
            found = self._in_config(config, host, where)
            if found is not None:
                return found
        return None

    def _files(self) -> Iterator[tuple[str, str]]:
        inline = self._environment.get("DOCKER_AUTH_CONFIG")
        if inline:
            yield "DOCKER_AUTH_CONFIG", inline
        for path in self._paths():
            try:
                yield str(path), path.read_text(encoding="utf-8")
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue
            except (OSError, UnicodeDecodeError) as error:
                raise BadInput(f"{path}: {error}") from None

    def _paths(self) -> Iterator[Path]:
        env = self._environment
        if env.get("REGISTRY_AUTH_FILE"):
            yield Path(env["REGISTRY_AUTH_FILE"])
        if env.get("XDG_RUNTIME_DIR"):
            yield Path(env["XDG_RUNTIME_DIR"], "containers/auth.json")
        home = env.get("HOME")
        if env.get("XDG_CONFIG_HOME") or home:
            yield Path(env.get("XDG_CONFIG_HOME") or Path(home or "", ".config"), "containers/auth.json")
        if env.get("DOCKER_CONFIG"):
            yield Path(env["DOCKER_CONFIG"], "config.json")
        elif home:
            yield Path(home, ".docker/config.json")

    def _in_config(self, config: dict[str, Any], host: str, where: str) -> Credential | None:
        keys = (
            _HUB_KEYS
            if host == DOCKER_HUB
            else (host, f"https://{host}", f"https://{host}/v2/", f"https://{host}/v1/")
        )
        helpers = config.get("credHelpers")
        if isinstance(helpers, dict):
            for key in keys:
                if isinstance(helpers.get(key), str):
                    return self._ask(helpers[key], key, where)
        store = config.get("credsStore")
        if isinstance(store, str) and store:
            found = self._ask(store, keys[0], where)
            if found is not None:
                return found
        auths = config.get("auths")
        if isinstance(auths, dict):
            for key, entry in auths.items():
                if isinstance(entry, dict) and (key in keys or _host_of(key) in keys):
                    return _from_entry(entry, f"{where}, auths of {printable(key, limit=100)}")
        return None

    def _ask(self, name: str, server: str, where: str) -> Credential | None:
        """Run ``docker-credential-NAME get``: the server on stdin, JSON on stdout."""
        if not _HELPER.fullmatch(name):
            raise BadInput(
                f"{where}: {printable(name, limit=80)!r} cannot be the name of a credential helper"
            )
        program = f"docker-credential-{name}"
        try:
            done = subprocess.run(
                [program, "get"],
                input=server.encode(),
                capture_output=True,
                timeout=HELPER_TIMEOUT,
                check=False,
                env={k: v for k, v in self._environment.items() if not k.startswith("WHOLESHIP_")},
            )
        except FileNotFoundError:
            raise Unfinished(
                f"{where} names the credential helper {program}, which is not installed"
            ) from None
        except subprocess.TimeoutExpired:
            raise Unfinished(f"{program} did not answer within {HELPER_TIMEOUT:.0f} s") from None
        if done.returncode:
            # What a helper says on stderr may hold the secret: only the known sentence is looked for.
            if _NOT_FOUND in (done.stdout + done.stderr).decode("utf-8", "replace"):
                return None
            raise Unfinished(f"{program} failed with exit code {done.returncode}")
        return _from_helper(done.stdout, program)


def _config(text: str, where: str) -> dict[str, Any]:
    try:
        config = jsons.parse(text or "{}", what=where)
    except BadInput as error:
        raise BadInput(Redactor()(error.message), advice="repair the file, or log in again") from None
    if not isinstance(config, dict):
        raise BadInput(f"{where}: not a JSON object")
    return config


def _host_of(key: str) -> str:
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]


def _from_entry(entry: dict[str, Any], where: str) -> Credential | None:
    identity = entry.get("identitytoken")
    if isinstance(identity, str) and identity:
        return Credential(identity_token=identity)
    encoded = entry.get("auth")
    if isinstance(encoded, str) and encoded:
        try:
            username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise BadInput(f"{where}: the auth value is not base64 of user:password") from None
        password = password.rstrip("\0")
        if not colon or not username:
            raise BadInput(f"{where}: the auth value is not user:password")
        return Credential(username, password)
    plain, secret = entry.get("username"), entry.get("password")
    if isinstance(plain, str) and isinstance(secret, str) and plain:
        return Credential(plain, secret)
    return None


def _from_helper(output: bytes, program: str) -> Credential | None:
    try:
        answer = json.loads(output[: 64 * 1024])
        username, secret = answer["Username"], answer["Secret"]
    except (ValueError, KeyError, TypeError):
        raise Unfinished(f"{program} answered with something that is no credential") from None
    if not isinstance(username, str) or not isinstance(secret, str):
        raise Unfinished(f"{program} answered with something that is no credential")
    if username == "<token>":
        return Credential(identity_token=secret)
    return Credential(username, secret) if username and secret else None
