"""Other actions that push images, each from its own ``action.yml``."""

from __future__ import annotations

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Local, Opaque, Write, platforms, read_reference, read_references
from wholeship.pipeline.publish import Build, Reference, Way
from wholeship.pipeline.trigger import RefClass
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.goreleaser import goreleaser_effects


def redhat_push(call: Call) -> Done:
    """redhat-actions/push-to-registry: always pushes ``image`` under each of ``tags``, one by one."""
    tags = call.given("tags") or Value.literal_of("latest")
    registry, image = _only(call, "registry"), _only(call, "image")
    held: list[Reference] = []
    for option in tags.options[:1]:
        for tag in option.split(" \t\r\n,"):
            if image is None or "/" in str(tag):
                held.append(read_reference(tag))
            else:
                held.append(Reference(_path(registry, image), tag, len(tags.options) == 1))
    sources = (image,) if image else ()
    write = Write(Way.PUSH, tuple(held), None, sources=sources)
    outputs = {name: call.output(name) for name in ("registry-paths", "registry-path", "digest")}
    return Done((write,), outputs)


def redhat_build(call: Call) -> Done:
    """redhat-actions/buildah-build: local storage only."""
    tags = call.given("tags") or Value.literal_of("latest")
    image = _only(call, "image")
    local = tuple(Template.of(image, ":", tag) for tag in tags.options[0].split(" \t\r\n,")) if image else ()
    made = Build(call.text("context"), call.text("containerfiles", "dockerfiles"), local=local)
    outputs = {
        "image": call.inputs.get("image", Value()),
        "tags": tags,
        "image-with-tag": Value.of(local[0]) if local else call.output("image-with-tag"),
    }
    return Done((Local(made, platforms(call.given("platforms", "platform", "archs", "arch"))),), outputs)


def elgohr(call: Call) -> Done:
    """elgohr/Publish-Docker-Github-Action: pushes unless ``no_push``."""
    if call.flag("no_push") is True:
        return Done(())
    name = _only(call, "name")
    path = _path(_only(call, "registry"), name) if name else None
    if path is None:
        return Done((Opaque("an image whose name is only known at run time", writes=True),))
    given = call.given("tags")
    tags = [tag.strip() for tag in given.options[0].split(",")] if given else _elgohr_default(call)
    held = tuple(Reference(path, tag, given is not None or len(tags) == 1) for tag in tags)
    if call.flag("snapshot"):
        moment = Template.of(Hole.of(Kind.CLOCK, "snapshot: date and sha", call.site))
        held = (*held, Reference(path, moment))
    write = Write(Way.BUILD, held, platforms(call.given("platforms")), build=_made(call))
    return Done((write,), {name: call.output(name) for name in ("tag", "digest", "snapshot-tag")})


def _elgohr_default(call: Call) -> list[Template]:
    named = call.flag("tag_names") or call.flag("tag_semver")
    match call.trigger.ref:
        case RefClass.DEFAULT:
            return [Template.of("latest")]
        case RefClass.TAG:
            return [call.trigger.name if named else Template.of("latest")]
        case RefClass.PULL:
            return [Template.of(Hole.of(Kind.COMMIT, "github.sha"))]
        case _:
            return [call.trigger.name]


def mr_smithers(call: Call) -> Done:
    """mr-smithers-excellent/docker-build-push: pushes unless ``pushImage: false``."""
    if call.flag("pushimage", default=True) is False:
        return Done((Local(_made(call)),))
    image = _only(call, "image")
    if image is None:
        return Done((Opaque("an image whose name is only known at run time", writes=True),))
    owner = _only(call, "githuborg")
    path = _path(_only(call, "registry"), Template.of(owner, "/", image) if owner else image)
    given = call.given("tags")
    automatic = (
        call.trigger.name
        if call.trigger.ref is RefClass.TAG
        else Template.of(call.trigger.name, "-", Hole.of(Kind.COMMIT, "github.sha, 7 characters"))
    )
    tags = [tag.strip() for tag in given.options[0].split(",")] if given else [automatic]
    if call.flag("addlatest"):
        tags.append(Template.of("latest"))
    write = Write(
        Way.BUILD,
        tuple(Reference(path, tag) for tag in tags),
        platforms(call.given("platform")),
        build=_made(call),
    )
    return Done((write,), {"imageFullName": Value.of(path), "tags": call.output("tags")})


def whoan(call: Call) -> Done:
    """whoan/docker-build-with-cache-action: image and stages, unless ``push_image_and_stages: false``."""
    name = _only(call, "image_name")
    if name is None or call.flag("push_image_and_stages", default=True) is False:
        return Done(())
    tags = call.given("image_tag") or Value.literal_of("latest")
    path = _path(_only(call, "registry"), name)
    held = tuple(Reference(path, tag.strip()) for tag in tags.options[0].split(","))
    return Done((Write(Way.BUILD, held, build=_made(call)),))


