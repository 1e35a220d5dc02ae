"""One scenario of a workflow, job after job, each after those it needs.

``needs``, outputs and variables are carried from job to job; called workflows of the same repository are
walked where they are called, with the inputs and secrets they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from wholeship.core.errors import Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.core.yamls import Scalar
from wholeship.github.expressions.partial import Environment, as_text
from wholeship.github.expressions.symbolic import (
    Fields,
    Symbol,
    from_value,
    rendered,
    unknown_text,
)
from wholeship.github.expressions.texts import Condition
from wholeship.github.expressions.unknowns import About, Unknowns
from wholeship.github.model import Concurrency, Workflow
from wholeship.github.model import Job as Model
from wholeship.github.model.workflow import needs_of, ordered
from wholeship.github.reading import contexts
from wholeship.github.reading.environments import are_several
from wholeship.github.reading.files import Files, local
from wholeship.github.reading.matrix import Combination, expand
from wholeship.github.reading.permissions import allowed_permissions, asks_too_much
from wholeship.github.reading.refusals import ArtifactsLeft
from wholeship.github.reading.runners import labels, runner_context
from wholeship.github.reading.scenarios import Setting
from wholeship.github.reading.scope import (
    STATUS,
    SUCCESS,
    Scope,
    conjuncts,
    exported,
    exported_atom,
    literals,
    needs_result,
    null_fields,
    unknown_fields,
    unless,
)
from wholeship.github.reading.steps import STEP_OUTPUT, Frame, Leg
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, atoms, conj, disj, neg
from wholeship.pipeline.ports import Left, Scene
from wholeship.pipeline.run import (
    Action,
    Data,
    Group,
    Instance,
    Job,
    NeedsResult,
    Result,
    Spot,
    Status,
    Step,
    StepWrote,
    Unread,
)
from wholeship.pipeline.run import Leg as Made
from wholeship.texts.template import Kind, Value

CALL_DEPTH = 10
"""Called workflows call others at most so deep."""
JOBS = 400
"""Once a run has more jobs than this, called workflows are not followed any more: they multiply."""
CROWD = 16
"""With more indirect needs than this, their results are not told apart in a job's ``if``."""
_INDIRECT = "a job's if also sees the jobs that its needs need"


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that has been walked. ``never``: it cannot run in this scenario."""

    id: str
    condition: Formula
    outputs: Mapping[str, Symbol] = field(default_factory=dict)
    known: bool = True
    never: bool = False
    makers: Mapping[str, str] = field(default_factory=dict)
    """The site of the step that writes each output, where one step does."""
    forgiven: frozenset[str] = frozenset()
    """The outputs that a step writes inside of an action whose failure counts for nothing."""
    wanted: Mapping[str, tuple[Formula, ...]] = field(default_factory=dict)
    """What has to be so for an output not to be empty, where one step writes it; that it has comes first."""

    @property
    def plain(self) -> bool:
        """Whether it is skipped only where what waits for it is skipped too."""
        return all(isinstance(atom.key, Status) for atom in atoms(self.condition))


@dataclass(slots=True)
class Level:
    """One workflow file in the run: the one that started, or a called one."""

    workflow: Workflow
    scope: Scope
    prefix: str = ""
    caller: str = ""
    depth: int = 0
    granted: Mapping[str, str] | None = None  # what the calling job may hand on; None: no limit known
    secrets: dict[str, None] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    environment: dict[str, Symbol] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Run:
    """The run while it is walked."""

    def __init__(self, setting: Setting, files: Files) -> None:
        self.setting = setting
        self.files = files
        self.unknowns = Unknowns()
        self.jobs: list[Job | None] = []
        self.unread: list[Unread] = []
        self.problems: list[Problem] = []
        self.uploads: ArtifactsLeft = {}
        self.several_environments = False
        self._needs: dict[str, Symbol] = {}
        self._makers: dict[str, Mapping[str, str]] = {}
        """Of the jobs that have one leg: the sites of the steps that write their outputs."""
        self._written_where: dict[str, Mapping[str, tuple[Formula, ...]]] = {}
        """Of all jobs: what has to be so for an output not to be empty."""

    def instance(self, workflow: Workflow) -> Instance:
        """The whole run of *workflow*."""
        github = contexts.github(self.setting, self.unknowns, workflow.name or workflow.path)
        inputs = contexts.given_inputs(self.setting.on.inputs, self.unknowns)
        event = github.get("event")
        if self.setting.on.event == "workflow_dispatch" and isinstance(event, Fields):
            more = {**event.entries, "inputs": contexts.event_inputs(inputs)}
            github = replace(github, entries={**github.entries, "event": replace(event, entries=more)})
        self.base = contexts.variables(github)
        shown = {name: rendered(symbol) for name, symbol in inputs.entries.items()}
        self.scenario = self.setting.scenario(shown)
        secrets: dict[str, None] = {}
        scope = Scope(
            Environment(
                {"github": github, "inputs": inputs, "vars": _variables(), "secrets": self.secrets(secrets)},
                self.unknowns,
                STATUS,
            )
        )
        self.several_environments = are_several(workflow, self.files.library)
        level = Level(workflow, scope, secrets=secrets, files=(workflow.path,))
        self.level(level)
        contexts.tie_ref(self.setting, self.unknowns)
        jobs = tuple(job for job in self.jobs if job is not None)
        return Instance(
            workflow.path,
            self.scenario,
            jobs,
            self.unknowns.axioms(),
            tuple(dict.fromkeys(self.unread)),
            self.group(workflow.concurrency, scope),
        )

    def secrets(self, mentioned: dict[str, None]) -> Fields:
        """The context ``secrets``, noting which ones are read."""

        def rest(name: str) -> Symbol:
            mentioned[name.upper()] = None
            found = unknown_text(Kind.VARIABLE, f"secrets.{name.upper()}")
            if name.upper() == "GITHUB_TOKEN":
                self.unknowns.know(found.template.holes[0], About(filled=True, string=True))
            return found

        return Fields({}, rest, "secrets")

    def level(self, level: Level) -> None:
        """Every job of one workflow file."""
        level.environment = {n: level.scope.text(v) for n, v in level.workflow.environment.items()}
        jobs = level.workflow.jobs
        level.needs = needs_of(jobs)
        for name in ordered(jobs):
            level.ended[name] = self.job(level, jobs[name])
        for name in (name for name in jobs if name not in level.ended):
            self.unread.append(Unread(f"the job {name}", "it waits for itself", jobs[name].place, name))

    # One job

    def job(self, level: Level, model: Model) -> Ended:
        """The job *model*, appended to the run."""
        needs = level.needs[model.id]
        level.secrets.clear()
        condition = self._condition(level, model, needs)
        formula = condition.formula
        if any(level.ended[need].never for need in needs) and SUCCESS in conjuncts(formula):
            formula = FALSE
        id = level.prefix + model.id
        revived = formula == FALSE and self.files.revive
        if revived:
            formula = self.unknowns.opaque(f"{id} could run")
        at = len(self.jobs)
        self.jobs.append(None)
        job = Job(
            id,
            model.id,
            model.place,
            tuple(level.prefix + need for need in needs),
            {level.prefix + need: _need_place(model, need) for need in needs},
            formula,
            condition.text,
            model.condition.place if model.condition is not None else None,
            caller=level.caller,
            permissions=allowed_permissions(level.granted, level.workflow.permissions, model.permissions),
            revived=revived,
        )
        if formula == FALSE:
            self.jobs[at] = job
            return Ended(id, FALSE, never=True)
        scope = self._scope(level, model, needs, formula)
        job = replace(job, name=str(scope.value(model.name)) if model.name is not None else model.id)
        job, outputs, known = self._filled(level, model, job, scope)
        self.jobs[at] = replace(job, secrets=tuple(level.secrets))
        makers = self._makers.get(job.id, {})
        return Ended(
            id, formula, outputs, known, makers=makers, forgiven=_forgiven(job, makers),
            wanted=self._written_where.get(job.id, {}),
        )  # fmt: skip

    def _filled(
        self, level: Level, model: Model, job: Job, scope: Scope
    ) -> tuple[Job, Mapping[str, Symbol], bool]:
        strategy = model.strategy
        combinations: tuple[Combination, ...] = (Combination("", null_fields("matrix")),)
        if strategy is not None and strategy.matrix is not None:
            expansion = expand(strategy.matrix, scope, job.id, all_legs=self.files.revive)
            combinations = expansion.combinations
            job = replace(job, may_be_empty=expansion.may_be_empty)
            if expansion.mistake:
                self.problems.append(Problem(f"the job {job.id} has {expansion.mistake}", strategy.place))
        if strategy is not None:
            limit = scope.number(strategy.max_parallel)
            job = replace(
                job,
                fail_fast=scope.flag(strategy.fail_fast, default=True),
                max_parallel=int(limit) if limit else None,
            )
        job = replace(job, group=self.group(model.concurrency, scope))
        if model.uses is not None:
            return self._called(level, model, job, scope, combinations)
        environment = str(scope.value(model.deployment)) if model.deployment is not None else ""
        job = replace(
            job, environment=environment, may_wait=bool(environment), minutes=scope.number(model.timeout)
        )
        legs: list[Made] = []
        outputs: dict[str, Symbol] = {}
        self._written_where.pop(job.id, None)
        for each in combinations:
            made, said = self._leg(level, model, job, scope, each)
            legs.append(made)
            outputs = _merged(outputs, said, job.id) if outputs else said
        if len(legs) != 1 or legs[0].many:
            self._makers.pop(job.id, None)
        shown = {name: rendered(symbol) for name, symbol in outputs.items()}
        return replace(job, legs=tuple(legs), outputs=shown), outputs, True

    def _condition(self, level: Level, model: Model, needs: tuple[str, ...]) -> Condition:
        """A job's ``if`` may also see what its needs need; GitHub's service has done both."""
        text = model.condition.text if isinstance(model.condition, Scalar) else ""
        if "needs" not in text.lower():
            return level.scope.condition(model.condition)
        entries: dict[str, Symbol] = {need: self._needed(level.ended[need]) for need in needs}
        indirect = _ancestors(level.needs, needs) - set(needs)
        named = {name for name in indirect if name.lower() in text.lower()}
        crowd = indirect - named
        if len(crowd) > CROWD:
            entries |= self._crowd(level.prefix + model.id)
            crowd = set()
        for name in level.workflow.jobs:
            if name in named or name in crowd:
                entries[name] = self._indirect(level.ended[name])
        return level.scope.with_contexts({"needs": Fields(entries, name="needs")}).condition(model.condition)

    def _indirect(self, ended: Ended) -> Symbol:
        """``needs.<job>`` of a job that is needed by a need only: there, or not."""
        found = self._needs.get(f"\0{ended.id}")
        if found is None:
            whole = self._needed(ended)
            assert isinstance(whole, Fields)
            hidden = unless(~self.unknowns.opaque(_INDIRECT), whole.entries["result"])
            found = replace(whole, entries={**whole.entries, "result": hidden})
            self._needs[f"\0{ended.id}"] = found
        return found

    def _crowd(self, job: str) -> dict[str, Symbol]:
        """In place of many indirect needs: any of the results may be among theirs."""
        found: dict[str, Symbol] = {}
        for result in Result:
            among = self.unknowns.opaque(f"an indirect need ended {result.value}, and is seen", job)
            found[f"\0{result.value}"] = Fields({"result": unless(~among, result.value)})
        return found

    def _scope(self, level: Level, model: Model, needs: tuple[str, ...], formula: Formula) -> Scope:
        """What the texts of the job see, when it runs."""
        gated = SUCCESS in conjuncts(formula)
        known = literals([formula])
        ended = [level.ended[need] for need in needs]
        known |= _ran(ended, gated=gated)
        if gated:
            known |= literals(Atom(NeedsResult(each.id, Result.SUCCESS)) for each in ended if not each.never)
        entries = {need: self._needed(level.ended[need]) for need in needs}
        return level.scope.with_contexts(
            {"needs": Fields(entries, name="needs")}, site=level.prefix + model.id, known=known
        )

    def _needed(self, ended: Ended) -> Symbol:
        """``needs.<job>``."""
        found = self._needs.get(ended.id)
        if found is None:
            found = self._needs[ended.id] = self._needed_anew(ended)
        return found

    def _needed_anew(self, ended: Ended) -> Symbol:
        if ended.never:
            return Fields({"result": "skipped", "outputs": Fields()})
        skipped = Atom(NeedsResult(ended.id, Result.SKIPPED))

        def other(name: str) -> Symbol:
            return unless(skipped, unknown_text(Kind.OUTPUT, f"needs.{ended.id}.outputs.{name}", ended.id))

        known = {name: self._written(ended, name, symbol) for name, symbol in ended.outputs.items()}
        outputs = Fields(known, None if ended.known else other, "outputs")
        return Fields({"result": needs_result(ended.id), "outputs": outputs})

    def _written(self, ended: Ended, name: str, symbol: Symbol) -> Symbol:
        """An output: there if the job succeeded, and else if the step that writes it had its turn.

        A job succeeds without that where the call of an action around that step may fail.
        """
        success, skipped = (Atom(NeedsResult(ended.id, each)) for each in (Result.SUCCESS, Result.SKIPPED))
        made = self.unknowns.opaque(f"needs.{ended.id}.outputs.{name}", ended.makers.get(name, ended.id))
        turn = conj((~skipped, made))
        there = turn if name in ended.forgiven else disj((success, turn))
        return unless(~there, symbol)

    def _leg(
        self, level: Level, model: Model, job: Job, scope: Scope, combination: Combination
    ) -> tuple[Made, dict[str, Symbol]]:
        spot = Spot(job.id, combination.name)
        inner = scope.with_contexts(
            {
                "matrix": combination.matrix,
                "strategy": Fields({}, unknown_fields("strategy", Kind.MATRIX), "strategy"),
            },
            site=spot.site,
        )
        runner = labels(model.runner, inner)
        inner = inner.with_contexts({"runner": runner_context(runner)})
        environment = dict(level.environment)
        own = self._variables_of(model, inner)
        if own is not None:
            # The runner reads the workflow's `env`, too, once for each job.
            inner, outer = inner.with_contexts({"vars": own}), level.scope.with_contexts({"vars": own})
            environment = {name: outer.text(node) for name, node in level.workflow.environment.items()}
        environment |= {name: inner.text(node) for name, node in model.environment.items()}
        github = inner.environment.contexts.get("github")
        if isinstance(github, Fields):
            # Only in the steps: before the runner has the job, ``github.job`` is null.
            entries = {**github.entries, "job": model.id}
            inner = inner.with_contexts({"github": Fields(entries, github.rest, "github")})
        leg = Leg(
            self.files, self.scenario, spot, {**self.base, "GITHUB_JOB": Value.literal_of(model.id)}, runner,
            job.permissions, level.secrets, any(label.lower().startswith("windows") for label in runner),
            uploads=self.uploads, variables=model.environment,
            needed=lambda need, output: _wanted(level, need, output, scope),
        )  # fmt: skip
        defaults = (model.defaults, level.workflow.defaults)
        frame = Frame(
            inner,
            environment,
            shell=_first(inner, *(each.shell for each in defaults)),
            working=_first(inner, *(each.directory for each in defaults)),
        )
        leg.walk(model.steps, frame)
        for name, (_, ended) in frame.pending.items():
            if not name.startswith("\0"):
                frame.ends(name, ended)
        self.unread += leg.unread
        after = leg.scope_after(frame, len(leg.steps), {**environment, **leg.exported})
        said = {name: exported(after.text(node), spot.site) for name, node in model.outputs.items()}
        self._makers[job.id] = _makers(model, leg, frame)
        found = {} if combination.many else _written_where(model, leg, frame)
        before = self._written_where.get(job.id)
        self._written_where[job.id] = found if before is None else _in_any(before, found)
        shown = {name: rendered(symbol) for name, symbol in combination.matrix.entries.items()}
        made = Made(
            combination.name, tuple(leg.steps), shown, inner.flag(model.tolerated), runner, combination.many,
            inner.value(model.name) if model.name is not None else None,
        )  # fmt: skip
        return made, said

    def _variables_of(self, model: Model, scope: Scope) -> Fields | None:
        """``vars`` in the steps of a job whose environment can have its own; None: the same as elsewhere."""
        if model.deployment is None or not self.several_environments:
            return None
        return _variables(str(scope.value(model.deployment)))

    def group(self, concurrency: Concurrency | None, scope: Scope) -> Group | None:
        """A concurrency group."""
        if concurrency is None:
            return None
        return Group(
            scope.value(concurrency.group),
            scope.flag(concurrency.cancels),
            concurrency.queue,
            concurrency.place,
            _by_leg(concurrency.group),
        )

    # Called workflows

    def _called(
        self, level: Level, model: Model, job: Job, scope: Scope, combinations: tuple[Combination, ...]
    ) -> tuple[Job, Mapping[str, Symbol], bool]:
        assert model.uses is not None
        reference = model.uses.text.strip()
        path = local(reference)
        callee = self.files.library.workflow(path) if path is not None else None
        reason = self._refused(level, path, callee)
        if reason or callee is None or path is None:
            self.unread.append(Unread(reference, reason, model.uses.place, job.id))
            return self._elsewhere(level, model, job, scope, combinations)
        for problem in callee.problems[:1]:
            self.unread.append(Unread(reference, f"{path}: {problem.message}", problem.place, job.id))
        self.problems += asks_too_much(job, callee)
        inner: list[str] = []
        outputs: dict[str, Symbol] = {}
        for each in combinations:
            leg = f" ({each.name})" if each.name else ""
            outer = scope.with_contexts({"matrix": each.matrix})
            made = self._inner(level, model, replace(job, id=f"{job.id}{leg}"), outer, callee)
            made.caller = job.id
            self.level(made)
            inner += [ended.id for ended in made.ended.values()]
            said = self._said(made)
            outputs = _merged(outputs, said, job.id) if outputs else said
            if job.group is None and callee.concurrency is not None:
                job = replace(job, group=self.group(callee.concurrency, made.scope))
        shown = {name: rendered(symbol) for name, symbol in outputs.items()}
        return replace(job, inner=tuple(inner), outputs=shown), outputs, True

    def _refused(self, level: Level, path: str | None, callee: Workflow | None) -> str:
        """Why a call is not followed; empty when it is."""
        if path is None:
            return "a workflow of another repository"
        if callee is None:
            return "no such file in the repository"
        if path in level.files:
            return "a workflow that calls itself"
        if level.depth >= CALL_DEPTH:
            return f"workflows called more than {CALL_DEPTH} deep"
        if len(self.jobs) > JOBS:
            return f"more than {JOBS} jobs in one run"
        return "" if callee.trigger("workflow_call") else "it has no workflow_call trigger"

    def _inner(self, level: Level, model: Model, job: Job, outer: Scope, callee: Workflow) -> Level:
        """The called workflow as a level of its own: the caller's events, its own inputs and secrets."""
        on = callee.trigger("workflow_call")
        assert on is not None
        inputs = {
            name: _typed(outer, each.type, model.inputs.get(name) or each.default)
            for name, each in on.inputs.items()
        }
        secrets: dict[str, None] = {"*": None} if model.inherits else {}
        if model.inherits:
            handed: Fields = self.secrets(secrets)
        else:
            given = {name: outer.text(node) for name, node in model.secrets.items()}
            token = self.secrets(secrets)
            handed = Fields(given, lambda n: token.get(n) if n.upper() == "GITHUB_TOKEN" else "", "secrets")
        level.secrets.update(secrets)
        own: dict[str, Symbol] = {
            "inputs": Fields(inputs, name="inputs"),
            "secrets": handed,
            "needs": null_fields("needs"),
            "matrix": null_fields("matrix"),
        }
        inner = outer.with_contexts(own)
        return Level(
            callee,
            inner,
            f"{job.id}/",
            job.id,
            level.depth + 1,
            job.permissions,
            secrets,
            (*level.files, callee.path),
        )

    def _said(self, level: Level) -> dict[str, Symbol]:
        """The outputs of a called workflow."""
        on = level.workflow.trigger("workflow_call")
        jobs = Fields({name: self._needed(ended) for name, ended in level.ended.items()}, name="jobs")
        known = _ran(level.ended.values(), gated=True)
        known |= literals(
            Atom(NeedsResult(each.id, Result.SUCCESS)) for each in level.ended.values() if not each.never
        )
        scope = level.scope.with_contexts({"jobs": jobs}, known=known)
        return {name: scope.text(node) for name, node in on.outputs.items()} if on is not None else {}

    def _elsewhere(
        self, level: Level, model: Model, job: Job, scope: Scope, combinations: tuple[Combination, ...]
    ) -> tuple[Job, Mapping[str, Symbol], bool]:
        """A call that cannot be followed: one step that does whatever the workflow does."""
        assert model.uses is not None
        name, _, version = model.uses.text.strip().partition("@")
        legs: list[Made] = []
        left = Left()
        for each in combinations:
            spot = Spot(job.id, each.name)
            outer = scope.with_contexts({"matrix": each.matrix}, site=spot.site)
            nodes = {**model.inputs, **model.secrets}
            inputs = {key.lower(): outer.value(node) for key, node in nodes.items()}
            places = {key.lower(): node.place for key, node in nodes.items()}
            if model.inherits:
                level.secrets["*"] = None
            does = Action(name.lower(), version, inputs, places, workflow=True)
            step = Step(0, model.uses.text, model.uses.place, does, environment=self.base)
            scene = Scene(self.scenario, spot, (), job.permissions, tuple(level.secrets))
            left = self.files.perform(step, scene)
            legs.append(Made(each.name, (step,), many=each.many))
        symbols = {
            key: from_value(value, f"needs.{job.id}.{key}", job.id) for key, value in left.outputs.items()
        }
        return replace(job, legs=tuple(legs), outputs=left.outputs), symbols, left.known


