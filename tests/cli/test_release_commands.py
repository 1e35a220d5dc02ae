"""The release commands as a person or a CI job uses them: over HTTP, with exit codes and what is said."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient, client
from wholeship.app.world import World
from wholeship.cli.commands import withdraw
from wholeship.cli.main import main
from wholeship.core.clock import Clock
from wholeship.core.errors import ToolMissing
from wholeship.core.http import Request, Response
from wholeship.core.progress import Progress
from wholeship.core.reference import Repository, Tag
from wholeship.release import deletion
from wholeship.release.ports import Builder, Trial, TrialResult
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.clock import FakeClock
from wholeship.testing.images import image
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.registry.login import Login
from wholeship.testing.server import serve

FILE = """\
registry: {host}/shop
images: {{app: {{context: app}}, worker: {{context: worker}}, embeddings: {{context: embeddings}}}}
watched: app
aliases: {{push: [latest]}}
gates:
  self-check: {{image: worker, command: [self-check]}}
  smoke: {{run: scripts/smoke}}
"""


@dataclass
class Passing:
    """Passes every gate but those in ``failing``."""

    failing: dict[str, int | None] = field(default_factory=dict)
    trials: list[str] = field(default_factory=list)
    name: str = "memory"

    def check(self) -> None:
        """Always there."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        self.trials.append(trial.name)
        return TrialResult(self.failing.get(trial.name, 0), 0.1, ("its last words",))


