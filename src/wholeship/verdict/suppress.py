"""Findings that somebody has answered: a comment in the file, with a reason, the release file, or a baseline.

``# wholeship: ignore[rule, rule] reason`` on the line of the finding, or on the one above it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from wholeship.core import jsons
from wholeship.core.errors import BadInput
from wholeship.core.finding import Finding
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.verdict.report import Suppressed

_COMMENT = lazy_pattern(r"#\s*wholeship:\s*ignore\[([\w\s,-]+)\]\s*(.*)$")
VERSION = 1


def inline(text: str, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
    """*findings* that stay, and those that a comment in *text* answers. Without a reason none does."""
    comments = _comments(text)
    kept: list[Finding] = []
    answered: list[Suppressed] = []
    for finding in findings:
        reason = next(filter(None, (_reason(comments, finding, row) for row in _rows(finding))), "")
        if reason:
            answered.append(Suppressed(finding, reason, f"{finding.place.file}:{finding.place.line}"))
        else:
            kept.append(finding)
    return kept, answered


def _comments(text: str) -> dict[int, tuple[frozenset[str], str]]:
    found: dict[int, tuple[frozenset[str], str]] = {}
    if "wholeship:" not in text:
        return found
    for row, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        if match:
            rules = frozenset(part.strip() for part in match[1].split(","))
            found[row] = (rules, match[2].strip())
    return found


def _rows(finding: Finding) -> Iterable[int]:
    """The line of the finding, and the one above."""
    return (finding.place.line, finding.place.line - 1)


def _reason(comments: Mapping[int, tuple[frozenset[str], str]], finding: Finding, row: int) -> str:
    rules, reason = comments.get(row, (frozenset(), ""))
    return reason if finding.rule in rules else ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """What the release file answers: findings of *rules* (none: all) in *paths* (none: everywhere).

    ``where`` is the entry, for people.
    """

    reason: str
    where: str
    rules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def holds(self, finding: Finding) -> bool:
        """Whether *finding* is answered by it."""
        named = not self.rules or finding.rule in self.rules
        return named and (not self.paths or any(_matches(finding.place.file, p) for p in self.paths))


def _matches(path: str, pattern: str) -> bool:
    """``*`` stands for letters of one name, ``**`` for folders too; a bare name is that of the file."""
    whole = path if "/" in pattern else path.rpartition("/")[2]
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**"))
    return re.fullmatch(".*".join(parts), whole) is not None


def ignored_by(
    entries: Iterable[Ignored], findings: Iterable[Finding]
) -> tuple[list[Finding], list[Suppressed]]:
    """*findings* that stay, and those that one of *entries* answers."""
    held = tuple(entries)
    kept: list[Finding] = []
    answered: list[Suppressed] = []
    for finding in findings:
        entry = next((each for each in held if each.holds(finding)), None)
        if entry is None:
            kept.append(finding)
        else:
            answered.append(Suppressed(finding, entry.reason, entry.where, entry.where))
    return kept, answered


@dataclass(frozen=True, slots=True)
class Baseline:
    """Findings that are known and left for later, by fingerprint."""

    known: Mapping[str, str] = field(default_factory=dict)

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
        """New ones, and those that are known."""
        kept: list[Finding] = []
        answered: list[Suppressed] = []
        for finding in findings:
            if finding.fingerprint in self.known:
                answered.append(Suppressed(finding, "in the baseline", ""))
            else:
                kept.append(finding)
        return kept, answered

    def stale(self, seen: Iterable[str]) -> tuple[str, ...]:
        """What is known and was not found any more, in words."""
        gone = self.known.keys() - set(seen)
        return tuple(self.known[fingerprint] for fingerprint in self.known if fingerprint in gone)


def read_baseline(text: str | bytes, file: str) -> Baseline:
    """The baseline in *text*; raises :class:`BadInput` when it is none."""
    value = jsons.parse_json(text, what=file)
    entries = value.get("findings") if isinstance(value, dict) else None
    if not isinstance(entries, list) or value.get("version") != VERSION:
        raise BadInput(f"{file} is no baseline", advice="write one with: wholeship check --write-baseline")
    known: dict[str, str] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("fingerprint"), str):
            raise BadInput(f"{file} is no baseline", advice="each finding in it has a fingerprint")
        known[entry["fingerprint"]] = f"{entry.get('rule', 'a finding')} in {entry.get('file', '?')}"
    return Baseline(known)


def baseline_text(findings: Iterable[Finding]) -> str:
    """A baseline of *findings*, one a line, in an order that does not change with line numbers."""
    entries = sorted(
        (
            {
                "fingerprint": each.fingerprint,
                "rule": each.rule,
                "file": each.place.file,
                "message": each.message,
            }
            for each in findings
        ),
        key=lambda entry: (entry["file"], entry["rule"], entry["message"]),
    )
    lines = ",\n".join(f"    {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    return f'{{\n  "version": {VERSION},\n  "findings": [\n{lines}\n  ]\n}}\n' if lines else _empty()


def _empty() -> str:
    return f'{{\n  "version": {VERSION},\n  "findings": []\n}}\n'
