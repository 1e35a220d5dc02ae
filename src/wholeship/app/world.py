"""What use cases need of the world, in one place: here, and only here, a port meets its adapter.

A ``World`` is made once for a command. What is heavy to import (a registry client, a builder, a cluster)
comes in when it is first asked for. A test makes a ``World`` of its own with ``dataclasses.replace``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from wholeship.adapters import answers, files, plain_files, repository, tag_lists
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.files import State
from wholeship.adapters.journal import locked
from wholeship.adapters.syft import Syft
from wholeship.adapters.tree import Tree
from wholeship.app.target import HostChoice
from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, CommandFailed, ToolMissing
from wholeship.core.interrupts import stoppable
from wholeship.core.progress import Progress
from wholeship.core.values import dataclass
from wholeship.output.actions import write_outputs

if TYPE_CHECKING:
    from wholeship.adapters.answers import AnswerFolder
    from wholeship.adapters.git import WorkTree
    from wholeship.adapters.github import GitHub
    from wholeship.adapters.history import HistoryStore
    from wholeship.adapters.memory import FileMemory
    from wholeship.adapters.ranges import GitRepository
    from wholeship.adapters.registry import RegistryClient
    from wholeship.adapters.revision import Revision
    from wholeship.core.http import Transport
    from wholeship.core.reference import Pinned
    from wholeship.core.reference import Repository as ImageRepository
    from wholeship.pipeline.ports import Repository
    from wholeship.release.attestation.terms import AttestTerms
    from wholeship.release.config import ReleaseConfig
    from wholeship.release.inputs.fingerprint import Sources
    from wholeship.release.plan import PlannedGate
    from wholeship.release.ports import (
        Builder,
        Cluster,
        Registry,
        RepositoryMaker,
        Runner,
        SbomScanner,
        Signer,
        Verifier,
    )
    from wholeship.release.source import Source
    from wholeship.review.ports import Linter, Reviewers, SecretScanner, Suites

REVIEW_LIFETIME = 7 * 86400.0
"""Seconds that the answers of reviewers are kept."""
GLANCE = 5.0
"""Seconds that a glance at a registry waits."""


@dataclass(frozen=True, slots=True)
class World:
    """The parts of the world, each as the use cases call it.

    ``open_registry`` takes the hosts that may be spoken to without TLS, and the private addresses that a
    registry may send to; what ``glance_at_registry`` gives
    asks once and does not wait long: for remarks, on which nothing rests.
    """

    progress: Progress
    environment: Mapping[str, str]
    clock: Clock
    read_file: Callable[[Path], bytes | None]
    write_file: Callable[[Path, str], None]
    write_new_file: Callable[[Path, str], None]
    check_writable: Callable[[Path], None]
    open_tree: Callable[[Path], Tree]
    root_of: Callable[[Path], Path]
    standing: Callable[[Path], Path]
    state_folder: Callable[[Path], Path]
    files_below: Callable[[Path], Repository]
    open_revision: Callable[[Path, str], Revision]
    history_file: Callable[[Path], Path]
    open_history: Callable[[Path], HistoryStore]
    top_of_repository: Callable[[Path], Path]
    open_repository: Callable[[Path, str], GitRepository]
    open_code_host: Callable[[Path, HostChoice], tuple[GitHub | None, str]]
    open_answers: Callable[[], AnswerFolder]
    program_state: Callable[[], str]
    open_review_memory: Callable[[str], FileMemory]
    review_suites: Callable[[Path], Suites]
    review_programs: Callable[[Path], Reviewers]
    reviewer_costs: Callable[[], Mapping[str, float]]
    linters: Callable[[], tuple[Linter, ...]]
    secret_scanners: Callable[[], tuple[SecretScanner, ...]]
    open_transport: Callable[[], Transport]
    is_loopback: Callable[[str], bool]
    open_registry: Callable[[frozenset[str], frozenset[str]], RegistryClient]
    glance_at_registry: Callable[[frozenset[str], frozenset[str]], RegistryClient]
    open_repository_maker: Callable[[Callable[[str], bool]], RepositoryMaker]
    rehearsal_registry: Callable[[], AbstractContextManager[str]]
    choose_builder: Callable[[ReleaseConfig], Builder]
    open_signer: Callable[[AttestTerms, Path], Signer]
    open_verifier: Callable[[AttestTerms, Path], Verifier]
    open_scanner: Callable[[frozenset[str]], SbomScanner]
    choose_runner: Callable[[PlannedGate, Builder | None], Runner]
    open_cluster: Callable[[str, str], Cluster]
    open_state: Callable[[Path], State]
    lock_release: Callable[[Path], AbstractContextManager[None]]
    look_at_git: Callable[[Path, bool], WorkTree | None]
    look_at_source: Callable[[Path], Source]
    input_sources: Callable[[Path, str, Registry], Sources]
    base_places: Callable[[str, Pinned, Registry], Iterator[tuple[ImageRepository, Registry]]]
    shows_state: Callable[[Path, Path, Path], bool]
    free_bytes: Callable[[Path | None], int]
    read_manifests: Callable[[str, Path], Mapping[str, str]]
    read_tag_list: Callable[[str], tuple[str, ...]]
    post_notice: Callable[[str, Mapping[str, object]], str]
    stoppable: Callable[[], AbstractContextManager[None]]
    write_step_outputs: Callable[[Mapping[str, str]], None]


def real_world(progress: Progress) -> World:
    """The world as it is; *progress* is told what happens."""
    return World(
        progress=progress,
        environment=os.environ,
        clock=SystemClock(),
        read_file=repository.read_file,
        write_file=files.write_over,
        write_new_file=files.write_new,
        check_writable=files.check_writable,
        open_tree=Tree,
        root_of=repository.root_of,
        standing=repository.standing_place,
        state_folder=state_folder,
        files_below=repository.WorkTreeFiles,
        open_revision=open_revision,
        history_file=history_file,
        open_history=open_history,
        top_of_repository=top_of_repository,
        open_repository=open_repository,
        open_code_host=open_code_host,
        open_answers=answers.answer_folder,
        program_state=answers.program_state,
        open_review_memory=open_review_memory,
        review_suites=review_suites,
        review_programs=review_programs,
        reviewer_costs=reviewer_costs,
        linters=linters,
        secret_scanners=secret_scanners,
        open_transport=open_transport,
        is_loopback=is_loopback,
        open_registry=open_registry,
        glance_at_registry=glance_at_registry,
        open_repository_maker=open_repository_maker,
        rehearsal_registry=rehearsal_registry,
        choose_builder=choose_builder,
        open_signer=open_signer,
        open_verifier=open_verifier,
        open_scanner=open_scanner,
        choose_runner=choose_runner,
        open_cluster=open_cluster,
        open_state=State,
        lock_release=locked,
        look_at_git=look_at_git,
        look_at_source=look_at_source,
        input_sources=input_sources,
        base_places=base_places,
        shows_state=shows_state,
        free_bytes=free_bytes,
        read_manifests=read_manifests,
        read_tag_list=tag_lists.read_tag_list,
        post_notice=post_notice,
        stoppable=stoppable,
        write_step_outputs=write_outputs,
    )


def open_revision(root: Path, name: str) -> Revision:
    """The files of the revision *name* of the repository at *root*."""
    from wholeship.adapters.revision import Revision

    return Revision(root, name)


def state_folder(root: Path) -> Path:
    """Where state is kept in the repository at *root*, unless another folder is named."""
    return root / plain_files.NAME


def history_file(root: Path) -> Path:
    """Where past runs are remembered in the repository at *root*."""
    return root / plain_files.NAME / plain_files.FORECASTS


def open_history(file: Path) -> HistoryStore:
    """What is remembered of past runs."""
    from wholeship.adapters.history import HistoryStore

    return HistoryStore(file)


def top_of_repository(folder: Path) -> Path:
    """The top of the git repository that *folder* is in; :class:`BadInput` where there is none."""
    from wholeship.adapters.git import output

    try:
        return Path(output(folder, "rev-parse", "--show-toplevel")[1].decode().rstrip("\n"))
    except CommandFailed as error:
        raise BadInput(
            f"there is no repository here: {error.message}", advice="run this in the repository to review"
        ) from None


def open_repository(root: Path, name: str) -> GitRepository:
    """The git repository at *root*, *name* on its code host."""
    from wholeship.adapters.ranges import GitRepository

    return GitRepository(root, name)


def open_code_host(root: Path, choice: HostChoice) -> tuple[GitHub | None, str]:
    """The client for the repository's code host, when there is a token, and who the repository is."""
    from wholeship.adapters.hosting import code_host_of

    return code_host_of(
        root,
        os.environ,
        _host_transport,
        repository=choice.repository,
        api=choice.api,
        login=choice.login,
        patient=choice.patient,
    )


