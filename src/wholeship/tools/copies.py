"""Programs that move bytes a registry already has: skopeo, crane, regctl, oras.

Manuals of skopeo, go-containerregistry's crane, regclient and ORAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.pipeline.effects import READ, Effect, Login, Opaque, Write, read_reference
from wholeship.pipeline.publish import Reference, Way
from wholeship.texts.template import Template
from wholeship.tools.options import Options, spellings, take, without_transport
from wholeship.tools.quiet_verbs import VALUED
from wholeship.tools.removals import removed

if TYPE_CHECKING:
    from wholeship.tools.world import World

Words = Sequence[Template]
_FOLDERS = ("ocidir://", "ocifile://", "oci:", "dir:")
"""Images in a folder of the runner, as these tools write them."""


def _copy(source: Template, *targets: Template) -> tuple[Effect, ...]:
    targets = tuple(target for target in targets if not target.head.startswith(_FOLDERS))
    if not targets:
        return READ
    return (Write(Way.COPY, tuple(map(read_reference, targets)), None, sources=(source,)),)


_SKOPEO_VALUED = spellings(
    """--src-creds --dest-creds --authfile --src-authfile --dest-authfile --format -f --multi-arch --retry-
    times --digestfile --additional-tag --src-tls-verify --dest-tls-verify --src-cert-dir --dest-cert-
    dir --override-arch --override-os --override-variant --policy --sign-by --src --dest -s -d
    --command-timeout --registries.d --tmpdir --registries-conf --user-agent-prefix --sign-by-sigstore
    --sign-identity --sign-passphrase-file --dest-compress-format --dest-compress-level --decryption-key
    --encryption-key --encrypt-layer --append-suffix --src-username --dest-username --src-password
    --dest-password --src-registry-token --dest-registry-token"""
)


def skopeo(words: Words, _world: World) -> tuple[Effect, ...]:
    """``skopeo copy docker://A docker://B``; ``skopeo sync`` moves many."""
    options = take(words[1:], _SKOPEO_VALUED, switches="aq")
    verb = options.rest[0].literal if options.rest else ""
    if verb == "copy" and len(options.rest) > 2:
        target = without_transport(options.rest[2])
        if target is None:
            return READ
        source = options.rest[1]
        remote = source.head.startswith("docker://")
        plain = Template.of(source.head.removeprefix("docker://"), *source.parts[1:]) if remote else source
        return (Write(Way.COPY if remote else Way.PUSH, (read_reference(target),), None, sources=(plain,)),)
    if verb == "sync":
        to_registry = str(options.last("--dest", "-d")) == "docker"
        return (Opaque("skopeo sync", writes=True),) if to_registry else READ
    if verb == "delete" and len(options.rest) > 1:
        target = options.rest[1]
        return removed(Template.of(target.head.removeprefix("docker://"), *target.parts[1:]))
    return (Login("skopeo"),) if verb == "login" else ()


_CRANE_VALUED = (
    *("--platform", "-p", "--set-platform", "-t", "--tag", "-m", "--manifest", "-o", "--output"),
    *("-f", "--new_layer", "--append", "-b", "--base", "--new_base", "--old_base"),
    *("-l", "--label", "-a", "--annotation", "-e", "--env", "--entrypoint", "--cmd", "-w", "--workdir"),
    *("-u", "--user", "--username", "--password", "--exposed-ports", "--repo"),
)


def crane(words: Words, _world: World) -> tuple[Effect, ...]:
    """``crane push|copy|tag|append|mutate|index …``."""
    options = take(words[1:], _CRANE_VALUED)
    verb, rest = (options.rest[0].literal, options.rest[1:]) if options.rest else ("", [])
    if verb in ("copy", "cp") and options.on("-r", "--recursive", "-a", "--all-tags") is not False:
        return (Opaque(f"crane {verb} of all that a repository holds", writes=True),)
    if verb in ("copy", "cp") and len(rest) > 1:
        return _copy(rest[0], rest[1])
    if verb == "tag" and len(rest) > 1:
        return (Write(Way.COPY, (_retagged(rest[0], rest[1]),), None, sources=(rest[0],)),)
    if verb == "push" and len(rest) > 1:
        return (Write(Way.PUSH, (read_reference(rest[1]),), sources=(rest[0],)),)
    if verb == "delete" and rest:
        return removed(rest[0])
    if verb == "index":
        return _crane_index(options)
    if verb in ("append", "mutate", "rebase", "flatten"):
        target = options.last("-t", "--tag") or (rest[0] if rest else None)
        return (Write(Way.COPY, (read_reference(target),), None, sources=tuple(rest[:1])),) if target else ()
    if verb == "auth" and rest and rest[0].literal != "login":
        return READ
    return (Login(str(rest[-1]) if rest else ""),) if verb == "auth" else ()


