"""A release as a GitHub Actions workflow: candidates in parallel, gates on digests, one promotion.

The shape is the one `check` can prove whole: nothing but the promote job makes a tag visible, and it needs
the gate job, which needs every build. Builds run on the runner that is native to their platform where
there is one; QEMU is set up only in legs that build a foreign platform. Each job has only the
permissions it uses.

Text between ``# wholeship:begin NAME`` and ``# wholeship:end NAME`` belongs to wholeship and is replaced
by the next export; everything outside stays as people wrote it.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import field

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.core.version import VERSION

ACTIONS: Mapping[str, tuple[str, str]] = {
    "actions/checkout": ("11bd71901bbe5b1630ceea73d27597364c9af683", "v4.2.2"),
    "docker/setup-qemu-action": ("29109295f81e9208d7d86ff1c6c12d2833863392", "v3.6.0"),
    "docker/setup-buildx-action": ("e468171a9de216ec08956ac3ada2f0791b6bd435", "v3.11.1"),
    "actions/attest-build-provenance": ("a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32", "v4.1.0"),
    "docker/login-action": ("74a5d142397b4f367a81961eba4e8cd7edddf772", "v3.4.0"),
}
"""Actions used, pinned by commit; a tag of an action can be moved, a commit cannot."""

NATIVE: Mapping[str, str] = {"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}
"""Hosted runners by the platform they are native to (GitHub docs, "GitHub-hosted runners reference")."""

INSTALL = f"pipx install wholeship=={VERSION}"
"""How a runner gets wholeship, where the release file does not say otherwise: the version that exported."""

NOTICE = """\
if [ -z "$TAG" ]; then
  says="no tag was taken: this attempt has made nothing visible"
else
  now=0
  wholeship status "$TAG" --file FILE --format markdown >> "$GITHUB_STEP_SUMMARY" || now=$?
  case "$PROMOTED/$now" in
    */0) says="it is out and whole; what failed came after that" ;;
    */6 | 6/*) says="a half release is visible; see what to do: wholeship repair $TAG" ;;
    5/*) says="the last write may or may not have happened; find out: wholeship status $TAG" ;;
    */1) says="nothing of it is visible to a controller; re-run the failed jobs" ;;
    *) says="what is visible of it could not be found out; ask again: wholeship status $TAG" ;;
  esac
fi
"""
"""What a release that did not finish has left: by what the registry shows now (``wholeship status``), and by
the exit code of the promotion (``core/errors.py`` has the table)."""
ELSEWHERE = """\
for there in THERE; do
  now=0
  wholeship status --environment "$there" --file FILE --format markdown >> "$GITHUB_STEP_SUMMARY" || now=$?
  case "$now" in
    0 | 1) ;;
    6) says="$says; in $there a half release is visible: wholeship status --environment $there" ;;
    *) says="$says; what is visible in $there could not be found out" ;;
  esac
done
"""
"""The same for each environment."""
TOLD = """\
echo "::error title=Release not finished::${TAG:-no tag yet}: $says"
echo "### Release ${TAG:-} not finished: $says" >> "$GITHUB_STEP_SUMMARY"
"""

_BEGIN, _END = "# wholeship:begin ", "# wholeship:end "
_REGION = lazy_pattern(
    r"^[ \t]*# wholeship:begin (?P<name>[a-z-]+)\n.*?^[ \t]*# wholeship:end (?P=name)\n", re.M | re.S
)


INSTALL_SIGNING = f"pipx install 'wholeship[attest]=={VERSION}'"
"""The same, where it signs or checks signatures."""


@dataclass(frozen=True, slots=True)
class Signing:
    """The attest job. ``identity``: it signs as the workflow, and needs a token for that; ``secrets`` are the
    variables that hold a key, or its password. ``github``: GitHub's own attestation is made too."""

    identity: bool = False
    secrets: tuple[str, ...] = ()
    github: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the workflow is made of, in the release file's own words.

    ``platforms`` maps a scenario (``push``, ``release``, ``manual``) to what it builds;
    ``runners`` overrides :data:`NATIVE`; ``needs`` are the images that each is built from,
    ``mirrors`` more registries that images go to; ``environment`` protects the promotion itself.
    """

    name: str
    registry: str
    images: tuple[str, ...]
    watched: str
    platforms: Mapping[str, tuple[Platform, ...]]
    branches: tuple[str, ...] = ("main",)
    gates: tuple[str, ...] = ()
    runners: Mapping[str, str] = field(default_factory=dict)
    install: str = INSTALL
    file: str = "wholeship.yaml"
    environment: str = ""
    signing: Signing | None = None
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mirrors: tuple[str, ...] = ()
    environments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The environments that a release is promoted to, in order, each with the hosts of its own registries."""


