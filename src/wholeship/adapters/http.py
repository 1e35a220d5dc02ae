"""HTTP for real, on urllib3: one request, one answer, within a deadline and a size.

No redirects are followed and nothing is retried here: whoever asks decides, because only they know
whether a request may be repeated. TLS is always verified; the certificates that docker and podman keep for a
registry count too (:mod:`wholeship.adapters.certificates`). Proxies come from the environment
(:mod:`wholeship.adapters.proxies`), with the login that stands in their address.
"""

from __future__ import annotations

import heapq
import os
import re
import socket
import threading
import time
import warnings
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError, ProxyError, SSLError

from wholeship.adapters.certificates import Certificates, certificates_for, folder_for
from wholeship.adapters.proxies import Proxy, proxy_for
from wholeship.core.errors import BadInput
from wholeship.core.http import (
    BodyTooLarge,
    Headers,
    ProxyWantsLogin,
    Request,
    Response,
    TransportError,
)
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable, url_for_people
from wholeship.core.version import VERSION

CONNECT_TIMEOUT = 10.0
CHUNK = 64 * 1024
USER_AGENT = f"wholeship/{VERSION}"

_WANTS_CERTIFICATE = lazy_pattern(
    r"CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|(?i:certificate required|bad certificate)"
)

_here = threading.local()
"""What the exchange of this thread has come to; urllib3 leaves no other way to ask."""


class _Plain(HTTPConnection):
    def connect(self) -> None:
        _connecting(self)
        super().connect()
        _connected(self)

    def request(self, *args: Any, **more: Any) -> None:
        _reused(self)
        super().request(*args, **more)


class _Secure(_Plain, HTTPSConnection):
    pass


def _connecting(connection: HTTPConnection) -> None:
    _here.connection = connection


def _connected(connection: HTTPConnection) -> None:
    if _here.exchange.fired:
        raise TimeoutError("connected too late")
    # Kept by itself: of an answer that ends the connection, the connection forgets its socket.
    _here.open, _here.socket = True, connection.sock


def _reused(connection: HTTPConnection) -> None:
    _here.connection = connection
    if connection.sock is not None:
        _here.open, _here.socket = True, connection.sock


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class HttpTransport:
    """A pooled :class:`wholeship.core.http.Transport`, safe to use from many threads."""

    def __init__(self, *, connections: int = 32) -> None:
        self._managers: dict[tuple[Proxy | None, Certificates | None], urllib3.PoolManager] = {}
        self._certificates: dict[str, Certificates | None] = {}
        self._connections = connections
        self._watchdog = _Watchdog()
        self._lock = threading.Lock()

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        headers = urllib3.HTTPHeaderDict()
        # Identity: no proxy may compress what we are going to hash.
        for name, value in (("User-Agent", USER_AGENT), ("Accept-Encoding", "identity")):
            if name not in request.headers:
                headers.add(name, value)
        for name, value in request.headers.items_raw():
            headers.add(name, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(request.body))
        where = _shown_url(request.url)
        _here.connection, _here.socket, _here.open = None, None, False
        proxy = _proxy_of(request.url)
        manager = self._manager(proxy, self._certificates_of(request.url))
        watch = self._watchdog.start(timeout)
        try:
            answer = manager.urlopen(
                request.method,
                request.url,
                body=request.body or None,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT, timeout), read=timeout),
            )
            response = self._read(answer, limit, where)
            if watch.done():  # a body without a length ends where it was cut
                raise _late(where, timeout)
            if response.status == 407 and proxy is not None:
                raise _login_wanted(where, proxy)
            return response
        except BodyTooLarge:
            raise
        except (HTTPError, OSError, ValueError, TransportError) as error:
            if watch.fired:
                raise _late(where, timeout) from None
            raise _translated(error, where, _host_of(request.url), proxy) from None
        finally:
            watch.done()

    def cut(self) -> None:
        """Break every exchange that is under way, as if its time were up."""
        self._watchdog.cut()

    def _read(self, answer: urllib3.BaseHTTPResponse, limit: int, where: str) -> Response:
        body = bytearray()
        whole = False
        try:
            while chunk := answer.read1(CHUNK, decode_content=False):
                body += chunk
                if len(body) > limit:
                    raise BodyTooLarge(f"{where}: the answer is longer than {limit} bytes")
            whole = True
        finally:
            if whole:
                answer.release_conn()
            else:
                answer.close()
        return Response(answer.status, Headers(tuple(answer.headers.iteritems())), bytes(body))

    def _certificates_of(self, url: str) -> Certificates | None:
        host = _host_of(url)
        with self._lock:
            if host not in self._certificates:
                self._certificates[host] = certificates_for(host, os.environ) if host else None
            return self._certificates[host]

    def _manager(self, proxy: Proxy | None, certificates: Certificates | None) -> urllib3.PoolManager:
        key = (proxy, certificates)
        with self._lock:
            if key not in self._managers:
                tls = {"ssl_context": certificates.context()} if certificates else {}
                self._managers[key] = self._through(proxy, tls)
            return self._managers[key]

    def _through(self, proxy: Proxy | None, tls: dict[str, Any]) -> urllib3.PoolManager:
        if proxy is None:
            return self._pool(urllib3.PoolManager(num_pools=8, maxsize=self._connections, block=False, **tls))
        if proxy.is_socks:
            return _socks_manager(proxy, self._connections, tls)
        manager = urllib3.ProxyManager(
            proxy.address, num_pools=8, maxsize=self._connections, proxy_headers=proxy.headers, **tls
        )
        return self._pool(manager)

    @staticmethod
    def _pool(manager: urllib3.PoolManager) -> urllib3.PoolManager:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager


