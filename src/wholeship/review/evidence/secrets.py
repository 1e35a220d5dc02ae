"""Secrets in the diff: named shapes, not guesses by entropy. What was found is never repeated."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import text_of
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.ports import SecretScanner

SHAPES: Mapping[str, re.Pattern[str]] = {
    name: lazy_pattern(pattern)
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
        "Hugging Face token": r"\bhf_[A-Za-z0-9]{34,}",
        "DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}\b",
        "Docker Hub token": r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
        "SendGrid key": r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
        "Shopify token": r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
        "Telegram token": r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
        "Slack web hook": r"hooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,})",
        "Twilio key": r"\bSK[0-9a-f]{32}\b",
        "AWS secret key": (
            r"(?i)aws_?secret\w{0,20}[\"']?\s{0,4}[=:]\s{0,4}[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"
        ),
        "Azure key": r"\bAccountKey=([A-Za-z0-9+/]{80,}={0,2})",
        "registry login": (
            r"\"auth\"\s{0,4}:\s{0,4}\"([A-Za-z0-9+/]{16,}={0,2})\""
            r"|_auth(?:Token)?\s{0,2}=\s{0,2}([A-Za-z0-9+/_-]{16,})"
        ),
        "credentials in a header": (
            r"(?i)authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|bearer"
            r"|token)\s+([A-Za-z0-9+/_.=-]{20,})"
        ),
        "age or SSH key": r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}|openssh-key-v1",
        "named secret": (
            r"(?i)(?:secret|passw(?:or)?d|api_?key|access_?key|auth_?token|private_?key|client_?secret"
            r"|credential)\w{0,20}[\"']?"
            r"\s{0,4}(?::=|=|:"
            r"|=>)\s{0,4}[\"']((?=[^\"'\s]{0,80}\d)(?=[^\"'\s]{0,80}[A-Za-z])[A-Za-z0-9+/_!@#%^&*.=~-]{20,80})[\"']"
        ),
        "password in an address": (
            r"\b[a-z][a-z0-9+.-]{1,20}://[^/\s:@'\"]{1,200}:([^/\s@'\"]{3,200})@[^\s/'\"]+"
        ),
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
    "Hugging Face token": ("hf_",),
    "DigitalOcean token": ("_v1_",),
    "Docker Hub token": ("dckr_",),
    "SendGrid key": ("SG.",),
    "Shopify token": ("shp",),
    "Telegram token": (":AA",),
    "Slack web hook": ("hooks.slack.com",),
    "Twilio key": ("SK",),
    "AWS secret key": ("aws", "AWS"),
    "Azure key": ("AccountKey",),
    "registry login": ("auth",),
    "credentials in a header": ("uthorization", "AUTHORIZATION"),
    "age or SSH key": ("AGE-SECRET", "openssh-key"),
    "named secret": tuple(
        word
        for part in ("secret", "passw", "key", "token", "credential")
        for word in (part, part.title(), part.upper())
    ),
    "password in an address": ("://",),
}
"""What each of them cannot be without: looking for it is a hundred times faster than the pattern."""

KEY_FILES = lazy_pattern(r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:p12|pfx|jks|keystore))")
_FILLER = lazy_pattern(
    r"(?i)EXAMPLE|[$<{*]|\b(?:pass(?:word|wd)?|secret|token|changeme|user|xxx+)\b|(.)\1{7}|\.(?:invalid"
    r"|example)\b"
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


def collect(
    diff: Diff,
    messages: tuple[str, ...] = (),
    passing: Iterable[str] = (),
    head: Path | None = None,
    scanners: Iterable[SecretScanner] = (),
) -> SecretsEvidence:
    """Search every added line, names of files, *messages* and *passing* lines of commits, and binary files.

    *head* are the files of the change, for what has no lines; *scanners* are programs that are installed.
    """
    found = {SecretFinding("a commit's message", 1, kind) for text in messages for kind in kinds(text)}
    searched = 0
    added: set[str] = set()
    missed: list[NotLooked] = []
    for file in diff.files:
        if not file.is_deleted and KEY_FILES.fullmatch(file.path):
            found.add(SecretFinding(file.shown, 1, "key file"))
        if any(kinds(file.path)):
            # The name itself is the secret: it is not repeated.
            found |= {SecretFinding("the name of a file", 1, kind) for kind in kinds(file.path)}
        texts = [(line.number, line.text) for line in file.lines]
        if file.binary and not file.is_deleted:
            texts = _lines_of(file, head)
            if not texts:
                missed.append(NotLooked(file.shown, "binary: it has no lines to search"))
        for number, text in texts:
            searched += 1
            found |= {
                SecretFinding(file.shown, number, kind) for kind in (*kinds(text), *unpacked_kinds(text))
            }
        added |= {line.text for line in file.lines}
        found |= _put_together(file)
    found |= {
        SecretFinding("a commit that a later one takes back", 1, kind)
        for text in passing
        if text not in added
        for kind in kinds(text)
    }
    if head is not None:
        found |= set(_scanned(diff, head, scanners, missed))
    return SecretsEvidence(tuple(sorted(found)), searched, tuple(missed))


def _lines_of(file: ChangedFile, head: Path | None) -> list[tuple[int, str]]:
    """What a binary file says in letters: as UTF-16 where it is that, else as single bytes."""
    try:
        content = (head / file.path).read_bytes()[:BINARY] if head is not None else b""
    except (OSError, ValueError):
        return []
    texts = [text_of(content) or content.decode("latin-1")]
    if 0 in content and text_of(content) is None:
        texts += [content.decode(each, "ignore") for each in ("utf-16-le", "utf-16-be")]
    return [(number, line) for text in texts for number, line in enumerate(text.splitlines(), 1)]


def _put_together(file: ChangedFile) -> set[SecretFinding]:
    """Secrets written in pieces: texts that a language puts together again."""
    text = "\n".join(line.text for line in file.lines[:20_000])
    if not file.lines:
        return set()
    known = set(kinds(text))
    whole = (re.sub(r"[^A-Za-z0-9+/]+", "", block[0]) for block in _WRAPPED.finditer(text))
    found = {kind for block in whole for kind in unpacked_kinds(block)}
    joined = _PIECES.sub("", text)
    if joined != text:
        found |= set(kinds(joined))
    return {SecretFinding(file.shown, file.lines[0].number, kind) for kind in found - known}


def _scanned(
    diff: Diff, head: Path, scanners: Iterable[SecretScanner], missed: list[NotLooked]
) -> Iterator[SecretFinding]:
    """What scanners say of lines that the change adds."""
    added = {file.path: {line.number for line in file.lines} for file in diff.files if file.lines}
    runs = [(scanner.name, scanner.scan(head, tuple(sorted(added)))) for scanner in scanners if added]
    if runs and all(run.problem == ABSENT for _, run in runs):
        names = " and ".join(name for name, _ in runs)
        missed.append(NotLooked(names, "not installed: the own rules searched alone"))
    for name, run in runs:
        if run.problem and run.problem != ABSENT:
            missed.append(NotLooked(name, run.problem))
        for path, line, kind in run.findings:
            if line in added.get(path, ()):
                yield SecretFinding(printable(path), line, f"{kind} ({name})")


ABSENT = "not installed"


def unpacked_kinds(text: str) -> Iterator[str]:
    """The kinds of secret in what *text* holds as base64 or in hexadecimal digits."""
    for match in _PACKED.finditer(text[: 4 * PIECE]):
        try:
            plain = bytes.fromhex(match[0]) if _HEX.fullmatch(match[0]) else base64.b64decode(match[0] + "==")
        except ValueError:
            continue
        if plain.isascii():
            yield from (f"{kind}, encoded" for kind in kinds(plain.decode()))


_PACKED = lazy_pattern(r"[A-Za-z0-9+/]{24,4000}")
_WRAPPED = lazy_pattern(
    r"(?:^[ \t#>*\"'-]{0,8}[A-Za-z0-9+/]{4,100}={0,2}[\"',\\]{0,3}[ \t\r]*(?:\n|\Z)){2,400}", re.MULTILINE
)
"""Lines that hold nothing but base64: together they are one text."""
_HEX = lazy_pattern(r"(?:[0-9a-fA-F]{2})+")
_PIECES = lazy_pattern(r"[\"'`]\s{0,8}(?:[+.&]|\\|\|\|)?\s{0,8}\n?\s{0,40}[\"'`]")
BINARY = 16 * 1024 * 1024
"""Bytes of a binary file that are searched."""


def kinds(text: str) -> Iterator[str]:
    """The kinds of secret in *text*; placeholders such as ``AKIA…EXAMPLE`` are none."""
    for start in range(0, max(1, len(text)), PIECE):
        piece = text[start : start + PIECE + OVERLAP]
        for name, shape in SHAPES.items():
            if any(sign in piece for sign in _SIGNS[name]) and any(
                not _FILLER.search(match[match.lastindex or 0])
                and _is_varied(name, match[match.lastindex or 0])
                for match in shape.finditer(piece)
            ):
                yield name


def _is_varied(name: str, value: str) -> bool:
    """Whether what is only named a secret looks like one: many different characters, no words or paths."""
    if name != "named secret":
        return True
    if re.search(r"[a-z]{7,}|^\d+$|[-_./][a-z]{4,}[-_./]", value) or value.count("/") > 3:
        return False
    return len(set(value)) >= 12
