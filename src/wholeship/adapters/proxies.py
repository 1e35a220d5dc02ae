"""Which proxy a request goes through: ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``NO_PROXY``, as Go reads them.

docker, BuildKit, podman and most of what stands beside us is written in Go, so that its reading
(``golang.org/x/net/http/httpproxy``) is the one that people's settings were made for.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from wholeship.core.errors import BadInput
from wholeship.core.text import printable
from wholeship.core.values import dataclass

PORTS = {"http": 80, "https": 443}
SCHEMES = ("http", "https", "socks5", "socks5h")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and who we are to it. Printing it shows nothing secret."""

    scheme: str
    place: str
    """Host and port."""
    variable: str
    """Where it was named."""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """The address without a login, fit to be shown."""
        return f"{self.scheme}://{self.place}"

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS 5."""
        return self.scheme.startswith("socks5")

    @property
    def headers(self) -> dict[str, str]:
        """What the proxy is sent beside each request: the login, where there is one."""
        if not self.username and not self.password:
            return {}
        pair = f"{self.username}:{self.password}".encode(errors="replace")
        return {"Proxy-Authorization": "Basic " + base64.b64encode(pair).decode()}


@dataclass(frozen=True, slots=True)
class Bypass:
    """One entry of ``NO_PROXY``: a range, an address, or a name with what is below it."""

    range: _Network | None = None
    address: _Address | None = None
    suffix: str = ""
    exact: str = ""
    port: str = ""

    def covers(self, host: str, address: _Address | None, port: str) -> bool:
        """Whether *host* (*address*, where it spells one) on *port* is meant."""
        if address is not None:
            if self.range is not None:
                return address.version == self.range.version and address in self.range
            return address == self.address and self.port in ("", port)
        named = bool(self.suffix) and (host == self.exact or host.endswith(self.suffix))
        return named and self.port in ("", port)


def proxy_for(url: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that a request to *url* goes through; None: none.

    Raises ``BadInput`` when the proxy's address cannot be read, or is of a kind that is not spoken.
    """
    parts = urlsplit(url)
    upper = f"{parts.scheme.upper()}_PROXY"
    name = next((n for n in (upper, upper.lower()) if environment.get(n)), None)
    if name is None or parts.scheme not in PORTS:
        return None
    exempt = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    if goes_direct(parts.hostname or "", str(parts.port or PORTS[parts.scheme]), exempt):
        return None
    return _read_proxy(environment[name], name)


def goes_direct(host: str, port: str, exempt: str) -> bool:
    """Whether *host* on *port* is asked without a proxy: this machine, and what *exempt* covers."""
    host = host.strip().lower()
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    rules = _bypasses(exempt)
    return rules is None or any(rule.covers(host, address, port) for rule in rules)


@lru_cache(maxsize=16)
def _bypasses(exempt: str) -> tuple[Bypass, ...] | None:
    """The entries of ``NO_PROXY``; None: everything goes direct."""
    entries = [entry.strip().lower() for entry in exempt.split(",")]
    if "*" in entries:
        return None
    return tuple(rule for entry in entries if entry and (rule := _bypass(entry)) is not None)


def _bypass(entry: str) -> Bypass | None:
    """What one *entry* covers; None: nothing."""
    if "/" in entry:
        network = _range(entry)
        if network is not None:
            return Bypass(range=network)
    host, port = _split_port(entry)
    if not host:
        return None
    address = _address(host)
    if address is not None:
        return Bypass(address=address, port=port)
    host = host.removeprefix("*") if host.startswith("*.") else host
    if host.startswith("."):
        return Bypass(suffix=host, port=port)
    return Bypass(suffix=f".{host}", exact=host, port=port)


def _split_port(entry: str) -> tuple[str, str]:
    """Host and port of *entry*; the port is empty where every port is meant."""
    if entry.startswith("["):
        host, bracket, rest = entry[1:].partition("]")
        return (host, rest[1:]) if bracket and rest.startswith(":") else (entry, "")
    if entry.count(":") == 1:
        host, _, port = entry.partition(":")
        return host, port
    return entry, ""


def _range(text: str) -> _Network | None:
    base, _, length = text.partition("/")
    if not (length.isascii() and length.isdigit()):
        return None
    try:
        return ipaddress.ip_network(f"{base}/{length}", strict=False)
    except ValueError:
        return None


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _read_proxy(value: str, variable: str) -> Proxy:
    """The proxy that *variable* names. Its value is never quoted: it may hold a password."""
    parts = _split(value, variable)
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        raise BadInput(
            f"{variable} names a proxy of the kind {printable(scheme, limit=20)!r}, which is not spoken",
            advice="known are http, https and socks5",
        )
    place = parts.netloc.rpartition("@")[2]
    if scheme.startswith("socks5") and parts.port is None:
        place += ":1080"
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(scheme, printable(place, limit=200), variable, username, password)


def _split(value: str, variable: str) -> SplitResult:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise BadInput(f"{variable}: the address of the proxy cannot be read", advice="http://HOST:PORT")
