"""Commands and requests that take images out of a registry, by tag, digest, version or whole.

Manuals of the GitHub REST API (packages), the OCI distribution specification, Docker Hub, Quay, Harbor,
GitLab, Gitea, the AWS CLI (ecr), az, gcloud, doctl, ibmcloud, hub-tool, reg, Scaleway's CLI and JFrog CLI.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect, Write, read_reference
from wholeship.pipeline.publish import ANY_VERSION, EVERY_VERSION, UNTAGGED, Reference, Way
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools.options import take
from wholeship.tools.quiet_verbs import command_of_gcloud

Words = Sequence[Template]
SOMEWHERE = Template.of(Hole("a registry", frozenset({Kind.OUTPUT})))
"""A registry, and who owns it there, that the command line does not name."""
ANY_NAME = Template.of(Hole("a repository that only the run knows", frozenset({Kind.OUTPUT})))


def removal(*references: Reference) -> tuple[Effect, ...]:
    """*references* are taken away; nothing where there are none."""
    return (Write(Way.REMOVE, references, None),) if references else ()


def removed(target: Template) -> tuple[Effect, ...]:
    """``NAME:TAG`` is taken away, or of ``NAME@DIGEST`` whatever tags it has."""
    before, digest = target.strip().cut("@")
    if digest is None:
        return removal(read_reference(target))
    return of_version(read_reference(before).repository, digest)


def of_version(repository: Template, version: Template | None) -> tuple[Effect, ...]:
    """A version of *repository* by its number or digest is taken away; without one, all of it is.

    A number that is written out was there before the run, and so was a digest. What is chosen because it is
    old is not what the run has just pushed; what has no tag may be a platform of it, unless the registry
    refuses to delete those.
    """
    if version is None:
        return removal(Reference(repository, EVERY_VERSION))
    if _NO_TAG.search(str(version)) and repository.head.startswith("ghcr.io/"):
        return removal(Reference(repository, UNTAGGED))
    if _OLD.search(str(version)) or (version.literal is not None and _WRITTEN.fullmatch(version.literal)):
        return ()
    return removal(Reference(repository, ANY_VERSION))


_WRITTEN = lazy_pattern(r"\d+|sha256:[0-9a-f]{64}")
_NO_TAG = lazy_pattern(
    r"untagged|tags\s*(?:\|\s*(?:length\s*==\s*0|not)|==\s*(?:\[\]|null))|tags\[0\]\s*==\s*null",
    re.IGNORECASE,
)
_OLD = lazy_pattern(
    r"untagged|tags\s*(?:\|\s*(?:length\s*==\s*0|not)|==\s*(?:\[\]|null))|tags\[0\]\s*==\s*null"
    r"|\[(?:[2-9]|\d\d+):\]|(?:created|updated)_at\s*<",
    re.IGNORECASE,
)
"""Ways to ask for versions without a tag, for all but the newest, or for those before a day."""


# Requests

_DELETES = lazy_pattern(r"(?:^|\s)(?:-[a-zA-Z]*X|--request|--method)[ =]?DELETE(?:\s|$)", re.IGNORECASE)
_VALUED = """
    -X --request --method -H --header -u --user -o --output -w --write-out -d --data --data-raw
    --data-binary --retry --retry-delay --max-time -m --connect-timeout -A --user-agent -b --cookie -c
    --cacert --cert --key -f --raw-field -F --field -q --jq -t --template --input --hostname --cache -p
    --preview -O --output-document
""".split()
_OF_CURL = tuple(each for each in _VALUED if each not in ("-f", "-q", "-t", "-p", "-O"))


def _requested(words: Words) -> tuple[Effect, ...] | None:
    """``curl -X DELETE URL``, ``wget --method=DELETE URL``; None: it deletes nothing."""
    line = " ".join(str(word) for word in words)
    if _BY_NUMBER.search(line) or (words[0].tail.endswith("curl") and _CONFIGURED.search(line)):
        return removal(Reference(ANY_NAME, ANY_VERSION))  # what it asks for stands elsewhere
    if not _DELETES.search(line):
        return None
    options = take(words[1:], _OF_CURL)
    return _all(map(by_address, (*options.rest, *options.all("--url"))))


_BY_NUMBER = lazy_pattern(r"\bdeletePackageVersion\b")
"""GitHub's GraphQL: a version by its number."""
_CONFIGURED = lazy_pattern(r"\s(?:-[a-zA-Z]*K|--config)\b")
"""curl is told by a file what to ask for."""


