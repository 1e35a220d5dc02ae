"""What every registry does, and what the client makes of it."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.contracts.conftest import Served
from tests.contracts.images import AMD64, ARM64, image, image_index
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError, RegistryUntrusted
from wholeship.core.http import Headers, Request, Response
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import Manifest, WriteResult

T = Tag("20260528-182833-000042")


@pytest.fixture
def repository(served: Served) -> Repository:
    return served.repository(f"acme/r{uuid.uuid4().hex[:8]}")


def raw(served: Served, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
    named = Headers({k.replace("_", "-"): v for k, v in headers.items()})
    request = Request(method, f"http://{served.host}{path}", named, body)
    return served.transport.send(request, limit=1 << 22, timeout=30)


def test_bytes_come_back_as_they_went(served: Served, repository: Repository) -> None:
    """A manifest read by digest and by tag is byte for byte what was stored, with its media type."""
    pushed = image_index("app", AMD64, ARM64)
    digest = pushed.push(served.client, repository)
    assert served.client.bind(repository, T, pushed.manifest).result is WriteResult.ACCEPTED
    for reference in (digest, T):
        assert served.client.manifest(repository, reference) == pushed.manifest
    assert served.client.tags(repository) == (T,)


def test_absent_is_none(served: Served, repository: Repository) -> None:
    """What is not there is None or empty, in a known repository and in one nobody has heard of."""
    nothing = Digest.of(b"nothing")
    assert served.client.manifest(repository, nothing) is None
    assert served.client.tags(repository) == ()
    image("app").push(served.client, repository)
    assert served.client.manifest(repository, T) is None
    assert not served.client.exists(repository, nothing)
    assert not served.client.has_blob(repository, nothing)
    assert served.client.blob(repository, nothing, limit=10) is None
    assert served.client.tags(repository) == ()


def test_without_accept_an_oci_manifest_is_not_shown(served: Served, repository: Repository) -> None:
    """A client that does not name the OCI types is told 404 for a manifest that exists."""
    digest = image("app").push(served.client, repository)
    path = f"/v2/{repository.path}/manifests/{digest}"
    assert raw(served, "GET", path).status == 404
    assert raw(served, "GET", path, Accept=OCI_MANIFEST).status == 200


def test_an_index_needs_its_children(served: Served, repository: Repository) -> None:
    """An index whose child is missing is refused, and leaves no tag."""
    pushed = image_index("app", AMD64)
    write = served.client.bind(repository, T, pushed.manifest)
    assert write.result is WriteResult.REFUSED
    assert write.status == 400
    assert served.client.tags(repository) == ()


def test_an_image_needs_its_blobs(served: Served, repository: Repository) -> None:
    """A manifest whose layer was never uploaded is refused."""
    assert served.client.bind(repository, T, image("app").manifest).result is WriteResult.REFUSED


def test_wrong_digest_is_refused(served: Served, repository: Repository) -> None:
    """Bytes stored under a digest that is not theirs are refused."""
    pushed = image("app")
    pushed.push(served.client, repository)
    path = f"/v2/{repository.path}/manifests/{Digest.of(b'other')}"
    answer = raw(served, "PUT", path, pushed.manifest.body, Content_Type=OCI_MANIFEST)
    assert answer.status == 400
    assert "DIGEST_INVALID" in answer.body.decode()


def test_reserialised_bytes_are_another_manifest(served: Served, repository: Repository) -> None:
    """Loading and dumping the JSON gives another digest: only raw bytes can be promoted."""
    pushed = image("app")
    digest = pushed.push(served.client, repository)
    again = Manifest(OCI_MANIFEST, json.dumps(json.loads(pushed.manifest.body)).encode())
    assert served.client.bind(repository, T, again).result is WriteResult.ACCEPTED
    found = served.client.manifest(repository, T)
    assert found is not None
    assert found.digest != digest


def test_the_last_writer_wins(served: Served, repository: Repository) -> None:
    """A mutable registry moves a tag without a word, and ignores If-None-Match."""
    one, two = image("one"), image("two")
    for pushed in (one, two):
        pushed.push(served.client, repository)
    served.client.bind(repository, T, one.manifest)
    path = f"/v2/{repository.path}/manifests/{T}"
    answer = raw(served, "PUT", path, two.manifest.body, Content_Type=OCI_MANIFEST, If_None_Match="*")
    assert answer.status == 201
    assert served.client.manifest(repository, T) == two.manifest


def test_pages_are_followed(served: Served, repository: Repository) -> None:
    """A tag list comes whole or in pages, as the registry likes; the client reads all of it."""
    pushed = image("app")
    pushed.push(served.client, repository)
    wanted = [Tag(f"t{n:03d}") for n in range(120)]
    for tag in wanted:
        served.client.bind(repository, tag, pushed.manifest)
    first = raw(served, "GET", f"/v2/{repository.path}/tags/list?n=50")
    if "Link" in first.headers:
        assert len(json.loads(first.body)["tags"]) == 50
    else:  # distribution before 3 does not page
        assert len(json.loads(first.body)["tags"]) == 120
    assert sorted(served.client.tags(repository)) == wanted


def test_blobs_are_stored_once(served: Served, repository: Repository) -> None:
    """An upload gives the digest, can be read back, and is skipped when the blob is there."""
    digest = served.client.upload(repository, b"content")
    assert served.client.upload(repository, b"content") == digest
    assert served.client.blob(repository, digest, limit=100) == b"content"


def test_probing_leaves_nothing(served: Served, repository: Repository) -> None:
    """Finding out whether we may write makes neither a tag nor a blob."""
    served.client.probe_push(repository)
    assert served.client.tags(repository) == ()


def test_unbinding_takes_the_tag_only(served: Served, repository: Repository) -> None:
    """A deleted tag is gone, and the manifest can still be had by digest and under other tags."""
    pushed = image("app")
    digest = pushed.push(served.client, repository)
    served.client.bind(repository, T, pushed.manifest)
    served.client.bind(repository, Tag("other"), pushed.manifest)
    deleted = served.client.unbind(repository, T)
    if deleted:
        assert served.client.manifest(repository, T) is None
        assert served.client.tags(repository) == ("other",)
    assert served.client.manifest(repository, digest) == pushed.manifest


def test_big_manifests_are_refused(served: Served, repository: Repository) -> None:
    """A manifest of more than 4 MiB is refused with 400."""
    answer = raw(
        served,
        "PUT",
        f"/v2/{repository.path}/manifests/{T}",
        b" " * (4 * 1024 * 1024 + 1),
        Content_Type=OCI_INDEX,
    )
    assert answer.status in (400, 413)


def test_a_login_page_is_not_a_manifest(served: Served, repository: Repository) -> None:
    """Text stored where a manifest should be is never taken for one."""
    with pytest.raises((RegistryUntrusted, RegistryError)):
        served.client.store(repository, Manifest("text/html", b"<html>"))
