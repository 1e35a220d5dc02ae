"""The real transport, against servers that misbehave at the level of bytes."""

from __future__ import annotations

import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from wholeship.adapters.http import HttpTransport
from wholeship.core.errors import BadInput
from wholeship.core.http import BodyTooLarge, Headers, ProxyWantsLogin, Request, Response, TransportError

Script = Callable[[socket.socket, bytes], None]


class Server:
    """Reads a request head, then does what its script says with the connection."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None) -> None:
        self.script, self.context = script, context
        self.heads: list[bytes] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2/"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError):
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                while True:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        piece = connection.recv(65536)
                        if not piece:
                            return
                        head += piece
                    self.heads.append(head)
                    self.script(connection, head)

    def close(self) -> None:
        # Woken and waited for before the descriptor is free: else the thread could go on to accept on that
        # number when it is another test's server, and answer in its place.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listening.close()


@contextmanager
def serving(script: Script | bytes, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    def say(connection: socket.socket, head: bytes) -> None:
        assert isinstance(script, bytes)
        connection.sendall(script)

    server = Server(say if isinstance(script, bytes) else script, context)
    try:
        yield server
    finally:
        server.close()


def ask(
    url: str, *, method: str = "GET", body: bytes = b"", limit: int = 1 << 20, timeout: float = 10.0
) -> Response:
    return HttpTransport().send(Request(method, url, Headers(), body), limit=limit, timeout=timeout)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Twice: a\r\nX-Twice: b\r\n\r\nok"


def test_an_answer_comes_whole() -> None:
    """Status, every header with its repeats, and the body."""
    with serving(OK) as server:
        answer = ask(server.url)
    assert (answer.status, answer.body, answer.headers.all("x-twice")) == (200, b"ok", ("a", "b"))


def test_bodies_are_wanted_as_they_are() -> None:
    """No compression is asked for: a body that is hashed must not be repacked on the way."""
    with serving(OK) as server:
        ask(server.url)
        assert b"accept-encoding: identity" in server.heads[0].lower()


def test_compressed_bodies_are_not_unpacked() -> None:
    """A server that compresses all the same cannot make us unpack a bomb."""
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    with serving(said) as server:
        assert ask(server.url).body == b"\x1f\x8b\x08\x00"


def test_writes_say_their_length() -> None:
    """A body goes with its Content-Length and never in chunks; an empty POST says 0."""
    with serving(OK) as server:
        ask(server.url, method="PUT", body=b"abc")
        ask(server.url, method="POST")
    assert b"content-length: 3" in server.heads[0].lower()
    assert b"content-length: 0" in server.heads[1].lower()
    assert b"chunked" not in server.heads[0].lower()


def test_redirects_are_not_followed() -> None:
    """Where a redirect leads is for the caller to judge."""
    with serving(b"HTTP/1.1 307 T\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n") as server:
        answer = ask(server.url)
        assert (answer.status, answer.headers["location"]) == (307, "http://10.0.0.1/")
        assert len(server.heads) == 1


def test_nothing_is_repeated() -> None:
    """A connection that breaks is told, not tried again: only the caller knows whether it may be."""
    with serving(lambda connection, head: reset(connection)) as server:
        with pytest.raises(TransportError):
            ask(server.url)
        assert len(server.heads) == 1


def test_connections_are_kept_and_shared() -> None:
    """Many threads use few connections, each again and again."""
    with serving(OK) as server:
        transport = HttpTransport(connections=4)
        with ThreadPoolExecutor(4) as pool:
            ask = [
                pool.submit(transport.send, Request("GET", server.url), limit=10, timeout=10)
                for _ in range(40)
            ]
            assert all(answer.result().body == b"ok" for answer in ask)
        assert server.connections <= 4


class Trickle:
    """Sends a byte now and then, 200 times; ``sent`` tells how far it got."""

    def __init__(self, head: bytes) -> None:
        self.head, self.sent = head, 0

    def __call__(self, connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + self.head + b"\r\n{}")
        for _ in range(200):
            connection.sendall(b" ")
            self.sent += 1
            time.sleep(0.05)


@pytest.mark.parametrize("head", [b"Content-Length: 100000\r\n", b"Connection: close\r\n"])
def test_a_trickle_ends_at_the_deadline(head: bytes) -> None:
    """The time-out is for the whole exchange: a byte now and then does not prolong it; and a body that
    would end with the connection is not taken for whole because we ended it."""
    trickle = Trickle(head)
    with serving(trickle) as server, pytest.raises(TransportError, match="no complete answer") as broken:
        ask(server.url, timeout=0.3)
    assert broken.value.maybe_applied
    assert trickle.sent < 200


def test_a_trickle_over_tls_ends_too(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encryption changes nothing about the deadline."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trickle = Trickle(b"Connection: close\r\n")
    with serving(trickle, context) as server, pytest.raises(TransportError, match="no complete answer"):
        ask(f"https://localhost:{server.port}/", timeout=0.5)
    assert trickle.sent < 200


def test_a_silent_server_ends_at_the_deadline() -> None:
    """No answer at all is a time-out, and may have been applied."""
    with serving(lambda connection, head: time.sleep(3)) as server, pytest.raises(TransportError) as broken:
        ask(server.url, timeout=0.3)
    assert broken.value.maybe_applied


@pytest.mark.parametrize("length", [b"Content-Length: 5000000\r\n", b"Connection: close\r\n"])
def test_long_answers_are_not_read(length: bytes) -> None:
    """Reading stops at the limit, whatever the server announces."""

    def endless(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(endless) as server, pytest.raises(BodyTooLarge):
        ask(server.url, limit=1000)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nshort",
    ],
)
def test_cut_answers_are_noticed(said: bytes) -> None:
    """A body that ends before it is complete is an error, not a shorter body."""

    def cut(connection: socket.socket, head: bytes) -> None:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_RDWR)

    with serving(cut) as server, pytest.raises(TransportError):
        ask(server.url)


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: y\r\n" % n for n in range(100_000)),
        b"X: " + b"y" * 1_000_000 + b"\r\n",
    ],
)
def test_header_floods_are_refused(head: bytes) -> None:
    """Heads are limited in lines and in length."""

    def flood(connection: socket.socket, asked: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        connection.close()

    with serving(flood) as server, pytest.raises(TransportError):
        ask(server.url)


def test_what_never_connected_was_not_applied() -> None:
    """A refused connection is the one failure after which nothing can have happened."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(TransportError) as broken:
        ask(f"http://127.0.0.1:{port}/", method="PUT", body=b"x")
    assert not broken.value.maybe_applied
    assert broken.value.message.startswith(f"127.0.0.1:{port} cannot be reached: ")


