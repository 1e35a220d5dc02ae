"""Secrets in added lines: named shapes, never repeated, placeholders left alone."""

from __future__ import annotations

import pytest

from tests.review.world import captured, changed
from wholeship.review.evidence.secrets import SecretFinding, collect

# Put together here, so that no scanner stops at this file.
SECRETS = {
    "GitHub token": "ghp_" + "0a1B2c3D4e5F6g7H8i9J" * 2,
    "GitLab token": "glpat-" + "x1Y2z3A4b5C6d7E8f9G0",
    "AWS access key": "AKIA" + "Q7WZ5T3RN2LKXM4V",
    "Google API key": "AIza" + "SyB1c2D3e4F5g6H7i8J9k0L1m2N3o4P5q6R",
    "Slack token": "xoxb-" + "2401-5512-abcDEF",
    "API key of a model provider": "sk-" + "ant-api03-aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0",
    "Stripe key": "sk_" + "live_51Hx2Yz3Ab4Cd5Ef6Gh7",
    "npm token": "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "JSON web token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
    "private key": "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
    "password in an address": "postgres://shop:" + "hunter2horse@db.prod.acme.io/shop",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_each_shape_is_found_where_it_stands(kind: str) -> None:
    """A secret is reported by kind, file and line, and its text appears nowhere in the finding."""
    found = collect(captured(changed("deploy/env", "# settings", f"X={SECRETS[kind]};")).diff)
    assert SecretFinding("deploy/env", 2, kind) in found.findings
    assert not any(SECRETS[kind] in repr(finding) for finding in found.findings)


@pytest.mark.parametrize(
    "line",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "postgres://user:password@localhost/db",
        "https://${USER}:${TOKEN}@example.com/x",
        "https://x:<token>@host/",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "http://host:8080/path@2x.png",
        "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
    ],
)
def test_placeholders_and_lookalikes_are_no_secrets(line: str) -> None:
    """Examples, variables, digests and addresses with ports raise nothing."""
    assert collect(captured(changed("a.md", line)).diff).findings == ()


def test_key_files_are_found_by_name() -> None:
    """A key store is a secret whatever is in it; removing one is not."""
    added = changed("certs/prod.p12", status="A", binary=True)
    assert [f.kind for f in collect(captured(added).diff).findings] == ["key file"]
    gone = changed("certs/prod.p12", status="D", binary=True)
    assert collect(captured(gone).diff).findings == ()


def test_ten_megabytes_on_one_line_are_searched() -> None:
    """A huge line is searched to its end, whatever it is made of."""
    line = "A" * 9_000_000 + "a://b:" * 170_000 + SECRETS["AWS access key"].join("  ")
    found = collect(captured(changed("min.js", line)).diff)
    assert SecretFinding("min.js", 1, "AWS access key") in found.findings
