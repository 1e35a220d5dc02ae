"""The commands and their flags, read from the parsers: as the manual page, and as Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wholeship.cli.parsing import COMMON, build_parser
from wholeship.core.errors import ExitCode
from wholeship.output.commands import COMMANDS, EXAMPLES

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


def man_page(commands: Iterable[CommandPage], common: Iterable[Flag]) -> str:
    """The page in roff, for section 1."""
    lines = [
        '.TH WHOLESHIP 1 "" "" "User Commands"',
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
    text = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def command_pages() -> Iterator[CommandPage]:
    """Every command in the order of ``--help``; a command of a command follows it."""
    for name, parser in subparsers(build_parser(only="*")).items():
        yield CommandPage(name, COMMANDS[name], tuple(flags_of(parser)), EXAMPLES[name])
        for inner, nested in subparsers(parser).items():
            yield CommandPage(f"{name} {inner}", "", tuple(flags_of(nested)))


def common_flags() -> tuple[Flag, ...]:
    """The flags of every command."""
    actions = [action for action in build_parser()._actions if action.dest in COMMON]
    return tuple(Flag(spelled(action), action.help or "") for action in actions)


def flags_of(parser: argparse.ArgumentParser) -> Iterator[Flag]:
    """The words and flags of one command, without those of every command."""
    for action in parser._actions:
        inner = isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        if not inner and action.dest not in COMMON and action.help != argparse.SUPPRESS:
            yield Flag(spelled(action), action.help or "")


def spelled(action: argparse.Action) -> str:
    """``--file FILE``, ``--quiet, -q``, ``[PATH]``."""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    value = action.metavar or choices or action.dest.upper()
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return f"[{value}]" if action.nargs in ("?", "*") else value
    names = ", ".join(sorted(action.option_strings, key=len, reverse=True))
    if action.nargs == 0:
        return names
    return f"{names} [{value}]" if action.nargs == "?" else f"{names} {value}"


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of *parser*."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def as_markdown() -> str:
    """Every command with its flags, as the page of the commands has them."""
    lines = ["### Every command", "", "Before the command or after it.", "", *table(common_flags()), ""]
    for each in command_pages():
        title = f"### `wholeship {each.name}`" if each.example else f"`wholeship {each.name}`:"
        about = [f"{each.summary}; for example `{each.example}`", ""] if each.example else []
        lines += [title, "", *about]
        lines += [*table(each.flags), ""] if each.flags else []
    return "\n".join(lines)


def table(flags: Iterable[Flag]) -> list[str]:
    rows = ((each.spelled, each.meaning.replace("|", "\\|")) for each in flags)
    return ["| | |", "|---|---|", *(f"| `{spelled}` | {meaning} |" for spelled, meaning in rows)]
