"""buildah and podman: how a way to run steps is found, and a store that others change meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event, Timer

import pytest

from tests.adapters.builders.programs import program
from wholeship.adapters.builders import buildah, podman
from wholeship.adapters.builders.containers import Containers
from wholeship.core.errors import CommandFailed, Stopped, ToolMissing
from wholeship.core.platform import Platform
from wholeship.core.progress import Silent
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import BuildRequest
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

# A buildah that knows one isolation, writes the layout of a true image, and stumbles as told.
FAKE = """\
import os, sys
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[1:]
flags = dict(word.partition("=")[::2] for word in words if word.startswith("--"))
if "info" in words:
    (here / "asked").open("a").write("x")
    (here / "graph").mkdir(exist_ok=True)
    print(here / "graph")
elif "build" in words and "--iidfile" not in flags:
    works = (here / "works").read_text()
    (here / "probes").open("a").write("x")
    found = os.environ.get("BUILDAH_RUNTIME") or os.environ.get("BUILDAH_ISOLATION") or "default"
    print("while running runtime: exit status 77" if found == works else "cgroups not supported")
    sys.exit(1)
elif "build" in words:
    print("STEP 1/1: RUN make", flush=True)
    tries = here / "tries"
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    if len(tries.read_text()) <= int((here / "stumbles").read_text()):
        print("Error: creating container: layer not known")
        sys.exit(125)
    (here / "flags").write_text(" ".join(words))
    Path(flags["--iidfile"]).write_text("0123456789ab")
elif "push" in words:
    from tests.adapters.builders.test_layout import written
    from wholeship.core.platform import Platform
    from wholeship.testing.images import image
    anew = "--no-cache" in (here / "flags").read_text()
    mixed = (here / "mixed").exists() and not anew
    made = image("app", platform=Platform("linux", "arm64")) if mixed else image("app")
    written(Path(words[-1].removeprefix("oci:").rpartition(":")[0]), made)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with the fake only; isolation by runc works, and nothing stumbles."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "fake.py").write_text(FAKE)
    (tmp_path / "works").write_text("runc")
    (tmp_path / "stumbles").write_text("0")
    root = Path(__file__).parents[3]
    for name in ("buildah", "podman"):
        program(tmp_path, name, f'PYTHONPATH={root} exec {sys.executable} {tmp_path}/fake.py "$@"')
    return tmp_path


@pytest.mark.parametrize(
    ("works", "name"), [("default", "as configured"), ("runc", "runc"), ("chroot", "chroot")]
)
def test_the_first_way_that_runs_a_step_is_taken(folder: Path, works: str, name: str) -> None:
    """Ways to run a step are tried in order, by running one; what works is kept."""
    (folder / "works").write_text(works)
    builder = buildah.make({})
    builder.check()
    assert builder.isolation.name == name
    assert builder.storage() == folder / "graph"


def test_the_way_is_remembered_until_something_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found out once is not tried again, also by another process, until a setting changes."""
    probes = folder / "probes"
    buildah.make({}).check()
    assert len(probes.read_text()) == 2  # as configured, then runc
    again = buildah.make({})
    assert again.storage() == folder / "graph"
    assert len(probes.read_text()) == 2
    assert (folder / "asked").read_text() == "x"
    monkeypatch.setenv("STORAGE_DRIVER", "vfs")
    buildah.make({}).check()
    assert len(probes.read_text()) == 4
    monkeypatch.delenv("HOME")
    buildah.make({}).check()  # nowhere to keep it: found out anew
    assert len(probes.read_text()) == 6


def test_a_store_that_is_gone_is_asked_for_again(folder: Path) -> None:
    """What is remembered of a store holds only as long as the store is there."""
    buildah.make({}).check()
    (folder / "graph").rmdir()
    buildah.make({}).check()
    assert (folder / "asked").read_text() == "xx"


def test_no_way_at_all_is_told_with_each_reason(folder: Path) -> None:
    """Where no step can be run, the builder is not there, and says what each way ended with."""
    (folder / "works").write_text("none")
    with pytest.raises(ToolMissing) as caught:
        buildah.make({}).check()
    assert caught.value.message.count("cgroups not supported") == 3
    assert "chroot" in caught.value.message


def test_a_program_that_is_not_installed_or_broken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not installed, and installed but not working, are different answers, each with advice."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="podman is not installed") as caught:
        podman.make({}).check()
    assert caught.value.advice == "apt-get install podman"
    program(tmp_path, "podman", 'echo "mkdir /run/user: permission denied" >&2; exit 125')
    with pytest.raises(ToolMissing, match=r"installed, but does not work: .*permission denied"):
        podman.make({}).check()


def request(folder: Path, host: str) -> BuildRequest:
    (folder / "Dockerfile").touch()
    return BuildRequest(
        "app",
        Repository(host, "shop/app"),
        folder,
        folder / "Dockerfile",
        (Platform("linux", "amd64"),),
        folder / "log",
        Tag("wholeship-candidate-1"),
        insecure=True,
    )


def build(builder: Containers, wanted: BuildRequest, stop: Event | None = None) -> str:
    return builder.build(wanted, progress=Silent(), stop=stop or Event()).digest


def test_a_layer_lost_to_another_build_is_built_once_more(folder: Path) -> None:
    """When something else removed what was in the store, the build is tried again, once, and says so."""
    with serve(EmbeddedRegistry()) as server:
        (folder / "stumbles").write_text("1")
        assert build(buildah.make({}), request(folder, server.host)).startswith("sha256:")
        assert "something else changed the store" in (folder / "log").read_text()
        (folder / "tries").unlink()
        (folder / "stumbles").write_text("2")
        with pytest.raises(CommandFailed, match="app: the build failed at step 1/1: RUN make"):
            build(buildah.make({}), request(folder, server.host))


def test_an_image_of_another_platform_is_built_anew(folder: Path) -> None:
    """What the layer cache hands out for another platform is noticed before anything is sent, and built
    without the cache."""
    (folder / "mixed").touch()
    with serve(EmbeddedRegistry()) as server:
        right = build(buildah.make({}), request(folder, server.host))
        assert "an image of another platform for linux/amd64" in (folder / "log").read_text()
        assert "--no-cache" in (folder / "flags").read_text()
        (folder / "mixed").unlink()
        assert build(buildah.make({}), request(folder, server.host)) == right


def test_a_push_under_way_is_broken_off(folder: Path) -> None:
    """A stop does not wait for a registry that takes its time."""
    stop = Event()
    with serve(EmbeddedRegistry(), latency=20) as server:
        Timer(2.0, stop.set).start()
        with pytest.raises(Stopped):
            build(buildah.make({}), request(folder, server.host), stop)
    assert "oci:" in (folder / "log").read_text()
