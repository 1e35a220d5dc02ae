"""Commands of modelled programs that write nothing to a registry.

A reader finds what pushes, and says so where a command that pushes does not this time (``READ``). Where it
finds nothing at all, that is believed for these commands alone: any other may push, like a program that
nobody knows. From the tools' manuals; global options that take a value are named,
so that the command is found behind them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wholeship.texts.template import Template

_DOCKER = """
    docker: attach commit config context cp diff events export history images import info init inspect
      kill load login logout logs network node pause port ps pull rename restart rm rmi save search secret
      service stack start stats stop swarm system tag top unpause update version volume wait sbom
      checkpoint desktop run create exec debug
    docker container: attach commit cp create diff exec export inspect kill list logs ls pause port prune ps
      rename restart rm run start stats stop top unpause update wait
    docker image: history import inspect list load ls prune pull rm save tag
    docker builder: prune
    docker buildx: create du inspect install ls prune rm stop uninstall use version
    docker buildx history: import inspect logs ls rm trace
    docker buildx imagetools: inspect
    docker manifest: annotate create inspect rm
    docker trust: inspect key revoke signer
    docker plugin: create disable enable inspect install ls list prune rm set upgrade
    docker compose: attach commit config convert cp create down events exec export images kill logs ls
      pause port ps pull restart rm run scale start stats stop top unpause up version volumes wait watch
    nerdctl: namespace apparmor ipfs builder cpnsfs internal
    nerdctl image: convert encrypt decrypt
    depot: init login logout configure-docker list projects pull cache org exec
    buildctl: du prune debug
    docker-buildx: create du inspect install ls prune rm stop uninstall use version
    docker-compose: attach commit config convert cp create down events exec export images kill logs ls
      pause port ps pull restart rm run scale start stats stop top unpause up version volumes wait watch
"""
_PODMAN = """
    podman: attach auto-update commit container cp create diff events exec export generate healthcheck
      history images import info init inspect kill kube load login logout logs mount network pause pod
      port ps pull rename restart rm rmi run save search secret start stats stop system tag top unmount
      unpause unshare untag update version volume wait quadlet compose
    podman image: diff exists history import inspect list load ls mount prune pull rm save search tag tree
      trust unmount untag
    podman manifest: add annotate create exists inspect remove rm
    podman artifact: add inspect ls extract pull rm
    podman machine: init start stop list ls info inspect rm set reset os
    buildah: add config containers copy from images info inspect login logout mkcw mount prune pull rename
      rm rmi run tag umount unshare version delete
    buildah manifest: add annotate create exists inspect remove rm
"""
_COPIES = """
    skopeo: delete inspect list-tags login logout manifest-digest standalone-sign standalone-verify
      generate-sigstore-key help
    crane: auth blob catalog config delete digest export ls manifest pull validate version help completion
    crane registry: serve
    gcrane: auth blob catalog config delete digest export gc ls manifest pull validate version
    regctl: version completion config
    regctl artifact: get list tree
    regctl blob: get diff-config diff-layer head get-file
    regctl image: check-base delete digest export get-file inspect manifest ratelimit rm del
    regctl index: delete
    regctl manifest: delete diff get head rm del
    regctl tag: ls list delete del rm
    regctl registry: config login logout set whoami
    regctl repo: ls list
    oras: discover login logout pull resolve version completion
    oras blob: fetch delete
    oras manifest: fetch fetch-config delete
    oras repo: ls tags
"""
_BESIDE = """
    cosign: clean dockerfile download env generate generate-key-pair import-key-pair initialize login
      manifest pkcs11-tool piv-tool public-key save sign-blob attest-blob tree triangulate verify
      verify-attestation verify-blob verify-blob-attestation version completion bundle trusted-root
      signing-config upload
    notation: cert certificate inspect key list ls login logout plugin policy sign verify version blob
    helm: completion create dependency dep env get help history install lint list ls package plugin pull
      fetch registry repo rollback search show inspect status template test uninstall delete un upgrade
      verify version init diff secrets unittest docs schema schema-gen s3 gcs git cm-push mapkubeapis
      kubeval conftest values-schema-json