def exported_workflow(pipeline: Pipeline) -> str:
    """The whole workflow file, as new."""
    lines = [
        f"# The release of {pipeline.watched} and its siblings. Made by `wholeship export github` from",
        f"# {pipeline.file}; change that and export again. Your own lines outside the marked regions stay.",
        f"name: {_scalar(pipeline.name)}",
        "",
        *_region("triggers", _triggers(pipeline)),
        "",
        *_region("rights", _rights()),
        "",
        "jobs:",
        *_region("jobs", _jobs(pipeline), "  "),
    ]
    return "\n".join(lines) + "\n"


def update(existing: str, pipeline: Pipeline) -> str:
    """*existing* with its marked regions renewed and everything else kept, byte for byte.

    Raises :class:`BadInput` when the file has no such regions, lacks one, or has one twice: it was not
    made by wholeship, or was edited inside out.
    """
    fresh = {m["name"]: m[0] for m in _REGION.finditer(exported_workflow(pipeline))}
    found = [m["name"] for m in _REGION.finditer(existing)]
    if sorted(found) != sorted(fresh):
        lacking = sorted(set(fresh) - set(found)) or sorted({n for n in found if found.count(n) > 1})
        raise BadInput(
            f"the workflow does not hold each marked region once ({', '.join(lacking) or 'unknown ones'})",
            advice="write it anew with --force, or restore the `# wholeship:begin` and `end` lines",
        )
    return _REGION.sub(lambda m: fresh[m["name"]], existing)


def _region(name: str, lines: list[str], indent: str = "") -> list[str]:
    body = [f"{indent}{line}" if line else "" for line in lines]
    return [f"{indent}{_BEGIN}{name}", *body, f"{indent}{_END}{name}"]


def _triggers(pipeline: Pipeline) -> list[str]:
    lines = ["on:"]
    if "push" in pipeline.platforms and pipeline.branches:
        lines += ["  push:", f"    branches: [{', '.join(_scalar(b) for b in pipeline.branches)}]"]
    if "release" in pipeline.platforms:
        lines += ["  release:", "    types: [published]"]
    if "manual" in pipeline.platforms:
        default = ",".join(str(p) for p in pipeline.platforms["manual"])
        lines += [
            "  workflow_dispatch:",
            "    inputs:",
            "      platforms:",
            "        description: Platforms to build, separated by commas",
            f"        default: {default}",
            "        type: string",
        ]
    return lines


def _rights() -> list[str]:
    return [
        "# Every job asks for what it needs, and gets nothing else.",
        "permissions: {}",
        "",
        "# A group of its own for each run: a newer run neither cancels this release nor takes its place in",
        "# a queue. Order between releases needs no lock: tags are unique, and aliases only move forward.",
        "concurrency:",
        "  group: release-${{ github.run_id }}",
        "  cancel-in-progress: false",
    ]


def _jobs(pipeline: Pipeline) -> list[str]:
    builds = [f"build-{image}" for image in pipeline.images]
    jobs: list[list[str]] = [
        _plan(pipeline),
        *[_build(pipeline, image) for image in pipeline.images],
        _gate(pipeline, builds),
        *([_attest(pipeline, pipeline.signing)] if pipeline.signing else []),
        _promote(pipeline),
        *[_promote_to(pipeline, name) for name in pipeline.environments],
        _notice(pipeline, builds),
    ]
    return [line for index, job in enumerate(jobs) for line in ([""] if index else []) + job]


def _job(
    id: str,
    name: str,
    steps: list[str],
    *,
    minutes: int,
    packages: str = "write",
    needs: Iterable[str] = (),
    when: Iterable[str] = (),
    runner: str = "ubuntu-24.04",
    environment: str = "",
    rights: Iterable[str] = (),
    outputs: Iterable[str] = (),
) -> list[str]:
    """A job; *packages* and *rights* are its permissions, with a remark on what for."""
    told = list(outputs)
    return [
        f"{id}:",
        f"  name: {name}",
        *([f"  needs: [{', '.join(needs)}]"] if needs else []),
        *(f"  {line}" for line in when),
        f"  runs-on: {runner}",
        f"  timeout-minutes: {minutes}",
        *([f"  environment: {environment}"] if environment else []),
        "  permissions:",
        "    contents: read",
        f"    packages: {packages}",
        *(f"    {line}" for line in rights),
        *(["  outputs:", *(f"    {line}" for line in told)] if told else []),
        "  steps:",
        *steps,
    ]


