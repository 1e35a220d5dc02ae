"""What is printed of an answer: one table of ``(answer, format)``, so that a format is a module and a line.

The functions are named, not imported: a command pays for the format that was asked for, and for no other.
Every name is resolved by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from importlib import import_module
from typing import Any

from wholeship.core.values import dataclass
from wholeship.output.ink import Ink


@dataclass(frozen=True, slots=True)
class View:
    """How an answer is looked at: the exit code it leads to, the colours of the terminal, for JSON how far
    lines are indented (0: everything on one line), and whether everything that is there is listed."""

    exit_code: int = 0
    ink: Ink = field(default_factory=Ink)
    indent: int = 2
    inventory: bool = False


@dataclass(frozen=True, slots=True)
class Renderer:
    """A function of a module of ``output``, and the words of the view that it takes besides the answer.

    ``struct``: it gives a struct, which is encoded as JSON. Without ``function`` the answer is one itself.
    """

    module: str = ""
    function: str = ""
    takes: str = ""
    struct: bool = False

    def __call__(self, answer: object, view: View) -> str:
        """The text of *answer*; a single newline ends it."""
        given = [getattr(view, name) for name in self.takes.split()]
        found: Any = self.resolve()(answer, *given) if self.function else answer
        if not self.struct:
            return _ended(found)
        from wholeship.output.encoding import encode_json

        return _ended(encode_json(found, indent=view.indent))

    def resolve(self) -> Any:
        """The function. :class:`ImportError` or :class:`AttributeError` when the table is wrong."""
        return getattr(import_module(f"wholeship.output.{self.module}"), self.function)


def _text_renderer(module: str, function: str = "") -> Renderer:
    return Renderer(module, function or module, takes="ink")


_ENCODED = Renderer(struct=True)

FORMATS: Mapping[tuple[str, str], Renderer] = {
    ("check", "text"): Renderer("check_text", "check_text", takes="ink inventory"),
    ("check", "json"): Renderer("check_json", "check_json", takes="exit_code", struct=True),
    ("check", "markdown"): Renderer("check_markdown", "check_markdown"),
    ("check", "github"): Renderer("annotations", "annotated"),
    ("check", "sarif"): Renderer("sarif", "sarif"),
    ("check", "mermaid"): Renderer("mermaid", "mermaid"),
    ("diff", "text"): _text_renderer("diff_text"),
    ("diff", "json"): Renderer("diff_json", "diff_json", takes="exit_code", struct=True),
    ("diff", "markdown"): Renderer("diff_markdown", "diff_markdown"),
    ("diff", "github"): Renderer("annotations", "annotated_change"),
    ("drill", "text"): Renderer("drill_json", "drill_text"),
    ("drill", "json"): _ENCODED,
    ("forecast", "text"): _text_renderer("forecast_text"),
    ("forecast", "json"): _ENCODED,
    ("forecast", "markdown"): Renderer("forecast_text", "forecast_markdown"),
    ("init", "text"): _text_renderer("init_text"),
    ("init", "json"): _ENCODED,
    ("plan", "text"): _text_renderer("release_text", "plan_text"),
    ("plan", "json"): _ENCODED,
    ("plan", "markdown"): Renderer("release_text", "plan_markdown"),
    ("policy", "text"): _text_renderer("policy_text"),
    ("policy", "json"): _ENCODED,
    ("policy", "markdown"): Renderer("policy_text", "policy_markdown"),
    ("prune", "text"): _text_renderer("prune_text"),
    ("prune", "json"): _ENCODED,
    ("release", "text"): _text_renderer("release_text"),
    ("release", "json"): _ENCODED,
    ("release", "markdown"): Renderer("release_text", "release_markdown"),
    ("repair", "text"): _text_renderer("release_text", "repair_text"),
    ("repair", "json"): _ENCODED,
    ("review", "text"): _text_renderer("review_text"),
    ("review", "json"): Renderer("review_json", "verdict_alone"),
    ("review", "markdown"): Renderer("review_text", "review_markdown"),
    ("status", "text"): _text_renderer("release_text", "status_text"),
    ("status", "json"): _ENCODED,
    ("withdraw", "text"): _text_renderer("release_text", "withdraw_text"),
    ("withdraw", "json"): _ENCODED,
}
"""Every format of every answer. The order is the order in which ``--help`` names them."""


def formats_of(answer: str) -> tuple[str, ...]:
    """The formats that *answer* (a key of the table, such as ``check``) is printed in, ``text`` first."""
    return tuple(form for name, form in FORMATS if name == answer)


def printed_answer(answer: str, form: str, value: object, view: View | None = None) -> str:
    """*value* in the format *form*; :class:`KeyError` for a format that *answer* does not have."""
    return FORMATS[answer, form](value, view or View())


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"
