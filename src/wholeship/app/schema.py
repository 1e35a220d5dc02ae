"""`wholeship schema`: every published schema by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from wholeship.core.errors import BadInput
from wholeship.output import (
    check_json,
    diff_json,
    drill_json,
    forecast_json,
    policy_json,
    prune_text,
    release_json,
    review_json,
)
from wholeship.release.schema import json_schema

Schema = dict[str, Any]
FILE = "file"
"""The name of the release file's schema."""

SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    FILE: json_schema,
    **{name: partial(release_json.schema, name) for name in release_json.OUTPUTS},
    "prune": prune_text.schema,
    "policy": policy_json.schema,
    **{name: partial(review_json.schema, name) for name in ("review", "review-report")},
    "drill": drill_json.schema,
    "check": check_json.schema,
    "diff": diff_json.schema,
    "forecast": forecast_json.schema,
}
"""Every schema there is, by name, in the order they are told."""


def schema_of(name: str) -> Schema:
    """The JSON Schema called *name*: ``file``, or a command's."""
    make = SCHEMAS.get(name)
    if make is None:
        raise BadInput(f"there is no schema {name}", advice=f"known: {', '.join(SCHEMAS)}")
    return make()
