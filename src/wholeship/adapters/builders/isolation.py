"""How buildah's library works on this machine: found out by running a build step, and remembered.

Containers cannot be made everywhere, and no program says so beforehand. Trying takes up to a second, and
asking podman where its store is takes as long, so the answer is kept for as long as nothing that it depends
on has changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from wholeship.adapters import process
from wholeship.adapters.builders import host
from wholeship.adapters.builders.work import SEEN
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, ToolMissing
from wholeship.core.values import dataclass

PROBE = 'FROM scratch\nRUN ["/bin/sh", "-c", "exit 77"]\n'
HOST_FOLDERS = ("/usr", "/bin", "/lib", "/lib64")
"""What the probe borrows, to have a program to run in an empty image."""
RUNTIMES = ("crun", "runc")
SETTINGS = ("/etc/containers", "/usr/share/containers")
PLACES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "_CONTAINERS_ROOTLESS_UID")
"""Variables that decide where settings and the store of a user are."""
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Isolation:
    """A way to run build steps: flags before the word ``build``, or variables of the program."""

    name: str
    before: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Works:
    """How a program works here: how it runs build steps, and the folder that its images are in."""

    isolation: Isolation
    storage: Path


def find_isolation(program: str, isolations: Sequence[Isolation], ask_storage: Callable[[], Path]) -> Works:
    """The first of *isolations* in which *program* really runs a step; :class:`ToolMissing`.

    *ask_storage* is asked only where nothing is remembered, and may raise the same.
    """
    key = _key(program)
    name, storage = _recall(key)
    for isolation in isolations:
        if isolation.name == name and os.path.isdir(storage):
            return Works(isolation, Path(storage))
    found = Works(storage=ask_storage(), isolation=_first_that_works(program, isolations))
    _remember(key, found)
    return found


def _first_that_works(program: str, isolations: Sequence[Isolation]) -> Isolation:
    said = []
    with host.scratch("probe") as folder:
        (folder / "Dockerfile").write_text(PROBE, encoding="utf-8")
        for isolation in isolations:
            words = _tried(program, isolation, folder)
            if "status 77" in words:
                return isolation
            said.append(f"{isolation.name}: {words[-200:]}")
    raise ToolMissing(
        f"{Path(program).name} cannot run a build step here ({'; '.join(said)})",
        advice="as a user without root it needs newuidmap (apt-get install uidmap); in a container, "
        "more rights, or BUILDAH_ISOLATION=chroot",
    )


def _tried(program: str, isolation: Isolation, folder: Path) -> str:
    mounts = [f"--volume={path}:{path}:ro" for path in HOST_FOLDERS if Path(path).exists()]
    flags = ["--force-rm", "--layers=false", *mounts, str(folder)]
    try:
        ended = process.run(
            [program, *isolation.before, "build", *flags],
            environment=process.allowed_environment(SEEN, **isolation.environment),
            timeout=60,
        )
    except ToolMissing as error:
        return error.message
    return " ".join(ended.tail)


def _key(program: str) -> str:
    """What the answer depends on: programs, settings, variables, the user, and this boot of this machine."""
    programs = [Path(program), *(Path(found) for name in RUNTIMES if (found := shutil.which(name)))]
    folders = [os.environ.get("XDG_CONFIG_HOME", "~/.config") + "/containers", *SETTINGS]
    settings = sorted(path for each in folders for path in Path(os.path.expanduser(each)).glob("*.conf"))
    variables = {name: os.environ.get(name, "") for name in (*process.ENGINES, *PLACES)}
    settings += [Path(value) for name, value in variables.items() if name.endswith("_CONF") and value]
    with contextlib.suppress(OSError):
        variables["boot"] = BOOT.read_text(encoding="ascii").strip()
    told = [os.geteuid(), variables, [_state(path) for path in (*programs, *settings)]]
    return Digest.of(jsons.canonical(told)).hex


def _state(path: Path) -> list[object]:
    try:
        state = os.stat(path)
    except OSError:
        return [str(path)]
    return [str(path), state.st_mtime_ns, state.st_size]


def _memory_file(key: str) -> Path | None:
    home = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("HOME") and f"{os.environ['HOME']}/.cache")
    return Path(home, "wholeship", f"steps-{key[:32]}.json") if home else None


def _recall(key: str) -> tuple[str, str]:
    """The name of the isolation and the store that are remembered; empty: nothing is."""
    path = _memory_file(key)
    try:
        read = jsons.parse_json(path.read_bytes()) if path else {}
        return (str(read["isolation"]), str(read["storage"])) if read.get("key") == key else ("", "")
    except (OSError, BadInput, AttributeError, KeyError):
        return ("", "")


def _remember(key: str, found: Works) -> None:
    path = _memory_file(key)
    if path is None:
        return
    told = {"key": key, "isolation": found.isolation.name, "storage": str(found.storage)}
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="ascii") as file:
            json.dump(told, file)
        os.replace(file.name, path)
