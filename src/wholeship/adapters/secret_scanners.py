"""Scanners for secrets, where they are installed: gitleaks and detect-secrets, each with its own JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wholeship.adapters.tree_scans import NoScan, scan_tree
from wholeship.core.text import printable
from wholeship.review.ports import SecretScan

FILES = 5000
"""Files that are given to a scanner."""


class Gitleaks:
    """github.com/gitleaks/gitleaks: ``dir`` with a JSON report, with its own settings, not the change's.
    A :class:`wholeship.review.ports.SecretScanner`."""

    name = "gitleaks"

    def scan(self, tree: Path, files: tuple[str, ...]) -> SecretScan:
        with tempfile.TemporaryDirectory(prefix="wholeship-leaks-") as folder:
            report, settings = Path(folder) / "report.json", Path(folder) / "gitleaks.toml"
            settings.write_text("[extend]\nuseDefault = true\n")
            options = [
                "--report-format=json",
                f"--report-path={report}",
                "--redact",
                "--exit-code=0",
                "--no-banner",
            ]
            argv = ["dir", *options, f"--config={settings}", "--gitleaks-ignore-path=/dev/null", str(tree)]
            return _asked_scanner(self.name, argv, tree, self._read, report)

    @staticmethod
    def _read(value: Any, tree: Path) -> Iterator[tuple[str, int, str]]:
        for each in value or ():
            path = Path(each["File"])
            name = str(path.relative_to(tree)) if path.is_absolute() else str(path)
            yield name, int(each["StartLine"]), printable(str(each["RuleID"]), limit=60)


class DetectSecrets:
    """github.com/Yelp/detect-secrets: ``scan`` of the changed files, offline.
    A :class:`wholeship.review.ports.SecretScanner`."""

    name = "detect-secrets"

    def scan(self, tree: Path, files: tuple[str, ...]) -> SecretScan:
        if len(files) > FILES:
            return SecretScan(problem=f"more than {FILES} files changed")
        # Entropy alone is a guess; the named shapes are what it adds to our own.
        off = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector")
        options = [word for each in off for word in ("--disable-plugin", each)]
        argv = ["-C", str(tree), "scan", "--no-verify", "--all-files", *options, *files]
        return _asked_scanner(self.name, argv, tree, self._read, None)

    @staticmethod
    def _read(value: Any, tree: Path) -> Iterator[tuple[str, int, str]]:
        for path, found in value["results"].items():
            for each in found:
                yield path, int(each["line_number"]), printable(str(each["type"]), limit=60)


INSTALLABLE: tuple[Gitleaks | DetectSecrets, ...] = (Gitleaks(), DetectSecrets())


def _asked_scanner(name: str, argv: Sequence[str], tree: Path, read: Any, report: Path | None) -> SecretScan:
    try:
        return SecretScan(scan_tree(name, argv, tree, lambda value: read(value, tree), report))
    except NoScan as problem:
        return SecretScan(problem=str(problem))
