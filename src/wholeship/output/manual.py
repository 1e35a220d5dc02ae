"""The commands as a manual page for ``man``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wholeship.core.errors import ExitCode

ABOUT = "Ship every image of a release, or none: fast, proved, reviewed."
MEANINGS = {
    ExitCode.YES: "yes",
    ExitCode.NO: "no: findings, a gate held, refused, absent; nothing half",
    ExitCode.USAGE: "the flags or the release file are wrong",
    ExitCode.UNFINISHED: "could not find out, or not finished; safe to run again",
    ExitCode.BUG: "a bug in wholeship; it leaves a file to paste into an issue",
    ExitCode.UNKNOWN: "unknown: the write of the watched tag may or may not have happened",
    ExitCode.HALF: "a half release is visible now",
    ExitCode.INTERRUPTED: "interrupted; the message says how to go on",
}
"""What each exit code says, in a line."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A word or flag as it is typed, and what it does."""

    spelled: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CommandPage:
    """A command: its line, its flags, and a call that can be typed (none for a command of a command)."""

    name: str
    summary: str
    flags: tuple[Flag, ...]
    example: str = ""


def man_page(commands: Iterable[CommandPage], common: Iterable[Flag], version: str) -> str:
    """The page in roff, for section 1."""
    lines = [
        f'.TH WHOLESHIP 1 "" "wholeship {_roff(version)}" "User Commands"',
        *(".SH NAME", f"wholeship \\- {_roff(ABOUT)}"),
        *(".SH SYNOPSIS", ".B wholeship", "[\\fIFLAGS\\fR] [\\fICOMMAND\\fR [\\fIFLAGS\\fR]]"),
        *(".SH DESCRIPTION", "Without a command: what is seen in this folder, and what to do next."),
        *(".SH FLAGS OF EVERY COMMAND", *_flags(common)),
        ".SH COMMANDS",
    ]
    for each in commands:
        lines += [f".SS wholeship {_roff(each.name)}", *([_roff(each.summary)] if each.summary else [])]
        lines += _flags(each.flags)
        lines += [".PP", f"For example: \\fB{_roff(each.example)}\\fR"] if each.example else []
    lines.append(".SH EXIT STATUS")
    for code, meaning in MEANINGS.items():
        lines += [".TP", f"\\fB{int(code)}\\fR", _roff(meaning)]
    return "\n".join(lines) + "\n"


def _flags(flags: Iterable[Flag]) -> list[str]:
    return [line for each in flags for line in (".TP", f"\\fB{_roff(each.spelled)}\\fR", _roff(each.meaning))]


def _roff(text: str) -> str:
    """*text* as roff prints it: no escape, no request at the start of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
