"""Shell scripts that push a list of images, one after the other, said in many ways."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

T = TypeVar("T")

HOST = "r.example/acme"


@dataclass
class Draft:
    """A repository as it is being drawn."""

    random: Random
    files: dict[str, str] = field(default_factory=dict)
    parallel: bool = False
    kinds: list[str] = field(default_factory=list)
    """What was drawn, for statistics and for telling cases apart."""

    def pick(self, *choices: T) -> T:
        """One of *choices*."""
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        """True in *share* of all drafts."""
        return self.random.random() < share

    def file(self, stem: str, body: str) -> str:
        """Put a file into the repository under a name that is free; the name."""
        head, dot, tail = stem.partition(".")
        name, number = stem, 2
        while name in self.files:
            name, number = f"{head}{number}{dot}{tail}", number + 1
        self.files[name] = body
        return name

    def npm_scripts(self, scripts: Mapping[str, str]) -> None:
        """Put *scripts* into the one package.json that npm reads, beside those that are there."""
        said = json.loads(self.files.get("package.json", '{"name": "shop", "version": "1.4.0"}'))
        said["scripts"] = said.get("scripts", {}) | scripts
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in said.items())
        self.files["package.json"] = f"{{\n{lines}\n}}\n"


Atom = Callable[[str], str]
"""The command that pushes the image of a name (a word of the shell)."""


def atom(draft: Draft, tag: str) -> Atom:
    """One way to push, with the tag as a word of the shell."""
    kind = draft.pick(
        "push", "push", "push", "build", "buildx", "output", "skopeo", "crane", "podman", "tools", "bare"
    )
    return {
        "push": lambda name: f"docker push {HOST}/{name}:{tag}",
        "bare": lambda name: f"docker image push --quiet {HOST}/{name}:{tag}",
        "build": lambda name: (
            f"docker build -t {HOST}/{name}:{tag} {name} && docker push {HOST}/{name}:{tag}"
        ),
        "buildx": lambda name: f"docker buildx build --push -t {HOST}/{name}:{tag} {name}",
        "output": lambda name: f"docker buildx build --output type=registry -t {HOST}/{name}:{tag} {name}",
        "skopeo": lambda name: f"skopeo copy --all docker-archive:{name}.tar docker://{HOST}/{name}:{tag}",
        "crane": lambda name: f"crane push {name}.tar {HOST}/{name}:{tag}",
        "podman": lambda name: f"podman push {HOST}/{name}:{tag}",
        "tools": lambda name: f"docker buildx imagetools create -t {HOST}/{name}:{tag} {HOST}/{name}:cand-1",
    }[kind]


def simple(draft: Draft, tag: str) -> Atom:
    """A push that is one simple command (for what takes no lists: xargs, find, timeout)."""
    made = atom(draft, tag)
    return made if "&&" not in made("x") else lambda name: f"docker push {HOST}/{name}:{tag}"


def masked(draft: Draft, command: str) -> str:
    """*command* with something around it that may hide its failure, or may not."""
    if draft.chance(0.55):
        return command
    inner = command if "&&" not in command else f"{{ {command}; }}"
    return draft.pick(
        f"{inner} || true",
        f"{inner} || echo failed",
        f"{inner} | tee push.log",
        f"{inner} && echo pushed",
        f"{inner} || exit 1",
        f"{inner} || {{ echo failed; exit 1; }}",
        f"{inner} || false",
        f"{inner}; true",
        f"! {inner} || echo pushed",
        f"if ! {inner}; then echo failed; exit 1; fi",
        f"if ! {inner}; then echo failed; fi",
        f"if {inner}; then echo pushed; else exit 3; fi",
        f"( {command} )",
        f"( {command}; echo done )",
        f"out=$({command}; echo done)",
        f"out=$({command})",
        f'echo "$({command})"',
        f"{inner} > /dev/null 2>&1",
        f"{inner} || {inner}",
        f"until {inner}; do sleep 1; n=$((n+1)); [ $n -lt 3 ] || exit 1; done",
        f"until {inner}; do sleep 1; n=$((n+1)); [ $n -lt 3 ] || break; done",
        f"for n in 1 2 3; do {inner} && break; sleep 1; done",
        f'ok=; for n in 1 2 3; do {inner} && ok=1 && break; sleep 1; done; [ -n "$ok" ]',
        f"{inner} || rc=$?",
        f"rc=0; {inner} || rc=$?; [ $rc -eq 0 ] || exit $rc",
        f"rc=0; {inner} || rc=$?; if (( rc != 0 )); then exit $rc; fi",
        f"rc=0; {inner} || rc=$?; (( rc == 0 ))",
        f"set +e; {inner}; rc=$?; set -e; test $rc = 0",
        f"set +e; {inner}; rc=$?; set -e; echo $rc",
        f"set +e; {inner}; set -e",
        f"[[ -z ${{SKIP:-}} ]] && {inner}",
        f'test -n "${{SKIP:-}}" || {inner}',
    )


def wrapped(draft: Draft, command: str) -> str:
    """A simple *command* behind a program that runs it."""
    if draft.chance(0.7):
        return command
    return draft.pick(
        f"timeout 60 {command}",
        f"env A=1 {command}",
        f"nice -n 5 {command}",
        f"command {command}",
        f"sudo {command}",
        f"time {command}",
        f"nohup {command}",
        f"stdbuf -oL {command}",
        f"setsid -w {command}",
        f"A=1 {command}",
        f"eval {shlex.quote(command) if '$' not in command else chr(34) + command + chr(34)}",
        f'eval "{command}"',
        f'bash -c "{command}"',
        f'sh -ec "{command}"',
        f"xargs -r {command} < /dev/null; {command}",
    )


def single(draft: Draft, name: str, tag: str) -> str:
    """A command line that pushes one image."""
    if draft.chance(0.4):
        return masked(draft, wrapped(draft, simple(draft, tag)(name)))
    return masked(draft, atom(draft, tag)(name))


Kind = Callable[[Draft, list[str], str], str]
_KINDS: dict[str, Kind] = {}


def kind(made: Kind) -> Kind:
    """Adds a way to push a list of images."""
    _KINDS[made.__name__.strip("_")] = made
    return made


def script(draft: Draft, images: list[str], tag: str) -> str:
    """A script that pushes *images* in their order (or seems to)."""
    name = "lines" if len(images) == 1 and draft.chance(0.2) else draft.pick(*_KINDS)
    draft.kinds.append(name)
    return _KINDS[name](draft, images, tag)


def _indented(lines: str, by: str = "  ") -> str:
    return "\n".join(f"{by}{line}" for line in lines.splitlines())


@kind
def _lines(draft: Draft, images: list[str], tag: str) -> str:
    return "\n".join(single(draft, name, tag) for name in images)


@kind
def _chain(draft: Draft, images: list[str], tag: str) -> str:
    push = atom(draft, tag)
    return draft.pick(" && ", " ; ", " && \\\n  ", "\n").join(push(name) for name in images)


@kind
def _or_exit(draft: Draft, images: list[str], tag: str) -> str:
    push = atom(draft, tag)
    return " && ".join(push(name) for name in images) + draft.pick(
        " || exit 1", " || true", "\necho done", ""
    )


@kind
def _for(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, tag)("$i"))
    words = " ".join(images)
    head = draft.pick(
        f"for i in {words}", f'IMAGES="{words}"\nfor i in $IMAGES', f"for i in {{{','.join(images)}}}"
    )
    if len(images) == 1:
        head = f"for i in {words}"
    return f"{head}; do\n{_indented(body)}\ndone"


@kind
def _array(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, tag)("$i"))
    words = " ".join(images)
    start = draft.pick(
        f"names=({words})",
        f"declare -a names=({words})",
        f"read -ra names <<< '{words}'",
        "names=()\n" + "\n".join(f"names+=({name})" for name in images),
        f"IFS=, read -ra names <<< '{','.join(images)}'",
        f"mapfile -t names < <(printf '%s\\n' {words})",
    )
    return f'{start}\nfor i in "${{names[@]}}"; do\n{_indented(body)}\ndone'


@kind
def _counted(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, tag)("${names[$n]}"))
    start = f"names=({' '.join(images)})"
    if draft.chance(0.5):
        return f"{start}\nfor ((n = 0; n < ${{#names[@]}}; n++)); do\n{_indented(body)}\ndone"
    return f"{start}\nn=0\nwhile [ $n -lt {len(images)} ]; do\n{_indented(body)}\n  n=$((n + 1))\ndone"


@kind
def _function(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, tag)("$1"))
    if draft.chance(0.3):
        body = f"local image=$1\n{masked(draft, atom(draft, tag)('$image'))}"
    tail = draft.pick("", "", "\n  echo pushed $1", "\n  return 0")
    calls = draft.pick("\n", "\n", " && ", " ; ").join(f"push {name}" for name in images)
    if draft.chance(0.2):
        calls = f"for i in {' '.join(images)}; do push $i{draft.pick('', ' || exit 1', ' || true')}; done"
    return f"push() {{\n{_indented(body)}{tail}\n}}\n{calls}"


@kind
def _retry(draft: Draft, images: list[str], tag: str) -> str:
    push = simple(draft, tag)
    end = draft.pick("return 1", "false", "echo gave up", "exit 1", "")
    body = f'for n in 1 2 3; do\n    "$@" && return 0\n    sleep 1\n  done\n  {end}'
    if not end:
        more = "n=$((n + 1))\n    if [ $n -ge 3 ]; then return 1; fi"
        body = f'n=0\n  until "$@"; do\n    {more}\n    sleep 1\n  done'
    body = f"retry() {{\n  local n\n  {body}\n}}\n"
    return body + "\n".join(f"retry {push(name)}" for name in images)


@kind
def _read(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, tag)("$i"))
    loop = f"while read -r i; do\n{_indented(body)}\ndone"
    lines = "\n".join(images)
    form = draft.pick("here", "pipe", "file", "text", "process", "cat")
    if form == "here":
        return f"{loop} <<EOF\n{lines}\nEOF"
    if form == "pipe":
        return f"printf '%s\\n' {' '.join(images)} | {loop}"
    if form == "text":
        return f"{loop} <<< '{images[0]}'\n" + "\n".join(single(draft, name, tag) for name in images[1:])
    if form == "process":
        return f"{loop} < <(printf '%s\\n' {' '.join(images)})"
    name = draft.file("images.txt", lines + "\n")
    return f"{loop} < {name}" if form == "file" else f"cat {name} | {loop}"


@kind
def _xargs(draft: Draft, images: list[str], tag: str) -> str:
    push, words = simple(draft, tag), " ".join(images)
    form = draft.pick("each", "braces", "sh", "parallel", "file", "lines")
    if form == "parallel":
        draft.parallel = True
    return {
        "each": f"echo {words} | tr ' ' '\\n' | xargs -I% {push('%')}",
        "braces": f"printf '%s\\n' {words} | xargs -I{{}} {push('{}')}",
        "sh": f"echo {words} | xargs -n 1 sh -c '{push('$0')}'",
        "parallel": f"printf '%s\\n' {words} | xargs -P2 -I{{}} {push('{}')}",
        "file": f"xargs -I{{}} {push('{}')} < {draft.file('names.txt', chr(10).join(images) + chr(10))}"
        if form == "file"
        else "",
        "lines": f"printf '%s\\n' {words} | xargs -I@ bash -ec '{push('@')} && echo ok'",
    }[form]


@kind
def _find(draft: Draft, images: list[str], tag: str) -> str:
    for number, name in enumerate(images):
        draft.file(f"services/{number}/{name}.txt", f"{name}\n")
    push = simple(draft, tag)
    form = draft.pick("loop", "xargs", "exec", "glob")
    return {
        "loop": "for f in $(find services -name '*.txt' | sort); do\n  "
        + masked(draft, push("$(cat $f)"))
        + "\ndone",
        "xargs": f"find services -name '*.txt' | sort | xargs cat | xargs -I{{}} {push('{}')}",
        "exec": f"find services -name '*.txt' -exec sh -c '{push('$(cat $1)')}' _ {{}} \\;",
        "glob": f"for f in services/*/*.txt; do\n  {masked(draft, push('$(basename $f .txt)'))}\ndone",
    }[form]


@kind
def _case(draft: Draft, images: list[str], tag: str) -> str:
    arms = "\n".join(f"    {name}) {single(draft, name, tag)} ;;" for name in images)
    other = draft.pick("    *) exit 2 ;;", "    *) echo unknown ;;", "")
    body = f'push() {{\n  case "$1" in\n{arms}\n{other}\n  esac\n}}\n'
    return body + "\n".join(f"push {name}" for name in images)


def _recipes(draft: Draft, images: list[str], tag: str) -> str:
    """Lines of a Makefile: a target for each image, and one for all."""
    push = simple(draft, tag)
    marks = [draft.pick("", "", "", "", "-", "@", "@-") for _ in images]
    rules = "\n".join(
        f"push-{name}:\n\t{mark}{push(name)}{draft.pick('', '', ' || true', '; true', ' | cat')}"
        for name, mark in zip(images, marks, strict=True)
    )
    return f"all: {' '.join(f'push-{name}' for name in images)}\n{rules}\n.PHONY: all\n"


@kind
def _make(draft: Draft, images: list[str], tag: str) -> str:
    used, before = _for_file(draft, tag)
    if not re.fullmatch(r"\$\{?\w+\}?", used):
        used, before = "$TAG", f'export TAG="{tag}"\n'
    variable = used.strip("${}")
    made = draft.pick(f"$({variable})", f"$({variable})", f"$${variable}", f"$${{{variable}}}")
    form = draft.pick("rules", "rules", "loop", "semi", "sequence", "variable")
    flags = draft.pick("", "", " -k", " -i", " -s", " -j2", " --keep-going", " -B")
    if "-j" in flags:
        draft.parallel = True
    push = simple(draft, made)
    if form == "rules":
        body = _recipes(draft, images, made)
    elif form == "loop":
        lost = draft.pick("", "", " || exit 1", " || true", " || exit $$?")
        inner = push("$$i")
        body = f"all:\n\tfor i in {' '.join(images)}; do {inner}{lost}; done\n"
        body = body if draft.chance(0.7) else body.replace("\tfor", "\tset -e; for")
    elif form == "semi":
        body = f"all:\n\t{draft.pick('; ', ' && ').join(push(name) for name in images)}\n"
    elif form == "variable":
        body = f"IMAGES := {' '.join(images)}\nall: $(addprefix push-,$(IMAGES))\npush-%:\n\t{push('$*')}\n"
    else:
        body = "all:\n" + "".join(f"\t{push(name)}\n" for name in images)
    head = draft.pick("", "", "SHELL := /bin/bash\n", ".ONESHELL:\n", ".IGNORE:\n", "MAKEFLAGS += -k\n")
    if draft.chance(0.5):
        head = ""
    name = draft.file("Makefile", head + body)
    where = "" if name == "Makefile" else f" -f {name}"
    return f"{before}make{where}{flags} all"


def _for_file(draft: Draft, tag: str) -> tuple[str, str]:
    """The tag as a file of the repository can say it, and what must be done before."""
    if "${{" not in tag and draft.chance(0.5) and "TAG" not in tag:
        return tag, ""
    return "$TAG", f'export TAG="{tag}"\n' if draft.chance(0.7) else f'TAG="{tag}" '


@kind
def _script_file(draft: Draft, images: list[str], tag: str) -> str:
    used, before = _for_file(draft, tag)
    first = draft.pick(
        "#!/bin/bash -e",
        "#!/usr/bin/env bash\nset -e",
        "#!/bin/bash",
        "#!/bin/sh",
        "#!/usr/bin/env bash\nset -euo pipefail",
    )
    style = draft.pick("list", "arguments", "flag")
    if style == "list":
        body = script(draft, images, used)
        if before and not before.endswith("\n") and "\n" in body:
            before = f'export TAG="{tag}"\n'
        name = draft.file("ci/push.sh", f"{first}\n{body}\n")
        return before + draft.pick(
            f"./{name}", f"bash {name}", f"sh {name}", f"bash -e {name}", f". ./{name}"
        )
    if style == "arguments":
        body = masked(draft, atom(draft, used)("$1"))
        check = draft.pick(
            "",
            "if [ $# -ne 1 ]; then echo usage; exit 2; fi\n",
            "if (( $# != 1 )); then exit 2; fi\n",
            ': "${1:?image}"\n',
        )
        name = draft.file("ci/push.sh", f"{first}\n{check}{body}\n")
        lines = [f"{draft.pick('./', 'bash ')}{name} {image}" for image in images]
        return f'export TAG="{tag}"\n' + "\n".join(lines)
    body = (
        "image=\npush=\nwhile [ $# -gt 0 ]; do\n  case $1 in\n    --image) image=$2; shift 2 ;;\n"
        "    --push) push=1; shift ;;\n    *) shift ;;\n  esac\ndone\n"
    )
    body += f'if [ -n "$push" ]; then\n{_indented(masked(draft, atom(draft, used)("$image")))}\nfi'
    name = draft.file("ci/image.sh", f"{first}\n{body}\n")
    lines = [
        f"./{name} {draft.pick(f'--image {image} --push', f'--push --image {image}')}" for image in images
    ]
    return f'export TAG="{tag}"\n' + "\n".join(lines)


@kind
def _written(draft: Draft, images: list[str], tag: str) -> str:
    push = atom(draft, tag)
    lines = "\n".join(push(name) for name in images)
    form = draft.pick("heredoc", "printf", "stdin", "source", "base")
    if form == "heredoc":
        run = draft.pick("bash run.sh", "sh run.sh", "bash -e run.sh", ". ./run.sh")
        return f"cat > run.sh <<EOF\n{lines}\nEOF\n{run}"
    if form == "printf":
        simple_ = simple(draft, tag)
        made = " ".join(f'"{simple_(name)}"' for name in images)
        run = draft.pick("bash run.sh", "sh -e run.sh", "chmod +x run.sh; ./run.sh")
        return f"printf '%s\\n' {made} > run.sh\n{run}"
    if form == "stdin":
        return f"bash {draft.pick('-s', '-es', '')} <<EOF\n{lines}\nEOF"
    if form == "source":
        return f"cat > fns.sh <<'EOF'\npush() {{ {push('$1')}; }}\nEOF\n. ./fns.sh\n" + "\n".join(
            f"push {n}" for n in images
        )
    simple_ = simple(draft, tag)
    run = draft.pick("sh", "bash", "bash -e", "sh -ex")
    return f'for i in {" ".join(images)}; do echo "{simple_("$i")}"; done | {run}'


@kind
def _generated(draft: Draft, images: list[str], tag: str) -> str:
    words = " ".join(images)
    form, run = draft.pick("awk", "sed", "jq", "jq loop"), draft.pick("sh", "bash -e", "bash")
    if form == "awk":
        program = f'{{ print "docker push {HOST}/" $1 ":" t }}'
        return f"printf '%s\\n' {words} | awk -v t=\"{tag}\" '{program}' | {run}"
    if form == "sed":
        return f"printf '%s\\n' {words} | sed \"s|.*|docker push {HOST}/&:{tag}|\" | {run}"
    listed = ",".join(f'"{name}"' for name in images)
    name = draft.file("images.json", f'{{"images": [{listed}]}}\n')
    if form == "jq":
        return f"jq -r '.images[]' {name} | xargs -I{{}} docker push {HOST}/{{}}:{tag}"
    return f"for i in $(jq -r '.images[]' {name}); do\n  {masked(draft, atom(draft, tag)('$i'))}\ndone"


@kind
def _background(draft: Draft, images: list[str], tag: str) -> str:
    draft.parallel = True
    push = simple(draft, tag)
    first, last = images[:-1] or images, images[-1]
    lines = [f"{push(name)} &" for name in first]
    wait = draft.pick("wait", "wait", "", "wait -n", "wait $!", "pids")
    if wait == "pids":
        lines = [f"{line}\npids+=($!)" for line in lines]
        wait = 'for p in "${pids[@]}"; do wait $p; done'
    return "\n".join([*lines, wait, push(last)])


@kind
def _status(draft: Draft, images: list[str], tag: str) -> str:
    push = simple(draft, tag)
    first, last = images[:-1] or images, images[-1]
    start = draft.pick("failed=0", "failed=")
    lines = "\n".join(f"{push(name)} || failed=1" for name in first)
    end = draft.pick(
        '[ "$failed" != 1 ] || exit 1',
        'if [ "$failed" = 1 ]; then exit 1; fi',
        "if [[ $failed == 1 ]]; then echo failed; fi",
        'test "${failed:-0}" = 0',
        "if (( failed )); then exit 1; fi",
        '[ "$failed" = 1 ] && exit 1',
        '[ "$failed" = 1 ] && exit 1 || true',
        "",
    )
    return f"{start}\n{lines}\n{end}\n{push(last)}"


@kind
def _status_kept(draft: Draft, images: list[str], tag: str) -> str:
    push = simple(draft, tag)
    first, last = images[:-1] or images, images[-1]
    lines = []
    for name in first:
        lines += [push(name), draft.pick("rc=$?", 'rc="$?"', ": $?", "echo $?")]
        lines += [
            draft.pick(
                "[ ${rc:-0} -eq 0 ] || exit $rc",
                "if [ ${rc:-0} -ne 0 ]; then exit 1; fi",
                "[ ${rc:-0} -eq 0 ] || echo bad",
                "case ${rc:-0} in 0) ;; *) exit 9 ;; esac",
            )
        ]
    return "\n".join(["set +e", *lines, draft.pick("set -e", ""), push(last)])


@kind
def _piped_status(draft: Draft, images: list[str], tag: str) -> str:
    push = simple(draft, tag)
    first, last = images[:-1] or images, images[-1]
    check = draft.pick(
        "[ ${PIPESTATUS[0]} -eq 0 ]",
        "exit ${PIPESTATUS[0]}",
        "test ${PIPESTATUS[1]} = 0",
        "set -o pipefail",
        "true",
    )
    head = "set -o pipefail\n" if draft.chance(0.2) else ""
    body = "\n".join(f"{push(name)} 2>&1 | tee log\n{check}" for name in first)
    return f"{head}{body}\n{push(last)}"


@kind
def _trap(draft: Draft, images: list[str], tag: str) -> str:
    push = simple(draft, tag)
    trap = draft.pick(
        "trap 'docker logout' EXIT",
        "trap 'exit 0' EXIT",
        "trap 'exit 0' ERR",
        "trap 'echo failed' ERR",
        "trap 'rm -f log' EXIT",
        f"trap '{push(images[-1])}' EXIT",
        "trap - EXIT",
    )
    return "\n".join([trap, *(push(name) for name in images)])


@kind
def _options(draft: Draft, images: list[str], tag: str) -> str:
    push = simple(draft, tag)
    setting = draft.pick(
        "set -x",
        "set -eux",
        "set +e",
        "set -uo pipefail",
        "set +o errexit",
        "shopt -s nullglob",
        "set -o errexit",
        "set -eo pipefail",
    )
    return "\n".join([setting, *(masked(draft, push(name)) for name in images)])


@kind
def _condition(draft: Draft, images: list[str], tag: str) -> str:
    lines = []
    for name in images:
        test = draft.pick(
            '[ "$GITHUB_REF_TYPE" = branch ]',
            '[[ "$GITHUB_REF" == refs/heads/* ]]',
            '[ "$GITHUB_EVENT_NAME" = push ]',
            '[[ "$GITHUB_REF_NAME" =~ ^(main|v.*)$ ]]',
            f'[ -n "{tag}" ]',
            '[ "$GITHUB_EVENT_NAME" != pull_request ]',
            "[ -f VERSION ]",
            "true",
        )
        push = single(draft, name, tag)
        lines.append(draft.pick(f"if {test}; then\n{_indented(push)}\nfi", push, push))
    return "\n".join(lines)


@kind
def _group(draft: Draft, images: list[str], tag: str) -> str:
    push = atom(draft, tag)
    inner = "; ".join(push(name) for name in images[:-1] or images)
    last = push(images[-1])
    return draft.pick(
        f"{{ {inner}; }} && {last}",
        f"( {inner} ) && {last}",
        f"{{ {inner}; }} || exit 1\n{last}",
        f"if {{ {inner}; }}; then {last}; fi",
        f"( set -e; {inner} )\n{last}",
        f"x=$({inner})\n{last}",
        f"{{ {inner}; }} > log 2>&1\n{last}",
        f"set -- {' '.join(images)}\nwhile [ $# -gt 0 ]; do {push('$1')}; shift; done",
        f"set -- {' '.join(images)}\nfor i; do {push('$i')}; done",
        f"while :; do {inner} && break; done\n{last}" if draft.chance(0) else f"{inner} && {last}",
    )


@kind
def _package(draft: Draft, images: list[str], tag: str) -> str:
    """Scripts of a package.json, run as npm runs them: by ``sh -c``, each with its ``pre`` and ``post``."""
    push = simple(draft, "$TAG")
    names = {f"push:{name}": push(name) for name in images}
    every = draft.pick(" && ", "; ", " & ").join(f"npm run push:{name}" for name in images)
    if " & " in every:
        draft.parallel = True
    taken = '"push"' in draft.files.get("package.json", "")
    own = f"push-{len(names)}-{images[0]}" if taken else "push"
    scripts = names | {own: every}
    form = draft.pick("all", "each", "pre")
    if form == "pre" and len(images) > 1:
        rest = " && ".join(push(name) for name in images[1:])
        scripts = {f"pre{own}": push(images[0]), own: rest}
    draft.npm_scripts(scripts)
    calls = (
        "\n".join(f"npm run push:{name}" for name in images)
        if form == "each"
        else f"{draft.pick('npm run', 'npm run --silent')} {own}"
    )
    return f'export TAG="{tag}"\n{calls}'


@kind
def _getopts(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, "$t")("$n"))
    text = (
        "#!/usr/bin/env bash\nset -e\npush=0\n"
        "while getopts 'n:t:p' o; do\n  case $o in\n    n) n=$OPTARG ;;\n    t) t=$OPTARG ;;\n"
        f"    p) push=1 ;;\n    *) exit 2 ;;\n  esac\ndone\n[ $push = 1 ] || exit 0\n{body}\n"
    )
    name = draft.file("ci/one.sh", text)
    return "\n".join(f'./{name} -n {image} -t "{tag}" -p' for image in images)


@kind
def _library(draft: Draft, images: list[str], tag: str) -> str:
    """Functions of a file that is sourced, and perhaps options that it sets."""
    options = draft.pick("", "", "set +e\n", "set -euo pipefail\n", "trap 'exit 0' ERR\n")
    name = draft.file(
        "ci/lib.sh", f"{options}push() {{\n{_indented(masked(draft, atom(draft, '$2')('$1')))}\n}}\n"
    )
    start = draft.pick(f". {name}", f"source ./{name}", f'source "$GITHUB_WORKSPACE/{name}"')
    return "\n".join([start, *(f'push {image} "{tag}"' for image in images)])


@kind
def _associative(draft: Draft, images: list[str], tag: str) -> str:
    pairs = " ".join(f"[{number}]={name}" for number, name in enumerate(images))
    body = masked(draft, atom(draft, tag)("${names[$k]}"))
    if draft.chance(0.5):
        keys = " ".join(str(number) for number in range(len(images)))
        return f"declare -A names=({pairs})\nfor k in {keys}; do\n{_indented(body)}\ndone"
    return f'declare -a names=({pairs})\nfor k in "${{!names[@]}}"; do\n{_indented(body)}\ndone'


@kind
def _split(draft: Draft, images: list[str], tag: str) -> str:
    body = masked(draft, atom(draft, tag)("$i"))
    words = ",".join(images)
    head = draft.pick(
        f'for i in $(echo {words} | tr "," " ")',
        f"list={words}\nfor i in ${{list//,/ }}",
        f"IFS=,\nlist={words}\nfor i in $list",
        f"for i in $(sed 's/,/ /g' <<< {words})",
        f"for i in $(echo {words} | awk -F, '{{ for (n = 1; n <= NF; n++) print $n }}')",
        f"for i in $(printf '%s\\n' {' '.join(images)} | grep -v nothing)",
        f"for i in $(printf '%s\\n' {' '.join(images)} | sort)",
        f"for i in `echo {' '.join(images)}`",
    )
    if "IFS=," in head:
        body = atom(draft, tag)("$i").replace(" ", '" "') if draft.chance(0) else body
    return f"{head}; do\n{_indented(body)}\ndone"


@kind
def _nested(draft: Draft, images: list[str], tag: str) -> str:
    """A function that calls another, in a place where ``-e`` is lost or is not."""
    push = atom(draft, tag)
    inner = "\n".join(push(name) for name in images[:-1] or images)
    last = push(images[-1])
    call = draft.pick(
        "siblings",
        "siblings || exit 1",
        "if siblings; then :; else exit 1; fi",
        "siblings && echo ok",
        "(siblings)",
        "x=$(siblings)",
        "siblings | cat",
        "! siblings || echo ok",
        "siblings || echo failed",
        "while ! siblings; do exit 1; done",
    )
    end = draft.pick("  :\n", "  echo pushed\n", "")
    return f"siblings() {{\n{_indented(inner)}\n{end}}}\n{call}\n{last}"


@kind
def _exported(draft: Draft, images: list[str], tag: str) -> str:
    """A list that a program wrote, or a value that a subshell keeps to itself."""
    push = atom(draft, tag)
    form = draft.pick("tee", "subshell", "default", "indirect", "printf", "nameref")
    if form == "tee":
        start = f"printf '%s\\n' {' '.join(images)} | tee list.txt"
        return f"{start}\nwhile read -r i; do\n  {masked(draft, push('$i'))}\ndone < list.txt"
    if form == "subshell":
        return f"i={images[0]}\n(i=other)\n{push('$i')}\n" + "\n".join(push(name) for name in images[1:])
    if form == "default":
        return "\n".join(f"{push('${NAME:-' + name + '}')}" for name in images)
    if form == "indirect":
        return "\n".join(f"n{k}={name}; v=n{k}; {push('${!v}')}" for k, name in enumerate(images))
    if form == "printf":
        return "\n".join(f"printf -v i '%s' {name}; {push('$i')}" for name in images)
    return (
        'push() { local -n list=$1; for i in "${list[@]}"; do '
        + push("$i")
        + f"; done; }}\nnames=({' '.join(images)})\npush names"
    )


@kind
def _escaped(draft: Draft, images: list[str], tag: str) -> str:
    """Failures that a shell forgets: ``local``, ``export``, a pipe, a list, a here-string."""
    push = simple(draft, tag)
    first, last = images[:-1] or images, images[-1]
    lines = []
    for name in first:
        command = push(name)
        lines.append(
            draft.pick(
                f"f() {{ local out=$({command}); }}; f",
                f"export OUT=$({command})",
                f"declare OUT=$({command})",
                f"OUT=$({command})",
                f"readonly OUT_{name}=$({command})",
                f'cat <<< "$({command})"',
                f"echo $({command})",
                f'[ -z "$({command})" ] || true',
                f"true | {command}",
                f"{command} | true",
                f"{command} & wait $!",
                f"{command} &\nwait",
                f"if true; then {command}; fi",
                f"{command} |& tee log",
                f"{command} > >(cat)",
                f"coproc {command}",
                f"{{ {command}; }} 2>&1",
                f"{command}; rc=$?; [ $rc = 0 ]",
                f"let ok=1; {command}",
                f"((1)); {command}",
                f"let ok=0 || true; {command}",
            )
        )
    if any(
        "&" in line.replace("&&", "").replace("2>&1", "").replace("|&", "") or "coproc" in line
        for line in lines
    ):
        draft.parallel = True
    return "\n".join([*lines, push(last)])
