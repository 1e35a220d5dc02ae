"""A Sigstore of one's own on the loopback, of the real programs: Fulcio, TesseraCT, Rekor, a time stamper.

Played is only the CI's issuer of identity tokens: its key is made here, and Fulcio is told to ask it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.real import free_port, listening

PASSWORD = "password"
LOG = "log.example.com"
"""The name that Rekor signs its checkpoints with; readers take it from its address in the trusted root."""
SINCE = {"start": "2020-01-01T00:00:00Z"}


@dataclass
class Issuer:
    """What says who a CI job is: as GitHub's, on the loopback."""

    url: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def token(self, workflow: str) -> str:
        """A token for a job of *workflow* (OWNER/REPOSITORY/FILE@REF)."""
        now, repository = datetime.now(UTC), "/".join(workflow.split("/")[:2])
        ref, commit = workflow.partition("@")[2], "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c"
        claims = {
            "iss": self.url,
            "aud": "sigstore",
            "sub": f"repo:{repository}:ref:{ref}",
            "iat": now,
            "nbf": now - timedelta(seconds=5),
            "exp": now + timedelta(minutes=10),
            "job_workflow_ref": workflow,
            "job_workflow_sha": commit,
            "workflow_ref": workflow,
            "workflow_sha": commit,
            "workflow": "release",
            "sha": commit,
            "ref": ref,
            "repository": repository,
            "event_name": "push",
            "runner_environment": "github-hosted",
            "repository_visibility": "private",
            "repository_owner": repository.partition("/")[0],
            **dict.fromkeys(("repository_id", "repository_owner_id", "run_id", "run_attempt"), "1"),
        }
        return str(jwt.encode(claims, self.key, "ES256", {"kid": "one"}))

    def answer(self, path: str) -> dict[str, Any]:
        """What it says of itself."""
        if path.endswith("/keys"):
            key = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return {"keys": [key | {"kid": "one", "use": "sig", "alg": "ES256"}]}
        endpoints = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")}
        supported = {"id_token_signing_alg_values_supported": ["ES256"]}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **endpoints, **supported}


@dataclass(frozen=True)
class SigstoreInstance:
    """Where its parts are. ``config``: the file that describes it (a ClientTrustConfig); ``root``: what is
    trusted of it, as other programs take it."""

    issuer: Issuer
    config: Path
    root: Path
    logs: Path