def _host_transport() -> Transport:
    """Connections to a code host, which is asked one thing at a time."""
    from wholeship.adapters.http import HttpTransport

    return HttpTransport(connections=2)


def open_review_memory(identity: str) -> FileMemory:
    """What is remembered of the reviews of one repository."""
    from wholeship.adapters.memory import FileMemory, folder_of

    return FileMemory(folder_of(identity), SystemClock(), lifetime=REVIEW_LIFETIME)


def review_suites(logs: Path) -> Suites:
    """Who runs the suites of a review."""
    from wholeship.adapters.suites import ShellSuites

    return ShellSuites(logs)


def review_programs(logs: Path) -> Reviewers:
    """Who calls the reviewers."""
    from wholeship.adapters.reviewers import CommandReviewers

    return CommandReviewers(logs)


def reviewer_costs() -> Mapping[str, float]:
    """What a run of each reviewer costs whose program is known by name."""
    from wholeship.adapters.reviewers import PRESETS

    return {name: preset.cost for name, preset in PRESETS.items()}


def linters() -> tuple[Linter, ...]:
    """Every linter that can be asked about workflows."""
    from wholeship.adapters.linters import INSTALLABLE

    return INSTALLABLE


def secret_scanners() -> tuple[SecretScanner, ...]:
    """Every scanner that can be asked about secrets."""
    from wholeship.adapters.secret_scanners import INSTALLABLE

    return INSTALLABLE


