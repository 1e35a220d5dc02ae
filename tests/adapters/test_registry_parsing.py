"""What registries put into headers and bodies: read rightly, and never a reason to fall over."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.adapters.registry import answers
from wholeship.adapters.registry.answers import manifest_of, retry_after
from wholeship.adapters.registry.challenge import challenges, check_realm, is_inside, is_loopback
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryUntrusted
from wholeship.core.http import Headers, Response
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.text import Redactor, printable

NOW = datetime(2026, 5, 28, 18, 28, 33, tzinfo=UTC)
URL = "https://registry.example:5000/v2/acme/app/tags/list?n=1000"
words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
anything = st.text(max_size=200)


# -- challenges ----------------------------------------------------------------------------------------


@given(realm=words, service=words, scope=words)
def test_quoted_values_come_back(realm: str, service: str, scope: str) -> None:
    """Round trip: whatever is quoted, with commas and escapes, is read as it was written."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = f"Bearer realm={quoted(realm)},service={quoted(service)}, scope={quoted(scope)}"
    (found,) = challenges((header,))
    assert found.scheme == "bearer"
    assert found.parameters == {"realm": realm, "service": service, "scope": scope}


@given(st.lists(anything, max_size=3))
def test_no_challenge_is_too_odd(headers: list[str]) -> None:
    """Any text gives some challenges, none included, and their schemes are in lower case."""
    for challenge in challenges(tuple(headers)):
        assert challenge.scheme == challenge.scheme.lower()


def test_several_challenges_in_one_header() -> None:
    """Each keeps its own parameters; a scope holds commas."""
    header = 'Negotiate, Bearer realm="https://a/t",scope="repository:x:pull,push", Basic realm="r, s"'
    assert [(c.scheme, dict(c.parameters)) for c in challenges((header,))] == [
        ("negotiate", {}),
        ("bearer", {"realm": "https://a/t", "scope": "repository:x:pull,push"}),
        ("basic", {"realm": "r, s"}),
    ]


def test_the_first_of_two_equal_parameters_counts() -> None:
    """A second realm cannot take the place of the first."""
    (found,) = challenges(('Bearer realm="https://a/",realm="https://b/"',))
    assert found.parameters["realm"] == "https://a/"


def test_long_headers_are_read_in_linear_time() -> None:
    """Quotes that do not close and commas without end are no denial of service."""
    for begin, unit in (('Bearer realm="', "a\\"), ("Bearer ", ","), ("", 'x="')):
        short, long = (_calls_in(challenges, (begin + unit * times,)) for times in (2_000, 4_000))
        assert long <= 2 * short + 10


def _calls_in(work: Callable[..., object], *given: object) -> int:
    """How many calls, also of built-in functions, *work* makes."""
    seen = 0

    def count(_frame: FrameType, event: str, _value: object) -> None:
        nonlocal seen
        seen += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work(*given)
    finally:
        sys.setprofile(None)
    return seen


# -- realms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("realm", "registry", "insecure"),
    [
        ("https://auth.docker.io/token", "docker.io", ()),
        ("http://127.0.0.1:5001/token", "127.0.0.1:5000", ()),
        ("http://localhost:5001/token", "localhost:5000", ()),
        ("https://10.1.2.3/token", "10.9.9.9:5000", ()),
        ("http://registry.lan:8080/token", "registry.lan:5000", ("registry.lan:5000",)),
        ("http://auth.lan/token", "registry.lan", ("registry.lan", "auth.lan")),
    ],
)
def test_realms_that_are_fine(realm: str, registry: str, insecure: tuple[str, ...]) -> None:
    """https anywhere; http on the loopback or where allowed; inside addresses for inside registries."""
    assert check_realm(realm, registry, insecure=lambda host: host in insecure) == realm


