"""Scripts that are fetched and run at once: by their address, whether they only install something.

Installers of well-known programs are taken for what they are; so is a script that is called an installer, and
is not told to push. Of any other nobody knows what it does.
"""

from __future__ import annotations

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.spoken import says_a_push

FETCHES = ("curl ", "wget ")
"""How the name of a text begins that one of them prints."""
_ADDRESS = lazy_pattern(r"(?<![^\s\"'])(?:https?://)?([\w.-]+\.[a-z]{2,}(?::\d+)?)(/[^\s\"'?#]*)?", 2)
_HOSTS = """
    sh.rustup.rs get.sdkman.io get.pnpm.io get.volta.sh get.docker.com get.helm.sh get.k3s.io
    get.rke2.io get.pulumi.com get.nextflow.io get.haskellstack.org get-ghcup.haskell.org
    deb.nodesource.com rpm.nodesource.com pyenv.run astral.sh atlasgo.sh bun.sh deno.land
    fnm.vercel.app mise.run mise.jdx.dev nixos.org releases.nixos.org install.determinate.systems
    install.python-poetry.org sdk.cloud.google.com cli.github.com cli.run.nu webinstall.dev webi.sh
    i.jpillora.com zyedidia.github.io ohmyposh.dev starship.rs sentry.io ollama.com cli.codecov.io
    uploader.codecov.io codecov.io keybase.codecov.io coverage.codacy.com golangci-lint.run aka.ms
    fly.io railway.app dl.google.com download.docker.com packagecloud.io packages.microsoft.com
    cache.agilebits.com dl.cloudsmith.io dl.min.io packages.gitlab.com repo.charm.sh
    pkgs.tailscale.com tailscale.com dot.net get.jetify.com get.jetpack.io linkerd.io run.linkerd.io
    istio.io fluxcd.io kubevela.io install.cert-manager.io apt.llvm.org packages.fluentbit.io
    dl.dagger.io get.trivy.dev
"""
HOSTS = frozenset(_HOSTS.split())
"""Hosts whose scripts install the program that they are called after, or report the coverage of tests."""
_CALLED = lazy_pattern(
    r"(?:^|[/_.-])(?:install(?:er|ation)?|get|setup|bootstrap|download|deps|dependencies|check)(?:[-_.]|$)", 2
)
"""How installers are called."""
_TOLD = lazy_pattern(r"push|publish|release|deploy|promote|\bship\b|docker-build", 2)
_RUNNERS = {"goreleaser.com/static/run": 'goreleaser "$@"', "carapace.sh/run": "true"}
"""Scripts that fetch a program and run it, as a line that runs it."""


def fetched_script(command: str, given: str = "") -> str | None:
    """What the script that *command* fetches does, told *given*, as a script; None: nobody knows."""
    found = _ADDRESS.search(command)
    if found is None:
        return None
    host, path = found[1].lower(), (found[2] or "").rstrip("/")
    runner = _RUNNERS.get(host + path)
    if runner is not None:
        return runner
    last = path.rpartition("/")[2]
    said = f"{last} {given}"
    if _TOLD.search(said) or says_a_push(said):
        return None
    called = _CALLED.search(last) or host.startswith(("get.", "install."))
    return "true" if host in HOSTS or called else None
