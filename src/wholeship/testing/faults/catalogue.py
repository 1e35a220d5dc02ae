"""The faults that live in HTTP, by name."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from wholeship.core.http import BodyTooLarge, Headers, Request, Response, TransportError
from wholeship.testing.faults.transport import FOREVER, Exchange, Fault, Killed
from wholeship.testing.registry.shelf import plain_answer, refused_answer

Play = Callable[[Exchange], Response]
OUTSIDE = "https://storage.example"
INSIDE = "https://10.0.0.7"
GATEWAY = "<html><body><h1>Bad gateway</h1></body></html>"


# -- which exchanges ---------------------------------------------------------------------------------


def reads(request: Request) -> bool:
    """Manifests that are read."""
    return request.method == "GET" and "/manifests/" in request.url


def writes(request: Request) -> bool:
    """Manifests that are written."""
    return request.method == "PUT" and "/manifests/" in request.url


def lists_tags(request: Request) -> bool:
    """Listings of tags."""
    return urlsplit(request.url).path.endswith("/tags/list")


def tokens(request: Request) -> bool:
    """Questions to the token service."""
    return urlsplit(request.url).path == "/token"


# -- what happens ------------------------------------------------------------------------------------


def _kill_before(exchange: Exchange) -> Response:
    raise Killed("before the request was sent")


def _kill_after(exchange: Exchange) -> Response:
    exchange.forward()
    raise Killed("before the answer was read")


def _reset_before(exchange: Exchange) -> Response:
    raise TransportError("connection reset by peer", maybe_applied=True)


def _reset_after(exchange: Exchange) -> Response:
    exchange.forward()
    raise TransportError("connection reset by peer", maybe_applied=True)


def _refused_connection(exchange: Exchange) -> Response:
    raise TransportError("connection refused", maybe_applied=False)


def _reset_and_blind(exchange: Exchange) -> Response:
    if exchange.nth == 0:
        exchange.forward()
    raise TransportError("connection reset by peer", maybe_applied=True)


def _late_before(exchange: Exchange) -> Response:
    exchange.clock.sleep(exchange.timeout)
    raise TransportError(f"no complete answer within {exchange.timeout:g} s", maybe_applied=True)


def _late_after(exchange: Exchange) -> Response:
    exchange.forward()
    exchange.clock.sleep(exchange.timeout)
    raise TransportError(f"no complete answer within {exchange.timeout:g} s", maybe_applied=True)


def _slow(exchange: Exchange) -> Response:
    exchange.clock.sleep(exchange.timeout * 0.9)
    return exchange.forward()


def _status(status: int) -> Play:
    return lambda exchange: Response(status, Headers({"Content-Type": "text/html"}), GATEWAY.encode())


def _status_after(status: int) -> Play:
    def play(exchange: Exchange) -> Response:
        exchange.forward()
        return _status(status)(exchange)

    return play


def _throttle(retry_after: str | None, *, in_seconds: float | None = None) -> Play:
    def play(exchange: Exchange) -> Response:
        answer = refused_answer(429, "TOOMANYREQUESTS", "slow down")
        asked = retry_after
        if in_seconds is not None:
            asked = format_datetime(exchange.clock.now() + timedelta(seconds=in_seconds), usegmt=True)
        headers = answer.headers.items_raw()
        return Response(
            429, Headers((*headers, ("Retry-After", asked)) if asked is not None else headers), answer.body
        )

    return play


def _changed(change: Callable[[Response], Response]) -> Play:
    """The request is applied, the answer is changed on its way; answers without a body stay as they are."""

    def play(exchange: Exchange) -> Response:
        response = exchange.forward()
        return change(response) if response.status == 200 and response.body else response

    return play


def _with(response: Response, body: bytes | None = None, **headers: str) -> Response:
    named = {k.replace("_", "-").lower(): v for k, v in headers.items()}
    kept = tuple((k, v) for k, v in response.headers.items_raw() if k.lower() not in named)
    return Response(
        response.status, Headers((*kept, *named.items())), response.body if body is None else body
    )


def _broken_off(exchange: Exchange) -> Response:
    exchange.forward()
    raise TransportError("the answer broke off", maybe_applied=True)


def _flipped(response: Response) -> Response:
    body = bytearray(response.body)
    body[len(body) // 2] ^= 1
    return _with(response, bytes(body))


def _other_manifest(response: Response) -> Response:
    content = json.loads(response.body)
    return _with(response, json.dumps(content | {"annotations": {"other": "bytes"}}).encode())


def _instead(status: int, content_type: str = "", body: bytes = b"") -> Play:
    """An answer that something in front of the registry makes up; the registry never hears of it."""
    headers = Headers({"Content-Type": content_type} if content_type else {})
    return lambda exchange: Response(status, headers, body)


def _redirect(target: Callable[[Request], str]) -> Play:
    return lambda exchange: Response(307, Headers({"Location": target(exchange.request)}))


def _elsewhere(origin: str) -> Callable[[Request], str]:
    return lambda request: origin + urlsplit(request.url).path


def _too_large(exchange: Exchange) -> Response:
    exchange.forward()
    raise BodyTooLarge("the answer is longer than the limit")


def _compressed(response: Response) -> Response:
    return _with(response, zlib.compress(b"\0" * 10_000_000), Content_Encoding="gzip")


def _header_flood(exchange: Exchange) -> Response:
    exchange.forward()
    raise TransportError("got more than 100 headers", maybe_applied=True)


def _token(**changed: object) -> Play:
    def change(response: Response) -> Response:
        content = {k: v for k, v in (json.loads(response.body) | changed).items() if v is not None}
        return _with(response, json.dumps(content).encode())

    return _changed(change)


def _linked(link: Callable[[Request], str]) -> Play:
    def play(exchange: Exchange) -> Response:
        response = exchange.forward()
        return _with(response, Link=f'<{link(exchange.request)}>; rel="next"')

    return play


def _newest_left_out(response: Response) -> Response:
    content = json.loads(response.body)
    body = json.dumps(content | {"tags": content["tags"][:-1]}).encode()
    kept = tuple((k, v) for k, v in response.headers.items_raw() if k.lower() != "link")
    return Response(response.status, Headers(kept), body)


def meanwhile(row: str, name: str, what: str, act: Callable[[], object], *, after: bool = False) -> Fault:
    """Somebody else does *act* just before exchange k (or just after it): rebinds or deletes a tag,
    collects a candidate, takes a right away."""

    def play(exchange: Exchange) -> Response:
        if not after:
            act()
        response = exchange.forward()
        if after:
            act()
        return response

    return Fault(name, row, what, play)


# -- the table ---------------------------------------------------------------------------------------

_ALL = (
    Fault("kill-before", "K1", "killed before the request is sent", _kill_before),
    Fault("kill-after", "K2", "killed after the request took effect, its answer unread", _kill_after),
    *(Fault(f"status-{s}", "R1", f"{s} once, without effect", _status(s)) for s in (500, 502, 503, 504)),
    Fault("status-503-thrice", "R1", "503 three times, without effect", _status(503), times=3),
    Fault("status-503-forever", "R1", "503 from here on", _status(503), times=FOREVER),
    Fault("throttled", "R2", "429 that does not say for how long", _throttle(None)),
    Fault("throttled-forever", "R2", "429 from here on", _throttle(None), times=FOREVER),
    Fault("throttled-0", "R2", "429, Retry-After: 0", _throttle("0")),
    Fault("throttled-2", "R2", "429, Retry-After: 2", _throttle("2")),
    Fault("throttled-date", "R2", "429, Retry-After: a date in 2 s", _throttle("", in_seconds=2)),
    Fault("throttled-past", "R2", "429, Retry-After: a date gone by", _throttle("", in_seconds=-3600)),
    Fault("throttled-day", "R2", "429, Retry-After: 86400", _throttle("86400"), times=FOREVER),
    Fault("throttled-garbage", "R2", "429, Retry-After: soon", _throttle("soon")),
    Fault("throttled-negative", "R2", "429, Retry-After: -5", _throttle("-5")),
    Fault("refused-connection", "R3", "connection refused", _refused_connection),
    Fault("reset-before", "R3", "connection reset, request lost", _reset_before),
    Fault("reset-before-forever", "R3", "no request gets through from here on", _reset_before, times=FOREVER),
    Fault("reset-after", "R4", "connection reset, request applied", _reset_after),
    Fault(
        "reset-and-blind", "R5", "connection reset, request applied; then nothing", _reset_and_blind, FOREVER
    ),
    Fault("gateway-502-after", "R6", "502 although applied", _status_after(502)),
    Fault("gateway-504-after", "R6", "504 although applied", _status_after(504)),
    Fault("slow", "R7", "an answer just in time", _slow),
    Fault("late-before", "R7", "time-out, request lost", _late_before),
    Fault("late-after", "R7", "time-out, request applied", _late_after),
    Fault("broken-off", "R8", "the answer breaks off and shows it", _broken_off),
    Fault(
        "cut-short",
        "R8",
        "the answer is cut and does not show it",
        _changed(lambda r: _with(r, r.body[: len(r.body) // 2])),
        on=reads,
    ),
    Fault("cut-write", "R9", "the request breaks off half-way", _reset_before, on=writes),
    Fault(
        "wrong-digest-header",
        "R10",
        "right bytes announced as others",
        _changed(lambda r: _with(r, Docker_Content_Digest="sha256:" + "0" * 64)),
        on=reads,
    ),
    Fault("flipped-bit", "R10", "one bit flipped", _changed(_flipped), on=reads),
    Fault("flipped-bit-forever", "R10", "one bit flipped, always", _changed(_flipped), FOREVER, reads),
    Fault(
        "other-manifest",
        "R10",
        "another manifest under the right header",
        _changed(_other_manifest),
        on=reads,
    ),
    Fault(
        "wrong-type",
        "R11",
        "a manifest served as plain text",
        _changed(lambda r: _with(r, Content_Type="text/plain")),
        on=reads,
    ),
    Fault(
        "login-page", "R11", "200 and HTML, whatever was asked", _instead(200, "text/html", GATEWAY.encode())
    ),
    Fault("empty-204", "R11", "204, without effect", _instead(204)),
    Fault("lying-201", "R11", "201, without effect", _instead(201), on=writes),
    Fault("plain-404", "R11", "404 from a proxy", lambda e: plain_answer(404, "404 page not found\n")),
    Fault("redirect-elsewhere", "R12", "307 to another host", _redirect(_elsewhere(OUTSIDE))),
    Fault("redirect-plain", "R12", "307 to http", _redirect(_elsewhere("http://storage.example"))),
    Fault("redirect-inside", "R12", "307 to a private address", _redirect(_elsewhere(INSIDE))),
    Fault("redirect-loop", "R12", "307 to itself, for ever", _redirect(lambda r: r.url), times=FOREVER),
    Fault("endless-answer", "R13", "an answer without end", _too_large),
    Fault("bomb", "R13", "a small answer that unpacks to much", _changed(_compressed), on=reads),
    Fault("header-flood", "R13", "100 000 header lines", _header_flood),
    Fault("token-service-down", "A2", "the token service is down", _reset_before, FOREVER, tokens),
    Fault("token-service-500", "A2", "the token service answers 500", _status(500), FOREVER, tokens),
    Fault("token-service-late", "A2", "the token service is too slow", _late_before, FOREVER, tokens),
    Fault("token-missing", "A2", "200 without a token", _token(token=None), on=tokens),
    Fault("token-expired", "A2", "expires_in 0", _token(expires_in=0), on=tokens),
    Fault("token-negative", "A2", "expires_in -1", _token(expires_in=-1), on=tokens),
    Fault("token-endless", "A2", "expires_in 10^30", _token(expires_in=10**30), on=tokens),
    Fault("list-repeats", "L4", "the next page is this page", _linked(lambda r: r.url), FOREVER, lists_tags),
    Fault(
        "list-elsewhere",
        "L4",
        "the next page is on another host",
        _linked(_elsewhere(OUTSIDE)),
        on=lists_tags,
    ),
    Fault(
        "list-cut",
        "L4",
        "the newest tag and the link are left out",
        _changed(_newest_left_out),
        on=lists_tags,
    ),
)

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
"""Every fault of this file by name. Faults of the world (lag, immutable tags, revoked tokens, other people)
are played by the registry itself, or with :func:`meanwhile`."""
