"""Secrets in the diff: named shapes, not guesses by entropy. What was found is never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from wholeship.review.change import Diff
from wholeship.review.evidence.looked import NotLooked

SHAPES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255})",
        "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
        "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        "Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
        "Slack token": r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
        "API key of a model provider": r"\bsk-[A-Za-z0-9_-]{32,}",
        "Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{20,}",
        "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
        "PyPI token": r"\bpypi-AgE[A-Za-z0-9_-]{50,}",
        "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
        "private key": r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
        "password in an address": r"\b[a-z][a-z0-9+.-]{1,20}://[^/\s:@'\"]{1,200}:([^/\s@'\"]{3,200})@[^\s/'\"]+",
    }.items()
}
"""What is looked for, by the name it is reported under."""

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "GitHub token": ("gh", "github_pat_"),
    "GitLab token": ("glpat-",),
    "AWS access key": ("AKIA", "ASIA"),
    "Google API key": ("AIza",),
    "Slack token": ("xox",),
    "API key of a model provider": ("sk-",),
    "Stripe key": ("k_live_",),
    "npm token": ("npm_",),
    "PyPI token": ("pypi-",),
    "JSON web token": ("eyJ",),
    "private key": ("PRIVATE KEY",),
    "password in an address": ("://",),
}
"""What each of them cannot be without: looking for it is a hundred times faster than the pattern."""

KEY_FILES = re.compile(r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:p12|pfx|jks|keystore))")
_FILLER = re.compile(
    r"(?i)EXAMPLE|[$<{*]|\b(?:pass(?:word|wd)?|secret|token|changeme|user|xxx+)\b|(.)\1{7}|\.(?:invalid|example)\b"
)
PIECE, OVERLAP = 64 * 1024, 1024
"""Long lines are searched piece by piece, so that no pattern meets ten megabytes at once."""


class SecretFinding(Struct, frozen=True, order=True):
    """Something shaped like a secret, and where; not the thing itself."""

    file: str
    line: int
    kind: str


class SecretsEvidence(Struct, frozen=True):
    """What the added lines hold. ``searched`` counts them."""

    findings: tuple[SecretFinding, ...] = ()
    searched: int = 0
    not_looked: tuple[NotLooked, ...] = ()


def collect(diff: Diff, subjects: tuple[str, ...] = ()) -> SecretsEvidence:
    """Search every added line, the names of the files, and the *subjects* of the commits."""
    found = {SecretFinding("a commit's message", 1, kind) for text in subjects for kind in kinds(text)}
    searched = 0
    for file in diff.files:
        if not file.is_deleted and KEY_FILES.fullmatch(file.path):
            found.add(SecretFinding(file.shown, 1, "key file"))
        if any(kinds(file.path)):
            # The name itself is the secret: it is not repeated.
            found |= {SecretFinding("the name of a file", 1, kind) for kind in kinds(file.path)}
        for line in file.lines:
            searched += 1
            found |= {SecretFinding(file.shown, line.number, kind) for kind in kinds(line.text)}
    missed = tuple(NotLooked(f.shown, "binary: it has no lines to search") for f in diff.files if f.binary)
    return SecretsEvidence(tuple(sorted(found)), searched, missed)


def kinds(text: str) -> Iterator[str]:
    """The kinds of secret in *text*; placeholders such as ``AKIA…EXAMPLE`` are none."""
    for start in range(0, max(1, len(text)), PIECE):
        piece = text[start : start + PIECE + OVERLAP]
        for name, shape in SHAPES.items():
            if any(sign in piece for sign in _SIGNS[name]) and any(
                not _FILLER.search(match[match.lastindex or 0]) for match in shape.finditer(piece)
            ):
                yield name
