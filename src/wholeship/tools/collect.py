"""What the steps of a run do, collected as they are walked: published, built, checked, hidden, emulated.

Whoever reads a CI system's workflows hands over each step's script, or the effects of what is no script, in
the order of the run; what comes back is what later steps see. Which credentials a step can push with is
told by the language the workflow is written in.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import field, replace

from wholeship.core.bits import BitSet
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.logic.formula import FALSE
from wholeship.pipeline.effects import (
    Effect,
    Emulate,
    Examine,
    Leaves,
    LeftOut,
    Local,
    Login,
    Opaque,
    Retag,
    Write,
)
from wholeship.pipeline.gates import ours
from wholeship.pipeline.leg_state import LegState
from wholeship.pipeline.ports import Left, Scene
from wholeship.pipeline.publish import (
    SOMETIMES,
    Check,
    Emulation,
    Facts,
    HiddenPublish,
    LeftOutPublish,
    LocalBuild,
    Publish,
    Reference,
    Way,
)
from wholeship.pipeline.run import Script, Spot, Step
from wholeship.shell.foreign import ForeignFiles
from wholeship.shell.names import MAYBE_SET, SET_UNREAD
from wholeship.shell.state import Command
from wholeship.shell.state import Script as ReadScript
from wholeship.texts.template import Kind, Value
from wholeship.tools.asked import asked_by
from wholeship.tools.opaque import INTERPRETERS, RUNNERS
from wholeship.tools.scripts import Ration, Scripts, Understood, placed_at

Held = Callable[[Step, Scene, Sequence[str], Opaque], tuple[str, ...]]
"""What a step could push with, in words, by the logins before it, where nobody sees what it does."""


@dataclass(slots=True)
class _Found:
    publishes: list[Publish] = field(default_factory=list)
    hidden: list[HiddenPublish] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    builds: list[LocalBuild] = field(default_factory=list)
    emulations: list[Emulation] = field(default_factory=list)
    leg_states: dict[tuple[str, str], LegState] = field(default_factory=dict)
    removals: list[Publish] = field(default_factory=list)
    caches: list[Publish] = field(default_factory=list)
    started: list[HiddenPublish] = field(default_factory=list)
    untaken: list[Place] = field(default_factory=list)
    skips: bool = False
    left_out: list[LeftOutPublish] = field(default_factory=list)
    seen: list[Publish] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """One effect's circumstances: where it stands and what its success is worth."""

    spot: Spot
    how: str
    place: Place
    conditional: bool = False
    masked: bool = False
    loop: bool = False
    requires: Set[int] = frozenset()
    runs: str = ""
    file: str = ""
    supposed: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    revived: str = ""


@dataclass(frozen=True, slots=True)
class _Here:
    """The script that is being read, and where it stands."""

    step: Step
    script: Script
    scene: Scene


@dataclass(frozen=True, slots=True)
class _ScriptFacts:
    """What of a script is of interest, wherever it stands: it is read once, and stands in many legs.

    ``commands``: those with effects, or that ask a registry for an image. ``free``: something in it may have
    written outputs that nobody has seen. ``understood`` is held, so that nothing else gets its identity.
    """

    understood: Understood
    commands: tuple[tuple[Command, tuple[Effect, ...], Reference | None], ...]
    credentials: int
    free: bool

    @classmethod
    def of(cls, understood: Understood) -> _ScriptFacts:
        """That of what is *understood*."""
        found = understood.script
        pushed = sum(1 << at for at, each in enumerate(understood.effects) if _pushes(each))
        kept = []
        for command, effects in zip(found.commands, understood.effects, strict=True):
            image = asked_by(command)
            if effects or image is not None:
                asked = frozenset(question for question, failed in command.asked if failed & pushed)
                told = replace(command, supposed=command.supposed | asked) if asked else command
                kept.append((told, effects, image))
        credentials = sum(1 for path in found.files if _CREDENTIALS.search(path))
        opaque = any(isinstance(each, Opaque) for each in itertools.chain(*understood.effects))
        free = bool(found.unread) or opaque or _writes_outputs(found)
        return cls(understood, tuple(kept), credentials, free)


_NOTHING = Left(known=True)


def _files_after(step: Step, scene: Scene, placed: ForeignFiles) -> ForeignFiles:
    """The files that are not the repository's, with those that the script of *step* has left.

    Where it may be skipped or fail without an end of the job, nobody knows which text stands there.
    """
    left: ForeignFiles = placed_at(placed, scene.site, scene.head)
    if step.condition_text or step.scope or step.tolerated != FALSE:
        names = dict(left.texts)
        unknown = [(path, Value.hole(Kind.OUTPUT, f"what stands in {path}", scene.site)) for path in names]
        left = replace(left, texts=()).left(unknown)
    return scene.foreign | left


