"""`wholeship` alone: what is seen here, and what to do next. Nothing is asked of the network."""

from __future__ import annotations

import posixpath
from pathlib import Path

from wholeship.app.workflow_files import workflows_among
from wholeship.app.world import World
from wholeship.core.errors import BadConfig, WholeshipError
from wholeship.core.values import dataclass
from wholeship.core.wording import counted, listed, listed_few
from wholeship.release.config import ReleaseConfig, load_if_releasing
from wholeship.release.file import FILE

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
BAKE = ("docker-bake.hcl", "docker-bake.json")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is seen. ``problem`` says why the release file that is there cannot be used.

    ``newest_release`` is the deploy tag that this machine worked on last; ``next_commands`` are two, each
    with what it is for.
    """

    folder: Path
    branch: str
    changed: bool
    config: ReleaseConfig | None
    problem: str
    workflows: tuple[str, ...]
    dockerfiles: tuple[str, ...]
    definitions: tuple[str, ...]
    newest_release: str
    next_commands: tuple[tuple[str, str], ...]

    def seen(self) -> dict[str, str]:
        """What there is, by name, in a few words each."""
        config = self.config
        release = "none yet"
        if self.problem:
            release = f"cannot be used: {self.problem}"
        elif config is not None:
            release = f"{config.file}: {listed_few(config.images)}; {config.watched} is followed"
        state = "no git repository, or no branch"
        if self.branch:
            state = f"{self.branch}{', with uncommitted changes' if self.changed else ''}"
        return {
            "branch": state,
            "release file": release,
            "workflows": _some(self.workflows),
            "Dockerfiles": counted(len(self.dockerfiles), "file") if self.dockerfiles else "none",
            **({"also": listed_few(self.definitions)} if self.definitions else {}),
            "newest release here": self.newest_release or "none on this machine",
        }


def _some(paths: tuple[str, ...]) -> str:
    """The paths, where they are few."""
    if len(paths) > 3:
        return f"{len(paths)} files in {posixpath.dirname(paths[0])}"
    return listed(paths) or "none"


def look_around(world: World) -> Surroundings:
    """What is in the current folder."""
    folder = Path()
    paths = world.open_tree(folder).paths
    branch, changed = _branch(world, folder)
    config, problem = _release_file(folder / FILE)
    releases = world.open_state(world.state_folder(folder)).releases()
    workflows = tuple(workflows_among(paths))
    dockerfiles = tuple(path for path in paths if _is_dockerfile(path))
    newest = releases[0] if releases else ""
    return Surroundings(
        folder=folder.resolve(),
        branch=branch,
        changed=changed,
        config=config,
        problem=problem,
        workflows=workflows,
        dockerfiles=dockerfiles,
        definitions=tuple(path for path in paths if path in (*COMPOSE, *BAKE)),
        newest_release=newest,
        next_commands=_next_commands(config, problem, newest, bool(workflows), bool(dockerfiles)),
    )


def _branch(world: World, folder: Path) -> tuple[str, bool]:
    """The branch, and whether anything is uncommitted; no branch where git cannot say."""
    try:
        tree = world.look_at_git(folder, False)
    except WholeshipError:
        return "", False
    return (tree.branch, tree.dirty) if tree else ("", False)


def _release_file(path: Path) -> tuple[ReleaseConfig | None, str]:
    if not path.exists():
        return None, ""
    try:
        return load_if_releasing(path), ""
    except BadConfig as error:
        first = error.problems[0]
        return None, f"{first.place}: {first.message}"
    except WholeshipError as error:
        return None, error.message


def _is_dockerfile(path: str) -> bool:
    name = posixpath.basename(path)
    return name == "Dockerfile" or name.startswith("Dockerfile.") or name.endswith(".Dockerfile")


def _next_commands(
    config: ReleaseConfig | None, problem: str, newest: str, workflows: bool, dockerfiles: bool
) -> tuple[tuple[str, str], ...]:
    check = ("wholeship check", "prove the workflows, or see the run that breaks a promise")
    plan = ("wholeship plan", "what a release would do; nothing is touched")
    if config is not None:
        if newest:
            return ("wholeship status", "what is out, whole or half"), plan
        return plan, ("wholeship release --rehearse", "a release on a registry of its own, on this machine")
    if problem:
        return plan, ("wholeship schema", "every key that the release file may have")
    init = ("wholeship init", "write a commented wholeship.yaml from what is found here")
    if workflows:
        return check, init
    if dockerfiles:
        return init, ("wholeship plan", "then: what a release would do; nothing is touched")
    return ("wholeship drill", "see a release killed at every step, in memory"), (
        "wholeship -C DIR",
        "look at another folder",
    )
