"""A release followed to production from the command line: status, watching, waiting, notices, pages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shop import Chat, Shop, chatting, opened, rolled, when_out
from wholeship.core.http import Request, Response
from wholeship.testing.cluster import Access, EmbeddedCluster, serve_cluster

Out = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with opened(tmp_path, monkeypatch) as shop:
        yield shop


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCluster]:
    """A cluster that the current context names."""
    cluster = EmbeddedCluster()
    with serve_cluster(cluster) as server:
        (tmp_path / "kube").write_text(server.kubeconfig(namespace="shop", context="production"))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kube"))
        yield cluster


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    with chatting() as chat:
        monkeypatch.setenv("WHOLESHIP_WEBHOOK", chat.url)
        yield chat


def answered(shop: Shop, out: Out, *words: str) -> tuple[int, dict[str, Any]]:
    code = shop.main([*words, "--format", "json"])
    said = out.readouterr()
    assert said.out, said.err
    return code, json.loads(said.out)


def test_a_release_waits_for_the_cluster(shop: Shop, cluster: EmbeddedCluster, capsys: Out) -> None:
    """With --wait the release ends when every Deployment runs the digests that were released."""
    waiting = when_out(shop, lambda tag: rolled(cluster, shop, tag))
    code, told = answered(shop, capsys, "release", "--wait", "20s")
    waiting.join(5)
    assert code == 0
    assert told["outcome"] == "verified"
    assert told["rollout"]["done"]
    assert [one["where"] for one in told["rollout"]["standings"]] == ["shop/app", "shop/worker"]
    assert set(told["written"]) == {"app", "worker"}


def test_half_of_it_cannot_be_pulled(shop: Shop, cluster: EmbeddedCluster, chat: Chat, capsys: Out) -> None:
    """An image that cannot be pulled is told with what helps; the release itself is out all the same."""
    waiting = when_out(shop, lambda tag: rolled(cluster, shop, tag, broken="worker"))
    code = shop.main(["release", "--wait", "2s", "--quiet"])
    waiting.join(5)
    text = capsys.readouterr().out
    assert code == 1
    assert "is out, whole" in text
    assert "ImagePullBackOff" in text
    assert "wholeship repair" in text
    assert "does not run everywhere" in chat.bodies[0].decode()


def test_a_cluster_that_may_not_be_looked_at_stops_the_release_before_it_begins(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    """What would fail after the release is found out before it: nothing is built, nothing is written."""
    cluster = EmbeddedCluster(tokens={"other": Access("other")})
    with serve_cluster(cluster) as server:
        (tmp_path / "kube").write_text(server.kubeconfig("expired"))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kube"))
        assert shop.main(["release", "--wait"]) == 3
    assert "401" in capsys.readouterr().err
    assert shop.builder.built == []


def test_no_cluster_configured(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """Without a kubeconfig it says so, and what to set."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert shop.main(["release", "--wait"]) == 2
    assert "KUBECONFIG" in capsys.readouterr().err
    assert shop.main(["status", "--cluster", "--context", "nowhere"]) == 2


def test_status_of_what_runs(shop: Shop, cluster: EmbeddedCluster, capsys: Out) -> None:
    """The newest whole release, what the policy elects, and what the cluster runs of it."""
    assert shop.main(["release", "--quiet"]) == 0
    (tag,) = shop.deploy_tags()
    rolled(cluster, shop, tag)
    capsys.readouterr()
    code, told = answered(shop, capsys, "status", "--cluster")
    assert code == 0
    assert told["newest_whole"]["tag"] == told["elected"] == tag
    assert told["controller"]["policy"] == "app"
    assert told["rollout"]["done"]
    assert shop.main(["status", "--cluster"]) == 0
    text = capsys.readouterr().out
    assert f"app elects {tag}" in text
    assert f"{tag} runs everywhere in production" in text


def test_status_says_when_the_cluster_does_not_answer(
    shop: Shop, cluster: EmbeddedCluster, capsys: Out
) -> None:
    """The registry's answer stands; the cluster's part is unknown, not absent, and not a yes."""
    assert shop.main(["release", "--quiet"]) == 0
    capsys.readouterr()
    cluster.down = True
    code, told = answered(shop, capsys, "status", "--cluster")
    assert code == 3
    assert told["rollout"]["problem"]
    assert not told["rollout"]["done"]


