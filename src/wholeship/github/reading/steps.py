"""The steps of one leg, in order: what each does, and what it leaves for those after it.

Composite actions are taken apart; a background step's outputs are seen only after the step that waits for
it (GitHub docs, "Workflow syntax", ``jobs.<id>.steps``; actions/runner, ``StepsRunner``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.core.wording import short_shas
from wholeship.core.yamls import Scalar
from wholeship.github.expressions.parse import BadExpression
from wholeship.github.expressions.partial import Contexts, as_text, evaluate_partly
from wholeship.github.expressions.symbolic import (
    TOO_MANY,
    Choice,
    Fields,
    Symbol,
    from_value,
    merge_branches,
    rendered,
    unknown_text,
)
from wholeship.github.expressions.texts import Condition, Inserted, parts_of
from wholeship.github.model import CompositeAction
from wholeship.github.model import Step as Model
from wholeship.github.reading.checkout import head_after, history_after
from wholeship.github.reading.files import Files, Fixed, local
from wholeship.github.reading.refusals import (
    ArtifactsLeft,
    alls_green,
    bound,
    possible_refusal,
    step_refusal,
    told_texts,
    upload,
)
from wholeship.github.reading.scope import (
    SUCCESS,
    Scope,
    assuming,
    conjuncts,
    job_status,
    literals,
    step_result,
    unknown_fields,
    unless,
)
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, atoms, conj, disj, neg
from wholeship.pipeline.ports import Left, Scene
from wholeship.pipeline.run import (
    Action,
    Result,
    Scenario,
    Script,
    Spot,
    Status,
    Step,
    StepResult,
    StepWrote,
    Unread,
)
from wholeship.shell.foreign import OWN_FILES, ForeignFiles
from wholeship.shell.names import LEG, MAYBE_SET, SET_UNREAD, WITH
from wholeship.texts.template import Kind, Value

DEPTH = 10
"""Composite actions call each other at most so deep."""
_RUNNERS = "GITHUB_ RUNNER_"
"""How the variables begin that the runner sets."""
STEPS = 2000
"""More expanded steps than this in one leg are not read."""


@dataclass(frozen=True, slots=True)
class _Own:
    """A step's scope and variables, its own included."""

    scope: Scope
    around: Around


def _own(scope: Scope, model: Model, around: Around) -> _Own:
    if not model.environment:
        return _Own(scope, around)
    own = {name: scope.text(node) for name, node in model.environment.items()}
    outer = scope.environment.contexts["env"]
    assert isinstance(outer, Fields)
    env = Fields({**outer.entries, **own}, outer.rest, "env")  # what programs may have set is still there
    return _Own(scope.with_contexts({"env": env}), around.with_own(own))


_SWITCHES = frozenset(("push", "publish"))
"""Inputs by which actions are told to push."""


