"""What a text can see: the contexts of a run, of one of its workflows, of a job and of a step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace

from wholeship.core.values import dataclass
from wholeship.core.yamls import Node, Scalar
from wholeship.github.expressions.parse import BadExpression
from wholeship.github.expressions.partial import VOLATILE, Contexts, Environment, as_text
from wholeship.github.expressions.symbolic import (
    TOO_MANY,
    Cases,
    Choice,
    Fields,
    Symbol,
    Text,
    Truth,
    Unknown,
    literal_value,
    merge_branches,
    rendered,
    transform,
)
from wholeship.github.expressions.texts import (
    Condition,
    condition_of,
    flag_of,
    number_of,
    symbol_of,
    text_symbol,
)
from wholeship.github.expressions.unknowns import Unknowns
from wholeship.logic.formula import FALSE, TRUE, And, Atom, Formula, Not, conj, neg, rewrite, substitute
from wholeship.pipeline.run import (
    Data,
    Function,
    JobStatus,
    NeedsResult,
    Result,
    Status,
    StepResult,
    StepWrote,
)
from wholeship.texts.template import Hole, Kind, Template, Value

SUCCESS = Atom(Status(Function.SUCCESS))
STATUS = {each.value: Truth(Atom(Status(each)), Hole.of(Kind.EVENT, f"{each.value}()")) for each in Function}
"""The status functions where a condition stands."""


def results(atoms: Mapping[Result, Atom]) -> Symbol:
    """A result as a value: one of four words."""
    return Cases(tuple((atom, result.value) for result, atom in atoms.items()))


@functools.lru_cache(maxsize=4096)
def needs_result(job: str) -> Symbol:
    """``needs.<job>.result``."""
    return results({result: Atom(NeedsResult(job, result)) for result in Result})


@functools.lru_cache(maxsize=4096)
def step_result(step: int, *, conclusion: bool) -> Symbol:
    """``steps.<id>.outcome`` or ``.conclusion`` of a step that has had its turn."""
    return results({result: Atom(StepResult(step, result, conclusion)) for result in Result})


@functools.cache
def job_status() -> Symbol:
    """``job.status``, inside a job."""
    return results({r: Atom(JobStatus(r)) for r in (Result.SUCCESS, Result.FAILURE, Result.CANCELLED)})


def conjuncts(formula: Formula) -> frozenset[Formula]:
    """What must hold for *formula* to hold, as far as its form shows."""
    return frozenset(formula.operands if isinstance(formula, And) else (formula,))


def literals(conditions: Iterable[Formula]) -> dict[object, Formula]:
    """What the atoms are when every one of *conditions* holds."""
    known: dict[object, Formula] = {}
    for formula in conditions:
        for part in conjuncts(formula):
            atom = part.operand if isinstance(part, Not) else part
            if isinstance(atom, Atom) and not isinstance(atom.key, Status):
                known[atom.key] = FALSE if isinstance(part, Not) else TRUE
    for key in [key for key, value in known.items() if value == TRUE]:
        known |= _others(key)
    return known


def _others(key: object) -> dict[object, Formula]:
    """What ended in one way ended in no other."""
    match key:
        case NeedsResult(job, result):
            return {NeedsResult(job, other): FALSE for other in Result if other is not result}
        case StepResult(step, result, conclusion):
            found: dict[object, Formula] = {
                StepResult(step, other, conclusion): FALSE for other in Result if other is not result
            }
            if result is not Result.SKIPPED:
                found[StepResult(step, Result.SKIPPED)] = FALSE
            return found
        case _:
            return {}


def assuming(symbol: Symbol, known: Mapping[object, Formula]) -> Symbol:
    """*symbol* where the atoms in *known* have these values."""
    if not known or not isinstance(symbol, (Truth, Cases)):
        return symbol
    changed = transform(symbol, lambda formula: substitute(formula, known))
    if isinstance(changed, Truth):
        if changed.formula in (TRUE, FALSE):
            yes = changed.formula == TRUE
            return ("true" if yes else "false") if changed.spelled else yes
        return changed
    if isinstance(changed, Cases):
        return merge_branches(changed.cases)  # not more than before
    return changed


def exported(symbol: Symbol, site: str) -> Symbol:
    """*symbol* as another job sees it: what speaks of this job's steps becomes a question of its own.

    The attempt in it is that of the run in which this job ran.
    """
    symbol = _fixed(symbol, site)
    if not isinstance(symbol, (Truth, Cases)):
        return symbol

    def change(atom: Atom) -> Formula:
        key = atom.key
        if isinstance(key, (StepResult, JobStatus)):
            return exported_atom(key, site)
        if isinstance(key, Status):
            return Atom(Data(f"the job was {key}", site))
        return atom

    return transform(symbol, lambda formula: rewrite(formula, change))


def exported_atom(key: StepResult | StepWrote | JobStatus, site: str) -> Atom:
    """How a step of the leg at *site*, or the leg, has ended: as another job sees it."""
    if isinstance(key, StepWrote):
        return Atom(Data(f"step {key.step + 1} has written its outputs", site, key))
    if isinstance(key, JobStatus):
        return Atom(Data(f"the job ended {key.result.value}", site, key))
    shown = " for its job" if key.conclusion else ""
    return Atom(Data(f"step {key.step + 1} ended {key.result.value}{shown}", site, key))


def _fixed(symbol: Symbol, site: str) -> Symbol:
    match symbol:
        case Text(template, loose):
            return Text(template.fixed(site), loose)
        case Unknown(hole):
            (only,) = Template((hole,)).fixed(site).holes
            return Unknown(only)
        case Choice(value):
            return replace(symbol, value=Value(tuple(each.fixed(site) for each in value.options)))
        case Cases(cases):
            return Cases(tuple((guard, _fixed(leaf, site)) for guard, leaf in cases))  # type: ignore[misc]
        case _:
            return symbol


@dataclass(frozen=True, slots=True)
class Scope:
    """Evaluates the texts that stand at one level. ``known``: what its conditions say of atoms."""

    environment: Environment
    known: Mapping[object, Formula] = field(default_factory=dict)

    @property
    def unknowns(self) -> Unknowns:
        """The unknowns of the run."""
        return self.environment.unknowns

    def with_contexts(
        self, contexts: Contexts, *, site: str = "", known: Mapping[object, Formula] | None = None
    ) -> Scope:
        """This scope with more contexts, further in."""
        outer = self.environment
        inner = outer
        if contexts or (site and site != outer.site):
            inner = Environment(
                {**outer.contexts, **contexts},
                outer.unknowns,
                outer.functions,
                site or outer.site,
                outer.cache if contexts.keys() <= VOLATILE else {},
            )
        if not known:
            return Scope(inner, self.known)
        return Scope(inner, {**self.known, **known} if self.known else known)

    def symbol(self, node: Scalar) -> Symbol:
        """The value at *node*; what is no expression is unknown, and has been reported."""
        if "${{" not in node.text:
            return symbol_of(node, self.environment)
        try:
            return assuming(symbol_of(node, self.environment), self.known)
        except BadExpression:
            return Unknown(Hole(node.text, frozenset({Kind.OUTPUT}), self.environment.site))

    def text(self, node: Scalar | str) -> Symbol:
        """The value as a string."""
        if isinstance(node, Scalar):
            if "${{" not in node.text:
                return as_text(symbol_of(node, self.environment))
            text = node.text
        else:
            text = node
        try:
            return assuming(text_symbol(text, self.environment), self.known)
        except BadExpression:
            return Text(Template((Hole(text, frozenset({Kind.OUTPUT}), self.environment.site),)))

    def value(self, node: Scalar | str | None) -> Value:
        """The value as text for facts."""
        if node is None:
            return Value()
        if isinstance(node, Scalar) and "${{" not in node.text and isinstance(node.value, str):
            return literal_value(node.text)
        return rendered(self.text(node))

    def condition(self, node: Node | None, success: Formula = SUCCESS) -> Condition:
        """The ``if`` at *node*."""
        try:
            return condition_of(node, self.environment, success)
        except BadExpression:
            text = node.text if isinstance(node, Scalar) else ""
            return Condition(conj((success, self.unknowns.opaque(text, self.environment.site))), text)

    def flag(self, node: Scalar | None, default: bool = False) -> Formula:
        """A boolean setting."""
        try:
            return flag_of(node, self.environment, default)
        except BadExpression:
            return self.unknowns.opaque(node.text if node else "", self.environment.site)

    def number(self, node: Scalar | None) -> float | None:
        """A number that is known."""
        try:
            return number_of(node, self.environment)
        except BadExpression:
            return None


def unless(skipped: Formula, symbol: Symbol) -> Symbol:
    """*symbol*, or null when *skipped*."""
    if isinstance(symbol, Choice):
        return symbol  # which of its texts it is, is not known anyway
    found = merge_branches([(neg(skipped), symbol), (skipped, None)])
    return symbol if found is TOO_MANY else found


def null_fields(name: str) -> Fields:
    """An object without properties."""
    return Fields({}, None, name)


def unknown_fields(name: str, kind: Kind) -> Callable[[str], Symbol]:
    """The properties of an object called *name* of which nothing is known."""
    return lambda key: Unknown(Hole.of(kind, f"{name}.{key}"))
