"""Compose files: read as compose-go reads them, and what ``docker compose`` does with them.

``project`` gives the services of some files, merged with what they include and extend; ``commands`` says what
``docker compose push`` and ``build`` write::

    services = read_project(["compose.yaml"], tree.read, with_settings(tree.read, environment.get))
    for service in services:
        service.name, service.image, service.build, service.profiles

Bake reads the same files by other rules (all default files, no override file, ``x-bake``): see
``tools.bake``.
"""

from wholeship.tools.compose.commands import ComposeCall, builds, pushes
from wholeship.tools.compose.interpolate import NotCompose
from wholeship.tools.compose.project import Service, ServiceBuild, read_project, with_settings

__all__ = [
    "ComposeCall",
    "NotCompose",
    "Service",
    "ServiceBuild",
    "builds",
    "pushes",
    "read_project",
    "with_settings",
]
