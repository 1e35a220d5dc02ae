"""The client: how many requests it makes, what it believes, how long it waits, whom it shows itself to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contracts.images import AMD64, image, image_index
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.adapters.registry.tokens import Credential
from wholeship.core.digest import Digest
from wholeship.core.errors import (
    RegistryDenied,
    RegistryError,
    RegistryThrottled,
    RegistryUnreachable,
    RegistryUntrusted,
)
from wholeship.core.http import Headers, ProxyWantsLogin, Request, Response, TransportError
from wholeship.core.media_types import OCI_MANIFEST
from wholeship.core.reference import Repository, Tag
from wholeship.core.text import Redactor
from wholeship.release.ports import WriteResult
from wholeship.testing.clock import FakeClock
from wholeship.testing.faults import FaultyTransport
from wholeship.testing.registry import EmbeddedRegistry, InProcess, Login, Manner, Scheme

HOST = "127.0.0.1:5000"
APP, WORKER = Repository(HOST, "acme/app"), Repository(HOST, "acme/worker")
GHCR = Repository("ghcr.io", "acme/app")
T = Tag("20260528-182833-000042")
SMALL = image("app")
D = SMALL.digest
NOT_FOUND = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "unknown"}]}).encode()


Answer = Response | Exception | Callable[[Request], Response]


@dataclass
class Logins:
    """Credentials by host; remembers who was looked up."""

    known: dict[str, Credential] = field(default_factory=dict)

    def find(self, host: str, path: str = "") -> Credential | None:
        return self.known.get(host)

    def places(self) -> tuple[str, ...]:
        return ("/run/containers/0/auth.json", "/root/.docker/config.json")


@dataclass
class Scripted:
    """Answers from a list, in order; keeps what was asked."""

    answers: list[Answer]
    asked: list[Request] = field(default_factory=list)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        self.asked.append(request)
        assert self.answers, f"one request too many: {request.method} {request.url}"
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer


def client(
    transport: Scripted | FaultyTransport | InProcess,
    clock: FakeClock | None = None,
    logins: dict[str, Credential] | None = None,
    **more: object,
) -> RegistryClient:
    patience = Patience(jitter=lambda: 1.0)
    return RegistryClient(transport, clock or FakeClock(), Logins(logins or {}), patience=patience, **more)  # type: ignore[arg-type]


def good(body: bytes = SMALL.manifest.body, kind: str = OCI_MANIFEST) -> Response:
    return Response(200, Headers({"Content-Type": kind, "Docker-Content-Digest": Digest.of(body)}), body)


def status(code: int, body: bytes = b"", **headers: str) -> Response:
    return Response(code, Headers({k.replace("_", "-"): v for k, v in headers.items()}), body)


# -- requests, counted ---------------------------------------------------------------------------------


@dataclass
class Counted:
    """An embedded registry with an image in it, and how many requests each call makes."""

    registry: EmbeddedRegistry
    transport: FaultyTransport
    client: RegistryClient

    def cost(self, call: Callable[[], object]) -> list[str]:
        before = len(self.transport.steps)
        call()
        return [f"{s.method} {s.path.removeprefix('/v2/')}" for s in self.transport.steps[before:]]


@pytest.fixture
def counted() -> Counted:
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}))
    inner = InProcess({HOST: registry})
    pusher = client(inner, logins={HOST: Credential("ci", "secret-1")})
    SMALL.push(pusher, APP)
    transport = FaultyTransport(inner, FakeClock())
    return Counted(registry, transport, client(transport, logins={HOST: Credential("ci", "secret-1")}))


def test_logging_in_costs_two_requests_once_for_a_host(counted: Counted) -> None:
    """One challenge for a host and one token for a repository; then each read is one request."""
    assert counted.cost(lambda: counted.client.manifest(APP, D)) == [
        f"GET acme/app/manifests/{D}",
        "GET /token",
        f"GET acme/app/manifests/{D}",
    ]
    assert counted.cost(lambda: counted.client.manifest(APP, D)) == [f"GET acme/app/manifests/{D}"]
    assert counted.cost(lambda: counted.client.manifest(WORKER, T)) == [
        "GET /token",
        f"GET acme/worker/manifests/{T}",
    ]


def test_a_tag_costs_one_write(counted: Counted) -> None:
    """Binding is one PUT (and the first of a repository a token); reading back and listing one GET each."""
    counted.client.manifest(APP, D)
    assert counted.cost(lambda: counted.client.bind(APP, T, SMALL.manifest)) == [
        "GET /token",
        f"PUT acme/app/manifests/{T}",
    ]
    assert counted.cost(lambda: counted.client.bind(APP, Tag("b"), SMALL.manifest)) == [
        "PUT acme/app/manifests/b"
    ]
    assert counted.cost(lambda: counted.client.manifest(APP, T)) == [f"GET acme/app/manifests/{T}"]
    assert counted.cost(lambda: counted.client.tags(APP)) == ["GET acme/app/tags/list"]
    assert counted.cost(lambda: counted.client.exists(APP, D)) == [f"HEAD acme/app/manifests/{D}"]


def test_threads_share_one_token(counted: Counted) -> None:
    """Sixteen threads that start together fetch one token between them."""
    counted.client.manifest(WORKER, T)  # the challenge is known
    with ThreadPoolExecutor(16) as pool:
        work = [pool.submit(counted.client.manifest, APP, D) for _ in range(16)]
        assert all(each.result() == SMALL.manifest for each in work)
    paths = [step.path for step in counted.transport.steps]
    assert paths.count("/token") == 2


def test_a_token_is_renewed_before_it_ends(counted: Counted) -> None:
    """300 s of life: used for 290 by the monotonic clock, whatever the wall clock does."""
    clock = FakeClock()
    registry = client(counted.transport, clock, {HOST: Credential("ci", "secret-1")})
    registry.manifest(APP, D)
    clock.jump(86_400)
    clock.sleep(289)
    assert "GET /token" not in counted.cost(lambda: registry.manifest(APP, D))
    clock.sleep(2)
    assert counted.cost(lambda: registry.manifest(APP, D)) == ["GET /token", f"GET acme/app/manifests/{D}"]


# -- who is told what ----------------------------------------------------------------------------------


def test_reads_ask_for_pull_and_writes_for_both(counted: Counted) -> None:
    """Least privilege: a read asks the token service for nothing that it does not need."""
    scopes: list[str] = []
    counted.registry.observers.append(
        lambda request, response: scopes.extend(parse_qs(urlsplit(request.url).query).get("scope", []))
    )
    counted.client.manifest(APP, D)
    counted.client.bind(APP, T, SMALL.manifest)
    assert scopes == ["repository:acme/app:pull", "repository:acme/app:pull,push"]


@dataclass
class AsksForDelete:
    """A registry that wants the action ``delete`` for a DELETE, and a token service that grants *granted*."""

    granted: frozenset[str]
    scope: str = ',scope="repository:acme/app:delete"'
    asked: list[str] = field(default_factory=list)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        if "/token" in request.url:
            [scope] = parse_qs(urlsplit(request.url).query)["scope"]
            self.asked.append(scope)
            actions = set(scope.rpartition(":")[2].split(",")) & self.granted
            return status(200, json.dumps({"token": "t-" + "-".join(sorted(actions))}).encode())
        if "delete" in request.headers.get("Authorization", ""):
            return status(202)
        return status(401, WWW_Authenticate=f'Bearer realm="https://auth.example/token"{self.scope}')


@pytest.mark.parametrize("scope", [',scope="repository:acme/app:delete"', ""])
def test_the_right_to_delete_is_asked_for(scope: str) -> None:
    """A DELETE that is refused is asked again with the action that the challenge names, or else delete."""
    registry = AsksForDelete(frozenset({"pull", "push", "delete"}), scope)
    asking = client(registry)  # type: ignore[arg-type]
    assert asking.unbind(GHCR, T)
    assert asking.unbind(GHCR, T)
    assert registry.asked == ["repository:acme/app:pull,push,delete"]


def test_a_scope_for_another_repository_is_not_asked_for() -> None:
    """What a challenge names of other repositories, or that is no word, goes into no token."""
    named = ',scope="repository:acme/worker:delete repository:acme/app:*,a&b,metadata_read"'
    registry = AsksForDelete(frozenset(), named)
    with pytest.raises(RegistryDenied):
        client(registry).manifest(GHCR, T)  # type: ignore[arg-type]
    assert registry.asked == ["repository:acme/app:pull,*,metadata_read"]


def test_a_missing_right_to_delete_is_said() -> None:
    """A login that may push and not delete is told about deleting, on 401 and on 403."""
    refuses = AsksForDelete(frozenset({"pull", "push"}))
    for registry in (refuses, Scripted([status(403)])):
        with pytest.raises(RegistryDenied, match="refuses deleting in acme/app") as denied:
            client(registry).unbind(GHCR, T)  # type: ignore[arg-type]
        assert "may not delete" in denied.value.advice or "who may delete" in denied.value.advice
        assert "make it" not in denied.value.advice


def test_basic_logins_are_sent_after_the_challenge_only() -> None:
    """Nothing is sent to a registry that has not asked."""
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}, scheme=Scheme.BASIC))
    transport = FaultyTransport(InProcess({HOST: registry}), FakeClock())
    assert client(transport, logins={HOST: Credential("ci", "secret-1")}).manifest(APP, T) is None
    assert [(s.signed, s.outcome) for s in transport.steps] == [(False, "401"), (True, "404")]


def test_anonymous_reading_needs_no_credentials() -> None:
    """A token service that lets anybody read is asked without a login."""
    registry = EmbeddedRegistry(login=Login({}, anonymous_pull=True))
    transport = FaultyTransport(InProcess({HOST: registry}), FakeClock())
    assert client(transport).manifest(APP, T) is None
    assert [s.signed for s in transport.steps] == [False, False, True]


def test_identity_tokens_are_exchanged() -> None:
    """An identity token goes to the token service in a form, never in a header or an address."""
    registry = EmbeddedRegistry(login=Login({}, identity_tokens={"refresh-me-please": "ci"}))
    transport = FaultyTransport(InProcess({HOST: registry}), FakeClock())
    logins = {HOST: Credential(identity_token="refresh-me-please")}
    assert client(transport, logins=logins).manifest(APP, T) is None
    assert [(s.method, s.path) for s in transport.steps][1] == ("POST", "/token")


def test_a_token_service_without_identity_tokens_is_asked_the_old_way() -> None:
    """404 to the POST of an identity token: a GET follows."""
    challenge = status(401, WWW_Authenticate='Bearer realm="https://auth.example/t",service="s"')
    token = status(200, b'{"access_token":"abcdef123"}')
    script = Scripted([challenge, status(404), token, good()])
    logins = {"ghcr.io": Credential(identity_token="refresh-me-please")}
    assert client(script, logins=logins).manifest(GHCR, D) == SMALL.manifest
    assert [r.method for r in script.asked] == ["GET", "POST", "GET", "GET"]
    assert script.asked[3].headers["Authorization"] == "Bearer abcdef123"


def test_a_second_401_is_the_end() -> None:
    """A fresh token that is refused too is not tried again, and the advice says how to log in."""
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}, pull_only=frozenset({"ci"})))
    transport = FaultyTransport(InProcess({HOST: registry}), FakeClock())
    found = client(transport, logins={HOST: Credential("ci", "secret-1")}).bind(APP, T, SMALL.manifest)
    assert (found.result, found.status) == (WriteResult.REFUSED, 401)
    asked = [(s.method, s.outcome) for s in transport.steps]
    assert asked == [("PUT", "401"), ("GET", "200"), ("PUT", "401"), ("GET", "404")]  # the last: is it there?
    with pytest.raises(RegistryDenied) as denied:
        client(transport, logins={HOST: Credential("ci", "secret-1")}).probe_push(APP)
    assert "docker login" in denied.value.advice


def test_wrong_passwords_are_denied_and_not_shown() -> None:
    """The refusal names the host; the password is in no message."""
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}))
    wrong = client(InProcess({HOST: registry}), logins={HOST: Credential("ci", "hunter2-hunter2")})
    with pytest.raises(RegistryDenied) as denied:
        wrong.manifest(APP, T)
    assert HOST in denied.value.message
    assert "hunter2" not in f"{denied.value.message} {denied.value.advice} {denied.value!r}"


@pytest.mark.parametrize("login", list(Scheme))
def test_where_no_login_was_found_is_said(login: Scheme) -> None:
    """Nobody's credentials are called wrong when there are none: the places that were looked at are named."""
    registry = EmbeddedRegistry(login=Login({"ci": "secret-1"}, scheme=login))
    with pytest.raises(RegistryDenied) as denied:
        client(InProcess({HOST: registry})).manifest(APP, T)
    said = f"no login for {HOST} was found in: /run/containers/0/auth.json, /root/.docker/config.json"
    assert said in denied.value.message
    assert "these credentials" not in denied.value.message


