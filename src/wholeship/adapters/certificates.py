"""Certificates that docker, podman and buildah keep for a registry, read from where they keep them.

A folder ``certs.d/HOST:PORT`` holds authorities (``*.crt``) and client certificates (``NAME.cert`` beside
``NAME.key``). The authorities count beside those of the system.

Facts: docker's "Verify repository client with certificates"; containers-certs.d(5).
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass

SYSTEM = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))


@dataclass(frozen=True, slots=True)
class Certificates:
    """What is kept for a registry: files of authorities, and pairs of certificate and key of our own."""

    authorities: tuple[Path, ...] = ()
    pairs: tuple[tuple[Path, Path], ...] = ()

    def context(self) -> ssl.SSLContext:
        """TLS with these, beside the system's authorities. :class:`BadInput` names the file that is none."""
        made = ssl.create_default_context()
        for file in self.authorities:
            with _told_as_input(file):
                made.load_verify_locations(cafile=file)
        for certificate, key in self.pairs:
            with _told_as_input(certificate):
                # An empty password: else OpenSSL asks for one, and nobody sits there to type it.
                made.load_cert_chain(certificate, key, password="")
        return made


def certificates_for(host: str, environment: Mapping[str, str]) -> Certificates | None:
    """What is kept for *host* (with its port, where it has one); None where nothing is.

    :class:`BadInput` for a client certificate without its key.
    """
    authorities: list[Path] = []
    pairs: list[tuple[Path, Path]] = []
    for folder in _folders(host, environment):
        for file in _files_in(folder):
            if file.suffix == ".crt":
                authorities.append(file)
            elif file.suffix == ".cert":
                pairs.append((file, _key_of(file)))
    return Certificates(tuple(authorities), tuple(pairs)) if authorities or pairs else None


def folder_for(host: str, environment: Mapping[str, str]) -> Path:
    """Where a person would put a certificate for *host*."""
    return _own(environment) / "certs.d" / host


def _folders(host: str, environment: Mapping[str, str]) -> Iterator[Path]:
    if not host or "/" in host or host in {".", ".."}:
        return
    for place in (*SYSTEM, _own(environment) / "certs.d"):
        yield place / host


def _own(environment: Mapping[str, str]) -> Path:
    given = environment.get("XDG_CONFIG_HOME", "")
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    return (Path(given) if given else home / ".config") / "containers"


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if each.is_file())
    except OSError:  # not there, or not for us
        return []


def _key_of(certificate: Path) -> Path:
    key = certificate.with_suffix(".key")
    if not key.is_file():
        raise BadInput(
            f"{certificate} has no key beside it",
            advice=f"put its key to {key}; an authority's certificate is called *.crt",
        )
    return key


@contextmanager
def _told_as_input(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise BadInput(
            f"{file} cannot be used for TLS: {why}",
            advice="it, and its key, must be PEM, and have no password",
        ) from None
