"""The program as it is installed, with a real builder and Debian's registry: a release, its gate, Ctrl-C."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import conftest as contracts
from tests.engines import needs, needs_busybox

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("container_store")]
distribution = contracts.distribution
WHOLESHIP = [sys.executable, "-m", "wholeship"]
FILE = """\
registry: {host}/real
images: {{app: {{context: app}}, worker: {{context: worker}}}}
watched: app
builder: {{type: buildah}}
gates:
  name: {{image: worker, command: [test, -s, /name], timeout: 1m}}
  pinned: {{run: check, needs: [app, worker], timeout: 1m}}
"""


@pytest.fixture
def checkout(
    tmp_path: Path,
    distribution: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Two small images, made of a static busybox, in a repository with one commit."""
    needs("buildah", "git")
    busybox = needs_busybox()
    for name in ("app", "worker"):
        (tmp_path / name).mkdir()
        shutil.copy(busybox, tmp_path / name / "busybox")
        (tmp_path / name / "Dockerfile").write_text(
            "FROM scratch\nCOPY busybox /bin/busybox\n"
            f'RUN ["/bin/busybox", "sh", "-c", "/bin/busybox echo {name} > /name"]\n'
            'ENTRYPOINT ["/bin/busybox"]\n'
        )
    (tmp_path / "wholeship.yaml").write_text(FILE.format(host=distribution))
    (tmp_path / "check").write_text('#!/bin/sh\ncase "$IMAGE_APP" in *@sha256:*) ;; *) exit 9 ;; esac\n')
    (tmp_path / "check").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run(["git", *words], check=True)
    return tmp_path


def run(*words: str, code: int = 0) -> Any:
    done = subprocess.run(
        [*WHOLESHIP, *words, "--format", "json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_release_is_built_gated_promoted_and_found(checkout: Path) -> None:
    """Real builds and gates; unchanged images are not built again; a broken one is held."""
    told = run("release")
    assert told["outcome"] == "verified"
    assert {receipt["gate"] for receipt in told["receipts"]} == {"name", "pinned"}
    found = run("status", told["tag"])["asked"]
    assert (found["answer"], found["by_record"]) == ("whole", True)
    assert run("verify", "--tag", told["tag"])["outcome"] == "verified"
    assert run("release")["already"] is True
    again = run("release", "--again")
    assert {image["reused_from"] for image in again["images"]} == {told["tag"]}
    worker = checkout / "worker" / "Dockerfile"
    worker.write_text(worker.read_text().replace("echo worker", "printf ''"))
    held = run("release", code=1)
    assert held["outcome"] == "held"
    assert any(reason.startswith("name: exit code") for reason in held["reasons"])
    assert run("status")["newest_whole"]["tag"] == again["tag"]


def test_ctrl_c_during_a_build(checkout: Path) -> None:
    """130 soon, nothing visible, nothing left running; the same command then finishes the release."""
    for name in ("app", "worker"):
        path = checkout / name / "Dockerfile"
        path.write_text(
            path.read_text().replace("/bin/busybox echo", "/bin/busybox sleep 3; /bin/busybox echo")
        )
    subprocess.run(["git", "commit", "-qam", "slow"], check=True)
    process = subprocess.Popen(
        [*WHOLESHIP, "release"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("build worker:"):
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "continue with: wholeship release --tag" in said
    tag = said.rpartition("--tag ")[2].split()[0]
    assert run("status", tag, code=1)["asked"]["answer"] == "absent"
    told = run("release")
    assert told["outcome"] == "verified"
    assert told["tag"] == tag


def test_what_is_only_copied_is_built_for_any_platform(checkout: Path) -> None:
    """Copies for a platform that cannot be run here are built, and are of that platform; steps are not."""
    for name in ("app", "worker"):
        (checkout / name / "Dockerfile").write_text("FROM scratch\nCOPY busybox /bin/busybox\n")
    file = checkout / "wholeship.yaml"
    file.write_text(file.read_text().partition("gates:")[0] + "gates: none\n")
    told = run("release", "--platforms", "linux/amd64,linux/s390x")
    assert told["outcome"] == "verified"
    assert {tuple(image["platforms"]) for image in told["images"]} == {("linux/amd64", "linux/s390x")}
    dockerfile = checkout / "worker" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + 'RUN ["/bin/busybox", "true"]\n')
    words = [*WHOLESHIP, "release", "--platforms", "linux/amd64,linux/s390x"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "cannot run the build steps of worker for linux/s390x here" in done.stderr