def test_unknown_logins_are_named() -> None:
    """A registry that wants NTLM is said to want something else."""
    with pytest.raises(RegistryDenied, match="kind wholeship does not know"):
        client(Scripted([status(401, WWW_Authenticate="NTLM")])).manifest(GHCR, D)


def test_secrets_that_a_registry_repeats_are_taken_out() -> None:
    """A registry that echoes the token or the password does not get them into our messages."""
    redact = Redactor()
    challenge = status(401, WWW_Authenticate='Bearer realm="https://auth.example/t"')

    def echo(request: Request) -> Response:
        said = f"bad {request.headers['Authorization']} of swordfish-swordfish"
        return status(403, json.dumps({"errors": [{"code": "DENIED", "message": said}]}).encode())

    script = Scripted([challenge, status(200, b'{"token":"opaque-token-1234"}'), echo])
    logins = {"ghcr.io": Credential("ci", "swordfish-swordfish")}
    with pytest.raises(RegistryDenied) as denied:
        client(script, logins=logins, redact=redact).manifest(GHCR, D)
    assert "opaque" not in denied.value.message
    assert "swordfish" not in denied.value.message
    assert redact("opaque-token-1234") == "***"


def test_credentials_do_not_show_themselves() -> None:
    """Neither repr nor str of a credential has a secret in it."""
    shown = f"{Credential('ci', 'pass-word', 'identity-x', 'registry-y')}"
    assert "ci" in shown
    assert not any(secret in shown for secret in ("pass-word", "identity-x", "registry-y"))


