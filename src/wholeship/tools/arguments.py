"""Programs of the harmless lists that can be told to run, start or push something: by what they are given.

Each was gone through with the question: can this program, with some argument, run a file or a text of the
repository, or push an image? Those for which the answer is yes stand here, with a reason and with what tells
the one use from the other. What they read from files of the repository is looked for in :mod:`handed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.texts.template import Template
from wholeship.tools.harmless import HARMLESS, is_listed
from wholeship.tools.quiet_verbs import QUIET_VERBS, after_globals
from wholeship.tools.targets import SPEAKS_OF_PUSHING, is_harmless_target, targets_of

_PUSHES = lazy_pattern(
    r"docker|podman|buildah|skopeo|crane|\bko\b|regctl|oras|nerdctl|imagetools|push|publish|\.sh\b|make\b"
)


def _git_runs(texts: Sequence[str]) -> bool:
    """A command that git runs (an alias, ``submodule foreach``, ``rebase --exec``); a remote that builds."""
    line = " ".join(texts)
    verb = _verb_of_git(texts)
    if verb not in _GIT:
        return verb != ""
    if verb == "push" and re.search(r"\b(?:heroku|dokku|piku|caprover)\b", line, re.IGNORECASE):
        return True
    runs = re.search(
        r"foreach|bisect run|rebase\b.*(?:--exec|\s-x)|filter-branch|alias\.|!|core\.\w*(?:Command|Editor)"
        r"|hooksPath|mergetool|difftool|GIT_\w+=",
        line,
    )
    return runs is not None and _PUSHES.search(line) is not None


_COMMANDS_OF_GIT = """
    add am annotate apply archive bisect blame branch bundle cat-file check-attr check-ignore check-mailmap
    check-ref-format checkout checkout-index cherry cherry-pick clean clone column commit commit-graph
    commit-tree config count-objects credential credential-store credential-cache describe diff diff-files
    diff-index diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch for-each-ref
    for-each-repo format-patch fsck gc grep hash-object help hook index-pack init init-db interpret-trailers
    log ls-files ls-remote ls-tree mailinfo mailsplit maintenance merge merge-base merge-file merge-index
    merge-tree mergetool mktag mktree multi-pack-index mv name-rev notes pack-objects pack-refs patch-id prune
    pull push range-diff read-tree rebase reflog remote repack replace request-pull rerere reset restore
    rev-list rev-parse revert rm send-email send-pack shortlog show show-branch show-ref sparse-checkout stage
    stash status stripspace submodule switch symbolic-ref tag unpack-objects update-index update-ref
    update-server-info var verify-commit verify-pack verify-tag version whatchanged worktree write-tree
    lfs cliff crypt flow secret town chglog