@pytest.mark.parametrize(
    ("realm", "registry", "insecure"),
    [
        ("http://auth.example/token", "registry.example", ()),
        ("http://evil.example/token", "registry.lan", ("registry.lan",)),
        ("https://10.1.2.3/token", "ghcr.io", ()),
        ("https://169.254.169.254/latest", "ghcr.io", ()),
        ("http://127.0.0.1/token", "ghcr.io", ()),
        ("https://127.1/token", "ghcr.io", ()),
        ("https://2130706433/token", "ghcr.io", ()),
        ("https://0x7f.0.0.1/token", "ghcr.io", ()),
        ("https://[::1]/token", "ghcr.io", ()),
        ("https://[::ffff:10.0.0.1]/token", "ghcr.io", ()),
        ("https://[fd00::1]/token", "ghcr.io", ()),
        ("https://user:pass@auth.example/token", "ghcr.io", ()),
        ("https://ghcr.io@evil.example/token", "ghcr.io", ()),
        ("ftp://auth.example/token", "ghcr.io", ()),
        ("file:///etc/passwd", "ghcr.io", ()),
        ("/token", "ghcr.io", ()),
        ("https://[/token", "ghcr.io", ()),
        ("https://auth.example:port/token", "ghcr.io", ()),
    ],
)
def test_realms_that_get_no_credentials(realm: str, registry: str, insecure: tuple[str, ...]) -> None:
    """Not encrypted, on the inside, with user information, or no web address at all: refused."""
    with pytest.raises(RegistryUntrusted):
        check_realm(realm, registry, insecure=lambda host: host in insecure)


@given(anything)
def test_no_realm_is_too_odd(realm: str) -> None:
    """Any text is accepted or refused, nothing else."""
    try:
        check_realm(realm, "ghcr.io", insecure=lambda host: False)
    except RegistryUntrusted:
        return
    assert realm.lstrip().lower().startswith("https://")


@given(st.ip_addresses())
def test_addresses_are_inside_or_out_there(address: object) -> None:
    """The loopback is inside; an address that is routed everywhere is not."""
    host = str(address)
    assert not is_loopback(host) or is_inside(host)
    assert is_inside(host) != getattr(getattr(address, "ipv4_mapped", None) or address, "is_global", None)


# -- links and redirects -------------------------------------------------------------------------------


def page(link: str) -> str | None:
    return answers.next_page(Response(200, Headers({"Link": link})), URL, "tags of x")


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ('</v2/acme/app/tags/list?last=b&n=2>; rel="next"', "/v2/acme/app/tags/list?last=b&n=2"),
        ("</v2/x?last=a,b>; rel=next", "/v2/x?last=a,b"),
        ('</first>; rel="first", </v2/x?last=b>; title="a, b"; rel="next"', "/v2/x?last=b"),
        ('</v2/x?last=b>; REL="prev next"', "/v2/x?last=b"),
        ("<https://registry.example:5000/v2/x?last=b>; rel=next", "/v2/x?last=b"),
        ("<http://registry.example/v2/x?last=b>; rel=next", "/v2/x?last=b"),
    ],
)
def test_the_next_page_is_asked_of_the_same_origin(link: str, following: str) -> None:
    """Relative or absolute, with or without the port that a proxy hides: always where we came from."""
    assert page(link) == f"https://registry.example:5000{following}"


@pytest.mark.parametrize("link", ["", "</x>; rel=prev", "</x>", "x; rel=next", "</x>; rel=nextish"])
def test_no_next_page(link: str) -> None:
    """What is no next link is none."""
    assert page(link) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/v2/x",
        "//evil.example/v2/x",
        "https://registry.example:6000/x",
        "https://registry.example:5000@evil.example/",
        "https://u:p@registry.example:5000/",
        "ftp://[",
        "file:///x",
    ],
)
def test_pages_elsewhere_are_refused(target: str) -> None:
    """Another host, another port, user information, or nonsense: refused, with the host named."""
    with pytest.raises(RegistryUntrusted):
        page(f"<{target}>; rel=next")