def test_https_everywhere_but_where_plain_was_allowed() -> None:
    """The loopback and named hosts are spoken to plainly, Docker Hub by its other name."""
    hosts = {
        "ghcr.io": "https://ghcr.io/v2/",
        "docker.io": "https://registry-1.docker.io/v2/",
        "localhost:5000": "http://localhost:5000/v2/",
        "127.0.0.1:5000": "http://127.0.0.1:5000/v2/",
        "[::1]:5000": "http://[::1]:5000/v2/",
        "registry.lan:5000": "http://registry.lan:5000/v2/",
        "registry.lan": "https://registry.lan/v2/",
        "10.0.0.1": "https://10.0.0.1/v2/",
    }
    for host, start in hosts.items():
        script = Scripted([good()])
        client(script, insecure_hosts=frozenset({"registry.lan:5000"})).manifest(Repository(host, "a/b"), D)
        assert script.asked[0].url.startswith(start + "a/b/manifests/")


WANTS_TLS = b"Client sent an HTTP request to an HTTPS server.\n"


@pytest.mark.parametrize(
    "said", [WANTS_TLS, b"<title>400 The plain HTTP request was sent to HTTPS port</title>"]
)
def test_a_loopback_that_speaks_tls_is_asked_by_https(said: bytes) -> None:
    """A tunnel or a local registry with TLS is found out by asking; then nothing is plain there any more."""
    script = Scripted([status(400, said), good(), page("a", link="?last=a"), page("b")])
    asking = client(script)
    assert asking.is_insecure(HOST)
    assert asking.manifest(APP, D) == SMALL.manifest
    assert asking.tags(APP) == ("a", "b")
    assert [urlsplit(r.url).scheme for r in script.asked] == ["http", "https", "https", "https"]
    assert not asking.is_insecure(HOST)