def _of_http(words: Words) -> tuple[Effect, ...] | None:
    """``http DELETE URL``."""
    at = next((at for at, word in enumerate(words) if word.literal == "DELETE"), None)
    return None if at is None else _all(map(by_address, words[at + 1 : at + 2]))


def _of_gh(words: Words) -> tuple[Effect, ...] | None:
    """``gh api -X DELETE PATH``."""
    api = len(words) > 2 and words[1].literal == "api"
    line = " ".join(str(word) for word in words)
    if api and _BY_NUMBER.search(line):
        return removal(Reference(ANY_NAME, ANY_VERSION))
    if not api or not _DELETES.search(line):
        return None
    return _all(map(by_address, take(words[2:], _VALUED).rest[:1]))


def _all(found: Iterable[tuple[Effect, ...]]) -> tuple[Effect, ...]:
    return tuple(itertools.chain.from_iterable(found))


def by_address(address: Template) -> tuple[Effect, ...]:
    """What a request takes away that deletes *address*, a URL or a path of GitHub's API."""
    parts = _Address(address)
    for read in (_package, _manifest, _on_hub, _on_quay, _on_harbor, _on_gitlab, _on_artifactory):
        found = read(parts)
        if found is not None:
            return found
    unclear = address.literal is None and _SPEAKS.search(str(address)) and not _OTHERS.search(str(address))
    return removal(Reference(ANY_NAME, ANY_VERSION)) if unclear else ()


_SPEAKS = lazy_pattern(r"container|registr|docker|images?\b|manifests?\b|/versions?/", re.IGNORECASE)
_OTHERS = lazy_pattern(r"packages/(?:npm|maven|nuget|rubygems|pypi|generic|helm)\b|/repos/")


class _Address:
    """The parts of a path, and where the known ones stand."""

    def __init__(self, address: Template) -> None:
        self.parts = tuple(map(_decoded, address.cut("?")[0].split("/")))
        self.words = tuple(part.literal or "" for part in self.parts)

    def after(self, *names: str) -> tuple[Template, ...] | None:
        """The parts after *names*, which stand side by side; None: they do not."""
        for at in range(len(self.words)):
            if self.words[at : at + len(names)] == names:
                return self.parts[at + len(names) :]
        return None

    def before(self, name: str) -> tuple[Template, ...]:
        """The parts before *name*."""
        return self.parts[: self.words.index(name)]


def _decoded(part: Template) -> Template:
    return Template.of(
        *(re.sub(r"(?i)%(?:25)?2F", "/", each) if isinstance(each, str) else each for each in part.parts)
    )


def _at(*parts: Template) -> Template:
    """*parts* with a slash between them; a placeholder (``{owner}``, ``:owner``) may be anything."""
    held = [SOMEWHERE if (each.literal or "x")[0] in "{:" else each for each in parts]
    made = held[0]
    for part in held[1:]:
        made = Template.of(made, "/", part)
    return made


def _package(address: _Address) -> tuple[Effect, ...] | None:
    """GitHub: ``orgs/OWNER/packages/container/NAME[/versions/ID]``."""
    named = address.after("packages", "container") or address.after("packages", "docker")
    if named:
        before = address.before("packages")
        owned = len(before) > 1 and before[-2].literal in ("orgs", "users")
        repository = _at(Template.of("ghcr.io"), before[-1] if owned else SOMEWHERE, named[0])
        return of_version(repository, named[2] if len(named) > 2 else None)
    gitea = address.after("api", "v1", "packages")
    if gitea is not None and len(gitea) > 3 and gitea[1].literal == "container":
        return _tag(_at(SOMEWHERE, gitea[0], gitea[2]), gitea[3])
    return None


