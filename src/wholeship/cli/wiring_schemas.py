"""Every published schema by name."""

from __future__ import annotations

from typing import Any

from wholeship.core.errors import BadInput


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema called *name*: ``file``, or a command's."""
    from wholeship.output import policy_json, release_json
    from wholeship.release.schema import json_schema

    if name == "file":
        return json_schema()
    if name in release_json.OUTPUTS:
        return release_json.schema(name)
    if name == "policy":
        return policy_json.schema()
    known = ", ".join(["file", *release_json.OUTPUTS, "policy"])
    raise BadInput(f"there is no schema {name}", advice=f"known: {known}")
