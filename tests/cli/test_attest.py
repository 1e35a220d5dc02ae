"""Attested releases from the command line: signed, shown, checked, refused."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli import shop
from wholeship.app import world
from wholeship.cli.main import main
from wholeship.core import yamls
from wholeship.core.progress import Silent
from wholeship.release.attestation import statements
from wholeship.release.attestation.statements import PROVENANCE, RELEASE, SUMMARY
from wholeship.testing.signing import MemorySigner

SIGNED = "attest: {sign: {key: a.key}}\n"


def test_the_page_names_what_is_stated() -> None:
    """docs/attest.md has every predicate type, and its YAML can be read; policies name the release's."""
    page = (Path(__file__).parents[2] / "docs" / "attest.md").read_text(encoding="utf-8")
    for kind in (RELEASE, PROVENANCE, SUMMARY, statements.SIGNED):
        assert f"`{kind}`" in page
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    nodes = [yamls.read_yaml(block, "page") for block in blocks]
    read: list[Any] = [yamls.plain_node(node) for node in nodes if node is not None]
    assert len(read) == len(blocks)
    kinds = {one["kind"] for one in read if "kind" in one}
    assert kinds == {"ClusterPolicy", "ImageValidatingPolicy", "OCIRepository"}
    kyverno = next(one for one in read if one.get("kind") == "ClusterPolicy")
    (rule,) = kyverno["spec"]["rules"]
    assert rule["verifyImages"][0]["attestations"][0]["type"] == RELEASE


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[shop.Shop]:
    with shop.opened(tmp_path, monkeypatch) as made:
        file = tmp_path / "wholeship.yaml"
        file.write_text(file.read_text() + SIGNED)
        yield made


def test_who_signed_is_shown(opened: shop.Shop, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Release, status and the pages say who signed what is stated of it."""
    page = tmp_path / "page.html"
    assert opened.main(["release", "--html", str(page)]) == 0
    assert "signed by release" in capsys.readouterr().out
    assert "signed by release" in page.read_text()
    assert opened.main(["status", "--html", str(page)]) == 0
    assert "signed by release, says its record" in capsys.readouterr().out
    assert "signed by release, says its record" in page.read_text()
    assert opened.main(["status", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["newest_whole"]["made"]["signers"] == ["release"]


def test_verify_with_the_policy(opened: shop.Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """What is out and signed by somebody trusted: yes. What a stranger signed is whole, and a no."""
    assert opened.main(["release"]) == 0
    assert opened.main(["verify", "--policy"]) == 0
    opened.signer = MemorySigner("a stranger")
    file = opened.root / "wholeship.yaml"
    file.write_text(file.read_text().replace(SIGNED, SIGNED.replace("}}", "}, required: false}")))
    assert opened.main(["release", "--again"]) == 0
    capsys.readouterr()
    assert opened.main(["verify", "--policy"]) == 1
    assert "not signed by anybody who is trusted" in capsys.readouterr().out
    assert opened.main(["verify"]) == 0


def test_stage_by_stage_promotion_needs_the_signature(
    opened: shop.Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """build, gate, promote: refused, with the command that helps; after that command it goes out."""
    tag = ["--tag", "20260528-182833-000042"]
    for words in (["plan", "--save"], ["build"], ["gate"]):
        assert opened.main([*words, *tag]) == 0
    capsys.readouterr()
    assert opened.main(["promote", *tag]) == 1
    assert f"wholeship attest {' '.join(tag)}" in capsys.readouterr().out
    assert opened.main(["promote", "--dry-run", *tag]) == 1
    assert opened.deploy_tags() == []
    assert opened.main(["attest", *tag]) == 0
    assert "attested" in capsys.readouterr().out
    assert opened.main(["promote", *tag]) == 0
    assert opened.deploy_tags() == [tag[1]]


def test_what_is_not_asked_for_is_a_question(opened: shop.Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `attest:` in the file, attest and verify --policy are asked wrongly, and say what to add."""
    file = opened.root / "wholeship.yaml"
    file.write_text(file.read_text().replace(SIGNED, ""))
    for words in (["attest", "--tag", "x"], ["verify", "--policy", "--tag", "x"]):
        assert opened.main(words) == 2
        assert "attest: {sign: {key: FILE}}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "attest",
    ["{}", "{sign: {key: a, keyless: true}}", "{sign: {keyless: true}}", "{sign: {key: 'awskms:arn'}}"],
)
def test_mistakes_in_the_file_have_their_place(
    attest: str, opened: shop.Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody signs, two ways at once, nobody to believe, a key store without its public key."""
    file = opened.root / "wholeship.yaml"
    file.write_text(file.read_text().replace(SIGNED, f"attest: {attest}\n"))
    assert opened.main(["plan"]) == 2
    assert "wholeship.yaml:6:" in capsys.readouterr().err


def test_a_release_taken_back_is_signed_anew(opened: shop.Shop) -> None:
    """An earlier release under a new tag is another release, with a statement of its own."""
    assert opened.main(["release"]) == 0
    first = opened.deploy_tags()[-1]
    opened.builder.inputs["app"] = "changed"
    assert opened.main(["release", "--again", "--no-reuse"]) == 0
    once = len(opened.signer.signed)
    assert opened.main(["withdraw", opened.deploy_tags()[-1], "--to", first, "--yes"]) == 0
    assert len(opened.signer.signed) > once
    assert opened.main(["verify", "--policy", "--tag", opened.deploy_tags()[-1]]) == 0


def test_without_the_extra_it_is_told_what_to_install(
    opened: shop.Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the libraries are not installed: the command that installs them, and nothing is built."""
    real = world.World(Silent())
    for name in [name for name in sys.modules if name.startswith("wholeship.adapters.signing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "securesystemslib", None)
    monkeypatch.setitem(sys.modules, "securesystemslib.dsse", None)
    wanted = replace(real, choose_builder=lambda config: opened.builder)
    assert main(["release"], lambda progress: replace(wanted, progress=progress)) == 3
    assert "pip install 'wholeship[attest]'" in capsys.readouterr().err
    assert opened.builder.built == []