@dataclass
class Desk:
    """A work tree with a release file, a registry that it names, and a way to run commands."""

    root: Path
    host: str
    registry: EmbeddedRegistry
    client: RegistryClient
    capsys: pytest.CaptureFixture[str]
    builder: MemoryBuilder = field(init=False)
    runner: Passing = field(default_factory=Passing)
    no_builder: ToolMissing | None = None
    looks: int = 0
    clock: Clock = field(default_factory=SystemClock)
    out: str = ""
    err: str = ""

    def __post_init__(self) -> None:
        self.builder = MemoryBuilder(self.client)

    def world(self, progress: Progress) -> World:
        return replace(
            World(progress),
            choose_builder=self.choose_builder,
            choose_runner=lambda gate, builder: self.runner,
            clock=self.clock,
        )

    def choose_builder(self, config: object) -> Builder:
        if self.no_builder is not None:
            self.looks += 1
            raise self.no_builder
        return self.builder

    def run(self, *words: str) -> int:
        self.capsys.readouterr()
        code = main(list(words), self.world)
        self.out, self.err = self.capsys.readouterr()
        return code

    def asked(self, *words: str, code: int = 0) -> Any:
        """The JSON answer of a command that ends with *code*."""
        assert self.run(*words, "--format", "json") == code, self.err
        return json.loads(self.out)

    def tags(self, name: str) -> set[str]:
        found = self.registry.listed(f"shop/{name}")
        return {tag for tag in found if not tag.startswith("wholeship-")}

    def commit(self, text: str = "more") -> None:
        (self.root / "notes").write_text(text)
        git("add", "-A")
        git("commit", "-qm", text)

    def elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same checkout on a machine that knows nothing."""
        target = tmp_path / f"other-{len(list(tmp_path.iterdir()))}"
        subprocess.run(["git", "clone", "-q", str(self.root), str(target)], check=True)
        monkeypatch.chdir(target)
        self.root = target


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def head() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.chdir(root)
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        (root / "wholeship.yaml").write_text(FILE.format(host=server.host))
        for name in ("app", "worker", "embeddings"):
            (root / name).mkdir()
            (root / name / "Dockerfile").write_text("FROM scratch\n")
        (root / "scripts").mkdir()
        (root / "scripts" / "smoke").write_text("#!/bin/sh\n")
        (root / "scripts" / "smoke").chmod(0o755)
        git("init", "-q", "-b", "main")
        git("add", "-A")
        git("commit", "-qm", "one")
        own = RegistryClient(HttpTransport(), SystemClock())
        made = Desk(root, server.host, registry, own, capsys)
        yield made


def test_a_failed_release_is_not_finished_by_another_commit(desk: Desk, tmp_path: Path) -> None:
    """Refused with both commits named, by `release` and by `build` as a CI job types it; nothing is written,
    and the page of the failure does not advise it. In its own commit it goes on, and is whole."""
    desk.builder.failing = {"app"}
    page = tmp_path / "page.html"
    desk.run("release", "--html", str(page))
    assert "--tag" not in page.read_text().partition("</main>")[0]
    first = head()
    tag = desk.err.rpartition("ships ")[2].split(":")[0]
    desk.builder.failing = set()
    desk.builder.built.clear()
    (desk.root / "app" / "Dockerfile").write_text("FROM scratch\nCOPY pages.py /\n")
    desk.commit("C2")
    for words in (
        ("release", "--tag", tag),
        ("build", "--tag", tag),
        ("build", "--tag", tag, "--image", "app"),
    ):
        told = desk.asked(*words, code=1)
        assert told["outcome"] == "refused"
        assert first[:12] in told["reasons"][0]
        assert head()[:12] in told["reasons"][0]
        assert f"git switch --detach {first[:12]}" in told["advice"]
    assert desk.builder.built == []
    assert desk.tags("app") == set()
    git("switch", "-q", "--detach", first)
    assert desk.asked("release", "--tag", tag)["outcome"] == "verified"
    assert desk.asked("verify", "--tag", tag)["mixed"] is False


def test_uncommitted_changes_are_held_to(desk: Desk) -> None:
    """A release with changes goes on with the same changes only; one without is not continued changed."""
    desk.builder.failing = {"app"}
    (desk.root / "notes").write_text("a")
    desk.run("release", "--tag", "t-1")
    (desk.root / "notes").write_text("b")
    desk.builder.failing = set()
    assert "not the same now" in desk.asked("release", "--tag", "t-1", code=1)["reasons"][0]
    (desk.root / "notes").write_text("a")
    assert desk.asked("release", "--tag", "t-1")["outcome"] == "verified"
    desk.commit()
    desk.builder.failing = {"app"}
    desk.run("release", "--tag", "t-2")
    desk.builder.failing = set()
    (desk.root / "notes").write_text("c")
    assert "uncommitted changes: notes" in desk.asked("release", "--tag", "t-2", code=1)["reasons"][0]


def test_a_release_and_what_is_said_of_it(desk: Desk) -> None:
    """Yes; every image has the tag; status, verify and a second status agree."""
    told = desk.asked("release")
    assert (told["outcome"], told["exit_code"]) == ("verified", 0)
    tag = told["tag"]
    assert all(desk.tags(name) == {tag} for name in ("app", "worker", "embeddings"))
    assert desk.asked("status")["newest_whole"]["tag"] == tag
    assert desk.asked("status", tag)["asked"]["answer"] == "whole"
    assert desk.asked("verify")["outcome"] == "verified"
    assert desk.asked("status", "never", code=1)["asked"]["answer"] == "absent"


def test_plan_touches_nothing(desk: Desk) -> None:
    """Planning leaves no file, no request that writes, and takes no number."""
    before = sorted(desk.root.rglob("*"))
    first, second = desk.asked("plan"), desk.asked("plan")
    assert sorted(desk.root.rglob("*")) == before
    assert desk.registry.shelves == {} or not any(
        desk.registry.listed(name) for name in desk.registry.shelves
    )
    assert first["tag"][-6:] == second["tag"][-6:] == "000001"
    assert first["order"] == ["embeddings", "worker", "app"]


def test_the_plan_says_what_would_be_emulated(desk: Desk) -> None:
    """A foreign platform is remarked on, unless nothing runs on it, or a native node is named for it."""

    def told() -> bool:
        remarks = desk.asked("plan", "--platforms", "linux/amd64,linux/s390x")["remarks"]
        return any(remark.startswith("linux/s390x would be emulated") for remark in remarks)

    files = sorted(desk.root.rglob("Dockerfile"))
    for each in files:
        each.write_text("FROM scratch\nCOPY . /\n")
    assert not told()
    for each in files:
        each.write_text("FROM alpine\nRUN true\n")
    assert told()
    with (desk.root / "wholeship.yaml").open("a") as file:
        file.write("builder: {nodes: {linux/s390x: mainframe}}\n")
    assert not told()


def test_a_gate_that_does_not_pass(desk: Desk) -> None:
    """No: held, with the gate, its last words and its log; nothing is visible."""
    desk.runner.failing = {"smoke": 3}
    assert desk.run("release") == 1
    for said in ("is held", "smoke: exit code 3", "its last words", "gate-smoke.log", "help:"):
        assert said in desk.out
    assert desk.tags("app") == desk.tags("worker") == set()
    desk.runner.failing = {}
    desk.builder.built.clear()
    assert desk.run("release") == 0
    assert desk.builder.built == []


def test_a_build_that_fails(desk: Desk) -> None:
    """A plain no: which image, at which step, its last lines and its log; going on builds only the rest."""
    desk.builder.failing = {"worker"}
    assert desk.run("release") == 1
    for said in ("nothing is visible", "worker: the build failed at step 1/1", "| the step said no", "log: "):
        assert said in desk.out
    assert "help: fix it" in desk.out
    assert desk.tags("app") == set()
    desk.builder.failing = set()
    assert desk.run("release") == 0
    assert "goes on with" in desk.err


def test_ci_jobs_hand_on_the_tag(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan, builds by image and platform, gate and promote, each on a machine of its own."""
    outputs = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    assert desk.run("plan", "--save", "--platforms", "linux/amd64,linux/arm64") == 0
    tag = desk.out.split("ship ")[1].split(":")[0]
    assert "tag<<end-" in outputs.read_text()
    assert f"\n{tag}\n" in outputs.read_text()
    for name in ("app", "worker", "embeddings"):
        for platform in ("linux/amd64", "linux/arm64"):
            desk.elsewhere(tmp_path, monkeypatch)
            assert desk.run("build", "--tag", tag, "--image", name, "--platforms", platform) == 0
    desk.elsewhere(tmp_path, monkeypatch)
    assert desk.run("promote", "--tag", tag) == 3
    assert "no candidate" in desk.err
    assert desk.asked("gate", "--tag", tag)["outcome"] == "cleared"
    desk.elsewhere(tmp_path, monkeypatch)
    assert desk.tags("app") == set()
    told = desk.asked("promote", "--tag", tag)
    assert told["outcome"] == "verified"
    assert {tuple(i["platforms"]) for i in told["images"] if len(i["platforms"]) > 1} == {
        ("linux/amd64", "linux/arm64")
    }
    desk.elsewhere(tmp_path, monkeypatch)
    assert desk.asked("verify", "--tag", tag)["outcome"] == "verified"


