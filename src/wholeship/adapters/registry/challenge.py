"""``WWW-Authenticate`` challenges (RFC 9110, section 11; Docker's token authentication specification)."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from wholeship.core.errors import RegistryUntrusted
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable, url_for_people
from wholeship.core.values import dataclass

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE = lazy_pattern(
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


def check_realm(
    realm: str, registry: str, *, insecure: Callable[[str], bool], inside: frozenset[str] = frozenset()
) -> str:
    """*realm* when credentials may be sent there; :class:`RegistryUntrusted` otherwise.

    https only, except on the loopback or on a host where plain http was allowed; no private address
    unless the registry itself is one (a registry on the internet must not make us talk to the inside), or
    *inside* names it.
    """
    try:
        parts = urlsplit(realm)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise RegistryUntrusted(
            f"{registry} sends us for a token to an address that cannot be read"
        ) from None
    shown = url_for_people(realm)
    own = urlsplit(f"//{registry}").hostname or ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise RegistryUntrusted(
            f"{registry} sends us for a token to {shown!r}, which is no plain web address"
        )
    plain = is_loopback(host) or insecure(parts.netloc) or (host == own and insecure(registry))
    if parts.scheme == "http" and not plain:
        raise RegistryUntrusted(f"{registry} sends us for a token to {shown}, which is not encrypted")
    if leads_inside(parts.netloc, registry, inside):
        raise RegistryUntrusted(
            f"{registry} sends us for a token to the private address {shown}",
            advice=inside_advice(parts.netloc),
        )
    return realm


def leads_inside(netloc: str, registry: str, allowed: frozenset[str]) -> bool:
    """Whether *registry* sends us from the internet to an address of the inside that nobody allowed."""
    host = urlsplit(f"//{netloc}").hostname or ""
    if not is_inside(host) or is_inside(urlsplit(f"//{registry}").hostname or ""):
        return False
    return not {netloc, host} & allowed


def inside_advice(netloc: str) -> str:
    """What to do where the address is meant."""
    return f"if it is meant, name it in the release file: allow_private: [{printable(netloc, limit=80)}]"


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine by name or address."""
    if host in ("localhost", "localhost.localdomain"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_inside(host: str) -> bool:
    """Whether *host* names this machine, or is an address that only means something on the inside."""
    if is_loopback(host) or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and not address.is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that *host* spells, as resolvers read it: ``127.1`` and ``0x7f000001`` are addresses."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    else:
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return mapped or address
    if not re.fullmatch(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}", host, re.IGNORECASE):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