@contextmanager
def sigstore(folder: Path, tool: Callable[[str], str]) -> Iterator[SigstoreInstance]:
    """All of it, for the time of a block; *tool* finds a program."""
    ports = {name: free_port() for name in ("fulcio", "ct", "rekor", "tsa", "grpc", "more", "grpc2", "more2")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    authority = _authority(folder)
    ct, rekor = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    _write_key(folder / "ct.key", ct, PrivateFormat.TraditionalOpenSSL)
    _write_key(folder / "rekor.key", rekor)
    (folder / "ct.pub").write_bytes(
        ct.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with ExitStack() as stack:
        issuer = stack.enter_context(_served())
        (folder / "fulcio.yaml").write_text(
            f"oidc-issuers:\n  {issuer.url}:\n    issuer-url: {issuer.url}\n    client-id: sigstore\n"
            "    type: github-workflow\n"
        )
        for name, words in _programs(folder, ports).items():
            program = [tool(words[0]), *words[1:]]
            stack.enter_context(listening(program, ports[name], folder / f"{name}.log"))
        chain = x509.load_pem_x509_certificates(_got(f"{urls['tsa']}/api/v1/timestamp/certchain"))
        logs = {
            "tlogs": _log(f"https://{LOG}", rekor.public_key()),
            "ctlogs": _log(urls["ct"], ct.public_key()),
        }
        trusted = _trusted_root(authority, chain, logs, urls)
        (folder / "trusted_root.json").write_text(json.dumps(trusted))
        (folder / "sigstore.json").write_text(json.dumps(_client_config(trusted, urls, issuer)))
        yield SigstoreInstance(issuer, folder / "sigstore.json", folder / "trusted_root.json", folder)


def _programs(folder: Path, ports: Mapping[str, int]) -> dict[str, list[str]]:
    """What is run, by its port's name; in this order."""
    text = f"""\
        ct     tesseract --http_endpoint=127.0.0.1:{ports["ct"]} --origin=ct.example.com
               --storage_dir={folder}/ct --private_key={folder}/ct.key --roots_pem_file={folder}/ca.pem
               --checkpoint_interval=100ms
        rekor  rekor-server serve --http-port={ports["rekor"]} --hostname={LOG} --grpc-port={ports["grpc"]}
               --http-metrics-port={ports["more"]} --storage-dir={folder}/rekor
               --signer-filepath={folder}/rekor.key --checkpoint-interval=200ms --batch-max-age=50ms
        tsa    timestamp-server serve --host=127.0.0.1 --port={ports["tsa"]} --timestamp-signer=memory
               --disable-ntp-monitoring
        fulcio fulcio serve --host=127.0.0.1 --port={ports["fulcio"]} --config-path={folder}/fulcio.yaml
               --grpc-host=127.0.0.1 --grpc-port={ports["grpc2"]} --metrics-port={ports["more2"]}
               --legacy-unix-domain-socket={folder}/fulcio.socket --ca=fileca
               --fileca-cert={folder}/ca.pem --fileca-key={folder}/ca.key
               --fileca-key-passwd={PASSWORD} --ct-log-public-key-path={folder}/ct.pub
               --ct-log-url=http://127.0.0.1:{ports["ct"]}"""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, words = line[8:15].strip(), line[15:].split()
        found.setdefault(name or list(found)[-1], []).extend(words)
    return found


@contextmanager
def _served() -> Iterator[Issuer]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(issuer.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Nothing is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


def _authority(folder: Path) -> x509.Certificate:
    """Who signs Fulcio's certificates: its key is sealed, as Fulcio wants it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "acme"),
            x509.NameAttribute(NameOID.COMMON_NAME, "acme"),
        ]
    )
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))
    _write_key(folder / "ca.key", key, seal=BestAvailableEncryption(PASSWORD.encode()))
    return made


def _write_key(
    file: Path,
    key: Any,
    form: PrivateFormat = PrivateFormat.PKCS8,
    seal: KeySerializationEncryption = NoEncryption(),  # noqa: B008
) -> None:
    file.write_bytes(key.private_bytes(Encoding.PEM, form, seal))


def _got(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def _log(url: str, key: Any) -> dict[str, Any]:
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    details, hashed = "PKIX_ECDSA_P256_SHA_256", spki
    if isinstance(key, ed25519.Ed25519PublicKey):  # a name, and the key, as signed notes have it
        details = "PKIX_ED25519"
        hashed = f"{LOG}\n".encode() + b"\x01" + key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": _base64(spki), "keyDetails": details, "validFor": SINCE},
        "logId": {"keyId": _base64(hashlib.sha256(hashed).digest())},
    }


def _trusted_root(
    authority: x509.Certificate, chain: list[x509.Certificate], logs: dict[str, Any], urls: dict[str, str]
) -> dict[str, Any]:
    def who(url: str, certificates: list[x509.Certificate]) -> dict[str, Any]:
        raw = [{"rawBytes": _base64(one.public_bytes(Encoding.DER))} for one in certificates]
        subject = {"organization": "acme", "commonName": "acme"}
        return {"subject": subject, "uri": url, "certChain": {"certificates": raw}, "validFor": SINCE}

    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        **{kind: [log] for kind, log in logs.items()},
        "certificateAuthorities": [who(urls["fulcio"], [authority])],
        "timestampAuthorities": [who(urls["tsa"] + "/api/v1/timestamp", chain)],
    }


def _client_config(trusted: dict[str, Any], urls: dict[str, str], issuer: Issuer) -> dict[str, Any]:
    def service(url: str, version: int = 1) -> list[dict[str, Any]]:
        return [{"url": url, "majorApiVersion": version, "validFor": SINCE, "operator": "acme"}]

    signing = {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(urls["fulcio"]),
        "oidcUrls": service(issuer.url),
        "rekorTlogUrls": service(urls["rekor"], 2),
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": service(urls["tsa"] + "/api/v1/timestamp"),
        "tsaConfig": {"selector": "ANY"},
    }
    kind = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
    return {"mediaType": kind, "trustedRoot": trusted, "signingConfig": signing}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