"""
_GIT = frozenset(_COMMANDS_OF_GIT.split())
"""Git's own, and programs for it that everybody has; any other is an alias or a program of somebody's."""


def _verb_of_git(texts: Sequence[str]) -> str:
    valued = ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env")
    at = 0
    while at < len(texts) and texts[at].startswith("-"):
        at += 2 if texts[at] in valued else 1
    return texts[at] if at < len(texts) and not texts[at].startswith("{") else ""


def _awk_runs(texts: Sequence[str]) -> bool:
    return any(re.search(r"system\s*\(|\|\s*(?:getline|\"|&)|\|\s*\w+\s*$", text) for text in texts)


def _sed_runs(texts: Sequence[str]) -> bool:
    return any(re.search(r"^s(.).*\1.*\1[gpimI0-9]*e|(?:^|;)\s*\d*e\s", text) for text in texts)


def _tar_runs(texts: Sequence[str]) -> bool:
    line = " ".join(texts)
    return (
        re.search(r"--to-command|--checkpoint-action=exec|(?:--use-compress-program[= ]|-I ?)\S*\./", line)
        is not None
    )


def _curl_sends(texts: Sequence[str]) -> bool:
    """A request that changes a registry, or starts a workflow."""
    line = " ".join(texts)
    method = re.search(r"(?:(?:-X|--request|--method)[ =]?|^(?=[A-Z]+ ))(\w+)", line)
    sends = (method is not None and method[1].upper() not in ("GET", "HEAD", "OPTIONS")) or re.search(
        r"(?:^|\s)(?:-d|--data\S*|-T|--upload-file|-F|--form|--json)\b", line
    )
    return bool(sends) and _STARTED_BY_A_REQUEST.search(line) is not None


_STARTED_BY_A_REQUEST = lazy_pattern(
    r"/dispatches|/manifests/|/blobs/|/trigger\b|/pipelines?\b|/job/\S+/build|buildWithParameters|/rerun"
)


def _gh_starts(texts: Sequence[str]) -> bool:
    """``gh workflow run`` and its like: another workflow, which may push."""
    return _STARTS.search(" ".join(texts)) is not None


_STARTS = lazy_pattern(
    r"\bworkflow\s+(?:run|enable)|\brun\s+rerun|/dispatches|\bextension\s+exec|\balias\b"
    r"|\b(?:ci|pipeline)\s+(?:run|trigger|retry|create)|/pipelines?\b|/rerun"
)


def _oc_builds(texts: Sequence[str]) -> bool:
    """Commands of OpenShift that build, copy or tag images in a cluster or a registry."""
    return bool(texts) and texts[0] in ("start-build", "new-build", "new-app", "tag", "import-image", "image")


def _argo_starts(texts: Sequence[str]) -> bool:
    return bool({"submit", "resubmit", "retry", "resume", "cron"} & set(texts))


# Programs that run what they are given


def _target_pushes(program: str) -> Callable[[Sequence[str]], bool]:
    """A target, recipe or environment that is called after pushing; ``-P FILE`` of CMake is a script."""

    def pushes(texts: Sequence[str]) -> bool:
        names = targets_of(program, texts)
        return any(SPEAKS_OF_PUSHING.search(name) and not _TESTED.search(name) for name in names)

    return pushes


_TESTED = lazy_pattern(r"(?:^|[-_:./])(?:tests?|lint|check|e2e)(?:[-_:./]|$)")
"""``docker-tests``: it says what is tested."""


def _options_run(*options: str) -> Callable[[Sequence[str]], bool]:
    """One of *options* names a program or a file that is run."""
    heads = tuple(f"{option}=" for option in options)
    return lambda texts: any(text in options or text.startswith(heads) for text in texts)


def _words(pattern: str) -> Callable[[Sequence[str]], bool]:
    """The words of the line hold *pattern*."""
    return lambda texts: re.search(pattern, " ".join(texts)) is not None


def _runs_another(texts: Sequence[str]) -> bool:
    """What follows the program's own options, or ``--``, is a command: may that push?"""
    rest = list(texts[texts.index("--") + 1 :]) if "--" in texts else []
    if not rest:
        at = next((at for at, text in enumerate(texts) if _IS_COMMAND.match(text)), len(texts))
        rest = list(texts[at:])
    if not rest:
        return False
    base = rest[0].rpartition("/")[2]
    if base in ("npm", "pnpm", "yarn", "bun", "npx"):
        return not is_harmless_target(rest[-1])
    return "./" in rest[0] or not is_harmless(base, [Template.of(word) for word in rest])


_IS_COMMAND = lazy_pattern(r"(?![\w.-]+:\d+|[a-z]+://|\d)[\w./]")


def _waits_and_tests(texts: Sequence[str]) -> bool:
    """``start-server-and-test SCRIPT ADDRESS SCRIPT``: scripts of package.json, or commands."""
    given = [text for text in texts if not text.startswith("-") and not re.search(r"^\d+$|://|^:?\d+", text)]
    return any(not is_harmless_target(text.split(" ")[-1]) for text in given)


def _java_runs(texts: Sequence[str]) -> bool:
    """A program in Java, unless it is one that everybody has, or java is asked something."""
    if all(re.fullmatch(r"-{1,2}(?:full)?version|-{1,2}help|-h|-\?", text) for text in texts):
        return False
    jar = next((texts[at + 1] for at, text in enumerate(texts[:-1]) if text == "-jar"), "")
    return _JARS.search(jar.rpartition("/")[2].lower()) is None


_JARS = lazy_pattern(
    r"openapi-generator|swagger-codegen|sonar|plantuml|google-java-format|checkstyle|antlr|closure-compiler|pmd"
    r"|jacoco|wiremock|liquibase|flyway|allure|bfg|ktlint|detekt|spotbugs|synthtool|jmh|junit"
)


def _swift_runs(texts: Sequence[str]) -> bool:
    """``swift package PLUGIN``: plug-ins build and push containers."""
    given = [text for text in texts if not text.startswith("-")]
    own = "resolve update clean reset describe dump-package show-dependencies edit unedit init tools-version"
    return given[:1] == ["package"] and len(given) > 1 and given[1] not in own.split()


def _uv_runs(texts: Sequence[str]) -> bool:
    """``uv tool run PROGRAM``, ``pipx run PROGRAM``: a program that is not listed."""
    given = [text for text in texts if not text.startswith("-")]
    given = given[1:] if given[:1] == ["tool"] else given
    return given[:1] in (["run"], ["runpip"]) and not (
        len(given) > 1
        and is_harmless(given[1].partition("==")[0].partition("@")[0], list(map(Template.of, given[1:])))
    )


