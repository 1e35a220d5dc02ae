"""Gates in Python over the results of the jobs before: when do they end badly?

A step whose whole script is one piece of Python (``shell: python``, ``python3 -c '…'``, ``python3 - <<'E'``)
is carried out for each way that the needs can have come out, as far as :mod:`small_python` goes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wholeship.core.patterns import lazy_pattern
from wholeship.github.expressions.partial import symbol_branches
from wholeship.github.expressions.symbolic import Fields
from wholeship.github.model import Step as Model
from wholeship.github.reading.scope import Scope
from wholeship.logic.formula import FALSE, Formula, conj, disj
from wholeship.pipeline.run import Script
from wholeship.tools.small_python import NotFollowed, Opaque, Raw, ends_badly

WAYS = 1_024
"""Of more ways that the results can be, none is looked at."""
_RUN = lazy_pattern(
    r"""\s*(?:set\s-[euxo]+(?:\spipefail)?\n\s*)*(?:echo\s+"\$\{?(?P<piped>\w+)\}?"\s*\|\s*)?python3?\s+(?:
    -\s*<<\s*(['"])(?P<end>\w+)\2\n(?P<document>.*?)\n[ \t]*(?P=end)
    |-c\s+'(?P<single>[^']*)'
    |-c\s+"(?P<double>[^"$`\\]*)"
    )(?:\s*<<<\s*"\$\{?(?P<given>\w+)\}?")?\s*""",
    re.VERBOSE | re.DOTALL,
)
"""A script that is one piece of Python, and what comes through its pipe."""
_SHELLS = lazy_pattern(r"(?:ba)?sh\b|$")
_EXPRESSION = lazy_pattern(r"\s*\$\{\{\s*(.*?)\s*\}\}\s*")
_Results = Mapping[str, str]


def refused_by_python(model: Model, script: Script, scope: Scope) -> Formula:
    """When the Python of *script* ends badly, as far as the results of the needs decide that."""
    found = _code(script.shell, model.run.text if model.run is not None else "")
    needs = scope.environment.contexts.get("needs")
    if found is None or not isinstance(needs, Fields) or needs.rest is not None:
        return FALSE
    code, piped = found
    ways = [
        [(name, guard, str(leaf)) for guard, leaf in symbol_branches(need.get("result"), scope.unknowns)]
        for name, need in needs.entries.items()
        if isinstance(need, Fields)
    ]
    count = 1
    for each in ways:
        count *= len(each)
    if not ways or len(ways) < len(needs.entries) or count > WAYS:
        return FALSE
    bad: list[Formula] = []
    for choice in itertools.product(*ways):
        fails = _fails(code, piped, model, {name: result for name, _, result in choice})
        if fails is None:
            return FALSE
        bad += [conj(guard for _, guard, _ in choice)] if fails else []
    return disj(bad)


def _code(shell: str, text: str) -> tuple[str, str] | None:
    """The Python of a script, and the variable that comes through its pipe."""
    if "${{" in text:
        return None
    if shell.startswith("python"):
        return text, ""
    found = _RUN.fullmatch(text) if "python" in text and _SHELLS.match(shell) else None
    if found is None or sum(found[each] is not None for each in ("piped", "given", "end")) > 1:
        return None
    code = next(text for text in (found["document"], found["single"], found["double"]) if text is not None)
    return _dedented(code), found["piped"] or found["given"] or ""


def _dedented(code: str) -> str:
    return code.strip("\n") if not code.startswith((" ", "\t")) else f"if True:\n{code}"


def _fails(code: str, piped: str, model: Model, results: _Results) -> bool | None:
    """Whether the code ends badly, in whatever order the needs are told; None: not known."""
    answers = set()
    for order in (list(results), list(results)[::-1]):
        told = dict(_told(model, {name: results[name] for name in order}))
        stdin = told.get(piped)
        if piped and not isinstance(stdin, Raw):
            return None
        try:
            answers.add(ends_badly(code, told, stdin if isinstance(stdin, Raw) else None))
        except NotFollowed:
            return None
    return answers == {True}


def _told(model: Model, results: _Results) -> Iterator[tuple[str, Any]]:
    """The variables of the step of which is known what they hold."""
    for name, text in model.environment.items():
        expression = _EXPRESSION.fullmatch(text.text)
        if expression is not None:
            yield from ((name, each) for each in _value(expression[1], results))
        elif "${{" not in text.text:
            yield name, text.text


def _value(expression: str, results: _Results) -> Sequence[Any]:
    """What an expression over the results comes to; nothing for any other."""
    plain = re.sub(r"\s", "", expression)
    if plain.lower() == "tojson(needs)":
        return [Raw({name: {"result": each, "outputs": Opaque()} for name, each in results.items()})]
    if plain.lower() == "tojson(needs.*.result)":
        return [Raw(list(results.values()))]
    joined = re.fullmatch(r"join\(needs\.\*\.result,'([^']*)'\)", plain, re.IGNORECASE)
    if joined is not None and " " not in expression[expression.find("'") :]:
        return [joined[1].join(results.values())]
    one = re.fullmatch(r"needs\.([\w-]+)\.result", plain, re.IGNORECASE)
    return [results[one[1]]] if one is not None and one[1] in results else []