def test_promoting_without_the_gate(desk: Desk) -> None:
    """No: a promote job finds no receipt and holds."""
    tag = desk.asked("build")["tag"]
    told = desk.asked("promote", "--tag", tag, code=1)
    assert told["outcome"] == "held"
    assert any("no receipt" in reason for reason in told["reasons"])
    assert desk.tags("app") == set()


def test_gates_that_changed_since_the_plan(desk: Desk) -> None:
    """A release planned with other gates than the file asks for is not gated and not promoted."""
    tag = desk.asked("build")["tag"]
    text = (desk.root / "wholeship.yaml").read_text()
    (desk.root / "wholeship.yaml").write_text(text.replace("[self-check]", "[--help]"))
    for command in ("gate", "promote"):
        assert desk.run(command, "--tag", tag) == 2
        assert "planned with other gates" in desk.err


def test_a_tag_that_is_taken(desk: Desk) -> None:
    """No: refused before anything is built, with what holds it."""
    repository = Repository.parse(f"{desk.host}/shop/worker")
    made = image("other")
    made.push(desk.client, repository)
    desk.client.bind(repository, Tag("v1"), made.manifest)
    told = desk.asked("release", "--tag", "v1", code=1)
    assert told["outcome"] == "refused"
    assert "shop/worker:v1" in told["reasons"][0]
    assert desk.builder.built == []


def test_half_is_the_loudest(desk: Desk) -> None:
    """Six, from status and verify, until repair has mended it."""
    tag = desk.asked("release")["tag"]
    desk.registry.rebind("shop/worker", tag, None)
    assert desk.run("status", tag) == 6
    assert desk.run("status") == 6
    assert desk.run("verify") == 6
    assert "is half released" in desk.out
    assert f"wholeship repair {tag}" in desk.out
    assert desk.run("repair", tag) == 0
    assert desk.run("status", tag) == 0


