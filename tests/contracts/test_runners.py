"""One suite for every way to run a gate: what ``release.ports.Runner`` promises."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copy
from threading import Event
from typing import Any

import pytest

from tests.engines import eventually, needs, needs_busybox, running, said
from wholeship.adapters.builders import choose_builder
from wholeship.adapters.runners import choose_runner
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, CommandFailed, Stopped
from wholeship.core.platform import Platform
from wholeship.core.progress import Silent
from wholeship.core.reference import Pinned, Repository, Tag
from wholeship.release.gates import PlannedGate
from wholeship.release.ports import Builder, BuildRequest, Runner, Trial, TrialResult
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

IMAGE = """\
FROM scratch
COPY busybox /bin/busybox
ENV OF_IMAGE=yes
ENTRYPOINT ["/bin/busybox"]
CMD ["echo", "the image's own command"]
"""
ENGINES = [pytest.param(name, marks=pytest.mark.real) for name in ("buildah", "podman", "docker")]


@dataclass
class Place:
    """An engine, and an image in a registry to run with it."""

    builder: Builder
    image: Pinned
    root: Path

    @property
    def runner(self) -> Runner:
        return choose_runner(gate(image="app"), self.builder)

    def trial(self, *command: str, **more: Any) -> Trial:
        given: dict[str, Any] = {"timeout": 60.0, "insecure": True, "platform": Platform.here(), **more}
        log = self.root / "gate.log"
        return Trial("check", log=log, images={"app": self.image}, image=self.image, command=command, **given)

    def run(self, trial: Trial) -> TrialResult:
        return self.runner.run(trial, progress=Silent(), stop=Event())


def gate(*, image: str | None = None, run: str | None = None) -> PlannedGate:
    return PlannedGate("check", image, (), run, ("app",), "none", 60.0)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Each engine with an image that it built."""
    needs(request.param)
    request.getfixturevalue("docker_daemon" if request.param == "docker" else "container_store")
    root = tmp_path_factory.mktemp(request.param)
    copy(needs_busybox(), root / "busybox")
    (root / "Dockerfile").write_text(IMAGE)
    builder = choose_builder(request.param)
    with serve(EmbeddedRegistry()) as server:
        repository = Repository(server.host, "shop/app")
        wanted = BuildRequest(
            "app",
            repository,
            root,
            root / "Dockerfile",
            (Platform.here(),),
            root / "build.log",
            Tag("wholeship-candidate-1"),
            annotations={"a": "b"},
            insecure=True,
        )
        made = builder.build(wanted, progress=Silent(), stop=Event())
        yield Place(builder, Pinned(repository, made.digest), root)


@pytest.fixture
def place(engine: Place, tmp_path: Path) -> Place:
    """The engine, with a folder for the logs of one test."""
    return replace(engine, root=tmp_path)


def test_the_exit_code_and_the_last_words_are_the_answer(place: Place) -> None:
    """A command's exit code comes back as it is, its last words with it, all of it in the log."""
    result = place.run(place.trial("sh", "-c", "echo out; echo err >&2; exit 7"))
    assert result.exit_code == 7
    assert {"out", "err"} <= set(result.tail)
    assert 0 < result.seconds < 60
    assert "err" in place.trial().log.read_text()


@pytest.mark.real
def test_podman_can_clean_up_in_the_store_of_these_tests(container_store: Path) -> None:
    """The store's folders pass podman's own limits; else every run waits 20 s for a clean-up that failed."""
    needs("podman")
    where = said("podman", "info", "--format={{.Store.GraphRoot}} {{.Store.RunRoot}}").split()
    assert where[0] == str(container_store / "graph")
    said("podman", f"--root={where[0]}", f"--runroot={where[1]}", "ps")


def test_without_a_command_the_image_runs_its_own(place: Place) -> None:
    """The entry point comes first; the image's own arguments where the gate names none."""
    result = place.run(place.trial())
    assert (result.exit_code, result.tail) == (0, ("the image's own command",))


def test_a_command_that_does_not_exist_is_a_no(place: Place) -> None:
    """What cannot be executed in the image fails the gate; it is an answer about the image."""
    assert place.run(place.trial("no-such-applet")).exit_code not in (0, None)


