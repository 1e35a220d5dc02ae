"""Workflow linters, where they are installed: actionlint and zizmor, each with its own JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from wholeship.adapters.process import PLAIN, allowed_environment, ask_program, program_path
from wholeship.adapters.tree_scans import NoScan, scan_tree
from wholeship.core.errors import CommandFailed, ToolMissing
from wholeship.core.text import printable
from wholeship.review.ports import LintFinding, LintRun

WORKFLOWS = ".github/workflows"
Severity = Literal["error", "warning", "note"]


_SEVERITIES: Mapping[str, Severity] = {"High": "error", "Medium": "warning", "Low": "note"}


class Actionlint:
    """github.com/rhysd/actionlint: its ``-format '{{json .}}'`` output.
    A :class:`wholeship.review.ports.Linter`."""

    name = "actionlint"

    def lint(self, tree: Path) -> LintRun:
        files = _workflows(tree)
        return _run(self.name, "-version", ["-no-color", "-format", "{{json .}}", *files], tree, self._read)

    @staticmethod
    def _read(value: Any) -> Iterator[LintFinding]:
        for each in value or ():
            file, line = _text(each, "filepath"), _line(each.get("line"))
            yield LintFinding("actionlint", _text(each, "kind"), "error", file, line, _text(each, "message"))


class Zizmor:
    """docs.zizmor.sh: its ``--format=json`` output, without the network.
    A :class:`wholeship.review.ports.Linter`."""

    name = "zizmor"

    def lint(self, tree: Path) -> LintRun:
        options = ["--format=json", "--offline", "--no-progress", "--no-exit-codes", "--color=never"]
        return _run(self.name, "--version", [*options, "--", *_workflows(tree)], tree, self._read)

    @staticmethod
    def _read(value: Any) -> Iterator[LintFinding]:
        for each in value:
            if each.get("ignored"):
                continue
            severity = _SEVERITIES.get(each["determinations"]["severity"], "note")
            places = each["locations"]
            place = next((p for p in places if p["symbolic"]["kind"] == "Primary"), places[0])
            local = place["symbolic"]["key"]["Local"]
            file = local.get("verbatim_path") or local["given_path"]
            line = _line(place["concrete"]["location"]["start_point"]["row"] + 1)
            yield LintFinding("zizmor", _text(each, "ident"), severity, file, line, _text(each, "desc"))


INSTALLABLE: tuple[Actionlint | Zizmor, ...] = (Actionlint(), Zizmor())


def _workflows(tree: Path) -> list[str]:
    folder = tree / WORKFLOWS
    found = [*folder.glob("*.yml"), *folder.glob("*.yaml")]
    return sorted(str(path.relative_to(tree)) for path in found if path.is_file())


def _run(name: str, version: str, arguments: list[str], tree: Path, read: Any) -> LintRun:
    try:
        found = scan_tree(name, arguments, tree, read) if _workflows(tree) else ()
        return LintRun(_linter_version(program_path(name), version), found)
    except ToolMissing:
        return LintRun(problem="not installed")
    except NoScan as problem:
        return LintRun(problem=str(problem))


def _linter_version(path: str, flag: str) -> str:
    try:
        words = ask_program([path, flag], environment=allowed_environment(PLAIN), timeout=20.0).split()
    except CommandFailed:
        return ""
    return next((printable(w, limit=30).lstrip("v") for w in words if w.lstrip("v")[:1].isdigit()), "")


def _text(value: Any, key: str) -> str:
    return printable(str(value[key]), limit=400)


def _line(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1
