"""``docker buildx bake``: its definition read as buildx reads it.

The public face::

    command = Command(files=(Template.of("docker-bake.hcl"),), targets=(Template.of("app"),), push=True)
    for way in read_targets(command, World(read=tree.read, names=environment)):
        if isinstance(way, Unreadable):
            ...  # way.reason says why the definition has no targets that are known
        for target in way:
            target.name, target.context, target.dockerfile, target.stage, target.args, target.platforms
            target.tags, target.contexts, target.outputs, target.pushes

Each *way* is one way in which conditions that only a run decides can turn out; a plain definition has one.
``World.read`` gives files by their path from the root of the repository, ``World.names`` the environment.
Without ``files`` the default files are read, without ``targets`` the target or group ``default``.
:func:`target_names` lists what can be asked for, :func:`bare_variables` the variables that somebody has to
set; :func:`effects` says what a run writes.

Layers, from the inside out: ``syntax`` and ``json_syntax`` (text → tree), ``values``, ``functions`` and
``evaluate`` (tree → value), ``choices`` (open conditions), ``blocks`` and ``variables`` (one definition),
``exports`` and ``targets`` (parents, ``--set``, groups), ``services`` (Compose), ``read``, ``writes``.

The reader is a big part of the tool, and most repositories have no bake file: what stands here is loaded when
it is first asked for.
"""

from typing import TYPE_CHECKING

from wholeship.core.late import late_members

if TYPE_CHECKING:
    from wholeship.tools.bake.made import MadeFile
    from wholeship.tools.bake.read import (
        Command,
        Target,
        Unreadable,
        bare_variables,
        printed_names,
        read_targets,
        target_names,
    )
    from wholeship.tools.bake.writes import effects

__all__ = [
    "Command",
    "MadeFile",
    "Target",
    "Unreadable",
    "bare_variables",
    "effects",
    "printed_names",
    "read_targets",
    "target_names",
]

_HOMES = dict.fromkeys(__all__, "read") | {"effects": "writes", "MadeFile": "made"}
__getattr__ = late_members(__name__, _HOMES)
