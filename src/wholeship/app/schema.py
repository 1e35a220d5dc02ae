"""`wholeship schema`: every published schema by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from wholeship.core.errors import BadInput
from wholeship.output.check_json import CheckJson
from wholeship.output.diff_json import DiffJson
from wholeship.output.drill_json import DrillJson
from wholeship.output.encoding import schema_for
from wholeship.output.forecast_json import ForecastJson
from wholeship.output.policy_json import PolicyJson
from wholeship.output.prune_text import PruneJson
from wholeship.output.release_json import OUTPUTS
from wholeship.output.review_json import ReviewJson
from wholeship.release.schema import json_schema as file_schema
from wholeship.review.verdict import json_schema as verdict_schema

Schema = dict[str, Any]
FILE = "file"
"""The name of the release file's schema."""

SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    FILE: file_schema,
    **{name: partial(schema_for, kind) for name, kind in OUTPUTS.items()},
    "prune": partial(schema_for, PruneJson),
    "policy": partial(schema_for, PolicyJson),
    "review": verdict_schema,
    "review-report": partial(schema_for, ReviewJson),
    "drill": partial(schema_for, DrillJson),
    "check": partial(schema_for, CheckJson),
    "diff": partial(schema_for, DiffJson),
    "forecast": partial(schema_for, ForecastJson),
}
"""Every schema there is, by name, in the order they are told."""


def schema_of(name: str) -> Schema:
    """The JSON Schema called *name*: ``file``, or a command's."""
    make = SCHEMAS.get(name)
    if make is None:
        raise BadInput(f"there is no schema {name}", advice=f"known: {', '.join(SCHEMAS)}")
    return make()
