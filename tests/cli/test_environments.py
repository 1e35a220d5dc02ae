"""`promote --to ENVIRONMENT`: the digests of a whole release under the next environment's tag."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shop import POLICY, Shop, opened, rolled
from wholeship.core.errors import BadConfig
from wholeship.core.http import Request, Response
from wholeship.core.reference import Repository
from wholeship.release.config import Overrides, parse_config
from wholeship.testing.cluster import EmbeddedCluster, serve_cluster

RELEASE = """\
registry: {host}/shop
images: {{app: {{}}, worker: {{}}}}
watched: app
gates: none
gitops: {{policy: staging.yaml}}
environments:
  production:
    tag: "prod-{{tag}}"
    policy: production.yaml
    gates: {{smoke: {{run: smoke}}}}
  elsewhere: {{registry: "{host}/elsewhere", policy: none, gates: none}}
"""
PRODUCTION = POLICY.replace("'^[0-9]", "'^prod-[0-9]")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with opened(tmp_path, monkeypatch) as made:
        (tmp_path / "wholeship.yaml").write_text(RELEASE.format(host=made.host))
        (tmp_path / "staging.yaml").write_text(POLICY.format(host=made.host))
        (tmp_path / "production.yaml").write_text(PRODUCTION.format(host=made.host))
        smoke(tmp_path, "exit 0")
        yield made


def smoke(root: Path, script: str) -> None:
    (root / "smoke").write_text(f"#!/bin/sh\nenv | grep ^IMAGE_ | sort > seen\n{script}\n")
    (root / "smoke").chmod(0o755)


def released(shop: Shop, capsys: pytest.CaptureFixture[str]) -> str:
    assert shop.main(["release", "--format", "json"]) == 0
    return str(json.loads(capsys.readouterr().out)["tag"])


def tags(shop: Shop, image: str, path: str = "shop") -> set[str]:
    found = shop.registry.listed(Repository(shop.host, f"{path}/{image}"))
    return {tag for tag in found if not tag.startswith("wholeship-")}


def test_a_whole_release_gets_the_tag_of_the_next_environment(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same digests, without a build, gated there, the followed image last; twice writes nothing."""
    tag = released(shop, capsys)
    built, bound = list(shop.builder.built), []

    def note(request: Request, response: Response) -> None:
        if request.method == "PUT" and request.url.endswith(f"prod-{tag}"):
            bound.append(request.url.partition("/shop/")[2].partition("/")[0])

    shop.registry.observers.append(note)
    assert shop.main(["promote", "--tag", tag, "--to", "production", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["tag"], answer["outcome"]) == (f"prod-{tag}", "verified")
    assert bound == ["worker", "app"]
    assert shop.builder.built == built
    digest = shop.registry.tag(shop.repository("app"), tag)
    assert shop.registry.tag(shop.repository("app"), f"prod-{tag}") == digest
    assert f"IMAGE_APP={shop.repository('app')}@{digest}" in (shop.root / "seen").read_text()
    assert shop.main(["promote", "--tag", tag, "--to", "production"]) == 0
    assert bound == ["worker", "app"]
    status = ["status", f"prod-{tag}", "--environment", "production"]
    assert shop.main(status) == 0
    shop.registry.rebind(shop.repository("worker"), f"prod-{tag}", None)
    assert shop.main(status) == 6
    assert shop.main(["repair", f"prod-{tag}", "--environment", "production"]) == 0
    assert shop.main(status) == 0


def test_another_registry_gets_the_very_bytes(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a tag of its own it is the same tag elsewhere, with everything it is made of."""
    tag = released(shop, capsys)
    assert shop.main(["promote", "--tag", tag, "--to", "elsewhere", "--dry-run"]) == 0
    assert tags(shop, "app", "elsewhere") == set()
    assert shop.main(["promote", "--tag", tag, "--to", "elsewhere"]) == 0
    for image in ("app", "worker"):
        there = shop.registry.tag(Repository(shop.host, f"elsewhere/{image}"), tag)
        assert there == shop.registry.tag(shop.repository(image), tag)
    assert shop.main(["verify", "--tag", tag, "--environment", "elsewhere"]) == 0


def test_a_gate_of_the_environment_holds_it(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not pass there gets no tag there; once it passes, the same command goes on."""
    tag = released(shop, capsys)
    smoke(shop.root, "exit 3")
    assert shop.main(["promote", "--tag", tag, "--to", "production"]) == 1
    assert tags(shop, "app") == {tag}
    smoke(shop.root, "exit 0")
    assert shop.main(["promote", "--tag", tag, "--to", "production"]) == 0


def test_only_a_whole_release_goes_on(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is not out is refused, one that is half is half: nothing is written there."""
    tag = released(shop, capsys)
    shop.registry.rebind(shop.repository("worker"), tag, None)
    assert shop.main(["promote", "--tag", tag, "--to", "production"]) == 6
    shop.registry.rebind(shop.repository("app"), tag, None)
    assert shop.main(["promote", "--tag", tag, "--to", "production"]) == 1
    assert tags(shop, "worker") == tags(shop, "app") == set()


def test_an_older_release_is_not_put_over_a_newer_one(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """The policy of the environment is asked: what it would not roll out is refused."""
    first = released(shop, capsys)
    assert shop.main(["release", "--again", "--format", "json"]) == 0
    second = str(json.loads(capsys.readouterr().out)["tag"])
    assert shop.main(["promote", "--tag", second, "--to", "production"]) == 0
    assert shop.main(["promote", "--tag", first, "--to", "production"]) == 1
    assert "prod-" + first not in tags(shop, "app")


def test_an_unknown_environment_names_the_known(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name is asked wrongly, and the near one is named."""
    tag = released(shop, capsys)
    assert shop.main(["promote", "--tag", tag, "--to", "producton"]) == 2
    assert "did you mean production?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ('{tag: "p-{tag}", gates: none}', "environments.p: no policy"),
        ('{tag: "p-{tag}", policy: x.yaml}', "environments.p: no gates"),
        ("{policy: x.yaml, gates: none}", "environments.p: it would be the very tag that is out already"),
        (
            "{policy: x.yaml, gates: none, tag: prod}",
            "environments.p.tag: not made from the release's tag: 'prod'",
        ),
        ("{policy: x.yaml, gates: none, registry: 'A B'}", "environments.p.registry: "),
    ],
)
def test_what_is_no_environment(environment: str, message: str) -> None:
    """What an environment lacks is a mistake in the file, with its place."""
    text = f"registry: a.b/c\nimages: {{app: {{}}}}\ngates: none\nenvironments: {{p: {environment}}}\n"
    with pytest.raises(BadConfig) as caught:
        parse_config(text, Path("wholeship.yaml"), Overrides())
    assert any(problem.message.startswith(message) for problem in caught.value.problems)


def test_policy_says_which_environment_each_is(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Several policies follow one image: each is asked about the tag that its environment would get."""
    released(shop, capsys)
    assert shop.main(["policy", "--format", "json"]) == 0
    policies = json.loads(capsys.readouterr().out)["policies"]
    assert [one["environment"] for one in policies] == ["", "production"]
    assert [one["after"]["tag"].startswith("prod-") for one in policies] == [False, True]
    assert shop.main(["policy"]) == 0
    assert "of the environment production" in capsys.readouterr().out


def test_what_was_promoted_there_is_waited_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--wait ends when the cluster runs the environment's digests; a cluster that may not be asked is found
    out before anything is written."""
    tag = released(shop, capsys)
    cluster = EmbeddedCluster()
    with serve_cluster(cluster) as server:
        (shop.root / "kube").write_text(server.kubeconfig())
        monkeypatch.setenv("KUBECONFIG", str(shop.root / "kube"))
        words = ["promote", "--tag", tag, "--to", "production", "--wait", "20s", "--format", "json"]

        def roll_out(request: Request, response: Response) -> None:
            if request.method == "PUT" and request.url.endswith(f"/shop/app/manifests/prod-{tag}"):
                rolled(cluster, shop, f"prod-{tag}")

        shop.registry.observers.append(roll_out)
        assert shop.main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["tag"], answer["rollout"]["done"]) == (f"prod-{tag}", True)
    monkeypatch.delenv("KUBECONFIG")
    assert shop.main(["promote", "--tag", tag, "--to", "elsewhere", "--wait"]) == 2
    assert tags(shop, "app", "elsewhere") == set()