GUESSED = 20_000
"""Statements that are read of one workflow where a guess is wanted, once, and not in every check."""


class FactCollector:
    """Collects facts as it is handed steps, scenario by scenario."""

    def __init__(self, scripts: Scripts, held: Held) -> None:
        self._scripts = scripts
        self._held = held
        self._ration = Ration(GUESSED if scripts.as_written else None)
        self._found: dict[str, _Found] = {}
        self._known: dict[int, _ScriptFacts] = {}

    def facts(self, scenario: str) -> Facts:
        """Everything found in *scenario* so far."""
        found = self._found.get(scenario, _Found())
        publishes = _in_order(found)
        checks = tuple(check for check in found.checks if ours(check, publishes, found.builds))
        return Facts(
            publishes,
            (*found.hidden, *(found.started if publishes else ())),
            checks,
            tuple(found.builds),
            tuple(found.emulations),
            tuple(found.removals),
            tuple(dict.fromkeys(found.untaken)),
            found.skips,
            tuple(dict.fromkeys(found.left_out)),
            tuple(found.seen),
        )

    def idle(self, step: Step, script: Script, scene: Scene) -> Left | None:
        """What *script* leaves, if it makes no tag visible; None where it may."""
        understood = self.read(script, step, scene)
        found = understood.script
        effects = itertools.chain(*understood.effects)
        if found.unread or not all(map(shows_nothing, effects)):
            return None
        return Left(found.outputs, found.environment, not found.lost_outputs)

    def read(self, script: Script, step: Step, scene: Scene) -> Understood:
        """What *script* does when it is run by *step*; within what one workflow may have read."""
        around = step.environment
        if self._scripts.as_written:
            around = {name: value for name, value in around.items() if name not in (MAYBE_SET, SET_UNREAD)}
        return self._scripts.read(script, around, self._ration, scene.foreign)

    def script(self, step: Step, script: Script, scene: Scene, understood: Understood) -> Left:
        """What *step* leaves that runs *script*, which does what is *understood*; its facts are kept."""
        if understood.is_nothing:
            files = _files_after(step, scene, understood.placed)
            return replace(_NOTHING, foreign=files) if files else _NOTHING
        found = understood.script
        orders, here = _Orders(), _Here(step, script, scene)
        outputs = dict(placed_at(found.outputs, scene.site, scene.head))
        facts = self._facts_of(understood)
        for command, effects, image in facts.commands:
            if effects:
                outputs |= self._command(command, effects, found, orders, here)
            if image is not None:
                self._saw(placed_at(image, scene.site, scene.head), command, found, orders, here)
        for _ in range(facts.credentials):
            origin = Origin(scene.spot, "run", step.place)
            self.keep(Login("a file of credentials"), origin, step, scene)
        self._untaken(found, here)
        self._unread(found, len(orders), here)
        free = facts.free
        variables, lost = placed_at(found.environment, scene.site, scene.head), found.lost_environment
        foreign = _files_after(step, scene, understood.placed)
        after = orders.of(BitSet(found.handed)) if not free else frozenset()
        known = not (free or found.lost_outputs)
        shown = _shown_by(found.shown, orders) if not free else {}
        filled = found.filled if not free else frozenset()
        return Left(outputs, variables, known, lost, free or lost, after, shown, filled, foreign)

    def _facts_of(self, understood: Understood) -> _ScriptFacts:
        if id(understood) not in self._known:
            self._known[id(understood)] = _ScriptFacts.of(understood)
        return self._known[id(understood)]

    def _command(
        self,
        command: Command,
        effects: tuple[Effect, ...],
        found: ReadScript,
        orders: _Orders,
        here: _Here,
    ) -> Mapping[str, Value]:
        """Its effects are kept; gives the outputs that it writes by itself."""
        outputs: dict[str, Value] = {}
        for effect in placed_at(effects, here.scene.site, here.scene.head):
            before = orders.of(command.requires)
            if isinstance(effect, Write) and effect.ordered:
                before |= orders.of(frozenset({command.index}))
            origin = Origin(
                replace(here.scene.spot, order=orders.next(command.index, sure=_sure(effect))),
                how_written(command),
                place_of(here.step, here.script, command),
                conditional=command.index in found.conditional
                or (isinstance(effect, Write) and effect.maybe),
                masked=command.index in found.masked,
                loop=command.loop,
                requires=before,
                runs=_runs(command),
                file=command.file,
                supposed=command.supposed | here.step.supposed,
                unseen=frozenset(what for what, failed in found.asked if failed >> command.index & 1),
                revived=command.revived or next(reversed(found.skipped), ""),
            )
            self.keep(effect, origin, here.step, here.scene)
            if isinstance(effect, Leaves):
                outputs |= effect.outputs
        return outputs

    def _saw(
        self, image: Reference, command: Command, found: ReadScript, orders: _Orders, here: _Here
    ) -> None:
        """Keeps that *command* asks whether a registry has *image*."""
        spot = replace(here.scene.spot, order=orders.next(command.index, sure=True))
        how, place = how_written(command), place_of(here.step, here.script, command)
        asked = Publish(
            spot, (image,), Way.COPY, how, place, conditional=command.index in found.conditional,
            masked=command.index in found.masked,
        )  # fmt: skip
        self._found.setdefault(here.scene.scenario.name, _Found()).seen.append(asked)

    def _untaken(self, found: ReadScript, here: _Here) -> None:
        if found.skipped:
            self._found.setdefault(here.scene.scenario.name, _Found()).skips = True
        if here.script.line:
            first, kept = here.script.line, self._found.setdefault(here.scene.scenario.name, _Found()).untaken
            file = here.step.place.file
            kept += [Place(file, first + top, end_line=first + end) for top, end in found.untaken]

    def _unread(self, found: ReadScript, order: int, here: _Here) -> None:
        if found.unread:
            origin = Origin(replace(here.scene.spot, order=order), "run", here.step.place)
            self.keep(Opaque(found.unread[0]), origin, here.step, here.scene)

    def start(self, scene: Scene, hidden: HiddenPublish) -> None:
        """Keeps that a step starts what may publish; it counts where the run itself publishes."""
        self.leg_state(scene)
        self._found[scene.scenario.name].started.append(hidden)

    def leg_state(self, scene: Scene) -> LegState:
        """What the steps of this leg have left so far."""
        found = self._found.setdefault(scene.scenario.name, _Found())
        return found.leg_states.setdefault((scene.spot.job, scene.spot.leg), LegState())

    def keep(self, effect: Effect, origin: Origin, step: Step, scene: Scene) -> None:
        """Keeps what *effect* comes to."""
        state = self.leg_state(scene)
        found = self._found[scene.scenario.name]
        match effect:
            case Write(cache=True):
                found.caches.append(_publish(effect, origin, state))
            case Write(way=Way.REMOVE):
                found.removals.append(_publish(effect, origin, state))
            case Write():
                found.publishes.append(_publish(effect, origin, state))
            case LeftOut():
                write = Write(Way.PUSH, effect.references, build=effect.build)
                publish = _publish(write, replace(origin, revived=effect.reason), state)
                found.left_out.append(LeftOutPublish(publish, effect.meant))
            case Local():
                made = LocalBuild(origin.spot, effect.build, effect.platforms, origin.how, origin.place)
                state.builds.append(made)
                found.builds.append(made)
            case Retag():
                state.names.setdefault(effect.target, []).append(effect.source)
            case Login():
                state.logins.append(effect.registry)
            case Examine():
                found.checks.append(_check(effect, origin, state))
            case Emulate():
                found.emulations.append(Emulation(origin.spot, step.place, step.condition_text))
            case Opaque():
                held = self._held(step, scene, state.logins, effect)
                if held or effect.writes:
                    found.hidden.append(
                        HiddenPublish(origin.spot, origin.how, effect.reason, held, origin.place, effect.name)
                    )


