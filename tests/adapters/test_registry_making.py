"""What a push needs is made by the API of its registry; held to what those APIs document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from wholeship.adapters.registry.making import Api, RegistryApis, artifact_registry, ecr
from wholeship.adapters.registry.tokens import Credential
from wholeship.core.errors import BadInput, RegistryDenied, RegistryError, Unfinished, WholeshipError
from wholeship.core.http import Headers, Request, Response
from wholeship.core.reference import Repository
from wholeship.release.ports import Making
from wholeship.testing.clock import FakeClock

SECRET = "hunter2-secret"
Service = Callable[[str, str, Any], tuple[int, Any]]
"""Answers method, path with query, and body: a status and a value."""


@dataclass
class Double:
    """The API of one service; keeps what it was asked."""

    answer: Service
    asked: list[Request] = field(default_factory=list)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        self.asked.append(request)
        body = json.loads(request.body) if request.body else None
        status, value = self.answer(request.method, request.url.partition("://")[2], body)
        return Response(status, Headers({"Content-Type": "application/json"}), json.dumps(value).encode())


class Stored:
    """One login for everybody."""

    def __init__(self, credential: Credential | None) -> None:
        self.credential = credential

    def find(self, host: str, path: str = "") -> Credential | None:
        return self.credential

    def places(self) -> tuple[str, ...]:
        return ()


def apis(double: Double, login: Credential | None = None, **variables: str) -> RegistryApis:
    return RegistryApis(Api(double, FakeClock(), Stored(login), variables))


def needed(found: Making | None) -> Making:
    assert found is not None
    return found


# -- Harbor: swagger of its API 2.0 -----------------------------------------------------------------------


@dataclass
class Harbor:
    """``/ping``, and ``HEAD`` and ``POST /projects``, as the swagger has them."""

    projects: set[str] = field(default_factory=set)
    allowed: bool = True

    def __call__(self, method: str, url: str, body: Any) -> tuple[int, Any]:
        path = url.partition("/api/v2.0")[2]
        if (method, path) == ("GET", "/ping"):
            return 200, "Pong"
        if method == "HEAD" and path.startswith("/projects?project_name="):
            return (200 if path.rpartition("=")[2] in self.projects else 404), None
        if (method, path) == ("POST", "/projects"):
            if not self.allowed:
                return 403, {"errors": [{"code": "FORBIDDEN", "message": "forbidden"}]}
            assert body == {"project_name": "shop", "metadata": {"public": "false"}}
            known = body["project_name"] in self.projects
            self.projects.add(body["project_name"])
            return (409 if known else 201), None
        return 404, None


APP, WORKER = Repository("harbor.example", "shop/app"), Repository("harbor.example", "shop/worker")


def test_a_project_of_harbor() -> None:
    """One private project for all images below it, made with the login for pushing; then nothing lacks."""
    harbor = Harbor()
    double = Double(harbor)
    maker = apis(double, Credential("ci", SECRET))
    lacking = [needed(maker.lacking(repository)) for repository in (APP, WORKER)]
    assert {one.what for one in lacking} == {"the private project shop in Harbor at harbor.example"}
    for one in lacking:  # the second is told that it is there: somebody was quicker
        one.make()
    assert harbor.projects == {"shop"}
    assert maker.lacking(APP) is None
    assert all(request.url.startswith("https://harbor.example/") for request in double.asked)
    assert double.asked[-1].headers["Authorization"].startswith("Basic ")


def test_a_login_that_may_make_no_project_is_told() -> None:
    """With what it takes, and without the login itself."""
    maker = apis(Double(Harbor(allowed=False)), Credential("ci", SECRET))
    with pytest.raises(RegistryDenied, match="is not allowed: 403") as caught:
        needed(maker.lacking(APP)).make()
    assert "may create projects" in caught.value.advice
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("answer", [(404, None), (200, {"login": "page"}), (401, None)])
def test_what_is_no_harbor_is_asked_nothing_else(answer: tuple[int, Any]) -> None:
    """A registry that is not known by name, and does not answer as Harbor does, gets no login for that."""
    double = Double(lambda method, url, body: answer)
    assert apis(double, Credential("ci", SECRET)).lacking(APP) is None
    assert ["Authorization" in request.headers for request in double.asked] == [False]


# -- Quay: API 1 ------------------------------------------------------------------------------------------


def quay(there: set[str]) -> Service:
    def answer(method: str, url: str, body: Any) -> tuple[int, Any]:
        path = url.partition("/api/v1/repository")[2].partition("?")[0]
        if method == "GET":
            return (200, {"name": path}) if path.strip("/") in there else (404, {"error_type": "not_found"})
        assert {"repository", "visibility", "description"} <= set(body)  # required by its schema
        name = f"{body['namespace']}/{body['repository']}"
        if name in there:
            return 400, {"error_message": "Repository already exists"}
        there.add(name)
        return 201, {"namespace": body["namespace"], "name": body["repository"], "kind": "image"}

    return answer


IN_QUAY = Repository("quay.io", "acme/app")


def test_a_repository_of_quay() -> None:
    """With the token of an application, which is asked for by name where it is not set."""
    there: set[str] = set()
    double = Double(quay(there))
    maker = apis(double, WHOLESHIP_QUAY_TOKEN=SECRET)
    needed(maker.lacking(IN_QUAY)).make()
    assert there == {"acme/app"}
    assert maker.lacking(IN_QUAY) is None
    assert {request.headers["Authorization"] for request in double.asked} == {f"Bearer {SECRET}"}
    with pytest.raises(BadInput, match="WHOLESHIP_QUAY_TOKEN is not set") as caught:
        apis(double).lacking(IN_QUAY)
    assert "curl -X POST" in caught.value.advice


def test_a_hidden_repository_of_quay_is_not_made_twice() -> None:
    """One that the token does not see looks as if it lacked; that it is there is said when it is made."""
    there: set[str] = set()
    making = needed(apis(Double(quay(there)), WHOLESHIP_QUAY_TOKEN=SECRET).lacking(IN_QUAY))
    there.add("acme/app")
    with pytest.raises(RegistryError, match="already exists"):
        making.make()


# -- Google Artifact Registry: REST v1 --------------------------------------------------------------------

GOOGLE = "artifactregistry.googleapis.com/v1/projects/acme/locations/europe-west1"
IN_GOOGLE = Repository("europe-west1-docker.pkg.dev", "acme/shop/app")


@dataclass
class Google:
    """``repositories`` ``get`` and ``create``, and its operation, which is done after some looks."""

    looks: int = 0
    there: set[str] = field(default_factory=set)
    error: Any = None

    def __call__(self, method: str, url: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            assert url == f"{GOOGLE}/repositories?repositoryId=shop"
            assert body == {"format": "DOCKER"}
            if "shop" in self.there:
                return 409, {"error": {"code": 409, "status": "ALREADY_EXISTS"}}
            return 200, self.operation()
        if url == f"{GOOGLE}/operations/1":
            return 200, self.operation()
        assert url == f"{GOOGLE}/repositories/shop"
        return (200, {}) if "shop" in self.there else (404, {"error": {"code": 404, "status": "NOT_FOUND"}})

    def operation(self) -> dict[str, Any]:
        self.looks -= 1
        name = f"{GOOGLE.partition('/v1/')[2]}/operations/1"
        if self.looks >= 0:
            return {"name": name}
        self.there |= set() if self.error else {"shop"}
        return {"name": name, "done": True, **({"error": self.error} if self.error else {"response": {}})}


@pytest.mark.parametrize("looks", [0, 1, 5])
def test_a_repository_of_artifact_registry(looks: int) -> None:
    """The one that the image is in; the operation that makes it is waited for."""
    google = Google(looks)
    double = Double(google)
    maker = apis(double, Credential("oauth2accesstoken", SECRET))
    making = needed(maker.lacking(IN_GOOGLE))
    assert making.what == "the repository shop in Google Artifact Registry (europe-west1, project acme)"
    making.make()
    assert google.there == {"shop"}
    making.make()  # it is there by now: no trouble
    assert maker.lacking(IN_GOOGLE) is None
    assert {request.headers["Authorization"] for request in double.asked} == {f"Bearer {SECRET}"}


@pytest.mark.parametrize(
    ("google", "error"),
    [
        (Google(10_000), Unfinished),
        (Google(error={"code": 7, "message": "denied by policy"}), RegistryError),
    ],
)
def test_artifact_registry_that_does_not_make_it(google: Google, error: type[WholeshipError]) -> None:
    """An operation that does not end, or ends badly, is told as that."""
    making = needed(apis(Double(google), Credential("oauth2accesstoken", SECRET)).lacking(IN_GOOGLE))
    with pytest.raises(error):
        making.make()


def test_without_a_token_google_s_own_library_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A service account's key that google-auth cannot use is told in its words, with the command by hand."""
    pytest.importorskip("google.auth")
    key = tmp_path / "key.json"
    key.write_text("{}")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    with pytest.raises(Unfinished, match="no login for Artifact Registry's API") as caught:
        apis(Double(Google())).lacking(IN_GOOGLE)
    assert "gcloud artifacts repositories create shop" in caught.value.advice


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it, and the command by hand."""

    def lacks(name: str) -> Any:
        raise ImportError(name=name)

    for module, repository, extra, command in (
        (artifact_registry, IN_GOOGLE, "wholeship[google]", "gcloud artifacts repositories create"),
        (ecr, IN_ECR, "wholeship[aws]", "aws ecr create-repository"),
    ):
        monkeypatch.setattr(module.importlib, "import_module", lacks)
        with pytest.raises(WholeshipError, match="not installed") as caught:
            apis(Double(Google())).lacking(repository)
        assert extra in caught.value.advice
        assert command in caught.value.advice


# -- Amazon ECR: botocore's model of the service, which checks what is asked and what is answered ---------

IN_ECR = Repository("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "shop/app")
ACCOUNT = "123456789012"


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """botocore's own stub of the service; nothing is sent."""
    stub = pytest.importorskip("botocore.stub")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client, errors = ecr.open_client("eu-west-1")
    monkeypatch.setattr(ecr, "open_client", lambda region: (client, errors))
    with stub.Stubber(client) as stubber:
        yield stubber


