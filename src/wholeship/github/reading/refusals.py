"""Steps that are bound to fail: ``exit 1``, and tests of what the jobs before came to.

A gate job runs whatever happened (``always()``) and ends by the results of its needs. What its script does is
asked of the shell for each way these results can be.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.core.yamls import Scalar
from wholeship.github.expressions.parse import BadExpression
from wholeship.github.expressions.partial import as_text, evaluate_partly, symbol_branches
from wholeship.github.expressions.symbolic import Cases, Choice, Fields, Symbol, Truth, is_plain, rendered
from wholeship.github.expressions.texts import Inserted, parts_of
from wholeship.github.expressions.values import to_text
from wholeship.github.model import Step as Model
from wholeship.github.reading.python_gates import refused_by_python
from wholeship.github.reading.scope import Scope, assuming, exported_atom
from wholeship.logic.formula import FALSE, TRUE, Formula, atoms, conj, disj, neg
from wholeship.pipeline.run import Action, JobStatus, NeedsResult, Result, Script, Step, StepResult
from wholeship.shell.interpret import interpret
from wholeship.texts.template import Kind, Value

LINES = 40
"""Longer scripts do more than look at results."""
WAYS = 64
"""Of more ways that the results can be, none is looked at."""
_DECIDES = lazy_pattern(r"\bexit\b|\bfalse\b|\[|\btest\b|\breturn\b|\bgrep\b")
_ODD = lazy_pattern(r"\btrap\b|\beval\b|\bsource\b|<<")
_SHELLS = lazy_pattern(r"(?:ba)?sh\b|$")
Ways = Sequence[tuple[Formula, str]]


def step_refusal(model: Model, step: Step, scope: Scope) -> Formula:
    """When *step* cannot end well, as far as its text and the results before it say."""
    does = step.does
    if isinstance(does, Action):
        return _alls_green(model, does, scope)
    refused = _refused_by_jq(model)
    if refused:
        return _some(scope, refused)
    by_python = refused_by_python(model, does, scope) if isinstance(does, Script) else FALSE
    if by_python != FALSE:
        return by_python
    if model.run is None or does is None or not _readable(does):
        return FALSE
    try:
        spoken = _spoken(model.run, scope)
    except BadExpression:
        return FALSE
    named = _named(does, scope)
    every: list[Ways] = [ways for _, ways in spoken] + [ways for _, ways in named]
    count = 1
    for ways in every:
        count *= len(ways)
    if count > WAYS:
        return FALSE
    found = [
        conj(guard for guard, _ in choice)
        for choice in itertools.product(*every)
        if _fails(
            replace(does, text=_texts(spoken, choice), known=_unknowns(spoken)),
            {**step.environment, **_values(named, choice[len(spoken) :])},
        )
    ]
    return disj(found)


def bound(does: Action | Script | None) -> Formula:
    """TRUE for a script without expressions that fails whatever happens."""
    if not isinstance(does, Script) or not _readable(does) or "$" in does.text:
        return FALSE
    return TRUE if _fails(does, {}) else FALSE


def _readable(script: Script) -> bool:
    return _SHELLS.match(script.shell) is not None and _decides(script.text)


@lru_cache(maxsize=4096)
def _decides(text: str) -> bool:
    """Whether *text* is short and plain, and may say itself how it ends."""
    return text.count("\n") <= LINES and _DECIDES.search(text) is not None and _ODD.search(text) is None


def _fails(script: Script, names: Mapping[str, Value]) -> bool:
    """The same script stands in many legs and scenarios: it is run once for what it can see of them."""
    words = _words(script.text)
    seen = tuple((name, names[name]) for name in sorted(names) if name in words)
    return _ends_badly(
        script.text, script.shell, seen, tuple((name, script.known[name]) for name in sorted(script.known))
    )


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text)) | _UNSAID


_UNSAID = frozenset({"SHELLOPTS", "BASHOPTS", "BASH_ENV", "ENV", "IFS", "PATH"})
"""Variables that count without being named."""


@lru_cache(maxsize=4096)
def _ends_badly(
    text: str, shell: str, names: tuple[tuple[str, Value], ...], known: tuple[tuple[str, Value], ...]
) -> bool:
    return interpret(text, names=dict(names), known=dict(known), shell=shell).fails


def _spoken(run: Scalar, scope: Scope) -> list[tuple[str | None, Ways]]:
    """The pieces of the script; of each expression, what it can be, and when. None: as it stands."""
    found: list[tuple[str | None, Ways]] = []
    marks: dict[str, int] = {}
    for part in parts_of(run.text):
        if not isinstance(part, Inserted):
            found.append((None, ((TRUE, part),)))
            continue
        symbol = as_text(assuming(evaluate_partly(part.expression, scope.environment), scope.known))
        ways = _ways(symbol, scope)
        if ways is not None:
            found.append(("", ways))
            continue
        literal = rendered(symbol).literal
        mark = f"{_MARK}{marks.setdefault(part.expression.text, len(marks))}X"
        found.append((None, ((TRUE, literal if literal is not None else mark),)))
    return found


_MARK = "GHUNKNOWN"


def _unknowns(spoken: Sequence[tuple[str | None, Ways]]) -> dict[str, Value]:
    """What stands for the expressions of which nothing is known."""
    marks = (text for _, ways in spoken for _, text in ways if text.startswith(_MARK))
    return {mark: Value.hole(Kind.OUTPUT, mark) for mark in marks}


def _texts(spoken: Sequence[tuple[str | None, Ways]], choice: Sequence[tuple[Formula, str]]) -> str:
    return "".join(text for _, text in choice[: len(spoken)])


def _named(script: Script, scope: Scope) -> list[tuple[str, Ways]]:
    """Variables that the script mentions and that hold results."""
    around = scope.environment.contexts.get("env")
    if not isinstance(around, Fields):
        return []
    found = []
    for name, symbol in around.entries.items():
        if name in script.text and re.search(rf"\b{re.escape(name)}\b", script.text):
            ways = _ways(symbol, scope)
            literal = rendered(symbol).literal
            if ways is not None:
                found.append((name, ways))
            elif literal is not None:
                found.append((name, ((TRUE, literal),)))
    return found


def _values(named: Sequence[tuple[str, Ways]], choice: Sequence[tuple[Formula, str]]) -> dict[str, Value]:
    return {name: Value.literal_of(text) for (name, _), (_, text) in zip(named, choice, strict=True)}


def _ways(symbol: Symbol, scope: Scope) -> Ways | None:
    """What a value made of results can be, and when; None: it is made of something else, or not known.

    A text by which a step tells how its push ended is such a result.
    """
    if isinstance(symbol, Choice):
        return told_texts(symbol, scope)
    if not isinstance(symbol, (Cases, Truth)):
        return None
    ways = symbol_branches(symbol, scope.unknowns)
    about = {atom.key for guard, _ in ways for atom in atoms(guard)}
    if not about or not all(isinstance(key, (NeedsResult, StepResult)) for key in about):
        return None
    if not all(is_plain(leaf) for _, leaf in ways):
        return None
    return tuple((guard, to_text(leaf)) for guard, leaf in ways)


TEXTS = 4
"""Of more texts that a step can have left, none is looked at."""


def told_texts(symbol: Symbol, scope: Scope) -> Ways | None:
    """The texts that a step has left to tell how its push ended, and when; None where they tell nothing."""
    if not isinstance(symbol, Choice) or not any(symbol.shows) or len(symbol.value.options) > TEXTS:
        return None
    ways = symbol_branches(symbol, scope.unknowns)
    if not all(isinstance(leaf, str) for _, leaf in ways):
        return None
    return tuple((guard, to_text(leaf)) for guard, leaf in ways if isinstance(leaf, str))


# An action that is such a gate

_GATE = "re-actors/alls-green"
_ALL_NEEDS = lazy_pattern(r"\$\{\{\s*toJSON\(\s*needs\s*\)\s*\}\}", re.IGNORECASE)


def alls_green(does: object) -> bool:
    """Whether it is the action that fails unless all jobs given to it are green."""
    return isinstance(does, Action) and does.name == _GATE


def _alls_green(model: Model, does: Action, scope: Scope) -> Formula:
    """Its documentation: a job is green that succeeded; others only where they are allowed to be."""
    given = model.inputs.get("jobs")
    needs = scope.environment.contexts.get("needs")
    if not alls_green(does) or given is None or not _ALL_NEEDS.fullmatch(given.text.strip()):
        return FALSE
    if not isinstance(needs, Fields):
        return FALSE
    skips, failures = _listed(does, "allowed-skips"), _listed(does, "allowed-failures")
    if skips is None or failures is None:
        return FALSE
    bad: list[Formula] = []
    for name, need in needs.entries.items():
        result = need.get("result") if isinstance(need, Fields) else None
        wrong = set(_UNLUCKY)
        wrong -= {Result.SKIPPED.value} if name in skips else set()
        wrong -= {Result.FAILURE.value} if name in failures else set()
        bad += [guard for guard, leaf in symbol_branches(result, scope.unknowns) if leaf in wrong]
    return disj(bad)


_RESULTS = r"\$\{\{\s*toJSON\(\s*needs(?:\.\*\.result)?\s*\)\s*\}\}"
_FLAGS = r"(?:-[rc]*e[rc]*|--exit-status)(?:\s+-[rc]+)*"
_GOOD = r"(?:==\s*\"success\"|!=\s*\"(?:failure|cancelled|skipped)\")"
_FILTER = "|".join(
    (
        rf"all\((?:\.\[\];)?\s*\.result\s*{_GOOD}\s*\)",
        rf"all\(\s*\.\s*{_GOOD}\s*\)",
        rf"map\(\s*(?:\.result|\.)\s*{_GOOD}\s*\)\s*\|\s*all",
        rf"\[\.\[\]\s*\|\s*\.result\s*{_GOOD}\s*\]\s*\|\s*all",
        rf"\[\.\[\]\.result\]\s*\|\s*all\(\s*\.\s*{_GOOD}\s*\)",
        rf"to_entries\s*\|\s*all\(\s*\.value\.result\s*{_GOOD}\s*\)",
    )
)
_JQ = lazy_pattern(
    rf"""\s*(?:(?:echo|printf\s+'%s')\s+(?P<said>\S.*?)\s*\|\s*)?jq\s+{_FLAGS}\s+'\s*(?P<filter>{_FILTER})\s*'"""
    r"""(?:\s*<<<\s*(?P<given>\S.*?))?(?:\s*>\s*/dev/null)?\s*""",
    re.IGNORECASE,
)
"""A script that asks jq whether each need succeeded, and does nothing else."""


def _refused_by_jq(model: Model) -> set[str]:
    """The results that such a question refuses, of ``toJSON(needs)`` in its text or as a variable."""
    found = _JQ.fullmatch(model.run.text) if model.run is not None else None
    if found is None or bool(found["said"]) == bool(found["given"]):
        return set()
    source = found["said"] or found["given"]
    name = re.fullmatch(r'"\$\{?(\w+)\}?"', source)
    if name is not None and name[1] in model.environment:
        source = f"'{model.environment[name[1]].text.strip()}'"
    held = re.fullmatch(f"'({_RESULTS})'", source, re.IGNORECASE)
    if held is None or (".*.result" in held[1].lower()) == (".result" in found["filter"]):
        return set()
    one = re.search(r'!=\s*"(\w+)"', found["filter"])
    return {one[1]} if one else _UNLUCKY


_UNLUCKY = {Result.CANCELLED.value, Result.FAILURE.value, Result.SKIPPED.value}


_ABOUT_NEEDS = lazy_pattern(r"\$\{\{[^}]*\bneeds\b(?:\s*\)|\.\*\.result|\.[\w-]+\.result)", re.IGNORECASE)
_ASKED = lazy_pattern(
    r"(?:^|[\s|;&(])(?:jq|python3?|node|deno|bun|ruby|perl|php|awk|sed|grep|pwsh|uv|poetry|bash|sh|make|npx|\.{1,2}/\S+)\s"
)
_NEVER_REFUSES = lazy_pattern(r"\|\|\s*(?:true|:|echo\b[^\n]*)\s*$")


ArtifactsLeft = dict[str, Formula]
"""Of each artifact by its name: when a step has left it."""


def possible_refusal(
    model: Model, does: Action | Script | None, scope: Scope, before: Sequence[Step], uploads: ArtifactsLeft
) -> Formula:
    """Where a step hands the results of other jobs to a program, or wants a file of theirs: when one of these
    is no success. *before*: the steps of its leg that stand before it."""
    if isinstance(does, Action) and does.name == _DOWNLOAD:
        return _missing(does, scope, uploads) if "name" in does.inputs else FALSE
    texts = [each.text for each in (*model.environment.values(), *model.inputs.values())]
    run = model.run.text if model.run is not None else ""
    reads = _READS_A_FILE.search(run) and not _NEVER_REFUSES.search(run.strip())
    fetched = disj(_missing(step.does, scope, uploads) for step in before) if reads else FALSE
    if fetched != FALSE:
        return fetched
    if not any(_ABOUT_NEEDS.search(text) for text in (run, *texts)):
        return FALSE
    if isinstance(does, Script):
        if not _ASKED.search(run) or _NEVER_REFUSES.search(run.strip()) or _only_prints(run):
            return FALSE
    elif not isinstance(does, Action) or does.name != _SCRIPTS:
        return FALSE
    return _some(scope, _UNLUCKY)


_SCRIPTS = "actions/github-script"
_DOWNLOAD = "actions/download-artifact"
"""With a name it fails where nobody has uploaded that artifact."""
_READS_A_FILE = lazy_pattern(
    r"(?:\btest|\[\[?)\s+(?:!\s+)?-[efsdr]\s|\b(?:cat|head|tail|jq|ls|source|sha256sum|grep|unzip|tar)\s"
    r"|(?:^|[\s;&])\.\s|(?<!<)<(?![<(])\s*[\w./$\"]"
)


def upload(step: Step, site: str) -> ArtifactsLeft:
    """The artifact that *step* of the leg at *site* leaves, by its name: where the step ends well.

    One that runs whatever happened before may have found no file: then the whole job has to end well.
    """
    does = step.does
    name = does.inputs.get("name") if isinstance(does, Action) and does.name == _UPLOAD else None
    if name is None or name.literal is None:
        return {}
    ended = JobStatus(Result.SUCCESS) if step.condition_text else StepResult(step.index, Result.SUCCESS)
    return {name.literal: exported_atom(ended, site)}


_UPLOAD = "actions/upload-artifact"


def _missing(does: Action | Script | None, scope: Scope, uploads: ArtifactsLeft) -> Formula:
    """When what a step downloads may not be there: a need is no success, or no step has left it."""
    if not isinstance(does, Action) or does.name != _DOWNLOAD or {"run-id", "github-token"} & {*does.inputs}:
        return FALSE
    name = does.inputs["name"].literal if "name" in does.inputs else None
    left = uploads.get(name or "", TRUE)
    return disj((_some(scope, _UNLUCKY), neg(left)))


def _only_prints(run: str) -> bool:
    """A single question to jq whose answer nobody asks for (without ``-e`` it ends well)."""
    return re.fullmatch(r"[^\n]*\bjq\s+(?!.*(?:-\w*e|--exit-status))[^\n|]*", run.strip()) is not None


def _some(scope: Scope, wanted: set[str]) -> Formula:
    """When some need came to one of *wanted*."""
    needs = scope.environment.contexts.get("needs")
    if not isinstance(needs, Fields) or needs.rest is not None:
        return FALSE
    results = (need.get("result") for need in needs.entries.values() if isinstance(need, Fields))
    return disj(
        guard
        for result in results
        for guard, leaf in symbol_branches(result, scope.unknowns)
        if str(leaf) in wanted
    )


def _listed(does: Action, name: str) -> Iterable[str] | None:
    """A list as the action takes it: JSON, or separated by commas; None: not known."""
    text = does.inputs[name].literal if name in does.inputs else ""
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = text.split(",")
    return [str(each).strip() for each in found] if isinstance(found, list) else []
