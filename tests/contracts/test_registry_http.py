"""What registries do at the level of HTTP, where it matters to whoever pushes and promotes."""

from __future__ import annotations

import json
import uuid
from urllib.parse import urljoin

import pytest

from tests.contracts.conftest import Served
from tests.contracts.images import AMD64, ARM64, image, image_index
from wholeship.core.digest import Digest
from wholeship.core.http import Headers, Request, Response
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.reference import Repository, Tag

T = Tag("20260528-182833-000042")


@pytest.fixture
def repository(served: Served) -> Repository:
    return served.repository(f"acme/h{uuid.uuid4().hex[:8]}")


def ask(served: Served, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
    named = Headers({k.replace("_", "-"): v for k, v in headers.items()})
    url = urljoin(f"http://{served.host}/", path)
    return served.transport.send(Request(method, url, named, body), limit=1 << 23, timeout=30)


def codes(response: Response) -> list[str]:
    return [error["code"] for error in json.loads(response.body)["errors"]]


def test_the_api_says_hello(served: Served) -> None:
    """GET /v2/ is 200 with an empty JSON object."""
    answer = ask(served, "GET", "/v2/")
    assert (answer.status, json.loads(answer.body)) == (200, {})


def test_errors_have_codes(served: Served, repository: Repository) -> None:
    """What is missing is said in the form of the specification."""
    root = f"/v2/{repository.path}"
    nothing = Digest.of(b"nothing")
    assert codes(ask(served, "GET", f"{root}/tags/list")) == ["NAME_UNKNOWN"]
    image("app").push(served.client, repository)
    assert codes(ask(served, "GET", f"{root}/manifests/{T}")) == ["MANIFEST_UNKNOWN"]
    assert codes(ask(served, "GET", f"{root}/manifests/{nothing}")) == ["MANIFEST_UNKNOWN"]
    assert codes(ask(served, "GET", f"{root}/blobs/{nothing}")) == ["BLOB_UNKNOWN"]
    assert codes(ask(served, "DELETE", f"{root}/manifests/{nothing}")) == ["MANIFEST_UNKNOWN"]


def test_head_is_get_without_the_body(served: Served, repository: Repository) -> None:
    """Same status, type, digest and length; nothing else comes."""
    pushed = image_index("app", AMD64, ARM64)
    digest = pushed.push(served.client, repository)
    path = f"/v2/{repository.path}/manifests/{digest}"
    get, head = (ask(served, method, path, Accept=OCI_INDEX) for method in ("GET", "HEAD"))
    assert head.body == b""
    for name in ("Content-Type", "Docker-Content-Digest", "Content-Length"):
        assert head.headers[name] == get.headers[name]
    assert int(head.headers["Content-Length"]) == len(get.body) == len(pushed.manifest.body)


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", OCI_INDEX])
def test_an_image_is_hidden_from_those_who_ask_for_something_else(
    served: Served, repository: Repository, accept: str
) -> None:
    """A false "missing": the reason why every read names all four types."""
    digest = image("app").push(served.client, repository)
    path = f"/v2/{repository.path}/manifests/{digest}"
    answer = ask(served, "GET", path, Accept=accept) if accept else ask(served, "GET", path)
    assert answer.status == 404


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", OCI_INDEX])
def test_a_manifest_needs_its_own_type(served: Served, repository: Repository, kind: str) -> None:
    """Stored under another type, or none, it is refused and leaves no tag."""
    pushed = image("app")
    pushed.push(served.client, repository)
    path, body = f"/v2/{repository.path}/manifests/{T}", pushed.manifest.body
    answer = ask(served, "PUT", path, body, Content_Type=kind) if kind else ask(served, "PUT", path, body)
    assert answer.status == 400
    assert served.client.tags(repository) == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"<html>", b'"x"'])
def test_what_is_no_manifest_is_refused(served: Served, repository: Repository, body: bytes) -> None:
    """Nothing becomes visible of what cannot be read."""
    answer = ask(served, "PUT", f"/v2/{repository.path}/manifests/{T}", body, Content_Type=OCI_MANIFEST)
    assert answer.status >= 400  # distribution answers 500 to null
    assert served.client.tags(repository) == ()


def test_duplicate_keys_are_let_through(served: Served, repository: Repository) -> None:
    """The registry does not mind; so it is for us to refuse them."""
    pushed = image("app")
    pushed.push(served.client, repository)
    body = pushed.manifest.body.replace(b"{", b'{"annotations": {}, "annotations": {},', 1)
    path = f"/v2/{repository.path}/manifests/{T}"
    assert ask(served, "PUT", path, body, Content_Type=OCI_MANIFEST).status == 201
    assert ask(served, "GET", path, Accept=OCI_MANIFEST).body == body


def test_a_write_says_what_it_wrote(served: Served, repository: Repository) -> None:
    """201 with the digest and the place."""
    pushed = image("app")
    pushed.push(served.client, repository)
    path = f"/v2/{repository.path}/manifests/{T}"
    answer = ask(served, "PUT", path, pushed.manifest.body, Content_Type=OCI_MANIFEST)
    assert (answer.status, answer.headers["Docker-Content-Digest"]) == (201, pushed.digest)
    assert answer.headers["Location"].endswith(f"/v2/{repository.path}/manifests/{pushed.digest}")


