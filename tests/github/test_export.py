"""The release file as a workflow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.verdict.checked import check_files
from wholeship import __version__
from wholeship.app.export import pipeline_of
from wholeship.cli.main import main
from wholeship.core import yamls
from wholeship.core.errors import BadInput
from wholeship.github.export import Pipeline, Signing, exported_workflow, update
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

ROOT = Path(__file__).parent.parent.parent
GOLDEN = Path(__file__).parent / "fixtures" / "export" / "shop.yml"


@pytest.fixture
def pipeline() -> Pipeline:
    return replace(pipeline_of(str(ROOT / "examples" / "shop" / "wholeship.yaml")), file="wholeship.yaml")


def test_the_example_as_a_workflow(pipeline: Pipeline) -> None:
    """The exported workflow of the example, read in full."""
    assert exported_workflow(pipeline) == GOLDEN.read_text()


def test_what_is_exported_is_proved_whole(pipeline: Pipeline) -> None:
    """`check` proves the exported workflow whole in every scenario, gated, and finds nothing."""
    release = (ROOT / "examples" / "shop" / "wholeship.yaml").read_text()
    path = ".github/workflows/release.yml"
    files = {path: exported_workflow(pipeline), "wholeship.yaml": release}
    watched = Options(watched=Watched((pipeline.watched,), "wholeship.yaml"))
    (found,) = check_files({path: files[path]}, files.get, watched).workflows
    assert found.whole is True
    assert (found.findings, found.unknown) == ((), ())
    assert set(found.scenarios) == {"push", "release", "workflow_dispatch"}
    for line in found.publishes:
        assert line.gates == ("gate: Check every digest, run every gate on it",)
        assert set(line.after) == {"app": {"embeddings", "worker"}}.get(line.image, set(line.after))


def test_without_branches_no_push_releases(pipeline: Pipeline) -> None:
    """An empty list of branches is no trigger at all, not one for every branch."""
    node = yamls.read_yaml(exported_workflow(replace(pipeline, branches=())), "w")
    assert node is not None
    triggers = yamls.plain_node(node)["on"]
    assert list(triggers) == ["release", "workflow_dispatch"]


ATTESTED = Signing(identity=True)


def test_only_the_attest_job_gets_a_token(pipeline: Pipeline) -> None:
    """`id-token: write` is in the attest job alone, and there only where it signs without a key."""
    for signing, wanted in ((ATTESTED, ["attest"]), (Signing(secrets=("KEY",)), []), (None, [])):
        jobs = plain_jobs(exported_workflow(replace(pipeline, signing=signing)))
        assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == wanted
        assert ("attest" in jobs) == (signing is not None)


def test_promotion_waits_for_the_signature(pipeline: Pipeline) -> None:
    """Gate, attest, promote: each job needs the one before, and the notice hears of all."""
    jobs = plain_jobs(exported_workflow(replace(pipeline, signing=ATTESTED)))
    assert jobs["attest"]["needs"] == ["plan", "gate"]
    assert jobs["promote"]["needs"] == ["plan", "attest"]
    assert set(jobs["notice"]["needs"]) == set(jobs) - {"notice"}
    commands = [step.get("run", "") for job in ("attest", "promote") for step in jobs[job]["steps"]]
    assert commands.count(f"pipx install 'wholeship[attest]=={__version__}'") == 2


def test_a_key_comes_from_a_secret_and_nowhere_else(pipeline: Pipeline) -> None:
    """The variable of the key is set in the one step that signs."""
    text = exported_workflow(replace(pipeline, signing=Signing(secrets=("SIGNING_KEY", "PIN"))))
    assert text.count("secrets.SIGNING_KEY") == text.count("secrets.PIN") == 1
    step = plain_jobs(text)["attest"]["steps"][-1]
    assert step["env"]["SIGNING_KEY"] == "${{ secrets.SIGNING_KEY }}"


def test_githubs_own_attestation_only_when_asked(pipeline: Pipeline) -> None:
    """It is one step for each image, pinned, and none without being asked for."""
    assert "attest-build-provenance" not in exported_workflow(replace(pipeline, signing=ATTESTED))
    text = exported_workflow(replace(pipeline, signing=replace(ATTESTED, github=True)))
    assert text.count("actions/attest-build-provenance@") == len(pipeline.images)
    assert plain_jobs(text)["attest"]["permissions"]["attestations"] == "write"


@pytest.mark.parametrize("signing", [ATTESTED, Signing(secrets=("KEY",), github=True)])
def test_what_is_exported_with_signatures_is_proved_whole(pipeline: Pipeline, signing: Signing) -> None:
    """`check` proves it as it proves the others, and finds nothing."""
    release = (ROOT / "examples" / "shop" / "wholeship.yaml").read_text()
    path = ".github/workflows/release.yml"
    files = {path: exported_workflow(replace(pipeline, signing=signing)), "wholeship.yaml": release}
    watched = Options(watched=Watched((pipeline.watched,), "wholeship.yaml"))
    (found,) = check_files({path: files[path]}, files.get, watched).workflows
    assert found.whole is True
    assert (found.findings, found.unknown) == ((), ())


def test_the_release_file_says_how_it_is_signed(tmp_path: Path) -> None:
    """A key in a variable, keyless, or not at all, as the file has it."""
    file = tmp_path / "wholeship.yaml"
    plain = "registry: ghcr.io/acme\nimages: {app: {}}\ngates: none\n"
    wanted: dict[str, Signing | None] = {
        "": None,
        "attest: {sign: {key: env://SIGNING_KEY, password: PIN}}": Signing(secrets=("SIGNING_KEY", "PIN")),
        "attest: {sign: {keyless: true}, trust: {identities: [{issuer: i, subject: s}]}}": ATTESTED,
    }
    for text, signing in wanted.items():
        file.write_text(plain + text)
        assert pipeline_of(str(file)).signing == signing


NOTICES = {
    ("", 6): "a half release is visible",
    ("6", 6): "a half release is visible",
    ("6", 3): "a half release is visible",
    ("6", 127): "a half release is visible",
    ("6", 0): "it is out and whole",
    ("5", 0): "it is out and whole",
    ("5", 1): "may or may not have happened",
    ("5", 3): "may or may not have happened",
    ("", 1): "nothing of it is visible",
    ("1", 1): "nothing of it is visible",
    ("3", 3): "could not be found out",
    ("", 127): "could not be found out",
    ("1", 2): "could not be found out",
}


@pytest.mark.parametrize(("codes", "says"), NOTICES.items(), ids=str)
def test_the_notice_says_what_the_exit_codes_say(
    pipeline: Pipeline, tmp_path: Path, codes: tuple[str, int], says: str
) -> None:
    """Half and unknown are said as such; "nothing is visible" only when the registry was asked just now."""
    promoted, now = codes
    done, summary = notice(pipeline, tmp_path, now, TAG="20260528-182833-000001", PROMOTED=promoted)
    (line,) = done.splitlines()
    assert line.startswith("::error title=Release not finished::20260528-182833-000001: ")
    assert says in line
    assert says in summary
    assert [other for other in set(NOTICES.values()) - {says} if other in line] == []


def test_a_run_that_took_no_tag_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    """Nothing is asked where there is nothing to ask for."""
    done, _ = notice(pipeline, tmp_path, 6, TAG="", PROMOTED="")
    assert "no tag yet: no tag was taken" in done


def notice(pipeline: Pipeline, folder: Path, now: int, asks: str = "", **environment: str) -> tuple[str, str]:
    """What the job's script prints, and the summary, where `status` ends with *now*, or as *asks*."""
    program, summary = folder / "wholeship", folder / "summary.md"
    if now != 127:
        program.write_text(f"#!/bin/sh\necho asked: $*\n{asks or f'exit {now}'}\n")
        program.chmod(0o755)
    script = plain_jobs(exported_workflow(pipeline))["notice"]["steps"][-1]["run"]
    told = {"PATH": f"{folder}:/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(summary), **environment}
    done = subprocess.run(["bash", "-e", "-c", script], env=told, capture_output=True, text=True, check=True)
    return done.stdout, summary.read_text()


ENVIRONMENTS = {"staging": (), "production": ("registry.acme.example",)}


def test_each_environment_has_a_job(pipeline: Pipeline) -> None:
    """One after the other, after the promotion, each behind the protection of the GitHub environment of its
    name; it logs in to the registries of its own, and hands on nothing but the tag."""
    jobs = plain_jobs(exported_workflow(replace(pipeline, environments=ENVIRONMENTS)))
    assert jobs["promote-to-staging"]["needs"] == ["plan", "promote"]
    production = jobs["promote-to-production"]
    assert production["needs"] == ["plan", "promote", "promote-to-staging"]
    assert production["environment"] == "production"
    assert (
        production["steps"][-1]["run"]
        == 'wholeship promote --tag "$TAG" --to production --file wholeship.yaml'
    )
    logins = [step["with"]["registry"] for step in production["steps"] if "registry" in step.get("with", {})]
    assert logins[-1] == "registry.acme.example"
    assert jobs["notice"]["needs"][-2:] == ["promote-to-staging", "promote-to-production"]


def test_every_environment_has_a_job_of_its_own(pipeline: Pipeline) -> None:
    """Names that differ in other characters or capitals only are several jobs, one after the other."""
    names = ("eu west", "eu.west", "EU-west", "eu-west-2", "eu/west")
    jobs = plain_jobs(exported_workflow(replace(pipeline, environments=dict.fromkeys(names, ()))))
    found = [name for name in jobs if name.startswith("promote-to-")]
    assert len({each.casefold() for each in found}) == len(names)
    assert [jobs[each]["environment"] for each in found] == list(names)
    assert [jobs[each]["needs"][-1] for each in found] == ["promote", *found[:-1]]
    assert set(found) <= set(jobs["notice"]["needs"])


def test_what_is_exported_for_environments_is_proved_whole(pipeline: Pipeline) -> None:
    """`check` reads what goes to an environment, and proves it as the rest."""
    text = (ROOT / "examples" / "shop" / "wholeship.yaml").read_text()
    text += 'environments: {production: {policy: none, tag: "prod-{tag}"}}\n'
    path = ".github/workflows/release.yml"
    files = {
        path: exported_workflow(replace(pipeline, environments={"production": ()})),
        "wholeship.yaml": text,
    }
    watched = Options(watched=Watched((pipeline.watched,), "wholeship.yaml"))
    (found,) = check_files({path: files[path]}, files.get, watched).workflows
    assert found.whole is True
    assert (found.findings, found.unknown) == ((), ())
    assert any("prod-" in tag for line in found.publishes for tag in line.tags)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (0, ""),
        (1, ""),
        (6, "in production a half release"),
        (3, "in production could not be found"),
    ],
)
def test_the_notice_asks_each_environment(pipeline: Pipeline, tmp_path: Path, there: int, says: str) -> None:
    """Half in an environment is said, however whole the release is where it comes from."""
    pipeline = replace(pipeline, environments=ENVIRONMENTS)
    asks = f'case "$*" in *"--environment production"*) exit {there} ;; *) exit 0 ;; esac'
    told, _ = notice(pipeline, tmp_path, 0, asks, TAG="20260528-182833-000001", PROMOTED="0")
    (line,) = told.splitlines()
    assert "it is out and whole" in line
    assert says in line
    assert says or "production" not in line


