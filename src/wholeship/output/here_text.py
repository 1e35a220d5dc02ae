"""What is seen in a folder, for people: some lines, and the next two commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wholeship.core.text import printable
from wholeship.output.columns import aligned
from wholeship.output.ink import Ink


def here_text(
    folder: str, seen: Mapping[str, str], next_commands: Sequence[tuple[str, str]], ink: Ink
) -> str:
    """*folder*, what is *seen* there by name, and what to type next with what each is for."""
    rows = [(ink("dim", name), printable(said)) for name, said in seen.items()]
    steps = [(ink("bold", command), what) for command, what in next_commands]
    lines = [ink("bold", printable(folder)), *aligned(rows), "", "next:", *aligned(steps)]
    return "\n".join([*lines, "", ink("dim", "every command: wholeship --help")]) + "\n"