@given(anything)
def test_no_link_is_too_odd(link: str) -> None:
    """Any Link header leads to the same origin, nowhere, or is refused."""
    try:
        following = page(link)
    except RegistryUntrusted:
        return
    assert following is None or following.startswith("https://registry.example:5000")


@given(anything)
def test_no_redirect_is_too_odd(location: str) -> None:
    """A download is redirected to an https address without credentials, or refused."""
    response = Response(307, Headers({"Location": location}))
    try:
        target = answers.redirected("https://ghcr.io/v2/a/blobs/x", response, "ghcr.io")
    except RegistryUntrusted:
        return
    assert target.startswith("https://")


@pytest.mark.parametrize(
    "location",
    ["http://storage.example/x", "https://10.0.0.1/x", "https://127.0.0.1/", "https://u:p@s.example/"],
)
def test_redirects_that_are_not_followed(location: str) -> None:
    """Down to http, to the inside, or with user information."""
    with pytest.raises(RegistryUntrusted):
        answers.redirected("https://ghcr.io/v2/", Response(307, Headers({"Location": location})), "ghcr.io")


@pytest.mark.parametrize("allowed", ["10.9.9.9", "10.9.9.9:9000"])
def test_a_private_address_may_be_allowed_by_name(allowed: str) -> None:
    """The address that the release file names is gone to, for a download and for a token; no other is."""
    inside = frozenset({allowed})
    place = "https://10.9.9.9:9000/x"

    def led(location: str) -> str:
        moved = Response(307, Headers({"Location": location}))
        return answers.redirected("https://ghcr.io/v2/", moved, "ghcr.io", inside)

    assert led(place) == check_realm(place, "ghcr.io", insecure=lambda _: False, inside=inside) == place
    with pytest.raises(RegistryUntrusted) as refused:
        led("https://10.9.9.8:9000/x")
    assert refused.value.advice.endswith("allow_private: [10.9.9.8:9000]")
    with pytest.raises(RegistryUntrusted, match="not encrypted"):
        led("http://10.9.9.9:9000/x")


# -- waits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("2", 2),
        (" 120 ", 120),
        ("86400", 86400),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("9" * 400, None),
        ("Thu, 28 May 2026 18:28:43 GMT", 10),
        ("Thu, 28 May 2026 18:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", pytest.approx(251622170486)),
        ("Thu, 28 May 2026 18:28:43 -0000", 10),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds or a date; a date gone by is now; what makes no sense is as if it were not there."""
    assert retry_after(value, NOW) == seconds


@given(anything)
def test_no_retry_after_is_too_odd(value: str) -> None:
    """Any text is a wait that is not negative, or none."""
    found = retry_after(value, NOW)
    assert found is None or found >= 0


@given(st.integers(0, 10**6), st.integers(-(10**6), 10**6))
def test_dates_count_from_the_servers_clock(seconds: int, skew: int) -> None:
    """A wait given as a date is the same however wrong our own clock is."""
    theirs = NOW + timedelta(seconds=skew)
    headers = Headers(
        {
            "Date": format_datetime(theirs, usegmt=True),
            "Retry-After": format_datetime(theirs + timedelta(seconds=seconds), usegmt=True),
        }
    )
    assert answers.asked_wait(headers, NOW) == seconds


# -- errors, warnings, manifests -----------------------------------------------------------------------


@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_error_body_is_too_odd(body: bytes, status: int) -> None:
    """Any body is explained in one printable line."""
    said = answers.explain(Response(status, Headers(), body))
    assert said.startswith(str(status))
    assert said == printable(said)
    answers.error_codes(Response(status, Headers(), body))


@pytest.mark.parametrize(
    "errors", [{}, [], [1], [None], "x", [{"code": 1, "message": None}], [{"message": {"a": 1}}]]
)
def test_odd_error_lists_are_explained(errors: object) -> None:
    """JSON of another shape is no reason to fall over."""
    response = Response(400, Headers(), json.dumps({"errors": errors}).encode())
    assert answers.explain(response).startswith("400")
    assert isinstance(answers.error_codes(response), tuple)


def test_remote_words_cannot_steer_the_terminal_or_show_secrets() -> None:
    """Escape sequences, direction overrides and our own token are taken out of what a registry says."""
    redact = Redactor(["opaque-token-1234"])
    said = "\x1b[2J\x1b]0;owned\x07denied \u202ereversed opaque-token-1234 ghp_" + "a" * 36
    body = json.dumps({"errors": [{"code": "DENIED", "message": said}]}).encode()
    shown = answers.explain(Response(403, Headers(), body), redact)
    assert shown == "403 (DENIED: denied reversed *** ***)"


def test_pages_of_html_are_not_shown() -> None:
    """A gateway's error page tells nobody anything; its status does."""
    page = Response(502, Headers({"Content-Type": "text/html"}), b"<html>" + b"x" * 1000)
    assert answers.explain(page) == "502"


