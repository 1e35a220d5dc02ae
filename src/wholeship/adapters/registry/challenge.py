"""``WWW-Authenticate`` challenges (RFC 9110, section 11; Docker's token authentication specification)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wholeship.core.errors import RegistryUntrusted
from wholeship.core.text import url_for_people

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE = re.compile(
    rf'\s*,?\s*(?:(?P<key>{_WORD})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]*))|(?P<scheme>{_WORD})(?=\s|,|$))'
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate: its scheme in lower case, and its parameters."""

    scheme: str
    parameters: Mapping[str, str]


def challenges(headers: tuple[str, ...]) -> tuple[Challenge, ...]:
    """Every challenge in *headers*, in order; text that is no challenge is passed over."""
    found: list[tuple[str, dict[str, str]]] = []
    for header in headers:
        at = 0
        while (match := _PIECE.match(header, at)) and match.end() > at:
            at = match.end()
            if match["scheme"]:
                found.append((match["scheme"].lower(), {}))
            elif found:
                value = (
                    match["plain"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
                )
                found[-1][1].setdefault(match["key"].lower(), value)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def check_realm(realm: str, registry: str, *, insecure: bool) -> str:
    """*realm* when credentials may be sent there; :class:`RegistryUntrusted` otherwise.

    https only, except on the loopback or where plain http was allowed for *registry*; no private address
    unless the registry itself is one (a registry on the internet must not make us talk to the inside).
    """
    parts = urlsplit(realm)
    host = parts.hostname or ""
    shown = url_for_people(realm)
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise RegistryUntrusted(
            f"{registry} sends us for a token to {shown!r}, which is no plain web address"
        )
    if parts.scheme == "http" and not (is_loopback(host) or insecure):
        raise RegistryUntrusted(f"{registry} sends us for a token to {shown}, which is not encrypted")
    if _is_inside(host) and not _is_inside(urlsplit(f"//{registry}").hostname or ""):
        raise RegistryUntrusted(f"{registry} sends us for a token to the private address {shown}")
    return realm


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine by name or address."""
    if host in ("localhost", "localhost.localdomain"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_inside(host: str) -> bool:
    if is_loopback(host):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_private or address.is_link_local or address.is_reserved
