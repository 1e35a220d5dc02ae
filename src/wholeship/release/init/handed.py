"""Images that a workflow hands to an action, or to another repository's workflow, that nobody can read here.

Where it pushes them is not known. That there is an image is said by an input that names its Dockerfile.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.reference import split_image
from wholeship.pipeline.run import Action
from wholeship.release.init.dockerfiles import is_dockerfile, name_of
from wholeship.release.init.names import last_part
from wholeship.release.init.published import PublishedRun, event_of, scenario_of
from wholeship.release.init.sightings import SeenImage

_CONTEXT = lazy_pattern(r"(?:(?:docker|image|build|docker-build)-)?context(?:-path)?")
_NAME = lazy_pattern(r"(?:.*-)?(?:image|image-name|image-repo|image-repository|images)|(?:.*-)?name")


def handed_in_run(run: PublishedRun, files: Collection[str]) -> Iterator[SeenImage]:
    """An image for each step of *run* that may push, is not read, and is given one of *files* to build."""
    scenario = scenario_of(run.instance.scenario)
    for does, place in _not_read(run) if scenario else ():
        inputs = {_plain(key): text for key, value in does.inputs.items() if (text := value.literal)}
        context, dockerfile = _build_paths(inputs, files)
        if dockerfile:
            yield SeenImage(
                name=_input_name(inputs) or name_of(dockerfile),
                where=f"{place.file}:{place.line}",
                context=context,
                dockerfile=dockerfile,
                target=inputs.get("target", ""),
                scenarios=(scenario,),
                left=(f"where it goes and its tags: {does.name} says them, and is not read here",),
                workflow=run.workflow,
                title=run.title,
                event=event_of(run),
                handed=True,
            )


def _not_read(run: PublishedRun) -> Iterator[tuple[Action, Place]]:
    """The actions that may push and could not be read, and the calls of other repositories' workflows."""
    hidden = {(each.spot.job, each.spot.leg, each.spot.step): each.place for each in run.facts.hidden}
    for job, leg, step in run.instance.spots():
        if isinstance(step.does, Action):
            place = hidden.get((job.id, leg.name, step.index))
            if place is not None or step.does.workflow:
                yield step.does, place or step.place


def not_pushed_by_others(seen: Iterable[SeenImage]) -> list[SeenImage]:
    """*seen* without what is handed on and built by a push that was read: that says more."""
    every = list(seen)
    read = {each.dockerfile for each in every if not each.handed}
    return [each for each in every if not each.handed or each.dockerfile not in read]


def _plain(key: str) -> str:
    return key.lower().replace("_", "-")


def _build_paths(inputs: Mapping[str, str], files: Collection[str]) -> tuple[str, str]:
    """Context and Dockerfile; empty where no input names a Dockerfile that is here."""
    context = next((_normal_path(text) for key, text in inputs.items() if _CONTEXT.fullmatch(key)), ".")
    for key, text in inputs.items():
        if "file" in key:
            for path in (_normal_path(text), posixpath.normpath(posixpath.join(context, text))):
                if path in files and is_dockerfile(path):
                    return context, path
    return context, ""


def _normal_path(text: str) -> str:
    return posixpath.normpath(text.strip() or ".")


def _input_name(inputs: Mapping[str, str]) -> str:
    """What an input calls the image: one that speaks of images goes before one that is any name."""
    named = [key for key in inputs if _NAME.fullmatch(key)]
    for key in sorted(named, key=lambda each: "image" not in each):
        name = last_part(split_image(inputs[key].strip())[0])
        if re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
            return name
    return ""