def test_what_others_are_told_of_a_loopback_is_asked_first() -> None:
    """A builder is told that a registry is spoken to without TLS only when that is known; asked once."""
    script = Scripted([status(400, WANTS_TLS)])
    asking = client(script)
    assert not asking.speaks_plainly(HOST)
    assert not asking.speaks_plainly(HOST)
    assert [request.url for request in script.asked] == [f"http://{HOST}/v2/"]
    plain = Scripted([status(200)])
    asking = client(plain)
    assert asking.speaks_plainly(HOST)
    assert asking.speaks_plainly(HOST)
    assert len(plain.asked) == 1
    assert not client(Scripted([])).speaks_plainly("ghcr.io")
    assert client(Scripted([]), insecure_hosts=frozenset({"ghcr.io"})).speaks_plainly("ghcr.io")


def test_threads_that_asked_plainly_all_turn_to_tls() -> None:
    """Whoever asked before it was known asks again, too; nobody is left with the refusal."""
    plain = threading.Barrier(4)

    class Tls:
        def send(self, request: Request, *, limit: int, timeout: float) -> Response:
            if request.url.startswith("https:"):
                return good()
            plain.wait(5)
            return status(400, WANTS_TLS)

    asking = client(Tls())  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: asking.manifest(APP, D), range(4)))
    assert found == [SMALL.manifest] * 4


def test_a_head_without_words_is_asked_for_its_reason() -> None:
    """The answer to a HEAD has no body: the registry's own page says whether it speaks TLS."""
    found = status(200, b"", Docker_Content_Digest=str(D), Content_Type=OCI_MANIFEST)
    script = Scripted([status(400), status(400, WANTS_TLS), found])
    assert client(script).exists(APP, D)
    asked = [(r.method, r.url.partition("/acme")[0]) for r in script.asked]
    assert asked == [
        ("HEAD", f"http://{HOST}/v2"),
        ("GET", f"http://{HOST}/v2/"),
        ("HEAD", f"https://{HOST}/v2"),
    ]


def test_a_write_goes_on_by_https() -> None:
    """The same bytes under the same tag: a 400 has applied nothing."""
    script = Scripted([status(400, WANTS_TLS), Response(201)])
    assert client(script).bind(APP, T, SMALL.manifest).result is WriteResult.ACCEPTED
    assert [(r.method, urlsplit(r.url).scheme) for r in script.asked] == [("PUT", "http"), ("PUT", "https")]


def test_plain_http_that_was_asked_for_stays() -> None:
    """allow_http is obeyed; https is never left again; a refusal in the registry's own form is one."""
    with pytest.raises(RegistryError, match="400"):
        client(Scripted([status(400, WANTS_TLS)]), insecure_hosts=frozenset({HOST})).manifest(APP, D)
    with pytest.raises(RegistryError, match="400"):
        client(Scripted([status(400, WANTS_TLS), status(400, WANTS_TLS)])).manifest(APP, D)
    refused = json.dumps({"errors": [{"code": "NAME_INVALID", "message": "HTTPS"}]}).encode()
    with pytest.raises(RegistryError, match="NAME_INVALID"):
        client(Scripted([status(400, refused)])).manifest(APP, D)