def _manifest(address: _Address) -> tuple[Effect, ...] | None:
    """Any registry: ``HOST/v2/NAME/manifests/REFERENCE``."""
    version = address.after("manifests")
    if not version:
        return None
    before = address.before("manifests")
    at = next((at for at, part in enumerate(before) if part.literal == "v2"), -1)
    host = before[at - 1] if at > 0 else SOMEWHERE
    name = before[at + 1 :]
    return _tag(_at(host, *name) if name else ANY_NAME, version[0])


def _tag(repository: Template, tag: Template) -> tuple[Effect, ...]:
    """A tag, or the digest of any, of *repository*."""
    if tag.head.startswith("sha256:"):
        return of_version(repository, tag)
    said = any(Kind.OUTPUT in hole.kinds for hole in tag.holes)
    more = of_version(repository, tag) if said else ()
    return (*removal(Reference(repository, tag)), *more)


def _on_hub(address: _Address) -> tuple[Effect, ...] | None:
    """Docker Hub: ``v2/repositories/OWNER/NAME[/tags/TAG]``."""
    return _named(address.after("v2", "repositories"))


def _on_quay(address: _Address) -> tuple[Effect, ...] | None:
    """Quay: ``api/v1/repository/OWNER/NAME[/tag/TAG]``."""
    return _named(address.after("v1", "repository"))


def _named(found: tuple[Template, ...] | None) -> tuple[Effect, ...] | None:
    if found is None or len(found) < 2:
        return None
    repository = _at(SOMEWHERE, *found[:2])
    return _tag(repository, found[3]) if len(found) > 3 else of_version(repository, None)


def _on_harbor(address: _Address) -> tuple[Effect, ...] | None:
    """Harbor: ``projects/OWNER/repositories/NAME[/artifacts/REFERENCE[/tags/TAG]]``."""
    found = address.after("projects")
    if found is None or len(found) < 3 or found[1].literal != "repositories":
        return None
    repository = _at(SOMEWHERE, found[0], found[2])
    return _tag(repository, found[-1]) if len(found) > 4 else of_version(repository, None)


def _on_gitlab(address: _Address) -> tuple[Effect, ...] | None:
    """GitLab: ``projects/ID/registry/repositories/ID[/tags[/TAG]]``; the number says no name."""
    found = address.after("registry", "repositories")
    if not found:
        return None
    return _tag(ANY_NAME, found[2]) if len(found) > 2 else removal(Reference(ANY_NAME, ANY_VERSION))


def _on_artifactory(address: _Address) -> tuple[Effect, ...] | None:
    """Artifactory: ``artifactory/REPOSITORY/NAME/TAG``."""
    found = address.after("artifactory")
    if found is None or len(found) < 3 or found[0].literal == "api":
        return None
    return _tag(_at(SOMEWHERE, *found[:-1]), found[-1])


# Programs


def _aws(words: Words) -> tuple[Effect, ...] | None:
    """``aws ecr batch-delete-image --repository-name NAME --image-ids imageTag=TAG …``."""
    texts = [word.literal or "" for word in words]
    if "delete-repository" not in texts and "batch-delete-image" not in texts:
        return None
    named = take(words[1:], ("--repository-name",)).last("--repository-name")
    repository = _at(SOMEWHERE, named) if named is not None else ANY_NAME
    if "delete-repository" in texts:
        return of_version(repository, None)
    if "--image-ids" not in texts:
        return removal(Reference(repository, ANY_VERSION))
    after = words[texts.index("--image-ids") + 1 :]
    given = itertools.takewhile(lambda word: not word.head.startswith("--"), after)
    return _all(_image_ids(repository, word) for word in given)


def _image_ids(repository: Template, word: Template) -> tuple[Effect, ...]:
    pairs = [piece.cut("=") for piece in word.split(",")]
    tags = [value for name, value in pairs if name.literal == "imageTag" and value is not None]
    return removal(*(Reference(repository, tag) for tag in tags)) if tags else of_version(repository, word)


