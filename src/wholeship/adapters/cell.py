"""A cell for commands of a change that nobody trusts: bubblewrap, or a container where an image is named.

The command sees its work tree, the toolchains (read only), and nothing else of this machine: no home folder,
no git configuration, no credentials, no state of ours, no other processes; no network unless it is asked for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from wholeship.adapters.process import ask_program, program_path
from wholeship.core.errors import BadInput, CommandFailed, Unfinished
from wholeship.core.values import dataclass
from wholeship.review.settings import Suite

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt")
"""Programs and libraries; read only."""
ETC = (
    *"""
        alternatives ca-certificates ssl pki ld.so.cache ld.so.conf ld.so.conf.d localtime
    """.split(),
    *("hosts", "nsswitch.conf", "protocols", "services", "mime.types", "java-11-openjdk", "java-17-openjdk"),
    *"""
        java-21-openjdk maven python3 python3.11 python3.12 python3.13 fonts passwd group
    """.split(),
)
"""What programs read in /etc; nothing there is a secret."""
KERNEL = tuple(f"/proc/{name}" for name in ("acpi", "bus", "fs", "irq", "sys", "sysrq-trigger"))
"""Settings of the kernel: they are the whole machine's, and whoever is root owns them, also in a cell."""
SECRETIVE = tuple(f"/proc/{name}" for name in ("kcore", "keys", "latency_stats", "timer_list", "sched_debug"))
"""What the kernel tells of others than the suite."""
_LINKS = ("--ro-bind-try", "/lib", "/lib", "--ro-bind-try", "/lib64", "/lib64")
HOME, SCRATCH = "/home/suite", "/tmp"  # noqa: S108 - of the cell
HIDDEN = frozenset(
    (
        *("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"),
        *("TMPDIR", "CARGO_HOME", "GRADLE_USER_HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH"),
        *("CONTAINER_HOST", "BUILDKIT_HOST", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "RUNNER_TEMP"),
    )
)
"""Variables that lead to where credentials, caches that others read, or engines are."""
ENGINES = ("podman", "docker")


@dataclass(frozen=True, slots=True)
class Cell:
    """See :class:`wholeship.review.settings.Confinement`."""

    image: str = ""
    readable: tuple[str, ...] = ()

    def check(self) -> None:
        """:class:`ToolMissing` or :class:`Unfinished` when nothing here can hold a command."""
        if self._engine():
            return
        path = program_path(
            "bwrap", advice="install bubblewrap, or name review.cell.image and install podman or docker"
        )
        try:
            ask_program(
                [path, "--unshare-all", "--ro-bind", "/usr", "/usr", *_LINKS, "/usr/bin/true"], environment={}
            )
        except CommandFailed as error:
            raise Unfinished(
                f"bubblewrap cannot hold anything here: {error.message}",
                advice="allow user namespaces, or name review.cell.image and install podman or docker",
            ) from None

    def enclose(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        tree: Path,
        folders: Sequence[Path],
        suite: Suite,
    ) -> tuple[list[str], dict[str, str]]:
        """*argv* so that it runs in the cell, writing in *tree* and *folders* only; and its variables."""
        seen = {name: value for name, value in environment.items() if name not in HIDDEN}
        seen |= {"HOME": HOME, "TMPDIR": SCRATCH, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
        limited = ["/bin/sh", "-c", _limits(suite), "sh", *argv]
        engine, places = self._engine(), (tree, *folders)
        if engine:
            return [engine, *self._container(seen, places, suite), *limited], _engine_variables()
        return [program_path("bwrap"), *self._bubble(seen, places, suite), "--", *limited], {
            "PATH": os.defpath
        }

    def _engine(self) -> str:
        found = next((name for name in ENGINES if shutil.which(name)), "") if self.image else ""
        return program_path(found) if found else ""

    def _bubble(self, seen: Mapping[str, str], places: Sequence[Path], suite: Suite) -> list[str]:
        words = ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
        words += ["--share-net"] if suite.network else []
        words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", SCRATCH, "--tmpfs", "/run", "--dir", HOME]
        for path in KERNEL:
            words += ["--ro-bind-try", path, path]
        for path in SECRETIVE:
            words += ["--ro-bind-try", "/dev/null", path] if os.path.exists(path) else []
        for path in (*self._readable(seen), *(("/etc/resolv.conf",) if suite.network else ())):
            words += ["--ro-bind-try", path, path]
        for folder in places:
            words += ["--bind", str(folder), str(folder)]
        # The work tree's pointer to the repository: programs of ours read it afterwards.
        words += ["--ro-bind-try", f"{places[0]}/.git", f"{places[0]}/.git"]
        for name, value in seen.items():
            words += ["--setenv", name, value]
        return [*words, "--chdir", str(places[0]), "--cap-drop", "ALL"]

    def _readable(self, seen: Mapping[str, str]) -> Iterator[str]:
        yield from SYSTEM
        yield from (f"/etc/{name}" for name in ETC)
        yield from dict.fromkeys(_toolchains(seen.get("PATH", "")))
        for path in self.readable:
            if not os.path.isabs(path) or _is_private(path):
                raise BadInput(
                    f"review.cell.readable: {path} is no folder of a toolchain",
                    advice="name absolute folders, without a home folder or credentials in them",
                )
            yield path

    def _container(self, seen: Mapping[str, str], places: Sequence[Path], suite: Suite) -> list[str]:
        words = ["run", "--rm", "--init", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        words += ["--network", "bridge" if suite.network else "none", "--pids-limit", "2048"]
        words += ["--memory", f"{suite.memory}m", "--memory-swap", f"{suite.memory}m", "--tmpfs", HOME]
        for folder in places:
            words += ["--volume", f"{folder}:{folder}"]
        if (places[0] / ".git").is_file():
            words += ["--volume", f"{places[0]}/.git:{places[0]}/.git:ro"]
        for name, value in seen.items():
            if name not in ("PATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH"):
                words += ["--env", f"{name}={value}"]
        return [*words, "--workdir", str(places[0]), self.image]


def _engine_variables() -> dict[str, str]:
    kept = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "CONTAINER_HOST", "CONTAINERS_STORAGE_CONF")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _limits(suite: Suite) -> str:
    """The start of the command: no core files, so much memory for each process, and an end to it.

    Ending the client of an engine does not end its container, so that the time limit is set within too.
    """
    limits = f"ulimit -c 0; ulimit -d {suite.memory * 1024} 2>/dev/null"
    within = f'command -v timeout >/dev/null && exec timeout -k 5 {int(suite.timeout) + 1} "$@"'
    return f'{limits}; {within}; exec "$@"'


def _toolchains(path: str) -> Iterator[str]:
    """The folders of PATH, and the whole virtual environment where one is a part of it."""
    for folder in path.split(os.pathsep):
        if not os.path.isabs(folder) or not os.path.isdir(folder) or _is_private(folder):
            continue
        yield folder
        above = os.path.dirname(folder)
        if os.path.isfile(os.path.join(above, "pyvenv.cfg")):
            yield above
            # The interpreter of a virtual environment, and its library, lie elsewhere.
            yield os.path.dirname(os.path.dirname(os.path.realpath(os.path.join(folder, "python"))))
        real = os.path.realpath(folder)
        if real != folder:
            yield real


def _is_private(path: str) -> bool:
    """Whether *path* is a home folder, or holds one."""
    home = os.path.realpath(os.path.expanduser("~"))
    real = os.path.realpath(path)
    return home == real or home.startswith(real.rstrip("/") + "/")
