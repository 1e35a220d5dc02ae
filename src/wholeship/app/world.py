"""What use cases need of the world, in one place: here, and only here, a port meets its adapter.

A ``World`` is made once for a command. What is heavy to import (a registry client, a builder, a cluster)
comes in when it is first asked for. A test makes a ``World`` of its own with ``dataclasses.replace``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from wholeship.adapters import answers, files, plain_files, repository, tag_lists
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.files import State
from wholeship.adapters.journal import locked
from wholeship.adapters.tree import Tree
from wholeship.app.target import HostChoice
from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, CommandFailed, ToolMissing
from wholeship.core.interrupts import stoppable
from wholeship.core.late import late
from wholeship.core.progress import Progress
from wholeship.core.values import dataclass
from wholeship.output.actions import write_outputs

if TYPE_CHECKING:
    from wholeship.adapters.answers import AnswerFolder
    from wholeship.adapters.bases import places_of
    from wholeship.adapters.builders import choose_builder
    from wholeship.adapters.builders.host import free
    from wholeship.adapters.context import DiskSources, shows_state
    from wholeship.adapters.git import WorkTree, look_for_work_tree
    from wholeship.adapters.github import GitHub
    from wholeship.adapters.history import HistoryStore
    from wholeship.adapters.hosting import code_host_of
    from wholeship.adapters.http import HttpTransport
    from wholeship.adapters.kubernetes import KubernetesCluster
    from wholeship.adapters.manifests import read_source
    from wholeship.adapters.memory import FileMemory
    from wholeship.adapters.ranges import GitRepository
    from wholeship.adapters.registry import RegistryClient
    from wholeship.adapters.registry.challenge import is_loopback
    from wholeship.adapters.registry.making import open_apis
    from wholeship.adapters.registry.opening import open_client
    from wholeship.adapters.reviewers import CommandReviewers
    from wholeship.adapters.revision import Revision
    from wholeship.adapters.runners import choose_runner
    from wholeship.adapters.source import source_of
    from wholeship.adapters.suites import ShellSuites
    from wholeship.adapters.syft import Syft
    from wholeship.adapters.webhook import post
    from wholeship.core.http import Transport
    from wholeship.core.reference import Pinned
    from wholeship.core.reference import Repository as ImageRepository
    from wholeship.pipeline.ports import Repository
    from wholeship.release.attestation.terms import AttestTerms
    from wholeship.release.config import ReleaseConfig
    from wholeship.release.gates import PlannedGate
    from wholeship.release.inputs.fingerprint import Sources
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
    from wholeship.testing.server import rehearsal_registry
else:
    CommandReviewers = late("wholeship.adapters.reviewers:CommandReviewers")
    DiskSources = late("wholeship.adapters.context:DiskSources")
    GitRepository = late("wholeship.adapters.ranges:GitRepository")
    HistoryStore = late("wholeship.adapters.history:HistoryStore")
    HttpTransport = late("wholeship.adapters.http:HttpTransport")
    KubernetesCluster = late("wholeship.adapters.kubernetes:KubernetesCluster")
    Revision = late("wholeship.adapters.revision:Revision")
    ShellSuites = late("wholeship.adapters.suites:ShellSuites")
    Syft = late("wholeship.adapters.syft:Syft")
    choose_builder = late("wholeship.adapters.builders:choose_builder")
    choose_runner = late("wholeship.adapters.runners:choose_runner")
    code_host_of = late("wholeship.adapters.hosting:code_host_of")
    free = late("wholeship.adapters.builders.host:free")
    is_loopback = late("wholeship.adapters.registry.challenge:is_loopback")
    look_for_work_tree = late("wholeship.adapters.git:look_for_work_tree")
    open_apis = late("wholeship.adapters.registry.making:open_apis")
    open_client = late("wholeship.adapters.registry.opening:open_client")
    places_of = late("wholeship.adapters.bases:places_of")
    post = late("wholeship.adapters.webhook:post")
    read_source = late("wholeship.adapters.manifests:read_source")
    rehearsal_registry = late("wholeship.testing.server:rehearsal_registry")
    shows_state = late("wholeship.adapters.context:shows_state")
    source_of = late("wholeship.adapters.source:source_of")

REVIEW_LIFETIME = 7 * 86400.0
"""Seconds that the answers of reviewers are kept."""
GLANCE = 5.0
"""Seconds that a glance at a registry waits."""


def state_folder(root: Path) -> Path:
    """Where state is kept in the repository at *root*, unless another folder is named."""
    return root / plain_files.NAME


def history_file(root: Path) -> Path:
    """Where past runs are remembered in the repository at *root*."""
    return root / plain_files.NAME / plain_files.FORECASTS


def top_of_repository(folder: Path) -> Path:
    """The top of the git repository that *folder* is in; :class:`BadInput` where there is none."""
    from wholeship.adapters.git import output
    from wholeship.adapters.git_guard import git_places

    if (top := git_places(folder).top) is not None:
        return top
    try:
        return Path(output(folder, "rev-parse", "--show-toplevel")[1].decode().rstrip("\n"))
    except CommandFailed as error:
        raise BadInput(
            f"there is no repository here: {error.message}", advice="run this in the repository to review"
        ) from None


def open_code_host(root: Path, choice: HostChoice) -> tuple[GitHub | None, str]:
    """The client for the repository's code host, when there is a token, and who the repository is."""
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
    return HttpTransport(connections=2)


