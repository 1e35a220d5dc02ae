"""What a step of a CI job hands to later ones."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from wholeship.adapters.files import append


def write_outputs(values: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
    """Step outputs of GitHub Actions, where there are any (GitHub docs, "Workflow commands")."""
    target = environment.get("GITHUB_OUTPUT")
    if not target or not values:
        return
    # A random end mark: no value can close its own block and write another output.
    mark = f"end-{secrets.token_hex(16)}"
    text = "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in values.items())
    append(Path(target), text)
