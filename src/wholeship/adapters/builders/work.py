"""One image being built and pushed: its log, its secrets, its line on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from subprocess import Popen
from threading import Event, Thread

from wholeship.adapters import process
from wholeship.adapters.builders import secrets, trouble
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.core.digest import Digest
from wholeship.core.errors import Stopped
from wholeship.core.http import Request, Response, Transport, TransportError
from wholeship.core.progress import Progress, Task
from wholeship.core.text import Redactor
from wholeship.release.ports import BuildRequest

SEEN = process.PLAIN | process.ENGINES | process.PROXIES | process.CREDENTIALS
"""The variables a builder sees: where its storage, its way out and its credentials are."""


@dataclass
class Work:
    """What every builder needs while it makes one image; *more* are variables of the builder's own."""

    request: BuildRequest
    progress: Progress
    stop: Event
    more: InitVar[Mapping[str, str] | None] = None
    secrets: list[secrets.Secret] = field(init=False)
    redact: Redactor = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self, more: Mapping[str, str] | None) -> None:
        root = self.request.root or self.request.context
        self.secrets = [secrets.parse(text, root) for text in self.request.secrets]
        self.redact = secrets.redactor(self.secrets)
        self.environment = process.allowed(SEEN, **(more or {}), **secrets.environment(self.secrets))

    def told(self, note: str) -> None:
        """How far it is."""
        self.progress.advanced(Task("build", self.request.image), note)

    def run(
        self,
        command: list[str],
        what: str,
        *,
        prefix: str = "",
        heard: Callable[[str], None] = lambda line: None,
        ending: Callable[[Popen[bytes]], None] | None = None,
    ) -> process.Ended:
        """Run *command* into the log, its steps told with *prefix* before them, its lines to *heard*.

        *ending* as in :func:`wholeship.adapters.process.run`. Raises :class:`CommandFailed`, in which *what*
        failed, and :class:`Stopped`.
        """
        steps = trouble.Steps(lambda note: self.told(prefix + note))

        def listen(line: str) -> None:
            steps(line)
            heard(line)

        ended = process.run(
            command,
            environment=self.environment,
            log=self.request.log,
            cwd=self.request.context,
            stop=self.stop,
            heard=listen,
            redact=self.redact,
            ending=ending,
        )
        if not ended.well:
            raise trouble.failed(f"{self.request.image}: {what}", ended, self.request.log, steps.last)
        return ended

    def counted(self, blobs: Iterable[Digest]) -> Callable[[Digest], None]:
        """To be told each of *blobs* that has arrived; shows how many have."""
        waiting = set(blobs)
        number = len(waiting)

        def sent(digest: Digest) -> None:
            waiting.discard(digest)
            self.told(f"pushing, {number - len(waiting)} of {number} parts")

        return sent

    def noted(self, text: str) -> None:
        """Put *text* into the log."""
        with process.Log(self.request.log, self.redact) as log:
            log.note(text)

    @contextmanager
    def pushing(self) -> Iterator[RegistryClient]:
        """As :meth:`reaching`, and told."""
        self.told("pushing")
        with self.reaching() as registry:
            yield registry

    @contextmanager
    def reaching(self) -> Iterator[RegistryClient]:
        """The registry that it goes to, for the time of the block; a stop breaks off what is on its way."""
        transport, over = HttpTransport(), Event()
        watcher = Thread(target=_cut, args=(transport, self.stop, over), name="stop", daemon=True)
        watcher.start()
        try:
            yield self._client(_Stoppable(transport, self.stop))
        finally:
            over.set()
            watcher.join()

    def _client(self, transport: Transport) -> RegistryClient:
        """Plain http only where the request allows it."""
        insecure = frozenset({self.request.repository.host}) if self.request.insecure else frozenset[str]()
        return RegistryClient(
            transport,
            SystemClock(),
            StoredCredentials(learn=self.redact.learn),
            insecure_hosts=insecure,
            redact=self.redact,
        )


@dataclass(frozen=True)
class _Stoppable:
    """A transport that a stop ends: :class:`Stopped`, and not an error that is tried again."""

    inner: HttpTransport
    stop: Event

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        try:
            if not self.stop.is_set():
                return self.inner.send(request, limit=limit, timeout=timeout)
        except TransportError:
            if not self.stop.is_set():
                raise
        raise Stopped("the push was stopped")


def _cut(transport: HttpTransport, stop: Event, over: Event) -> None:
    while not over.wait(0.1):
        if stop.is_set():
            transport.cut()
