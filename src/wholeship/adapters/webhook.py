"""One POST to a chat's webhook. Its address is the secret: it is in no message, no log, no error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from wholeship.core.http import Headers, Request, Transport, TransportError

TIMEOUT = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def post(transport: Transport, url: str, body: Mapping[str, object]) -> str:
    """Send *body* to *url*; why it was not taken, empty when it was. Never raises for what happens there."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return "its address is no URL"
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return "its address is no https URL"
    content = json.dumps(body, ensure_ascii=False).encode()
    request = Request("POST", url.strip(), Headers({"Content-Type": "application/json"}), content)
    try:
        # No redirect is followed: what was meant for one chat goes to no other.
        answer = transport.send(request, limit=64 * 1024, timeout=TIMEOUT)
    except TransportError:
        return "there was no answer"
    return "" if 200 <= answer.status < 300 else f"it answered with status {answer.status}"