def _makers(model: Model, leg: Leg, frame: Frame) -> dict[str, str]:
    """The sites of the steps that the outputs of a job are taken from."""
    found = {}
    for name, node in model.outputs.items():
        match = STEP_OUTPUT.fullmatch(node.text.strip())
        if match is not None and match[1] in frame.ended:
            step = leg.maker(frame.ended[match[1]].index, match[2])
            found[name] = replace(leg.spot, step=step).site
    return found


def _written_where(model: Model, leg: Leg, frame: Frame) -> dict[str, tuple[Formula, ...]]:
    """What has to be so for an output of a job not to be empty, as other jobs can ask for it."""
    found: dict[str, tuple[Formula, ...]] = {}
    for name, node in model.outputs.items():
        match = STEP_OUTPUT.fullmatch(node.text.strip())
        if match is None or match[1] not in frame.ended:
            continue
        step = leg.maker(frame.ended[match[1]].index, match[2])
        wrote = exported_atom(StepWrote(step), replace(leg.spot, step=step).site)
        others = leg.empty.get((step, match[2].lower()), ())
        lasting = (each for each in others if all(isinstance(atom.key, Data) for atom in atoms(each)))
        found[name.lower()] = (wrote, *lasting)
    return found


def _in_any(
    one: Mapping[str, tuple[Formula, ...]], other: Mapping[str, tuple[Formula, ...]]
) -> dict[str, tuple[Formula, ...]]:
    """What has to be so for some leg to have left an output that is not empty."""
    return {name: (disj((conj(one[name]), conj(other[name]))),) for name in one.keys() & other.keys()}


