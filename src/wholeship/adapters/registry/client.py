"""The registry client: ``release.ports.Registry`` over any transport.

Reads are repeated within a budget; a tag is bound in exactly one attempt, because only a read-back
says what happened. Credentials go to the host they belong to and nowhere else. Thread-safe.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import random
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import IO, cast
from urllib.parse import quote, urlsplit

from wholeship.adapters.registry import answers
from wholeship.adapters.registry.answers import MANIFEST_LIMIT
from wholeship.adapters.registry.challenge import is_loopback
from wholeship.adapters.registry.refusals import Denial, denied, refused_write, throttled
from wholeship.adapters.registry.tokens import PASSING, Credential, Credentials, Tokens, TokenTrouble
from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.errors import (
    RegistryDenied,
    RegistryError,
    RegistryThrottled,
    RegistryUnreachable,
    RegistryUntrusted,
)
from wholeship.core.http import (
    BodyTooLarge,
    Headers,
    ProxyWantsLogin,
    Request,
    Response,
    Transport,
    TransportError,
)
from wholeship.core.media_types import OCI_INDEX
from wholeship.core.reference import DOCKER_HUB, Repository, Tag
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.release.ports import Manifest, Referrer, Write, WriteResult

ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
LONGEST_ASKED_WAIT = 120.0
"""The longest single wait a registry may ask for; beyond it we stop and say so."""
BUDGET = 600.0
TIMEOUT = 60.0
SLOWEST = 100_000
"""Bytes a second that an upload must make; a layer of gigabytes gets hours, and a manifest a minute."""
PAGE = 1000
PAGES = 1000
TAGS = 500_000
"""Far beyond any repository; a list that is longer is not believed."""
IDLE_PAGES = 3
REFERRERS, REFERRER_PAGES = 10_000, 100
"""Artifacts of one image, and the pages they come in; more are not believed."""
REDIRECTS = 5
SESSIONS = 3
PART = 32 * 1024 * 1024
"""Bytes of a blob that are fetched at a time, when it is carried into another registry."""
REDIRECT = frozenset({301, 302, 303, 307, 308})

_DEEDS = {
    "GET": ("reading", "pull"),
    "HEAD": ("reading", "pull"),
    "PUT": ("writing to", "push"),
    "POST": ("writing to", "push"),
    "DELETE": ("deleting in", "delete"),
}
"""What a request does, in words, and the right that it needs."""


def scratch_root() -> str | None:
    """Where large files are put for a while; /tmp may be in memory, so /var/tmp is preferred."""
    roots = (os.environ.get("TMPDIR"), "/var/tmp")  # noqa: S108
    return next((root for root in roots if root and os.access(root, os.W_OK)), None)


class Anonymous:
    """No credentials for anybody."""

    def find(self, host: str, path: str = "") -> Credential | None:
        """None."""
        return None

    def places(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long reads are repeated. Seconds."""

    attempts: int = ATTEMPTS
    budget: float = BUDGET
    timeout: float = TIMEOUT
    jitter: Callable[[], float] = field(default=random.random)

    def wait(self, attempt: int) -> float:
        """Full jitter: anything up to the exponential step, so that clients do not march in step."""
        return self.jitter() * min(LONGEST_WAIT, FIRST_WAIT * 2.0**attempt)