def test_what_installs_it_is_pinned(pipeline: Pipeline) -> None:
    """Every job installs one version, the one that exported it, with a signature as well."""
    for signing in (None, ATTESTED):
        text = exported_workflow(replace(pipeline, signing=signing))
        assert text.count("pipx install") == text.count(f"=={__version__}") > 0


def test_an_image_waits_for_what_it_is_built_from(pipeline: Pipeline) -> None:
    """The job of an image needs the jobs of the images that it is built from, and no other build."""
    text = exported_workflow(replace(pipeline, needs={"app": ("worker",)}))
    needs = {name: job["needs"] for name, job in plain_jobs(text).items() if name.startswith("build-")}
    assert needs["build-app"] == ["plan", "build-worker"]
    assert needs["build-worker"] == needs["build-embeddings"] == ["plan"]


def plain_jobs(text: str) -> dict[str, Any]:
    node = yamls.read_yaml(text, "f")
    assert node is not None
    found: dict[str, Any] = yamls.plain_node(node)["jobs"]
    return found


def test_edits_outside_the_regions_stay(pipeline: Pipeline) -> None:
    """Exporting again after a change keeps every line that people wrote outside the marked regions."""
    edited = exported_workflow(pipeline).replace("name: Release\n", "name: Ship it # ours\n")
    edited += "\n  after:\n    needs: [promote]\n    runs-on: ubuntu-24.04\n    steps: [{run: echo done}]\n"
    changed = replace(pipeline, environment="production")
    renewed = update(edited, changed)
    assert "name: Ship it # ours\n" in renewed
    assert renewed.endswith("steps: [{run: echo done}]\n")
    assert "    environment: production\n" in renewed
    assert update(renewed, changed) == renewed


