"""Build secrets as buildx spells them: ``id=NAME``, ``id=NAME,src=FILE``, ``id=NAME,env=VARIABLE``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from wholeship.core.errors import BadInput
from wholeship.core.text import Redactor
from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by name, in a file or in a variable of ours; its value is never held here."""

    id: str
    file: Path | None = None
    variable: str = ""

    @property
    def flag(self) -> str:
        """What ``--secret`` takes: where the value is, not the value."""
        return f"id={self.id},src={self.file}" if self.file else f"id={self.id},env={self.variable}"


def parse_secret(text: str, root: Path) -> Secret:
    """The secret that *text* spells, relative files found from *root*. Raises :class:`BadInput`.

    With neither ``src`` nor ``env``, a variable of the secret's name is taken, else a file of that name
    (Docker documentation, "docker buildx build --secret").
    """
    parts = dict(part.partition("=")[::2] for part in text.split(","))
    name, source, variable = parts.pop("id", ""), parts.pop("src", ""), parts.pop("env", "")
    source = source or parts.pop("source", "")
    kind = parts.pop("type", "")
    if not name or parts or kind not in ("", "file", "env") or (source and variable):
        raise BadInput(f"not a build secret: {text!r}", advice="write id=NAME, with src=FILE or env=VARIABLE")
    if kind == "env" and source:
        source, variable = "", source
    if not source and not variable:
        source, variable = ("", name) if name in os.environ else (name, "")
    if variable:
        if variable not in os.environ:
            raise BadInput(f"the secret {name} should be in the variable {variable}, which is not set")
        return Secret(name, variable=variable)
    file = root / source
    if not file.is_file():
        raise BadInput(f"the secret {name} should be in {file}, which is no file")
    return Secret(name, file=file)


def secret_variables(secrets: Iterable[Secret]) -> dict[str, str]:
    """The variables that a builder must see for *secrets*."""
    return {s.variable: os.environ[s.variable] for s in secrets if s.variable}


def redactor(secrets: Iterable[Secret]) -> Redactor:
    """Hides the values of *secrets* in what a builder prints."""
    redact = Redactor(secret_variables(secrets).values())
    for secret in secrets:
        if secret.file:
            redact.learn(secret.file.read_text(encoding="utf-8", errors="replace").strip())
    return redact
