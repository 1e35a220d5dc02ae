"""Other people's programs, run so that they can be stopped, read and trusted with little.

Every program gets its own process group (killed as a whole, TERM before KILL), no standard
input, and only the variables it needs: a build or a gate that prints its environment must not
print our tokens. What it says is made fit to print before it reaches a log or a screen.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO

from wholeship.core import interrupts
from wholeship.core.errors import CommandFailed, Stopped, ToolMissing
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass

GRACE = 5.0
"""Seconds between asking a process group to end and ending it."""

TAIL = 40
"""Lines kept for the person who has to know why."""

LINE_LIMIT = 16 * 1024
"""Bytes of one line; a progress bar without line ends must not fill the memory."""

PLAIN = frozenset(
    """
        PATH HOME USER LOGNAME LANG LANGUAGE TZ TERM TMPDIR NO_COLOR SOURCE_DATE_EPOCH XDG_RUNTIME_DIR
        XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME SSL_CERT_FILE SSL_CERT_DIR
    """.split()
)
"""Variables any program may see. None of them is where a token is kept."""

ENGINES = frozenset(
    """
        DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION CONTAINER_HOST
        CONTAINERS_CONF CONTAINERS_STORAGE_CONF CONTAINERS_REGISTRIES_CONF STORAGE_DRIVER STORAGE_OPTS
        BUILDAH_ISOLATION BUILDAH_RUNTIME _CONTAINERS_USERNS_CONFIGURED BUILDX_BUILDER BUILDX_CONFIG
        BUILDKIT_HOST
    """.split()
)
"""Where container engines live and keep their layers."""

PROXIES = frozenset(["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"])
"""The way out; may hold a password, so for programs that push or pull only."""

CREDENTIALS = frozenset(["DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"])
"""Where registry credentials are; for programs that push or pull, never for a gate."""


def allowed_environment(names: Iterable[str] = PLAIN, **more: str) -> dict[str, str]:
    """This process's variables among *names* (and ``LC_*``), then *more* on top."""
    wanted = frozenset(names)
    kept = {key: value for key, value in os.environ.items() if key in wanted or key.startswith("LC_")}
    return {**kept, **more}


def program_path(name: str, *, advice: str = "") -> str:
    """The absolute path of *name*; :class:`ToolMissing` when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(f"{name} is not installed, or not on PATH", advice=advice)
    return os.path.realpath(found) if os.sep in name else os.path.abspath(found)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. ``exit_code`` is None when the time limit stopped it; ``-N``: signal N."""

    exit_code: int | None
    seconds: float
    tail: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether it said so with exit code 0."""
        return self.exit_code == 0


class Log:
    """A log file that is only added to, through no symbolic link, readable by its owner only.

    A disk that is full must not hide why the program failed, so what cannot be written is
    dropped, and the last lines are kept in memory all the same.
    """

    def __init__(self, path: Path | None, redact: Callable[[str], str] | None = None) -> None:
        self._redact = redact or Redactor()
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._file: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="replace")

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    def write(self, line: str) -> str:
        """Keep *line*; what was kept, which is fit to print."""
        clean = self.note(line.rstrip())
        self._tail.append(clean)
        return clean

    def note(self, line: str) -> str:
        """Write *line* to the file, without counting it as something the program said."""
        clean = self._redact(printable(line))
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.write(clean + "\n")
                self._file.flush()
        return clean

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, without empty ones at either end."""
        lines = list(self._tail)
        while lines and not lines[-1]:
            lines.pop()
        return tuple(lines)


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    stop: Event | None = None,
    heard: Callable[[str], None] | None = None,
    redact: Callable[[str], str] | None = None,
    ending: Callable[[subprocess.Popen[bytes]], None] | None = None,
) -> Ended:
    """Run *argv* to its end; both output streams go to *log* and, line by line, to *heard*.

    ``timeout`` is in seconds; *ending* ends the program when it has to, in place of :func:`end`. Raises
    :class:`Stopped` once *stop* is set, :class:`ToolMissing` when there is no such program. A bad exit code
    is an answer, not an exception.
    """
    began = time.monotonic()
    with Log(log, redact) as kept:
        kept.note("$ " + " ".join(argv))
        process = _start(argv, environment, cwd)
        listen = _Listener(process, kept, heard)
        try:
            in_time = _wait(listen, None if timeout is None else began + timeout, stop)
        finally:
            (ending or end)(process)
            listen.drain()
            listen.close()
        if stop is not None and stop.is_set() and in_time is None:
            raise Stopped(f"{Path(argv[0]).name} was stopped")
        exit_code = process.returncode if in_time else None
        kept.note(f"$ exit code {exit_code}" if in_time else f"$ stopped after {timeout:g} s")
        return Ended(exit_code, time.monotonic() - began, kept.tail)


