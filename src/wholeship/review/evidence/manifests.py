"""What a manifest says beside dependencies and words: entry points, builders, parts that are shipped.

No suite that runs from the source tree notices those by itself, so they ask for more than dependencies do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import ChangedFile

if TYPE_CHECKING:
    from tomllib import loads
else:
    loads = late("tomllib:loads")

_STEERS: Mapping[str, Any] = {
    "pyproject.toml": lazy_pattern(
        r"project\.(?:name|scripts|gui-scripts|entry-points|dynamic)\b|build-system\.(?:build-backend|backend-path)"
        r"|tool\.(?:setuptools|hatch\.(?:build|metadata)|flit|poe|taskipy|maturin|scikit-build|cibuildwheel|briefcase|cython)\b"
        r"|tool\.(?:poetry|pdm)\.(?:scripts|packages|include|exclude|plugins|build|source)\b"
        r"|tool\.uv\.(?:[\w-]*index[\w-]*|find-links|pip|allow-insecure-host|build-backend|no-build-isolation)\b"
    ),
    "Cargo.toml": lazy_pattern(
        r"(?:lib|bin|test|profile|target|patch|replace|source|workspace\.(?:members|exclude))\b"
        r"|package\.(?:name|build|links|include|exclude|autotests|autobins|default-run)\b|features\.default\b"
    ),
}
"""What of a manifest is more than dependencies and words, by dotted names."""
_WORDS: Mapping[str, Any] = {
    "pom.xml": lazy_pattern(
        r"<(?:plugin|execution|goal|phase|configuration|argLine|skip\w*|excludes?|includes?|module|packaging|executable|argument"
        r"|systemProp\w*|profile|compilerArg\w*|relocation|resource|mainClass|groups|excludedGroups|repository|url>https?)"
    ),
    "build.gradle": lazy_pattern(
        r"\b(?:apply|task|tasks|exec|javaexec|doLast|doFirst|plugins?|exclude|url|jvmArgs|finalizedBy|enabled)\b"
    ),
    "composer.json": lazy_pattern(r"scripts|autoload|\"bin\"|repositories|@php"),
    "Gemfile": lazy_pattern(r"^(?!\s*gem\s|\s*#|\s*$)"),
}
"""The same, line by line, where no reader is kept."""


def steers_build(file: ChangedFile, before: bytes | None, now: bytes | None) -> bool:
    """Whether *file*, a manifest, changes more than dependencies and words about the package.

    *before* and *now* are its contents; a TOML file that cannot be read steers.
    """
    name = file.path.rpartition("/")[2]
    if name in _STEERS:
        if file.is_deleted or now is None:
            return False
        try:
            both = [dict(_flat(loads((text or b"").decode()))) for text in (before, now)]
        except (ValueError, RecursionError):
            return True
        changed = {key for key in {**both[0], **both[1]} if both[0].get(key) != both[1].get(key)}
        return any(_STEERS[name].match(key) or _is_feature_changed(key, both[0]) for key in changed)
    shape = next((shape for start, shape in _WORDS.items() if name.startswith(start)), None)
    texts = (*file.removed, *(line.text for line in file.lines))
    return shape is not None and any(shape.search(text) for text in texts)


def _is_feature_changed(key: str, before: Mapping[str, Any]) -> bool:
    """Whether *key* is a feature of a crate that was there: a new one switches nothing on."""
    return key.startswith("features.") and key in before


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted names of everything in *value*, with what they hold."""
    for key, each in value.items():
        name = f"{above}{key}"
        if isinstance(each, dict) and each:
            yield from _flat(each, f"{name}.")
        else:
            yield name, each
