"""Changes to a shop in real repositories, with suites that really run, before the whole review."""

from __future__ import annotations

import os
import pwd
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.review.doors import DOORS, GOOD_DOORS
from tests.review.emptied import EMPTIED, GOOD_EMPTIED
from tests.review.insiders import INSIDERS
from tests.review.judge import GOOD_JUDGED, JUDGED
from tests.review.patient import PATIENT
from tests.review.repositories import Repo
from tests.review.shops import FEATURE, FEATURE_TEST, GOOD_SHOTS, SHOP, Shot, to
from tests.review.shops import SHOTS as SHOP_SHOTS
from tests.review.world import captured, changed, order, world
from wholeship.adapters.ranges import GitRepository
from wholeship.adapters.suites import ShellSuites
from wholeship.app.review_prover import ReviewProver
from wholeship.app.world import World
from wholeship.core.progress import Silent
from wholeship.review.run import Ended, ReviewWorld, review
from wholeship.review.settings import Settings, Suite

SHOTS = (*SHOP_SHOTS, *DOORS, *INSIDERS, *PATIENT, *JUDGED, *EMPTIED)
GOOD = (*GOOD_SHOTS, *GOOD_DOORS, *GOOD_JUDGED, *GOOD_EMPTIED)


def reviewed(shot: Shot, folder: Path) -> Ended:
    """The review of *shot*."""
    if any("cargo " in command for command in shot.suites):
        _find_cargo()
    repo = Repo(folder / "repo")
    inner = Below(repo, shot.place) if shot.place else repo
    inner.commit({**SHOP, **(shot.base or {})}, "feat: shop")
    repo.git("switch", "--quiet", "--create", "change")
    shot.make(inner)
    repo.git("checkout", "--quiet", "--force", "HEAD")
    here = world(captured(changed("none")))
    tools = replace(
        here.instruments,
        suites=ShellSuites(folder / "logs"),
        workflows=ReviewProver(World(Silent())),
    )
    real: ReviewWorld = replace(here, repository=GitRepository(repo.path), instruments=tools)
    suites = tuple(Suite(f"suite-{number}", command) for number, command in enumerate(shot.suites))
    coverage = (shot.coverage,) if shot.coverage else ()
    return review(order(Settings(suites=suites, coverage=coverage), base="main"), real)


@pytest.mark.extended
@pytest.mark.parametrize("shot", SHOTS, ids=[shot.name for shot in SHOTS])
def test_shots_are_held(shot: Shot, tmp_path: Path) -> None:
    """Whatever a determined person does to the shop, it is held."""
    assert reviewed(shot, tmp_path).report.gate.state == "failure"


ALWAYS = (*JUDGED[::6], *EMPTIED[::8])


@pytest.mark.parametrize("shot", ALWAYS, ids=[shot.name for shot in ALWAYS])
def test_some_shots_are_held_always(shot: Shot, tmp_path: Path) -> None:
    """A part of the last tables runs in the ordinary suite."""
    assert reviewed(shot, tmp_path).report.gate.state == "failure"


GOOD_ALWAYS = (*GOOD_JUDGED[:3], *GOOD_EMPTIED[:2])


@pytest.mark.parametrize("shot", GOOD_ALWAYS, ids=[shot.name for shot in GOOD_ALWAYS])
def test_some_good_shots_pass_always(shot: Shot, tmp_path: Path) -> None:
    """Neighbours of what is held go through."""
    assert reviewed(shot, tmp_path).report.gate.state == "success"


def _find_cargo() -> None:
    """Tests have a home folder of their own; toolchains stay in the user's."""
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not installed")
    os.environ.setdefault("RUSTUP_HOME", f"{pwd.getpwuid(os.getuid()).pw_dir}/.rustup")


_BETWEEN = ("words of a commit", "taken out again")
"""What is wrong with these stands between the commits, and is not in the sum of them."""
SPLIT = tuple(shot for shot in SHOTS[::6] if not any(each in shot.name for each in _BETWEEN))


