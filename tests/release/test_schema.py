"""The published schema is the model's, and agrees with what is accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wholeship.app.schema import schema_of
from wholeship.core import yamls
from wholeship.core.errors import BadInput
from wholeship.release.config import Overrides, parse_config
from wholeship.release.schema import json_schema

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src" / "wholeship" / "release" / "wholeship.schema.json"
FIXTURES = Path(__file__).parent / "fixtures" / "config"
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def fits(value: Any, schema: Any, root: dict[str, Any]) -> bool:
    """Whether *value* is valid, by the part of JSON Schema that msgspec writes."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return any(fits(value, one, root) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool) and "boolean" not in kinds:
        return False
    if not isinstance(value, tuple(t for k in kinds for t in _types(k))):
        return False
    if isinstance(value, dict):
        known = schema.get("properties", {})
        other = schema.get("additionalProperties", True)
        return set(schema.get("required", ())) <= set(value) and all(
            fits(item, known.get(key, other), root)
            if key in known or isinstance(other, dict)
            else bool(other)
            for key, item in value.items()
        )
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {}), root) for item in value)
    return True


def _types(kind: str) -> tuple[type, ...]:
    found = TYPES[kind]
    return found if isinstance(found, tuple) else (found,)


def document(text: str) -> Any:
    node = yamls.read_yaml(text, "f")
    assert node is not None
    return yamls.plain_node(node)


def test_the_shipped_schema_is_the_models() -> None:
    """The file that editors fetch is what the model says now; `wholeship schema` writes it anew."""
    assert json.loads(SHIPPED.read_text()) == json_schema()
    assert schema_of("file") == json_schema()


def test_it_accepts_the_example() -> None:
    """The example's release file is valid."""
    text = (ROOT / "examples" / "shop" / "wholeship.yaml").read_text()
    assert fits(document(text), json_schema(), json_schema())


@pytest.mark.parametrize("name", ["wrong-kinds", "misspelt-images", "misspelt-registry", "everything"])
def test_it_refuses_what_is_refused(name: str) -> None:
    """Unknown keys and wrong kinds are invalid for editors too."""
    text = (FIXTURES / f"{name}.yaml").read_text()
    assert not fits(document(text), json_schema(), json_schema())


@pytest.mark.parametrize(
    "text",
    [
        "images: {app: {args: {A: 1.5, B: true, C: x}}}",
        "images: {app: {platforms: null}}\ngates: none",
        "images: {app: {}}\ngates: {a: {run: x, network: host}}",
        "images: {app: {}}\nreview: {suites: {a: x, b: {run: y}}, reviewer: [pi, {name: own, command: [z]}]}",
    ],
)
def test_it_accepts_what_is_accepted(text: str) -> None:
    """What the reader takes is valid for editors too."""
    assert fits(document(text), json_schema(), json_schema())
    gates = "" if "gates" in text else "\ngates: none"
    assert parse_config(f"registry: a.b/c\n{text}{gates}", Path("f"), Overrides()).images


def test_every_key_is_explained() -> None:
    """Editors show a description for each key of an image, a gate and the file."""
    schema = json_schema()
    for properties in (schema["properties"], *(schema["$defs"][n]["properties"] for n in ("image", "gate"))):
        for name, about in properties.items():
            assert "description" in about or "$ref" in about, name


def test_an_unknown_schema_names_the_known() -> None:
    """`wholeship schema nope` says which there are."""
    with pytest.raises(BadInput) as caught:
        schema_of("nope")
    assert "release" in caught.value.advice