"""
_BUILDERS = """
    ko: delete deps login version completion help
    pack: inspect inspect-image download-sbom suggest-builders version completion report
    pack builder: inspect suggest
    pack buildpack: inspect new register yank pull
    pack config: default-builder pull-policy run-image-mirrors trusted-builders experimental registries
      lifecycle-image registry-mirrors
    pack stack: suggest
    pack manifest: add annotate create inspect rm remove
    pack extension: inspect new
    werf: cleanup purge render lint version completion cr plan ci-env config dismiss kubectl docs host
      helm synchronization slugify
    werf managed-images: ls add rm
    werf bundle: render download
    skaffold: render test verify delete init fix diagnose schema config version completion filter inspect
      apply survey credits
    heroku: apps auth config container:login container:release container:rm logs pg ps releases run
      maintenance:on maintenance:off login version info
    bazel: analyze-profile aquery build canonicalize-flags clean coverage cquery dump fetch help info license
      mod print_action query shutdown sync test vendor version run
    apko: build build-minirootfs build-cpio dot login lock show-config show-packages version resolve
"""
_CLOUDS = """
    az: login logout account group config configure extension feature version upgrade rest cloud ad advisor
      appconfig bicep cache cosmosdb deployment disk eventgrid eventhubs functionapp hdinsight identity image
      keyvault lock managedapp maps monitor mysql network policy postgres provider redis resource role search
      security servicebus signalr sql sshkey stack staticwebapp storage tag ts vm vmss webapp aks containerapp
      container graph quota reservations term find interactive self-test ml cdn k8s-extension connectedk8s
    az acr: login show list create delete update check-name check-health show-usage show-endpoints
      credential network-rule private-endpoint-connection replication scope-map token webhook config
      encryption identity manifest agentpool cache credential-set
    az acr repository: show show-tags show-manifests list delete untag update
    gcloud: auth config components compute iam info projects secrets services sql storage version topic dns
      logging monitoring kms organizations billing firestore datastore redis asset access-context-manager
      api-gateway endpoints source tasks domains filestore firebase game health healthcare
      iap identity init memcache meta network-connectivity network-management notebooks policy-intelligence
      recommender resource-manager scc service-directory spanner survey tpus transfer vmware cheat-sheet help
    gcloud app: browse deploy describe domains firewall-rules instances logs regions services
      ssl-certificates versions
    gcloud artifacts: locations packages print-settings settings sbom repositories versions vulnerabilities
      files
    gcloud artifacts docker: images tags
    gcloud builds: describe list log cancel
    gcloud builds triggers: list describe
    gcloud container: clusters node-pools get-server-config operations fleet hub backup-restore images
      binauthz
    gcloud deploy: targets delivery-pipelines
    gcloud deploy releases: create list describe promote
    gcloud functions: deploy describe list logs delete call
    gcloud run: describe deploy services revisions jobs regions domain-mappings
