"""One ``uses:`` step, ready to be read: its inputs as values, and the run it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.pipeline.trigger import Trigger
from wholeship.texts.template import Kind, Value
from wholeship.tools.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """The action (``owner/name[/path]``, lower case, without its version) and what it is given."""

    action: str
    inputs: Mapping[str, Value]
    site: str = ""
    trigger: Trigger = field(default_factory=Trigger)
    world: World = field(default_factory=World)

    def given(self, *names: str) -> Value | None:
        """The first of *names* that is given and not surely empty."""
        for name in names:
            value = self.inputs.get(name)
            if value is not None and value.literal != "":
                return value
        return None

    def text(self, *names: str) -> str:
        """The same as text, holes in braces; empty when not given."""
        value = self.given(*names)
        return str(value) if value is not None else ""

    def flag(self, name: str, default: bool = False) -> bool | None:
        """A boolean input as GitHub's toolkit reads it; None when it is not known before the run."""
        value = self.inputs.get(name)
        if value is None:
            return default
        answers = {_BOOLEANS.get(option.literal or "") for option in value.options}
        return answers.pop() if len(answers) == 1 else None

    def output(self, name: str, kind: Kind = Kind.OUTPUT) -> Value:
        """An output that is only known at run time."""
        return Value.hole(kind, f"{self.action.rpartition('/')[2]}.{name}", self.site)


_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""YAML 1.2 "core schema", as ``getBooleanInput`` of actions/toolkit takes it."""
