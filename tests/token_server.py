"""A token service for real registries: it signs what distribution's `auth: token` asks for.

Whoever gives the right password gets all that is asked for. Certificate and signatures are openssl's.
"""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.json_server import answering

SERVICE, ISSUER, LIFE = "tests", "tests-issuer", 300


@dataclass(frozen=True)
class TokenService:
    """Where tokens are given out, and the certificate that says that they are good."""

    realm: str
    certificate: Path

    @property
    def settings(self) -> str:
        """The section of a registry that goes by these tokens."""
        told = (
            f"realm: {self.realm}, service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {self.certificate}"
        )
        return f"auth: {{token: {{{told}}}}}"


@contextmanager
def token_service(folder: Path, user: str, password: str) -> Iterator[TokenService]:
    """A token service for one *user*, with its key in *folder*, for the time of the block."""
    key, certificate = folder / "token.key", folder / "token.crt"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tests"]
    _openssl(*words, "-keyout", str(key), "-out", str(certificate))
    der = _openssl("x509", "-in", str(certificate), "-outform", "DER")
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def given(request: BaseHTTPRequestHandler) -> tuple[int, Any]:
        asked = parse_qs(urlsplit(request.path).query).get("scope", [])
        good = request.headers.get("Authorization") == wanted
        return (200, {"token": _token(key, der, user, asked)}) if good else (401, {})

    with answering(given) as host:
        yield TokenService(f"http://{host}/token", certificate)


def _token(key: Path, der: bytes, user: str, scopes: list[str]) -> str:
    now = int(time.time())
    access = []
    for scope in (one for text in scopes for one in text.split()):
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        access.append({"type": kind, "name": name, "actions": actions.split(",")})
    header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    claims = {
        "iss": ISSUER, "sub": user, "aud": SERVICE, "exp": now + LIFE, "nbf": now - 5, "iat": now,
        "jti": str(time.monotonic_ns()), "access": access,
    }  # fmt: skip
    signed = f"{_url(json.dumps(header).encode())}.{_url(json.dumps(claims).encode())}"
    signature = _openssl("dgst", "-sha256", "-sign", str(key), given=signed.encode())
    return f"{signed}.{_url(signature)}"


def _url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _openssl(*words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout
