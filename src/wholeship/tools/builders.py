"""Build tools that push as part of building: ko, jib, kaniko, pack, skaffold, earthly, werf and others.

Each tool's manual, for its default: ko, kaniko, skaffold and jib's ``build`` push unless told not to.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import READ, Effect, Login, Opaque, Write, platforms, read_reference
from wholeship.pipeline.publish import Atomicity, Build, Reference, Way
from wholeship.shell.spoken import says_a_push
from wholeship.texts.template import EMPTY, Hole, Kind, Template
from wholeship.tools.goreleaser import goreleaser_line
from wholeship.tools.options import take
from wholeship.tools.quiet_verbs import VALUED, command_of_gcloud
from wholeship.tools.targets import is_harmless_target

if TYPE_CHECKING:
    from wholeship.tools.world import World

Words = Sequence[Template]


def ko(words: Words, world: World) -> tuple[Effect, ...]:
    """``ko build|publish|apply|resolve|create`` push to ``KO_DOCKER_REPO``, tagged ``latest`` by default."""
    options = take(words[1:], _KO_VALUED)
    verb = options.rest[0].literal if options.rest else ""
    repository = world.name("KO_DOCKER_REPO")
    local = options.on("-L", "--local") or (
        repository is not None and repository.literal in ("ko.local", "kind.local")
    )
    if verb not in ("build", "publish", "apply", "resolve", "create"):
        return ()
    if local or ("--push" in options.values and options.on("--push") is False):
        return READ
    if repository is None:
        return (Opaque("ko, to a repository that is only known at run time", writes=True),)
    tags = [tag for text in options.all("-t", "--tags") for tag in text.split(",")] or [Template.of("latest")]
    on = platforms(options.last("--platform"))
    if verb in ("apply", "resolve", "create"):
        named = _ko_manifests(options.all("-f", "--filename"), world)
        if not named:
            return (Opaque("ko, with the images that the manifests name", writes=True),)
        return tuple(
            Write(Way.BUILD, tuple(Reference(path, tag) for tag in tags), on, atomicity=Atomicity.SUBSET)
            for path in _ko_paths(repository, named, bare=bool(options.on("--bare")))
        )
    # One image for each path, one after the other.
    return tuple(
        Write(Way.BUILD, tuple(Reference(path, tag) for tag in tags), on)
        for path in _ko_paths(repository, options.rest[1:], bare=bool(options.on("--bare")))
    )


_KO_VALUED = (
    *"-t --tags --platform -f --filename --sbom --sbom-dir --image-refs -j --jobs".split(),
    *("--image-label", "--image-annotation", "--image-user", "--tarball", "--oci-layout-path"),
)


def _ko_paths(repository: Template, names: Words, *, bare: bool) -> list[Template]:
    if bare:
        return [repository]
    return [Template.of(repository, "/", _last(name)) for name in names or (Template.of(""),)]


def _ko_manifests(places: Words, world: World) -> list[Template]:
    """The import paths that manifests name (``ko://…``), each once; none where one could not be read."""
    waiting, found = [place.literal for place in places for place in place.split(",")], dict[str, None]()
    while waiting:
        place = waiting.pop(0)
        inside = world.names_in(place) if place else None
        text = world.file(place) if place and inside is None else ""
        if place is None or text is None:
            return []
        waiting += [posixpath.join(place, name) for name in inside or () if name.endswith(_MANIFESTS)]
        found |= dict.fromkeys(_KO.findall(text))
    return list(map(Template.of, found))


_MANIFESTS = (".yaml", ".yml", ".json")
_KO = lazy_pattern(r"\bko://([\w.~/-]+)")


def _last(path: Template) -> Template:
    before, after = path.cut("/", last=True)
    return after if after is not None and after.parts else before


def kaniko_executor(words: Words, world: World) -> tuple[Effect, ...]:
    """``executor --destination``: pushes unless ``--no-push``."""
    options = take(
        words[1:], ("--destination", "-d", "--context", "-c", "--dockerfile", "-f", "--target", "--build-arg")
    )
    targets = options.all("--destination", "-d")
    if options.on("--no-push") or not targets:
        return ()
    on = platforms(options.last("--custom-platform", "--customPlatform"))
    context = str(options.last("--context", "-c") or "").removeprefix("dir://")
    file = str(options.last("--dockerfile", "-f") or "")
    made = Build(
        context=world.inside(context),
        file=world.inside(file),
        target=str(options.last("--target") or ""),
        arguments=tuple(sorted(map(str, options.all("--build-arg")))),
    )
    return (Write(Way.BUILD, tuple(map(read_reference, targets)), on, build=made),)


def pack_build(words: Words, _world: World) -> tuple[Effect, ...]:
    """``pack build NAME --publish``."""
    options = take(
        words[1:], ("--builder", "-B", "--path", "-p", "--env", "-e", "--tag", "-t", "--buildpack", "-b")
    )
    if [w.literal for w in options.rest[:1]] != ["build"] or len(options.rest) < 2:
        return ()
    if options.on("--publish") is False:
        return READ
    return (Write(Way.BUILD, tuple(map(read_reference, (options.rest[1], *options.all("-t", "--tag"))))),)


_GOALS = lazy_pattern(
    r"clean|validate|initialize|(?:test-?)?compile\w*|process-\w+|generate-\w+|package|verify|install|site"
    r"|build|assemble\w*|check\w*|\w*[tT]ests?\w*|jar|war|boot(?:Jar|War)|shadow(?:Jar|DistZip)|fatJar|javadoc\w*|dokka\w*"
    r"|dependenc\w+|tasks|projects|properties|help|wrapper|init|sonar\w*|jacoco\w*|spotless\w*|\w*[lL]int\w*|detekt\w*"
    r"|installDist|dist(?:Zip|Tar)|nativeCompile|classes|\w+Classes|compile\w+|spotbugs\w*|pmd\w*|koverXmlReport|jibDockerBuild|jibBuildTar|bundle\w*"
)
"""Phases and tasks of Maven and Gradle that build and test here."""
_PLUGIN_GOAL = lazy_pattern(r"[\w.-]+:(?:[\w.-]+:)?[\w.-]+(?:@[\w.-]+)?")
_OF_IMAGES = lazy_pattern(
    r"jib|docker|fabric8|jkube|k8s|image|quarkus|deploy|release|push|publish|boot:|exec:", re.I
)
_PLUGINS = lazy_pattern(
    r"jib-maven|docker-maven|dockerfile-maven|fabric8|jkube|container-image|build-image", re.I
)
_VALUED_FLAGS = frozenset("-f --file -P -pl --projects -s --settings -T -l -b -p -x -D -c -rf".split())


def _goals(words: Words) -> list[Template]:
    """The phases, goals and tasks of a command line; tasks that ``-x`` leaves out are none."""
    found: list[Template] = []
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word.literal in _VALUED_FLAGS or word.literal in ("--tests", "--console", "--init-script"):
            del rest[:1]
        elif not word.head.startswith("-"):
            found.append(word)
    return found


def _is_plain_goal(goal: Template, world: World) -> bool:
    text = goal.literal
    if text is None:
        return False
    if _PLUGIN_GOAL.fullmatch(text) and not text.startswith(":"):
        last = text.rpartition(":")[2]
        local = last in ("dockerBuild", "buildTar")  # jib without a registry
        return local or not _OF_IMAGES.search(text) or _GOALS.fullmatch(last) is not None
    last = text.rpartition(":")[2]
    if last == "deploy" and last == text:
        pom = world.file("pom.xml")
        return pom is not None and not _PLUGINS.search(pom) and "<module>" not in pom
    return _GOALS.fullmatch(last) is not None


def jvm(words: Words, world: World) -> tuple[Effect, ...]:
    """Maven and Gradle: jib's ``build`` and Spring Boot's publishing; names are mostly in the build files."""
    line = " ".join(map(str, words[1:]))
    jib = re.search(
        r"(?<![\w-])(?:jib:build|(?::[\w:-]+:)?jib|[\w.-]*:jib-maven-plugin:[\w.]*:?build)(?![\w:-])", line
    )
    image = _property(
        words, ("-Djib.to.image", "-Dimage", "--image", "-Dspring-boot.build-image.imageName", "--imageName")
    )
    boot = re.search(
        r"publishImage|build-image\.publish(=true)?|-P ?\S*(?:push|publish)(?!\S*=(?:false|0|no)\b)", line
    )
    fabric = re.search(
        r"(docker|k8s|oc|fabric8):push|oc:build|dockerPush|dockerBuildAndPush"
        r"|-Dquarkus\.container-image\.push=true",
        line,
    )
    switch = next((str(word) for word in words[1:] if _switches_on(str(word))), "")
    if not switch and is_switched_on("QUARKUS_CONTAINER_IMAGE_PUSH", world):
        switch = "QUARKUS_CONTAINER_IMAGE_PUSH"
    if switch and not (jib or boot or fabric):
        return (Opaque(f"{' '.join(map(str, words))[:60]}, whose {switch} may make a plug-in push"),)
    if not (jib or boot or fabric):
        doubt = next((word for word in _goals(words) if not _is_plain_goal(word, world)), None)
        what = f"{' '.join(map(str, words))[:60]}, of which {doubt} is not known"
        return (Opaque(what, quiet=True),) if doubt is not None else _by_build_files(words, world)
    if image is None:
        return (Opaque("an image plug-in whose target is in the build files", writes=True),)
    if jib and (place := _skips_what_is_there(words, world)):
        what = (
            f"jib with {_SKIP} ({place}), which writes no tag where the same image is in the registry already"
        )
        return (Opaque(what, writes=True),)
    extra = _property(words, ("-Djib.to.tags",))
    named = read_reference(image)
    more = tuple(Reference(named.repository, tag) for tag in (extra.split(",") if extra else ()))
    return (Write(Way.BUILD, (named, *more)),)


_SKIP = "jib.skipExistingImages"
_JAVA_OPTIONS = (
    "MAVEN_OPTS",
    "MAVEN_ARGS",
    "GRADLE_OPTS",
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
)
_JAVA_FILES = (".mvn/maven.config", ".mvn/jvm.config", "gradle.properties")


def _skips_what_is_there(words: Words, world: World) -> str:
    """Where jib is told to push nothing, tags included, for an image that is there by digest; else empty.

    Seen with jib-maven-plugin 3.5.1; jib asks the Java property, whichever way Java gets it.
    """
    said = [("its flags", " ".join(map(str, words[1:])))]
    said += [(name, text) for name in _JAVA_OPTIONS for text in _possible_texts(name, world)]
    said += [(name, world.file(name) or "") for name in _JAVA_FILES]
    return next((place for place, text in said if re.search(rf"{re.escape(_SKIP)}(?!=false\b)", text)), "")


def _possible_texts(name: str, world: World) -> list[str]:
    value = world.names.get(name)
    return [str(option) for option in value.options] if value is not None else []


def _switches_on(word: str) -> bool:
    """A property that is called after pushing and is not off: ``-Ddocker.push``, ``-PpushImages=true``."""
    found = re.match(r"(?:-[DP])?([\w.-]*?push[\w.-]*)(?:=(.*))?\Z", word, re.IGNORECASE)
    if found is None or not word.startswith("-") or re.search(r"skip|no-?push", found[1], re.IGNORECASE):
        return False
    return (found[2] or "true").lower() not in ("false", "0", "no")


def _by_build_files(words: Words, world: World) -> tuple[Effect, ...]:
    """A phase or task to which the build files bind a push."""
    maven = (words[0].literal or "").rpartition("/")[2].startswith("mvn")
    goals = {str(goal).rpartition(":")[2] for goal in _goals(words)}
    options = take(words[1:], ("-f", "--file", "-p", "--project-dir", "-b"))
    folder = (
        str(options.last("-f", "--file", "-p", "--project-dir") or "").removesuffix("pom.xml").rstrip("/")
    )
    if maven and goals & _PHASES_OF_IMAGES:
        profiled = any(word.head.startswith("-P") for word in words)
        found = _pushing_pom(posixpath.join(folder, "pom.xml"), world, profiled=profiled)
    elif not maven and goals & _TASKS_OF_BUILDS:
        names = (posixpath.join(folder, name) for name in ("build.gradle", "build.gradle.kts"))
        found = next((name for name in names if _BOUND_TASK.search(world.file(name) or "")), None)
    else:
        return ()
    return (Opaque(f"{found}, which pushes as part of a build"),) if found is not None else ()


_PHASES_OF_IMAGES = frozenset(("package", "verify", "install", "deploy", "integration-test"))
_TASKS_OF_BUILDS = frozenset(("build", "assemble", "check", "test", "jar", "bootJar", "classes"))
_BOUND_TASK = lazy_pattern(
    r"\b(?:build|assemble|check|jar|bootJar|test|classes)\b[^}]{0,120}?(?:dependsOn|finalizedBy)\b[^\n]*?"
    r"[\"'.(\s:](?:jib|\w*[pP]ush\w*|publishImage)\b"
)
_POM_PLUGIN = lazy_pattern(r"<plugin>.*?</plugin>", re.DOTALL)
_PUSHING_GOAL = lazy_pattern(
    r"jib-maven.*<execution.*<goal>build</goal>|(?:docker|dockerfile|fabric8|jkube|kubernetes)\S*-maven.*<goal>(?:docker:)?push"
    r"|spring-boot-maven.*<publish>\s*true|<pushImage>\s*true|<image\.push>\s*true",
    re.DOTALL,
)


def _pushing_pom(path: str, world: World, depth: int = 2, *, profiled: bool = False) -> str | None:
    """The pom.xml, this or that of a module, in which a plug-in that pushes is bound to a phase."""
    text = world.file(path)
    if text is None:
        return None
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    if not profiled:
        text = re.sub(r"<profiles>.*?</profiles>", "", text, flags=re.DOTALL)
    if any(_PUSHING_GOAL.search(plugin) or says_a_push(plugin) for plugin in _POM_PLUGIN.findall(text)):
        return path
    modules = re.findall(r"<module>\s*([\w./-]+)\s*</module>", text) if depth else []
    inner = (posixpath.join(posixpath.dirname(path), name, "pom.xml") for name in modules[:_MODULES_READ])
    found = (_pushing_pom(each, world, depth - 1, profiled=profiled) for each in inner)
    return next((each for each in found if each is not None), None)


_MODULES_READ = 30


def _property(words: Words, names: tuple[str, ...]) -> Template | None:
    for before, word in itertools.pairwise((EMPTY, *words)):
        name, value = word.cut("=")
        text = f"-D{name.literal}" if before.literal == "-D" else name.literal
        if value is not None and text in names:
            return value
    return None


def earthly(words: Words, world: World) -> tuple[Effect, ...]:
    """``earthly --push``: the Earthfile says what. A target that says so may push by itself."""
    options = take(words[1:])
    pushes = options.on("--push", "--ci") is not False or is_switched_on("EARTHLY_PUSH", world)
    if pushes or is_switched_on("EARTHLY_CI", world):
        return (Opaque("an Earthfile", writes=True),)
    line = " ".join(map(str, words))
    return (
        (Opaque(f"{line[:60]}, a target that may push"),) if re.search(r"\+\S*(?:push|publish)", line) else ()
    )


def is_switched_on(name: str, world: World) -> bool:
    """Whether the variable *name* tells a program to push, or may; unset, or off in words, it does not."""
    value = world.names.get(name)
    texts = [option.literal for option in value.options] if value is not None else []
    return any(text is None or text.lower() not in ("", "false", "0", "no", "off") for text in texts)


def werf(words: Words, _world: World) -> tuple[Effect, ...]:
    """``werf build --repo``, ``publish``, ``converge``, ``bundle publish``."""
    return (Opaque("werf", writes=True),) if _has(words, "build", "publish", "converge") else ()


def skaffold(words: Words, world: World) -> tuple[Effect, ...]:
    """``skaffold build|run`` push the artifacts of skaffold.yaml, unless ``--push=false``."""
    if not _has(words, "build", "run", "deploy"):
        return ()
    if _has(words, "--push=false", "--dry-run"):
        return READ
    options = take(words[1:], ("--default-repo", "-d", "--tag", "-t", "--filename", "-f", "--profile", "-p"))
    file = str(options.last("--filename", "-f") or "skaffold.yaml")
    names = _artifacts(world.file(file) or "")
    if not names or "{" in file:
        return (Opaque(f"skaffold, whose images are in {file}", writes=True),)
    where = options.last("--default-repo", "-d") or world.name("SKAFFOLD_DEFAULT_REPO")
    tag = (
        options.last("--tag", "-t")
        or world.name("SKAFFOLD_TAG")
        or _policy_tag(world.file(file) or "", world)
    )
    if tag is None:
        return (Opaque(f"skaffold, whose tags are made by the tagPolicy in {file}", writes=True),)
    held = (
        Reference(Template.of(where, "/", name.rpartition("/")[2]) if where else Template.of(name), tag)
        for name in names
    )
    return tuple(Write(Way.BUILD, (each,), None, atomicity=Atomicity.SUBSET) for each in held)


def _policy_tag(text: str, world: World) -> Template | None:
    """The tag that skaffold makes when it is given none: git's, the tag's name where the commit has one.

    None: another policy of the file makes it.
    """
    other = re.search(r"(?m)^\s+(?:sha256|dateTime|envTemplate|inputDigest|customTemplate)\s*:", text)
    variant = re.search(r"(?m)^\s+variant\s*:\s*[\"']?(\w+)", text)
    if other is not None or re.search(r"(?m)^\s+prefix\s*:", text):
        return None
    if variant is not None and variant[1] != "Tags":
        return Template.of(Hole.of(Kind.COMMIT, "skaffold's tag policy"))
    return world.git_tag or Template.of(Hole.of(Kind.COMMIT, "skaffold's tag policy"))


def _artifacts(text: str) -> list[str]:
    """``build.artifacts[].image`` of every document of a skaffold.yaml."""
    import yaml

    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError:
        return []
    found: dict[str, None] = {}
    for document in documents:
        build = document.get("build") if isinstance(document, dict) else None
        artifacts = build.get("artifacts") if isinstance(build, dict) else None
        for each in artifacts if isinstance(artifacts, list) else ():
            if isinstance(each, dict) and isinstance(each.get("image"), str):
                found[each["image"]] = None
    return list(found)


def azure(words: Words, _world: World) -> tuple[Effect, ...]:
    """``az acr build --registry R --image I``, ``az acr import``, ``az acr login``."""
    line = [word.literal or "" for word in words[1:3]]
    options = take(
        words[3:],
        ("-r", "--registry", "-t", "--image", "-f", "--file", "-n", "--name", "-g", "--source", "--platform"),
    )
    if line == ["acr", "login"]:
        return (Login("azurecr.io"),)
    images, registry = options.all("-t", "--image"), options.last("-r", "--registry", "-n", "--name")
    if line == ["acr", "build"] and options.on("--no-push"):
        return READ
    host = registry or Template.of("registry")
    suffix = "" if "." in str(host) else ".azurecr.io"
    held = tuple(read_reference(Template.of(host, suffix, "/", image)) for image in images)
    if line == ["acr", "build"] and images:
        return (Write(Way.BUILD, held, platforms(options.last("--platform"))),)
    if line[0] in ("webapp", "containerapp") and options.on("--source"):
        return (Opaque(f"az {' '.join(line)}, which builds an image"),)
    return (Opaque(f"az {' '.join(line)}", writes=True),) if line in _AZURE_WRITES else ()


_AZURE_WRITES = (["acr", "import"], ["acr", "run"])


def gcloud(words: Words, _world: World) -> tuple[Effect, ...]:
    """``gcloud builds submit --tag``, ``gcloud auth configure-docker``."""
    words = [words[0], *command_of_gcloud(words[1:])]
    line = [word.literal or "" for word in words[1:]]
    if "configure-docker" in line:
        return (Login("pkg.dev"),)
    if line[:2] == ["builds", "submit"]:
        tag = take(words[1:], ("-t", "--tag", "--config")).last("-t", "--tag")
        return (
            (Write(Way.BUILD, (read_reference(tag),)),)
            if tag
            else (Opaque("gcloud builds submit", writes=True),)
        )
    if {"deploy", "--source"} <= {text.partition("=")[0] for text in line}:
        return (Opaque("gcloud deploy from source, which builds an image"),)
    verb = next((at for at, text in enumerate(line) if text in ("add", "add-tag")), None)
    if verb is not None and ("tags" in line or line[verb] == "add-tag") and len(words) > verb + 3:
        return (Write(Way.COPY, (read_reference(words[verb + 3]),), None, sources=(words[verb + 2],)),)
    said = " ".join(map(str, words))
    return (Opaque(f"{said[:60]}, given a command that pushes"),) if says_a_push(said) else ()


def heroku(words: Words, _world: World) -> tuple[Effect, ...]:
    """``heroku container:push``."""
    return (Opaque("heroku container:push", writes=True),) if _has(words, "container:push") else ()


def bazel(words: Words, _world: World) -> tuple[Effect, ...]:
    """``bazel run //…:push``, by the name that rules_oci targets carry; others are programs."""
    given = [str(word) for word in words[1:] if not word.head.startswith("-")]
    if given[:1] != ["run"] or len(given) < 2:
        return ()
    if "push" in " ".join(given[1:]):
        return (Opaque("a Bazel target", writes=True),)
    name = given[1].rpartition(":")[2].rpartition("/")[2]
    if is_harmless_target(name) or _OF_BAZEL.search(given[1]):
        return ()
    return (Opaque(f"bazel run {given[1]}, a target that is not known", quiet=True),)


_OF_BAZEL = lazy_pattern(
    r"gazelle|buildifier|format|lint|unused_deps|pin\b|update|requirements|go$|pnpm|yarn|node$"
)
"""Targets that tend the build files, and tools of languages."""


def apko(words: Words, _world: World) -> tuple[Effect, ...]:
    """``apko publish CONFIG REF…``."""
    rest = take(words[1:], ("--arch", "--sbom-path", "-k", "-r", "--image-refs", *VALUED["apko"])).rest
    if not rest or rest[0].literal != "publish" or len(rest) < 3:
        return ()
    return (Write(Way.BUILD, tuple(map(read_reference, rest[2:])), None),)


def _has(words: Words, *wanted: str) -> bool:
    return any(word.literal in wanted for word in words[1:])


PROGRAMS = {
    "ko": ko,
    "executor": kaniko_executor,
    "kaniko": kaniko_executor,
    "pack": pack_build,
    "mvn": jvm,
    "mvnw": jvm,
    "mvnd": jvm,
    "gradle": jvm,
    "gradlew": jvm,
    "earthly": earthly,
    "werf": werf,
    "skaffold": skaffold,
    "az": azure,
    "gcloud": gcloud,
    "heroku": heroku,
    "bazel": bazel,
    "bazelisk": bazel,
    "apko": apko,
    "goreleaser": goreleaser_line,
}
