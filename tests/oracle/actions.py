"""Actions of others, played: what they do to the job, as their documentation says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.programs import Unplayable, digest_of


@dataclass(frozen=True)
class Played:
    """What an action does: outputs, variables for later steps, and command lines that it runs."""

    outputs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    checkout: str | None = None
    failed: bool = False


QUIET = re.compile(
    r"(docker/(login|setup-\w+)-action|actions/(cache|setup-\w+)"
    r"|sigstore/cosign-installer|imjasonh/setup-crane|extractions/setup-just|ko-build/setup-ko)"
)


def play(name: str, given: Mapping[str, str], github: Mapping[str, Any]) -> Played:
    """What action *name* does with the inputs *given*; :class:`Unplayable` for one that is not known."""
    if name == "actions/checkout":
        return Played(checkout=given.get("path", ""))
    if QUIET.fullmatch(name):
        return Played()
    found = _PLAYED.get(name)
    if found is None:
        raise Unplayable(f"the action {name}")
    return found(given, github)


def _flag(given: Mapping[str, str], name: str) -> bool | None:
    """A boolean input as docker's actions read it; None where they refuse it."""
    value = given.get(name, "false")
    return {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}.get(
        value
    )


def _items(value: str) -> list[str]:
    return [part.strip() for line in value.splitlines() for part in line.split(",") if part.strip()]


def _build_push(given: Mapping[str, str], _: Mapping[str, Any]) -> Played:
    push = _flag(given, "push")
    if push is None:
        return Played(failed=True)
    tags = _items(given.get("tags", ""))
    words = ["docker", "buildx", "build"]
    for tag in tags:
        words += ["--tag", tag]
    if given.get("platforms"):
        words += ["--platform", ",".join(_items(given["platforms"]))]
    for name in ("outputs", "cache-to"):
        for line in given.get(name, "").splitlines():
            words += (
                [{"outputs": "--output", "cache-to": "--cache-to"}[name], line.strip()]
                if line.strip()
                else []
            )
    if push:
        if not tags and "outputs" not in given:
            return Played(failed=True)
        words.append("--push")
    words.append(given.get("context", "."))
    return Played({"digest": digest_of(words[1:])}, scripts=(shlex.join(words),))


def _bake(given: Mapping[str, str], _: Mapping[str, Any]) -> Played:
    push = _flag(given, "push")
    if push is None:
        return Played(failed=True)
    words = ["docker", "buildx", "bake"]
    for file in _items(given.get("files", "")):
        words += ["--file", file.removeprefix("cwd://")]
    for line in given.get("set", "").splitlines():
        words += ["--set", line.strip()] if line.strip() else []
    words += ["--push"] if push else []
    return Played(scripts=(shlex.join([*words, *_items(given.get("targets", ""))]),))


def _metadata(given: Mapping[str, str], github: Mapping[str, Any]) -> Played:
    versions: list[str] = []
    latest = False
    flavor = dict(
        line.strip().partition("=")[::2] for line in given.get("flavor", "").splitlines() if line.strip()
    )
    entries = [line.strip() for line in given.get("tags", "").splitlines() if line.strip()]
    entries = entries or ["type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr"]
    kinds = []
    for entry in entries:
        fields = _fields(entry)
        if fields.get("enable", "true") not in ("true", "false"):
            return Played(failed=True)
        if fields.get("enable") == "false":
            continue
        kinds.append((-int(fields.get("priority", _PRIORITY.get(fields["type"], 0))), fields))
    for _, fields in sorted(kinds, key=lambda kind: kind[0]):
        value, moves = _version(fields, github)
        if value:
            latest |= moves and not versions
            versions += [value] if value not in versions else []
    if flavor.get("latest", "auto") != "auto":
        latest = flavor["latest"] == "true" and bool(versions)
    versions += ["latest"] if latest and "latest" not in versions else []
    names = [line.strip().lower() for line in given.get("images", "").splitlines() if line.strip()]
    tags = [f"{name}:{version}" for name in names for version in versions]
    between = given.get("sep-tags", "\n")
    outputs = {
        "tags": between.join(tags),
        "version": versions[0] if versions else "",
        "labels": "",
        "json": json.dumps({"tags": tags, "labels": {}, "annotations": []}),
    }
    return Played(
        outputs,
        {
            "DOCKER_METADATA_OUTPUT_VERSION": outputs["version"],
            "DOCKER_METADATA_OUTPUT_TAGS": outputs["tags"],
        },
    )


_PRIORITY = {
    "schedule": 1000,
    "semver": 900,
    "pep440": 900,
    "match": 800,
    "edge": 700,
    "ref": 600,
    "raw": 200,
    "sha": 100,
}