# -- redirects and places ------------------------------------------------------------------------------


def test_blobs_come_from_storage_without_our_login() -> None:
    """A download may be redirected elsewhere; the Authorization stays with the registry."""
    content = b"{}"
    script = Scripted(
        [
            status(401, WWW_Authenticate='Basic realm="x"'),
            status(307, Location="https://storage.example/blob?signed=1"),
            status(302, Location="/other"),
            status(200, content),
        ]
    )
    found = client(script, logins={"ghcr.io": Credential("ci", "secret-1")}).blob(
        GHCR, Digest.of(content), limit=10
    )
    assert found == content
    assert [("Authorization" in r.headers, urlsplit(r.url).netloc) for r in script.asked] == [
        (False, "ghcr.io"),
        (True, "ghcr.io"),
        (False, "storage.example"),
        (False, "storage.example"),
    ]


def test_redirects_without_end_are_refused() -> None:
    """Five in a row are enough."""
    script = Scripted([status(307, Location=f"https://s{n}.example/") for n in range(9)])
    with pytest.raises(RegistryUntrusted, match="without end"):
        client(script).blob(GHCR, D, limit=10)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_writes_are_not_redirected(code: int) -> None:
    """A PUT that is sent elsewhere is refused, not repeated there."""
    script = Scripted([status(code, Location="https://evil.example/")])
    write = client(script).bind(GHCR, T, SMALL.manifest)
    assert (write.result, write.status) == (WriteResult.REFUSED, code)
    with pytest.raises(RegistryError):
        client(Scripted([status(code, Location="https://evil.example/")])).store(GHCR, SMALL.manifest)


def test_an_upload_stays_at_home() -> None:
    """A session on another host is refused; one that names the inner scheme or no port is asked as ours."""
    with pytest.raises(RegistryUntrusted):
        client(Scripted([status(202, Location="https://evil.example/u")])).probe_push(GHCR)
    with pytest.raises(RegistryUntrusted):
        client(Scripted([status(202)])).probe_push(GHCR)
    script = Scripted(
        [status(202, Location="http://ghcr.io/v2/acme/app/blobs/uploads/1?_state=x"), status(204)]
    )
    client(script).probe_push(GHCR)
    assert script.asked[1].url == "https://ghcr.io/v2/acme/app/blobs/uploads/1?_state=x"


def test_an_upload_that_cannot_be_cancelled_is_no_failure() -> None:
    """The probe asks whether we may write; that it may not be undone says nothing about that."""
    script = Scripted([status(202, Location="/v2/acme/app/blobs/uploads/1"), status(405)])
    client(script).probe_push(GHCR)
    assert [request.method for request in script.asked] == ["POST", "DELETE"]
    script = Scripted([status(202, Location="/v2/u/1"), TransportError("reset", maybe_applied=True)])
    client(script).probe_push(GHCR)
    assert [request.method for request in script.asked] == ["POST", "DELETE"]


# -- pages ---------------------------------------------------------------------------------------------


def page(*tags: str, link: str = "") -> Response:
    headers = Headers({"Link": f'<{link}>; rel="next"'} if link else {})
    return Response(200, headers, json.dumps({"name": "x", "tags": list(tags)}).encode())


def test_pages_are_read_to_the_end() -> None:
    """Short pages, repeats over page ends, and null are all fine."""
    script = Scripted(
        [page("a", "b", link="?last=b"), page("b", "c", link="?last=c"), status(200, b'{"tags":null}')]
    )
    assert client(script).tags(GHCR) == ("a", "b", "c")
    assert script.asked[0].url == "https://ghcr.io/v2/acme/app/tags/list?n=1000"


@pytest.mark.parametrize("code", ["PAGINATION_NUMBER_INVALID", "UNSUPPORTED"])
def test_a_page_too_long_for_the_registry_is_asked_for_without_a_length(code: str) -> None:
    """The registry then says how long its pages are, and its links are followed; asked once, not for ever."""
    refused = status(400, json.dumps({"errors": [{"code": code}]}).encode())
    script = Scripted([refused, page("a", link="?n=100&last=a"), page("b")])
    assert client(script).tags(GHCR) == ("a", "b")
    assert script.asked[1].url == "https://ghcr.io/v2/acme/app/tags/list"
    with pytest.raises(RegistryError, match=code):
        client(Scripted([refused, refused])).tags(GHCR)
    absent = status(404, json.dumps({"errors": [{"code": "NAME_UNKNOWN"}]}).encode())
    assert client(Scripted([refused, absent])).tags(GHCR) == ()


