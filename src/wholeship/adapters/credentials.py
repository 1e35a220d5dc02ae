"""Registry credentials, from where people already keep them.

In this order:

1. the environment: ``WHOLESHIP_REGISTRY_USERNAME`` and ``WHOLESHIP_REGISTRY_PASSWORD``, or
   ``WHOLESHIP_REGISTRY_TOKEN`` for a token that is used as a password (with any user name, as GHCR and
   GitLab take it); for one host when ``WHOLESHIP_REGISTRY_HOST`` is set, else for every registry that
   asks for a login;
2. ``DOCKER_AUTH_CONFIG``, the text of a docker config.json;
3. podman's ``REGISTRY_AUTH_FILE``, ``$XDG_RUNTIME_DIR/containers/auth.json`` (without that variable
   ``/run/containers/UID/auth.json``), ``$XDG_CONFIG_HOME/containers/auth.json``;
4. docker's ``$DOCKER_CONFIG/config.json``, else ``~/.docker/config.json``.

Inside a file: ``credHelpers`` of the host, ``credsStore``, ``auths``; of several keys that fit, the most
specific. An empty name in ``credHelpers`` switches ``credsStore`` off for that host (Docker documentation,
"docker login", "Credential helpers"; containers-auth.json(5)).
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from wholeship.adapters.registry.tokens import Credential
from wholeship.core import jsons
from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import DOCKER_HUB
from wholeship.core.text import Redactor, printable

HELPER_TIMEOUT = 30.0
ANSWER_LIMIT = 64 * 1024
RUN_FOLDER = Path("/run/containers")
"""Where podman keeps logins, by user id, when there is no ``XDG_RUNTIME_DIR`` (containers-auth.json(5))."""
_HELPER = lazy_pattern(r"[A-Za-z0-9_.-]+")
_PLAIN_WORD = lazy_pattern(r"[('\"]?[A-Za-z]{1,24}[)'\"]?[.,:;!?]?")
_HUB = "https://index.docker.io/v1/"
_HUB_HOSTS = frozenset({"index.docker.io", "docker.io", "registry-1.docker.io"})
_NOT_FOUND = b"credentials not found in native keychain"
Learn = Callable[[str], None]


class StoredCredentials:
    """Credentials by host, looked up once each; ``learn`` is told every secret, to be redacted."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        learn: Learn | None = None,
        patience: float = HELPER_TIMEOUT,
        run_folder: Path = RUN_FOLDER,
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._learn = learn or (lambda secret: None)
        self._patience = patience
        self._run_folder = run_folder
        self._known: dict[tuple[str, str], Credential | None] = {}
        self._helped: dict[tuple[str, str], Credential | None] = {}
        self._lock = Lock()

    def find(self, host: str, path: str = "") -> Credential | None:
        """The credential for the repository *path* on *host*; None: anonymous.

        Raises ``BadInput`` on a file that cannot be read, ``Unfinished`` on a helper that does not answer.
        """
        with self._lock:
            if (host, path) not in self._known:
                found = self._given(host) or self._stored(host, path)
                for secret in found.secrets if found else ():
                    self._learn(secret)
                self._known[(host, path)] = found
            return self._known[(host, path)]

    def places(self) -> tuple[str, ...]:
        """Where ``find`` looks, in order, to be named when nothing was found."""
        own = ("WHOLESHIP_REGISTRY_TOKEN", "DOCKER_AUTH_CONFIG")
        return (*own, *(printable(str(path), limit=200) for path in self._paths()))

    def _given(self, host: str) -> Credential | None:
        only = self._environment.get("WHOLESHIP_REGISTRY_HOST")
        username = self._environment.get("WHOLESHIP_REGISTRY_USERNAME", "")
        password = self._environment.get("WHOLESHIP_REGISTRY_PASSWORD", "")
        password = password or self._environment.get("WHOLESHIP_REGISTRY_TOKEN", "")
        if password and only in (None, "", host):
            return Credential(username or "token", password)
        return None

    def _stored(self, host: str, path: str) -> Credential | None:
        for where, text in self._files():
            config = _config(text, where)
            found = self._in_config(config, host, path, where)
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
        else:
            yield self._run_folder / str(os.getuid()) / "auth.json"
        home = env.get("HOME")
        if env.get("XDG_CONFIG_HOME") or home:
            yield Path(env.get("XDG_CONFIG_HOME") or Path(home or "", ".config"), "containers/auth.json")
        if env.get("DOCKER_CONFIG"):
            yield Path(env["DOCKER_CONFIG"], "config.json")
        elif home:
            yield Path(home, ".docker/config.json")

    def _in_config(self, config: dict[str, Any], host: str, path: str, where: str) -> Credential | None:
        named = _helper_of(config, host, path)
        if named is not None and named[0]:
            return self._ask(*named, where)
        store = config.get("credsStore")
        if named is None and isinstance(store, str) and store:
            found = self._ask(store, _HUB if host == DOCKER_HUB else host, where)
            if found is not None:
                return found
        auths = config.get("auths")
        if isinstance(auths, dict):
            for key in _fitting(auths, host, path):
                if isinstance(auths[key], dict):
                    found = _from_entry(auths[key], f"{where}, auths of {printable(key, limit=100)}")
                    if found is not None:
                        return found
        return None

    def _ask(self, name: str, server: str, where: str) -> Credential | None:
        """What the credential helper *name* has for *server*; asked once."""
        if not _HELPER.fullmatch(name):
            raise BadInput(
                f"{where}: {printable(name, limit=80)!r} cannot be the name of a credential helper"
            )
        if (name, server) not in self._helped:
            self._helped[(name, server)] = self._run(f"docker-credential-{name}", server, where)
        return self._helped[(name, server)]

    def _run(self, program: str, server: str, where: str) -> Credential | None:
        """Run ``docker-credential-NAME get``: the server on stdin, JSON on stdout."""
        environment = {k: v for k, v in self._environment.items() if not k.startswith("WHOLESHIP_")}
        try:
            process = subprocess.Popen(
                [program, "get"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise Unfinished(
                f"{where} names the credential helper {program}, which is not installed"
            ) from None
        except OSError as error:
            raise Unfinished(f"{program} cannot be started: {error.strerror}") from None
        try:
            output, complaint = _conversation(process, server.encode(), self._patience)
        except TimeoutError:
            raise Unfinished(f"{program} did not answer within {self._patience:g} s") from None
        finally:
            _end_group(process)
        if process.returncode:
            if _NOT_FOUND in output + complaint:
                return None
            said = _own_words(complaint) or _own_words(output)
            raise Unfinished(
                f"{program} failed with exit code {process.returncode}{said and f': {said}'}",
                advice=f"ask it yourself: echo {printable(server, limit=200)} | {program} get",
            )
        return _from_helper(output, program)


def _helper_of(config: dict[str, Any], host: str, path: str) -> tuple[str, str] | None:
    """The helper that *config* names for ``host/path`` (empty: none, and no store), and its key."""
    helpers = config.get("credHelpers")
    if isinstance(helpers, dict):
        for key in _fitting(helpers, host, path):
            if isinstance(helpers[key], str):
                return helpers[key], key
    return None


def _own_words(said: bytes) -> str:
    """Why a helper failed, as far as it is plain words: what may be a secret is left out as "…".

    A lone word, and text with braces in it, may be the answer that was meant for us.
    """
    text = Redactor()(printable(said.decode("utf-8", "replace"), limit=2000))
    words = text.split()
    shown = [word if _PLAIN_WORD.fullmatch(word) else "…" for word in words]
    if "{" in text or sum(word != "…" for word in shown) < 3:
        return ""
    return printable(" ".join(shown), limit=300)


def _conversation(process: subprocess.Popen[bytes], said: bytes, patience: float) -> tuple[bytes, bytes]:
    """Standard output and standard error of *process* once it has ended, each cut at ``ANSWER_LIMIT``.

    Raises ``TimeoutError``. The answer is a secret, so that it goes through no file.
    """
    assert process.stdin
    assert process.stdout
    assert process.stderr
    deadline = time.monotonic() + patience
    with suppress(BrokenPipeError), process.stdin:
        process.stdin.write(said)
    heard = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector, process.stdout, process.stderr:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            for stream in (process.stdout, process.stderr):
                if not any(key.fileobj is stream for key, _ in ready):
                    continue
                chunk = os.read(stream.fileno(), 8192)
                heard[stream] += chunk[: ANSWER_LIMIT - len(heard[stream])]
                if not chunk:
                    selector.unregister(stream)
            if time.monotonic() > deadline:
                raise TimeoutError
    try:
        process.wait(max(0.01, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return bytes(heard[process.stdout]), bytes(heard[process.stderr])


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End *process* and whatever it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _fitting(keys: Iterable[str], host: str, path: str) -> list[str]:
    """The *keys* of a config file that mean ``host/path``, most specific first."""
    found = []
    for key in keys:
        length = _fit(key, host, path)
        if length is not None:
            found.append((-length, key != host, key))
    return [key for _, _, key in sorted(found)]


def _fit(key: str, host: str, path: str) -> int | None:
    """How many characters of *path* are named by *key*; None: it names another place.

    Docker writes hosts, or URLs with an API version, of which only the host counts; podman writes
    ``host/namespace`` too, and there the namespace counts.
    """
    bare = key.partition("://")[2] if "://" in key else key
    named, _, rest = bare.partition("/")
    rest = rest.strip("/")
    if named != host and not (host == DOCKER_HUB and named in _HUB_HOSTS):
        return None
    if "://" in key or rest in ("", "v1", "v2"):
        return 0
    return len(rest) if path == rest or path.startswith(rest + "/") else None


def _config(text: str, where: str) -> dict[str, Any]:
    try:
        config = jsons.parse_json(text or "{}", what=where)
    except BadInput as error:
        raise BadInput(Redactor()(error.message), advice="repair the file, or log in again") from None
    if not isinstance(config, dict):
        raise BadInput(f"{where}: not a JSON object")
    return config


def _from_entry(entry: dict[str, Any], where: str) -> Credential | None:
    identity = entry.get("identitytoken")
    if isinstance(identity, str) and identity:
        return Credential(identity_token=identity)
    bearer = entry.get("registrytoken")
    if isinstance(bearer, str) and bearer:
        return Credential(registry_token=bearer)
    encoded = entry.get("auth")
    if isinstance(encoded, str) and encoded:
        unwrapped = encoded.replace("\n", "").replace("\r", "")  # `base64` wraps long lines
        try:
            username, colon, password = base64.b64decode(unwrapped, validate=True).decode().partition(":")
        except ValueError:
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
        answer = json.loads(output)
        username, secret = answer["Username"], answer["Secret"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unfinished(f"{program} answered with something that is no credential") from None
    if not isinstance(username, str) or not isinstance(secret, str):
        raise Unfinished(f"{program} answered with something that is no credential")
    if username == "<token>":
        return Credential(identity_token=secret)
    return Credential(username, secret) if username and secret else None
