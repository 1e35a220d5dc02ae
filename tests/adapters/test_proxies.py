"""Proxies from the environment: which requests go through which, as Go reads it, and no login is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.adapters.proxies import goes_direct, proxy_for
from wholeship.core.errors import BadInput

# What Go's golang.org/x/net/http/httpproxy (v0.59.0) answers: NO_PROXY, address, whether it goes direct.
TABLE = (
    ("", "https://ghcr.io/v2/", False),
    ("", "http://localhost:5000/", True),
    ("", "http://127.0.0.1:5000/", True),
    ("", "http://127.8.9.1/", True),
    ("", "http://[::1]:5000/", True),
    ("", "http://[::ffff:127.0.0.1]/", True),
    ("", "http://sub.localhost/", False),
    ("*", "https://ghcr.io/", True),
    ("a.io,*", "https://ghcr.io/", True),
    (" * ", "https://ghcr.io/", True),
    ("*,a.io", "http://10.0.0.1/", True),
    ("ghcr.io", "https://ghcr.io/", True),
    ("ghcr.io", "https://pkg.ghcr.io/", True),
    ("ghcr.io", "https://notghcr.io/", False),
    ("ghcr.io", "https://ghcr.io.evil.example/", False),
    (".ghcr.io", "https://ghcr.io/", False),
    (".ghcr.io", "https://pkg.ghcr.io/", True),
    ("*.ghcr.io", "https://ghcr.io/", False),
    ("*.ghcr.io", "https://pkg.ghcr.io/", True),
    ("*ghcr.io", "https://ghcr.io/", False),
    ("GHCR.IO", "https://ghcr.io/", True),
    ("ghcr.io", "https://GHCR.io/", True),
    (" ghcr.io , a.io", "https://ghcr.io/", True),
    (",,ghcr.io,", "https://ghcr.io/", True),
    ("ghcr.io a.io", "https://ghcr.io/", False),
    ("ghcr.io:443", "https://ghcr.io/", True),
    ("ghcr.io:443", "https://ghcr.io:8443/", False),
    ("ghcr.io:8443", "https://pkg.ghcr.io:8443/", True),
    ("ghcr.io:80", "http://ghcr.io/", True),
    ("ghcr.io:0443", "https://ghcr.io/", False),
    ("ghcr.io:", "https://ghcr.io:9/", True),
    ("ghcr.io:x", "https://ghcr.io/", False),
    (".ghcr.io:443", "https://pkg.ghcr.io/", True),
    (":443", "https://ghcr.io/", False),
    ("10.0.0.0/8", "http://10.9.8.7/", True),
    ("10.0.0.0/8", "http://11.0.0.1/", False),
    ("10.0.0.0/8", "http://ten.example/", False),
    ("10.9.8.7/8", "http://10.1.1.1/", True),
    ("10.0.0.0/33", "http://10.0.0.1/", False),
    ("10.0.0.0/255.0.0.0", "http://10.0.0.1/", False),
    ("0.0.0.0/0", "http://192.0.2.1/", True),
    ("0.0.0.0/0", "http://[2001:db8::1]/", False),
    ("10.0.0.1", "http://10.0.0.1:5000/", True),
    ("10.0.0.1", "http://10.0.0.10/", False),
    ("10.0.0.1:5000", "http://10.0.0.1:5000/", True),
    ("10.0.0.1:5000", "http://10.0.0.1/", False),
    ("10.0.0", "http://10.0.0.1/", False),
    ("10.*", "http://10.0.0.1/", False),
    (".0.0.1", "http://10.0.0.1/", False),
    ("2001:db8::1", "http://[2001:db8::1]/", True),
    ("2001:db8::1", "http://[2001:db8:0:0::1]:5000/", True),
    ("[2001:db8::1]", "http://[2001:db8::1]/", False),
    ("[2001:db8::1]:5000", "http://[2001:db8::1]:5000/", True),
    ("[2001:db8::1]:5000", "http://[2001:db8::1]/", False),
    ("2001:db8::/32", "http://[2001:db8:9::1]/", True),
    ("2001:db8::/32", "http://[2001:db9::1]/", False),
    ("10.0.0.0/8", "http://[::ffff:10.1.2.3]/", True),
    ("::ffff:10.0.0.1", "http://10.0.0.1/", True),
    ("https://ghcr.io", "https://ghcr.io/", False),
    ("ghcr.io/acme", "https://ghcr.io/", False),
    ("ghcr.io.", "https://ghcr.io/", False),
    ("io", "https://ghcr.io/", True),
    (".", "https://ghcr.io/", False),
)


@pytest.mark.parametrize(("exempt", "url", "direct"), TABLE)
def test_no_proxy_is_read_as_go_reads_it(exempt: str, url: str, direct: bool) -> None:
    """Ranges, addresses, ports, suffixes and the star: each goes where docker's and podman's request goes."""
    environment = {"HTTP_PROXY": "http://p.example:3128", "HTTPS_PROXY": "http://p.example:3128"}
    found = proxy_for(url, environment | {"NO_PROXY": exempt})
    assert (found is None) is direct


def test_upper_case_counts_before_lower_case() -> None:
    """Either spelling is read; an https address never goes through HTTP_PROXY."""
    both = {"HTTPS_PROXY": "http://upper.example:1", "https_proxy": "http://lower.example:2"}
    chosen = [proxy_for("https://a.io/", e) for e in (both, {"https_proxy": both["https_proxy"]})]
    assert [proxy.place for proxy in chosen if proxy] == ["upper.example:1", "lower.example:2"]
    assert proxy_for("https://a.io/", {"HTTP_PROXY": "http://upper.example:1"}) is None
    assert proxy_for("https://a.io/", {"HTTPS_PROXY": "http://p:1", "no_proxy": "a.io"}) is None


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("p.example:3128", "http://p.example:3128"),
        ("http://p.example", "http://p.example"),
        ("https://p.example:443/", "https://p.example:443"),
        ("socks5://p.example", "socks5://p.example:1080"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
    ],
)
def test_forms_of_a_proxys_address(value: str, address: str) -> None:
    """A bare host and port is http."""
    found = proxy_for("http://a.io/", {"HTTP_PROXY": value})
    assert found is not None
    assert (found.address, found.headers) == (address, {})


def test_the_login_in_the_address_is_sent_and_not_shown() -> None:
    """User and password, with percent signs decoded, become the header; printing a proxy shows neither."""
    found = proxy_for("http://a.io/", {"HTTP_PROXY": "http://corp:s%40cret@p.example:3128"})
    assert found is not None
    assert found.headers == {"Proxy-Authorization": "Basic Y29ycDpzQGNyZXQ="}
    assert found.address == "http://p.example:3128"
    assert "cret" not in repr(found)
    assert "corp" not in repr(found)


@pytest.mark.parametrize(
    "value", ["http://u:s3cret@p.example:99999", "http://u:s3cret@:1", "ftp://u:s3cret@p.example", "http://["]
)
def test_addresses_that_are_none_are_said_by_variable(value: str) -> None:
    """A proxy that cannot be used is never passed by in silence, and its value is not quoted."""
    with pytest.raises(BadInput, match="HTTP_PROXY") as broken:
        proxy_for("http://a.io/", {"HTTP_PROXY": value})
    assert "s3cret" not in f"{broken.value} {broken.value.advice}"


@given(st.text(max_size=40), st.sampled_from(["a.io", "10.0.0.1", "2001:db8::1"]))
def test_no_list_is_too_odd(exempt: str, host: str) -> None:
    """Any text is an answer; a host is direct when its own name is added, and this machine always is."""
    assert goes_direct(host, "443", exempt) in (True, False)
    assert goes_direct(host, "443", f"{exempt},{host}")
    assert goes_direct("127.0.0.1", "443", exempt)