def test_warnings_are_shown_and_cut() -> None:
    """299 warnings only, unquoted, printable, of bounded length."""
    headers = Headers(
        (
            ("Warning", '299 - "old \\"token\\" \x1b[1mstyle"'),
            ("Warning", '199 - "other"'),
            ("Warning", '299 - "' + "x" * 9999 + '"'),
        )
    )
    assert answers.warnings_of(headers) == ('old "token" style',)


def manifest(**content: object) -> bytes:
    return json.dumps({"schemaVersion": 2} | content).encode()


def served(body: bytes, kind: str = OCI_MANIFEST, **headers: str) -> Response:
    named = {"Content-Type": kind} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Response(200, Headers(named), body)


def test_a_manifest_keeps_its_bytes_and_its_type() -> None:
    """The Content-Type without parameters is the type; old manifests do not say it inside."""
    body = manifest(layers=[], config={})
    found = manifest_of(
        served(body, "Application/VND.oci.image.manifest.v1+json; charset=utf-8"), Digest.of(body), "x"
    )
    assert (found.media_type, found.body) == (OCI_MANIFEST, body)


@pytest.mark.parametrize(
    "response",
    [
        served(manifest(layers=[]), "text/html"),
        served(manifest(layers=[]), ""),
        served(manifest(mediaType=OCI_INDEX, manifests=[])),
        served(manifest(mediaType=OCI_INDEX, manifests=[], layers=[]), OCI_INDEX),
        served(manifest(manifests=[], config={}), OCI_INDEX),
        served(b"[]"),
        served(b"<html>"),
        served(b'{"layers":[],"layers":[1]}'),
        served(b'{"layers":NaN}'),
        served(b"\xff\xfe"),
        served(b"[" * 100_000),
        served(manifest(layers=[]), Docker_Content_Digest="sha256:" + "0" * 64),
    ],
)
def test_manifests_that_are_refused(response: Response) -> None:
    """Another type than announced or asked for, two meanings at once, two equal keys, no JSON object."""
    with pytest.raises(RegistryUntrusted):
        manifest_of(response, Digest.of(response.body), "x")


def test_other_bytes_are_refused() -> None:
    """By digest only the bytes of that digest count, whatever the headers say."""
    wanted = Digest.of(b"wanted")
    with pytest.raises(RegistryUntrusted, match=r"not sha256:"):
        manifest_of(served(manifest(layers=[]), Docker_Content_Digest=wanted), wanted, "x")


@given(st.binary(max_size=200))
def test_no_body_is_too_odd(body: bytes) -> None:
    """Any bytes are a manifest or refused; and a list of tags or refused."""
    with suppress(RegistryUntrusted):
        assert manifest_of(served(body), None, "x").body == body
    with suppress(RegistryUntrusted):
        assert answers.tags_of(served(body), "x") == (json.loads(body).get("tags") or [])
