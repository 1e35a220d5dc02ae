"""What the analysis proves is pushed, as sightings: names, builds, platforms and tags, before any run.

A build that is pushed by digest and joined later, or built here and pushed there, is found by where it goes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.pipeline.addresses import for_one_platform
from wholeship.pipeline.effects import read_reference
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.platforms import made
from wholeship.pipeline.publish import Build, Facts, HiddenPublish, Publish, Reference, Way
from wholeship.pipeline.run import Instance, Scenario
from wholeship.pipeline.tags import Nature, nature
from wholeship.pipeline.trigger import RefClass
from wholeship.release.init.dockerfiles import name_of
from wholeship.release.init.names import last_part
from wholeship.release.init.sightings import SeenImage
from wholeship.release.init.tagging import SeenTag, seen_tag
from wholeship.texts.template import EMPTY, Hole, Kind, Same, Template

MANUAL = "manual"
CALLED = "called"
"""A workflow that only others call: what starts it is not seen."""


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """One workflow in one scenario: what its steps do, and the images it gives tags to.

    ``tag_heads``: how the git tags begin that it starts on, without a ``v``. ``folders``: where in the work
    tree the repository is checked out, other than at its root.
    """

    workflow: str
    title: str
    instance: Instance
    facts: Facts
    images: tuple[Image, ...]
    tag_heads: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def scenario_of(scenario: Scenario) -> str:
    """The release file's word for it; empty where nothing is released (pull requests)."""
    event, ref = scenario.event, scenario.trigger.ref
    if event.startswith("pull_request") or ref in (RefClass.PULL, RefClass.QUEUE) or event == "merge_group":
        return ""
    if event == "workflow_call":
        return CALLED
    if event in ("workflow_dispatch", "repository_dispatch"):
        return MANUAL
    return "release" if ref is RefClass.TAG or event == "release" else "push"


def seen_in_run(run: PublishedRun, source: str) -> Iterator[SeenImage]:
    """Every image that *run* gives a tag; *source* is the repository's address, without a scheme."""
    scenario = scenario_of(run.instance.scenario)
    if scenario:
        reader = _Reader(run, scenario, source)
        for image in (*run.images, *reader.only_by_digest()):
            if not all(_SHORT_LIVED.match(str(each)) for each in image.repositories):
                yield reader.image(image)


_SHORT_LIVED = lazy_pattern(r"ttl\.sh/")
"""A registry that forgets what it is given within a day: for tries, not for releases."""


def event_of(run: PublishedRun) -> str:
    """What starts it, where that is no person: two that start on one are of one release."""
    scenario = run.instance.scenario
    word = scenario_of(scenario)
    if word in (MANUAL, CALLED):
        return ""
    heads = run.tag_heads if scenario.trigger.ref is RefClass.TAG else ()
    return " ".join((word, *scenario.follows, *heads))


def hidden_in_run(run: PublishedRun) -> Iterator[tuple[str, str]]:
    """What may push more, and could not be read: where, and why."""
    if scenario_of(run.instance.scenario):
        for each in run.facts.hidden:
            yield _where(each), each.reason
        for unread in run.instance.unread:
            yield f"{unread.place.file}:{unread.place.line}", f"{unread.what}, {unread.reason}"


def _where(each: HiddenPublish | Publish) -> str:
    return f"{each.place.file}:{each.place.line}"


