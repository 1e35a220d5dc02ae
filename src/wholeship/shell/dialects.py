"""Which language a step's ``shell:`` speaks, and its script as a POSIX shell would say it.

GitHub docs, workflow syntax, ``jobs.<id>.steps[*].shell``: names that are known, or a command line with
``{0}`` in the place of the script's file.
"""

from __future__ import annotations

import posixpath
import re

from wholeship.core.patterns import lazy_pattern
from wholeship.shell import batch, powershell
from wholeship.shell.interpret import SHELLS
from wholeship.shell.powershell import NotRead

_RUN_BASH = frozenset(("alpine.sh", "msys2", "wsl-bash", "micromamba-shell", "cygwin", "setsid"))
"""Shells that actions put in place: the script is one of bash or sh, somewhere else."""
_LANGUAGES = frozenset(
    ("python", "python3", "perl", "node", "ruby", "php", "lua", "deno", "tsx", "Rscript", "bun")
)
WITHOUT_ERREXIT = "bash {0}"
"""How scripts that :func:`in_posix` makes are to be run."""
_END = "WHOLESHIP_END_OF_SCRIPT"


def is_posix(shell: str) -> bool:
    """Whether a script of *shell* is one of a POSIX shell."""
    words = shell.split()
    names = [_base(word) for word in words]
    if not names or names[0] in SHELLS | _RUN_BASH:
        return True
    before = [
        name for name in names[: names.index("{0}") if "{0}" in names else None] if not name.startswith("-")
    ]
    return bool(before) and before[-1] in SHELLS


def in_posix(text: str, shell: str) -> str:
    """*text*, a script of *shell*, as a POSIX script that does the same; raises :class:`NotRead`.

    Code of a language is handed to it as it is.
    """
    name = _base(shell.partition(" ")[0])
    if name in ("pwsh", "powershell"):
        return powershell.in_posix(text)
    if name == "cmd":
        return batch.in_posix(text)
    if name in _LANGUAGES and _END not in text:
        return f"{'python3' if name == 'python' else name} - <<'{_END}'\n{text}\n{_END}\n"
    raise NotRead("a line")


def language(shell: str) -> str:
    """What the script is called in words: ``PowerShell``."""
    name = _base(shell.partition(" ")[0])
    return "PowerShell" if name in ("pwsh", "powershell") else f"`{name}`"


def _base(word: str) -> str:
    return re.sub(r"\.exe$", "", posixpath.basename(word))


SPEAKS = lazy_pattern(
    r"docker|podman|buildah|skopeo|\bcrane\b|regctl|\boras\b|nerdctl|imagetools|push|publish|\bko\b|bake|compose|jib"
    r"|(?:\.|/|\\)[\w-]+\.(?:ps1|psm1|sh|bat|cmd|py|js|rb|exe)\b|\bmake\b|\bjust\b|\btask\b|npm|pnpm|yarn|gradle|mvn"
    r"|Invoke-Expression|\biex\b|Start-Process|&\s*[$(]|goreleaser|skaffold|earthly|bazel|dotnet|\baz\b|gcloud|\baws\b"
    r"|python|node ",
    re.IGNORECASE,
)
"""What a script says that is not read and may push; without any of it, it does something else."""
