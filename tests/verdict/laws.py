"""Changes to a workflow that change nothing of what it does: whatever `check` says of it has to stay.

Each law takes the text of a workflow and gives the changed text, with the files that it needs beside it, or
None where it has nothing to change, or could not without changing what the workflow does.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
OWN = "metamorphic"
"""Begins the name of every file and input that a law makes."""


@dataclass(frozen=True)
class Changed:
    """The workflow after a law, the files it needs, and new names of images (old → new)."""

    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


Law = Callable[[str], Changed | None]


class _Plain(yaml.SafeLoader):
    """Scalars as GitHub reads the few that a law looks at: `on` is a word, dates are texts."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in entries if tag == "tag:yaml.org,2002:null"]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.yaml_implicit_resolvers = _Plain.yaml_implicit_resolvers
"""What was written without quotes (`true`, `3`, `on`) comes out without quotes."""


def load(text: str) -> dict[str, Any] | None:
    """The workflow as data whose scalars are all texts; None for what is no mapping with jobs."""
    try:
        data = yaml.load(text, _Plain)
    except yaml.YAMLError:
        return None
    return data if isinstance(data, dict) and isinstance(data.get("jobs"), dict) else None


def dump(data: object) -> str:
    """*data* as YAML."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=10_000)


def jobs_of(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The jobs with steps."""
    for name, job in data["jobs"].items():
        if isinstance(job, dict) and isinstance(job.get("steps"), list):
            yield name, job