def _wanted(level: Level, need: str, output: str, scope: Scope) -> tuple[Formula, ...]:
    """What has to be so for ``needs.<need>.outputs.<output>`` not to be empty."""
    ended = level.ended.get(need)
    if ended is None or ended.never:
        return ()
    found = ended.wanted.get(output.lower(), (neg(Atom(NeedsResult(ended.id, Result.SKIPPED))),))
    return found[1:] if scope.known.get(NeedsResult(ended.id, Result.SUCCESS)) == TRUE else found


def _forgiven(job: Job, makers: Mapping[str, str]) -> frozenset[str]:
    """The outputs of *job* whose step stands inside of an action whose failure counts for nothing."""
    lenient = {
        Spot(job.id, leg.name, step.index).site
        for leg in (job.legs if makers else ())
        for step in leg.steps
        if any(leg.steps[each].tolerated != FALSE for each in step.scope)
    }
    return frozenset(name for name, site in makers.items() if site in lenient)


def _ran(jobs: Iterable[Ended], *, gated: bool) -> dict[object, Formula]:
    """Which of *jobs* were skipped: those that never run, and *gated* none of the others."""
    return {
        NeedsResult(ended.id, Result.SKIPPED): TRUE if ended.never else FALSE
        for ended in jobs
        if ended.never or gated
    }