def test_several_tags_in_one_write_are_not_a_thing(served: Served, repository: Repository) -> None:
    """?tag= of a later specification is ignored: no OCI-Tag, no tags."""
    pushed = image("app")
    pushed.push(served.client, repository)
    path = f"/v2/{repository.path}/manifests/{pushed.digest}?tag=one&tag=two"
    answer = ask(served, "PUT", path, pushed.manifest.body, Content_Type=OCI_MANIFEST)
    assert answer.status == 201
    assert "OCI-Tag" not in answer.headers
    assert served.client.tags(repository) == ()


def test_tags_outside_the_grammar_are_refused(served: Served, repository: Repository) -> None:
    """A leading dot, a plus, 129 characters."""
    pushed = image("app")
    pushed.push(served.client, repository)
    for tag in (".x", "a%2Bb", "x" * 129):
        path = f"/v2/{repository.path}/manifests/{tag}"
        answer = ask(served, "PUT", path, pushed.manifest.body, Content_Type=OCI_MANIFEST)
        assert 400 <= answer.status < 500
    assert served.client.tags(repository) == ()


def test_deleting_by_digest_takes_every_tag(served: Served, repository: Repository) -> None:
    """Why nothing here ever deletes by digest."""
    pushed = image("app")
    digest = pushed.push(served.client, repository)
    for tag in (T, Tag("other")):
        served.client.bind(repository, tag, pushed.manifest)
    assert ask(served, "DELETE", f"/v2/{repository.path}/manifests/{digest}").status == 202
    assert served.client.manifest(repository, T) is None
    assert served.client.manifest(repository, digest) is None


def test_an_index_outlives_its_deleted_child(served: Served, repository: Repository) -> None:
    """It is served all the same: that an index resolves does not say that its images do."""
    pushed = image_index("app", AMD64, ARM64)
    digest = pushed.push(served.client, repository)
    child = pushed.children[1].digest
    assert ask(served, "DELETE", f"/v2/{repository.path}/manifests/{child}").status == 202
    assert served.client.manifest(repository, digest) == pushed.manifest
    assert not served.client.exists(repository, child)


def test_uploads_come_whole_in_pieces_or_not_at_all(served: Served, repository: Repository) -> None:
    """POST, PATCH twice, PUT with the digest; a wrong digest is refused; a cancelled session is gone."""
    root, content = f"/v2/{repository.path}/blobs", b"a layer in two pieces"
    session = ask(served, "POST", f"{root}/uploads/").headers["Location"]
    for piece in (content[:5], content[5:]):
        sent = ask(served, "PATCH", session, piece, Content_Type="application/octet-stream")
        assert sent.status == 202
        session = sent.headers["Location"]
    assert sent.headers["Range"] == f"0-{len(content) - 1}"
    joint = "&" if "?" in session else "?"
    done = ask(served, "PUT", f"{session}{joint}digest={Digest.of(content)}")
    assert done.status == 201
    assert ask(served, "GET", f"{root}/{Digest.of(content)}").body == content

    session = ask(served, "POST", f"{root}/uploads/").headers["Location"]
    joint = "&" if "?" in session else "?"
    wrong = ask(served, "PUT", f"{session}{joint}digest={Digest.of(b'other')}", content)
    assert (wrong.status, codes(wrong)) == (400, ["DIGEST_INVALID"])

    session = ask(served, "POST", f"{root}/uploads/").headers["Location"]
    assert ask(served, "DELETE", session).status == 204
    assert codes(ask(served, "DELETE", session)) == ["BLOB_UPLOAD_UNKNOWN"]


def test_parts_of_a_blob(served: Served, repository: Repository) -> None:
    """A range is 206 and its bytes."""
    digest = served.client.upload(repository, b"0123456789")
    answer = ask(served, "GET", f"/v2/{repository.path}/blobs/{digest}", Range="bytes=2-5")
    assert (answer.status, answer.body) == (206, b"2345")


def test_blobs_are_mounted_from_another_repository(served: Served, repository: Repository) -> None:
    """201 when it is there; 202 and a session when it is not."""
    digest = served.client.upload(repository, b"shared")
    other = f"/v2/{repository.path}-copy/blobs"
    mounted = ask(served, "POST", f"{other}/uploads/?mount={digest}&from={repository.path}")
    assert mounted.status == 201
    assert ask(served, "GET", f"{other}/{digest}").body == b"shared"
    nothing = Digest.of(b"nothing")
    assert ask(served, "POST", f"{other}/uploads/?mount={nothing}&from={repository.path}").status == 202


def test_names_outside_the_grammar_are_refused(served: Served) -> None:
    """Upper case is never a repository."""
    answer = ask(served, "PUT", f"/v2/Acme/App/manifests/{T}", b"{}", Content_Type=OCI_MANIFEST)
    assert 400 <= answer.status < 500
