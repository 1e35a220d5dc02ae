"""Programs that push no image, in groups with the reason for each. Whatever is in none of them may.

A program stands here by its name alone, or with the word that makes it harmless (``cargo build``). What it
can be given all the same to run or to start is in :mod:`arguments`, what it runs of the repository's files in
:mod:`handed`: harmless is what neither of them minds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wholeship.core.values import dataclass
from wholeship.texts.template import Template
from wholeship.tools.quiet_verbs import after_globals


@dataclass(frozen=True, slots=True)
class HarmlessPrograms:
    """A group, and why none of it pushes an image. ``runs``: files that the words name are run, not read."""

    reason: str
    names: frozenset[str]
    runs: bool = False


def _group(reason: str, names: str, *, runs: bool = False) -> HarmlessPrograms:
    return HarmlessPrograms(reason, frozenset(names.split()), runs)


GROUPS = (
    _group(
        "parts of the shell: what they start is followed where it stands",
        """
        [ [[ ] ]] { } ! do elif # : . true false test echo printf cd pushd popd dirs pwd export local
        declare readonly typeset unset set shift return exit break continue read wait shopt type hash
        alias unalias let trap umask ulimit mapfile readarray getopts getopt fi for done case esac if
        then else while until select in function time source bg fg jobs disown kill logout history
        caller compgen complete bind enable help times
        """,
    ),
    _group(
        "files and texts of the runner: they speak to no registry",
        """
        cat tac ls ll dir rm mkdir rmdir cp mv ln link unlink touch chmod chown chgrp install stat file
        tree du df dd truncate split csplit shred mktemp realpath readlink basename dirname rsync find
        locate tar unzip zip gzip gunzip zcat bzip2 bunzip2 xz unxz zstd unzstd 7z cpio ar lz4 sed awk
        gawk mawk grep egrep fgrep rg ag jq yq tomlq xq dasel hcl2json xmllint xmlstarlet cut tr sort
        uniq head tail wc nl fold fmt column paste comm join tee rev expand unexpand od xxd hexdump
        base64 base32 md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum shasum diff cmp
        patch sdiff colordiff seq expr bc dc factor shuf iconv dos2unix unix2dos strings envsubst
        gomplate mustache j2 crudini dotenv-linter less more view nproc vipe sponge ts pv rename gsed
        gtar ggrep gdate greadlink cloc tokei scc pandoc asciidoctor convert magick identify ffmpeg
        """,
    ),
    _group(
        "what the runner is and does: nothing leaves it",
        """
        date sleep usleep which whereis command uname arch hostname hostnamectl id whoami groups who
        users last uptime free vmstat iostat ps top pgrep pkill killall pidof lsof fuser nproc lscpu
        lsblk blkid mount umount swapon swapoff fallocate mkfs mkfs.ext4 mkswap losetup parted fdisk
        sync sysctl modprobe lsmod dmesg journalctl systemctl service update-alternatives
        update-ca-certificates ldconfig locale locale-gen timedatectl env printenv getent useradd
        usermod groupadd adduser passwd chpasswd setfacl getfacl tput clear reset tty stty logger
        uuidgen openssl gpg gpgconf gpg-agent ssh-keyscan ssh-keygen ssh-add ssh-agent keyctl security
        iptables ip ifconfig route netstat ss ping traceroute nslookup dig host nc ncat sw_vers
        xcode-select xcrun defaults launchctl diskutil hdiutil codesign sudo tc ethtool brctl
        lsb_release udevadm efibootmgr apparmor_parser aa-remove-unknown
        """,
    ),
    _group(
        "package managers: they fetch and install; what they publish is no container image",
        """
        apt apt-get apt-cache apt-key apt-mark add-apt-repository aptitude dpkg dpkg-query dpkg-deb
        debconf-set-selections apk yum dnf microdnf zypper rpm pacman brew port snap choco winget scoop
        pip pip3 pipx conda mamba micromamba gem nvm fnm rustup sdk asdf opam cpan cpanm luarocks pear
        volta pyenv rbenv goenv jenv easy_install virtualenv nodenv krew tfenv
        tfswitch gvm
        """,
    ),
    _group(
        "compilers, linters, formatters, generators: they read sources and write files here",
        """
        gcc g++ cc c++ clang clang++ ld nm objdump objcopy strip ranlib cmake ctest cpack ninja samu meson
        autoconf automake autoreconf libtoolize pkg-config configure rustc javac jar java kotlinc scalac
        tsc esbuild swc rollup webpack vite vue-tsc ng babel sass postcss tailwindcss protoc
        buf flatc thrift mockgen stringer wire sqlc gofmt goimports goversioninfo rcedit signtool
        osslsigncode sbsign sbverify trusted-signing-cli makensis candle light setup-envtest gofumpt
        golint golangci-lint staticcheck gosec govulncheck gotestsum ginkgo controller-gen kustomize
        kubebuilder operator-sdk conftest kubeconform kubeval kube-linter kube-score opa pluto polaris
        ruff black isort flake8 mypy pylint pyright pyre bandit autopep8 yapf codespell pre-commit
        vulture pyflakes eslint prettier stylelint biome oxlint jshint standard tslint markdownlint
        markdownlint-cli2 remark vale shellcheck shfmt hadolint yamllint actionlint zizmor checkov
        tflint tfsec terrascan kics rubocop brakeman clippy-driver rustfmt cargo-audit cargo-deny
        checkstyle pmd spotbugs ktlint detekt swiftlint swiftformat phpstan psalm phpcs php-cs-fixer
        licensee license-checker go-licenses addlicense lychee mkdocs sphinx-build hugo jekyll
        docusaurus typedoc jsdoc doxygen pdoc swagger openapi-generator redocly spectral git-cliff
        semantic-version gitversion commitlint conventional-changelog towncrier bumpversion bump2version
        hatch-build nfpm fpm checkmake dotnet-format deadcode cyclonedx cyclonedx-gomod syft dprint
        taplo typos
        """,
    ),
    _group(
        "test runners and scanners: they run the tests of the repository, which are taken to push nothing",
        """
        pytest py.test tox nox unittest phpunit pest rspec cucumber jest vitest mocha ava jasmine karma
        cypress playwright newman bats k6 locust artillery ab wrk hey vegeta rebar3 container-structure-test
        dgoss goss codecov coverage coveralls gcov lcov gcovr nyc c8 allure sonar-scanner trivy grype
        snyk dockle clair semgrep gitleaks trufflehog codeql osv-scanner scorecard testssl
        zap-baseline.py ct chart-testing hurl robot behave wait-on wait-for-it wait-for-it.sh dockerize
        start-server-and-test
        """,
        runs=True,
    ),
    _group(
        "clusters and clouds that run images, but hold none",
        """
        kubectl oc kubectx kubens k9s stern kind k3d minikube k3s k3sup microk8s kubeadm crictl cilium
        istioctl linkerd argocd argo flux vcluster clusterctl eksctl kops velero helmfile terraform tofu
        terragrunt tflocal ansible-galaxy ansible-lint vault consul nomad sops age doctl vercel netlify
        wrangler firebase supabase cosign slsactl slsa-verifier notation rekor-cli gitsign minisign
        in-toto-run
        witness psql mysql mysqladmin sqlite3 mongo mongosh redis-cli pg_isready createdb dropdb flyway
        liquibase dbmate
        """,
    ),
    _group(
        "fetching: what is sent is looked at",
        "curl wget aria2c http https httpie xh ftp lftp",
    ),
    _group("revision control: what it runs is looked at", "git git-lfs hg svn gh glab hub  tea"),
    _group(
        "texts that this reading makes up itself",
        "make_is_out_of_date which_of_many just_expression",
    ),
)
HARMLESS = frozenset().union(*(group.names for group in GROUPS))

_VERBS = """
    go: env version mod list get clean install build work test vet fmt generate doc fix telemetry
    cargo: build check test clippy fmt doc install add remove update fetch clean tree metadata version
      audit deny bench nextest generate-lockfile vendor verify-project search login owner publish
      package init new binstall llvm-cov machete outdated rustc chef set-version hack udeps sort
      tarpaulin zigbuild cross
    npm: ci install i add uninstall update audit cache config version pack view ls list outdated prune
      rebuild root whoami set get pkg init link dedupe fund help login logout publish clean-install
      install-ci-test cit bin
    pnpm: install i add remove update audit store config list ls outdated prune rebuild why link fetch
      import env setup version patch dedupe licenses publish root bin self-update
    yarn: install add remove upgrade audit cache config list outdated why link set plugin version dedupe
      policies info import init global berry npm
    bun: install i add remove update pm link outdated upgrade create init audit build test
    mix: deps.get deps.compile compile test format credo dialyzer local.hex local.rebar ecto.create
      ecto.migrate ecto.setup deps.unlock deps.audit sobelow docs hex.audit
    dotnet: restore build test tool format list add remove new clean nuget workload sln --version --info
      run-tests pack dev-certs vstest msbuild store help sdk
    swift: build test package
    zig: build fetch
    deno: lint fmt check test install cache doc info types compile upgrade
    poetry: install lock check config build version add remove env self show export update init cache
      source publish
    uv: sync lock pip venv python tool add remove build export tree cache version self init publish help
    pdm: install sync lock build update add remove config export venv python use publish info list
    pipenv: install sync lock check graph update verify
    hatch: build version env dep fmt publish test
    rye: sync lock build add remove pin fmt lint test publish show
    bundle: install config check update lock audit clean info list add outdated binstubs cache package
    opm: render validate init generate migrate version serve alpha
    helm: repo dependency dep lint template version install upgrade uninstall list ls get show plugin
      test history status rollback pull search env package unittest diff registry
    nix: --version flake fmt store eval show-config profile registry path-info
    azd: env auth config init version monitor show
    pulumi: login logout stack config whoami version plugin about
    flyctl: auth version status apps secrets
    sam: --version validate
    aws: sts configure s3 s3api ssm secretsmanager cloudformation ec2 eks lambda iam logs sso ecs rds
      route53 cloudfront dynamodb sqs sns autoscaling elbv2 kms acm events --version ecr-public ecr
    lerna: bootstrap version changed ls list
    changeset: version status add publish
"""
VERBS = {
    line.partition(":")[0]: frozenset(line.partition(":")[2].split())
    for line in re.sub(r"\n\s{6,}", " ", _VERBS).strip().split("\n    ")
}
"""Words after which these push no image; publishing of packages (``npm publish``) is none of an image."""

_TOOLS_OF_GO = "asm buildid cgo compile cover dist doc fix link nm objdump pack pprof test2json trace vet"
_GO_TOOLS = frozenset(_TOOLS_OF_GO.split())


def is_listed(name: str, words: Sequence[Template]) -> bool:
    """Whether the program *name*, given *words* (itself first), is in one of the lists."""
    texts = [str(word) for word in words[1:]]
    if name in HARMLESS or name.startswith("make_"):
        return True
    if name == "go" and texts[:1] == ["tool"]:
        return len(texts) < 2 or texts[1] in _GO_TOOLS or is_listed(texts[1].rpartition("/")[2], words[2:])
    verbs = VERBS.get(name)
    given = after_globals(name, words[1:]) if name == "aws" else words[1:]
    verb = next((text for text in map(str, given) if not text.startswith(("-", "+"))), None)
    if verbs is None:
        return False
    return verb in verbs or (verb is None and all(text.startswith("-") for text in texts))
