"""Flags that several commands share, the variables that stand in for them, and what they say together.

A value is taken from the first that has it: the flag, the ``WHOLESHIP_`` variable, the CI's own
variable, the release file, the default. An empty variable says nothing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from wholeship.app.target import ClusterChoice, HostChoice, ReleaseTarget, WorkflowTerms
from wholeship.output.formats import formats_of
from wholeship.release.builder_names import BUILDERS

VARIABLES: Mapping[str, str] = {
    "file": "WHOLESHIP_FILE",
    "scenario": "WHOLESHIP_SCENARIO",
    "platforms": "WHOLESHIP_PLATFORMS",
    "tag": "WHOLESHIP_TAG",
    "registry": "WHOLESHIP_REGISTRY",
    "builder": "WHOLESHIP_BUILDER",
    "state": "WHOLESHIP_STATE",
}
"""The variable that stands in for each flag."""
MAKES = "where a registry wants repositories (or a project) made first, make what lacks"
WAIT = "15m"
"""How long is waited when nobody says. Deployments give up after 10 minutes by default."""


def format_option(
    parser: argparse.ArgumentParser, answer: str, told: str = "what to print on standard output"
) -> None:
    """Every format that the table of ``output/formats.py`` has for *answer*."""
    parser.add_argument("--format", choices=formats_of(answer), default="text", help=told)


def release_file_options(parser: argparse.ArgumentParser, answer: str = "release") -> None:
    """What every release command takes; it prints an *answer* of this kind."""
    add = parser.add_argument
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml)")
    format_option(parser, answer)
    add(
        "--registry",
        metavar="HOST/PATH",
        help="the images are there instead, each under the last part of its name",
    )
    add("--state", metavar="DIR", help="folder for journals and logs (default: .wholeship beside the file)")


def origin_options(parser: argparse.ArgumentParser) -> None:
    """What decides which release it is."""
    add = parser.add_argument
    add(
        "--scenario", metavar="NAME", help="push, release or manual (default: by the CI's event, else manual)"
    )
    add("--platforms", metavar="LIST", help="build for these, for example linux/amd64,linux/arm64")
    add("--tag", metavar="TAG", help="the deploy tag; an earlier release of this tag is continued")


def tag_option(parser: argparse.ArgumentParser) -> None:
    """Which release a stage goes on with."""
    parser.add_argument("--tag", metavar="TAG", help="the release (default: the newest of this machine)")


def building_options(parser: argparse.ArgumentParser) -> None:
    """What decides how it is built."""
    add = parser.add_argument
    add("--builder", metavar="NAME", help=f"{', '.join(BUILDERS[:-1])} or {BUILDERS[-1]}")
    add("--no-reuse", action="store_true", help="build every image, even where nothing changed")
    add("--create-repositories", action="store_true", help=MAKES)


def log_option(parser: argparse.ArgumentParser) -> None:
    """What is shown of builders and gates."""
    parser.add_argument(
        "--logs",
        action="store_true",
        help="show what builders and gates print, as it comes (in a CI, without: when each has ended)",
    )


def promotion_options(parser: argparse.ArgumentParser) -> None:
    """What decides how it is promoted."""
    parser.add_argument(
        "--force-older", action="store_true", help="release although something newer is out already"
    )


def digests_option(parser: argparse.ArgumentParser) -> None:
    """Where the digests are written down."""
    told = "once it is whole, write its digests into FILE: Helm values, Kustomization, ConfigMap (repeatable)"
    parser.add_argument("--write-digests", action="append", default=[], metavar="FILE", help=told)


def dry_run_option(parser: argparse.ArgumentParser) -> None:
    """Only to say it."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be written; write nothing")


def cluster_options(parser: argparse.ArgumentParser) -> None:
    """Which cluster, and which part of it."""
    add = parser.add_argument
    add("--context", metavar="NAME", help="the kubeconfig's context (default: the current one)")
    add(
        "--namespace",
        metavar="NAME",
        help="look only there (default: the context's namespace; * for all of them)",
    )


def waiting_options(
    parser: argparse.ArgumentParser, group: argparse._MutuallyExclusiveGroup | None = None
) -> None:
    """``--wait`` (in *group*, with what excludes it), and for which cluster."""
    (group or parser).add_argument(
        "--wait",
        nargs="?",
        const=WAIT,
        metavar="DURATION",
        help=f"then wait until the cluster runs it (default: {WAIT})",
    )
    cluster_options(parser)


def workflow_options(parser: argparse.ArgumentParser) -> None:
    """What `check` and `diff` share."""
    add = parser.add_argument
    add("--watched", action="append", metavar="IMAGE", help="the image that the controller follows")
    add("--only", action="append", metavar="RULE", help="ask only these rules (separated by commas)")
    add("--skip", action="append", metavar="RULE", help="do not ask these rules")
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml, where there is one)")


def code_host_options(parser: argparse.ArgumentParser) -> None:
    """Which repository of which code host."""
    add = parser.add_argument
    add("--repository", metavar="OWNER/NAME", help="on the code host (default: from the remote)")
    add("--api", metavar="URL", help="API of the code host, for GitHub Enterprise: https://HOST/api/v3")


def positive_count(text: str) -> int:
    """*text* as a number from 1 on, for argparse."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:6]) < 100_000:
        raise argparse.ArgumentTypeError("not a number from 1 on")
    return int(text[:6])


# What the flags say


def given_value(
    args: argparse.Namespace, name: str, environment: Mapping[str, str] = os.environ
) -> tuple[str, str]:
    """The value of flag *name* and where it comes from; two empty texts when nobody says."""
    flag = getattr(args, name, None)
    if flag:
        return str(flag), f"--{name}"
    variable = VARIABLES[name]
    value = environment.get(variable, "").strip()
    return (value, variable) if value else ("", "")


def release_target(args: argparse.Namespace, **instead: str | None) -> ReleaseTarget:
    """Which release file, and what is said on top of it; *instead* of a flag (or a word of that name)."""
    flags = argparse.Namespace(**{**vars(args), **instead})
    said = {name: given_value(flags, name) for name in VARIABLES}
    sources = {name: source for name, (_, source) in said.items() if source and name not in ("file", "state")}
    where = getattr(args, "environment", None) or ""
    words = {name: value for name, (value, _) in said.items()}
    makes = getattr(args, "create_repositories", False)
    return ReleaseTarget(**words, environment=where, create_repositories=makes, sources=sources)


def environment_option(parser: argparse.ArgumentParser) -> None:
    """Which environment is meant."""
    parser.add_argument("--environment", metavar="NAME", help="as it is there (environments: in the file)")


def cluster_choice(args: argparse.Namespace, wait: float = 0.0) -> ClusterChoice:
    """The cluster that is meant, and for how many seconds a release is waited for."""
    return ClusterChoice(args.context or "", args.namespace or "", wait)


def workflow_terms(args: argparse.Namespace) -> WorkflowTerms:
    """What is said of the workflows to look at."""
    file = given_value(args, "file")[0]
    return WorkflowTerms(file, tuple(args.watched or ()), tuple(args.only or ()), tuple(args.skip or ()))


def host_choice(args: argparse.Namespace, *, patient: bool = True) -> HostChoice:
    """The code host that is meant; *patient*: it is needed, and waited for."""
    return HostChoice(args.repository or "", args.api or "", getattr(args, "login", None) or "", patient)