def test_watching_ends_when_it_runs(shop: Shop, cluster: EmbeddedCluster, capsys: Out) -> None:
    """With a tag, watching writes what is new, line by line, until the release runs everywhere."""
    assert shop.main(["release", "--quiet"]) == 0
    (tag,) = shop.deploy_tags()
    capsys.readouterr()
    shop.registry.observers.append(lambda *_: late())

    def late() -> None:
        shop.registry.observers.clear()
        rolled(cluster, shop, tag)

    assert shop.main(["status", tag, "--cluster", "--watch", "1", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line[:2] == "20" and "Z " in line for line in lines)
    assert "runs everywhere" in lines[-3] + lines[-2] + lines[-1]


@pytest.mark.parametrize("command", ["plan", "release", "status"])
def test_a_page_beside_the_answer(shop: Shop, command: str, capsys: Out) -> None:
    """--html writes one file; a place where none can be written is refused before anything is done."""
    assert shop.main([command, "--html", "answer.html"]) in (0, 1)
    page = Path("answer.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    before = list(shop.builder.built)
    assert shop.main([command, "--html", "nowhere/answer.html"]) == 2
    assert shop.main([command, "--html", "."]) == 2
    assert shop.builder.built == before


def page_of(shop: Shop, *words: str, code: int) -> str:
    """The text of the page that a command leaves, without its tags."""
    assert shop.main([*words, "--quiet", "--html", "answer.html"]) == code
    return re.sub(r"<[^>]*>", " ", Path("answer.html").read_text("utf-8"))


def test_a_page_of_a_release_that_did_not_finish(shop: Shop, capsys: Out) -> None:
    """A failed build is a plain no: the page says why, the builder's last words, and what to do."""
    shop.builder.failing = {"worker"}
    page = page_of(shop, "release", code=1)
    assert "does not build, and nothing is visible" in page
    assert "worker: the build failed" in page
    assert "the step said no" in page
    assert "What to do" in page


def test_a_page_of_an_interrupted_or_half_release(shop: Shop, capsys: Out) -> None:
    """Ctrl-C leaves a page too, with what was noted by then; half is said first."""

    def interrupt(request: Request, response: Response) -> None:
        if request.method == "PUT" and "/manifests/2" in request.url:
            shop.registry.observers.clear()
            os.kill(os.getpid(), signal.SIGINT)

    shop.registry.observers.append(interrupt)
    page = page_of(shop, "release", code=130)
    assert "interrupted" in page
    assert "How far it got" in page
    assert "intend" in page
    assert shop.main(["release", "--quiet"]) == 0
    (tag,) = shop.deploy_tags()
    shop.registry.rebind("shop/worker", tag, shop.stranger("worker"))
    page = page_of(shop, "release", "--tag", tag, code=6)
    assert "half released: the watched tag is visible, and an image is missing or different" in page


def test_planning_what_is_out_already_refuses_nothing(shop: Shop, capsys: Out) -> None:
    """An older release that is out can be planned, and run, again: it is found in place."""
    assert shop.main(["release", "--quiet", "--tag", "20200101-000000-000001"]) == 0
    assert shop.main(["release", "--quiet", "--tag", "20200102-000000-000002"]) == 0
    capsys.readouterr()
    code, told = answered(shop, capsys, "plan", "--tag", "20200101-000000-000001")
    assert (code, told["refused"]) == (0, "")
    code, told = answered(shop, capsys, "release", "--tag", "20200101-000000-000001")
    assert (code, told["already"]) == (0, True)


def test_a_tag_the_policy_never_takes_is_refused_before_the_build(
    shop: Shop, chat: Chat, capsys: Out
) -> None:
    """plan says so with exit code 1, release stops before it builds, and the chat is told."""
    code, told = answered(shop, capsys, "plan", "--tag", "nightly-7")
    assert code == 1
    assert "does not match" in told["refused"]
    assert shop.main(["plan", "--save", "--tag", "nightly-7"]) == 1
    capsys.readouterr()
    code, told = answered(shop, capsys, "release", "--tag", "nightly-7")
    assert (code, told["outcome"]) == (1, "refused")
    assert shop.builder.built == []
    assert shop.registry.listed("shop/app") == ()
    assert "a release was refused" in chat.bodies[-1].decode()


def test_plan_names_the_ways_around_the_watched_image(shop: Shop, capsys: Out) -> None:
    """A second policy, a sibling under another tag, and stray tags that the policy considers."""
    policy = (shop.root / "policy.yaml").read_text()
    (shop.root / "policy.yaml").write_text(
        policy.replace("filterTags: {pattern: '^[0-9]{8}-[0-9]{6}-[0-9]{6}$'}\n  ", "")
        + f"---\nimage: {shop.repository('worker')}:latest\n"
        + policy.replace("name: app", "name: worker").replace("shop/app", "shop/worker").join(["---\n", ""])
    )
    shop.main(["release", "--quiet"])
    digest = shop.registry.tag("shop/app", shop.deploy_tags()[0])
    shop.registry.rebind("shop/app", "cache", digest)
    capsys.readouterr()
    code, told = answered(shop, capsys, "plan")
    said = "\n".join(told["remarks"])
    assert f"worker is used as {shop.repository('worker')}:latest" in said
    assert "worker (flux) follows worker on its own" in said
    assert "app also considers cache" in said
    assert (code, bool(told["refused"])) == (1, True)  # cache beats every date


def test_a_build_that_fails_is_told(shop: Shop, chat: Chat, capsys: Out) -> None:
    """The chat hears of a failure, with the release, the reason, and nothing that it could act on."""
    shop.builder.failing = {"worker"}
    assert shop.main(["release", "--quiet"]) == 1
    (body,) = chat.bodies
    text = json.loads(body)["text"]
    assert "a release does not build" in text
    assert "worker: the build failed" in text
    assert "wholeship-record-" in text
    assert "verysecretpath" not in capsys.readouterr().err


def test_a_repair_that_leaves_half_is_told(shop: Shop, chat: Chat, capsys: Out) -> None:
    """The chat hears of half that stays; not of a tag that nobody knows, nor of a repair that helped."""
    assert shop.main(["repair", "20200101-000000-000001"]) == 1
    assert shop.main(["release", "--quiet"]) == 0
    (tag,) = shop.deploy_tags()
    shop.registry.rebind("shop/worker", tag, None)
    assert shop.main(["repair", tag]) == 0
    assert chat.bodies == []
    shop.registry.rebind("shop/worker", tag, shop.stranger("worker"))
    assert shop.main(["repair", tag, "--move-tag", "nothing:such"]) == 2
    assert chat.bodies == []
    assert shop.main(["repair", tag]) == 6
    (body,) = chat.bodies
    text = json.loads(body)["text"]
    assert "HALF A RELEASE IS VISIBLE" in text
    assert "it was to be repaired" in text
    assert tag in text


def test_a_withdrawal_that_fails_is_told(shop: Shop, chat: Chat, capsys: Out) -> None:
    """Under the new tag, with the one that was to be taken back."""
    for tag in ("20200101-000000-000001", "20200102-000000-000002"):
        assert shop.main(["release", "--quiet", "--no-reuse", "--tag", tag]) == 0
    assert shop.main(["withdraw", tag, "--as", "20190101-000000-000001"]) == 1
    text = json.loads(chat.bodies[-1])["text"]
    assert "a release was refused" in text
    assert f"it was to take back {tag}" in text
    assert shop.main(["withdraw", tag]) == 0
    assert len(chat.bodies) == 1


def test_a_rehearsal_wakes_nobody(shop: Shop, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in a rehearsal is for who rehearses; and no cluster is waited for."""
    shop.builder.failing = {"worker"}
    assert shop.main(["release", "--rehearse"]) == 1
    assert chat.bodies == []
    with pytest.raises(SystemExit):
        shop.main(["release", "--rehearse", "--wait"])


def test_a_release_that_is_out_is_not_told(shop: Shop, chat: Chat) -> None:
    """Good news is for the log."""
    assert shop.main(["release", "--quiet"]) == 0
    assert chat.bodies == []


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_fails_changes_nothing(shop: Shop, chat: Chat, status: int, capsys: Out) -> None:
    """The exit code is the release's own, the address stays secret, and no redirect is followed."""
    shop.builder.failing = {"worker"}
    chat.status = status
    assert shop.main(["release"]) == 1
    said = capsys.readouterr()
    assert f"the webhook was not told: it answered with status {status}" in said.err
    assert "verysecretpath" not in said.err + said.out


def test_a_webhook_that_is_no_address(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """Only https leaves this machine; an address in the release file itself is refused unseen."""
    shop.builder.failing = {"worker"}
    for address in ("http://chat.invalid/verysecretpath", "verysecretpath", "https://[verysecretpath"):
        monkeypatch.setenv("WHOLESHIP_WEBHOOK", address)
        assert shop.main(["release"]) == 1
        said = capsys.readouterr()
        assert "the webhook was not told" in said.err
        assert "verysecretpath" not in said.err + said.out
    file = shop.root / "wholeship.yaml"
    file.write_text(file.read_text() + "notify: {webhook: https://chat.invalid/verysecretpath}\n")
    assert shop.main(["release"]) == 2
    assert "verysecretpath" not in capsys.readouterr().err


def test_looking_at_no_cluster_imports_no_client(shop: Shop) -> None:
    """The Kubernetes client is large; it is loaded only by who looks into a cluster."""
    code = (
        "import sys\nfrom wholeship.cli.main import main\nmain(['status', '--quiet'])\n"
        "sys.stderr.write(str('kubernetes' in sys.modules) + str('jinja2' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.endswith("FalseFalse")