def _switched_on(model: Model, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs that an expression keeps from ever saying "push", as if they did."""
    return {
        name.lower(): Value.literal_of("true")
        for name, node in model.inputs.items()
        if name.lower() in _SWITCHES and "${{" in node.text and inputs[name.lower()].literal in ("false", "")
    }


def _constant(model: Model) -> bool:
    """Whether the name, the inputs and the script are what they are in every run."""
    texts = [model.name, model.uses, model.run, model.shell, model.directory, *model.inputs.values()]
    if model.uses is not None and local(model.uses.text.strip()) is not None:
        return False
    return not any("${{" in each.text for each in texts if each is not None)


_ELSEWHERE = frozenset({"ACT"})
"""Variables that mark other places than GitHub, where they are never set."""
_JOB = Fields({"status": job_status()}, unknown_fields("job", Kind.RUNNER), "job")


@dataclass(frozen=True, slots=True)
class EndedStep:
    """A step that has had its turn: what ``steps.<id>`` holds."""

    index: int
    left: Left
    condition: Formula
    plain: bool = True  # skipped only where what follows is skipped too

    @classmethod
    def of(cls, index: int, left: Left, condition: Formula) -> EndedStep:
        """After the step *index*."""
        plain = condition is SUCCESS or all(isinstance(atom.key, Status) for atom in atoms(condition))
        return cls(index, left, condition, plain)


@dataclass(frozen=True, slots=True)
class Around:
    """Variables as expressions see them (``env``) and as programs do (with GitHub's own)."""

    symbols: Mapping[str, Symbol]
    shown: Mapping[str, Value]
    version: int = 0

    def with_own(self, own: Mapping[str, Symbol]) -> Around:
        """With a step's own variables on top."""
        shown = {name: rendered(symbol) for name, symbol in own.items()}
        return Around({**self.symbols, **own}, {**self.shown, **shown}, self.version)


@dataclass(frozen=True, slots=True)
class Missing:
    """An output of a job or step, or a variable, that is empty unless all of ``wanted`` is so.

    ``kind`` is the context that holds it.
    """

    kind: str
    name: str
    output: str
    wanted: tuple[Formula, ...]
    text: str | None = None
    """What it is then, if not empty."""

    def outputs(self, context: Symbol) -> Fields | None:
        """The outputs in *context* that it is one of."""
        holder = context.get(self.name) if isinstance(context, Fields) else None
        outputs = holder.entries.get("outputs") if isinstance(holder, Fields) else None
        return outputs if isinstance(outputs, Fields) else None

    def taken_from(self, context: Symbol) -> Symbol:
        """*context* without the output, or with its other text."""
        outputs = self.outputs(context)
        if not isinstance(context, Fields) or outputs is None:
            return context
        holder = context.get(self.name)
        assert isinstance(holder, Fields)
        lowered = {
            name: each for name, each in outputs.entries.items() if name.lower() != self.output.lower()
        }
        left = replace(outputs, entries={**lowered, self.output: self.text})
        holder = replace(holder, entries={**holder.entries, "outputs": left})
        others = {name: each for name, each in context.entries.items() if name.lower() != self.name.lower()}
        return replace(context, entries={**others, self.name: holder})


@dataclass(slots=True)
class Frame:
    """The steps that share one ``steps`` context: those of a job, or of one call of a composite action."""

    scope: Scope
    environment: dict[str, Symbol]
    outer: tuple[int, ...] = ()
    depth: int = 0
    directory: str = ""
    shell: str = ""
    working: str = ""
    ended: dict[str, EndedStep] = field(default_factory=dict)
    pending: dict[str, tuple[int, EndedStep]] = field(default_factory=dict)
    around: Around | None = None
    steps: Fields | None = None
    skipped: dict[object, Formula] = field(default_factory=dict)
    """Of the steps that wait for success alone: were they skipped, where success was waited for again?"""

    def ends(self, name: str, ended: EndedStep) -> None:
        """The step called *name* can be asked about."""
        self.ended[name] = ended
        self.steps = None


@dataclass(slots=True)
class Leg:
    """One leg while its steps are walked."""

    files: Files
    scenario: Scenario
    spot: Spot
    base: Mapping[str, Value]
    runner: tuple[str, ...] = ()
    permissions: Mapping[str, str] | None = None
    secrets: Mapping[str, None] = field(default_factory=dict)
    windows: bool = False
    steps: list[Step] = field(default_factory=list)
    exported: dict[str, Symbol] = field(default_factory=dict)
    writers: dict[str, tuple[int, Symbol]] = field(default_factory=dict)
    """Of the variables that steps have written: which step, and what was there before."""
    contexts: dict[int, Symbol] = field(default_factory=dict)
    version: int = 0  # counts the changes of exported
    writer: int | None = None
    """The last step that may have written any variable to ``$GITHUB_ENV``."""
    lost: int | None = None
    """The last step that surely has, nobody knows which."""
    unread: list[Unread] = field(default_factory=list)
    foreign: ForeignFiles = OWN_FILES
    head: str = ""
    history: str = ""
    """What is checked out, in words; empty: the commit of the event."""
    uploads: ArtifactsLeft = field(default_factory=dict)
    """Of the artifacts of the run so far: when a step has left them."""
    makers: dict[tuple[int, str], int] = field(default_factory=dict)
    """Of the calls of composite actions and their outputs: the step inside that writes the output."""
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    """The texts of the job's own ``env``."""
    needed: Callable[[str, str], tuple[Formula, ...]] = lambda _need, _output: ()
    """Of a needed job and an output: what has to be so for it not to be empty, as far as that is known."""
    empty: dict[tuple[int, str], tuple[Formula, ...]] = field(default_factory=dict)
    """Of steps and their outputs: what has to be so for a step that ran well not to leave it empty."""
    telling: dict[tuple[int, str], Choice] = field(default_factory=dict)
    """By step that calls a composite action, and output: what an inner step wrote that tells of a push."""

    def walk(self, models: tuple[Model, ...], frame: Frame) -> None:
        """Every step of *models*."""
        for model in models:
            if len(self.steps) >= STEPS:
                self.miss("the steps after these", f"more than {STEPS} steps", model)
                return
            if model.parallel:
                self._parallel(model, frame)
            elif model.control:
                self._control(model, frame)
            else:
                self._step(model, frame, background=model.background)

    def miss(self, what: str, reason: str, model: Model) -> None:
        """Note what could not be read."""
        self.unread.append(Unread(what, reason, model.place, self.spot.job))

    def scope_of(
        self,
        frame: Frame,
        index: int,
        environment: Mapping[str, Symbol],
        known: Mapping[object, Formula] | None = None,
    ) -> Scope:
        """What the texts of step *index* see, now."""
        contexts: Contexts = {
            "env": Fields(environment, self._written_by_others, name="env"),
            "steps": lambda: self._steps(frame),
            "job": _JOB,
        }
        return frame.scope.with_contexts(contexts, site=self._spot(index).site, known=known)

    @property
    def _written_by_others(self) -> Callable[[str], Symbol] | None:
        """What ``env.NAME`` is where no text sets NAME: nothing, unless a program may have set it."""
        if self.writer is None:
            return None
        site = self._spot(self.writer).site

        def written(name: str) -> Symbol:
            return "" if name in _ELSEWHERE else unknown_text(Kind.OUTPUT, f"env.{name}", site)

        return written

    def _steps(self, frame: Frame) -> Fields:
        """``steps``; the same until another step has ended."""
        if frame.steps is None:
            frame.steps = Fields(
                {name: self._context(each) for name, each in frame.ended.items()}, name="steps"
            )
        return frame.steps

    def scope_after(self, frame: Frame, index: int, environment: Mapping[str, Symbol]) -> Scope:
        """The same where all went well so far, as for the outputs of a job."""
        return self.scope_of(frame, index, environment, frame.skipped)

    def _perhaps_unwritten(self, frame: Frame, index: int, environment: Mapping[str, Symbol]) -> Scope:
        """What a condition sees that holds after failures: what a failed step was to write may be missing."""

        def steps() -> Fields:
            found = {name: self._context(each) for name, each in frame.ended.items()}
            return Fields(
                {n: self._unless_unwritten(each, frame.ended[n].index) for n, each in found.items()},
                name="steps",
            )

        env = {
            name: _either(Atom(StepWrote(step)), environment[name], before)
            for name, (step, before) in self.writers.items()
            if name in environment
        }
        contexts: Contexts = {
            "env": Fields({**environment, **env}, self._written_by_others, name="env"),
            "steps": steps,
            "job": _JOB,
        }
        return frame.scope.with_contexts(contexts, site=self._spot(index).site)

    def _unless_unwritten(self, step: Symbol, index: int) -> Symbol:
        """``steps.<id>`` whose outputs may be missing."""
        outputs = step.entries.get("outputs") if isinstance(step, Fields) else None
        if not isinstance(step, Fields) or not isinstance(outputs, Fields):
            return step

        def gone(name: str) -> Formula:
            return neg(Atom(StepWrote(self.maker(index, name))))

        rest = outputs.rest
        known = {name: unless(gone(name), symbol) for name, symbol in outputs.entries.items()}
        other = None if rest is None else lambda name: unless(gone(name), rest(name))
        return replace(step, entries={**step.entries, "outputs": replace(outputs, entries=known, rest=other)})

    def maker(self, index: int, output: str) -> int:
        """The step that writes the output *output* of step *index*: itself, or one inside of the action."""
        return self.makers.get((index, output.lower()), index)

    def _spot(self, index: int) -> Spot:
        return Spot(self.spot.job, self.spot.leg, index)

    def _context(self, ended: EndedStep) -> Symbol:
        """``steps.<id>``."""
        found = self.contexts.get(ended.index)
        if found is None:
            found = self.contexts[ended.index] = self._context_anew(ended)
        return found

    def _context_anew(self, ended: EndedStep) -> Symbol:
        site = self._spot(ended.index).site
        if ended.condition == FALSE:
            return Fields({"outputs": Fields(), "outcome": "skipped", "conclusion": "skipped"})
        skipped = StepResult(ended.index, Result.SKIPPED)

        def made(symbol: Symbol) -> Symbol:
            return symbol if ended.condition == TRUE else unless(Atom(skipped), symbol)

        def other(name: str) -> Symbol:
            return made(unknown_text(Kind.OUTPUT, f"steps.{self.steps[ended.index].id}.outputs.{name}", site))

        def written(name: str, value: Value) -> Symbol:
            inner = self.telling.get((ended.index, name))
            if inner is not None:
                return made(inner)
            found = from_value(value, f"steps.{self.steps[ended.index].id}.outputs.{name}", site)
            return made(_telling(found, ended.left, name))

        known = {name: written(name, value) for name, value in ended.left.outputs.items()}
        return Fields(
            {
                "outputs": Fields(known, None if ended.left.known else other, "outputs"),
                "outcome": step_result(ended.index, conclusion=False),
                "conclusion": step_result(ended.index, conclusion=True),
            }
        )

    # One step

    def _step(self, model: Model, frame: Frame, *, background: bool) -> None:
        index = len(self.steps)
        around = self._around(frame)
        fixed = self._fixed(model, frame)
        if fixed is not None and fixed.always:
            step = Step(
                index, fixed.name, model.place, fixed.does, model.id, SUCCESS, scope=frame.outer,
                environment=around.shown, background=background, timed=model.timeout is not None,
                refuses=FALSE if background else fixed.refuses,
                may_refuse=FALSE
                if background
                else possible_refusal(model, fixed.does, frame.scope, self.steps, self.uploads),
            )  # fmt: skip
            if self.writers and model.run is not None and not background and step.refuses == FALSE:
                seen = self.scope_of(frame, index, around.symbols)
                step = replace(step, refuses=step_refusal(model, step, seen))
            self.steps.append(step)
            scene = self._scene(step)
            left = self.files.perform(step, scene)
            if self.writers or self.variables:
                own = _Own(frame.scope, around)
                self._note_wanted(step, scene, left, self._wanted(model, step, own, frame, scene))
            self._leave(model, EndedStep(index, left, SUCCESS), frame, step)
            return
        scope, around, condition = self._seen(model, frame, index, around)
        revived = condition.formula == FALSE and self.files.revive
        if revived:
            condition = replace(condition, formula=SUCCESS)
        never = condition.formula == FALSE
        action = None if never else self._composite(model, frame)
        work = fixed.does if fixed is not None else None
        step = Step(
            index,
            fixed.name if fixed is not None else self._name(model, scope),
            model.place,
            None if never or action is not None else work or self._work(model, scope, frame),
            model.id,
            condition.formula,
            condition.text,
            model.condition.place if model.condition is not None else None,
            scope.flag(model.tolerated),
            frame.outer,
            around.shown,
            background,
            timed=model.timeout is not None,
            revived=revived,
        )
        if not never and not background and (model.run is not None or alls_green(step.does)):
            step = replace(step, refuses=step_refusal(model, step, scope))
        if not never and not background and step.refuses == FALSE:
            step = replace(
                step, may_refuse=possible_refusal(model, step.does, scope, self.steps, self.uploads)
            )
        if SUCCESS not in conjuncts(condition.formula):
            step = replace(step, supposed=frozenset(self._supposed(model, condition.formula)))
        self.steps.append(step)
        if never:
            left = Left(known=True)
        elif action is not None:
            left = self._inlined(action, model, index, scope, frame)
        else:
            scene = self._scene(step)
            left = self.files.perform(step, scene)
            wanted = self._wanted(model, step, _Own(scope, around), frame, scene)
            self._note_wanted(step, scene, left, wanted)
        self._leave(model, EndedStep.of(index, left, condition.formula), frame, step)

    def _wanted(
        self, model: Model, step: Step, own: _Own, frame: Frame, scene: Scene
    ) -> Iterator[tuple[tuple[Formula, ...], Left]]:
        """Without which texts of others *step* makes no tag visible, and what it leaves then."""
        if step.does is None or step.revived or self.files.revive:
            return
        every = list(self._perhaps_missing(model, step, frame))
        for missing in (*every, *self._told(model, frame, own.scope)):
            idle = self.files.idle(self._lacking(missing, model, step, own.scope, frame), scene)
            if idle is not None:
                yield missing.wanted, idle

    def _note_wanted(
        self, step: Step, scene: Scene, left: Left, wanted: Iterable[tuple[tuple[Formula, ...], Left]]
    ) -> None:
        """Notes what *step* needs for its push, and what it needs not to leave its outputs empty."""
        every: list[Formula] = []
        for formulas, idle in wanted:
            every += formulas
            for name, value in idle.outputs.items():
                if value.literal == "" and name in left.outputs and left.outputs[name].literal != "":
                    key = (step.index, name.lower())
                    self.empty[key] = (*self.empty.get(key, ()), *formulas)
        if every and self.files.idle(step, scene) is None:
            self.steps[step.index] = replace(step, wanted=conj(every))

    def _perhaps_missing(self, model: Model, step: Step, frame: Frame) -> Iterator[Missing]:
        """The outputs and variables that the texts of *step* name and that it may run without."""
        text = self._texts(model)
        for need, output in dict.fromkeys(NEED_OUTPUT.findall(text)):
            wanted = self.needed(need, output)
            if wanted:
                yield Missing("needs", need, output, wanted)
        for name, output in dict.fromkeys(ANY_OUTPUT.findall(text)):
            ended = frame.ended.get(name)
            if ended is None:
                continue
            maker = self.maker(ended.index, output)
            wanted = self.empty.get((maker, output.lower()), ())
            if not (ended.plain and self._went_well(ended.index, step)):
                wanted = (Atom(StepWrote(maker)), *wanted)
            if wanted:
                yield Missing("steps", name, output, wanted)
        for name, (writer, _) in self.writers.items():
            if not self._went_well(writer, step) and re.search(rf"\b{re.escape(name)}\b", text):
                yield Missing("env", name, "", (Atom(StepWrote(writer)),))

    def _told(self, model: Model, frame: Frame, scope: Scope) -> Iterator[Missing]:
        """The texts of outputs and variables that the texts of the step name, and that tell of a push."""
        text = self._texts(model)
        contexts = {"needs": frame.scope.environment.contexts.get("needs"), "steps": self._steps(frame)}
        named = [("needs", *each) for each in dict.fromkeys(NEED_OUTPUT.findall(text))]
        named += [("steps", *each) for each in dict.fromkeys(ANY_OUTPUT.findall(text))]
        asked = [Missing(kind, name, output, ()) for kind, name, output in named]
        for missing in asked:
            context = contexts[missing.kind]
            outputs = missing.outputs(context) if isinstance(context, Fields) else None
            symbol = outputs.get(missing.output) if outputs is not None else None
            yield from _each_text(missing, symbol, scope)
        for name in self.writers:
            if re.search(rf"\b{re.escape(name)}\b", text):
                yield from _each_text(Missing("env", name, "", ()), self.exported.get(name), scope)

    def _texts(self, model: Model) -> str:
        given = (model.run, *model.inputs.values(), *model.environment.values(), *self.variables.values())
        return "\n".join(each.text for each in given if each is not None)

    def _went_well(self, index: int, step: Step) -> bool:
        """Whether *step* runs only where the step *index* has not failed."""
        maker = self.steps[index]
        path = (index, *maker.scope)
        forgiven = any(self.steps[each].tolerated != FALSE for each in path)
        return SUCCESS in conjuncts(step.condition) and not forgiven and not maker.background

    def _lacking(self, missing: Missing, model: Model, step: Step, scope: Scope, frame: Frame) -> Step:
        """*step* as it is where *missing* is."""
        around = self._around(frame)
        contexts: dict[str, Symbol] = {}
        if missing.kind == "steps":
            contexts["steps"] = missing.taken_from(self._steps(frame))
        elif missing.kind == "needs":
            needs = frame.scope.environment.contexts.get("needs")
            contexts["needs"] = missing.taken_from(needs) if isinstance(needs, Fields) else None
        symbols, shown = dict(around.symbols), dict(around.shown)
        if missing.kind == "env":
            before = self.writers[missing.name][1]
            del symbols[missing.name], shown[missing.name]
            if missing.text:
                symbols[missing.name], shown[missing.name] = missing.text, Value.literal_of(missing.text)
            elif before != "":
                symbols[missing.name], shown[missing.name] = before, rendered(before)
            elif not _asks_whether_set(missing.name, model):
                shown[missing.name] = Value.literal_of("")
        seen = scope.with_contexts({**contexts, "env": Fields(symbols, self._written_by_others, "env")})
        for name, node in self.variables.items() if missing.kind == "needs" else ():
            if name not in self.exported and NEED_OUTPUT.search(node.text):
                symbols[name] = seen.text(node)
                shown[name] = rendered(symbols[name])
        own = _own(seen, model, Around(symbols, shown))
        work = self._work(model, own.scope, frame)
        return replace(step, does=work, environment=own.around.shown)

    def _supposed(self, model: Model, condition: Formula) -> Iterator[str]:
        """The variables of earlier steps, which may have failed, that a step asks for without a condition."""
        given = (model.run, *model.inputs.values(), *model.environment.values())
        texts = [each.text for each in given if each is not None]
        known = literals([condition])
        for name, (step, _) in self.writers.items():
            if known.get(StepWrote(step)) == TRUE:
                continue
            asked = re.compile(rf"(?:\$\{{?|\benv\.){re.escape(name)}\b")
            if any(asked.search(text) for text in texts):
                yield f"the step that writes {name} got so far"

    def _seen(
        self, model: Model, frame: Frame, index: int, around: Around
    ) -> tuple[Scope, Around, Condition]:
        """What the step's texts see when its condition holds; its variables; and the condition."""
        if model.condition is None:
            own = _own(self.scope_of(frame, index, around.symbols, frame.skipped), model, around)
            return own.scope, own.around, Condition(SUCCESS)
        plain = self.scope_of(frame, index, around.symbols)
        own = _own(plain, model, around)
        condition = own.scope.condition(model.condition)
        if self._may_follow_failure(condition.formula) and _asks_for_written(model):
            asked = _own(self._perhaps_unwritten(frame, index, around.symbols), model, around)
            condition = asked.scope.condition(model.condition)
        known = literals([condition.formula]) if condition.formula not in (SUCCESS, TRUE, FALSE) else {}
        if SUCCESS in conjuncts(condition.formula):
            known = {**frame.skipped, **known}
        if known:
            own = _own(plain.with_contexts({}, known=known), model, around)
        return own.scope, own.around, condition

    def _may_follow_failure(self, condition: Formula) -> bool:
        """Whether *condition* can hold though a step before has failed."""
        forgiving = SUCCESS not in conjuncts(condition)
        return any(forgiving or step.tolerated != FALSE for step in self.steps)

    def _leave(self, model: Model, ended: EndedStep, frame: Frame, step: Step) -> None:
        """What the step leaves is seen at once, or when somebody waits for it."""
        for name, left in upload(step, self.spot.site).items():
            self.uploads[name] = disj((self.uploads.get(name, FALSE), left))
        if ended.left.after:
            self.steps[step.index] = replace(self.steps[step.index], handed_after=ended.left.after)
        if ended.left.foreign is not None:
            self.foreign = ended.left.foreign
        if step.background:
            frame.pending[model.id or f"\0{step.index}"] = (step.index, ended)
        else:
            self._ended(model.id, ended, frame)

    def _fixed(self, model: Model, frame: Frame) -> Fixed | None:
        """What the step does, when nothing in its texts depends on the run; it is the same in every leg."""
        key = (id(model), frame.shell, frame.working, self.windows)
        if key not in self.files.fixed:
            found = None
            if _constant(model):
                work = self._work(model, frame.scope, frame)
                always = not (model.condition or model.environment or model.tolerated)
                found = Fixed(self._name(model, frame.scope), work, always, bound(work))
            self.files.fixed[key] = found
        return self.files.fixed[key]

    def _scene(self, step: Step) -> Scene:
        spot, secrets = self._spot(step.index), tuple(self.secrets)
        head = head_after(step, self.head, spot)
        if head != self.head and step.condition_text:
            head = f"HEAD: where {spot.site} may have left it"
        self.head, self.history = head, history_after(step, self.history)
        head = f"{head}{WITH}{self.history}" if self.history else head
        return Scene(self.scenario, spot, self.runner, self.permissions, secrets, self.foreign, head)

    def _around(self, frame: Frame) -> Around:
        """The variables at this point; steps without any of their own share them."""
        found = frame.around
        if found is None or found.version != self.version:
            symbols = {**frame.environment, **self.exported}
            shown = {**self.base, **{name: rendered(symbol) for name, symbol in symbols.items()}}
            for key, step in ((MAYBE_SET, self.writer), (SET_UNREAD, self.lost)):
                if step is not None:
                    shown[key] = Value.hole(Kind.OUTPUT, _RUNNERS, f"{LEG}/{step}")
            found = frame.around = Around(symbols, shown, self.version)
        return found

    def _ended(self, id: str, ended: EndedStep, frame: Frame) -> None:
        if id:
            frame.ends(id, ended)
            if ended.plain:
                never = ended.condition == FALSE
                frame.skipped[StepResult(ended.index, Result.SKIPPED)] = TRUE if never else FALSE
        if ended.left.more_variables:
            self.writer = ended.index
            self.version += 1
        if ended.left.tainted:
            self.lost = ended.index
        if not ended.left.environment and not ended.left.tainted:
            return
        before = self._around(frame).symbols
        site = self._spot(ended.index).site
        for name, symbol in before.items() if ended.left.tainted else ():
            either = rendered(symbol).join(Value.hole(Kind.OUTPUT, f"env.{name}", site))
            self.exported[name] = from_value(either, f"env.{name}", site)
        for name, value in ended.left.environment.items():
            kept = not ended.plain and name in before  # the step may be skipped, and then it stays
            either = rendered(before[name]).join(value) if kept else value
            symbol = from_value(either, f"env.{name}", site)
            alone = name not in before and not ended.left.tainted
            self.exported[name] = _telling(symbol, ended.left, f"env.{name}") if alone else symbol
            self.writers[name] = (ended.index, before.get(name, ""))
        self.version += 1

    def _name(self, model: Model, scope: Scope) -> str:
        if model.name is not None:
            return str(scope.value(model.name))
        if model.uses is not None:
            return short_shas(model.uses.text)
        return model.run.text.strip().split("\n", 1)[0] if model.run is not None else model.control

    def _work(self, model: Model, scope: Scope, frame: Frame) -> Action | Script | None:
        if model.run is not None:
            return self._script(model, model.run, scope, frame)
        if model.uses is None:
            return None
        name, _, version = model.uses.text.strip().partition("@")
        inputs = {key.lower(): scope.value(node) for key, node in model.inputs.items()}
        if self.files.revive:
            inputs |= _switched_on(model, inputs)
        places = {key.lower(): node.place for key, node in model.inputs.items()}
        return Action(name.lower(), version, inputs, places)

    def _script(self, model: Model, run: Scalar, scope: Scope, frame: Frame) -> Script:
        text, known = placeholder_script(run, scope, flags=self.files.revive)
        shell = str(scope.value(model.shell)) if model.shell is not None else frame.shell
        directory = str(scope.value(model.directory)) if model.directory is not None else frame.working
        if not shell and self.windows:
            shell = "pwsh"
        errexit, pipefail = _options(shell)
        line = run.place.line + (1 if run.style in ("|", ">") and run.style else 0)
        return Script(text, known, line, shell, errexit, pipefail, directory)

    # Composite actions

    def _composite(self, model: Model, frame: Frame) -> CompositeAction | None:
        """The composite action that the step calls, when it can be read."""
        path = local(model.uses.text.strip()) if model.uses is not None else None
        if path is None or model.uses is None:
            return None
        here = not model.uses.text.strip().startswith("$")
        who = self.foreign.by(path) if here else None
        if who is not None:
            self.miss(model.uses.text, f"{who} may have put another action there", model)
            return None
        action = self.files.library.action(self.foreign.in_repository(path) if here else path)
        if action is None:
            self.miss(model.uses.text, "no action is there in the repository", model)
            return None
        if action.problems:
            self.miss(model.uses.text, f"{action.path}: {action.problems[0].message}", model)
        if action.using != "composite":
            self.miss(model.uses.text, f"an action that runs code of its own ({action.using})", model)
            return None
        if frame.depth >= DEPTH:
            self.miss(model.uses.text, f"composite actions nested more than {DEPTH} deep", model)
            return None
        return action

    def _inlined(self, action: CompositeAction, model: Model, at: int, scope: Scope, frame: Frame) -> Left:
        given = {name.lower(): scope.text(node) for name, node in model.inputs.items()}
        inputs = {
            name: given.get(name.lower(), scope.text(each.default) if each.default is not None else "")
            for name, each in action.inputs.items()
        }
        folder = action.path.rpartition("/")[0]
        contexts: dict[str, Symbol] = {"inputs": Fields(inputs, name="inputs")}
        github = scope.environment.contexts.get("github")
        if isinstance(github, Fields):
            contexts["github"] = Fields({**github.entries, "action_path": folder}, github.rest, "github")
        around = scope.environment.contexts.get("env")
        environment = dict(around.entries) if isinstance(around, Fields) else {}
        environment["GITHUB_ACTION_PATH"] = folder
        inner = Frame(
            scope.with_contexts(contexts),
            environment,
            (*frame.outer, at),
            frame.depth + 1,
            folder,
        )
        self.walk(action.steps, inner)
        after = self.scope_after(inner, at, environment)
        for name, node in action.outputs.items():
            written = STEP_OUTPUT.fullmatch(node.text.strip())
            if written is not None and written[1] in inner.ended:
                self.makers[at, name.lower()] = self.maker(inner.ended[written[1]].index, written[2])
        handed = {name: after.text(node) for name, node in action.outputs.items()}
        self.telling |= {
            (at, name): each for name, each in handed.items() if isinstance(each, Choice) and any(each.shows)
        }
        return Left({name: rendered(each) for name, each in handed.items()}, {}, known=True)

    # Steps that run beside others

    def _parallel(self, model: Model, frame: Frame) -> None:
        first = len(self.steps)
        for each in model.parallel:
            self._step(each, frame, background=True)
        self._wait(model, frame, frozenset(range(first, len(self.steps))))

    def _control(self, model: Model, frame: Frame) -> None:
        indexes = {name: index for name, (index, _) in frame.pending.items()}
        wanted = tuple(indexes) if model.control == "wait-all" else model.targets
        for name in wanted:
            if name not in indexes and name not in frame.ended:
                self.miss(f"{model.control}: {name}", "no background step has this id", model)
        found = frozenset(indexes[name] for name in wanted if name in indexes)
        if model.control == "cancel":
            self._append(model, frame, cancels=found)
            for name, (index, ended) in frame.pending.items():
                if index in found and not name.startswith("\0"):
                    # Whether its result can be seen now is not documented: it is asked for, and left open.
                    frame.ends(name, EndedStep(index, Left(), ended.condition, plain=False))
            return
        self._wait(model, frame, found)

    def _wait(self, model: Model, frame: Frame, waits: frozenset[int]) -> None:
        self._append(model, frame, waits=waits)
        for name, (index, ended) in list(frame.pending.items()):
            if index in waits:
                self._ended("" if name.startswith("\0") else name, ended, frame)
                del frame.pending[name]

    def _append(
        self,
        model: Model,
        frame: Frame,
        waits: frozenset[int] = frozenset(),
        cancels: frozenset[int] = frozenset(),
    ) -> None:
        index = len(self.steps)
        scope = self.scope_of(frame, index, frame.environment)
        self.steps.append(
            Step(
                index,
                str(scope.value(model.name))
                if model.name
                else model.control or "wait for the parallel steps",
                model.place,
                None,
                model.id,
                TRUE,
                tolerated=scope.flag(model.tolerated),
                scope=frame.outer,
                waits=waits,
                cancels=cancels,
            )
        )
        # A result to ask for like any other step's; that it may not have run is left open.
        self._ended(model.id, EndedStep(index, Left(known=True), SUCCESS, plain=False), frame)


NEED_OUTPUT = lazy_pattern(r"\bneeds\.([\w-]+)\.outputs\.([\w-]+)")
ANY_OUTPUT = lazy_pattern(r"\bsteps\.([\w-]+)\.outputs\.([\w-]+)")
STEP_OUTPUT = lazy_pattern(r"\$\{\{\s*steps\.([\w-]+)\.outputs\.([\w-]+)\s*\}\}")
"""An output of a step and nothing else; the step and the output."""


def _telling(symbol: Symbol, left: Left, name: str) -> Symbol:
    """*symbol*, which a step has left as *name*, with what its texts tell of the effects of that step."""
    shown = left.shown.get(name)
    if shown is None or not isinstance(symbol, Choice):
        return symbol
    shows = tuple(frozenset(shown.get(str(each), ())) for each in symbol.value.options)
    return replace(symbol, shows=shows, filled=name in left.filled)


def _each_text(missing: Missing, symbol: Symbol, scope: Scope) -> Iterator[Missing]:
    """*missing* with each text that it can have, where that tells of a push."""
    for guard, text in told_texts(symbol, scope) or ():
        yield replace(missing, wanted=(neg(guard),), text=text)


_OTHER_SCRIPTS = lazy_pattern(
    r"\b(?:(?:ba|da|z|k|a)?sh|make|just|task|npm|pnpm|yarn|source|eval|env|printenv)\b|\./|\.sh\b"
)


def _asks_whether_set(name: str, model: Model) -> bool:
    """Whether it may matter to a script that a variable is not set, and not only empty."""
    text = model.run.text if model.run is not None else ""
    asks = re.search(rf"\$\{{[!#]?{re.escape(name)}[-+?=]|-v\s+[\"']?{re.escape(name)}\b", text)
    return asks is not None or _OTHER_SCRIPTS.search(text) is not None


_ASKS_FOR_WRITTEN = lazy_pattern(r"\b(?:steps|env)\b")


def _asks_for_written(model: Model) -> bool:
    """Whether the condition asks for what steps write."""
    texts = (model.condition, *model.environment.values())
    return any(isinstance(each, Scalar) and _ASKS_FOR_WRITTEN.search(each.text) for each in texts)


def _either(there: Formula, symbol: Symbol, before: Symbol) -> Symbol:
    """*symbol* where *there* holds, else *before*."""
    found = merge_branches([(there, symbol), (neg(there), before)])
    return symbol if found is TOO_MANY else found


_PUSH_FLAG = lazy_pattern(r"'(--push[^']*)'")


def placeholder_script(run: Scalar, scope: Scope, *, flags: bool = False) -> tuple[str, dict[str, Value]]:
    """The script with what is known of each ``${{ }}`` in it, and placeholders for the rest.

    *flags*: with each ``--push`` that an expression keeps from ever being there.
    """
    text = run.text
    if "${{" not in text:
        return text, {}
    try:
        parts = parts_of(text)
    except BadExpression:
        return text, {}
    out: list[str] = []
    known: dict[str, Value] = {}
    marks: dict[tuple[Value, str], str] = {}
    for part in parts:
        if not isinstance(part, Inserted):
            out.append(part)
            continue
        value = rendered(as_text(assuming(evaluate_partly(part.expression, scope.environment), scope.known)))
        literal = value.literal
        if literal is not None:
            flag = _PUSH_FLAG.search(part.expression.text) if flags and "--push" not in literal else None
            out.append(flag[1] if flag else literal)
            continue
        # Two expressions with the same readings need not come to the same one.
        key = (value, "" if value.only is not None else part.expression.text)
        mark = marks.setdefault(key, f"GHEXPR{len(known)}X")
        known[mark] = value
        out.append(mark)
    return "".join(out), known


def _options(shell: str) -> tuple[bool, bool]:
    """``errexit`` and ``pipefail`` (actions/runner, ``ScriptHandlerHelpers``)."""
    if shell == "bash":
        return True, True
    if shell in ("", "sh"):
        return True, False
    from wholeship.shell.interpret import options_of

    return options_of(shell)