def _az(words: Words) -> tuple[Effect, ...] | None:
    """``az acr repository delete --image|--repository NAME``, ``acr manifest delete -r HOST -n NAME:TAG``."""
    texts = [word.literal or "" for word in words[1:4]]
    if texts[:1] != ["acr"] or len(texts) < 3 or texts[2] not in ("delete", "untag"):
        return None
    options = take(words[4:], _OF_AZURE)
    images, whole = options.all("-t", "--image"), options.all("--repository")
    registry = options.last("-r", "--registry")
    if texts[1] == "manifest":
        images = options.all("-n", "--name") if registry is not None else ()
        return _all([*(removed(_on_azure(registry, each)) for each in images), *map(removed, options.rest)])
    host = registry or options.last("-n", "--name")
    every = (of_version(_on_azure(host, each), None) for each in whole)
    return _all([*(removed(_on_azure(host, each)) for each in images), *every])


_OF_AZURE = """
    -r --registry -n --name -t --image --repository -u --username -p --password --suffix --subscription
""".split()


def _on_azure(host: Template | None, name: Template) -> Template:
    if host is None:
        return Template.of(SOMEWHERE, "/", name)
    return Template.of(host, "" if "." in str(host) else ".azurecr.io", "/", name)


def _gcloud(words: Words) -> tuple[Effect, ...] | None:
    """``gcloud artifacts docker images delete NAME``, ``artifacts versions delete DIGEST --package NAME``."""
    words = command_of_gcloud(words[1:])
    line = [word.literal or "" for word in words]
    verb = next((at for at, text in enumerate(line) if text in ("delete", "untag")), 0)
    if not verb or line[0] not in ("artifacts", "container"):
        return None
    options = take(words[verb + 1 :], ("--package", "--repository", "--location", "--project", "--format"))
    group, package = line[verb - 1], options.last("--package")
    if package is not None:
        repository = Template.of(SOMEWHERE, "/", package)
        if group == "tags":
            return removal(*(Reference(repository, each) for each in options.rest))
        return _all(of_version(repository, each) for each in options.rest) if group == "versions" else None
    if group == "packages":
        return _all(of_version(Template.of(SOMEWHERE, "/", each), None) for each in options.rest)
    return _all(map(_of_google, options.rest)) if group in ("images", "tags") else None


def _of_google(name: Template) -> tuple[Effect, ...]:
    """Without a tag or a digest all versions of an image go."""
    plain = name.literal is not None and not {"@", ":"} & {*name.literal}
    return of_version(name, None) if plain else removed(name)


def _doctl(words: Words) -> tuple[Effect, ...] | None:
    """``doctl registry repository delete-tag NAME TAG…``, ``delete-manifest NAME DIGEST…``."""
    rest = take(words[1:], ("-t", "--access-token", "--context", "-o", "--output")).rest
    texts = [word.literal for word in rest]
    if len(rest) < 3 or texts[0] not in ("registry", "reg", "r", "registries"):
        return None
    repository = _at(SOMEWHERE, rest[3]) if len(rest) > 3 else ANY_NAME
    if texts[2] in ("delete-tag", "dt"):
        return removal(*(Reference(repository, tag) for tag in rest[4:]))
    if texts[2] in ("delete-manifest", "dm"):
        return _all(of_version(repository, digest) for digest in rest[4:])
    return None


def _after(*verbs: str) -> Callable[[Words], tuple[Effect, ...] | None]:
    """What stands after one of *verbs* (``tag rm``) is taken away, each by its name."""

    def read(words: Words) -> tuple[Effect, ...] | None:
        rest = take(words[1:]).rest
        texts = [word.literal or "" for word in rest]
        for verb in map(str.split, verbs):
            if texts[: len(verb)] == verb and len(rest) > len(verb):
                return _all(map(removed, rest[len(verb) :]))
        return None

    return read


def _of_number(*verbs: str) -> Callable[[Words], tuple[Effect, ...] | None]:
    """After one of *verbs* stands the number of a version: of which image, it does not say."""

    def read(words: Words) -> tuple[Effect, ...] | None:
        line = " ".join(str(word) for word in words[1:])
        return removal(Reference(ANY_NAME, ANY_VERSION)) if line.startswith(verbs) else None

    return read