def test_a_bare_404_is_absent_where_the_repository_is_listed() -> None:
    """The registry lists tags of it in between: so it is not a proxy that has lost its registry. Where it
    lists nothing, the same answer tells nothing."""
    asking = client(Scripted([status(404), page("a"), status(404)]))
    assert asking.manifest(GHCR, T) is None
    for answer in (status(404), status(200, b"<html>"), page()):
        with pytest.raises(RegistryUntrusted):
            client(Scripted([status(404), answer])).manifest(GHCR, T)
    with pytest.raises(RegistryUntrusted, match="does not say") as caught:
        client(Scripted([status(404)])).tags(GHCR)
    assert "may have to be made first" in caught.value.advice


def test_a_page_that_vanishes_is_not_the_end() -> None:
    """404 of a later page hides tags: the list cannot be told."""
    gone = status(404, json.dumps({"errors": [{"code": "NAME_UNKNOWN"}]}).encode())
    with pytest.raises(RegistryError):
        client(Scripted([page("a", link="?last=a"), gone])).tags(GHCR)


@pytest.mark.parametrize(
    "script",
    [
        [page("a", link="?n=1000")],
        [page("a", link="?last=a"), page("a", link="?n=1000")],
        [page("a", link=f"?last={n}") for n in range(9)],
    ],
)
def test_pages_without_end_are_refused(script: list[Response]) -> None:
    """A link to a page that was read, and pages with nothing new."""
    with pytest.raises(RegistryUntrusted, match="do not end"):
        client(Scripted([*script])).tags(GHCR)


def test_lists_that_grow_for_ever_are_refused() -> None:
    """A registry that makes up tags for ever is stopped by number."""
    made = iter(range(10**9))

    def more(request: Request) -> Response:
        return page(*(f"t{next(made)}" for _ in range(50_000)), link=f"?last={next(made)}")

    with pytest.raises(RegistryUntrusted, match="do not end"):
        client(Scripted([more] * 100)).tags(GHCR)


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"tags":{}}', b'{"tags":[1]}', b'{"tags":"a"}', b""])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    """A login page, or tags that are no strings."""
    with pytest.raises(RegistryUntrusted):
        client(Scripted([status(200, body)])).tags(GHCR)


# -- absent, or not known ------------------------------------------------------------------------------


def test_a_registry_that_says_what_is_missing_is_believed() -> None:
    """404 in the form of the specification means absent, at once."""
    assert client(Scripted([status(404, NOT_FOUND)])).manifest(GHCR, T) is None


@pytest.mark.parametrize(
    "body", [b"", b"404 page not found", b"<html>", b'{"errors":[{"code":"OTHER"}]}', b"{}"]
)
def test_a_bare_404_is_not_an_answer(body: bytes) -> None:
    """A 404 that anybody in between could have said is not taken for absence."""
    with pytest.raises(RegistryUntrusted):
        client(Scripted([status(404, body), status(404, body)])).manifest(GHCR, T)


def test_a_bare_404_counts_when_the_registry_shows_itself() -> None:
    """It still serves what it served, and says 404 again: then it is its own 404."""
    head = Response(200, good().headers)
    script = Scripted([good(), status(404), head, status(404)])
    registry = client(script)
    registry.manifest(GHCR, D)
    assert registry.manifest(GHCR, T) is None
    assert [r.method for r in script.asked] == ["GET", "GET", "HEAD", "GET"]


def test_a_bare_404_that_passes_is_not_absence() -> None:
    """A proxy that lost its registry for a moment: the second look finds the tag."""
    script = Scripted([good(), status(404), Response(200, good().headers), good()])
    registry = client(script)
    registry.manifest(GHCR, D)
    assert registry.manifest(GHCR, T) == SMALL.manifest


def test_head_without_a_digest_is_asked_again_with_get() -> None:
    """HEAD counts when it announces the digest under a manifest type; else GET decides."""
    bare = Response(200, Headers({"Content-Type": OCI_MANIFEST}))
    assert client(Scripted([bare, good()])).exists(GHCR, D)
    login_page = Response(200, Headers({"Content-Type": "text/html"}))
    assert not client(Scripted([login_page, status(404, NOT_FOUND)])).exists(GHCR, D)


def test_mangled_bytes_are_read_again_and_then_refused() -> None:
    """One mangled answer may pass; three are refused, with both digests named."""
    bad = good(b'{"layers":[]}')
    assert client(Scripted([bad, good()])).manifest(GHCR, D) == SMALL.manifest
    with pytest.raises(RegistryUntrusted, match=str(D)):
        client(Scripted([bad, bad, bad])).manifest(GHCR, D)


def test_a_wrong_announcement_is_checked_with_the_registry() -> None:
    """By tag: bytes that the registry knows by their own digest are believed, whatever it announced."""
    wrong = Headers({"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": Digest.of(b"other")})
    body = SMALL.manifest.body
    known = Response(200, good().headers)
    assert client(Scripted([Response(200, wrong, body), known])).manifest(GHCR, T) == SMALL.manifest
    unknown = status(404)
    mangled = [Response(200, wrong, body), unknown] * 3
    with pytest.raises(RegistryUntrusted, match="announced as"):
        client(Scripted([*mangled])).manifest(GHCR, T)