def test_a_registry_that_is_down(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not finished, with its address; never "absent"."""
    monkeypatch.setattr(client, "Patience", partial(client.Patience, attempts=1))
    for words in (["status", "--registry", "127.0.0.1:1/x"], ["status", "t", "--registry", "127.0.0.1:1/x"]):
        assert desk.run(*words) == 3
        assert "127.0.0.1:1" in desk.out + desk.err
        assert "absent" not in desk.out


def test_a_registry_that_wants_a_login(desk: Desk) -> None:
    """Not finished, with how to log in, and nothing built."""
    desk.registry.login = Login({"me": "secret-word"})
    assert desk.run("release") == 3
    assert f"docker login {desk.host}" in desk.err
    assert desk.builder.built == []


def test_credentials_that_may_only_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not finished: found out before the build, and the password is said nowhere."""
    desk.registry.login = Login({"me": "secret-word"}, pull_only=frozenset({"me"}))
    config = desk.root.parent / "docker"
    config.mkdir()
    auths = {"auths": {desk.host: {"username": "me", "password": "secret-word"}}}
    (config / "config.json").write_text(json.dumps(auths))
    monkeypatch.setenv("DOCKER_CONFIG", str(config))
    assert desk.run("release") == 3
    assert "refuses writing to shop/" in desk.err
    assert "if the login may not push" in desk.err
    assert "secret-word" not in desk.out + desk.err
    assert desk.builder.built == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "--file", "none.yaml"], "wholeship init"),
        (["plan", "--scenario", "pusch"], "unknown scenario 'pusch'"),
        (["plan", "--platforms", "amd64"], "not a platform"),
        (["plan", "--registry", "Not A"], "not a registry"),
        (["release", "--tag", "a b"], "not a tag"),
        (["release", "--builder", "buildz"], "did you mean buildx?"),
        (["build", "--image", "nope"], "images: app, worker, embeddings"),
        (["status", "a/b"], "not a tag"),
        (["verify", "--tag", "never"], "no record of never"),
        (["gate"], "which release?"),
        (["schema", "nope"], "known: "),
    ],
)
def test_asked_wrongly(desk: Desk, words: list[str], said: str) -> None:
    """Two, with what would have been right; and no state is left behind."""
    assert desk.run(*words) == 2
    assert said in desk.err
    assert not (desk.root / ".wholeship" / "counter").exists()


@pytest.mark.parametrize(
    "words", [["status", "--depth", "0"], ["status", "--depth", "-3"], ["plan", "--format", "x"]]
)
def test_flags_out_of_range(desk: Desk, words: list[str]) -> None:
    """Values that make no sense are refused by the parser, with the same exit code."""
    with pytest.raises(SystemExit) as left:
        desk.run(*words)
    assert left.value.code == 2


def test_a_builder_is_looked_for_once(desk: Desk) -> None:
    """Beside other things; that there is none is said once, by the release, and not by a thread."""
    desk.no_builder = ToolMissing("no builder was found", advice="install one")
    assert desk.run("release") == 3
    assert desk.err.count("no builder was found") == 1
    assert desk.looks == 1


def test_a_missing_dockerfile(desk: Desk) -> None:
    """The plan says first that it would be refused, and the release and the build are, with the same code and
    before anybody asks the registry."""
    (desk.root / "worker" / "Dockerfile").unlink()
    asked: list[str] = []
    desk.registry.observers.append(lambda request, response: asked.append(request.url))
    assert desk.asked("plan", code=2)["refused"] == "worker: there is no worker/Dockerfile to build from"
    desk.run("plan")
    assert desk.out.startswith("would be refused: worker: there is no worker/Dockerfile")
    for words in (["release"], ["build"], ["build", "--image", "worker"]):
        assert desk.run(*words) == 2
        assert "worker: there is no worker/Dockerfile to build from" in desk.err
        assert "ships" not in desk.err
    assert asked == []
    assert desk.builder.built == []


def test_a_made_up_registry_is_refused(desk: Desk) -> None:
    """What `init` writes where it found no registry has to be replaced: no plan says that it would ship."""
    file = desk.root / "wholeship.yaml"
    file.write_text(file.read_text().replace(f"{desk.host}/shop", "registry.example.com/change-me"))
    desk.run("plan")
    assert desk.out.startswith("would be refused: registry.example.com is a placeholder")
    assert desk.run("release") == 2
    assert "registry.example.com is a placeholder" in desk.err


@pytest.mark.parametrize("command", [("release",), ("build",), ("plan", "--save")])
def test_a_guess_holds_a_release_back(desk: Desk, command: tuple[str, ...]) -> None:
    """What `init` guessed is said by `plan`, and nothing is built or written before somebody confirmed it."""
    guessed(desk, "registry, watched")
    (told,) = (line for line in desk.asked("plan")["remarks"] if "unconfirmed:" in line)
    assert "watched (app) are guesses that nobody has confirmed" in told
    assert desk.run(*command) == 2
    assert "take it out of unconfirmed:" in desk.err
    assert not desk.builder.built
    assert not desk.tags("app")


