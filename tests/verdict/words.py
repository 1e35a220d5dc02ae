"""Workflows in a few words, for the tests of verdicts."""

from __future__ import annotations

from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

LOGIN = (
    "      - uses: docker/login-action@v3\n"
    "        with: {registry: r.io, username: bot, password: '${{ secrets.T }}'}\n"
)


def script(lines: str) -> str:
    """A step that runs *lines*."""
    return "      - run: |\n" + "".join(f"          {line}\n" for line in lines.split("\n"))


def job(
    name: str, *pushes: str, needs: str = "", condition: str = "", steps: str = "", more: str = ""
) -> str:
    """A job that is logged in to ``r.io``, does *steps*, and pushes each of *pushes* in a step of its own."""
    needed = f"    needs: {needs}\n" if needs else ""
    when = f"    if: {condition}\n" if condition else ""
    last = "".join(script(f"docker push r.io/{each}") for each in pushes)
    return f"  {name}:\n{needed}{when}{more}    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}{last}"


def workflow(*jobs: str, on: str = "{push: {tags: ['v*']}}") -> str:
    """The text of a workflow of *jobs*."""
    return f"on: {on}\njobs:\n{''.join(jobs)}"


def whole_of(*jobs: str, on: str = "{push: {tags: ['v*']}}", watched: str = "") -> WorkflowReport:
    """The report on it."""
    names = (watched,) if watched else ()
    return check_one(workflow(*jobs, on=on), "w.yml", options=Options(watched=Watched(names, "--watched")))