def test_the_four_types_are_named() -> None:
    """Every read of a manifest names OCI and Docker types, images and indexes; bytes go out untouched."""
    pushed = image_index("app", AMD64)
    script = Scripted([good(pushed.manifest.body, pushed.manifest.media_type), status(201)])
    registry = client(script)
    found = registry.manifest(GHCR, pushed.digest)
    assert found is not None
    registry.bind(GHCR, T, found)
    assert script.asked[0].headers["Accept"].count(", ") == 3
    assert script.asked[1].body == pushed.manifest.body
    assert script.asked[1].headers["Content-Type"] == "application/vnd.oci.image.index.v1+json"


# -- writes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [200, 202, 204, 408, 499, 500, 502, 503, 504])
def test_odd_answers_to_a_write_are_unclear(code: int) -> None:
    """Anything but 201 and 4xx may have been applied; and it is not tried again here."""
    assert client(Scripted([status(code)])).bind(GHCR, T, SMALL.manifest).result is WriteResult.UNCLEAR


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 412, 413, 415, 429])
def test_refusals_of_a_write(code: int) -> None:
    """4xx was not applied; what the registry says is passed on, and how long it asks to wait."""
    body = json.dumps({"errors": [{"code": "X", "message": "no\x1b[2J"}]}).encode()
    write = client(Scripted([status(code, body, Retry_After="7")])).bind(GHCR, T, SMALL.manifest)
    assert (write.result, write.status, write.wait) == (WriteResult.REFUSED, code, 7.0)
    assert write.detail == f"{code} (X: no)"


@pytest.mark.parametrize("maybe", [True, False])
def test_a_write_whose_parts_are_gone_says_so(maybe: bool) -> None:
    """Told by the code: the manifest is fine, what it names is not there."""
    body = json.dumps({"errors": [{"code": "MANIFEST_BLOB_UNKNOWN" if maybe else "MANIFEST_INVALID"}]})
    found = client(Scripted([status(400, body.encode())])).bind(GHCR, T, SMALL.manifest)
    assert (found.result, found.lacks_parts) == (WriteResult.REFUSED, maybe)


@pytest.mark.parametrize("maybe", [True, False])
def test_a_broken_write_is_unclear(maybe: bool) -> None:
    """A connection that broke proves nothing."""
    script = Scripted([TransportError("reset", maybe_applied=maybe)])
    assert client(script).bind(GHCR, T, SMALL.manifest).result is WriteResult.UNCLEAR


def test_201_for_something_else_is_unclear() -> None:
    """A registry that announces another digest than we sent has to be read back."""
    script = Scripted([status(201, Docker_Content_Digest="sha256:" + "0" * 64)])
    assert client(script).bind(GHCR, T, SMALL.manifest).result is WriteResult.UNCLEAR


@pytest.mark.parametrize(
    ("manner", "code"),
    [(Manner.ECR, 400), (Manner.HARBOR, 412), (Manner.FORBIDDEN, 403), (Manner.CONFLICT, 409)],
)
def test_immutable_tags_are_refused(manner: Manner, code: int) -> None:
    """The second write of a tag is refused, also with the same bytes, and changes nothing."""
    registry = EmbeddedRegistry(manner=manner)
    speaking = client(InProcess({HOST: registry}))
    SMALL.push(speaking, APP)
    assert speaking.bind(APP, T, SMALL.manifest).result is WriteResult.ACCEPTED
    again = speaking.bind(APP, T, SMALL.manifest)
    assert (again.result, again.status) == (WriteResult.REFUSED, code)
    assert registry.tag(APP, T) == D


def test_an_upload_whose_answer_was_lost_is_found() -> None:
    """A repeated PUT finds its session gone; the blob is there, so all is well."""
    content = b"record"
    head = {"Docker-Content-Digest": Digest.of(content)}
    script = Scripted(
        [
            status(404),
            status(202, Location="/v2/acme/app/blobs/uploads/1"),
            TransportError("reset", maybe_applied=True),
            status(404, b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}'),
            Response(200, Headers(head)),
        ]
    )
    assert client(script).upload(GHCR, content) == Digest.of(content)


def test_deleting_where_it_is_not_supported() -> None:
    """405 and 400 say that the registry cannot; 404 in the form of the specification that it is gone."""
    assert not client(Scripted([status(405)])).unbind(GHCR, T)
    assert not client(Scripted([status(400)])).unbind(GHCR, T)
    assert client(Scripted([status(404, NOT_FOUND)])).unbind(GHCR, T)
    with pytest.raises(RegistryDenied):
        client(Scripted([status(403)])).unbind(GHCR, T)


# -- patience ------------------------------------------------------------------------------------------


def waits(script: list[Answer]) -> list[float]:
    clock = FakeClock()
    client(Scripted(script), clock).manifest(GHCR, D)
    return clock.slept