class RegistryClient:
    """One client for every host a release touches; dispatches by ``Repository.host``.

    ``insecure_hosts`` are spoken to over plain http. So is the loopback, until it says that it speaks TLS:
    then it is asked by https, and never by http again. ``inside_hosts`` are private addresses (with or
    without a port) that a registry of the internet may send us to. ``redact`` learns every
    secret before it is used, and all remote text passes through it; ``warned`` is told, once each, what
    registries say in ``Warning`` headers.
    A :class:`wholeship.release.ports.Registry`."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        credentials: Credentials | None = None,
        *,
        insecure_hosts: frozenset[str] = frozenset(),
        inside_hosts: frozenset[str] = frozenset(),
        patience: Patience | None = None,
        redact: Redactor | None = None,
        warned: Callable[[str], None] | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._patience = patience or Patience()
        self._insecure = insecure_hosts
        self._inside = inside_hosts
        self._tls: set[str] = set()
        self._plain: set[str] = set()
        self._redact = redact or Redactor()
        self._warned = warned
        self._warnings: set[str] = set()
        self._tokens = Tokens(
            self._exchange,
            clock,
            credentials or Anonymous(),
            self.is_insecure,
            self._redact,
            inside_hosts=inside_hosts,
        )
        # By host, a manifest that it has served: the question that tells its own bare 404 from a proxy's.
        self._served: dict[str, tuple[Repository, Digest]] = {}
        # Where it let us begin an upload: what it then hides is not hidden from those who may not push.
        self._let_in: set[Repository] = set()
        self._writing = False
        self._lock = threading.Lock()

    def is_insecure(self, host: str) -> bool:
        """Whether plain http is used for *host*: explicitly allowed, or a loopback without TLS."""
        if host in self._insecure:
            return True
        return host not in self._tls and is_loopback(urlsplit(f"//{host}").hostname or "")

    def begin_writing(self) -> None:
        """From now on a repository may be asked whether it takes an upload, where nothing else tells whether
        what it does not show is there; to be called by who writes there anyway."""
        self._writing = True

    def speaks_plainly(self, host: str) -> bool:
        """As :meth:`is_insecure`, for others to go by: a loopback that nobody has asked is asked first."""
        if host not in self._insecure | self._plain and self.is_insecure(host):
            ask = Request("GET", f"http://{host}/v2/")
            with suppress(TransportError):
                self._turns_to_tls(ask, self._exchange(ask, answers.ERROR_LIMIT), host)
        return self.is_insecure(host)

    def _encrypted(self, request: Request, host: str) -> Request:
        """*request* by https where *host* is known to speak TLS; an address may be from before that."""
        if host not in self._tls or not request.url.startswith("http://"):
            return request
        return replace(request, url=f"https://{request.url.removeprefix('http://')}")

    def _turns_to_tls(self, request: Request, response: Response, host: str) -> bool:
        """Whether *response* says that *host* wants TLS; from then on it gets it.

        Servers say so in a 400 of their own words, which name HTTPS. Being wrong about it is safe: TLS is
        verified, and a 400 has applied nothing.
        """
        if host in self._insecure or not request.url.startswith("http://"):
            return False
        if request.method == "HEAD" and response.status == 400:  # no body that could say why
            response = self._exchange(Request("GET", f"http://{host}/v2/"), answers.ERROR_LIMIT)
        if response.status != 400:
            self._plain.add(host)
        if response.status != 400 or b"HTTPS" not in response.body[:2000] or answers.error_codes(response):
            return False
        self._tls.add(host)
        return True

    # -- reading ---------------------------------------------------------------------------------

    def manifest(self, repository: Repository, reference: Digest | Tag) -> Manifest | None:
        expected = reference if isinstance(reference, Digest) else None
        where = f"{repository}{'@' if expected else ':'}{reference}"
        for last in (False, False, True):
            response = self._get_manifest(repository, reference, where)
            if response is None:
                return None
            try:
                found = answers.manifest_of(response, expected, where)
                self._check_announced(response, repository, found.digest, where)
            except RegistryUntrusted:
                # A proxy that mangles one answer may pass the next; one that always does is refused.
                if last:
                    raise
                self._clock.sleep(self._patience.wait(0))
                continue
            self._served[repository.host] = (repository, found.digest)
            return found
        raise AssertionError("unreachable")

    def _check_announced(
        self, response: Response, repository: Repository, digest: Digest, where: str
    ) -> None:
        """Refuse bytes that are announced as others, unless the registry has them under their own digest.

        Some registries announce the wrong digest when asked by tag (kaniko #298), so that the header alone
        proves nothing; but bytes that were mangled on the way are known nowhere.
        """
        announced = response.headers.get("Docker-Content-Digest", digest)
        if announced == digest:
            return
        known = self._call("HEAD", repository, f"manifests/{digest}", headers={"Accept": answers.ACCEPT})
        if known.status != 200 or not answers.announces(known.headers, digest):
            raise RegistryUntrusted(
                f"{where}: announced as {printable(announced, limit=90)}, and the bytes are {digest}"
            )

    def exists(self, repository: Repository, digest: Digest) -> bool:
        response = self._call("HEAD", repository, f"manifests/{digest}", headers={"Accept": answers.ACCEPT})
        if response.status == 200 and answers.announces(response.headers, digest):
            self._served[repository.host] = (repository, digest)
            return True
        # A HEAD has no body that could say whose 404 it is, or show that a 200 is more than a login page.
        return self.manifest(repository, digest) is not None

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        response = self._call("HEAD", repository, f"blobs/{digest}")
        if response.status == 200:
            # One that announces something else, or is a web page, is no blob; uploading anew costs little.
            announced = response.headers.get("Docker-Content-Digest", "")
            return announced == digest or (
                not announced and "html" not in answers.media_type(response.headers)
            )
        if response.status == 404 or response.status in REDIRECT:
            return response.status != 404
        raise self._refused(response, f"{repository}@{digest}", repository)

    def blob(self, repository: Repository, digest: Digest, *, limit: int) -> bytes | None:
        where = f"blob {repository}@{digest}"
        # Room for an error body, however small the blob that was asked for.
        room = max(limit, answers.ERROR_LIMIT)
        response = self._or_absent(
            lambda: self._call("GET", repository, f"blobs/{digest}", limit=room, follow=True),
            repository,
            where,
        )
        if response is None:
            return None
        if response.status != 200:
            raise self._refused(response, where, repository)
        if Digest.of(response.body) != digest or len(response.body) > limit:
            raise RegistryUntrusted(f"{where}: other bytes came, or more than {limit}")
        return response.body

    def tags(self, repository: Repository) -> tuple[str, ...]:
        where = f"tags of {repository}"
        starts = tuple(self._url(repository, path) for path in (f"tags/list?n={PAGE}", "tags/list"))
        url: str | None = starts[0]
        found: dict[str, None] = {}
        visited: set[str] = set()
        idle = 0
        while url is not None:
            if url in visited or len(visited) >= PAGES or idle >= IDLE_PAGES or len(found) > TAGS:
                raise RegistryUntrusted(f"{where}: the pages do not end")
            visited.add(url)
            response = self._call_url("GET", repository, url, limit=MANIFEST_LIMIT)
            # The first page only: zot says so of a later one when the tag it starts from is gone.
            if url in starts and answers.is_absent(response):
                return ()
            if len(visited) == 1 and answers.refuses_page(response):
                url = starts[1]
                continue
            if response.status == 404 and url in starts:
                if self._lets_in(repository) and self._call_url("GET", repository, url).status == 404:
                    return ()
                raise self._unsaid(response, where)
            if response.status != 200:
                raise self._refused(response, where, repository)
            before = len(found)
            found |= dict.fromkeys(answers.tags_of(response, where))
            idle = 0 if len(found) > before else idle + 1
            url = answers.next_page(response, url, where)
        return tuple(found)

    def referrers(self, repository: Repository, digest: Digest) -> tuple[Referrer, ...] | None:
        where = f"referrers of {repository}@{digest}"
        url: str | None = self._url(repository, f"referrers/{digest}")
        found: dict[Digest, Referrer] = {}
        visited: set[str] = set()
        while url is not None:
            if url in visited or len(visited) >= REFERRER_PAGES or len(found) > REFERRERS:
                raise RegistryUntrusted(f"{where}: the pages do not end")
            response = self._call_url("GET", repository, url, headers={"Accept": OCI_INDEX})
            # "If the registry does not support the API, it answers 404" (and older ones other refusals).
            if not visited and response.status in (400, 404, 405, 501):
                return None
            visited.add(url)
            if response.status != 200:
                raise self._refused(response, where, repository)
            found |= {one.digest: one for one in answers.referrers_of(response, where)}
            url = answers.next_page(response, url, where)
        return tuple(found.values())

    # -- writing ---------------------------------------------------------------------------------

    def bind(self, repository: Repository, tag: Tag, manifest: Manifest) -> Write:
        headers = {"Content-Type": manifest.media_type}
        try:
            response = self._once("PUT", repository, f"manifests/{tag}", headers, manifest.body)
        except TransportError as error:
            return Write(WriteResult.UNCLEAR, detail=error.message)
        except RegistryDenied as error:
            return Write(WriteResult.REFUSED, 401, error.message)
        except RegistryError as error:
            return Write(WriteResult.UNCLEAR, detail=error.message)
        said = self._explain(response)
        announced = response.headers.get("Docker-Content-Digest", "")
        if response.status == 201 and announced in ("", manifest.digest):
            return Write(WriteResult.ACCEPTED, 201)
        if response.status in (408, 499) or response.status < 300 or response.status >= 500:
            return Write(WriteResult.UNCLEAR, response.status, said, self._asked_wait(response) or 0.0)
        if response.status < 400:
            said = f"{response.status}: redirects a write, which is not followed"
        wait = self._asked_wait(response) or 0.0
        return Write(WriteResult.REFUSED, response.status, said, wait, answers.lacks_parts(response))

    def store(self, repository: Repository, manifest: Manifest) -> None:
        self._put_by_digest(repository, manifest, of_image=b'"artifactType"' not in manifest.body)

    def attach(self, repository: Repository, manifest: Manifest) -> bool:
        return "OCI-Subject" in self._put_by_digest(repository, manifest).headers

    def upload(self, repository: Repository, content: bytes) -> Digest:
        digest = Digest.of(content)
        if self.has_blob(repository, digest):
            return digest
        for _ in range(SESSIONS):
            session = self._open_upload(repository)
            joint = "&" if urlsplit(session).query else "?"
            response = self._call_url(
                "PUT",
                repository,
                f"{session}{joint}digest={quote(digest)}",
                headers={"Content-Type": "application/octet-stream"},
                body=content,
            )
            # A repeated PUT finds its session gone: what counts is whether the blob is there. If not, the
            # session was spoilt by half a body (distribution: BLOB_UPLOAD_INVALID), and another is opened.
            if response.status == 201 or self.has_blob(repository, digest):
                return digest
            if response.status not in (400, 404, 416):
                break
        raise self._refused(response, f"upload to {repository}", repository, "PUT")

    def copy_blob(self, source: Repository, target: Repository, digest: Digest, size: int) -> None:
        if self.has_blob(target, digest):
            return
        if source.host == target.host and self._mounted(source, target, digest):
            return
        with tempfile.TemporaryFile(prefix="wholeship-blob-", dir=scratch_root()) as file:
            self._download(source, digest, size, file)
            if size <= PART:
                file.seek(0)
                self.upload(target, file.read())
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                view = memoryview(content)
                try:
                    self.upload(target, cast(bytes, view))
                finally:
                    view.release()

    def _mounted(self, source: Repository, target: Repository, digest: Digest) -> bool:
        """Whether the registry lends *target* the blob of *source*; it may open an upload instead."""
        query = f"blobs/uploads/?mount={quote(digest)}&from={quote(source.path, safe='/')}"
        response = self._call("POST", target, query)
        if response.status == 201:
            return self.has_blob(target, digest)
        location = response.headers.get("Location", "")
        if response.status == 202 and location:
            with suppress(RegistryError, TransportError):
                base = self._url(target, "blobs/uploads/")
                session = answers.at_home(base, location, f"upload to {target}: the session")
                self._authorised(Request("DELETE", session), target, answers.ERROR_LIMIT)
        return False

    def _download(self, repository: Repository, digest: Digest, size: int, file: IO[bytes]) -> None:
        """A blob, part by part, into *file*; :class:`RegistryUntrusted` for other bytes."""
        where, total, done = f"blob {repository}@{digest}", hashlib.sha256(), 0
        while done < size:
            wanted = min(PART, size - done)
            headers = {"Range": f"bytes={done}-{done + wanted - 1}"} if size > PART else {}
            response = self._call(
                "GET", repository, f"blobs/{digest}", headers=headers, limit=max(wanted, 65536), follow=True
            )
            if response.status not in ((206,) if headers else (200,)) or len(response.body) != wanted:
                raise self._refused(response, where, repository)
            total.update(response.body)
            file.write(response.body)
            done += wanted
        file.flush()
        if f"sha256:{total.hexdigest()}" != digest:
            raise RegistryUntrusted(f"{where}: other bytes came")

    def probe_push(self, repository: Repository) -> None:
        session = self._open_upload(repository)
        # An upload that is not cancelled expires by itself, so that trouble here says nothing.
        with suppress(RegistryError, TransportError):
            self._authorised(Request("DELETE", session), repository, answers.ERROR_LIMIT)

    def unbind(self, repository: Repository, tag: Tag) -> bool:
        response = self._call("DELETE", repository, f"manifests/{tag}")
        if response.status in (200, 202, 204) or answers.is_absent(response):
            return True
        if response.status in (400, 404, 405):
            return False
        raise self._refused(response, f"{repository}:{tag}", repository, "DELETE")

    # -- the parts -------------------------------------------------------------------------------

    def _put_by_digest(
        self, repository: Repository, manifest: Manifest, *, of_image: bool = False
    ) -> Response:
        response = self._call(
            "PUT",
            repository,
            f"manifests/{manifest.digest}",
            headers={"Content-Type": manifest.media_type},
            body=manifest.body,
        )
        if response.status == 201 or (response.status < 300 and self.exists(repository, manifest.digest)):
            return response
        where = f"{repository}@{manifest.digest}"
        raise self._refused_write(response, repository, where, of_image=of_image)

    def _open_upload(self, repository: Repository) -> str:
        response = self._call("POST", repository, "blobs/uploads/")
        if response.status != 202:
            raise self._refused_write(response, repository, f"upload to {repository}")
        self._let_in.add(repository)
        location = response.headers.get("Location", "")
        if not location:
            raise RegistryUntrusted(f"upload to {repository}: opened, but not said where")
        base = self._url(repository, "blobs/uploads/")
        return answers.at_home(base, location, f"upload to {repository}: the session")

    def _get_manifest(self, repository: Repository, reference: str, where: str) -> Response | None:
        response = self._or_absent(
            lambda: self._call(
                "GET", repository, f"manifests/{reference}", headers={"Accept": answers.ACCEPT}
            ),
            repository,
            where,
        )
        if response is None or response.status == 200:
            return response
        if response.status == 403 and self._hides(repository, reference):
            return None
        raise self._refused(response, where, repository)

    def _hides(self, repository: Repository, reference: str) -> bool:
        """Whether a 403 to *reference* only says that there is no such tag, as Artifactory's may.

        It does where we may push, and a listing of just now, which we may read, does not have it. Nothing
        else that is refused so is taken for absent.
        """
        if isinstance(reference, Digest) or not self._lets_in(repository):
            return False
        try:
            return reference not in self.tags(repository)
        except RegistryError:
            return False

    def _lets_in(self, repository: Repository) -> bool:
        """Whether the registry itself lets us begin an upload to *repository* now; not asked by readers."""
        if not self._writing and repository not in self._let_in:
            return False
        try:
            self.probe_push(repository)
        except RegistryError:
            return False
        return True

    def _or_absent(self, ask: Callable[[], Response], repository: Repository, where: str) -> Response | None:
        """What *ask* is answered; None when the registry itself says that it is not there.

        Some registries say 404 and nothing else, and so does a proxy that has lost its registry. Such a 404
        counts when the registry shows, in between, that it still serves what it served before.
        """
        response = ask()
        if answers.is_absent(response):
            return None
        if response.status == 404 and self._is_alive(repository):
            response = ask()
            if response.status == 404:
                return None
        if response.status == 404:
            raise self._unsaid(response, where)
        return response

    def _unsaid(self, response: Response, where: str) -> RegistryUntrusted:
        return RegistryUntrusted(
            f"{where}: a 404 that does not say what is missing ({self._explain(response)})",
            advice="its path may be wrong: the first part, an owner or a project, may have to be made first; "
            "or a proxy answers in place of the registry; before a first release, a release finds out more",
        )

    def _is_alive(self, repository: Repository) -> bool:
        """Whether the registry itself answers now: with what it served, a listing, or room for an upload."""
        return self._still_serves(repository.host) or self._lists(repository) or self._lets_in(repository)

    def _still_serves(self, host: str) -> bool:
        known = self._served.get(host)
        if known is None:
            return False
        repository, digest = known
        response = self._call("HEAD", repository, f"manifests/{digest}", headers={"Accept": answers.ACCEPT})
        return response.status == 200 and answers.announces(response.headers, digest)

    def _lists(self, repository: Repository) -> bool:
        """Whether its tags are listed now: then it is the registry itself that we speak to."""
        where = f"tags of {repository}"
        response = self._call("GET", repository, "tags/list?n=1")
        if answers.refuses_page(response):
            response = self._call("GET", repository, "tags/list")
        try:
            return response.status == 200 and bool(answers.tags_of(response, where))
        except RegistryUntrusted:
            return False

    def _url(self, repository: Repository, path: str) -> str:
        scheme = "http" if self.is_insecure(repository.host) else "https"
        host = "registry-1.docker.io" if repository.host == DOCKER_HUB else repository.host
        return f"{scheme}://{host}/v2/{repository.path}/{path}"

    def _call(
        self,
        method: str,
        repository: Repository,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        limit: int = MANIFEST_LIMIT,
        follow: bool = False,
    ) -> Response:
        url = self._url(repository, path)
        return self._call_url(method, repository, url, headers=headers, body=body, limit=limit, follow=follow)

    def _call_url(
        self,
        method: str,
        repository: Repository,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        limit: int = MANIFEST_LIMIT,
        follow: bool = False,
    ) -> Response:
        """An answer that is neither passing trouble nor a demand to log in; repeats within the budget."""
        request = Request(method, url, Headers(dict(headers or {})), body)
        deadline = self._clock.monotonic() + self._patience.budget
        for attempt in range(self._patience.attempts):
            trouble: RegistryError
            wait = self._patience.wait(attempt)
            try:
                response = self._authorised(request, repository, limit)
                if response.status in REDIRECT and follow:
                    request = self._encrypted(request, repository.host)
                    response = self._followed(request, response, repository, limit)
                if response.status not in PASSING:
                    return response
                trouble = self._trouble(response, repository)
                wait = self._wait_for(response, wait, repository.host)
            except TokenTrouble as error:
                trouble = error
                wait = self._wait_for(error.response, wait, repository.host)
            except BodyTooLarge as error:
                raise RegistryUntrusted(error.message) from None
            except ProxyWantsLogin as error:
                raise RegistryUnreachable(error.message, advice=error.advice) from None
            except TransportError as error:
                trouble = RegistryUnreachable(
                    error.message, advice=error.advice or "check the network and run the same command again"
                )
            if attempt + 1 == self._patience.attempts or self._clock.monotonic() + wait > deadline:
                break
            self._clock.sleep(wait)
        raise trouble

    def _wait_for(self, response: Response, otherwise: float, host: str) -> float:
        """The seconds that *response* asks to wait, else *otherwise*."""
        asked = self._asked_wait(response)
        if asked is None:
            return otherwise
        if asked > LONGEST_ASKED_WAIT:
            raise RegistryThrottled(
                f"{host} asks to wait {asked:.0f} s", advice="run the same command again then"
            )
        return asked

    def _once(
        self, method: str, repository: Repository, path: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        request = Request(method, self._url(repository, path), Headers(dict(headers)), body)
        return self._authorised(request, repository, MANIFEST_LIMIT)

    def _authorised(self, request: Request, repository: Repository, limit: int) -> Response:
        """The answer with the best token we have; a 401 gets one fresh token, for what it names."""
        request = self._encrypted(request, repository.host)
        signed = self._tokens.signed(request, repository)
        response = self._exchange(signed, limit)
        if self._turns_to_tls(request, response, repository.host):
            return self._authorised(request, repository, limit)
        if response.status == 401 and response.headers.get("WWW-Authenticate", "").strip():
            self._tokens.renew(repository, signed, response)
            response = self._exchange(self._tokens.signed(request, repository), limit)
        if response.status == 401:
            raise self._denied(request.method, repository, response)
        self._show_warnings(response, repository.host)
        return response

    def _denied(self, method: str, repository: Repository, response: Response) -> RegistryDenied:
        deed, right = _DEEDS[method]
        # A registry that asks nobody to log in means something else by a 403.
        asked = self._tokens.is_asked(repository)
        missing = self._tokens.missing(repository) if asked or response.status == 401 else ""
        return denied(
            Denial(
                repository,
                deed,
                right,
                self._explain(response),
                self._tokens.granted(repository, method),
                self._is_there(repository) if right == "push" and not (asked and missing) else None,
                missing,
                asked,
            )
        )

    def _is_there(self, repository: Repository) -> bool | None:
        """Whether *repository* can be listed, asked once; None: that does not tell."""
        with suppress(RegistryError, TransportError):
            ask = Request("GET", self._url(repository, "tags/list"))
            response = self._authorised(ask, repository, MANIFEST_LIMIT)
            if response.status == 200:
                answers.tags_of(response, f"tags of {repository}")
                return True
            return False if answers.is_absent(response) else None
        return None

    def _followed(self, request: Request, response: Response, repository: Repository, limit: int) -> Response:
        """What is at the end of the redirects of a download. *request* is the one that was not signed:
        storage hosts get no credentials of the registry's, their address carries its own."""
        url = request.url
        for _ in range(REDIRECTS):
            url = answers.redirected(url, response, repository.host, self._inside)
            response = self._exchange(Request(request.method, url, request.headers), limit)
            if response.status not in REDIRECT:
                return response
        raise RegistryUntrusted(f"{repository.host} redirects without end")

    def _exchange(self, request: Request, limit: int) -> Response:
        timeout = self._patience.timeout + len(request.body) / SLOWEST
        return self._transport.send(request, limit=limit, timeout=timeout)

    def _asked_wait(self, response: Response) -> float | None:
        return answers.asked_wait(response.headers, self._clock.now())

    def _explain(self, response: Response) -> str:
        return answers.explain(response, self._redact)

    def _show_warnings(self, response: Response, host: str) -> None:
        if self._warned is None or "Warning" not in response.headers:
            return
        for text in answers.warnings_of(response.headers):
            line = self._redact(f"{host} warns: {text}")
            with self._lock:
                new = line not in self._warnings and len(self._warnings) < 100
                self._warnings.add(line)
            if new:
                self._warned(line)

    def _trouble(self, response: Response, repository: Repository) -> RegistryError:
        said = self._explain(response)
        if response.status == 429:
            return throttled(response, repository, said)
        return RegistryUnreachable(
            f"{repository.host} is in trouble: {said}",
            advice="run the same command again when it has recovered",
        )

    def _refused_write(
        self, response: Response, repository: Repository, where: str, *, of_image: bool = False
    ) -> RegistryError:
        lasting = refused_write(response, repository, self._explain(response), of_image=of_image)
        return lasting or self._refused(response, where, repository, "PUT")

    def _refused(
        self, response: Response, where: str, repository: Repository, method: str = "GET"
    ) -> RegistryError:
        if response.status in (401, 403):
            return self._denied(method, repository, response)
        return RegistryError(f"{where}: unexpected answer {self._explain(response)}")