def ask_program(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout: float = 30.0,
    stop: Event | None = None,
    cwd: Path | None = None,
) -> str:
    """What a short question to a program answered on standard output.

    Raises :class:`CommandFailed` with what it said on standard error, :class:`ToolMissing`,
    :class:`Stopped`.
    """
    if stop is not None and stop.is_set():
        raise Stopped(f"{Path(argv[0]).name} was stopped")
    try:
        done = answered_program(argv, environment, timeout=timeout, cwd=cwd)
    except FileNotFoundError:
        raise ToolMissing(f"{argv[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{_call(argv)} gave no answer in {timeout:g} s") from None
    said = Redactor()(printable(done.stderr[-LINE_LIMIT:].decode(errors="replace"), newlines=True)).strip()
    if done.returncode != 0:
        lines = tuple(said.splitlines()[-TAIL:])
        last = f": {lines[-1][:300]}" if lines else ""
        raise CommandFailed(f"{_call(argv)} failed with exit code {done.returncode}{last}", tail=lines)
    return done.stdout.decode(errors="replace")


def answered_program(
    argv: Sequence[str], environment: Mapping[str, str], *, timeout: float, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """What a short-lived program said, whatever its exit code; it ends with us, and with *timeout* (seconds).

    Raises what ``subprocess.run`` does.
    """
    process = spawned(argv, environment, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        said, complained = process.communicate(timeout=timeout)
    except BaseException:
        end(process)
        raise
    return subprocess.CompletedProcess(argv, process.returncode, said, complained)


def spawned(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int,
    stderr: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    """A program in a process group of its own. :class:`OSError` where it cannot be started.

    Ctrl-C and SIGTERM wait until it is known: an interrupt inside of ``Popen`` would leave it running, with
    nobody who could end it.
    """
    with interrupts.kept_back() as heard:
        process = subprocess.Popen(
            list(argv),
            env=dict(environment),
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    if heard:
        end(process)
        signal.raise_signal(heard[0])
    return process


def end(
    process: subprocess.Popen[bytes], *, grace: float = GRACE, goodbye: signal.Signals = signal.SIGTERM
) -> None:
    """End *process* and every process of its group: *goodbye*, then KILL after *grace* seconds."""
    if process.poll() is None:
        _signal(process, goodbye)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    # The leader may be gone and its children not; the group keeps its id as long as one lives.
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _start(argv: Sequence[str], environment: Mapping[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
    try:
        return spawned(argv, environment, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        missing = cwd if cwd is not None and not cwd.is_dir() else argv[0]
        raise ToolMissing(f"{missing} does not exist") from None
    except PermissionError:
        raise ToolMissing(f"{argv[0]} may not be executed", advice="is it executable? chmod +x") from None
    except OSError as error:
        raise ToolMissing(f"{argv[0]} cannot be started: {error.strerror}") from None


class _Listener:
    """Reads a program's output as lines, whatever ends them."""

    def __init__(
        self, process: subprocess.Popen[bytes], log: Log, heard: Callable[[str], None] | None
    ) -> None:
        assert process.stdout is not None
        self.process = process
        self._stream = process.stdout
        self._log = log
        self._heard = heard
        self._rest = b""
        os.set_blocking(self._stream.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stream, selectors.EVENT_READ)

    def listen(self, seconds: float) -> bool:
        """Wait up to *seconds* for output and pass it on; False when there will be no more."""
        if not self._selector.select(seconds):
            return True
        return self._read()

    def drain(self) -> None:
        """Pass on what is left. Someone else may hold the other end open: never waits."""
        while self._selector.select(0):
            if not self._read():
                break
        if self._rest:
            self._say(self._rest)
            self._rest = b""

    def close(self) -> None:
        """Give the pipe back."""
        self._selector.close()
        self._stream.close()

    def _read(self) -> bool:
        chunk = os.read(self._stream.fileno(), 65536)
        *lines, self._rest = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > LINE_LIMIT:
            self._say(self._rest)
            self._rest = b""
        return bool(chunk)

    def _say(self, line: bytes) -> None:
        clean = self._log.write(line[:LINE_LIMIT].decode(errors="replace"))
        if self._heard is not None and clean:
            self._heard(clean)


def _wait(listener: _Listener, deadline: float | None, stop: Event | None) -> bool | None:
    """True: it ended; False: the time was up; None: told to stop."""
    speaks = True
    while True:
        if stop is not None and stop.is_set():
            return None
        left = 0.1 if deadline is None else min(0.1, deadline - time.monotonic())
        if left <= 0:
            return False
        if speaks:
            speaks = listener.listen(left)
            if speaks and listener.process.poll() is not None:
                return True
        else:  # it has closed its output, and goes on
            with contextlib.suppress(subprocess.TimeoutExpired):
                listener.process.wait(left)
                return True


def _call(argv: Sequence[str]) -> str:
    words = [Path(argv[0]).name, *(word for word in argv[1:3] if not word.startswith("-"))]
    return printable(" ".join(words), limit=80)