def test_a_file_of_others_is_refused(pipeline: Pipeline) -> None:
    """A workflow without the marked regions, or with one twice, is never written over."""
    for text in (
        "on: push\n",
        exported_workflow(pipeline) * 2,
        exported_workflow(pipeline).replace("begin jobs", "begin job"),
    ):
        with pytest.raises(BadInput):
            update(text, pipeline)


def test_qemu_and_the_input_only_where_needed(pipeline: Pipeline) -> None:
    """QEMU is set up only in legs that build a foreign platform; without manual runs there is no input."""
    text = exported_workflow(pipeline)
    assert text.count("docker/setup-qemu-action") == text.count("if: matrix.emulated") == len(pipeline.images)
    pushes = {name: platforms for name, platforms in pipeline.platforms.items() if name == "push"}
    assert "inputs" not in exported_workflow(replace(pipeline, platforms=pushes))


def test_the_command_writes_renews_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`export github` writes once, renews after a change and then only; --check writes nothing."""
    shutil.copy(ROOT / "examples" / "shop" / "wholeship.yaml", tmp_path)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    target = tmp_path / ".github" / "workflows" / "release.yml"
    assert main(["export", "github", "--check"]) == 1
    assert not target.exists()
    assert main(["export", "github"]) == 0
    assert target.read_text() == GOLDEN.read_text()
    assert main(["export", "github"]) == 0
    assert "up to date" in capsys.readouterr().out
    with (tmp_path / "wholeship.yaml").open("a") as file:
        file.write("export: {environment: production}\n")
    assert main(["export", "github", "--check"]) == 1
    assert main(["export", "github"]) == 0
    assert "environment: production" in target.read_text()
    target.write_text("on: push\n")
    assert main(["export", "github"]) == 2
    assert target.read_text() == "on: push\n"


@pytest.mark.real
def test_zizmor_finds_nothing() -> None:
    """The exported workflow is clean for zizmor, offline."""
    zizmor = Path(sys.executable).parent / "zizmor"
    if not zizmor.exists():
        pytest.skip("no zizmor")
    done = subprocess.run([zizmor, "--offline", GOLDEN], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.extended
@pytest.mark.real
def test_actionlint_finds_nothing() -> None:
    """The exported workflow is clean for actionlint."""
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("no actionlint")
    done = subprocess.run([actionlint, GOLDEN], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