@dataclass(frozen=True, slots=True)
class _Reader:
    run: PublishedRun
    scenario: str
    source: str

    def image(self, image: Image) -> SeenImage:
        names = sorted(self.repositories(image), key=_is_open)  # one that is known in full, first
        builds = self.builds(image)
        build = builds[0].build if builds and builds[0].build else Build()
        context, dockerfile, odd = self.paths(build) if builds else ("", "", [])
        args, left = self.arguments(builds)
        first = image.tags[0].publish
        said = builds[0] if builds else first
        target = "" if build.packed else self.text_of(build.target)
        own, notes = _called_name(image, names[0], dockerfile, target)
        others = tuple(self.others(builds, (dockerfile, target)))
        return SeenImage(
            name=own,
            where=f"{said.file}, run in {_where(said)}" if said.file else _where(said),
            how="" if dockerfile else _made_by(first, builds),
            context=context,
            dockerfile=dockerfile,
            target="" if "{" in target else target,
            args=args,
            platforms=tuple(sorted(map(str, self.platforms(image)))),
            native=not any(each.platforms for each in builds or [first]),
            repository=""
            if _is_open(names[0]) or (image.variant and own != last_part(names[0]))
            else names[0],
            mirrors=self.mirrors(image, names),
            address=self.address(image, names[0]),
            variant_of=names[0] if image.variant else "",
            tags=tuple(self.tags(image)),
            scenarios=() if self.scenario == CALLED else (self.scenario,),
            left=(
                *(*left, *odd, *notes, *_goes_to(names, image), *_secrets(build), *_packed(build)),
                *_told_apart_by_tags(others),
            ),
            others=others,
            workflow=self.run.workflow,
            title=self.run.title,
            environments=tuple(dict.fromkeys(filter(None, map(self.environment, image.tags)))),
            aside=("" if dockerfile else _nameless(image, names[0])) or self.copied(image, builds),
            event=event_of(self.run),
            narrow=self.run.instance.scenario.paths,
        )

    def repositories(self, image: Image) -> list[str]:
        found = [self.text(each) for each in image.repositories]
        if all(_is_open(last_part(name)) for name in found):
            sources = [s for each in image.tags for s in each.publish.sources]
            named = (self.text(read_reference(source).repository) for source in sources)
            found += [name for name in named if not _is_open(name)]
            found.sort(key=_is_open)
        return list(dict.fromkeys(found))

    def address(self, image: Image, first: str) -> Template:
        """Where it goes, as a text with holes; a variant is known by more than that."""
        places = [self.filled(each) for each in image.repositories]
        place = next((each for each in places if str(each).strip() == first), Template.of(first))
        return Template.of(place, " ", image.name.partition(" ")[2]) if image.variant else place

    def mirrors(self, image: Image, names: Sequence[str]) -> tuple[str, ...]:
        """The repositories beside the first that get the image's tags in every such run."""
        sure = {
            self.text(each.reference.repository)
            for each in image.tags
            if each.reference.certain and not each.publish.conditional
        }
        if image.variant or not sure >= {names[0]}:
            return ()
        return tuple(name for name in names[1:] if name in sure and not _is_open(name))

    def text(self, template: Template) -> str:
        """*template* with the names of this repository in it; what else is open stands in braces."""
        return str(self.filled(template)).strip()

    def filled(self, template: Template) -> Template:
        """*template* with the names of this repository in it."""
        return Template.of(*(p if isinstance(p, str) else self._own(p) for p in template.parts))

    def _own(self, hole: Hole) -> str | Hole:
        owner, _, name = self.source.partition("/")[2].partition("/")
        if owner and name:
            if _ITS_OWNER.fullmatch(hole.name):
                return owner.lower()
            if _ITS_NAME.fullmatch(hole.name):
                return name.lower()
        found = _OWN_NAME.fullmatch(hole.name)
        if not owner or not name or found is None:
            return hole
        own = {"github.repository": f"{owner}/{name}", "github.repository_owner": owner}
        return own.get(found["name"], name).lower()

    def text_of(self, text: str) -> str:
        """As :meth:`text`, of what is a text already."""
        for key in ("github.repository", "github.repository_owner", "github.event.repository.name"):
            if "{" + key + "}" in text:
                text = text.replace("{" + key + "}", str(self._own(Hole(key, frozenset()))))
        return text

    def builds(self, image: Image) -> list[Publish]:
        """What the image is built by: the pushes themselves, or those that they take their bytes from."""
        trigger = self.run.instance.scenario.trigger
        own = [each for each in image.tags if _says_build(each.publish)]
        if own and not _tagged(own[0].publish):
            return [each.publish for each in own]
        lasting = [each for each in own if nature(each.tag, trigger) is Nature.DEPLOY]
        if own:  # a cache or a helper stage may share the repository, under a tag that moves
            return [each.publish for each in lasting or own]
        places = [*image.repositories]
        sites = set()
        for each in image.tags:
            for source in each.publish.sources:
                sites |= {hole.site for hole in source.holes if hole.site}
                places.append(read_reference(source).repository)
        every = [each for each in self.run.facts.publishes if _says_build(each)]
        by_place = [
            p for p in every if any(r.repository.compare(x) is Same.YES for r in p.references for x in places)
        ]
        return by_place or [p for p in every if p.spot.site in sites]

    def only_by_digest(self) -> Iterator[Image]:
        """What is pushed by digest, and gets its tags where that could not be read: an image a build."""
        if not self.run.facts.hidden:
            return
        joined = {id(each) for image in self.run.images for each in self.builds(image)}
        loose: dict[tuple[str, ...], list[Publish]] = {}
        for each in self.run.facts.publishes:
            if _says_build(each) and each.build and id(each) not in joined and not _tagged(each):
                key = each.build.context, each.build.file, each.build.target
                loose.setdefault(key, []).append(each)
        for found in loose.values():
            places = tuple(dict.fromkeys(r.repository for each in found for r in each.references))
            yield Image("", places or (_NOWHERE,), tuple(Tagged(_placed(each), 0, EMPTY) for each in found))

    def paths(self, build: Build) -> tuple[str, str, list[str]]:
        """Context and Dockerfile; what is only known in the run is left open, and told."""
        context = self.text_of(build.context)
        context = re.sub(r"^\{\{defaultContext\}\}:?", "", context)
        if context in ("git", "") or re.fullmatch(r"\{github\.workspace\}/?", context):
            context = "."
        context = self.in_repository(context.removeprefix("{github.workspace}/"))
        file = self.in_repository(self.text_of(build.file).removeprefix("{github.workspace}/"))
        odd = []
        if context == "-" or _is_open(context) or context.startswith(("/", "~")) or "://" in context:
            odd.append(f"its context ({context})")
            context = ""
        if _is_open(file) or file.startswith(("/", "~")):
            odd.append(f"its Dockerfile ({file})")
            return context and posixpath.normpath(context), "", odd
        if not file and not context:
            return "", "", odd
        context = posixpath.normpath(context or ".")
        return context, posixpath.normpath(file or posixpath.join(context, "Dockerfile")), odd

    def others(self, builds: Sequence[Publish], taken: tuple[str, str]) -> Iterator[str]:
        """What else is built for a platform that *taken* (Dockerfile and stage) is built for."""
        platforms: dict[tuple[str, str], set[object]] = {}
        for each in builds:
            if each.build is not None and each.way is not Way.COPY and not each.build.packed:
                _, dockerfile, _ = self.paths(each.build)
                held = platforms.setdefault((dockerfile, self.text_of(each.build.target)), set())
                held |= {str(one) for one in each.platforms or ()}
        own = platforms.pop(taken, set())
        for (dockerfile, target), held in platforms.items():
            if dockerfile and (held & own or not own):
                yield f"{dockerfile} {target}".strip()

    def in_repository(self, path: str) -> str:
        """*path* of the work tree, from the top of the repository where that is checked out into a folder."""
        normal = posixpath.normpath(path) if path else path
        folders = (each for each in self.run.folders if normal == each or normal.startswith(f"{each}/"))
        folder = next(folders, "")
        return posixpath.relpath(normal, folder) if folder else path

    def arguments(self, builds: Sequence[Publish]) -> tuple[Mapping[str, str], list[str]]:
        """Arguments on which all builds of the image agree; others differ by architecture."""
        lists = [dict(_argument_pairs(each.build.arguments)) for each in builds if each.build]
        known: dict[str, str] = {}
        left: list[str] = []
        for name in dict.fromkeys(name for one in lists for name in one):
            values = {one.get(name) for one in lists}
            value = values.pop() if len(values) == 1 else None
            text = self.text_of(value) if value is not None else ""
            if not re.fullmatch(r"\w+", name):
                left.append(f"{name}{text and ' = '}{text}")
            elif value is None:
                left.append(f"the build argument {name}, which is not the same in each of its builds")
            elif _is_open(text):
                left.append(f"the build argument {name} ({text})")
            else:
                known[name] = text
        return known, left

    def copied(self, image: Image, builds: Sequence[Publish]) -> str:
        """Why an image that is copied as it is from somebody else's place is none of this repository's."""
        if builds or any(each.publish.way is not Way.COPY for each in image.tags):
            return ""
        sources = {
            self.text(read_reference(s).repository) for each in image.tags for s in each.publish.sources
        }
        foreign = [source for source in sources if _is_foreign(source, self.source)]
        return f"it is a copy of {foreign[0]}" if foreign and len(foreign) == len(sources) else ""

    def platforms(self, image: Image) -> set[object]:
        found: set[object] = set()
        for each in image.tags:
            spot = each.publish.spot
            runner = self.run.instance.job(spot.job).leg(spot.leg).runner
            found |= made(each.publish, runner, self.run.facts.publishes) or frozenset()
        if not found:
            for build in self.builds(image):
                found |= build.platforms or frozenset()
        return found

    def tags(self, image: Image) -> Iterator[SeenTag]:
        trigger = self.run.instance.scenario.trigger
        given = [each for each in image.tags if _tagged(each.publish)]
        whole = [each for each in given if not for_one_platform(each.tag)] or given
        seen = dict.fromkeys((each.stem, each.publish.place) for each in whole)
        for stem, place in seen:
            yield seen_tag(stem, trigger, self.scenario, place)

    def environment(self, tagged: Tagged) -> str:
        name = self.run.instance.job(tagged.publish.spot.job).environment
        return "" if _is_open(name) else name


