"""Certificates kept for a registry: found where other tools keep them, shown to the right host only."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tests import real
from tests.adapters.test_http import OK, ask, certificate, serving
from tests.contracts.conftest import or_skipped
from wholeship.adapters import certificates
from wholeship.adapters.certificates import Certificates, certificates_for
from wholeship.core.errors import BadInput
from wholeship.core.http import TransportError

__all__ = ["certificate"]


def kept(host: str, *files: tuple[str, Path]) -> Path:
    """Where podman keeps what belongs to *host*, with copies of *files*."""
    folder = Path(os.environ["HOME"]) / ".config/containers/certs.d" / host
    folder.mkdir(parents=True)
    for name, source in files:
        shutil.copy(source, folder / name)
    return folder


@pytest.mark.real
@pytest.mark.parametrize("version", ["tls1.2", "tls1.3"])
def test_a_client_certificate_is_shown(certificate: Path, version: str) -> None:
    """A real registry that wants one: the message says where to put it, and when it is there, we are in."""
    ours, key = certificate / "cert.pem", certificate / "key.pem"
    files = f"certificate: {ours}, key: {key}, clientcas: [{ours}]"
    with or_skipped(real.distribution(http=f"tls: {{{files}, minimumtls: {version}}}")) as place:
        host = place.replace("127.0.0.1", "localhost")
        folder = kept(host, ("ca.crt", certificate / "cert.pem"))
        with pytest.raises(TransportError, match="wants a client certificate") as refused:
            ask(f"https://{host}/v2/")
        assert refused.value.advice == f"put client.cert and client.key into {folder}"
        shutil.copy(certificate / "cert.pem", folder / "client.cert")
        shutil.copy(certificate / "key.pem", folder / "client.key")
        assert ask(f"https://{host}/v2/").status == 200


def test_an_authority_counts_for_its_host_only(certificate: Path) -> None:
    """`ca.crt` of one host vouches for no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with serving(OK, context) as one, serving(OK, context) as other:
        kept(f"localhost:{one.port}", ("ca.crt", certificate / "cert.pem"))
        assert ask(f"https://localhost:{one.port}/v2/").body == b"ok"
        with pytest.raises(TransportError, match="TLS failed"):
            ask(f"https://localhost:{other.port}/v2/")


def test_every_place_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docker's and podman's folders of the system, and one's own; nothing kept is nothing found."""
    system = (tmp_path / "docker", tmp_path / "containers")
    monkeypatch.setattr(certificates, "SYSTEM", system)
    home = {"HOME": str(tmp_path / "home")}
    assert certificates_for("a.example", home) is None
    places = [*system, tmp_path / "home/.config/containers/certs.d"]
    for place in places:
        (place / "a.example").mkdir(parents=True)
        (place / "a.example" / "ca.crt").touch()
    (places[0] / "a.example" / "notes.txt").touch()
    assert certificates_for("a.example", home) == Certificates(tuple(p / "a.example/ca.crt" for p in places))
    assert certificates_for("b.example", home) is None
    assert certificates_for("..", home) is None
    assert certificates_for("", home) is None


def test_a_certificate_without_its_key_is_named() -> None:
    """Half a pair is a mistake of whoever put it there, not silence."""
    folder = kept("a.example")
    (folder / "me.cert").touch()
    with pytest.raises(BadInput, match=r"me\.cert has no key beside it") as refused:
        certificates_for("a.example", os.environ)
    assert str(folder / "me.key") in refused.value.advice


def test_what_is_no_certificate_is_named(certificate: Path) -> None:
    """A file that is not PEM, and a key with a password, end in a message; nobody is asked for anything."""
    folder = kept("a.example", ("me.cert", certificate / "cert.pem"), ("me.key", certificate / "key.pem"))
    locked = ["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", str(certificate / "key.pem")]
    subprocess.run([*locked, "-out", str(folder / "me.key")], check=True, capture_output=True)
    found = certificates_for("a.example", os.environ)
    assert found
    with pytest.raises(BadInput, match=r"me\.cert cannot be used for TLS"):
        found.context()
    (folder / "ca.crt").write_text("nothing of the kind")
    found = certificates_for("a.example", os.environ)
    assert found
    with pytest.raises(BadInput, match=r"ca\.crt cannot be used for TLS"):
        found.context()
