"""One image being built and pushed: its log, its secrets, its line on the screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import InitVar, field
from pathlib import Path
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
from wholeship.core.values import dataclass
from wholeship.release.contexts import image_in, is_image
from wholeship.release.inputs.dockerfile import with_images
from wholeship.release.ports import BuildRequest

SEEN = process.PLAIN | process.ENGINES | process.PROXIES | process.CREDENTIALS
"""The variables a builder sees: where its storage, its way out and its credentials are."""
AGENT = "SSH_AUTH_SOCK"
"""Where the SSH agent is: for builds that ask for it."""


def answer_of(command: list[str], *, timeout: float) -> str:
    """What a builder's *command* prints, asked with the variables that it sees while it builds. Raises
    :class:`CommandFailed`."""
    return process.ask_program(command, environment=process.allowed_environment(SEEN), timeout=timeout)


def pairs(flag: str, values: Mapping[str, str], *, glue: str = "=") -> list[str]:
    """*values* as flags."""
    return [f"{flag}{glue}{key}={value}" for key, value in values.items()]


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
        self.secrets = [secrets.parse_secret(text, root) for text in self.request.secrets]
        self.redact = secrets.redactor(self.secrets)
        seen = SEEN | {AGENT} if self.request.ssh else SEEN
        self.environment = process.allowed_environment(
            seen, **(more or {}), **secrets.secret_variables(self.secrets)
        )

    def common_flags(self) -> list[str]:
        """What every builder is told in the same words: all but where layers are kept, and named contexts."""
        request = self.request
        flags = [f"--target={request.target}"] if request.target else []
        flags += pairs("--build-arg", request.args)
        flags += pairs("--label", request.labels)
        flags += [f"--secret={secret.flag}" for secret in self.secrets]
        flags += [f"--ssh={self._key(text)}" for text in request.ssh]
        flags += ["--no-cache"] if request.no_cache else []
        return flags + [f"--add-host={name}:{where}" for name, where in request.extra_hosts.items()]

    def _key(self, text: str) -> str:
        """An SSH key as builders take it, its file found from the folder of the release file."""
        name, equals, path = text.partition("=")
        return f"{name}={(self.request.root or self.request.context) / path}" if equals else name

    def with_images(self, folder: Path) -> Path:
        """The Dockerfile with the images among its named contexts by digest; one in *folder* where there are.

        For builders that do not know named contexts, or not everywhere: buildah 1.28 overlooks one that
        ``FROM`` names through a variable.
        """
        request = self.request
        images = {name: image_in(context) for name, context in request.contexts.items() if is_image(context)}
        if not images:
            return request.dockerfile
        made = folder / "Dockerfile"
        text = request.dockerfile.read_text(encoding="utf-8", errors="surrogateescape")
        changed = with_images(text, request.args, images)
        made.write_text(changed, encoding="utf-8", errors="surrogateescape")
        for kind in ("dockerignore", "containerignore"):
            ignored = request.dockerfile.with_name(f"{request.dockerfile.name}.{kind}")
            if ignored.is_file():
                shutil.copyfile(ignored, folder / f"Dockerfile.{kind}")
        return made

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
            self.progress.printed(Task("build", self.request.image), line)
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
        watcher = Thread(target=_cut_on_stop, args=(transport, self.stop, over), name="stop", daemon=True)
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


def _cut_on_stop(transport: HttpTransport, stop: Event, over: Event) -> None:
    while not over.wait(0.1):
        if stop.is_set():
            transport.cut()