def goreleaser_action(call: Call) -> Done:
    """goreleaser: the images of its configuration."""
    arguments = tuple(Template.of(word) for word in call.text("args").split())
    tag = call.trigger.name if call.trigger.ref is RefClass.TAG else None
    return Done(goreleaser_effects(arguments, call.text("workdir"), call.world, tag))


def kaniko_action(call: Call) -> Done:
    """aevea/action-kaniko and its like."""
    image = _only(call, "image", "destination")
    if image is None:
        return Done((Opaque("kaniko, to a name that is only known at run time", writes=True),))
    tag = _only(call, "tag") or Template.of("latest")
    held = (Reference(_path(_only(call, "registry"), image), tag),)
    return Done((Write(Way.BUILD, held, build=_made(call)),))


def container_apps(call: Call) -> Done:
    """azure/container-apps-deploy-action: builds and pushes ``imageToBuild``, or one of the sources."""
    image = call.given("imagetobuild")
    if image is not None:
        return Done((Write(Way.BUILD, read_references(image), build=_made(call)),), known=False)
    if call.given("appsourcepath") is None:
        return Done((), known=False)
    return Done((Opaque("an image that the action names after the run", writes=True),), known=False)


def cloud_run(call: Call) -> Done:
    """google-github-actions/deploy-cloudrun: builds an image only from ``source``."""
    if call.given("source") is None:
        return Done((), known=False)
    return Done((Opaque("an image that Cloud Build makes of the sources"),), known=False)


def copier(call: Call) -> Done:
    """akhilerm/tag-push-action: ``src`` under each of ``dst``; bytes are copied."""
    target, source = call.given("dst"), _only(call, "src")
    if target is None:
        return Done(())
    return Done((Write(Way.COPY, read_references(target), None, sources=(source,) if source else ()),))


def manifest_lists(call: Call) -> Done:
    """Noelware/docker-manifest-action and int128/docker-manifest-create-action."""
    target = call.given("tags", "inputs")
    if target is None or call.flag("push", default=True) is False:
        return Done(())
    sources = tuple(
        t.strip() for v in (call.given("images", "sources"),) if v for t in v.options[0].split("\r\n,")
    )
    return Done((Write(Way.INDEX, read_references(target), None, sources=sources),))


def imagetools(call: Call) -> Done:
    """kphrx/docker-buildx-imagetools-action: ``imagetools create`` under each of ``tags``."""
    target = call.given("tags")
    if target is None or call.flag("dry-run") is True:
        return Done(())
    sources = tuple(t.strip() for v in (call.given("sources"),) if v for t in v.options[0].split("\r\n,"))
    outputs = {name: call.output(name) for name in ("digest", "metadata")}
    return Done((Write(Way.COPY, read_references(target), None, sources=sources),), outputs)


def devcontainer(call: Call) -> Done:
    """devcontainers/ci: pushes ``imageName`` under ``imageTag``; by default only on some refs."""
    image = _only(call, "imagename")
    push = call.text("push") or "filter"
    if image is None or push == "never":
        return Done(())
    tags = (_only(call, "imagetag") or Template.of("latest")).split(",")
    held = tuple(Reference(image, tag.strip()) for tag in tags)
    return Done((Write(Way.BUILD, held, platforms(call.given("platform")), maybe=push != "always"),))


def _only(call: Call, *names: str) -> Template | None:
    value = call.given(*names)
    return value.options[0].strip() if value is not None else None


def _path(registry: Template | None, image: Template) -> Template:
    """``registry/image``, unless the image already starts with it."""
    if registry is None or not registry.parts or str(image).startswith(str(registry)):
        return image
    text = str(registry)
    plain = (
        Template.of(registry.head.removeprefix("https://"), *registry.parts[1:])
        if registry.head
        else registry
    )
    return image if "docker.io" in text else Template.of(plain, "" if text.endswith("/") else "/", image)


def _made(call: Call) -> Build:
    return Build(
        call.text("context", "workdir", "directory"), call.text("dockerfile", "file"), call.text("target")
    )


ACTIONS = {
    "redhat-actions/push-to-registry": redhat_push,
    "redhat-actions/buildah-build": redhat_build,
    "elgohr/publish-docker-github-action": elgohr,
    "mr-smithers-excellent/docker-build-push": mr_smithers,
    "whoan/docker-build-with-cache-action": whoan,
    "goreleaser/goreleaser-action": goreleaser_action,
    "aevea/action-kaniko": kaniko_action,
    "int128/kaniko-action": kaniko_action,
    "akhilerm/tag-push-action": copier,
    "azure/container-apps-deploy-action": container_apps,
    "google-github-actions/deploy-cloudrun": cloud_run,
    "devcontainers/ci": devcontainer,
    "kphrx/docker-buildx-imagetools-action": imagetools,
    "noelware/docker-manifest-action": manifest_lists,
    "int128/docker-manifest-create-action": manifest_lists,
}