def test_waits_grow_to_a_limit() -> None:
    """Half a second, doubled each time; the jitter (here its maximum) only shortens."""
    trouble: list[Answer] = [
        status(503),
        TransportError("reset", maybe_applied=True),
        status(500),
        status(502),
        status(504),
    ]
    assert waits([*trouble, good()]) == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_six_tries_and_no_more() -> None:
    """Trouble that does not pass is told as such."""
    script = Scripted([status(503) for _ in range(6)])
    with pytest.raises(RegistryUnreachable, match="in trouble: 503"):
        client(script).manifest(GHCR, D)
    assert len(script.asked) == 6


@pytest.mark.parametrize(
    ("asked", "waited"), [("3", 3.0), ("0", 0.0), ("-1", 0.5), ("soon", 0.5), ("120", 120.0)]
)
def test_waits_that_are_asked_for(asked: str, waited: float) -> None:
    """Retry-After is obeyed where it makes sense."""
    assert waits([status(429, Retry_After=asked), good()]) == [waited]


def test_waits_that_are_too_long_are_refused_at_once() -> None:
    """A registry that wants a day is not waited for; what to do is said."""
    clock = FakeClock()
    with pytest.raises(RegistryThrottled, match="86400") as throttled:
        client(Scripted([status(429, Retry_After="86400")]), clock).manifest(GHCR, D)
    assert clock.slept == []
    assert "again" in throttled.value.advice


def test_a_proxy_that_wants_a_login_is_asked_once() -> None:
    """Nothing changes by asking again; the proxy's cure is passed on."""
    wants = ProxyWantsLogin("the proxy p:1 wants a login", advice="HTTPS_PROXY=http://USER:PASSWORD@p:1")
    script = Scripted([wants])
    with pytest.raises(RegistryUnreachable, match="wants a login") as broken:
        client(script).manifest(GHCR, D)
    assert "USER:PASSWORD" in broken.value.advice


def test_the_budget_holds_over_all_waits() -> None:
    """Waits of two minutes each end when ten minutes are over."""
    clock = FakeClock()
    patient = Patience(attempts=1000, jitter=lambda: 1.0)
    registry = RegistryClient(Scripted([status(429, Retry_After="120")] * 1000), clock, patience=patient)
    with pytest.raises(RegistryThrottled):
        registry.manifest(GHCR, D)
    assert sum(clock.slept) <= 600


def test_the_token_service_may_be_in_trouble_too() -> None:
    """503 of the token service passes as 503 of the registry does."""
    challenge = status(401, WWW_Authenticate='Bearer realm="https://auth.example/t"')
    token = status(200, b'{"token":"abcdef123","expires_in":300}')
    assert waits([challenge, status(503, Retry_After="2"), token, good()]) == [2.0]


@pytest.mark.parametrize(
    "answer", [b"{}", b'{"token":""}', b'{"token":1}', b'{"token":"a\\nb"}', b"<html>", b"[]"]
)
def test_answers_without_a_token(answer: bytes) -> None:
    """200 without a usable token is refused, and nothing is sent on."""
    challenge = status(401, WWW_Authenticate='Bearer realm="https://auth.example/t"')
    script = Scripted([challenge, status(200, answer)])
    with pytest.raises(RegistryUntrusted, match="without a token"):
        client(script).manifest(GHCR, D)


def test_the_realm_of_a_hostile_registry_gets_nothing() -> None:
    """A registry that sends us to http or to the inside for a token is refused before anything is sent."""
    for realm in ("http://auth.example/t", "https://169.254.169.254/t"):
        script = Scripted([status(401, WWW_Authenticate=f'Bearer realm="{realm}"')])
        with pytest.raises(RegistryUntrusted):
            client(script, logins={"ghcr.io": Credential("ci", "secret-1")}).manifest(GHCR, D)
        assert len(script.asked) == 1


def test_warnings_are_passed_on_once() -> None:
    """A registry that warns with every answer is heard once."""
    told: list[str] = []
    warned = Response(
        200, Headers((*good().headers.items_raw(), ("Warning", '299 - "moving soon"'))), good().body
    )
    registry = client(Scripted([warned, warned]), warned=told.append)
    registry.manifest(GHCR, D)
    registry.manifest(GHCR, D)
    assert told == ["ghcr.io warns: moving soon"]


def test_hosts_are_kept_apart() -> None:
    """A token of one registry never goes to another."""
    one, two = EmbeddedRegistry(login=Login({"ci": "secret-1"})), EmbeddedRegistry()
    other = Repository("127.0.0.1:6000", "acme/app")
    transport = FaultyTransport(InProcess({HOST: one, other.host: two}), FakeClock())
    registry = client(transport, logins={HOST: Credential("ci", "secret-1")})
    registry.manifest(APP, T)
    registry.manifest(other, T)
    assert {s.host for s in transport.steps if s.signed} == {HOST}