def _plan(pipeline: Pipeline) -> list[str]:
    outputs = [f"legs-{image}: ${{{{ steps.plan.outputs.legs-{image} }}}}" for image in pipeline.images]
    has_input = "manual" in pipeline.platforms
    steps = [
        *_ready(pipeline),
        "    - name: Plan the release",
        "      id: plan",
        *(["      env:", "        WHOLESHIP_PLATFORMS: ${{ inputs.platforms }}"] if has_input else []),
        f"      run: wholeship plan --save --file {_shell(pipeline.file)}",
    ]
    told = ["tag: ${{ steps.plan.outputs.tag }}", *outputs]
    return _job("plan", "Plan", steps, minutes=10, packages="write # the release record", outputs=told)


def _build(pipeline: Pipeline, image: str) -> list[str]:
    steps = [
        *_checkout(),
        "    - name: Set up emulation",
        "      if: matrix.emulated",
        f"      uses: {_uses('docker/setup-qemu-action')}",
        "      with:",
        "        platforms: ${{ matrix.architecture }}",
        "    - name: Set up buildx",
        f"      uses: {_uses('docker/setup-buildx-action')}",
        *_install(pipeline),
        *_login(pipeline),
        f"    - name: Build {image} as a candidate",
        "      env:",
        "        TAG: ${{ needs.plan.outputs.tag }}",
        "        PLATFORM: ${{ matrix.platform }}",
        (
            f'      run: wholeship build --tag "$TAG" --image {_shell(image)} --platforms "$PLATFORM" '
            f"--file {_shell(pipeline.file)}"
        ),
    ]
    legs = f"    include: ${{{{ fromJSON(needs.plan.outputs.legs-{image}) }}}}"
    return _job(
        f"build-{image}",
        f"Build {image} (${{{{ matrix.platform }}}})",
        steps,
        minutes=60,
        packages="write # pushes by digest, no tag",
        needs=["plan", *(f"build-{name}" for name in pipeline.needs.get(image, ()))],
        when=["strategy:", "  matrix:", legs],
        runner="${{ matrix.runner }}",
    )


def _gate(pipeline: Pipeline, builds: list[str]) -> list[str]:
    steps = [
        *_ready(pipeline),
        *_on_tag(pipeline, "Check every digest, run every gate on it", "gate"),
    ]
    packages = "write # the index over all platforms, and the receipts"
    needs = ["plan", *builds]
    return _job("gate", "Gate the candidates", steps, minutes=60, packages=packages, needs=needs)


def _attest(pipeline: Pipeline, signing: Signing) -> list[str]:
    token = ["id-token: write # signs as this workflow"] if signing.identity or signing.github else []
    secrets = [f"        {name}: ${{{{ secrets.{name} }}}}" for name in signing.secrets]
    title = "State, sign and store what is true of the release"
    steps = [
        *_ready(pipeline, signs=True),
        *_on_tag(pipeline, title, "attest", id="attest", variables=secrets),
        *(_github_attestations(pipeline) if signing.github else []),
    ]
    return _job(
        "attest",
        "Sign what was gated",
        steps,
        minutes=20,
        packages="write # what is stated, beside the images",
        needs=["plan", "gate"],
        rights=[*token, *(["attestations: write # GitHub's own, too"] if signing.github else [])],
    )


def _github_attestations(pipeline: Pipeline) -> list[str]:
    """One for each image: the action takes one subject with a registry at a time."""
    lines = []
    for image in pipeline.images:
        lines += [
            f"    - name: GitHub's attestation of {image}",
            f"      uses: {_uses('actions/attest-build-provenance')}",
            "      with:",
            f"        subject-name: ${{{{ steps.attest.outputs.repository-{image} }}}}",
            f"        subject-digest: ${{{{ steps.attest.outputs.digest-{image} }}}}",
        ]
    return lines


def _promote(pipeline: Pipeline) -> list[str]:
    steps = [
        *_ready(pipeline, signs=pipeline.signing is not None),
        *_on_tag(pipeline, "Bind the deploy tag and read it back", "promote", id="promote"),
        *_on_tag(pipeline, "Verify every tag, digest and platform", "verify"),
    ]
    return _job(
        "promote",
        "Promote, siblings first",
        steps,
        minutes=20,
        packages="write # the deploy tag",
        needs=["plan", "attest" if pipeline.signing else "gate"],
        environment=_scalar(pipeline.environment) if pipeline.environment else "",
        outputs=["exit-code: ${{ steps.promote.outputs.exit-code }}"],
    )


def _promote_to(pipeline: Pipeline, name: str) -> list[str]:
    """The job for an environment. Its protection in GitHub decides when it begins; what goes there are the
    digests that are out already, after the gates of that environment."""
    before = list(pipeline.environments)[: list(pipeline.environments).index(name)]
    jobs = _jobs_of(pipeline.environments)
    title = "Gate the digests there, bind the deploy tag, read it back"
    steps = [
        *_ready(pipeline, pipeline.environments[name], signs=pipeline.signing is not None),
        *_on_tag(pipeline, title, "promote", more=f"--to {_shell(name)} "),
    ]
    return _job(
        jobs[name],
        _scalar(f"Promote to {name}"),
        steps,
        minutes=60,
        packages="write # the deploy tag there",
        needs=["plan", "promote", *(jobs[each] for each in before[-1:])],
        environment=f"{_scalar(name)} # its protection rules are set in GitHub",
    )


