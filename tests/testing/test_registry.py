"""What the embedded registry does beyond what every registry does: manners, lag, logins, storage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.images import AMD64, ARM64, image, image_index
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.tokens import Credential
from wholeship.core.digest import Digest
from wholeship.core.http import BodyTooLarge, Headers, Request, Response, TransportError
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.reference import Repository, Tag
from wholeship.testing.clock import FakeClock
from wholeship.testing.registry import EmbeddedRegistry, InProcess, Login, Scheme, first_reads, flapping
from wholeship.testing.storage import FolderBlobs

HOST = "127.0.0.1:5000"
APP = Repository(HOST, "acme/app")
T = Tag("20260528-182833-000042")
SMALL = image("app")


class Someone:
    def find(self, host: str, path: str = "") -> Credential | None:
        return Credential("ci", "secret-1")

    def places(self) -> tuple[str, ...]:
        return ("a test",)


def speaking(registry: EmbeddedRegistry) -> RegistryClient:
    return RegistryClient(InProcess({HOST: registry}), FakeClock(), Someone())


def raw(registry: EmbeddedRegistry, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
    named = Headers({k.replace("_", "-"): v for k, v in headers.items()})
    return registry.handle(Request(method, f"http://{HOST}{path}", named, body))


def filled(registry: EmbeddedRegistry) -> RegistryClient:
    client = speaking(registry)
    SMALL.push(client, APP)
    client.bind(APP, T, SMALL.manifest)
    return client


# -- watching and interfering --------------------------------------------------------------------------


def test_observers_see_every_step_when_it_is_done() -> None:
    """Called after the effect and before the answer, once for each request."""
    registry = EmbeddedRegistry()
    seen: list[tuple[str, int, bool]] = []
    registry.observers.append(
        lambda request, response: seen.append(
            (request.method, response.status, registry.tag("acme/app", T) is not None)
        )
    )
    filled(registry)
    assert len(seen) == registry.requests
    assert seen[-1] == ("PUT", 201, True)
    assert not any(bound for _, _, bound in seen[:-1])


def test_ghosts_are_listed_and_do_not_resolve() -> None:
    """A manifest that was collected leaves its tag behind, as a crash of distribution does."""
    registry = EmbeddedRegistry()
    client = filled(registry)
    registry.forget(APP, SMALL.digest)
    assert client.tags(APP) == (T,)
    assert client.manifest(APP, T) is None
    assert (registry.tag(APP, T), registry.resolves(APP, T)) == (SMALL.digest, False)
    client.store(APP, SMALL.manifest)
    assert registry.resolves(APP, T)


def test_tags_can_resolve_without_being_listed() -> None:
    """The converse: a listing that is cached somewhere."""
    registry = EmbeddedRegistry()
    client = filled(registry)
    registry.unlist(APP, T)
    assert (client.tags(APP), registry.listed(APP)) == ((), ())
    assert client.manifest(APP, T) == SMALL.manifest
    registry.unlist(APP, T, listed=True)
    assert client.tags(APP) == (T,)


def test_outsiders_rebind_without_a_request() -> None:
    """Somebody else's doing is seen by the next reader and counted for nobody."""
    registry = EmbeddedRegistry()
    client, other = filled(registry), image("other")
    other.push(client, APP)
    before = registry.requests
    registry.rebind(APP, T, other.digest)
    assert registry.requests == before
    assert client.manifest(APP, T) == other.manifest
    registry.rebind(APP, T, None)
    assert client.manifest(APP, T) is None


# -- lag -----------------------------------------------------------------------------------------------


def test_late_readers_see_what_was_before() -> None:
    """Three reads see nothing, then the tag; listings are late by themselves; a rewrite is late anew."""
    registry = EmbeddedRegistry(lag=first_reads(3))
    client, other = filled(registry), image("other")
    assert [client.manifest(APP, T) is not None for _ in range(5)] == [False] * 3 + [True] * 2
    assert [client.tags(APP) for _ in range(4)] == [(), (), (), (T,)]
    other.push(client, APP)
    client.bind(APP, T, other.manifest)
    found = [client.manifest(APP, T) for _ in range(4)]
    assert found == [SMALL.manifest] * 3 + [other.manifest]
    assert client.tags(APP) == (T,)