def _jfrog(words: Words) -> tuple[Effect, ...] | None:
    """``jf rt del REPOSITORY/NAME/TAG``."""
    rest = take(words[1:]).rest
    if len(rest) < 3 or [word.literal for word in rest[:2]] not in (["rt", "del"], ["rt", "delete"]):
        return None
    parts = rest[2].split("/")
    return _tag(_at(SOMEWHERE, *parts[:-1]), parts[-1]) if len(parts) > 1 else ()


_READERS: dict[str, Callable[[Words], tuple[Effect, ...] | None]] = {
    **dict.fromkeys(("curl", "wget"), _requested),
    **dict.fromkeys(("http", "https", "xh"), _of_http),
    **dict.fromkeys(("gh", "glab"), _of_gh),
    **dict.fromkeys(("jf", "jfrog"), _jfrog),
    "aws": _aws,
    "az": _az,
    "gcloud": _gcloud,
    "doctl": _doctl,
    "ibmcloud": _after("cr image-rm", "cr image-untag"),
    "hub-tool": _after("tag rm"),
    "reg": _after("rm"),
    "scw": _of_number("registry tag delete", "registry image delete", "registry namespace delete"),
    "oci": _of_number("artifacts container image delete", "artifacts container repository delete"),
}


def removed_by_code(text: str) -> tuple[Effect, ...]:
    """What Python or JavaScript takes away by a request: of the package that it names, or of any.

    Code that asks for versions without a tag is taken to delete those, platforms among them.
    """
    library = _BY_LIBRARY.search(text) is not None
    if not library and not (_SENT.search(text) and _STORED.search(text)):
        return ()
    if _OTHER_PACKAGES.search(text):
        return ()
    gone = UNTAGGED if _WITHOUT_A_TAG.search(text) else ANY_VERSION
    named = dict.fromkeys(name for found in _PACKAGE.findall(text) for name in found if name)
    homes = [Template.of(SOMEWHERE, "/", name) for name in named] or [ANY_NAME]
    return removal(*(Reference(home, gone) for home in homes))


_BY_LIBRARY = lazy_pattern(r"deletePackage|delete_package|DELETE /\S*packages/(?:container|docker)")
_SENT = lazy_pattern(r"\.delete\s*\(|[\"'`]DELETE[\"'`]")
_STORED = lazy_pattern(r"packages/(?:container|docker)|/manifests/|registry/repositories|v2/repositories/")
_WITHOUT_A_TAG = lazy_pattern(
    r"tags\.length\s*(?:={2,3}\s*0|<\s*1)|!\s*[\w.?]*tags\.length|len\([^)]*tags\S*\)\s*==\s*0"
)
_OTHER_PACKAGES = lazy_pattern(r"package_type:\s*[\"'`](?!container|docker)")
_PACKAGE = lazy_pattern(
    r"package_name\s*[:=]\s*[\"'`]([\w./-]+)[\"'`]|packages/(?:container|docker)/([\w.-]+)"
)


def removed_in_container(image: str, words: Words) -> tuple[Effect, ...]:
    """What a command takes away that runs in a container of *image*, whose program need not be named."""
    if not words:
        return ()
    own = next((name for name, known in _IMAGES.items() if known.search(image)), "")
    named = (words[0].literal or "").rpartition("/")[2]
    if named in _READERS:
        return removed_by_line(named, words) or ()
    return removed_by_line(own, (Template.of(own), *words)) or ()


_IMAGES = {
    "curl": lazy_pattern(r"\bcurl\b"),
    "gh": lazy_pattern(r"cli/cli\b|github-cli|/gh\b"),
    "aws": lazy_pattern(r"aws-cli"),
    "doctl": lazy_pattern(r"doctl"),
}


def removed_by_line(program: str, words: Words) -> tuple[Effect, ...] | None:
    """What a command line takes away; None where it takes nothing, or its program is read elsewhere."""
    reader = _READERS.get(program)
    return reader(words) if reader is not None else None
