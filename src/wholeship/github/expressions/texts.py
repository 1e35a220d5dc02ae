"""Texts with ``${{ }}`` in them, and the syntax of ``if`` (actions/runner, ``TemplateReader``)."""

from __future__ import annotations

import functools

from wholeship.core.values import dataclass
from wholeship.core.yamls import Node, Scalar
from wholeship.github.expressions.parse import BadExpression
from wholeship.github.expressions.partial import (
    Environment,
    Expression,
    as_text,
    evaluate_partly,
    expression,
    when_true,
)
from wholeship.github.expressions.symbolic import Symbol, concatenated
from wholeship.github.expressions.tree import Literal
from wholeship.github.expressions.values import to_text
from wholeship.logic.formula import FALSE, TRUE, Formula, conj, disj


@dataclass(frozen=True, slots=True)
class Inserted:
    """One ``${{ }}``; ``offset`` is where its expression starts in the text."""

    expression: Expression
    offset: int = 0


Part = str | Inserted


@functools.lru_cache(maxsize=8192)
def parts_of(text: str) -> tuple[Part, ...]:
    """Literal texts and expressions, in order. Raises :class:`BadExpression`, and nothing else."""
    parts: list[Part] = []
    at = 0
    while (start := text.find("${{", at)) >= 0:
        if start > at:
            parts.append(text[at:start])
        end = _closing(text, start + 3)
        parts.append(_inserted(text[start + 3 : end], start + 3))
        at = end + 2
    if at < len(text):
        parts.append(text[at:])
    return tuple(parts)


def _closing(text: str, at: int) -> int:
    """Where the ``}}`` of an expression is; those in a quoted string do not count."""
    quoted = False
    for index in range(at, len(text)):
        char = text[index]
        if char == "'":
            quoted = not quoted
        elif char == "}" and not quoted and text.startswith("}}", index):
            return index
    raise BadExpression("${{ without }}", at - 3)


def _inserted(text: str, offset: int) -> Inserted:
    if not text.strip():
        raise BadExpression("an empty ${{ }}", offset)
    offset += len(text) - len(text.lstrip())
    try:
        return Inserted(expression(text.strip()), offset)
    except BadExpression as error:
        raise BadExpression(error.message, offset + error.offset) from None


def whole_expression(text: str) -> Expression | None:
    """The expression, when *text* is one ``${{ }}`` and nothing else. Raises :class:`BadExpression`."""
    if "${{" not in text:
        return None
    parts = parts_of(text)
    first = parts[0]
    return first.expression if len(parts) == 1 and isinstance(first, Inserted) else None


def symbol_of(node: Scalar, scope: Environment) -> Symbol:
    """The value written at *node*: of its own type where it is one ``${{ }}`` or a plain scalar."""
    text = node.text
    if "${{" not in text:
        value = node.value
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = whole_expression(text)
    return evaluate_partly(found, scope) if found is not None else text_symbol(text, scope)


def text_symbol(text: str, scope: Environment) -> Symbol:
    """*text* with every ``${{ }}`` replaced by its value, as a string."""
    if "${{" not in text:
        return text
    pieces = [
        part if isinstance(part, str) else as_text(evaluate_partly(part.expression, scope))
        for part in parts_of(text)
    ]
    return pieces[0] if len(pieces) == 1 else concatenated(pieces, text, scope.site)


@dataclass(frozen=True, slots=True)
class Condition:
    """An ``if``: when it holds, with the implicit ``success()`` where GitHub adds one; as written."""

    formula: Formula
    text: str = ""


def condition_of(node: Node | None, scope: Environment, success: Formula) -> Condition:
    """The condition at *node*; *success* is what ``success()`` means here. Raises :class:`BadExpression`.

    A text with ``${{ }}`` and anything around it is a non-empty string, so it always holds; where that is
    only white space at the end, GitHub's own readers disagree, and either may be.
    """
    if not isinstance(node, Scalar) or not node.text.strip():
        return Condition(success)
    text = node.text
    stripped = text.strip()
    if "${{" not in text:
        return Condition(_guarded(expression(stripped), scope, success), stripped)
    found = whole_expression(stripped)
    if found is None:
        inserted = [part.expression for part in parts_of(stripped) if isinstance(part, Inserted)]
        return Condition(TRUE if any(each.status for each in inserted) else success, stripped)
    formula = _guarded(_unwrapped(found), scope, success)
    if stripped != text:
        always = TRUE if found.status else success
        unsure = scope.unknowns.opaque("white space after ${{ }} makes the condition a text")
        formula = disj((formula, conj((always, unsure))))
    return Condition(formula, found.text)


def _unwrapped(found: Expression) -> Expression:
    """A lone literal in ``${{ }}`` is put into the text first, which then is read as an expression."""
    tree = found.tree
    if isinstance(tree, Literal) and isinstance(tree.value, str):
        return expression(tree.value.strip() or "true")
    return found


def _guarded(found: Expression, scope: Environment, success: Formula) -> Formula:
    formula = when_true(evaluate_partly(found, scope), scope.unknowns)
    return formula if found.status else conj((success, formula))


def flag_of(node: Scalar | None, scope: Environment, default: bool) -> Formula:
    """A boolean setting such as ``continue-on-error``; text counts when it says ``true``."""
    if node is None or (node.value is None and not node.text):
        return TRUE if default else FALSE
    symbol = symbol_of(node, scope)
    if isinstance(symbol, str):
        return TRUE if symbol.strip().lower() == "true" else FALSE
    return when_true(symbol, scope.unknowns)


def number_of(node: Scalar | None, scope: Environment) -> float | None:
    """A number such as ``timeout-minutes``; None when it is not given or not known."""
    if node is None:
        return None
    symbol = symbol_of(node, scope)
    try:
        return float(to_text(symbol)) if isinstance(symbol, (str, float)) else None
    except ValueError:
        return None