def absent(stubbed: Any) -> None:
    asked = {"registryId": ACCOUNT, "repositoryNames": ["shop/app"]}
    stubbed.add_client_error("describe_repositories", "RepositoryNotFoundException", expected_params=asked)


def test_a_repository_of_ecr(stubbed: Any) -> None:
    """In the account and the region that its host names."""
    absent(stubbed)
    made = {"registryId": ACCOUNT, "repositoryName": "shop/app"}
    stubbed.add_response("create_repository", {"repository": made}, made)
    stubbed.add_response("describe_repositories", {"repositories": [made]})
    maker = apis(Double(Google()))
    making = needed(maker.lacking(IN_ECR))
    assert making.what == f"the repository shop/app in Amazon ECR (eu-west-1, account {ACCOUNT})"
    making.make()
    assert maker.lacking(IN_ECR) is None
    stubbed.assert_no_pending_responses()


def test_somebody_who_was_quicker_in_ecr(stubbed: Any) -> None:
    """What is there by then is what was wanted."""
    absent(stubbed)
    stubbed.add_client_error("create_repository", "RepositoryAlreadyExistsException")
    needed(apis(Double(Google())).lacking(IN_ECR)).make()


@pytest.mark.parametrize(
    ("code", "error"), [("AccessDeniedException", RegistryDenied), ("LimitExceededException", RegistryError)]
)
def test_ecr_says_no(stubbed: Any, code: str, error: type[RegistryError]) -> None:
    """The reason, the rights that it takes, and the command by hand where it could not even be asked for."""
    absent(stubbed)
    stubbed.add_client_error("create_repository", code, "no, because")
    with pytest.raises(error, match="no, because"):
        needed(apis(Double(Google())).lacking(IN_ECR)).make()
    stubbed.add_client_error("describe_repositories", code)
    with pytest.raises(error) as caught:
        apis(Double(Google())).lacking(IN_ECR)
    assert "ecr:CreateRepository" in caught.value.advice
    assert "aws ecr create-repository --region eu-west-1" in caught.value.advice


def test_ecr_without_an_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Where botocore finds nobody to be, that is told; nothing is sent."""
    pytest.importorskip("botocore.session")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(RegistryError, match="credentials"):
        apis(Double(Google())).lacking(IN_ECR)


# -- the others -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["ghcr.io", "docker.io", "acme.azurecr.io", "registry.gitlab.com"])
def test_where_a_push_makes_it_nothing_is_asked(host: str) -> None:
    """Nobody is asked to make what is made by pushing."""
    double = Double(lambda method, url, body: (200, {}))
    assert apis(double, Credential("ci", SECRET)).lacking(Repository(host, "acme/app")) is None
    assert double.asked == []