_ITS_OWNER = lazy_pattern(
    r"(?:cut (?:-d ?/ -f ?1|-f ?1 -d ?/)|awk -F ?/ \{print \$1\}|%%?/\*) of \{github\.repository\}"
)
_ITS_NAME = lazy_pattern(
    r"(?:cut (?:-d ?/ -f ?2|-f ?2 -d ?/)|awk -F ?/ \{print \$2\}|##?\*/) of \{github\.repository\}"
)
"""The two parts of ``github.repository``, as scripts take it apart."""
_OWN_NAME = lazy_pattern(
    r"(?:[\w' -]* of \{)?"
    r"(?P<name>github\.repository|github\.repository_owner|github\.event\.repository\.name)\}?"
)


def _called_name(image: Image, repository: str, dockerfile: str, target: str) -> tuple[str, list[str]]:
    """What to call it, and what is to be said of that."""
    last = last_part(repository)
    if image.variant:
        words = image.name.partition(" ")[2].strip("()")
        last = name_of(dockerfile) if _is_open(last) else last
        text = f"its tags in {repository}: there a part of the tag tells images apart, here the repository"
        return "-".join(filter(None, (last, words))), [text] if words else []
    if _is_open(last) and (known := _HOLES.sub("", last).strip("-_.")):
        return known, [f"its name ({repository}), of which a part is only known in the run"]
    if _is_open(last):
        own = name_of(dockerfile) if _is_open(target) else target or name_of(dockerfile)
        return own, [f"its name ({repository}), which is only known in the run"]
    return last, []