def _ancestors(needs: Mapping[str, tuple[str, ...]], start: tuple[str, ...]) -> set[str]:
    """Everything that *start* wait for, themselves included."""
    found: set[str] = set()
    stack = list(start)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += needs[name]
    return found


def _need_place(model: Model, need: str) -> Place:
    return next(each.place for each in model.needs if each.text.upper() == need.upper())


_LEG = lazy_pattern(r"(?<![\w.])(?:matrix|strategy)\.")


def _by_leg(group: Scalar | None) -> bool:
    return group is not None and _LEG.search(group.text) is not None


def _variables(environment: str = "") -> Fields:
    """``vars``; those of an environment replace the repository's (GitHub docs, "Variables")."""
    where = f" in {environment}" if environment else ""
    return Fields({}, lambda name: unknown_text(Kind.VARIABLE, f"vars.{name}{where}"), "vars")


def _first(scope: Scope, *nodes: Scalar | None) -> str:
    node = next((each for each in nodes if each is not None), None)
    return str(scope.value(node)) if node is not None else ""


def _typed(scope: Scope, kind: str, node: Scalar | None) -> Symbol:
    """An input of a called workflow, of the type it declares."""
    if node is None:
        return {"boolean": False, "number": 0.0}.get(kind, "")
    symbol = scope.symbol(node)
    if kind in ("boolean", "number"):
        return symbol
    return as_text(symbol)


def _merged(one: dict[str, Symbol], other: dict[str, Symbol], job: str) -> dict[str, Symbol]:
    """Outputs of legs: one leg's value, and it is not known which leg's; empty ones do not count."""
    found: dict[str, Symbol] = {}
    for name in dict.fromkeys((*one, *other)):
        left, right = one.get(name, ""), other.get(name, "")
        if right in (left, ""):
            found[name] = left
        elif left == "":
            found[name] = right
        else:
            found[name] = from_value(rendered(left).join(rendered(right)), f"{job}.outputs.{name}", job)
    return found