@pytest.mark.parametrize("name", ["nowhere.invalid", "[", "127.0.0.1:99999"])
def test_what_cannot_be_reached_was_not_applied(name: str) -> None:
    """A name that does not resolve, and an address that is none."""
    with pytest.raises(TransportError) as broken:
        ask(f"http://{name}/", timeout=5)
    assert not broken.value.maybe_applied


def test_what_broke_after_connecting_may_have_been_applied() -> None:
    """Reset, closed, or cut off: once there was a connection nobody knows."""
    for end in (reset, socket.socket.close):
        with serving(lambda connection, head, end=end: end(connection)) as server:  # type: ignore[misc]
            with pytest.raises(TransportError) as broken:
                ask(server.url, method="PUT", body=b"x")
            assert broken.value.maybe_applied


def test_a_kept_connection_that_died_may_have_carried_the_request() -> None:
    """A server that hangs up on the second request of a connection leaves it unknown too."""
    seen: list[bytes] = []

    def once(connection: socket.socket, head: bytes) -> None:
        seen.append(head)
        if len(seen) == 1:
            connection.sendall(OK)
        else:
            reset(connection)

    with serving(once) as server:
        transport = HttpTransport()
        transport.send(Request("GET", server.url), limit=10, timeout=10)
        with pytest.raises(TransportError) as broken:
            transport.send(Request("PUT", server.url, body=b"x"), limit=10, timeout=10)
        assert broken.value.maybe_applied


def test_secrets_in_addresses_and_headers_stay_out_of_errors() -> None:
    """Errors name the place without user information and query, and quote no header."""
    secret = "s3cr3t-value"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for url, headers in (
        (f"http://user:{secret}@127.0.0.1:{port}/x?token={secret}", Headers()),
        (f"http://127.0.0.1:{port}/x", Headers({"Authorization": f"Bearer {secret}\r\nX: y"})),
        (f"http://127.0.0.1:{port}/x?{secret}\x01", Headers()),
    ):
        with pytest.raises(TransportError) as broken:
            HttpTransport().send(Request("GET", url, headers), limit=10, timeout=5)
        assert secret not in f"{broken.value} {broken.value!r} {broken.value.advice}"


def test_remote_text_is_made_printable() -> None:
    """What a server puts into its status line cannot steer the terminal."""
    with serving(b"HTTP/9.9\x1b[2J\x1b]0;owned\x07 200 OK\r\n\r\n") as server:
        with pytest.raises(TransportError) as broken:
            ask(server.url, timeout=1)
        assert "\x1b" not in broken.value.message


