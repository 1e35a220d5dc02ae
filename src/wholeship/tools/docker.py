"""``docker``, with buildx, imagetools, manifest, compose and bake; ``nerdctl`` and ``depot`` speak the same.

Docker CLI reference; buildx reference (``build``, ``bake``, ``imagetools create``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.core.platform import Platform
from wholeship.pipeline.effects import (
    READ,
    Effect,
    Examine,
    Local,
    Login,
    Opaque,
    Retag,
    Write,
    platforms,
    read_reference,
)
from wholeship.pipeline.publish import Build, CheckKind, Reference, Way
from wholeship.shell.spoken import says_a_push
from wholeship.shell.state import Followed
from wholeship.texts.template import Kind, Template, Value
from wholeship.tools import bake, builders, compose, copies
from wholeship.tools.exporters import Exporter, cache_writes, exporters
from wholeship.tools.options import Options, spellings, take
from wholeship.tools.quiet_verbs import after_globals
from wholeship.tools.removals import removed_in_container

if TYPE_CHECKING:
    from wholeship.tools.world import World

BUILD_VALUED = spellings(
    """-t --tag -f --file --platform -o --output --build-arg --cache-to --cache-from --target --label
    --secret --ssh --network --progress --builder --metadata-file --iidfile --attest --annotation
    --allow --ulimit --build-context --shm-size --add-host --no-cache-filter --cgroup-parent --call -m
    --memory --cpuset-cpus --isolation --security-opt --provenance --sbom --project --token"""
)
_RUN_VALUED = spellings(
    """-v --volume -e --env --env-file --name -p --publish --network --net -w --workdir -u --user
    --entrypoint --platform -l --label --mount --memory -m --cpus --gpus --add-host --hostname -h --pull
    --restart --ulimit --cap-add --cap-drop --device --ip --link --log-driver --log-opt --tmpfs --shm-
    size --security-opt --health-cmd --health-interval --health-retries --health-timeout --cidfile --dns
    --pid --ipc --runtime --userns --stop-timeout --group-add --volumes-from --init-path"""
)


def docker(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """One ``docker …`` line."""
    rest = after_globals((words[0].literal or "docker").rpartition("/")[2], words[1:])
    verb = rest[0].literal if rest else None
    if verb is None:
        return (Opaque("a docker command that is only known at run time"),) if rest else ()
    return _dispatch(verb, rest[1:], world)


def _dispatch(verb: str, rest: Sequence[Template], world: World) -> tuple[Effect, ...]:
    match verb:
        case "build":
            return docker_build(rest, world)
        case "image" | "builder" | "container" if rest:
            return _dispatch(rest[0].literal or "", rest[1:], world)
        case "buildx":
            return _buildx(rest, world)
        case "push":
            return _push(rest)
        case "tag":
            return (Retag(rest[0], rest[1]),) if len(rest) > 1 else ()
        case "manifest":
            return _manifest(rest)
        case "compose":
            return compose_line(rest, world)
        case "login":
            servers = take(rest, ("-u", "--username", "-p", "--password")).rest
            return (Login(str(servers[0]) if servers else "docker.io"),)
        case "run" | "create":
            return _run(rest, world)
        case "exec":
            return in_container(rest)
        case "trust" if len(rest) > 1 and rest[0].literal == "sign":
            return _push(rest[1:])
        case "scout":
            return (Examine(CheckKind.SCAN, tuple(take(rest[1:]).rest)),)
        case _:
            return ()


def docker_build(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """``docker build`` and ``docker buildx build``."""
    options = take(words, BUILD_VALUED, switches="qD")
    made = _build_of(options, world)
    call = options.last("--call")
    if call is not None and (call.literal or "build").split(",")[0] != "build":
        return (Examine(CheckKind.LINT),)
    wanted = [exporter for text in options.all("-o", "--output") for exporter in exporters(text)]
    return build_effects(
        tags=tuple(read_reference(tag) for tag in options.all("-t", "--tag")),
        push=options.on("--push"),
        load=options.on("--load"),
        wanted=wanted,
        on=_platforms(options),
        made=made,
        caches=tuple(options.all("--cache-to")),
    )


def build_effects(
    *,
    tags: tuple[Reference, ...],
    push: bool | None,
    load: bool | None,
    wanted: list[Exporter],
    on: frozenset[Platform] | None,
    made: Build,
    caches: tuple[Template, ...],
) -> tuple[Effect, ...]:
    """The effects of one BuildKit build, however it was asked for.

    ``--push`` sets ``push`` on image exporters, or adds one where no exporter is named; an exporter
    that pushes does so without ``--push`` (buildx, ``commands/build.go``).
    """
    effects: list[Effect] = [*cache_writes(caches)]
    pushing = [e for e in wanted if e.pushes or (push is not False and e.kind in ("image", "registry"))]
    sure = push is True or any(exporter.pushes for exporter in pushing)
    if pushing or push is not False:
        names = tuple(name for exporter in pushing for name in exporter.names)
        digest_only = any(exporter.by_digest for exporter in pushing)
        held = tags or tuple(map(read_reference, names))  # buildx puts the tags in the place of the names
        if digest_only:
            held = tuple(Reference(each.repository, None, each.certain) for each in held)
        if sure and not held:
            effects.append(Opaque("a build that is pushed under names only known in the run", writes=True))
        effects.append(Write(Way.BUILD, held, on, build=made, maybe=not sure))
    if not sure or load:
        effects.append(Local(made, on))
    return tuple(effects)


def _build_of(options: Options, world: World) -> Build:
    context = str(options.rest[-1]) if options.rest else ""
    return Build(
        context=world.inside(context),
        file=world.inside(str(options.last("-f", "--file") or "")),
        target=str(options.last("--target") or ""),
        local=options.all("-t", "--tag"),
        arguments=tuple(sorted(map(str, options.all("--build-arg")))),
        secrets=tuple(each[1] for text in options.all("--secret") if (each := _ID.search(str(text)))),
    )


_ID = lazy_pattern(r"\bid=([\w.-]+)")


def _platforms(options: Options) -> frozenset[Platform] | None:
    given = options.all("--platform")
    found: set[Platform] = set()
    for each in given:
        read = platforms(each)
        if read is None:
            return None
        found |= read
    return frozenset(found)


def _can_be_pushed(target: Template) -> bool:
    """Whether *target* can be the name of an image: it is not empty, and holds no white space."""
    return bool(target.parts) and not any(
        isinstance(part, str) and re.search(r"\s", part) for part in target.parts
    )


def _push(rest: Sequence[Template]) -> tuple[Effect, ...]:
    options = take(rest, ("--platform",), switches="aq")
    target = options.rest[0] if options.rest else None
    if target is None or not _can_be_pushed(target):
        return (Opaque(f"docker push of what has no name before the run: {target or ''}", writes=True),)
    if options.on("-a", "--all-tags"):
        unknown = Value.hole(Kind.OUTPUT, "every local tag").options[0]
        return (Write(Way.PUSH, (Reference(target, unknown, certain=False),), sources=(target,)),)
    on = platforms(options.last("--platform"))
    return (Write(Way.PUSH, (read_reference(target),), on, sources=(target,)),)


def _manifest(rest: Sequence[Template]) -> tuple[Effect, ...]:
    """Only ``manifest push`` writes; what it joins was named by ``create``."""
    options = take(rest[1:])
    verb = rest[0].literal if rest else ""
    if verb == "create" and len(options.rest) > 1:
        return tuple(Retag(source, options.rest[0]) for source in options.rest[1:])
    if verb == "push" and options.rest:
        return (Write(Way.INDEX, (read_reference(options.rest[0]),), None, sources=(options.rest[0],)),)
    return ()


def _buildx(rest: Sequence[Template], world: World) -> tuple[Effect, ...]:
    rest = after_globals("docker", rest)
    verb = rest[0].literal if rest else ""
    if verb in ("build", "b"):
        return docker_build(rest[1:], world)
    if verb in ("bake", "f"):
        return _bake(rest[1:], world)
    inner = after_globals("docker", rest[1:]) if verb == "imagetools" else []
    if inner and inner[0].literal == "create":
        return _imagetools(inner[1:])
    return ()


def _imagetools(words: Sequence[Template]) -> tuple[Effect, ...]:
    valued = tuple("-t --tag -f --file --annotation --builder --platform -p --metadata-file".split())
    options = take(words, valued)
    if options.on("--dry-run"):
        return READ
    tags = options.all("-t", "--tag")
    sources = tuple(options.rest) + options.all("-f", "--file")
    if not tags:
        return (Opaque("imagetools create with tags that are only known at run time", writes=True),)
    return (Write(Way.COPY, tuple(map(read_reference, tags)), None, sources=sources),)


_BAKE_VALUED = spellings(
    "-f --file --set --var --builder --progress --metadata-file --allow --call --list --jobs -j --policy"
    " --provenance --sbom"
)


def printed_definition(argv: Sequence[Template], world: World) -> Followed | None:
    """A script that prints what ``docker buildx bake --print`` says of groups and targets; None: not known.

    Of what stands in a target nothing is said.
    """
    words = [word.literal for word in argv[1:3]]
    words = words[1:] if words[:1] == ["buildx"] else words
    if words[:1] != ["bake"]:
        return None
    options = take(argv[1 + [word.literal for word in argv[1:]].index("bake") + 1 :], _BAKE_VALUED)
    if not options.on("--print"):
        return None
    found = bake.printed_names(bake.Command(options.all("-f", "--file"), tuple(options.rest)), world)
    if found is None:
        return None
    groups, targets = found
    shown = {"group": {name: {"targets": each} for name, each in groups.items()}}
    text = json.dumps({**shown, "target": dict.fromkeys(targets, _REST)}, separators=(",", ":"))
    if "'" in text:
        return None
    script = "echo '" + text.replace(_REST, f"'\"${_REST}\"'") + "'"
    return Followed(
        script, "", names={_REST: Value.hole(Kind.OUTPUT, "docker buildx bake --print", world.site)}
    )


_REST = "REST_OF_TARGET"


def _bake(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    options = take(words, _BAKE_VALUED)
    call = options.last("--call")
    asks = any(options.on(name) for name in ("--print", "--list", "--check", "--list-targets"))
    if asks or (call is not None and call.literal not in ("build", None)):
        return READ
    command = bake.Command(
        files=options.all("-f", "--file"),
        targets=tuple(options.rest),
        sets=options.all("--set"),
        variables=options.all("--var"),
        push=options.on("--push"),
        load=options.on("--load"),
    )
    return bake.effects(command, world) or READ


def compose_line(rest: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """``docker compose …``: ``push`` and ``build --push`` write the services' images."""
    valued = tuple("-f --file -p --project-name --env-file --profile --project-directory --ansi".split())
    at = 0
    while at < len(rest) and rest[at].head.startswith("-"):
        at += 2 if rest[at].literal in valued else 1
    before = take(rest[:at], valued)
    verb = rest[at].literal if at < len(rest) else ""
    options = take(
        rest[at + 1 :], ("--build-arg", "--progress", "--memory", "-m", "--builder", "--env", "-e", "--ssh")
    )
    folder = before.all("--project-directory")
    call = compose.ComposeCall(
        files=before.all("-f", "--file"),
        services=tuple(options.rest),
        profiles=before.all("--profile"),
        settings=before.all("--env-file"),
        folder=str(folder[-1]) if folder else None,
    )
    if verb == "push" or (verb == "build" and options.on("--push") is not False):
        return compose.pushes(call, world, masked=bool(options.on("--ignore-push-failures"))) or READ
    if verb == "publish":
        return (Opaque("docker compose publish", writes=True),)
    if verb == "build":
        return compose.builds(call, world) or READ
    if verb in ("up", "run", "exec", "start"):
        return _by_service(rest[at:], before.all("-f", "--file"), world)
    return ()


