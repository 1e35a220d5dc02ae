"""A relay in front of a registry that adds a round trip's time and notes when tags were written.

It delays bytes, half a round trip each way, and one more when a connection is opened, as networks do. It
also sees every answer to a manifest PUT, so the exposure window is measured from outside the client.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PUT = re.compile(rb"PUT /v2/([^ ]+)/manifests/([^ ?]+)")


class Relay:
    """``host`` is where it listens; ``written`` maps (repository, tag) to seconds, ``requests`` counts."""

    def __init__(self, upstream: str, round_trip: float) -> None:
        self.upstream, self.round_trip = upstream, round_trip
        self.written: dict[tuple[str, str], float] = {}
        self.requests = 0
        self.host = ""

    def window(self, tag: str) -> float:
        """Seconds from the first to the last time that *tag* was written."""
        times = [at for (_, name), at in self.written.items() if name == tag]
        return max(times) - min(times) if times else 0.0

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        name, _, port = self.upstream.rpartition(":")
        await asyncio.sleep(self.round_trip)
        server, ask = await asyncio.open_connection(name, int(port))
        pending: list[tuple[str, str]] = []

        async def up() -> None:
            while data := await client.read(1 << 16):
                self.requests += len(re.findall(rb"(?m)^(?:GET|HEAD|PUT|POST|PATCH|DELETE) /v2/", data))
                if found := _PUT.match(data):
                    pending.append((found[1].decode(), found[2].decode()))
                await asyncio.sleep(self.round_trip / 2)
                ask.write(data)
                await ask.drain()

        async def down() -> None:
            while data := await server.read(1 << 16):
                if pending and data.startswith(b"HTTP/1.1 201"):
                    self.written[pending.pop()] = time.monotonic()
                await asyncio.sleep(self.round_trip / 2)
                answer.write(data)
                await answer.drain()

        tasks = [asyncio.create_task(up()), asyncio.create_task(down())]
        with suppress(OSError):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for writer in (ask, answer):
            writer.close()


@contextmanager
def relay(upstream: str, round_trip: float) -> Iterator[Relay]:
    """A relay for the time of the block, in a thread of its own."""
    made = Relay(upstream, round_trip)
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def start() -> None:
        server = await asyncio.start_server(made._serve, "127.0.0.1", 0, backlog=256)
        made.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