def _second_runs(*verbs: str) -> Callable[[Sequence[str]], bool]:
    """After one of *verbs* stands a command."""

    def runs(texts: Sequence[str]) -> bool:
        given = [text for text in texts if not text.startswith("-")]
        return given[:1] != [] and given[0] in verbs and _runs_another(given[1:])

    return runs


_AMONG = 3
"""The verb is one of so many words; values of options may stand before it."""


def _unless(verbs: Iterable[str]) -> Callable[[Sequence[str]], bool]:
    """It has commands of others (plug-ins) beside its own *verbs*."""
    own = frozenset(verbs)

    def runs(texts: Sequence[str]) -> bool:
        given = [text for text in texts if not text.startswith("-")][:_AMONG]
        return given != [] and not given[0].startswith("{") and own.isdisjoint(given)

    return runs


_OWN_OF_GH = """
    auth browse codespace gist issue org pr project release repo run workflow cache alias api attestation
    completion config extension gpg-key label preview ruleset search secret ssh-key status variable help
    version agent-task copilot
"""
_gh_plugin = _unless(_OWN_OF_GH.split())
_OWN_OF_NG = (
    "build test lint serve version analytics config cache e2e extract-i18n generate g new n add update"
)
_OWN_OF_KUBECTL = """
    alpha annotate api-resources api-versions apply attach auth autoscale certificate cluster-info
    completion config cordon cp create debug delete describe diff drain edit events exec explain
    expose get krew kustomize label logs options patch plugin port-forward proxy replace rollout run
    scale set taint top uncordon version wait ctx ns neat argo kuttl cert-manager cnpg minio
    directpv slice kots support-bundle preflight sniff tree view-secret rabbitmq mayastor gather
    kyverno schemahero hns stern
"""
_own_of_kubectl = frozenset(_OWN_OF_KUBECTL.split())


def _kubectl_plugin(texts: Sequence[str]) -> bool:
    given = after_globals("kubectl", list(map(Template.of, texts)))
    return given != [] and given[0].literal is not None and given[0].literal not in _own_of_kubectl


_OWN_OF_COMPOSER = """
    install i update u require remove dump-autoload dumpautoload config global show validate audit outdated
    self-update selfupdate clear-cache clearcache create-project init licenses check-platform-reqs normalize
    bump why depends why-not prohibits fund browse archive diagnose about list help status suggests search
"""
_own_of_composer = frozenset(_OWN_OF_COMPOSER.split())

_helm_plugin = _unless({"push", *QUIET_VERBS[("helm",)]})
"""Helm's own, and plug-ins that look at charts or store them."""


def _helm_runs(texts: Sequence[str]) -> bool:
    return any(text.startswith("--post-renderer") for text in texts) or _helm_plugin(texts)


def _composer_runs(texts: Sequence[str]) -> bool:
    given = [text for text in texts if not text.startswith("-")]
    given = given[1:] if given[:1] in (["run"], ["run-script"], ["exec"]) else given
    return given != [] and given[0] not in _own_of_composer and not is_harmless_target(given[0])


@dataclass(frozen=True, slots=True)
class GivenToRun:
    """Why a harmless program may push all the same, and whether it does with these words."""

    reason: str
    may_push: Callable[[Sequence[str]], bool]


def _given(reason: str, names: str, may_push: Callable[[Sequence[str]], bool]) -> dict[str, GivenToRun]:
    return dict.fromkeys(names.split(), GivenToRun(reason, may_push))