def open_review_memory(identity: str) -> FileMemory:
    """What is remembered of the reviews of one repository."""
    from wholeship.adapters.memory import FileMemory, folder_of

    return FileMemory(folder_of(identity), SystemClock(), lifetime=REVIEW_LIFETIME)


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


def open_registry(
    insecure: frozenset[str] = frozenset(), inside: frozenset[str] = frozenset()
) -> RegistryClient:
    """A client for any registry, with the credentials that are stored here."""
    return open_client(insecure, inside, None)


def glance_at_registry(insecure: frozenset[str], inside: frozenset[str]) -> RegistryClient:
    """A client that asks once, and waits five seconds at most."""
    return open_client(insecure, inside, GLANCE)


def open_repository_maker(is_plain: Callable[[str], bool]) -> RepositoryMaker:
    """Who makes repositories by their registry's API; *is_plain* tells the hosts without TLS."""
    return open_apis(os.environ, is_plain)


def builder_for(config: ReleaseConfig) -> Builder:
    """The builder that *config* names; for ``auto``, the first that is installed and answers."""
    return choose_builder(config.builder, nodes=config.raw.builder.nodes)


def open_signer(terms: AttestTerms, root: Path) -> Signer:
    """Who signs, by the release file in *root*."""
    signer: Signer = _signing().open_signer(terms, root, os.environ, SystemClock())
    return signer


def open_verifier(terms: AttestTerms, root: Path) -> Verifier:
    """Who tells whose signature it is, by the release file in *root*."""
    verifier: Verifier = _signing().open_verifier(terms, root, os.environ)
    return verifier


def _signing() -> ModuleType:
    try:
        return importlib.import_module("wholeship.adapters.signing.opening")
    except ImportError as error:
        raise ToolMissing(
            f"attest needs libraries that are not installed ({error.name})",
            advice="pip install 'wholeship[attest]'",
        ) from None


def input_sources(root: Path, builder: str, registry: Registry) -> Sources:
    """What images below *root* are made from, as *builder* sees it."""
    return DiskSources(root, builder, registry, open_registry)


def base_places(builder: str, base: Pinned, registry: Registry) -> Iterator[tuple[ImageRepository, Registry]]:
    """Where *builder* fetches the image *base* from, and who is asked there."""
    return places_of(builder, str(base.repository), registry, open_registry, by_digest=True)


def post_notice(url: str, body: Mapping[str, object]) -> str:
    """Send *body* to a webhook; why it was not taken, empty when it was."""
    return post(HttpTransport(connections=1), url, body)


