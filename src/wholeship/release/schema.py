"""The shape of ``wholeship.yaml``: a raw mirror of the file, nothing resolved.

The docstrings and ``description`` texts here become the JSON Schema that editors show.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from wholeship.release.builder_names import Builder
from wholeship.verdict.rule_names import RuleName

SCHEMA_ID = (
    "https://raw.githubusercontent.com/wholeship/wholeship/main/src/wholeship/release/wholeship.schema.json"
)
"""Where editors find the schema."""

Guessable = Literal["registry", "images", "watched"]
Strings = tuple[str, ...]


def _said(text: str) -> Meta:
    return Meta(description=text)


class RawImage(Struct, frozen=True, forbid_unknown_fields=True):
    """One image of the release. Keys as in Compose and Bake."""

    context: Annotated[str, _said("Build context, relative to this file")] = "."
    dockerfile: Annotated[str, _said("Dockerfile, relative to the context")] = "Dockerfile"
    target: Annotated[str | None, _said("Stage to build")] = None
    args: Annotated[dict[str, str], _said("Build arguments")] = {}
    secrets: Annotated[Strings, _said("Build secrets: id=NAME[,src=FILE|,env=VARIABLE]")] = ()
    platforms: Annotated[Strings | None, _said("Platforms of this image; default: the scenario's")] = None
    repository: Annotated[str | None, _said("Repository; default: registry/NAME")] = None
    labels: Annotated[dict[str, str], _said("Image labels")] = {}
    contexts: Annotated[
        dict[str, str],
        _said("Named contexts: target:IMAGE of this release, docker-image://REFERENCE, a URL, or a folder"),
    ] = {}
    ssh: Annotated[Strings, _said("SSH agent or keys for the build: default, or NAME=FILE")] = ()
    no_cache: Annotated[bool, _said("Build anew in every release")] = False
    annotations: Annotated[dict[str, str], _said("Annotations of the image, beside the release's own")] = {}
    cache_from: Annotated[Strings, _said("More places to read layers from, as in --cache-from")] = ()
    extra_hosts: Annotated[dict[str, str], _said("Addresses by host name, known to RUN steps")] = {}
    mirrors: Annotated[Strings, _said("More repositories that it goes to")] = ()


class RawIdentity(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody whose keyless signatures are believed."""

    issuer: Annotated[str, _said("Who vouches, as https://token.actions.githubusercontent.com")]
    subject: Annotated[str, _said("Whom the certificate names, in full, or its beginning with * at the end")]