def test_a_registry_that_is_given_is_confirmed(desk: Desk) -> None:
    """``--registry`` says where the images go: what the file guesses of that is not asked about."""
    guessed(desk, "registry")
    assert "unconfirmed:" in str(desk.asked("plan")["remarks"])
    elsewhere = desk.asked("plan", "--registry", f"{desk.host}/shop")
    assert "unconfirmed:" not in str(elsewhere["remarks"])
    assert desk.run("release", "--registry", f"{desk.host}/shop") == 0


def test_a_guess_may_be_rehearsed(desk: Desk) -> None:
    """A rehearsal reaches nobody, so no guess is in its way."""
    guessed(desk, "registry, images, watched")
    assert desk.run("release", "--rehearse") == 0, desk.err
    assert not desk.tags("app")


def guessed(desk: Desk, keys: str) -> None:
    """The release file says that *keys* are guesses."""
    file = desk.root / "wholeship.yaml"
    file.write_text(f"unconfirmed: [{keys}]\n{file.read_text()}")
    desk.commit("with guesses")


def test_a_commit_that_is_out_is_already_out(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same commit again writes nothing, on this machine and on one that knows nothing; --again is a new
    release, and so is a commit over which something newer is out."""
    first = desk.asked("release")["tag"]
    writes: list[str] = []
    desk.registry.observers.append(
        lambda request, response: (
            writes.append(request.url) if request.method not in ("GET", "HEAD") else None
        )
    )
    told = desk.asked("release")
    assert (told["tag"], told["already"], told["outcome"]) == (first, True, "verified")
    desk.run("release")
    assert desk.out.startswith(f"already out as {first}, whole")
    assert desk.asked("plan")["already_out"] is True
    home = desk.root
    desk.elsewhere(tmp_path, monkeypatch)
    assert desk.asked("release")["tag"] == first
    assert writes == []
    monkeypatch.chdir(home)
    desk.root = home
    second = desk.asked("release", "--again")["tag"]
    assert desk.tags("app") == {first, second}
    git("switch", "-q", "--detach", "HEAD")
    desk.commit("two")
    third = desk.asked("release")["tag"]
    git("switch", "-q", "main")
    assert desk.asked("release")["tag"] not in (first, second, third)


def test_the_first_release_is_found_in_the_same_second(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that knows nothing would give its first release the tag that another one gave in this very
    second; the commit is out under it all the same."""
    desk.clock = FakeClock()
    first = desk.asked("release")["tag"]
    desk.elsewhere(tmp_path, monkeypatch)
    desk.clock = FakeClock()
    built = list(desk.builder.built)
    desk.run("release")
    assert desk.out.startswith(f"already out as {first}, whole")
    assert "ships" not in desk.err
    assert desk.builder.built == built


def test_what_is_not_whole_is_not_already_out(desk: Desk) -> None:
    """A tag that somebody deleted is no release: the commit is released anew."""
    first = desk.asked("release")["tag"]
    for name in ("app", "worker", "embeddings"):
        desk.registry.rebind(f"shop/{name}", first, None)
    assert desk.asked("plan")["already_out"] is False
    assert desk.asked("release")["tag"] != first


def test_a_script_that_cannot_be_run(desk: Desk) -> None:
    """A gate's script that is missing or not executable is told by the plan, and before anything is built."""
    script = desk.root / "scripts" / "smoke"
    script.chmod(0o644)
    assert "is not executable" in desk.asked("plan", code=2)["refused"]
    assert desk.run("release") == 2
    assert "chmod +x scripts/smoke" in desk.err
    script.unlink()
    assert desk.run("release") == 2
    assert "there is no script scripts/smoke" in desk.err
    assert desk.builder.built == []


def test_a_dirty_tree_is_marked(desk: Desk) -> None:
    """Allowed, said, and the images do not claim to be of the commit."""
    (desk.root / "untracked").write_text("x")
    assert desk.run("release") == 0
    assert "uncommitted changes" in desk.err
    assert desk.asked("status")["newest_whole"]["images"][0]["revision"].endswith("-dirty")


def test_without_git_and_home(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is no work tree, and no HOME: it ships, and says that there is no commit."""
    shutil.rmtree(desk.root / ".git")
    monkeypatch.delenv("HOME")
    assert "no commit" in " ".join(desk.asked("plan")["remarks"])
    assert desk.run("release") == 0


def test_state_that_cannot_be_kept(desk: Desk) -> None:
    """Not finished: before anything is written to the registry; --state is the way out."""
    (desk.root / ".wholeship").write_text("a file")
    assert desk.run("release") == 3
    assert "--state" in desk.err
    assert not any(desk.tags(name) for name in ("app", "worker", "embeddings"))
    assert desk.run("release", "--state", str(desk.root.parent / "state")) == 0


def test_numbers_are_never_used_twice(desk: Desk) -> None:
    """Each release takes the next; a tag given by hand takes none."""
    tags = []
    for text in ("a", "b"):
        desk.commit(text)
        tags.append(desk.asked("release")["tag"])
    assert [tag[-6:] for tag in tags] == ["000001", "000002"]


def test_a_run_of_the_ci_is_one_release(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run number is the sequence; a re-run of the run finds the same release."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    for name, value in {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_RUN_NUMBER": "812",
        "GITHUB_SHA": head, "GITHUB_REF": "refs/heads/main", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_RUN_ID": "99",
        "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_STEP_SUMMARY": str(desk.root.parent / "summary.md"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    told = desk.asked("release")
    assert told["scenario"] == "push"
    assert told["tag"].endswith("-000812")
    assert told["aliases"] == {"latest": "moved"}
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    again = desk.asked("release")
    assert (again["tag"], again["already"]) == (told["tag"], True)
    assert "### " in (desk.root.parent / "summary.md").read_text()


def test_logs_are_folded_into_the_jobs_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In GitHub Actions each build's log is a group: the runner's disk is gone with the job."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    desk.builder.failing = {"worker"}
    assert desk.run("release", "--scenario", "push") == 1
    assert "::group::build worker\nbuilding worker\nthe step said no\n::endgroup::" in desk.err
    assert "::error title=build worker::" in desk.err


def test_later_jobs_are_told_the_exit_code(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is: the step's output says how the release ended, also where an exception ended it."""
    outputs = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    desk.builder.failing = {"worker"}
    assert desk.run("release") == 1
    assert desk.run("promote", "--tag", "20260101-000000-000009") == 2
    told = outputs.read_text().splitlines()
    assert [line.partition("<<")[0] for line in told[::3]] == ["exit-code", "exit-code"]
    assert told[1::3] == ["1", "2"]


def test_flags_come_before_variables(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag, then WHOLESHIP_, then the CI, then the file; each is named as the source."""
    assert desk.asked("plan")["sources"] == {
        **dict.fromkeys(("registry", "images", "watched", "aliases", "gates"), "wholeship.yaml")
    }
    monkeypatch.setenv("WHOLESHIP_SCENARIO", "release")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    monkeypatch.setenv("WHOLESHIP_TAG", "by-variable")
    told = desk.asked("plan")
    assert (told["scenario"], told["tag"]) == ("release", "by-variable")
    assert told["sources"]["scenario"] == "WHOLESHIP_SCENARIO"
    told = desk.asked("plan", "--scenario", "push", "--tag", "by-flag")
    assert (told["scenario"], told["tag"], told["sources"]["tag"]) == ("push", "by-flag", "--tag")
    monkeypatch.delenv("WHOLESHIP_SCENARIO")
    assert desk.asked("plan")["sources"]["scenario"] == "GITHUB_EVENT_NAME"


def test_a_release_is_withdrawn_forward(desk: Desk) -> None:
    """The digests of the release before, under a newer tag."""
    desk.builder.inputs = {"app": "one"}
    first = desk.asked("release")
    desk.commit()
    desk.builder.inputs = {"app": "two"}
    second = desk.asked("release", "--no-reuse")
    assert desk.registry.tag("shop/app", second["tag"]) != desk.registry.tag("shop/app", first["tag"])
    told = desk.asked("withdraw", second["tag"])
    assert (told["back_to"], told["outcome"]) == (first["tag"], "verified")
    assert desk.registry.tag("shop/app", told["released_as"]) == desk.registry.tag("shop/app", first["tag"])


def three_releases(desk: Desk) -> list[str]:
    """Three releases, one after the other, of other bytes each."""
    tags = []
    for number in ("one", "two", "three"):
        desk.commit(number)
        desk.builder.inputs = {"app": number}
        tags.append(desk.asked("release", "--no-reuse")["tag"])
    return tags


def test_what_is_not_the_newest_is_not_taken_back(desk: Desk) -> None:
    """An older release would come out on top of production: refused with what is newest, nothing written."""
    first, second, third = three_releases(desk)
    told = desk.asked("withdraw", second, code=1)
    assert told["outcome"] == "refused"
    assert third in told["reasons"][0]
    assert desk.run("withdraw", second) == 1
    assert f"wholeship withdraw {third}" in desk.out
    assert desk.tags("app") == {first, second, third}
    forced = desk.asked("withdraw", second, "--force-older")
    assert desk.registry.tag("shop/app", forced["released_as"]) == desk.registry.tag("shop/app", first)


def test_deleted_tags_are_gone_and_stay_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tag of it is deleted; nobody puts it out again by going on with it."""
    monkeypatch.setattr(deletion, "QUIET", 0.1)
    first, second, third = three_releases(desk)
    assert set(desk.asked("withdraw", third, "--delete")["deleted"].values()) == {True}
    assert desk.tags("app") == desk.tags("worker") == {first, second}
    assert "was withdrawn" in desk.asked("release", "--tag", third, code=1)["reasons"][0]
    assert desk.asked("promote", "--tag", third, code=1)["outcome"] == "refused"
    assert desk.run("repair", third) == 1
    assert desk.tags("app") == {first, second}


def writes_of(desk: Desk) -> list[str]:
    """Every request from now on that is not a question."""
    found: list[str] = []
    desk.registry.observers.append(
        lambda request, response: found.append(request.url) if request.method not in ("GET", "HEAD") else None
    )
    return found


def test_dry_runs_write_nothing(desk: Desk) -> None:
    """promote, repair and withdraw say what they would write, in order, and write nothing, here or there."""
    for stage in ("build", "gate"):
        assert desk.run(stage, *(["--tag", "t-000001"] if stage == "build" else [])) == 0
    files = sorted(path.read_bytes() for path in desk.root.rglob("*.jsonl"))
    written = writes_of(desk)
    told = desk.asked("promote", "--tag", "t-000001", "--dry-run")
    assert told["outcome"] == "foreseen"
    assert told["would"] == [f"write {desk.host}/shop/{i}:t-000001" for i in ("embeddings", "worker", "app")]
    assert desk.run("promote", "--tag", "t-000001", "--dry-run") == 0
    assert "1. would write" in desk.out
    assert (written, files) == ([], sorted(path.read_bytes() for path in desk.root.rglob("*.jsonl")))


def test_a_dry_repair_and_withdrawal(desk: Desk) -> None:
    """What is half now is said with 6; tags and aliases are named before anything is done to them."""
    _first, second, third = three_releases(desk)
    desk.registry.rebind("shop/worker", third, None)
    written = writes_of(desk)
    told = desk.asked("repair", third, "--dry-run", code=6)
    assert told["would"] == [f"write {desk.host}/shop/worker:{third}"]
    told = desk.asked("withdraw", third, "--delete", "--dry-run")
    assert told["would"][0] == f"delete {desk.host}/shop/app:{third}"
    told = desk.asked("withdraw", third, "--dry-run")
    assert told["back_to"] == second
    assert len(told["would"]) == 3
    assert desk.asked("withdraw", second, "--dry-run", code=1)["outcome"] == "refused"
    assert written == []


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), ("y", 0)])
def test_a_person_is_asked_before_a_release_is_taken_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """On a terminal, with what would be written; anything but yes writes nothing."""
    third = three_releases(desk)[-1]
    before = desk.tags("app")
    typed = io.StringIO(f"{answer}\n")
    monkeypatch.setattr(sys, "stdin", typed)
    monkeypatch.setattr(withdraw, "on_terminal", lambda: True)
    assert desk.run("withdraw", third) == code
    assert "go on? [y/N]" in desk.err
    assert (desk.tags("app") == before) is bool(code)


