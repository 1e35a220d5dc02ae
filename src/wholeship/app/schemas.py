"""Every published schema by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wholeship.core.errors import BadInput

Schema = dict[str, Any]


def schema_of(name: str) -> Schema:
    """The JSON Schema called *name*: ``file``, or a command's."""
    known = schemas()
    make = known.get(name)
    if make is None:
        raise BadInput(f"there is no schema {name}", advice=f"known: {', '.join(known)}")
    return make()


def schemas() -> Mapping[str, Callable[[], Schema]]:
    """Every schema there is, by name, in the order they are told."""
    from wholeship.output import (
        check_json,
        diff_json,
        drill_json,
        forecast_json,
        policy_json,
        release_json,
        review_json,
    )
    from wholeship.release.schema import json_schema

    return {
        "file": json_schema,
        **{name: _of(release_json.schema, name) for name in release_json.OUTPUTS},
        "policy": policy_json.schema,
        **{name: _of(review_json.schema, name) for name in ("review", "review-report")},
        "drill": drill_json.schema,
        "check": check_json.schema,
        "diff": diff_json.schema,
        "forecast": forecast_json.schema,
    }


def _of(make: Callable[[str], Schema], name: str) -> Callable[[], Schema]:
    return lambda: make(name)