class RawTrust(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose signatures are believed; default: the key that signs."""

    keys: Annotated[Strings, _said("Public keys in PEM: files, or env://VARIABLE")] = ()
    identities: tuple[RawIdentity, ...] = ()


class RawGate(Struct, frozen=True, forbid_unknown_fields=True):
    """A check on the exact candidate digests: an image with a command, or a script."""

    image: Annotated[str | None, _said("Run this image's candidate")] = None
    command: Annotated[Strings, _said("Command to run in it")] = ()
    run: Annotated[str | None, _said("Script that gets IMAGE_NAME=repository@digest")] = None
    needs: Annotated[Strings, _said("Images a script gets; default: all")] = ()
    network: Annotated[Literal["none", "host", "default"], _said("Network of the container")] = "none"
    timeout: Annotated[str, _said("Time limit, as in 90s, 25m, 1h")] = "10m"
    environment: Annotated[dict[str, str], _said("Variables for the command or script")] = {}
    signed_bases: Annotated[
        RawTrust | None, _said("Nothing is run: what Dockerfiles start FROM must be signed by one of these")
    ] = None
    sbom_without: Annotated[
        Strings, _said("Nothing is run: packages (NAME or NAME@VERSION) that no image may contain")
    ] = ()


class RawBuilder(Struct, frozen=True, forbid_unknown_fields=True):
    """How images are built."""

    type: Annotated[Builder, _said("auto takes the first that answers")] = "auto"
    parallel: Annotated[int | None, _said("Builds at a time; default: one per core")] = None
    cache: Annotated[dict[str, str], _said("Cache by image name, as in buildx --cache-to")] = {}
    nodes: Annotated[dict[str, str], _said("Native buildx nodes by platform")] = {}


class RawGitops(Struct, frozen=True, forbid_unknown_fields=True):
    """What rolls production."""

    policy: Annotated[str | None, _said("File or folder with the ImagePolicy of the watched image")] = None
    name: Annotated[str | None, _said("Name of the policy, when the folder holds several")] = None


class RawEnvironment(Struct, frozen=True, forbid_unknown_fields=True):
    """An environment that whole releases are promoted to, by their digests."""

    policy: Annotated[
        str | None, _said("File or folder with the ImagePolicy there; `none` where nothing follows tags")
    ] = None
    name: Annotated[str | None, _said("Name of the policy, when the folder holds several")] = None
    registry: Annotated[str | None, _said("Where the images go there; default: the same repositories")] = None
    tag: Annotated[str, _said("The tag there, made from {tag}, the release's own")] = "{tag}"
    gates: Annotated[
        dict[str, RawGate] | Literal["none"], _said("Gates there, by name; `none` to have none")
    ] = {}


class RawSuite(Struct, frozen=True, forbid_unknown_fields=True):
    """A test suite of the review."""

    run: str
    timeout: str = "30m"
    environment: Annotated[Strings, _said("Variables it may see beside the harmless ones")] = ()
    network: Annotated[bool, _said("Whether it may use the network with --untrusted")] = False
    memory: Annotated[int, _said("MiB that it may use with --untrusted")] = 4096


class RawCell(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the suites of an untrusted change run."""

    image: Annotated[str | None, _said("Container image with the toolchains; default: bubblewrap")] = None
    readable: Annotated[Strings, _said("Further folders with toolchains, for bubblewrap")] = ()


class RawReviewer(Struct, frozen=True, forbid_unknown_fields=True):
    """A reviewer other than the built-in one."""

    name: Annotated[str, _said("pi, claude, codex, or a name for a command of your own")]
    command: Annotated[
        Strings, _said("Reads the prompt, writes one JSON reply; from the base, if a file")
    ] = ()
    model: Annotated[str | None, _said("Model of a preset")] = None
    timeout: str = "15m"
    environment: Annotated[Strings, _said("Variables it may see beside the harmless ones")] = ()
    login: Annotated[Strings, _said("Files below the home folder that it may read")] = ()
    cost: Annotated[float | None, _said("US dollars that a run is taken to cost")] = None


class RawBudget(Struct, frozen=True, forbid_unknown_fields=True):
    """What external reviewers may use, for each repository on this machine."""

    runs_per_hour: int = 6
    runs_per_day: int = 40
    cost_per_day: Annotated[float, _said("US dollars")] = 20.0
    cost_per_run: Annotated[float, _said("US dollars")] = 5.0
    diff_bytes: Annotated[int, _said("Longest diff that is shown; never a part of one")] = 400_000


class RawReview(Struct, frozen=True, forbid_unknown_fields=True):
    """Evidence and gate of `wholeship review`; taken from the base, so that no change sets its own terms."""

    suites: Annotated[dict[str, str | RawSuite], _said("Commands run in a clean worktree of the head")] = {}
    reviewer: Annotated[
        str | tuple[str | RawReviewer, ...], _said("evidence, pi, claude, codex, or commands of your own")
    ] = "evidence"
    thresholds: Annotated[dict[str, int | bool | str], _said("Limits of the gate, by verdict field")] = {}
    categories: Annotated[dict[str, Strings], _said("Path patterns by category")] = {}
    coverage: Annotated[
        Strings, _said("coverage reports that a suite writes: Cobertura XML, lcov, Go's profile")
    ] = ()
    cell: RawCell = RawCell()
    budget: RawBudget = RawBudget()
    prompt: Annotated[str | None, _said("File with the reviewers' prompt, taken from the base")] = None
    skip_safe: Annotated[bool, _said("Ask no model about small changes of docs or additive tests")] = False
    context: Annotated[str, _said("Context of the commit status")] = "wholeship/review"


class RawJob(Struct, frozen=True, forbid_unknown_fields=True):
    """Declared figures of one workflow job."""

    minutes: Annotated[
        float | dict[str, float] | None,
        _said("Minutes: in all; as median and p90; or per platform, with `fixed` added once"),
    ] = None
    disk: Annotated[
        float | dict[str, float] | None, _said("Peak disk in GB: in all, or per platform and fixed")
    ] = None


class RawRunner(Struct, frozen=True, forbid_unknown_fields=True):
    """What a runner label offers. GB."""

    disk: float | None = None
    platform: str | None = None


class RawForecast(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures for forecasts, where there is no history yet."""

    jobs: dict[str, RawJob] = {}
    runners: dict[str, RawRunner] = {}
    emulation: Annotated[float | None, _said("How many times slower an emulated build is")] = None
    queue: Annotated[float | None, _said("Seconds waited for a runner before each job")] = None
    concurrent: Annotated[int | None, _said("Jobs that run at a time in your plan")] = None


class RawDeclared(Struct, frozen=True, forbid_unknown_fields=True):
    """What an action or script does that `check` cannot read."""

    publishes: Annotated[Strings, _said("Images and tags it makes visible; empty: none")] = ()
    gates: Annotated[Strings, _said("Gates it runs")] = ()


class RawWorkflows(Struct, frozen=True, forbid_unknown_fields=True):
    """Declarations for `check`."""

    declared: Annotated[dict[str, RawDeclared], _said("By action (owner/name) or script path")] = {}


class RawIgnore(Struct, frozen=True, forbid_unknown_fields=True):
    """Findings that somebody has answered: they are counted and named, and no answer gets better by it."""

    reason: Annotated[str, _said("Why; it is printed with what is ignored")]
    rules: Annotated[tuple[RuleName, ...], _said("Rules, by name; none: every rule, in these paths")] = ()
    paths: Annotated[Strings, _said("Workflow files, with * and **; none: every file")] = ()


class RawCheck(Struct, frozen=True, forbid_unknown_fields=True):
    """How `check` judges the workflows."""

    ignore: Annotated[tuple[RawIgnore, ...], _said("Findings that are answered, with the reason")] = ()
    previews: Annotated[
        Strings, _said("Tags that nobody follows, as pr-*: what is wrong with them is a note")
    ] = ()
    fail_on: Annotated[
        Literal["error", "warning", "note"] | None, _said("Least severity that makes the answer no")
    ] = None
    watched: Annotated[
        str | Strings, _said("Images or repositories that are followed; default: the release's")
    ] = ()


class RawNotify(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told when a release does not finish."""

    webhook: Annotated[str | None, _said("Variable that holds the URL")] = None


class RawSign(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs: a key, or whoever the CI says we are."""

    key: Annotated[
        str | None, _said("File, env://VARIABLE, or a key store's URI (awskms: gcpkms: azurekms: hv: hsm:)")
    ] = None
    public: Annotated[str | None, _said("Public key in PEM of a key in a key store")] = None
    password: Annotated[str | None, _said("Variable with the key's password or PIN")] = None
    keyless: Annotated[bool, _said("Sign with a certificate for the CI's identity (Sigstore)")] = False


class RawAttest(Struct, frozen=True, forbid_unknown_fields=True):
    """What is stated of a release, signed, and laid beside its images before any tag is written."""

    sign: RawSign = RawSign()
    trust: RawTrust = RawTrust()
    provenance: Annotated[bool, _said("State how each image was made (SLSA provenance)")] = True
    sbom: Annotated[Literal["none", "syft", "buildkit"], _said("Who lists what each image contains")] = "none"
    required: Annotated[bool, _said("Whether a release that cannot be attested is refused")] = True
    sigstore: Annotated[str | None, _said("File that describes another Sigstore than the public one")] = None


class RawExport(Struct, frozen=True, forbid_unknown_fields=True):
    """How `export github` writes the workflow."""

    branches: Annotated[Strings, _said("Branches whose pushes release")] = ("main",)
    runners: Annotated[dict[str, str], _said("Runner label by platform")] = {}
    install: Annotated[str | None, _said("Command that installs wholeship on the runner")] = None
    environment: Annotated[str | None, _said("Environment of the promote job")] = None
    attestations: Annotated[bool, _said("Also make GitHub's own attestations, in the attest job")] = False


class RawRelease(Struct, frozen=True, forbid_unknown_fields=True):
    """A release: several images built from one commit, under one deploy tag, whole or not at all."""

    images: Annotated[dict[str, RawImage], _said("The images, by name; what releases needs one")] = {}
    watched: Annotated[
        str | Strings | UnsetType,
        _said("The image the controller follows, written last; or several, in the order of writing"),
    ] = UNSET
    registry: Annotated[str | None, _said("Where the images go, for example ghcr.io/acme")] = None
    mirrors: Annotated[Strings, _said("Where all of them go as well, for example docker.io/acme")] = ()
    tag: Annotated[
        str,
        _said(
            "Deploy tag, of {timestamp} {date} {time} {unix} {sequence} {sha} {short_sha} {branch} {semver}"
        ),
    ] = "{timestamp}-{sequence}"
    aliases: Annotated[dict[str, Strings], _said("Moving tags by scenario, set after the release")] = {}
    platforms: Annotated[dict[str, Strings], _said("Platforms by scenario; `default` for the others")] = {}
    gates: Annotated[dict[str, RawGate] | Literal["none"], _said("Gates by name; `none` to have none")] = {}
    builder: RawBuilder = RawBuilder()
    attest: Annotated[RawAttest | None, _said("Attestations beside the images; default: none")] = None
    record: Annotated[str | None, _said("Repository for the release record; default: a sibling's")] = None
    allow_http: Annotated[Strings, _said("Registries spoken to without TLS, beside the loopback")] = ()
    allow_private: Annotated[
        Strings, _said("Private addresses that a registry may send downloads and token requests to")
    ] = ()
    gitops: RawGitops = RawGitops()
    environments: Annotated[
        dict[str, RawEnvironment], _said("Environments that releases are promoted to, by name")
    ] = {}
    review: RawReview = RawReview()
    forecast: RawForecast = RawForecast()
    workflows: RawWorkflows = RawWorkflows()
    check: RawCheck = RawCheck()
    unconfirmed: Annotated[
        tuple[Guessable, ...],
        _said("Keys that `init` guessed and nobody has confirmed yet; no release is made before it is empty"),
    ] = ()
    notify: RawNotify = RawNotify()
    export: RawExport = RawExport()


def json_schema() -> dict[str, Any]:
    """The release file's JSON Schema (2020-12), for editors; shipped as ``wholeship.schema.json``."""
    (reference,), components = msgspec.json.schema_components([RawRelease], ref_template="#/$defs/{name}")
    root = components.pop("RawRelease")
    assert reference == {"$ref": "#/$defs/RawRelease"}
    names = {name: name.removeprefix("Raw").lower() for name in components}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **root,
        "title": "wholeship.yaml",
        "$defs": {names[name]: component for name, component in components.items()},
    }
    renamed: dict[str, Any] = _renamed_refs(
        schema, {f"#/$defs/{old}": f"#/$defs/{new}" for old, new in names.items()}
    )
    return renamed


def _renamed_refs(node: Any, names: dict[str, str]) -> Any:
    """*node* with every reference by its new name, and texts for people where they belong."""
    if isinstance(node, dict):
        kept = {key: _renamed_refs(value, names) for key, value in node.items()}
        if isinstance(kept.get("$ref"), str):
            kept["$ref"] = names.get(kept["$ref"], kept["$ref"])
        if isinstance(kept.get("title"), str) and kept["title"].startswith("Raw"):
            del kept["title"]
        if kept.get("additionalProperties") == {"type": "string"}:
            # Values of arguments and variables are text as written, so `3.13` and `true` will do.
            kept["additionalProperties"] = {"type": ["string", "number", "boolean"]}
        return kept
    # Defaults come as tuples; JSON knows lists.
    return [_renamed_refs(item, names) for item in node] if isinstance(node, list | tuple) else node