@dataclass(frozen=True, slots=True)
class World:
    """The parts of the world, each as the use cases call it; as they are, where a test gives no other.

    ``open_registry`` takes the hosts that may be spoken to without TLS, and the private addresses that a
    registry may send to; what ``glance_at_registry`` gives
    asks once and does not wait long: for remarks, on which nothing rests.
    """

    progress: Progress
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = SystemClock()
    read_file: Callable[[Path], bytes | None] = plain_files.read_file
    write_file: Callable[[Path, str], None] = files.write_over
    write_new_file: Callable[[Path, str], None] = files.write_new
    check_writable: Callable[[Path], None] = files.check_writable
    open_tree: Callable[[Path], Tree] = Tree
    root_of: Callable[[Path], Path] = repository.root_of
    standing: Callable[[Path], Path] = repository.standing_place
    state_folder: Callable[[Path], Path] = state_folder
    files_below: Callable[[Path], Repository] = repository.WorkTreeFiles
    open_revision: Callable[[Path, str], Revision] = Revision
    history_file: Callable[[Path], Path] = history_file
    open_history: Callable[[Path], HistoryStore] = HistoryStore
    top_of_repository: Callable[[Path], Path] = top_of_repository
    open_repository: Callable[[Path, str], GitRepository] = GitRepository
    open_code_host: Callable[[Path, HostChoice], tuple[GitHub | None, str]] = open_code_host
    open_answers: Callable[[], AnswerFolder] = answers.answer_folder
    program_state: Callable[[], str] = answers.program_state
    open_review_memory: Callable[[str], FileMemory] = open_review_memory
    review_suites: Callable[[Path], Suites] = ShellSuites
    review_programs: Callable[[Path], Reviewers] = CommandReviewers
    reviewer_costs: Callable[[], Mapping[str, float]] = reviewer_costs
    linters: Callable[[], tuple[Linter, ...]] = linters
    secret_scanners: Callable[[], tuple[SecretScanner, ...]] = secret_scanners
    open_transport: Callable[[], Transport] = HttpTransport
    is_loopback: Callable[[str], bool] = is_loopback
    open_registry: Callable[[frozenset[str], frozenset[str]], RegistryClient] = open_registry
    glance_at_registry: Callable[[frozenset[str], frozenset[str]], RegistryClient] = glance_at_registry
    open_repository_maker: Callable[[Callable[[str], bool]], RepositoryMaker] = open_repository_maker
    rehearsal_registry: Callable[[], AbstractContextManager[str]] = rehearsal_registry
    choose_builder: Callable[[ReleaseConfig], Builder] = builder_for
    open_signer: Callable[[AttestTerms, Path], Signer] = open_signer
    open_verifier: Callable[[AttestTerms, Path], Verifier] = open_verifier
    open_scanner: Callable[[frozenset[str]], SbomScanner] = Syft
    choose_runner: Callable[[PlannedGate, Builder | None], Runner] = choose_runner
    open_cluster: Callable[[str, str], Cluster] = KubernetesCluster
    open_state: Callable[[Path], State] = State
    lock_release: Callable[[Path], AbstractContextManager[None]] = locked
    look_at_git: Callable[[Path, bool], WorkTree | None] = look_for_work_tree
    look_at_source: Callable[[Path], Source] = source_of
    input_sources: Callable[[Path, str, Registry], Sources] = input_sources
    base_places: Callable[[str, Pinned, Registry], Iterator[tuple[ImageRepository, Registry]]] = base_places
    shows_state: Callable[[Path, Path, Path], bool] = shows_state
    free_bytes: Callable[[Path | None], int] = free
    read_manifests: Callable[[str, Path], Mapping[str, str]] = read_source
    read_tag_list: Callable[[str], tuple[str, ...]] = tag_lists.read_tag_list
    post_notice: Callable[[str, Mapping[str, object]], str] = post_notice
    stoppable: Callable[[], AbstractContextManager[None]] = stoppable
    write_step_outputs: Callable[[Mapping[str, str]], None] = write_outputs