def steps_of(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step."""
    for _, job in jobs_of(data):
        yield from (step for step in job["steps"] if isinstance(step, dict))


def scripts_of(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step with a script for a POSIX shell."""
    for step in steps_of(data):
        shell = str(step.get("shell", "bash"))
        if isinstance(step.get("run"), str) and shell.split(maxsplit=1)[0] in ("bash", "sh"):
            yield step


# Comments and YAML


def comments(text: str) -> Changed | None:
    """A comment above every key that begins its line."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    lines = text.splitlines(keepends=True)
    columns: dict[int, int] = {}
    for key in _keys(root):
        if key.start_mark is not None and not lines[key.start_mark.line][: key.start_mark.column].strip():
            columns[key.start_mark.line] = key.start_mark.column
    if not columns:
        return None
    made = [
        (" " * columns[number] + "# said in other words\n" if number in columns else "") + line
        for number, line in enumerate(lines)
    ]
    return Changed("".join(made).rstrip("\n") + "\n\n# the end\n")


def _keys(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        if not node.flow_style:
            yield from (key for key, _ in node.value)
        for _, value in node.value:
            yield from _keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _keys(value)


def other_style(text: str) -> Changed | None:
    """The same data in the style of another writer: block instead of flow, other quotes, other folding."""
    data = load(text)
    if data is None or "&" in text or "*" in re.sub(r"\S*\*\S+|\S+\*", "", text):
        return None
    return Changed(dump(data))


def anchors(text: str) -> Changed | None:
    """The second of two equal mappings or lists is an alias of the first."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if root is None or re.search(r"(^|[\s:-])[&*]\w", text):
        return None
    seen: dict[str, yaml.Node] = {}
    if not _share(root, seen, depth=0):
        return None
    return Changed(yaml.serialize(root, Dumper=yaml.SafeDumper, width=10_000))


def _share(node: yaml.Node, seen: dict[str, yaml.Node], depth: int) -> int:
    count = 0
    values = node.value if isinstance(node, yaml.MappingNode | yaml.SequenceNode) else ()
    for place, entry in enumerate(values):
        value = entry[1] if isinstance(entry, tuple) else entry
        if isinstance(value, yaml.ScalarNode) or not value.value:
            continue
        first = seen.setdefault(_spelt(value), value)
        if depth >= 2 and first is not value:
            node.value[place] = (entry[0], first) if isinstance(entry, tuple) else first
            count += 1
        else:
            count += _share(value, seen, depth + 1)
    return count


def _spelt(node: yaml.Node) -> str:
    return yaml.serialize(node, Dumper=yaml.SafeDumper)


# Variables


def inlined(text: str) -> Changed | None:
    """``${{ env.NAME }}`` becomes the text that NAME has in the whole workflow."""
    data = load(text)
    env = data.get("env") if data else None
    if data is None or not isinstance(env, dict):
        return None
    names = [
        name
        for name, value in env.items()
        if isinstance(value, str)
        and not set("${}#\n'\"&*:") & set(value)
        and value.strip() == value
        and value
        and len(re.findall(rf"\b{re.escape(name)}\s*[:=]", text)) == 1
    ]
    made = text
    for name in names:
        parts = re.split(rf"\$\{{\{{\s*env\.{re.escape(name)}\s*\}}\}}", made)
        made = str(env[name]).join(parts)
    return Changed(made) if made != text and load(made) is not None else None


# Scripts

_LOOP = re.compile(
    r"^(?P<indent>[ ]*)for (?P<name>\w+) in (?P<words>[\w./:-]+(?: [\w./:-]+)*) *(?:;|\n[ ]*) *do[ ]*\n"
    r"(?P<body>.*?)^(?P=indent)done[ ]*$",
    re.DOTALL | re.MULTILINE,
)
_NESTED = re.compile(r"\b(for|while|until|continue|break|done)\b")


def unrolled(text: str) -> Changed | None:
    """A loop over words that stand there becomes its rounds, one after the other."""

    def rounds(found: re.Match[str]) -> str:
        if _NESTED.search(found["body"]):
            return found[0]
        return "\n".join(
            f"{found['indent']}{found['name']}={word}\n{found['body'].rstrip()}"
            for word in found["words"].split()
        )

    return _in_scripts(text, lambda script: _LOOP.sub(rounds, script))


def broken_lines(text: str) -> Changed | None:
    """A long command goes on in a second line, behind a backslash."""

    def broken(line: str) -> str:
        words = line.split(" ")
        plain = not set(line) & set("\"'\\#`()|&;<>")
        head = next((n for n, word in enumerate(words) if word), 0)
        if not plain or len(words) < head + 4 or words[head] not in ("docker", "crane", "skopeo"):
            return line
        return " ".join(words[: head + 2]) + " \\\n  " + " ".join(words[head + 2 :])

    def script(body: str) -> str:
        lines = body.split("\n")
        ends = [n > 0 and lines[n - 1].rstrip().endswith(("\\", "<<EOF")) for n in range(len(lines))]
        if "<<" in body:
            return body
        return "\n".join(
            line if end or "${{" in line else broken(line) for line, end in zip(lines, ends, strict=True)
        )

    return _in_scripts(text, script)


def chained(text: str) -> Changed | None:
    """A script that is one ``first && second`` becomes two lines."""

    def lines(body: str) -> str:
        only = body.strip()
        if "\n" in only or " && " not in only or set(only) & set("|;\"'`(){}<>#!&") - set("&{}"):
            return body
        if re.search(r"(?<!&)&(?!&)", only):
            return body
        return "\n".join(part.strip() for part in only.split(" && "))

    return _in_scripts(text, lines)


def own_steps(text: str) -> Changed | None:
    """Each line of a script that only calls docker is a step of its own."""
    data = load(text)
    if data is None:
        return None
    changed = False
    for _, job in jobs_of(data):
        made: list[Any] = []
        for step in job["steps"]:
            lines = _docker_lines(step)
            changed |= len(lines) > 1
            made += [{**step, "run": line} for line in lines] if len(lines) > 1 else [step]
        job["steps"] = made
    return Changed(dump(data)) if changed else None


def _docker_lines(step: Any) -> list[str]:
    if not isinstance(step, dict) or not isinstance(step.get("run"), str):
        return []
    if {"id", "if", "continue-on-error", "shell", "timeout-minutes"} & set(step):
        return []
    lines = [line.strip() for line in step["run"].strip().split("\n") if line.strip()]
    plain = all(
        re.match(r"docker (push|tag|build|buildx|pull) ", line) and not set(line) & set("\\|&;<>`#!")
        for line in lines
    )
    return lines if plain else []


def _in_scripts(text: str, change: Callable[[str], str]) -> Changed | None:
    data = load(text)
    if data is None:
        return None
    changed = False
    for step in scripts_of(data):
        made = change(step["run"])
        changed |= made != step["run"]
        step["run"] = made
    return Changed(dump(data)) if changed else None


# Moving work elsewhere

_MOVED = re.compile(r"docker|skopeo|crane|bake", re.IGNORECASE)
_STAYS = ("name", "if", "continue-on-error", "timeout-minutes", "id")


def in_actions(text: str) -> Changed | None:
    """Each step that works on images becomes a composite action of the repository."""
    data = load(text)
    if data is None or "defaults" in data or any("defaults" in job for _, job in jobs_of(data)):
        return None
    files: dict[str, str] = {}
    for _, job in jobs_of(data):
        at_home = [place for place, step in enumerate(job["steps"]) if _checks_out(step)]
        for place, step in enumerate(job["steps"]):
            if _FETCHES.search(str(step)):  # what comes may have another action in the same place
                break
            if at_home and place > at_home[0] and _movable(step):
                name = f"{OWN}-{len(files)}"
                job["steps"][place], files[f"{name}/action.yml"] = _moved(step, name)
    return Changed(dump(data), files) if files else None


_FETCHES = re.compile(r"download-artifact|\bunzip\b|\btar\b|\bgit (?:clone|checkout|pull|switch)\b")


def _checks_out(step: Any) -> bool:
    if not isinstance(step, dict) or not str(step.get("uses", "")).startswith("actions/checkout@"):
        return False
    return not {"repository", "path", "ref"} & set(step.get("with") or {})


def _movable(step: Any) -> bool:
    if (
        not isinstance(step, dict)
        or "id" in step
        or not _MOVED.search(str(step.get("uses", step.get("run"))))
    ):
        return False
    if str(step.get("uses", "")).startswith((".", "$", "docker://")):
        return False
    own = re.findall(r"\benv\.(\w+)", str(step))
    if "shell" in step or set(own) & set(step.get("env") or {}):
        return False
    return not any(word in str(step) for word in ("GITHUB_ACTION", "github.action"))


def _moved(step: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str]:
    given: dict[str, str] = {}

    def handed(found: re.Match[str]) -> str:
        known = next((key for key, value in given.items() if value == found[0]), f"{OWN}{len(given)}")
        given[known] = found[0]
        return f"${{{{ inputs.{known} }}}}"

    def inside(value: Any) -> Any:
        if isinstance(value, str):
            return EXPRESSION.sub(handed, value)
        if isinstance(value, dict):
            return {key: inside(each) for key, each in value.items()}
        return [inside(each) for each in value] if isinstance(value, list) else value

    inner = {key: inside(value) for key, value in step.items() if key not in _STAYS}
    if "run" in inner:
        inner["shell"] = "bash -e {0}"
    outer: dict[str, Any] = {key: step[key] for key in _STAYS if key in step}
    outer["uses"] = f"./{name}"
    if given:
        outer["with"] = dict(given)
    action = {"name": name, "description": name, "inputs": {key: {"required": "true"} for key in given}}
    return outer, dump({**action, "runs": {"using": "composite", "steps": [inner]}})


def in_called_workflow(text: str) -> Changed | None:
    """All jobs, unchanged, in a workflow that this one calls."""
    data = load(text)
    if data is None or "inputs." in re.sub(r"github\.event\.inputs\.", "", text):
        return None
    on = data.get("on")
    events = [on] if isinstance(on, str) else list(on or ())
    if "workflow_call" in events or any(
        str(j.get("uses", "")).startswith(".") for j in data["jobs"].values()
    ):
        return None
    inner = copy.deepcopy(
        {key: value for key, value in data.items() if key not in ("on", "concurrency", "run-name")}
    )
    outer: dict[str, Any] = {
        key: data[key] for key in ("name", "on", "permissions", "concurrency") if key in data
    }
    path = f".github/workflows/{OWN}.yml"
    outer["jobs"] = {"all": {"uses": f"./{path}", "secrets": "inherit"}}
    grants = [job.get("permissions") for job in data["jobs"].values() if isinstance(job, dict)]
    if any(isinstance(each, str) for each in (data.get("permissions"), *grants)):
        return None
    if any(grants) and not data.get("permissions") and not all(grants):
        return None
    if any(grants):
        outer["jobs"]["all"]["permissions"] = _most([data.get("permissions"), *grants])
    return Changed(dump(outer), {path: dump({"on": {"workflow_call": {}}, **inner})})


def _most(grants: list[Any]) -> dict[str, str]:
    """The rights that serve every job; a job that names none gets what the others name."""
    most: dict[str, str] = {}
    for scope, access in chain.from_iterable(each.items() for each in grants if each):
        most[scope] = "write" if "write" in (access, most.get(scope)) else access
    return most


# Names


def renamed(text: str) -> Changed | None:
    """Every image that is only spoken of as ``…/name:tag`` gets another name.

    Not where the name is put together elsewhere (``…/app-$ARCH``), or by a Makefile that the steps run.
    """
    if re.search(r"(?m)^\s*(?:- )?(?:run: )?make\b", text):
        return None
    new: dict[str, str] = {}
    begun = tuple(re.findall(r"/([a-z0-9-]+[-_])\$", text))
    made = text
    for name in sorted(set(re.findall(r"/([a-z][a-z0-9]+(?:-[a-z0-9]+)*):", text))):
        every = len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))
        named = rf"(?<=/){re.escape(name)}(?=:[\w$])"
        if every == len(re.findall(named, text)) and not name.startswith(begun):
            new[name] = f"{name}-x7"
            made = re.sub(named, new[name], made)
    return Changed(made, {}, new) if new else None


def renamed_jobs(text: str) -> Changed | None:
    """Every job has another id."""
    data = load(text)
    if data is None or "jobs." in text:
        return None
    new = {name: f"{name}-x7" for name in data["jobs"]}
    data["jobs"] = {new[name]: job for name, job in data["jobs"].items()}
    for job in data["jobs"].values():
        needs = job.get("needs") if isinstance(job, dict) else None
        if needs:
            job["needs"] = [new.get(each, each) for each in ([needs] if isinstance(needs, str) else needs)]
    made = dump(data)
    made = re.sub(
        r"(?:\b|(?<=\\n))needs\.([\w-]+)", lambda found: "needs." + new.get(found[1], found[1]), made
    )
    return Changed(made) if "needs[" not in made.replace(" ", "") else None


LAWS: Mapping[str, Law] = {
    law.__name__: law
    for law in (
        comments,
        other_style,
        anchors,
        inlined,
        unrolled,
        broken_lines,
        chained,
        own_steps,
        in_actions,
        in_called_workflow,
        renamed,
        renamed_jobs,
    )
}
