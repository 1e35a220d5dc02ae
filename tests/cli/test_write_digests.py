"""`--write-digests FILE`: what is whole is written down for the controller, and nothing else ever is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.shop import Shop, opened
from wholeship.app.digests import DigestFiles
from wholeship.core.errors import Unfinished
from wholeship.release.record import Record

KUSTOMIZATION = """\
images:   # by the release
  - name: {host}/shop/app   # followed
  - name: {host}/shop/worker
    digest: ""
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    root = tmp_path / "checkout"
    root.mkdir()
    with opened(root, monkeypatch) as made:
        yield made


@pytest.fixture
def file(shop: Shop, tmp_path: Path) -> Path:
    """A kustomization in another checkout."""
    path = tmp_path / "deploy" / "kustomization.yaml"
    path.parent.mkdir()
    path.write_text(KUSTOMIZATION.format(host=shop.host))
    return path


def pinned(shop: Shop, tag: str) -> str:
    """The kustomization with what the registry has under *tag*."""
    app, worker = (shop.registry.tag(f"shop/{name}", tag) for name in ("app", "worker"))
    return (
        f"images:   # by the release\n  - name: {shop.host}/shop/app   # followed\n    digest: {app}\n"
        f'  - name: {shop.host}/shop/worker\n    digest: "{worker}"\n'
    )


def test_what_came_out_is_written_down(shop: Shop, file: Path) -> None:
    """The digests that the registry has under the tag, comments kept; again, nothing is written at all."""
    assert shop.main(["release", "--write-digests", str(file)]) == 0
    (tag,) = shop.deploy_tags()
    assert file.read_text() == pinned(shop, tag)
    written = file.stat().st_ino
    for words in (["promote", "--tag", tag], ["repair", tag]):
        assert shop.main([*words, "--write-digests", str(file)]) == 0
        assert file.stat().st_ino == written
    assert shop.main(["release", "--again", "--write-digests", str(file)]) == 0
    assert file.read_text() == pinned(shop, shop.deploy_tags()[-1])


def test_a_release_that_is_out_is_written_down_later(shop: Shop, file: Path) -> None:
    """`promote` and `repair` write what was released before, without another tag."""
    assert shop.main(["release"]) == 0
    (tag,) = shop.deploy_tags()
    before = file.read_text()
    for words in (["promote", "--tag", tag], ["repair", tag]):
        file.write_text(before)
        assert shop.main([*words, "--write-digests", str(file)]) == 0
        assert file.read_text() == pinned(shop, tag)
    assert shop.deploy_tags() == [tag]


def test_a_file_that_is_not_understood_stops_everything(
    shop: Shop, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked wrongly (2), with the place, before anything is built; the file stays as it is."""
    file.write_text(f"app: {{repository: {shop.host}/shop/app, tag: x}}\n")
    before = file.read_text()
    assert shop.main(["release", "--write-digests", str(file)]) == 2
    assert f"{file}:1:" in capsys.readouterr().err
    assert shop.main(["release", "--write-digests", str(file.with_name("gone.yaml"))]) == 2
    assert shop.main(["release", "--rehearse", "--write-digests", str(file)]) == 2
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    assert shop.main(["release", "--write-digests", str(link)]) == 2
    assert file.read_text() == before
    assert shop.builder.built == []
    assert shop.deploy_tags() == []


def test_what_did_not_come_out_is_not_written_down(shop: Shop, file: Path) -> None:
    """A build that fails, and a dry run, leave the file as it was."""
    before = file.read_text()
    shop.builder.failing = {"worker"}
    assert shop.main(["release", "--write-digests", str(file)]) == 1
    shop.builder.failing = set()
    assert shop.main(["build", "--tag", "20260101-000000-000001"]) == 0
    assert shop.main(["gate", "--tag", "20260101-000000-000001"]) == 0
    words = ["promote", "--tag", "20260101-000000-000001", "--write-digests", str(file)]
    assert shop.main([*words, "--dry-run"]) == 0
    assert file.read_text() == before
    assert shop.main(words) == 0
    assert file.read_text() == pinned(shop, "20260101-000000-000001")


def test_a_file_that_changes_meanwhile_is_told(
    shop: Shop, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The release is out; that the file does not have its digests is 3, with the command that writes them."""
    build = shop.builder.build

    def spoil(*words: object, **more: object) -> object:
        file.write_text("nothing: here\n")
        return build(*words, **more)  # type: ignore[arg-type]

    shop.builder.build = spoil  # type: ignore[method-assign, assignment]
    assert shop.main(["release", "--write-digests", str(file)]) == 3
    (tag,) = shop.deploy_tags()
    told = capsys.readouterr().err
    assert f"{tag} is out and whole" in told
    assert f"wholeship promote --tag {tag} --write-digests {file}" in told
    assert file.read_text() == "nothing: here\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_nothing_is_refused(shop: Shop, file: Path) -> None:
    """Known before the build."""
    file.parent.chmod(0o500)
    assert shop.main(["release", "--write-digests", str(file)]) == 2
    assert shop.builder.built == []


def test_a_record_that_lacks_an_image_is_not_written_down(
    shop: Shop, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a set of digests is never written: the release is whole, and its record does not say how."""
    heard: list[tuple[DigestFiles, Record]] = []
    with monkeypatch.context() as patched:
        patched.setattr(DigestFiles, "of_record", lambda files, record: heard.append((files, record)))
        assert shop.main(["release", "--write-digests", str(file)]) == 0
    ((files, record),) = heard
    before = file.read_text()
    lacking = replace(record, candidates={"app": record.candidates["app"]})
    for unknown in (None, lacking):
        with pytest.raises(Unfinished, match="no record says which digests"):
            files.of_repaired("v1", unknown)
    assert file.read_text() == before
