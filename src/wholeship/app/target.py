"""What several use cases are asked about: a release file with what is said on top of it, and a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class ReleaseTarget:
    """Which release file, and what the command line and the environment say on top of it.

    Empty texts: nobody says. ``sources`` names who said each of them, such as ``--tag``.
    ``create_repositories``: what a push needs may be made.
    """

    file: str = ""
    registry: str = ""
    platforms: str = ""
    builder: str = ""
    state: str = ""
    tag: str = ""
    scenario: str = ""
    environment: str = ""
    create_repositories: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClusterChoice:
    """Which cluster, and which part of it; empty texts: as the kubeconfig says.

    ``wait`` is for how many seconds a release is waited for; 0: it is not.
    """

    context: str = ""
    namespace: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class HostChoice:
    """Which code host, and as whom; empty texts: as variables and the remote say.

    Without ``patient`` a host that is not to be reached costs little time: it is asked for context only.
    """

    repository: str = ""
    api: str = ""
    login: str = ""
    patient: bool = True


@dataclass(frozen=True, slots=True)
class WorkflowTerms:
    """What the command line says: the release file (empty: where there is one), the followed images, and
    the rules to ask, or not to ask; none: as the repository says."""

    file: str = ""
    watched: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