def test_proxies_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY is used, NO_PROXY is respected, and the loopback goes direct."""
    with serving(OK) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "skipped.invalid")
        assert ask("http://registry.example/v2/").body == b"ok"
        assert proxy.heads[0].startswith(b"GET http://registry.example/v2/ HTTP/1.1")
        with pytest.raises(TransportError):
            ask("http://skipped.invalid/v2/", timeout=2)
        with serving(OK) as direct:
            ask(direct.url)
            assert len(direct.heads) == 1


LOGIN = b"proxy-authorization: basic y29ycdpzm2nyzxq="  # corp:s3cret, in lower case
WANTS_LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_login_in_a_proxys_address_is_sent_to_it(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: beside a plain request, and when a tunnel is asked for."""
    with serving(b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://corp:s3cret@127.0.0.1:{proxy.port}")
        with suppress(TransportError):
            ask(f"{scheme}://registry.example/v2/")
        assert LOGIN in proxy.heads[0].lower()


def test_a_tunnel_that_fails_names_the_proxy_and_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the proxy refuses is said to be of the proxy, by its host and port alone."""
    with serving(b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://corp:s3cret@127.0.0.1:{proxy.port}")
        with pytest.raises(TransportError, match=f"through the proxy 127.0.0.1:{proxy.port}") as broken:
            ask("https://registry.example/v2/")
        assert "s3cret" not in f"{broken.value!r} {broken.value.advice}"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("login", "wants"), [("", "a login"), ("corp:s3cret@", "another login")])
def test_a_proxy_that_wants_a_login_is_named(
    scheme: str, login: str, wants: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """407 says which proxy wants what, and where to put it; nothing was applied, no password is shown."""
    with serving(WANTS_LOGIN) as proxy:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://{login}127.0.0.1:{proxy.port}")
        with pytest.raises(
            ProxyWantsLogin, match=f"the proxy 127.0.0.1:{proxy.port} wants {wants}"
        ) as broken:
            ask(f"{scheme}://registry.example/v2/", method="PUT", body=b"x")
    assert not broken.value.maybe_applied
    assert f"{scheme.upper()}_PROXY=http://USER:PASSWORD@127.0.0.1:{proxy.port}" in broken.value.advice
    assert "s3cret" not in f"{broken.value!r} {broken.value.advice}"


def test_the_login_of_a_proxy_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What NO_PROXY covers gets no header that was meant for the proxy."""
    with serving(OK) as direct:
        monkeypatch.setenv("HTTP_PROXY", "http://corp:s3cret@proxy.invalid:3128")
        ask(direct.url)
        assert b"proxy-authorization" not in direct.heads[0].lower()


def test_socks_without_its_package_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable and the package that is missing are named: exit code 2, and no try without the proxy."""
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.delitem(sys.modules, "urllib3.contrib.socks", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "socks5://corp:s3cret@proxy.example")
    with pytest.raises(BadInput, match=r"HTTPS_PROXY names a SOCKS proxy .*PySocks") as broken:
        ask("https://registry.example/v2/")
    assert "s3cret" not in f"{broken.value!r} {broken.value.advice}"


def test_socks_works_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is told the name (it resolves it), then carries the request."""
    pytest.importorskip("socks", reason="PySocks is not installed")
    told: list[bytes] = []

    def socks5(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(2 + 255)  # version and methods
            connection.sendall(b"\x05\x00")
            told.append(connection.recv(300))
            connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            connection.recv(65536)
            connection.sendall(OK)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=socks5, args=(listening,), daemon=True).start()
        monkeypatch.setenv("HTTP_PROXY", f"socks5://127.0.0.1:{listening.getsockname()[1]}")
        assert ask("http://registry.example/v2/").body == b"ok"
    assert b"registry.example" in told[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody vouches for, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl program to make a certificate with")
    path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", str(path / "key.pem"), "-out", str(path / "cert.pem")),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    return path


def test_tls_is_always_verified(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate nobody vouches for is refused before anything is sent, and never retried as http."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with serving(OK, context) as server:
        url = f"https://localhost:{server.port}/v2/"
        with pytest.raises(TransportError, match="TLS") as broken:
            ask(url, method="PUT", body=b"x")
        assert not broken.value.maybe_applied
        assert server.heads == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert ask(url).body == b"ok"
        with pytest.raises(TransportError, match="TLS"):  # the right key under the wrong name
            ask(f"https://127.0.0.1:{server.port}/v2/")


def test_tls_that_breaks_in_the_middle_may_have_been_applied(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only before the handshake is over does a TLS error mean that nothing was sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))

    def garble(connection: socket.socket, head: bytes) -> None:
        raw = socket.socket(fileno=connection.detach())
        raw.sendall(b"this is not TLS at all")
        raw.close()

    with serving(garble, context) as server, pytest.raises(TransportError) as broken:
        ask(f"https://localhost:{server.port}/v2/", method="PUT", body=b"x")
    assert broken.value.maybe_applied
