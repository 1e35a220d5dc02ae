"""Shell text that surely does nothing of interest: told by its words, without running it.

Most lines of most scripts fetch, move or print something. What is left out here is not run by
:mod:`shell`; so a line is only left out when every word that can stand for a command is known to be harmless.
A word that is no command after all (inside quotes, behind a comment sign) only makes for a line that is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.spoken import says_a_push
from wholeship.texts.template import Template
from wholeship.tools.arguments import ARGUED, is_harmless
from wholeship.tools.handed import RUN_BY_FILE
from wholeship.tools.harmless import VERBS

MATTERS = lazy_pattern(
    r"docker|podman|buildah|skopeo|crane|regctl|oras|\bko\b|nerdctl|buildx|push|publish|jib|kaniko|pack |helm"
    r"|test|spec|tox|jest|lint|vet|check|scan|trivy|grype|snyk|clippy|pre-commit|mvn|gradle|set-output"
    r"|set-env|make|just|task|npm|pnpm|yarn|bun|\.sh|/|earthly|skaffold|goreleaser|werf|bake|compose|release"
    r"|deploy|image|python|node |ruff|mypy|cosign|wholeship|bazel|gcloud|\baz\b|heroku|cargo|depot|melange"
    r"|login|apko|finch|nix|invoke|rake|mage|dagger|turbo|lerna|ansible|dotnet|newman|k6|cypress|playwright"
)
"""Words without which a line neither builds, pushes, tests, hands on, nor runs something that may."""

LIMIT = 10_000
"""Longer texts (in characters) are not looked through."""
_HARMLESS = """
    [ [[ ]] # : true false echo printf cat ls rm mkdir rmdir cp mv ln touch chmod chown cd pushd popd pwd
    curl wget tar unzip zip gzip gunzip xz sed awk gawk grep egrep fgrep rg jq yq cut tr sort uniq head tail
    wc nl fold column paste comm tee basename dirname realpath readlink date sleep which type stat du df
    free uname id whoami hostname nproc seq expr sha256sum sha1sum md5sum base64 od xxd file tree diff cmp
    git apt apt-get dpkg apk brew mktemp sync mount umount printenv uuidgen ldconfig
    export local declare readonly typeset unset set shift return exit break continue read wait shopt
    fi for done case esac
"""
HARMLESS = frozenset(_HARMLESS.split())
"""Commands that neither push nor test, whatever they are given."""
HARMLESS_WITH = {
    "go": frozenset(("env", "version", "mod", "list", "get", "clean", "install", "build", "work")),
}
"""Those of which it depends on the next word."""

_CONTINUED = lazy_pattern(r"^([^#\n]*)\\\r?\n", re.MULTILINE)  # a remark ends with its line
_VARIABLE = lazy_pattern(r"\$\{\w+\}|\$\w+")
_INNER = lazy_pattern(r"\$\(([^()`]*)\)|`([^`]*)`")
_NOWHERE = lazy_pattern(r"\d?>{1,2}\s*/dev/(?:null|stdout|stderr)|\d?>&\d|&>\s*/dev/null")
_BEFORE = r"(?:[;&|(){}`\n!]|\b(?:then|do|else|elif|if|while|until)\b)[ \t]*"
_ASSIGNMENTS = r"(?:[A-Za-z_]\w*\+?=(?:[^\s;&|(){}`\"'$]|\"[^\"`$]*\"|'[^']*')*(?:[ \t]+|(?=$|[\n;])))*"
_COMMAND = lazy_pattern(
    rf"(?:^[ \t]*|{_BEFORE})(?:{_BEFORE})*{_ASSIGNMENTS}(?P<command>[^\s;&|(){{}}`!]*)[ \t]*(?P<next>[\w-]*)"
)
_RISKS = lazy_pattern(
    r"system\s*\(|foreach|bisect|rebase|filter-branch|alias|workflow run|dispatches|/v2/|BASH_ENV|\.docker\b"
    r"|\bDELETE\b|batch-delete|delete-repository|\bdoctl\b|deletePackage|\bcurl\b[^\n;|&]*\s(?:-\w*K|--config)\b"
    r"|rerun|hooksPath|\.git/hooks|git\s+(?:\S+\s+)*?(?:push|commit)\b|heroku|dokku"
    r"|pip3? (?:install|wheel)\s+(?:\S+\s+)*?(?:-e\s|--editable|\.)"
    r"|--(?:filter|compress-program|pre|rsync-path)\b|/trigger\b|/pipeline|buildWithParameters|/job/"
    r"|(?:terraform|tofu|terragrunt)\b.*\b(?:apply|destroy)|\b(?:pulumi|cdk|cdktf)\s+(?:\S+\s+)*?destroy|delete-stack"
    r"|\bacr\s+delete|repositories\s+delete|curlrc|CURL_HOME|(?:kubectl|oc)\s+(?:apply|create|replace)"
    r"|\bgo\s+generate\b"
)
"""Words with which a harmless program may run another or take an image away, or a later one may push."""


@lru_cache(maxsize=4096)
def is_dull(
    text: str,
    marks: frozenset[str] = frozenset(),
    *,
    printing: bool = False,
    told: frozenset[str] = frozenset(),
) -> bool:
    """Whether *text* does nothing of interest.

    *marks* stand in it for texts that are only known at run time. *printing*: what it writes to files is of
    interest, too. *told*: variables by which it can hand something on.
    """
    matters = MATTERS.search(text) is not None
    if (
        len(text) > LIMIT
        or any(name in text for name in told)
        or (matters and "::" in text)
        or _RISKS.search(text)
        or (matters and says_a_push(text))
    ):
        return False
    for mark in marks:
        text = text.replace(mark, "\0")
    plain = _VARIABLE.sub("\0", _CONTINUED.sub(r"\1 ", text))
    if printing and ">" in _NOWHERE.sub("", plain):
        return False
    if matters:
        return all(map(_is_harmless, _commands(_NOWHERE.sub("", plain))))
    return all(map(_is_no_pusher, _commands(_NOWHERE.sub("", plain))))


def _commands(text: str) -> Iterator[re.Match[str]]:
    """Whatever can be a command in *text*; those inside substitutions first, which are no commands then."""
    while inner := _INNER.search(text):
        yield from _commands(inner[1] or inner[2] or "")
        text = f"{text[: inner.start()]}\0{text[inner.end() :]}"
    yield from _COMMAND.finditer(text)


def _is_harmless(found: re.Match[str]) -> bool:
    command = found["command"]
    if not command or command in HARMLESS:
        return True
    return found["next"] in HARMLESS_WITH.get(command, ())


def _is_no_pusher(found: re.Match[str]) -> bool:
    """The same in a text that speaks of nothing that matters: tests and compilers are harmless there, too."""
    words = [Template.of(part) for part in (found["command"], found["next"]) if part]
    command = found["command"]
    if not command or command in HARMLESS:
        return True
    if command in ARGUED or command in RUN_BY_FILE or (command in VERBS and not found["next"]):
        return False
    return is_harmless(command, words)