def split(shot: Shot) -> Shot:
    """*shot*, a commit for each file."""

    def make(repo: Repo) -> None:
        shot.make(repo)
        tree = repo.git("rev-parse", "HEAD^{tree}")
        repo.git("reset", "--quiet", "--hard", "main")
        for name in repo.git("diff", "--name-only", "--no-renames", "main", tree).splitlines():
            repo.git("read-tree", "HEAD")
            entry = repo.git("ls-tree", tree, "--", name)
            if entry:
                mode, _, blob = entry.partition("\t")[0].split(" ")
                repo.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{name}")
            else:
                repo.git("rm", "--quiet", "--cached", name)
            repo.git("commit", "--quiet", "--no-verify", "-m", f"feat: {name}")
        repo.git("clean", "--quiet", "--force", "-d", "-x")

    return replace(shot, make=make)


@pytest.mark.extended
@pytest.mark.parametrize("shot", SPLIT, ids=[shot.name for shot in SPLIT])
def test_splitting_turns_nothing_green(shot: Shot, tmp_path: Path) -> None:
    """A change that is held stays held when it comes in several commits."""
    assert reviewed(split(shot), tmp_path).report.gate.state == "failure"


def with_line_ends(shot: Shot) -> Shot:
    """*shot*, whose changed files have the line ends of Windows."""

    def make(repo: Repo) -> None:
        shot.make(repo)
        for name in repo.git("diff", "--name-only", "--diff-filter=d", "main", "HEAD").splitlines():
            path = repo.path / name
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        repo.commit_all("style: line ends")

    return replace(shot, make=make)


@pytest.mark.extended
@pytest.mark.parametrize("shot", JUDGED, ids=[shot.name for shot in JUDGED])
def test_line_ends_turn_no_shot_green(shot: Shot, tmp_path: Path) -> None:
    """A change that is held stays held with the line ends of Windows."""
    assert reviewed(with_line_ends(shot), tmp_path).report.gate.state == "failure"


@pytest.mark.parametrize("shot", [shot for shot in JUDGED if "several lines" in shot.name])
def test_line_ends_hide_no_packed_secret(shot: Shot, tmp_path: Path) -> None:
    """A secret in base64 over several lines is seen whatever ends the lines."""
    assert reviewed(with_line_ends(shot), tmp_path).report.gate.state == "failure"


class Below(Repo):
    """A repository of which everything lies in one folder."""

    def __init__(self, repo: Repo, folder: str) -> None:
        self.path = repo.path / folder
        self.path.mkdir(parents=True)


PLACES = (
    "tests",
    "e2e",
    "pkg/testdata",
    "docs/parts",
    "examples/test",
    "services/shop",
    "dist",
    "tests/fixtures/shop",
)


def below(shot: Shot, place: str) -> Shot:
    """*shot*, and the shop that it changes, in a folder of the repository."""
    suites = tuple(f"cd {place} && {command}" for command in shot.suites)
    coverage = f"{place}/{shot.coverage}" if shot.coverage else ""
    return replace(shot, suites=suites, coverage=coverage, place=place)


MOVED = tuple((shot, place) for shot in SHOP_SHOTS for place in PLACES)
"""Every shot at the shop, in every place."""


@pytest.mark.parametrize("place", PLACES[:3])
def test_a_mistake_is_held_wherever_the_project_lies(place: str, tmp_path: Path) -> None:
    """A project that lies in a folder of tests as a whole has code, and it has to be noticed."""
    shot = Shot("a mistake", to(("shop/mail.py", "Hello", "Helo")))
    assert reviewed(below(shot, place), tmp_path).report.gate.state == "failure"


@pytest.mark.parametrize("place", PLACES[:1])
def test_a_good_change_passes_wherever_the_project_lies(place: str, tmp_path: Path) -> None:
    """What is not held elsewhere is not held there."""
    shot = Shot("a feature with its test", to(FEATURE, FEATURE_TEST))
    assert reviewed(below(shot, place), tmp_path).report.gate.state == "success"


@pytest.mark.extended
@pytest.mark.parametrize(("shot", "place"), MOVED, ids=[f"{shot.name} in {place}" for shot, place in MOVED])
def test_another_folder_turns_nothing_green(shot: Shot, place: str, tmp_path: Path) -> None:
    """A change that is held stays held where it lies, and all that belongs to it, in another folder."""
    assert reviewed(below(shot, place), tmp_path).report.gate.state == "failure"


@pytest.mark.extended
@pytest.mark.parametrize("shot", GOOD, ids=[shot.name for shot in GOOD])
def test_good_shots_pass(shot: Shot, tmp_path: Path) -> None:
    """A good change to the shop goes through."""
    ended = reviewed(shot, tmp_path)
    assert ended.report.gate.state == "success", ended.report.gate.headline
