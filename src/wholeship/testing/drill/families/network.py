"""N: names that do not resolve, networks that are not there, certificates that are not good, proxies.

Nothing of this is answered by asking without encryption.
"""

from __future__ import annotations

from functools import partial

from wholeship.core.http import Response, TransportError
from wholeship.testing.drill.engine import Case
from wholeship.testing.drill.stage import Stage
from wholeship.testing.faults import FOREVER, Exchange, Fault

TROUBLES = {
    "no-name": "name or service not known",
    "no-route": "network is unreachable",
    "only-ipv6": "no route to host (only an IPv6 address is known)",
    "tls-version": "TLS failed: unsupported protocol",
    "wrong-authority": "TLS failed: certificate verify failed: unable to get local issuer certificate",
    "wrong-host": "TLS failed: hostname mismatch, certificate is not valid",
    "proxy-login": "proxy: 407 Proxy Authentication Required",
}


def _fails(text: str, exchange: Exchange) -> Response:
    raise TransportError(f"registry.drill: {text}", maybe_applied=False)


def _trouble(name: str, times: int, stage: Stage) -> Fault:
    return Fault(name, "N1", TROUBLES[name], partial(_fails, TROUBLES[name]), times)


CASES = (
    *(Case("N1", name, f"{text}, once", fault=partial(_trouble, name, 1)) for name, text in TROUBLES.items()),
    *(
        Case(
            "N1", f"{name}-forever", f"{TROUBLES[name]}, from here on", fault=partial(_trouble, name, FOREVER)
        )
        for name in ("no-name", "wrong-authority")
    ),
)
