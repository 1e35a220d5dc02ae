"""What ``runs-on`` says of the machine."""

from __future__ import annotations

from wholeship.core.yamls import Mapping as Entries
from wholeship.core.yamls import Node, Scalar, Sequence
from wholeship.github.expressions.partial import as_text
from wholeship.github.expressions.symbolic import Fields, Symbol, rendered
from wholeship.github.reading.scope import Scope, unknown_fields
from wholeship.texts.template import Kind


def labels(node: Node | None, scope: Scope) -> tuple[str, ...]:
    """The labels of ``runs-on``, unknown ones in braces."""
    if node is None:
        return ()
    if isinstance(node, Scalar):
        symbol = scope.symbol(node)
        items = getattr(symbol, "items", None)
        if isinstance(items, tuple):
            return tuple(str(rendered(as_text(item))) for item in items)
        return (str(rendered(as_text(symbol))),)
    if isinstance(node, Sequence):
        return tuple(label for item in node.items for label in labels(item, scope))
    if isinstance(node, Entries):
        return tuple(label for key, value in node.entries for label in labels(value, scope))
    return ()


def runner_context(runner: tuple[str, ...]) -> Fields:
    """The context ``runner``, as far as the labels say."""
    text = " ".join(runner).lower()
    entries: dict[str, Symbol] = {"temp": "/home/runner/work/_temp"}
    if "ubuntu" in text or "linux" in text:
        entries |= {"os": "Linux", "arch": "ARM64" if "arm" in text else "X64"}
    elif "windows" in text:
        entries |= {"os": "Windows", "arch": "ARM64" if "arm" in text else "X64"}
    elif "macos" in text:
        entries["os"] = "macOS"
    return Fields(entries, unknown_fields("runner", Kind.RUNNER), "runner")