class _Watchdog:
    """Cuts exchanges that outlive their deadline: a server that trickles resets every read time-out."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, _Exchange]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._running = False

    def start(self, timeout: float) -> _Exchange:
        exchange = _Exchange()
        _here.exchange = exchange
        with self._changed:
            heapq.heappush(self._heap, (time.monotonic() + timeout, next(self._order), exchange))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="http-deadlines", daemon=True).start()
            elif self._heap[0][2] is exchange:
                self._changed.notify()
        return exchange

    def cut(self) -> None:
        with self._changed:
            running = [exchange for _, _, exchange in self._heap]
        for exchange in running:
            exchange.cut()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._heap and self._heap[0][2].finished:
                    heapq.heappop(self._heap)
                if not self._heap:
                    self._changed.wait(5.0)
                    if not self._heap:
                        self._running = False
                        return
                    continue
                left = self._heap[0][0] - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                exchange = heapq.heappop(self._heap)[2]
            exchange.cut()


class _Exchange:
    """One request under way in one thread."""

    def __init__(self) -> None:
        self.fired = False
        self.finished = False
        self._store = _here.__dict__
        self._lock = threading.Lock()

    def done(self) -> bool:
        """Nothing is left to cut; whether it was cut."""
        with self._lock:
            self.finished = True
            return self.fired

    def cut(self) -> None:
        with self._lock:
            if self.finished:
                return
            self.fired = True
            sock = self._store.get("socket") or getattr(self._store.get("connection"), "sock", None)
        if sock is not None:
            with suppress(OSError):
                # Of the plain socket: TLS would want to take its leave, and change under the reader's feet.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _shown_url(url: str) -> str:
    try:
        return url_for_people(url)
    except ValueError:
        return "an address that cannot be read"


def _late(where: str, timeout: float) -> TransportError:
    return TransportError(f"{where}: no complete answer within {timeout:g} s", maybe_applied=_here.open)


def _login_wanted(where: str, proxy: Proxy) -> ProxyWantsLogin:
    known = "another login than the one given" if proxy.headers else "a login"
    return ProxyWantsLogin(
        f"{where}: the proxy {proxy.place} wants {known}",
        advice=f"put it into the proxy's address: {proxy.variable}={proxy.scheme}://USER:PASSWORD@{proxy.place}",
    )


def _refused_tunnel(reason: BaseException) -> int | None:
    """The status with which a proxy refused a tunnel; http.client keeps it in the message only."""
    cause = reason.original_error if isinstance(reason, ProxyError) else reason
    match = re.match(r"Tunnel connection failed: ([0-9]{3})\b", str(cause))
    return int(match[1]) if match else None


def _translated(error: Exception, where: str, host: str, proxy: Proxy | None = None) -> TransportError:
    """*error* in our words. Only an exchange that never had a connection cannot have been applied."""
    if isinstance(error, TransportError):
        return error
    reason: BaseException = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if proxy is not None:
        if _refused_tunnel(reason) == 407:
            return _login_wanted(where, proxy)
        where = f"{where} (through the proxy {proxy.place})"
        reason = reason.original_error if isinstance(reason, ProxyError) else reason
    # What is wrong with a header or an address is said by quoting it, and it may hold a token.
    said = "" if isinstance(reason, ValueError) else str(reason).split(": ", 1)[-1]
    text = printable(said, limit=300) or type(reason).__name__
    if _WANTS_CERTIFICATE.search(text):
        # TLS 1.3 says so only after the handshake; no request was looked at.
        return TransportError(
            f"{where}: the server wants a client certificate that it knows: {text}",
            maybe_applied=_here.open,
            advice=f"put client.cert and client.key into {folder_for(host, os.environ)}",
        )
    if isinstance(reason, SSLError) and not _here.open:
        return TransportError(
            f"{where}: TLS failed: {text}",
            maybe_applied=False,
            advice="a private certificate authority is trusted through SSL_CERT_FILE, "
            f"or as ca.crt in {folder_for(host, os.environ)}",
        )
    if not _here.open and host:  # whatever was asked for: it is the same answer for all of this host
        via = f" through the proxy {proxy.place}" if proxy is not None else ""
        return TransportError(f"{host} cannot be reached{via}: {text}", maybe_applied=False)
    return TransportError(f"{where}: {text}", maybe_applied=_here.open)


def _host_of(url: str) -> str:
    """Host and port of *url* as a person writes them; empty where it cannot be read."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _proxy_of(url: str) -> Proxy | None:
    try:
        return proxy_for(url, os.environ)
    except ValueError:  # an address that cannot be read: whoever sends it says so
        return None


def _socks_manager(proxy: Proxy, connections: int, tls: dict[str, Any]) -> urllib3.PoolManager:
    """Pools through a SOCKS 5 proxy, which looks names up itself, as in Go; ``BadInput`` without PySocks."""
    try:
        with warnings.catch_warnings(action="ignore"):
            from urllib3.contrib import socks
    except ImportError:
        raise BadInput(
            f"{proxy.variable} names a SOCKS proxy ({proxy.address}), which needs the package PySocks",
            advice="install PySocks beside wholeship, or use an http proxy",
        ) from None

    class PlainSocks(_Plain, socks.SOCKSConnection):
        pass

    class SecureSocks(_Secure, socks.SOCKSHTTPSConnection):
        pass

    class PlainSocksPool(HTTPConnectionPool):
        ConnectionCls = PlainSocks

    class SecureSocksPool(HTTPSConnectionPool):
        ConnectionCls = SecureSocks

    manager = socks.SOCKSProxyManager(
        f"socks5h://{proxy.place}",
        username=proxy.username or None,
        password=proxy.password or None,
        num_pools=8,
        maxsize=connections,
        **tls,
    )
    manager.pool_classes_by_scheme = {"http": PlainSocksPool, "https": SecureSocksPool}
    return manager
