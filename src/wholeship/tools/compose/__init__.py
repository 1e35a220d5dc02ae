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

from typing import TYPE_CHECKING

from wholeship.core.late import late_members

if TYPE_CHECKING:
    from wholeship.tools.compose.commands import ComposeCall, builds, pushes

__all__ = ["ComposeCall", "builds", "pushes"]


__getattr__ = late_members(__name__, dict.fromkeys(__all__, "commands"))