def test_readers_may_disagree() -> None:
    """Behind a cache with several nodes new and old alternate."""
    registry = EmbeddedRegistry(lag=flapping("new old new old"))
    client = filled(registry)
    assert [client.manifest(APP, T) is not None for _ in range(6)] == [True, False, True, False, True, True]


def test_observers_are_never_late() -> None:
    """What is bound is bound, whoever is late to see it."""
    registry = EmbeddedRegistry(lag=first_reads(99))
    filled(registry)
    assert (registry.tag(APP, T), registry.listed(APP)) == (SMALL.digest, (T,))


# -- logins --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", list(Scheme))
def test_nothing_is_done_without_a_login(scheme: Scheme) -> None:
    """401 with a challenge for every path, and no effect."""
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}, scheme=scheme))
    for method, path in (("GET", "/v2/"), ("PUT", f"/v2/acme/app/manifests/{T}"), ("GET", "/v2/a/tags/list")):
        answer = raw(registry, method, path, SMALL.manifest.body, Authorization="Bearer made-up")
        assert (answer.status, registry.shelves) == (401, {})
        assert answer.headers["WWW-Authenticate"].lower().startswith(scheme)
    filled(registry)
    assert registry.tag(APP, T) == SMALL.digest


def test_tokens_are_for_one_repository_and_right() -> None:
    """A token for reading one repository neither writes it nor reads another."""
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}))
    filled(registry)
    asked = raw(
        registry,
        "GET",
        "/token?scope=repository:acme/app:pull",
        Authorization=Credential("ci", "secret-1").basic,
    )
    bearer = f"Bearer {json.loads(asked.body)['token']}"
    read = f"/v2/acme/app/manifests/{T}"
    assert raw(registry, "GET", read, Authorization=bearer, Accept=OCI_MANIFEST).status == 200
    assert raw(registry, "PUT", read, SMALL.manifest.body, Authorization=bearer).status == 401
    assert raw(registry, "GET", "/v2/acme/other/tags/list", Authorization=bearer).status == 401


def test_read_only_repositories_say_403() -> None:
    """As GHCR to a token without the right to write; reading goes on."""
    registry = EmbeddedRegistry()
    client = filled(registry)
    registry.read_only.add("acme/app")
    assert client.bind(APP, Tag("x"), SMALL.manifest).status == 403
    assert client.manifest(APP, T) == SMALL.manifest


# -- referrers -----------------------------------------------------------------------------------------


def attached(subject: Digest, kind: str) -> bytes:
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": Digest.of(b"{}"), "size": 2}
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": kind,
        "config": empty,
        "layers": [empty],
    }
    return json.dumps(
        content
        | {"subject": {"mediaType": OCI_MANIFEST, "digest": subject, "size": 1}, "annotations": {"a": "b"}}
    ).encode()


def test_referrers_are_found_by_subject_and_type() -> None:
    """Also for a subject that is not there; the filter is said to have been applied."""
    registry = EmbeddedRegistry()
    client = speaking(registry)
    client.upload(APP, b"{}")
    subject = Digest.of(b"not there")
    for kind in ("a/one", "a/two"):
        body = attached(subject, kind)
        put = raw(
            registry, "PUT", f"/v2/acme/app/manifests/{Digest.of(body)}", body, Content_Type=OCI_MANIFEST
        )
        assert put.headers["OCI-Subject"] == subject
    every = raw(registry, "GET", f"/v2/acme/app/referrers/{subject}")
    assert every.headers["Content-Type"] == OCI_INDEX
    assert sorted(m["artifactType"] for m in json.loads(every.body)["manifests"]) == ["a/one", "a/two"]
    some = raw(registry, "GET", f"/v2/acme/app/referrers/{subject}?artifactType=a/two")
    assert [m["annotations"] for m in json.loads(some.body)["manifests"]] == [{"a": "b"}]
    assert some.headers["OCI-Filters-Applied"] == "artifactType"
    assert client.tags(APP) == ()


