"""A completion script for the shell, from the parser of the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wholeship.core.errors import Bug, ToolMissing

_FILES = frozenset({"FILE", "PATH", "FORMAT=FILE"})
_FOLDERS = frozenset({"DIR", "FOLDER"})


def completion_script(parser: Any, shell: str, pages: Sequence[str]) -> str:
    """The script for *shell*; what is called a file or a folder is completed as one, ``docs`` by *pages*.

    :class:`ToolMissing` without the package that writes such scripts.
    """
    try:
        import shtab
    except ImportError:
        raise ToolMissing(
            "shell completion needs the package shtab",
            advice="pip install shtab where wholeship is installed (pipx: pipx inject wholeship shtab)",
        ) from None
    for command, action in _actions(parser):
        if action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY
        elif action.metavar in _FILES:
            action.complete = shtab.FILE
        elif command == "docs" and not action.option_strings:
            action.choices = pages
    script = shtab.complete(parser, shell=shell)
    return f"{_registered(script) if shell == 'zsh' else script}\n"


_ZSH = (
    'if [[ $zsh_eval_context[-1] == eval ]]; then',
    """\
# A file of the function path is called while the key is pressed; sourced or evaluated, it only registers.
if [[ $funcstack[1] != _wholeship ]]; then
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }""",
)  # fmt: skip


def _registered(script: str) -> str:
    """*script*, which `source` may read as well, and before `compinit`: shtab asks for `eval` alone."""
    found, made = _ZSH
    if found not in script:
        raise Bug("this version of shtab writes another script for zsh")
    return script.replace(found, made)


def _actions(parser: Any, command: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that can be typed, with the command that it belongs to."""
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for name, inner in action.choices.items():
                yield from _actions(inner, name)
        else:
            yield command, action
