"""HTTP as values: what is asked, what came back, and the port that carries it.

The registry client and the code-host client speak to a :class:`Transport`; the real one is in
``adapters/``, the fault-injecting and in-memory ones in ``testing/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from wholeship.core.errors import Unfinished
from wholeship.core.values import dataclass


class Headers(Mapping[str, str]):
    """Header fields; names compared without case, repeated fields kept apart by ``all``."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, str] | tuple[tuple[str, str], ...] = ()) -> None:
        pairs = tuple(items.items()) if isinstance(items, Mapping) else tuple(items)
        self._items: tuple[tuple[str, str], ...] = pairs

    def __getitem__(self, name: str) -> str:
        for key, value in self._items:
            if key.lower() == name.lower():
                return value
        raise KeyError(name)

    def __iter__(self):  # type: ignore[no-untyped-def]
        seen: set[str] = set()
        for key, _ in self._items:
            if key.lower() not in seen:
                seen.add(key.lower())
                yield key

    def __len__(self) -> int:
        return len({key.lower() for key, _ in self._items})

    def all(self, name: str) -> tuple[str, ...]:
        """Every value sent under *name*, in order."""
        return tuple(value for key, value in self._items if key.lower() == name.lower())

    def items_raw(self) -> tuple[tuple[str, str], ...]:
        """Every field, repeats included, in order."""
        return self._items


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``body`` is sent with a Content-Length, never chunked."""

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, its body read whole and within the caller's limit."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


class TransportError(Unfinished):
    """The exchange broke. ``maybe_applied``: the request may have taken effect all the same."""

    def __init__(self, message: str, *, maybe_applied: bool, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.maybe_applied = maybe_applied


class ProxyWantsLogin(TransportError):
    """The proxy on the way wants a login, or another one; asking again changes nothing."""

    def __init__(self, message: str, *, advice: str) -> None:
        super().__init__(message, maybe_applied=False, advice=advice)


class BodyTooLarge(TransportError):
    """The answer was longer than the caller's limit; the rest was not read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, maybe_applied=True)


class Transport(Protocol):
    """Carries one request. Does not follow redirects, does not retry, does not add credentials."""

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        """The answer to *request*.

        ``limit`` caps the body in bytes (:class:`BodyTooLarge` beyond it); ``timeout`` is the
        total for the whole exchange, in seconds. Raises :class:`TransportError`.
        """