def test_pruning_says_first_and_deletes_when_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --delete nothing is touched; with it the old release is gone, and the rest is whole."""
    monkeypatch.setattr(deletion, "QUIET", 0.1)
    first, second, third = three_releases(desk)
    written = writes_of(desk)
    told = desk.asked("prune", "--keep", "2")
    assert (told["releases"], told["dry"]) == ([first], True)
    assert desk.run("prune", "--keep", "2") == 0
    assert f"would delete the release {first}" in desk.out
    assert written == []
    told = desk.asked("prune", "--keep", "2", "--delete")
    assert f"{desk.host}/shop/app:{first}" in told["deleted"]
    assert desk.tags("app") == desk.tags("worker") == {second, third}
    assert desk.asked("status")["newest_whole"]["tag"] == third
    assert desk.run("prune", "--keep", "2") == 0
    assert desk.out.endswith("nothing to delete\n")


def test_status_does_not_cry_half_for_one_late_reader(desk: Desk) -> None:
    """A sibling that one answer does not show is looked at again before the tag is called half."""
    tag = desk.asked("release")["tag"]
    digest = desk.registry.tag("shop/worker", tag)
    desk.registry.rebind("shop/worker", tag, None)
    looks: list[str] = []

    def appears(request: Request, response: Response) -> None:
        looks.append(request.url)
        if request.url.endswith(f"/shop/worker/manifests/{tag}"):
            desk.registry.rebind("shop/worker", tag, digest)

    desk.registry.observers.append(appears)
    assert desk.asked("status", tag)["asked"]["answer"] == "whole"
    desk.registry.observers.clear()
    desk.registry.rebind("shop/worker", tag, None)
    assert desk.asked("status", tag, code=6)["asked"]["answer"] == "half"


def test_half_is_said_by_whoever_looks(desk: Desk) -> None:
    """A visible release of which a candidate is gone: promote, status, verify and repair all end with 6."""
    tag = desk.asked("release")["tag"]
    digest = desk.registry.tag("shop/worker", tag)
    assert digest is not None
    desk.registry.forget("shop/worker", digest)
    for words in (("promote", "--tag", tag), ("gate", "--tag", tag), ("status", tag), ("repair", tag)):
        assert desk.run(*words) == 6, words
    desk.registry.rebind("shop/worker", tag, None)
    assert desk.run("promote", "--tag", tag) == 6
    assert f"wholeship repair {tag}" in desk.err


def test_a_damaged_journal_is_not_asked_wrongly(desk: Desk) -> None:
    """It is 3, with what to do; where the release is visible that is said, and half is 6."""
    tag = desk.asked("release")["tag"]
    journal = desk.root / ".wholeship" / "releases" / tag / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    assert desk.run("verify", "--tag", tag) == 3
    assert "cut, edited or damaged" in desk.err
    assert f"{tag} is out" in desk.err
    desk.registry.rebind("shop/worker", tag, None)
    assert desk.run("repair", tag) == 6
    assert "move it away" in desk.err


def test_aliases_go_back_with_a_withdrawn_release(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Withdrawn forward, latest names the release before; with --delete it is told that it stays."""
    monkeypatch.setattr(deletion, "QUIET", 0.1)
    file = desk.root / "wholeship.yaml"
    file.write_text(file.read_text().replace("aliases: {push:", "aliases: {manual: [latest], push:"))
    desk.builder.inputs = {"app": "one"}
    first = desk.asked("release")
    desk.commit()
    desk.builder.inputs = {"app": "two"}
    second = desk.asked("release", "--no-reuse")
    assert desk.registry.tag("shop/app", second["tag"]) != desk.registry.tag("shop/app", first["tag"])
    told = desk.asked("withdraw", second["tag"])
    assert told["aliases"] == {"latest": "moved"}
    assert desk.registry.tag("shop/app", "latest") == desk.registry.tag("shop/app", first["tag"])
    told = desk.asked("withdraw", told["released_as"], "--delete")
    assert told["aliases"] == {"latest": "still names what was withdrawn: deleting a tag moves no other"}


def test_nothing_is_taken_back_for_a_tag_that_is_not_out(desk: Desk) -> None:
    """A mistyped tag puts no earlier release out again; what was meant has to be said."""
    desk.builder.inputs = {"app": "one"}
    first = desk.asked("release")
    newer = f"{int(first['tag'][:4]) + 1}{first['tag'][4:]}"
    assert desk.run("withdraw", newer, "--delete") == 2
    assert desk.run("withdraw", newer) == 2
    assert f"{newer} is not out: there is nothing to take back" in desk.err
    assert desk.tags("app") == {first["tag"]}


def test_a_registry_that_is_none_is_blamed_on_who_named_it(desk: Desk) -> None:
    """A flag that is wrong is told as the flag's mistake, once, not as one of each image in the file."""
    assert desk.run("plan", "--registry", "https://ghcr.io/acme") == 2
    assert desk.err.splitlines()[0] == "error: --registry: not a registry: 'https://ghcr.io/acme'"