def _fields(entry: str) -> dict[str, str]:
    parts = entry.split(",")
    found = {"type": "raw"}
    for index, part in enumerate(parts):
        name, has, value = part.partition("=")
        if has:
            found[name.strip()] = value.strip()
        elif index == 0 or found["type"] == "raw":
            found["value"] = name.strip()
    if "{{" in found.get("value", ""):
        raise Unplayable("a template in a metadata-action value")
    return found


def _version(fields: Mapping[str, str], github: Mapping[str, Any]) -> tuple[str, bool]:
    """The tag of one entry, and whether ``latest`` moves with it."""
    kind, ref = fields["type"], str(github["ref"])
    prefix, suffix = fields.get("prefix", ""), fields.get("suffix", "")
    if kind == "raw":
        return (f"{prefix}{fields['value']}{suffix}" if fields.get("value") else ""), False
    if kind == "sha":
        sha = github["sha"] if fields.get("format") == "long" else github["sha"][:7]
        return f"{fields.get('prefix', 'sha-')}{sha}{suffix}", False
    if kind == "ref":
        folder = {"branch": "refs/heads/", "tag": "refs/tags/", "pr": "refs/pull/"}[fields.get("event", "")]
        value = re.sub(r"[^\w.-]+", "-", ref.removeprefix(folder)) if ref.startswith(folder) else ""
        return (f"{prefix}{value}{suffix}" if value else ""), fields.get("event") == "tag"
    if kind == "semver":
        return _semver(fields, ref)
    raise Unplayable(f"metadata-action type={kind}")


def _semver(fields: Mapping[str, str], ref: str) -> tuple[str, bool]:
    value = fields.get("value") or (ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else "")
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", value)
    if not found:
        return "", False
    major, minor, patch = found.groups()
    shown = fields.get("pattern", "{{version}}").replace("{{version}}", f"{major}.{minor}.{patch}")
    for name, part in (("raw", value), ("major", major), ("minor", minor), ("patch", patch)):
        shown = shown.replace("{{" + name + "}}", part)
    return f"{fields.get('prefix', '')}{shown}{fields.get('suffix', '')}", True


def _filter(given: Mapping[str, str], github: Mapping[str, Any]) -> Played:
    """paths-filter: of each filter, whether the event has changed something in it."""
    changed = github["changed"].split(",")
    names = [line.split(":")[0] for line in given["filters"].splitlines() if re.match(r"[\w-]+:", line)]
    said = {name: "true" if name in changed else "false" for name in names}
    return Played({**said, "changes": json.dumps([name for name in names if name in changed])})


def _retry(given: Mapping[str, str], _: Mapping[str, Any]) -> Played:
    """nick-fields/retry: the command as a text for bash, which ends as its last line does."""
    tries = " ".join(map(str, range(int(given["max_attempts"]))))
    end = 0 if given.get("continue_on_error") == "true" else 1
    command = f"bash -c {shlex.quote(given['command'])}"
    return Played(scripts=(f"for n in {tries}; do if {command}; then exit 0; fi; done; exit {end}",))


def _green(given: Mapping[str, str], _: Mapping[str, Any]) -> Played:
    """alls-green: fails unless each job succeeded, but for those that may be skipped, or may do anything."""
    free, skipped = _items(given.get("allowed-failures", "")), _items(given.get("allowed-skips", ""))
    results = {name: job["result"] for name, job in json.loads(given["jobs"]).items()}
    strict = (result for name, result in results.items() if name not in (*free, *skipped))
    lax = (results[name] for name in skipped if name in results)
    fine = all(result == "success" for result in strict) and not {*lax} - {"success", "skipped"}
    return Played({"result": "success" if fine else "failure"}, failed=not fine)


def _release_please(_: Mapping[str, str], github: Mapping[str, Any]) -> Played:
    """release-please: outputs for a release only, and else none."""
    released = {"release_created": "true", "tag_name": "v1.2.3", "version": "1.2.3"}
    return Played(released if "release" in github["changed"] else {})


def _semantic_release(_: Mapping[str, str], github: Mapping[str, Any]) -> Played:
    if "release" not in github["changed"]:
        return Played({"new_release_published": "false"})
    return Played({"new_release_published": "true", "new_release_version": "1.2.3"})


def _changesets(_: Mapping[str, str], github: Mapping[str, Any]) -> Played:
    return Played({"published": "true" if "release" in github["changed"] else "false"})


_PLAYED: dict[str, Callable[[Mapping[str, str], Mapping[str, Any]], Played]] = {
    "docker/build-push-action": _build_push,
    "docker/bake-action": _bake,
    "docker/metadata-action": _metadata,
    "dorny/paths-filter": _filter,
    "nick-fields/retry": _retry,
    "re-actors/alls-green": _green,
    "googleapis/release-please-action": _release_please,
    "cycjimmy/semantic-release-action": _semantic_release,
    "changesets/action": _changesets,
}