NOT_KNOWN = "a program that is not known"
_COMMAND = "given a command that may push"
_TARGET = "a target that may push"
_OWN = "a command of its own that may push"
ARGUED: Mapping[str, GivenToRun] = {
    **_given(_COMMAND, "git", _git_runs),
    **_given(_COMMAND, "awk gawk mawk", _awk_runs),
    **_given(_COMMAND, "sed gsed", _sed_runs),
    **_given(_COMMAND, "tar gtar", _tar_runs),
    **_given(_COMMAND, "sort", _options_run("--compress-program")),
    **_given(_COMMAND, "split", _options_run("--filter")),
    **_given(_COMMAND, "rg", _options_run("--pre")),
    **_given(_COMMAND, "rsync", _options_run("--rsync-path")),
    **_given(_COMMAND, "pandoc", _words(r"(?:--filter|--lua-filter|-[FL])[ =]\S*[./]")),
    **_given(_COMMAND, "gomplate", _options_run("--exec-pipe", "--plugin", "--")),
    **_given(_COMMAND, "asciidoctor", _words(r"(?:-r|--require)[ =]?\.")),
    **_given(_COMMAND, "j2", _options_run("--customize", "--filters", "--tests")),
    **_given(_COMMAND, "kustomize", _options_run("--enable-exec", "--enable-alpha-plugins")),
    **_given(_COMMAND, "protoc", _words(r"--plugin=(?:\S+=)?\.")),
    **_given("a plug-in or a program that may push", "helm", _helm_runs),
    **_given(_COMMAND, "codeql", _words(r"--command[ =].*(?:push|publish|release|deploy|\.sh\b)")),
    **_given(_COMMAND, "nc ncat", _words(r"(?:^| )(?:-[ec]|--exec|--sh-exec|--lua-exec)(?: |$)")),
    **_given(_COMMAND, "nyc c8", _runs_another),
    **_given(_COMMAND, "wait-for-it wait-for-it.sh dockerize", _runs_another),
    **_given(_COMMAND, "witness in-toto-run", _runs_another),
    **_given(_COMMAND, "start-server-and-test", _waits_and_tests),
    **_given(_COMMAND, "consul", _second_runs("exec", "lock", "watch")),
    **_given(_COMMAND, "sops", _second_runs("exec-env", "exec-file")),
    **_given(_COMMAND, "opam", _second_runs("exec")),
    **_given(_COMMAND, "nvm", _second_runs("exec", "run")),
    **_given(_COMMAND, "brew", _words(r"\bbundle exec\b|\bsh\b")),
    **_given(_COMMAND, "snap", _second_runs("run")),
    **_given(_COMMAND, "xcrun", _words(r"(?:^| )\./")),
    **_given("a request that starts or changes something", "curl wget http https httpie xh", _curl_sends),
    **_given(
        "which starts another workflow, or runs an extension", "gh", lambda t: _gh_starts(t) or _gh_plugin(t)
    ),
    **_given("which starts another pipeline", "hub glab tea", _gh_starts),
    **_given("which builds or tags images", "oc", _oc_builds),
    **_given("which starts a workflow in the cluster", "argo", _argo_starts),
    **_given("a plug-in that may push", "kubectl", _kubectl_plugin),
    **_given("which pushes to a registry", "minikube", _words(r"\bimage push\b|\bimage build\b.*--push")),
    **_given("which pushes to a registry", "k3s microk8s", _words(r"\bctr\b.*\bimages? (?:push|tag)\b")),
    **_given(
        "which pushes to a registry",
        "flux conftest",
        _words(r"^(?:\S+ )?push\b|\bpush artifact\b|\btag artifact\b"),
    ),
    **_given("which starts a job elsewhere", "nomad", _words(r"\bjob (?:run|dispatch|periodic)\b|^run\b")),
    **_given(
        "which starts something elsewhere",
        "aws",
        _words(
            r"\bssm (?:send-command|start-automation)|\blambda invoke|\becs run-task|\bevents put-events"
            r"|\becr(?:-public)? (?!(?:describe|get|list|delete|batch|set|tag|untag|create-repository|wait)\b"
            r"|put-(?:lifecycle|registry|replication|repository|image-(?:scan|tag))|start-(?:image-scan|lifecycle))"
        ),
    ),
    **{
        name: GivenToRun(_TARGET, _target_pushes(name))
        for name in ("cmake", "ninja", "samu", "meson", "zig", "tox", "nox")
    },
    **_given(
        "a target that builds or publishes a container",
        "dotnet",
        _words(
            r"(?i)PublishContainer|ContainerRegistry|PublishProfile=DefaultContainer|[-/]t(?:arget)?:\S*(?:push|publish)"
        ),
    ),
    **_given("a program in Java that is not known", "java", _java_runs),
    **_given("a plug-in that may push", "swift", _swift_runs),
    **_given(NOT_KNOWN, "uv pipx", _uv_runs),
    **_given("a script that may push", "composer", _composer_runs),
    **_given(_OWN, "ng", _unless(_OWN_OF_NG.split())),
}
"""By program: the arguments with which it is not harmless."""


def is_harmless(name: str, words: Sequence[Template]) -> bool:
    """Whether the program *name*, given *words* (itself first), pushes no image whatever the run is like."""
    return not is_given_a_push(name, words) and is_listed(name, words)


def is_given_a_push(name: str, words: Sequence[Template]) -> bool:
    """Whether *words* (the program first) tell the program *name* to do what is not harmless."""
    argued = ARGUED.get(name)
    return argued is not None and argued.may_push([str(word) for word in words[1:]])


def why_not(name: str) -> str:
    """Why it may push with what it is given."""
    argued = ARGUED.get(name) if name in HARMLESS or name in ARGUED else None
    return argued.reason if argued is not None else NOT_KNOWN