"""


def _by_program(text: str) -> dict[tuple[str, ...], frozenset[str]]:
    """``program command: words`` a line; what is indented further belongs to the line before."""
    lines = [line for line in re.sub(r"\n\s{6,}", " ", text).split("\n") if line.strip()]
    return {
        tuple(line.partition(": ")[0].split()): frozenset(line.partition(": ")[2].split()) for line in lines
    }


QUIET_VERBS = _by_program("".join((_DOCKER, _PODMAN, _COPIES, _BESIDE, _BUILDERS, _CLOUDS)))
"""By program and command: what may follow."""
_SAME = {"finch": "docker", "nerdctl": "docker", "gcrane": "crane", "bazelisk": "bazel", "kaniko": "executor"}
"""Programs that also have the commands of another."""

READ_IN_FULL = {
    **dict.fromkeys(("executor", "kaniko"), "its options alone say whether it pushes"),
    **dict.fromkeys(("mvn", "mvnw", "mvnd", "gradle", "gradlew"), "every goal and task is asked for"),
    **dict.fromkeys(("trivy", "grype", "snyk", "dockle", "clair"), "scanners write no image"),
    "earthly": "its options and targets say whether it pushes",
    "goreleaser": "whatever it is told to do, its configuration says what is pushed",
    "wholeship": "its commands are ours",
}
"""Modelled programs without commands, or whose reader asks for each; with the reason."""

_OPTIONS = """
    docker: -H --host --config -l --log-level --context -c --builder -f --file -p --project-name --profile
      --env-file --project-directory --ansi --parallel --progress --tlscacert --tlscert --tlskey
    nerdctl: -n --namespace -a --address --data-root --snapshotter --cni-path --cni-netconfpath
      --cgroup-manager --hosts-dir --storage-driver
    podman: --log-level --connection -c --url --identity --root --runroot --storage-driver --storage-opt
      --cgroup-manager --conmon --events-backend --hooks-dir --network-config-dir --network-cmd-path --runtime
      --runtime-flag --tmpdir --volumepath --ssh --module --out --imagestore --config -H --host --log-driver
    buildah: --log-level --root --runroot --storage-driver --storage-opt --registries-conf
      --registries-conf-dir --short-name-alias-conf --userns-uid-map --userns-gid-map --cgroup-manager
      --imagestore
    skopeo: --command-timeout --override-arch --override-os --override-variant --policy --registries.d
      --tmpdir --registries-conf --user-agent-prefix
    crane: --platform -p
    regctl: --host --logopt --user-agent -v --verbosity
    apko: --log-level --workdir -C --log-policy
    depot: --token --project --org
    gcloud: --project --account --configuration --format --verbosity --impersonate-service-account
      --billing-project --flags-file --access-token-file --trace-token
    az: -o --output --query --subscription
    aws: --region --profile --output --query --endpoint-url --ca-bundle --cli-read-timeout --color
      --cli-connect-timeout --cli-binary-format
    helm: --kube-context --kubeconfig -n --namespace --registry-config --repository-cache
      --repository-config --kube-apiserver --kube-token
    kubectl: --kubeconfig --context --cluster --user -n --namespace -s --server --token --as --as-group
      --request-timeout --cache-dir -v --v --certificate-authority --client-key --client-certificate -l -o -f
      --username --password --tls-server-name --profile --profile-output
    bazel: --output_base --output_user_root --bazelrc --host_jvm_args --server_javabase
    cosign: -t --timeout --output-file
"""
VALUED = {path[0]: options for path, options in _by_program(_OPTIONS).items()}
"""By program: options in front of a command that take the next word."""
for _name, _other in (("nerdctl", "docker"), ("docker-compose", "docker"), ("finch", "docker")):
    VALUED[_name] = VALUED.get(_name, frozenset()) | VALUED[_other]
VALUED["gcrane"], VALUED["bazelisk"] = VALUED["crane"], VALUED["bazel"]
RELEASE_TRACKS = frozenset(("alpha", "beta", "preview"))
_DEEPEST = 3


def after_globals(program: str, words: Sequence[Template]) -> list[Template]:
    """*words* (without the program) from the first that is neither a global option nor its value."""
    valued = VALUED.get(program, frozenset())
    at = 0
    while at < len(words) and words[at].head.startswith("-") and words[at].literal != "-":
        at += 2 if words[at].literal in valued else 1
    return list(words[at:])


def command_of_gcloud(words: Sequence[Template]) -> list[Template]:
    """*words* without what stands before the command: global options, ``alpha`` and ``beta``."""
    rest = after_globals("gcloud", words)
    return command_of_gcloud(rest[1:]) if rest and rest[0].literal in RELEASE_TRACKS else rest


def is_quiet(program: str, words: Sequence[Template]) -> bool:
    """Whether *words* (the program first) give the modelled *program* a command that pushes nothing.

    Without a command it only says how it is used.
    """
    if program in READ_IN_FULL:
        return True
    path: tuple[str, ...] = (program,)
    rest = after_globals(program, words[1:])
    if not rest:
        return True
    while rest and len(path) <= _DEEPEST + 1:
        verb = rest[0].literal
        if verb is None:
            return False
        if program == "gcloud" and verb in RELEASE_TRACKS:
            rest = after_globals(program, rest[1:])
            continue
        if _may_follow(path, verb):
            return True
        path = (*path, verb)
        if not _goes_on(path):
            return verb in _ASKING
        rest = after_globals(program, rest[1:])
    return True


_ASKING = frozenset(("help", "version", "completion"))


def _may_follow(path: tuple[str, ...], verb: str) -> bool:
    return any(verb in QUIET_VERBS.get(each, ()) for each in _spellings(path))


def _goes_on(path: tuple[str, ...]) -> bool:
    return any(each == known[: len(each)] for each in _spellings(path) for known in QUIET_VERBS)


def _spellings(path: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    same = _SAME.get(path[0])
    return (path,) if same is None else (path, (same, *path[1:]))