def in_container(words: Sequence[Template]) -> tuple[Effect, ...]:
    """A command in a container or a namespace that is there: it pushes where its words say so."""
    line = " ".join(map(str, words))
    return (Opaque(f"{line[:60]}, in a container"),) if says_a_push(line) else ()


_COMPOSE_FILES = tuple(
    map(Template.of, ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"))
)


def _by_service(words: Sequence[Template], files: tuple[Template, ...], world: World) -> tuple[Effect, ...]:
    """``compose run|exec|up``: a smoke test, unless its command, or one of the file, pushes."""
    texts = {str(name): world.file(name.literal or "") or "" for name in files or _COMPOSE_FILES}
    for name, text in texts.items():
        if says_a_push(text):
            return (Opaque(f"{name}, whose services push"),)
    given = " ".join((*map(str, words), *texts.values()))
    if words[0].literal == "run" and (_LOGIN.search(given) or _DAEMON.search(given)):
        what = f"a service ({' '.join(map(str, words))[:60]}) that may be handed the Docker daemon or a login"
        return (Examine(CheckKind.SMOKE), Opaque(what, quiet=True))
    return in_container(words) or ((Examine(CheckKind.SMOKE),) if words[0].literal in ("run", "exec") else ())


_TOOLS = {
    **{name: copies.PROGRAMS[name] for name in ("skopeo", "crane", "regctl", "oras")},
    "kaniko": builders.PROGRAMS["kaniko"],
}
"""Tools that push, by the names of the images that they come in."""


def _run(rest: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """``docker run IMAGE``: a smoke test when the image is one of ours; the finder decides that."""
    at = 0
    while at < len(rest) and rest[at].head.startswith("-"):
        word = rest[at]
        at += 2 if word.literal in _RUN_VALUED else 1
    if at >= len(rest):
        return ()
    image = str(rest[at])
    tool = next((name for name in _TOOLS if name in image), None)
    if tool is not None:
        words = [word for word in rest[at + 1 :] if word.literal not in (tool, f"/{tool}/executor")]
        return _TOOLS[tool]([Template.of(tool), *words], world)
    gone = removed_in_container(image, rest[at + 1 :])
    if gone:
        return gone
    if says_a_push(" ".join(map(str, rest[at + 1 :]))):
        return (Opaque(f"a command in a container of {image}, which pushes"),)
    if _READERS.search(image):
        return (Examine(CheckKind.SMOKE, (rest[at],)),)
    given = " ".join(map(str, rest[:at]))
    if _LOGIN.search(given):
        return (Opaque(f"a container of {image} that is handed the login of registries"),)
    if _DAEMON.search(given) and not _GIVEN_DAEMON.search(image):
        daemon = Opaque(f"a container of {image} that is handed the Docker daemon", quiet=True)
        return (Examine(CheckKind.SMOKE, (rest[at],)), daemon)
    return (Examine(CheckKind.SMOKE, (rest[at],)),)


_LOGIN = lazy_pattern(r"\.docker\b|DOCKER_CONFIG|DOCKER_AUTH_CONFIG|REGISTRY_AUTH_FILE")
_DAEMON = lazy_pattern(r"(?:docker|podman|containerd)\S*\.sock")
_GIVEN_DAEMON = lazy_pattern(
    r"testcontainers|ryuk|portainer|traefik|cadvisor|watchtower|k3d|kind|localstack|registry:"
)
"""Images that run containers, and push none."""
_READERS = lazy_pattern(r"trivy|grype|syft|dive|hadolint|scout|dockle|snyk|cosign|renovate|clair|sbom|slim")
"""Images that read what a registry has, and write nothing to it."""


def depot(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """``depot build`` and ``depot bake`` take buildx's flags; ``--save`` keeps to Depot's own registry."""
    rest = after_globals("depot", words[1:])
    verb = rest[0].literal if rest else ""
    if verb == "build":
        return docker_build(rest[1:], world)
    if verb == "push":
        return (Opaque("depot push, of a build that Depot keeps", writes=True),)
    return _bake(rest[1:], world) if verb == "bake" else ()


def compose_v1(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """``docker-compose``, the old spelling."""
    return compose_line(words[1:], world)


def buildctl(words: Sequence[Template], _world: World) -> tuple[Effect, ...]:
    """``buildctl build --output type=image,name=…,push=true``."""
    options = take(
        words[1:], ("--output", "-o", "--opt", "--local", "--frontend", "--export-cache", "--import-cache")
    )
    wanted = [exporter for text in options.all("--output", "-o") for exporter in exporters(text)]
    if not wanted:
        return READ if "build" in map(str, options.rest) else ()
    target = next((str(o)[7:] for o in options.all("--opt") if str(o).startswith("target=")), "")
    caches = options.all("--export-cache")
    return build_effects(
        tags=(), push=False, load=False, wanted=wanted, on=None, made=Build(target=target), caches=caches
    )


PROGRAMS = {
    "docker": docker,
    "nerdctl": docker,
    "finch": docker,
    "depot": depot,
    "docker-compose": compose_v1,
    "docker-buildx": lambda words, world: _buildx(words[1:], world),
    "buildctl": buildctl,
}
