"""A: tokens that stop being good, token services that fail, rights that lack, helpers that do not help."""

from __future__ import annotations

from functools import partial

from wholeship.testing.drill.engine import Case, Strikes
from wholeship.testing.drill.families.named import IMAGES, of_row
from wholeship.testing.drill.stage import HOST, PASSWORD, USER, Stage
from wholeship.testing.faults import Fault, meanwhile


def _revoked(after: bool, stage: Stage) -> Fault:
    return meanwhile("A1", "revoked", "every token is revoked", stage.login.revoke, after=after)


def _denied(image: str, stage: Stage) -> Fault:
    act = partial(stage.embedded.read_only.add, stage.repository(image).path)
    return meanwhile("A3", f"denied-{image}", "from here on one repository may only be read", act)


def _allowed(stage: Stage) -> None:
    stage.embedded.read_only.clear()


def _pull_only(stage: Stage) -> None:
    stage.login.pull_only = frozenset({USER})


def _pull_and_push(stage: Stage) -> None:
    stage.login.pull_only = frozenset()
    stage.login.revoke()


HELPERS = {
    "works": f'printf \'{{"ServerURL":"","Username":"{USER}","Secret":"{PASSWORD}"}}\'',
    "hangs": "sleep 60",
    "junk": "head -c 100 /dev/urandom",
    "fails": "exit 1",
    "tells": f"echo 'the secret is {PASSWORD}' >&2; echo '{PASSWORD}'; exit 1",
    "floods": f"yes '{PASSWORD}' | head -c 1000000; exit 3",
}
"""What a credential helper does, as a line of shell."""


def _helped(script: str, stage: Stage) -> None:
    """The credentials come from a helper program, as docker's configuration names it."""
    folder = stage.folder / "helper"
    folder.mkdir()
    program = folder / "docker-credential-drill"
    # The secret is in the script, which is not looked at for leaks; what it says is.
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    program.chmod(0o700)
    (folder / "config.json").write_text(f'{{"credHelpers": {{"{HOST}": "drill"}}}}')
    stage.environment = {"DOCKER_CONFIG": str(folder), "PATH": f"{folder}:/usr/bin:/bin"}


def _given(stage: Stage) -> None:
    for path in (stage.folder / "helper").iterdir():
        path.unlink()
    stage.environment = {"WHOLESHIP_REGISTRY_USERNAME": USER, "WHOLESHIP_REGISTRY_PASSWORD": PASSWORD}


CASES = (
    Case("A1", "revoked-before", "every token stops being good", fault=partial(_revoked, False)),
    Case(
        "A1", "revoked-after", "every token stops being good, a request later", fault=partial(_revoked, True)
    ),
    *of_row("A2"),
    *(
        Case(
            "A3",
            f"denied-{image}",
            f"from here on {image} may only be read",
            fault=partial(_denied, image),
            between=_allowed,
        )
        for image in IMAGES
    ),
    Case(
        "A3",
        "pull-only",
        "the token allows less than was asked, silently",
        Strikes.ONCE,
        before=_pull_only,
        between=_pull_and_push,
    ),
    *(
        Case(
            "A4",
            f"helper-{name}",
            f"a credential helper that {name}" if name != "junk" else "a credential helper that prints junk",
            Strikes.ONCE,
            before=partial(_helped, script),
            between=_given,
        )
        for name, script in HELPERS.items()
    ),
)