_HOLES = lazy_pattern(r"[{].*[}]|[$].*")


def _told_apart_by_tags(others: Sequence[str]) -> Iterator[str]:
    if others:
        yield (
            f"what else is pushed there, under tags that only the run knows: {listed_few(others)}; name an "
            "image for each that is released"
        )


def _nameless(image: Image, repository: str) -> str:
    """Why an image is none that can be written down: what it is called is not known before a run."""
    if image.variant or _HOLES.sub("", last_part(repository)).strip("-_."):
        return ""
    return f"what it is called ({repository}) is only known in the run"


def _made_by(push: Publish, builds: Sequence[Publish]) -> str:
    """What makes an image of which no Dockerfile is seen; empty where a Dockerfile is all but certain."""
    if builds:
        return ""
    return f"{push.how} builds it" if push.way is Way.BUILD else "what builds it is not seen here"


def _goes_to(names: Sequence[str], image: Image) -> Iterator[str]:
    for other in names[1:]:
        if not image.variant and not other.startswith(("{", "/")):
            yield f"it is pushed to {other} too"


def _packed(build: Build) -> Iterator[str]:
    if build.packed:
        yield (
            f"its context, which {build.packed} puts together from what it has compiled: put those files "
            "into the context before, or compile in the Dockerfile"
        )


def _secrets(build: Build) -> Iterator[str]:
    if build.secrets:
        names = ", ".join(build.secrets)
        yield f"its build secrets ({names}): name them under secrets:, as id=NAME,env=VARIABLE"


def _is_foreign(repository: str, source: str) -> bool:
    """Whether *repository* is known, and not one that is called after the owner of *source*."""
    owner = source.split("/")[1].lower() if source.count("/") > 1 else ""
    return bool(repository) and not _is_open(repository) and not (owner and owner in repository.lower())


def _says_build(publish: Publish) -> bool:
    """Whether it says from what it builds; a push of what nobody was seen to build does not."""
    return publish.build is not None and publish.way in (Way.BUILD, Way.BAKE, Way.PUSH)


def _tagged(publish: Publish) -> bool:
    """Whether a tag of it is seen; not where it is pushed by digest, or under names that nobody can read."""
    return any(each.tag is not None for each in publish.references)


def _placed(publish: Publish) -> Publish:
    return publish if publish.references else replace(publish, references=(Reference(_NOWHERE, None),))


_NOWHERE = Template.of(Hole("names that only the run knows", frozenset({Kind.OUTPUT})))


def _is_open(text: str) -> bool:
    """Whether a part of *text* is only known in the run."""
    return "{" in text or "$" in text


def _argument_pairs(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    for each in arguments:
        name, equals, value = each.partition("=")
        if equals:
            yield name, value
        elif name.strip():
            yield name.strip(), "{the environment}" if name.strip().isidentifier() else ""
