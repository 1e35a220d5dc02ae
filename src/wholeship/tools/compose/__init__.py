"""Compose files: read as compose-go reads them, and what ``docker compose`` does with them.

``project`` gives the services of some files, merged with what they include and extend; ``commands`` says what
``docker compose push`` and ``build`` write::

    services = read_project(["compose.yaml"], tree.read, with_settings(tree.read, environment.get))
    for service in services:
        service.name, service.image, service.build, service.profiles

Bake reads the same files by other rules (all default files, no override file, ``x-bake``): see
``tools.bake``.

The reader is loaded when it is first asked for: most repositories build no image with Compose.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wholeship.tools.compose.commands import ComposeCall, builds, pushes

__all__ = ["ComposeCall", "builds", "pushes"]


def __getattr__(name: str) -> object:
    """The member of the module that is only loaded now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.commands"), name)
    globals()[name] = found
    return found