def _jobs_of(environments: Iterable[str]) -> dict[str, str]:
    """The id of each one's job: letters, digits, ``-`` and ``_`` (GitHub docs, "jobs.<job_id>").

    No two are one, also where two names differ in other characters or in capitals only.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in environments:
        plain = "promote-to-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)
        tries = itertools.chain([plain], (f"{plain}-{number}" for number in itertools.count(2)))
        found[name] = next(each for each in tries if each.casefold() not in taken)
        taken.add(found[name].casefold())
    return found


def _notice(pipeline: Pipeline, builds: list[str]) -> list[str]:
    stages = ["gate", *(["attest"] if pipeline.signing else []), "promote"]
    stages += _jobs_of(pipeline.environments).values()
    script = NOTICE + (ELSEWHERE if pipeline.environments else "") + TOLD
    script = script.replace("FILE", _shell(pipeline.file))
    script = script.replace("THERE", " ".join(map(_shell, pipeline.environments)))
    steps = [
        *_ready(pipeline, tuple(host for each in pipeline.environments.values() for host in each)),
        "    - name: Ask the registry, and write the notice",
        "      if: always()",
        "      env:",
        "        TAG: ${{ needs.plan.outputs.tag }}",
        "        PROMOTED: ${{ needs.promote.outputs.exit-code }}",
        "      run: |",
        *(f"        {line}" for line in script.splitlines()),
    ]
    return _job(
        "notice",
        "Say that the release did not finish",
        steps,
        minutes=10,
        packages="read # what is visible now",
        needs=["plan", *builds, *stages],
        when=["if: failure() || cancelled()"],
    )


def _ready(pipeline: Pipeline, more: tuple[str, ...] = (), *, signs: bool = False) -> list[str]:
    """What every job begins with; *more*: hosts to log in to beside the release's own."""
    return [*_checkout(), *_install(pipeline, signs=signs), *_login(pipeline, more)]


def _on_tag(
    pipeline: Pipeline,
    title: str,
    command: str,
    *,
    id: str = "",
    variables: Iterable[str] = (),
    more: str = "",
) -> list[str]:
    """A step that runs a *command* of wholeship on the release's tag."""
    return [
        f"    - name: {title}",
        *([f"      id: {id}"] if id else []),
        "      env:",
        "        TAG: ${{ needs.plan.outputs.tag }}",
        *variables,
        f'      run: wholeship {command} --tag "$TAG" {more}--file {_shell(pipeline.file)}',
    ]


def _checkout() -> list[str]:
    return [
        "    - name: Check out",
        f"      uses: {_uses('actions/checkout')}",
        "      with:",
        "        persist-credentials: false",
    ]


def _install(pipeline: Pipeline, *, signs: bool = False) -> list[str]:
    command = INSTALL_SIGNING if signs and pipeline.install == INSTALL else pipeline.install
    return ["    - name: Install wholeship", f"      run: {_scalar(command)}"]


def _login(pipeline: Pipeline, more: tuple[str, ...] = ()) -> list[str]:
    hosts = dict.fromkeys((pipeline.registry.partition("/")[0], *pipeline.mirrors, *more))
    return [line for number, host in enumerate(hosts) for line in _login_to(host, first=not number)]


def _login_to(host: str, *, first: bool) -> list[str]:
    if host == "ghcr.io":
        user, secret = "${{ github.actor }}", "${{ secrets.GITHUB_TOKEN }}"
    else:
        name = "REGISTRY" if first else re.sub(r"[^A-Z0-9]+", "_", host.upper())
        user, secret = f"${{{{ secrets.{name}_USERNAME }}}}", f"${{{{ secrets.{name}_PASSWORD }}}}"
    return [
        f"    - name: Log in to {host}",
        f"      uses: {_uses('docker/login-action')}",
        "      with:",
        f"        registry: {_scalar(host)}",
        f"        username: {user}",
        f"        password: {secret}",
    ]


def _uses(action: str) -> str:
    commit, version = ACTIONS[action]
    return f"{action}@{commit} # {version}"


def _scalar(text: str) -> str:
    """*text* as a YAML scalar, quoted when plain would mean something else."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 ._/=+-]*", text) and text.lower() not in tuple(
        "true false null yes no on off".split()
    )
    return text if plain and text == text.strip() else "'" + text.replace("'", "''") + "'"


def _shell(text: str) -> str:
    return shlex.quote(text)
