"""Step by step: what is published, built, checked, hidden and emulated.

A :class:`Finder` is called for each step of a scenario, in order, by the walk of ``read``; it hands back the
outputs and variables that later steps see, and collects the facts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wholeship.core.place import Place
from wholeship.github import actions
from wholeship.github.actions.builds import lacks_name
from wholeship.github.actions.call import Call
from wholeship.github.actions.fetches import Uploads, checked_out_elsewhere, fetched, own_folder
from wholeship.github.actions.wrappers import script_of
from wholeship.github.credentials import in_scope
from wholeship.github.starts import Start, start_of_action, start_of_line, started_workflow, tokens_in
from wholeship.logic.formula import FALSE
from wholeship.pipeline.declared import Declared, declared_for
from wholeship.pipeline.effects import (
    Done,
    Opaque,
    Write,
)
from wholeship.pipeline.ports import Left, Scene
from wholeship.pipeline.publish import (
    Facts,
    HiddenPublish,
)
from wholeship.pipeline.run import Action, Script, Step
from wholeship.shell.names import Names
from wholeship.shell.state import Command
from wholeship.shell.state import Script as ReadScript
from wholeship.tools.collect import FactCollector, Origin, how_written, place_of, shows_nothing
from wholeship.tools.scripts import PlacedNames, Scripts
from wholeship.tools.world import World

_NO_EXPORTS = ("actions/", "docker/")
"""Owners whose actions set no variable that a workflow asks for by ``env.NAME``."""


class Finder:
    """Finds facts as it is called (:data:`wholeship.pipeline.ports.Perform`)."""

    def __init__(
        self, scripts: Scripts, declared: Mapping[str, Declared] | None = None, workflow: str = ""
    ) -> None:
        self._workflow = workflow
        self._scripts = scripts
        self._declared = declared or {}
        self._collector = FactCollector(scripts, _held)
        self._uploads: dict[str, Uploads] = {}
        self._starters: dict[int, tuple[ReadScript, Sequence[Command]]] = {}
        """By the identity of a script, which is held: its commands that start something."""

    def __call__(self, step: Step, scene: Scene) -> Left:
        """What the step leaves; its facts are kept."""
        if step.condition == FALSE or step.does is None:
            return Left(known=step.condition == FALSE)
        left = (
            self._action(step, step.does, scene)
            if isinstance(step.does, Action)
            else self._script(step, step.does, scene)
        )
        return _as_written(left) if self._scripts.as_written else left

    def idle(self, step: Step, scene: Scene) -> Left | None:
        """What the step leaves, if it makes no tag visible; None where it may (:data:`ports.Idle`)."""
        if step.does is None or self._scripts.as_written:
            return None
        script = step.does
        if isinstance(script, Action):
            call = self._call(step, script, scene)
            wrapped = script_of(call)
            if wrapped is None:
                done = actions.read_action(call)
                quiet = lacks_name(call) or all(map(shows_nothing, done.effects))
                quiet = quiet and declared_for(script.name, self._declared) is None
                return Left(done.outputs, done.environment, done.known) if quiet else None
            script = wrapped
        return self._collector.idle(step, script, scene)

    def _call(self, step: Step, action: Action, scene: Scene) -> Call:
        names = Names.of(PlacedNames(step.environment, scene.site))
        foreign = scene.foreign
        world = World(self._scripts.file, names, site=scene.site, by=foreign.by, left=foreign.text)
        return Call(action.name, action.inputs, scene.site, scene.scenario.trigger, world)

    def facts(self, scenario: str) -> Facts:
        """Everything found in *scenario* so far."""
        return self._collector.facts(scenario)

    # Actions

    def _action(self, step: Step, action: Action, scene: Scene) -> Left:
        call = self._call(step, action, scene)
        declared = declared_for(action.name, self._declared)
        wrapped = script_of(call) if declared is None else None
        if wrapped is not None:
            return self._script(step, wrapped, scene)
        self._start(start_of_action(action.name, action.inputs), action.name, step.place, step, scene)
        if action.name.partition("@")[0] == "actions/checkout":
            self._collector.leg_state(scene).tokens += tokens_in(action.inputs.items())
        done = actions.read_action(call) if declared is None else _as_declared(call, declared)
        place = action.places.get("tags") or step.place
        for order, effect in enumerate(done.effects):
            conditional = isinstance(effect, Write) and effect.maybe
            where = place if isinstance(effect, Write) else step.place
            spot = replace(scene.spot, order=order)
            origin = Origin(spot, action.name, where, conditional, supposed=step.supposed)
            self._collector.keep(effect, origin, step, scene)
        more = not done.known and not action.name.startswith(_NO_EXPORTS)
        uploads = self._uploads.setdefault(scene.scenario.name, Uploads())
        uploads.note(call, self._scripts.file, scene.foreign)
        certain = not step.condition_text and not step.scope
        if self._scripts.as_written:
            foreign = checked_out_elsewhere(call, scene.foreign)
            self._collector.leg_state(scene).folders.append(own_folder(action.name, action.inputs))
        else:
            foreign = fetched(call, scene.foreign, uploads, certain=certain)
        return Left(done.outputs, done.environment, done.known, more_variables=more, foreign=foreign)

    # Scripts

    def _script(self, step: Step, script: Script, scene: Scene) -> Left:
        if self._scripts.as_written and script.directory:
            script = _in_own_folder(script, self._collector.leg_state(scene).folders)
        understood = self._collector.read(script, step, scene)
        uploads = self._uploads.setdefault(scene.scenario.name, Uploads())
        uploads.write(path for path, _ in understood.placed.texts)
        left = self._collector.script(step, script, scene, understood)
        if not understood.is_nothing:
            uploads.write(understood.script.files)
            self._starts(understood.script, step, script, scene)
        return left

    def _starts(self, found: ReadScript, step: Step, script: Script, scene: Scene) -> None:
        """Keeps what the commands of a script start."""
        kept = self._starters.get(id(found))
        if kept is None:
            named = [each for each in found.commands if each.words and each.words[0].literal in _STARTERS]
            kept = self._starters[id(found)] = (found, named)
        for command in kept[1]:
            start = start_of_line([word.value.options[0] for word in command.words])
            self._start(start, how_written(command), place_of(step, script, command), step, scene)

    def _start(self, start: Start | None, how: str, place: Place, step: Step, scene: Scene) -> None:
        """Keeps what *start* starts, if it is another workflow that may publish."""
        if start is None or (start.by_token and not self._holds_token(step, scene)):
            return
        own = (self._workflow, step.place.file)
        other = started_workflow(start, own, self._scripts.file)
        if other is not None:
            reason, held = f"{other}, which it starts", ("the logins of that workflow",)
            self._collector.start(scene, HiddenPublish(scene.spot, how, reason, held, place))

    def _holds_token(self, step: Step, scene: Scene) -> bool:
        values = [*step.environment.items()]
        values += step.does.inputs.items() if isinstance(step.does, Action) else ()
        return bool(self._collector.leg_state(scene).tokens) or any(tokens_in(values))


def _in_own_folder(script: Script, folders: Sequence[str]) -> Script:
    """*script* as if the repository were checked out into the root, where it is in one of *folders*."""
    here = posixpath.normpath(script.directory.removeprefix("{github.workspace}/"))
    for folder in filter(None, folders):
        if here == folder or here.startswith(f"{folder}/"):
            return replace(script, directory=here[len(folder) :].strip("/"))
    return script


def _as_written(left: Left) -> Left:
    """*left*, if it changed no variable but those that it names."""
    return replace(left, tainted=False)


def _as_declared(call: Call, declared: Declared) -> Done:
    return Done(declared.effects(call.inputs.get), known=False)


def _held(step: Step, scene: Scene, logins: Sequence[str], effect: Opaque) -> tuple[str, ...]:
    """What *step* could push with where *effect* is all that is known of it."""
    held = in_scope(step, logins, scene.permissions, scene.secrets if _calls(step) else ())
    return tuple(each for each in held if not (effect.quiet and each.startswith("secrets.")))


def _calls(step: Step) -> bool:
    return isinstance(step.does, Action) and step.does.workflow


_STARTERS = frozenset(("git", "gh"))