def test_a_registry_without_referrers_leaves_the_tag_to_the_client() -> None:
    """404 and no OCI-Subject, as distribution: the client must write the fallback tag, and it is listed."""
    registry = EmbeddedRegistry(has_referrers=False)
    client = speaking(registry)
    client.upload(APP, b"{}")
    body = attached(SMALL.digest, "a/one")
    put = raw(registry, "PUT", f"/v2/acme/app/manifests/{Digest.of(body)}", body, Content_Type=OCI_MANIFEST)
    assert "OCI-Subject" not in put.headers
    assert raw(registry, "GET", f"/v2/acme/app/referrers/{SMALL.digest}").status == 404
    fallback = Tag(f"sha256-{SMALL.digest.hex}")
    raw(registry, "PUT", f"/v2/acme/app/manifests/{fallback}", body, Content_Type=OCI_MANIFEST)
    assert client.tags(APP) == (fallback,)


# -- storage -------------------------------------------------------------------------------------------


def test_a_folder_survives_the_process(tmp_path: Path) -> None:
    """Manifests byte for byte, tags, blobs and deletions are there after a restart; uploads are not."""
    first = EmbeddedRegistry(blobs=FolderBlobs(tmp_path))
    client = filled(first)
    pushed = image_index("multi", AMD64, ARM64)
    pushed.push(client, APP)
    client.bind(APP, Tag("gone"), pushed.manifest)
    client.unbind(APP, Tag("gone"))
    raw(first, "POST", "/v2/acme/app/blobs/uploads/")
    again = EmbeddedRegistry(blobs=FolderBlobs(tmp_path))
    client = speaking(again)
    assert client.tags(APP) == (T,)
    assert client.manifest(APP, T) == SMALL.manifest
    assert client.manifest(APP, pushed.digest) == pushed.manifest
    assert all(client.has_blob(APP, Digest.of(blob)) for blob in SMALL.blobs)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_folder_with_leftovers_is_fine(tmp_path: Path) -> None:
    """What a killed process left half-written is not taken for content."""
    filled(EmbeddedRegistry(blobs=FolderBlobs(tmp_path)))
    (tmp_path / "uploads" / "spool-1").write_bytes(b"half")
    (tmp_path / "uploads" / "tmp123").write_bytes(b'{"name":')
    assert speaking(EmbeddedRegistry(blobs=FolderBlobs(tmp_path))).tags(APP) == (T,)


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    """A manifest in another encoding is kept as the bytes it came in."""
    body = json.dumps({"schemaVersion": 2, "manifests": []}).encode("utf-16")
    registry = EmbeddedRegistry(blobs=FolderBlobs(tmp_path))
    put = raw(registry, "PUT", f"/v2/acme/app/manifests/{T}", body, Content_Type=OCI_INDEX)
    assert put.status == 201
    again = EmbeddedRegistry(blobs=FolderBlobs(tmp_path))
    assert raw(again, "GET", f"/v2/acme/app/manifests/{T}", Accept=OCI_INDEX).body == body


# -- the transport without sockets ---------------------------------------------------------------------


def test_in_process_keeps_the_transport_promises() -> None:
    """Unknown hosts cannot be reached, and long answers are refused."""
    registry = EmbeddedRegistry()
    filled(registry)
    transport = InProcess({HOST: registry})
    with pytest.raises(TransportError) as unreachable:
        transport.send(Request("GET", "https://other.example/v2/"), limit=10, timeout=1)
    assert not unreachable.value.maybe_applied
    with pytest.raises(BodyTooLarge):
        transport.send(Request("GET", f"http://{HOST}/v2/acme/app/tags/list"), limit=10, timeout=1)


paths = st.lists(
    st.sampled_from(
        ["v2", "acme", "app", "manifests", "blobs", "uploads", "tags", "list", "referrers", "", "..", "%2e"]
    )
    | st.sampled_from([T, SMALL.digest, "sha256:zz", "?n=-1", "?last=%00", "token"]),
    max_size=7,
).map(lambda parts: "/" + "/".join(parts))


@given(
    st.sampled_from(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]),
    paths,
    st.binary(max_size=20),
)
def test_no_request_is_too_odd(method: str, path: str, body: bytes) -> None:
    """Any request is answered; none below 500 is missing, none makes a tag of nonsense."""
    registry = EmbeddedRegistry(login=None)
    answer = raw(registry, method, path, body, Content_Type=OCI_MANIFEST)
    assert 200 <= answer.status < 500
    assert registry.listed("acme/app") == ()