def test_there_is_no_network(place: Place) -> None:
    """With network none the command sees the loopback and nothing else."""
    result = place.run(
        place.trial("sh", "-c", "/bin/busybox tail -n +3 /proc/net/dev | /bin/busybox cut -d: -f1")
    )
    assert [line.strip() for line in result.tail] == ["lo"]


def test_the_network_of_the_host_is_there_when_asked_for(place: Place) -> None:
    """With network host the command reaches a server on this machine."""
    with serve(EmbeddedRegistry()) as server:
        result = place.run(place.trial("wget", "-q", "-O", "-", f"http://{server.host}/v2/", network="host"))
    assert result.exit_code == 0


def test_it_is_given_nothing_of_ours(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sees the image's variables and the gate's, and none of ours; it has no capability."""
    monkeypatch.setenv("WHOLESHIP_REGISTRY_PASSWORD", "secret-4711")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", '{"auths": {}}')
    script = "/bin/busybox env; /bin/busybox grep CapEff /proc/self/status"
    result = place.run(place.trial("sh", "-c", script, environment={"OF_GATE": "two words=x"}))
    assert {"OF_IMAGE=yes", "OF_GATE=two words=x"} <= set(result.tail)
    names = {line.partition("=")[0] for line in result.tail}
    assert not names & {"WHOLESHIP_REGISTRY_PASSWORD", "DOCKER_AUTH_CONFIG", "DOCKER_HOST", "GITHUB_TOKEN"}
    assert [line.split()[1].strip("0") for line in result.tail if line.startswith("CapEff")] == [""]


def test_nothing_it_writes_stays(place: Place) -> None:
    """The command can write to /tmp, and nowhere else; the next one finds nothing of it."""
    result = place.run(place.trial("sh", "-c", "echo x > /tmp/x || exit 3; echo x > /x && exit 4; exit 0"))
    assert result.exit_code == 0
    assert place.run(place.trial("test", "-e", "/tmp/x")).exit_code == 1


def test_the_time_limit_ends_everything(place: Place) -> None:
    """A command that outlives its limit has no exit code, and no process of it is left."""
    mark = str(time.time_ns())
    command = ("sh", "-c", f"/bin/busybox sleep {mark} & /bin/busybox sleep {mark}")
    result = place.run(place.trial(*command, timeout=1.5))
    assert result.exit_code is None
    assert eventually(lambda: not running(mark))


def test_a_stop_ends_everything(place: Place) -> None:
    """Told to stop, it ends soon, with Stopped, and no process of it is left."""
    mark, stop = str(time.time_ns()), Event()

    def wait() -> None:
        eventually(lambda: running(f"sleep\0{mark}"), 20)
        stop.set()

    watch = threading.Thread(target=wait)
    watch.start()
    with pytest.raises(Stopped):
        place.runner.run(place.trial("sleep", mark), progress=Silent(), stop=stop)
    watch.join()
    assert eventually(lambda: not running(mark))


def test_only_the_pinned_bytes_are_run(place: Place) -> None:
    """A digest that the registry does not have is not answered with anything else."""
    gone = Pinned(place.image.repository, Digest("sha256:" + "0" * 64))
    with pytest.raises(CommandFailed, match="could not be fetched"):
        place.run(replace(place.trial(), image=gone))


def test_gates_run_side_by_side(place: Place) -> None:
    """Several commands on the same image run at the same time, each with its own answer."""
    trials = [place.trial("sh", "-c", f"exit {code}") for code in range(3)]
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(place.run, trials))
    assert [result.exit_code for result in results] == [0, 1, 2]


# -- scripts ---------------------------------------------------------------------------------------


@dataclass
class Scripts:
    """A folder with a script, and the trial that runs it."""

    root: Path

    def trial(self, text: str, **more: Any) -> Trial:
        script = self.root / "scripts" / "check"
        script.parent.mkdir(exist_ok=True)
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)
        images = {
            "app": Pinned(Repository("127.0.0.1:5000", "shop/app"), Digest("sha256:" + "a" * 64)),
            "my-worker.2": Pinned(Repository("127.0.0.1:5000", "shop/w"), Digest("sha256:" + "b" * 64)),
        }
        given: dict[str, Any] = {"timeout": 60.0, "root": self.root, "script": str(script), **more}
        return Trial("check", log=self.root / "gate.log", images=images, **given)

    def run(self, trial: Trial, stop: Event | None = None) -> TrialResult:
        return choose_runner(gate(run="scripts/check"), None).run(
            trial, progress=Silent(), stop=stop or Event()
        )


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripts:
    """Scripts on a machine without an engine, so that none is asked."""
    monkeypatch.setattr("wholeship.adapters.runners.engine.ALL", ())
    return Scripts(tmp_path)


def test_a_script_gets_the_pinned_images(scripts: Scripts) -> None:
    """IMAGE_NAME is repository@digest for every image; the script starts in the release file's folder."""
    result = scripts.run(scripts.trial('echo "$IMAGE_APP"; echo "$IMAGE_MY_WORKER_2"; pwd; exit 5'))
    assert result.exit_code == 5
    assert result.tail == (
        "127.0.0.1:5000/shop/app@sha256:" + "a" * 64,
        "127.0.0.1:5000/shop/w@sha256:" + "b" * 64,
        str(scripts.root),
    )


def test_a_script_sees_what_it_needs_and_no_more(scripts: Scripts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens of ours are not in a script's environment; what the gate says is."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_" + "x" * 36)
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", "{}")
    result = scripts.run(scripts.trial("env", environment={"OF_GATE": "x y"}))
    assert {"OF_GATE=x y", "WHOLESHIP_INSECURE=0", f"PATH={os.environ['PATH']}"} <= set(result.tail)
    names = {line.partition("=")[0] for line in result.tail}
    assert not names & {"GITHUB_TOKEN", "DOCKER_AUTH_CONFIG", "WHOLESHIP_ENGINE"}


def test_a_scripts_children_end_with_it(scripts: Scripts) -> None:
    """At its time limit a script ends with all that it started."""
    mark = str(time.time_ns())
    result = scripts.run(scripts.trial(f"sleep {mark} & sleep {mark}", timeout=0.5))
    assert result.exit_code is None
    assert eventually(lambda: not running(mark))


@pytest.mark.parametrize("mode", [None, 0o644])
def test_a_script_that_cannot_run_is_bad_input(scripts: Scripts, mode: int | None) -> None:
    """A script that is missing, or not executable, is named."""
    trial = scripts.trial("exit 0")
    if mode is None:
        Path(trial.script).unlink()
    else:
        Path(trial.script).chmod(mode)
    with pytest.raises(BadInput, match=r"there is no script|is not executable"):
        scripts.run(trial)


def test_a_script_is_told_the_engine(place: Place) -> None:
    """WHOLESHIP_ENGINE runs the very image that the script was given, on this machine as it is."""
    kind = place.builder.name
    flags = "" if kind == "docker" else "--tls-verify=false"
    limits = "--ulimit=nofile=1024:1024 --ulimit=nproc=1024:1024" if kind == "podman" else ""
    text = f'$WHOLESHIP_ENGINE run --rm {flags} {limits} "$IMAGE_APP" echo it runs\n'
    if kind == "buildah":
        text = (
            f'c=$($WHOLESHIP_ENGINE from {flags} "$IMAGE_APP") || exit 9\n'
            '$WHOLESHIP_ENGINE run "$c" -- /bin/busybox echo it runs; $WHOLESHIP_ENGINE rm "$c"\n'
        )
    trial = replace(Scripts(place.root).trial(text, insecure=True), images={"app": place.image})
    result = choose_runner(gate(run="scripts/check"), place.builder).run(
        trial, progress=Silent(), stop=Event()
    )
    assert (result.exit_code, "it runs" in result.tail) == (0, True), result.tail


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace beside buildah's own needs root")
@pytest.mark.parametrize("engine", ENGINES[:1], indirect=True)
def test_a_chroot_has_no_network_either(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where buildah can only make a chroot, network none still means that there is none."""
    monkeypatch.setenv("BUILDAH_ISOLATION", "chroot")
    alone = replace(place, builder=choose_builder("buildah"))
    result = alone.run(alone.trial("sh", "-c", "/bin/busybox tail -n +3 /proc/net/dev; exit 6"))
    assert result.exit_code == 6
    assert [found[1] for line in result.tail if (found := re.match(r"\s*(\w+):\s*\d", line))] == ["lo"]