def _in_order(found: _Found) -> tuple[Publish, ...]:
    """The publishes, with those exports of a cache that overwrite the tag of an image."""
    names = {each for publish in found.publishes for each in publish.references}
    caches = [each for each in found.caches if names & set(each.references)]
    return (*found.publishes, *caches)


class _Orders:
    """Numbers the effects of one script, and remembers which commands they belong to."""

    def __init__(self) -> None:
        self._next = itertools.count()
        self._last = 0
        self._of: dict[int, int] = {}  # by command, a bit for each effect

    def __len__(self) -> int:
        return self._last

    def next(self, command: int, *, sure: bool) -> int:
        order = next(self._next)
        self._last = order + 1
        if sure:
            self._of[command] = self._of.get(command, 0) | 1 << order
        return order

    def of(self, commands: Set[int]) -> Set[int]:
        """The effects that have surely happened when *commands* have ended well."""
        return BitSet(functools.reduce(operator.or_, (self._of.get(each, 0) for each in commands), 0))


def _shown_by(shown: Mapping[tuple[str, str], int], orders: _Orders) -> dict[str, dict[str, Set[int]]]:
    """By output and text: which effects have succeeded whenever a script has set the output to that."""
    found: dict[str, dict[str, Set[int]]] = {}
    for (name, text), commands in shown.items():
        done = orders.of(BitSet(commands))
        if done:
            found.setdefault(name, {})[text] = done
    return found