def open_transport() -> Transport:
    """HTTP."""
    from wholeship.adapters.http import HttpTransport

    return HttpTransport()


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine itself."""
    from wholeship.adapters.registry import challenge

    return challenge.is_loopback(host)


def open_registry(
    insecure: frozenset[str] = frozenset(), inside: frozenset[str] = frozenset()
) -> RegistryClient:
    """A client for any registry, with the credentials that are stored here."""
    return _registry_client(insecure, inside, None)


def glance_at_registry(
    insecure: frozenset[str] = frozenset(), inside: frozenset[str] = frozenset()
) -> RegistryClient:
    """A client that asks once, and waits five seconds at most."""
    return _registry_client(insecure, inside, GLANCE)


def _registry_client(
    insecure: frozenset[str], inside: frozenset[str], timeout: float | None
) -> RegistryClient:
    from wholeship.adapters.registry import opening

    return opening.open_client(insecure, inside, timeout)


def open_repository_maker(is_plain: Callable[[str], bool]) -> RepositoryMaker:
    """Who makes repositories by their registry's API; *is_plain* tells the hosts without TLS."""
    from wholeship.adapters.registry import making

    return making.open_apis(os.environ, is_plain)


def rehearsal_registry() -> AbstractContextManager[str]:
    """The host of a registry of our own, on disk for the time of the block."""
    from wholeship.testing import rehearsal

    return rehearsal.rehearsal_registry()


def choose_builder(config: ReleaseConfig) -> Builder:
    """The builder that *config* names; for ``auto``, the first that is installed and answers."""
    from wholeship.adapters import builders

    return builders.choose_builder(config.builder, nodes=config.raw.builder.nodes)


def open_signer(terms: AttestTerms, root: Path) -> Signer:
    """Who signs, by the release file in *root*."""
    signer: Signer = _signing().open_signer(terms, root, os.environ, SystemClock())
    return signer


def open_verifier(terms: AttestTerms, root: Path) -> Verifier:
    """Who tells whose signature it is, by the release file in *root*."""
    verifier: Verifier = _signing().open_verifier(terms, root, os.environ)
    return verifier


def open_scanner(insecure: frozenset[str]) -> SbomScanner:
    """Who lists what images contain; *insecure* hosts are spoken to without TLS."""
    return Syft(insecure)


def _signing() -> ModuleType:
    try:
        return importlib.import_module("wholeship.adapters.signing.opening")
    except ImportError as error:
        raise ToolMissing(
            f"attest needs libraries that are not installed ({error.name})",
            advice="pip install 'wholeship[attest]'",
        ) from None


def choose_runner(gate: PlannedGate, builder: Builder | None) -> Runner:
    """Who runs *gate*: the engine of *builder* for an image, this machine for a script, which is told it."""
    from wholeship.adapters import runners

    return runners.choose_runner(gate, builder)


def open_cluster(context: str, namespace: str) -> Cluster:
    """The cluster of the kubeconfig's *context*; empty texts: as the kubeconfig says."""
    from wholeship.adapters.kubernetes import KubernetesCluster

    return KubernetesCluster(context, namespace)


def look_at_git(root: Path, version: bool = False) -> WorkTree | None:
    """The work tree that *root* is in; with *version*, also the newest tag of its commit."""
    from wholeship.adapters.git import look_for_work_tree

    return look_for_work_tree(root, version=version)


def look_at_source(root: Path) -> Source:
    """What a build in *root* would be made from now."""
    from wholeship.adapters.source import source_of

    return source_of(root)


def input_sources(root: Path, builder: str, registry: Registry) -> Sources:
    """What images below *root* are made from, as *builder* sees it."""
    sources: Sources = _contexts().DiskSources(root, builder, registry, open_registry)
    return sources


def base_places(builder: str, base: Pinned, registry: Registry) -> Iterator[tuple[ImageRepository, Registry]]:
    """Where *builder* fetches the image *base* from, and who is asked there."""
    from wholeship.adapters import bases

    return bases.places_of(builder, str(base.repository), registry, open_registry, by_digest=True)


def shows_state(context: Path, dockerfile: Path, state: Path) -> bool:
    """Whether a build in *context* sees the folder *state*."""
    shows: bool = _contexts().shows_state(context, dockerfile, state)
    return shows


def _contexts() -> ModuleType:
    from wholeship.adapters import context

    return context


def free_bytes(path: Path | None) -> int:
    """Bytes left on the disk of *path*; 0 when that cannot be told."""
    from wholeship.adapters.builders.host import free

    return free(path)


def read_manifests(place: str, root: Path) -> Mapping[str, str]:
    """The texts of the manifests at *place*, seen from *root*."""
    from wholeship.adapters.manifests import read_source

    return read_source(place, root)


def post_notice(url: str, body: Mapping[str, object]) -> str:
    """Send *body* to a webhook; why it was not taken, empty when it was."""
    from wholeship.adapters.http import HttpTransport
    from wholeship.adapters.webhook import post

    return post(HttpTransport(connections=1), url, body)