def _crane_index(options: Options) -> tuple[Effect, ...]:
    target = options.last("-t", "--tag")
    sources = (*options.rest[2:], *options.all("-m"))
    return (Write(Way.INDEX, (read_reference(target),), None, sources=sources),) if target else ()


def _retagged(source: Template, tag: Template) -> Reference:
    named = read_reference(source)
    return Reference(named.repository, tag)


def regctl(words: Words, _world: World) -> tuple[Effect, ...]:
    """``regctl image copy|mod|create|import``, ``index create|add``, ``manifest put``."""
    options = take(
        words[1:],
        (
            "--platform",
            "--ref",
            "--create",
            "--format",
            "--annotation",
            "--label",
            "-p",
            "-u",
            *VALUED["regctl"],
        ),
    )
    literals = [word.literal or "" for word in options.rest[:2]]
    rest = options.rest[2:]
    match literals:
        case ["image", "copy" | "cp"] if len(rest) > 1:
            return _copy(rest[0], rest[1])
        case ["image", "mod"] if rest:
            created = options.last("--create")
            if created is not None:
                text = str(created)
                return (
                    _copy(rest[0], created)
                    if "/" in text
                    else (Write(Way.COPY, (_retagged(rest[0], created),), None, sources=(rest[0],)),)
                )
            return _copy(rest[0], rest[0]) if options.on("--replace") else READ
        case ["image", "create" | "import"] if rest:
            return (Write(Way.PUSH, (read_reference(rest[0]),), None),)
        case ["index", "create" | "add"] if rest:
            sources = options.all("--ref")
            return (Write(Way.INDEX, (read_reference(rest[0]),), None, sources=sources),)
        case ["manifest" | "artifact", "put"] if rest:
            return (Write(Way.COPY, (read_reference(rest[-1]),), None),)
        case ["tag", "delete" | "del" | "rm"] | ["manifest" | "image", "delete" | "del" | "rm"] if rest:
            return removed(rest[0])
        case ["registry", "login"]:
            return (Login(str(rest[0]) if rest else ""),)
        case _:
            return ()


def oras(words: Words, _world: World) -> tuple[Effect, ...]:
    """``oras push|cp|tag|attach``."""
    valued = tuple(
        """
        --artifact-type -a --annotation -u -p --config --image-spec -o --from-username
    """.split()
    )
    options = take(words[1:], valued)
    verb, rest = (options.rest[0].literal, options.rest[1:]) if options.rest else ("", [])
    if verb in ("cp", "copy") and len(rest) > 1:
        return _copy(rest[0], rest[1])
    if verb == "push" and rest:
        return (Write(Way.ATTACH, (read_reference(rest[0]),), None),)
    if verb == "tag" and len(rest) > 1:
        targets = tuple(_retagged(rest[0], tag) for tag in rest[1:])
        return (Write(Way.COPY, targets, None, sources=(rest[0],)),)
    if verb == "manifest" and len(rest) > 1:
        return _manifest_of_oras(rest)
    if verb == "attach" and rest:
        return (Write(Way.ATTACH, (Reference(read_reference(rest[0]).repository, None),), None),)
    return ()


def _manifest_of_oras(rest: Sequence[Template]) -> tuple[Effect, ...]:
    """``oras manifest push|delete NAME``, ``oras manifest index create|update NAME``."""
    match [word.literal for word in rest[:2]]:
        case ["delete", _]:
            return removed(rest[1])
        case ["push", _]:
            return (Write(Way.COPY, (read_reference(rest[1]),), None),)
        case ["index", "create" | "update"] if len(rest) > 2:
            return (Write(Way.INDEX, (read_reference(rest[2]),), None, sources=tuple(rest[3:])),)
        case _:
            return ()


PROGRAMS = {"skopeo": skopeo, "crane": crane, "gcrane": crane, "regctl": regctl, "oras": oras}