def _pushes(effects: Sequence[Effect]) -> bool:
    return any(isinstance(effect, Write) and not effect.cache for effect in effects)


def shows_nothing(effect: Effect) -> bool:
    """Whether it surely makes no tag visible: no push can name an image with ``:`` and no tag."""
    if isinstance(effect, Write):
        return not effect.cache and bool(effect.references) and all(map(_lacks_tag, effect.references))
    return not isinstance(effect, Opaque)


def _lacks_tag(reference: Reference) -> bool:
    return reference.tag is not None and reference.tag.literal == ""


def _sure(effect: Effect) -> bool:
    """Whether the command's success says that the effect took place."""
    if isinstance(effect, Write):
        return not effect.maybe
    return effect.real if isinstance(effect, Examine) else False


def _publish(write: Write, origin: Origin, state: LegState) -> Publish:
    sources = tuple(dict.fromkeys(each for source in write.sources for each in state.sources(source)))
    builds = state.built(write.sources[0]) if write.way is Way.PUSH and write.sources else ()
    build, platforms = write.build, write.platforms
    if builds:
        build = build or builds[-1].build
        platforms = platforms or builds[-1].platforms
    return Publish(
        origin.spot,
        write.references,
        write.way,
        origin.how,
        origin.place,
        atomicity=write.atomicity,
        platforms=platforms,
        conditional=origin.conditional,
        masked=origin.masked,
        loop=origin.loop,
        requires=origin.requires,
        sources=sources,
        build=build,
        file=origin.file,
        supposed=origin.supposed,
        unseen=origin.unseen,
        revived=origin.revived,
    )


def _check(examine: Examine, origin: Origin, state: LegState) -> Check:
    masked = "its failure does not fail the step" if origin.masked else ""
    builds = tuple(dict.fromkeys(made for each in examine.subjects for made in state.built(each)))
    sources = tuple(dict.fromkeys(each for one in examine.subjects for each in state.sources(one)))
    return Check(
        origin.spot,
        examine.kind,
        origin.how,
        origin.place,
        real=examine.real and not origin.masked and not origin.conditional,
        reason=examine.reason or masked or (SOMETIMES if origin.conditional else ""),
        subjects=sources,
        builds=builds,
        runs=origin.runs or origin.how,
    )


def _writes_outputs(found: ReadScript) -> bool:
    """Whether code that is not read here could write outputs of its own."""
    for command in found.commands:
        name = command.words[0].literal if command.words else None
        if command.followed:
            continue
        if name is None or "/" in name or name in INTERPRETERS or name in RUNNERS:
            return True
    return False


_CREDENTIALS = lazy_pattern(r"(?:^|/)\.docker/config\.json$|containers/auth\.json$")
"""Files that log a runner in to registries."""
_VERB = lazy_pattern(r"[a-z][a-z0-9-]*")


def how_written(command: Command) -> str:
    """``docker buildx build``, ``docker push in scripts/push.sh``."""
    words = list(itertools.takewhile(_is_verb, (word.literal or "" for word in command.words[:4])))
    name = " ".join(words[:3]) or (command.words[0].literal or "a command" if command.words else "a command")
    return f"{name} in {command.file}" if command.file else name


def _runs(command: Command) -> str:
    """The program and what it is given, without flags and folders: ``pytest tests/unit``."""
    words = [str(word.value) for word in command.words]
    plain = [word for word in words[1:] if not word.startswith("-")]
    return " ".join([words[0].rpartition("/")[2] if words else "", *plain])


def _is_verb(text: str) -> bool:
    return _VERB.fullmatch(text) is not None


def place_of(step: Step, script: Script, command: Command) -> Place:
    """The line of the command; that of the step where the command stands in another file."""
    if command.file or not script.line:
        return step.place
    return Place(step.place.file, script.line + command.row, 0, f"{step.place.path}.run")
