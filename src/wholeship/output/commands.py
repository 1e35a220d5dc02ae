"""Every command: the group it is shown in, its line in ``--help``, and an example that can be typed.

``--help``, the manual page and ``docs/commands.md`` are made from this and from the flags.
The module of a command is ``cli/commands/NAME.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

GROUPS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "look at the pipelines that you have": {
        "check": (
            "prove the workflows, or show the run in which they break a promise",
            "wholeship check",
        ),
        "diff": ("two versions of the workflows: which gates and orders were lost", "wholeship diff main"),
        "forecast": (
            "critical path and peak disk, from history or declared figures",
            "wholeship forecast --fetch",
        ),
        "review": (
            "evidence, verdict, gate; --post sets the commit status and the comment",
            "wholeship review --base main",
        ),
        "policy": (
            "which tag the controller elects now, and would after this release",
            "wholeship policy",
        ),
    },
    "make a release": {
        "init": ("look at what is here, and write a commented wholeship.yaml", "wholeship init"),
        "plan": ("what a release would do; nothing is touched", "wholeship plan --scenario release"),
        "release": (
            "plan, build, gate, promote, verify; resumes where an earlier try stopped",
            "wholeship release",
        ),
        "export": ("write the release file as a GitHub Actions workflow", "wholeship export github"),
        "drill": (
            "a rehearsal release killed at every step and hit by every fault",
            "wholeship drill",
        ),
    },
    "one stage at a time, for CI jobs": {
        "build": (
            "build every image as a candidate that no controller can select",
            "wholeship build --tag 20260528-182833-000042 --image worker",
        ),
        "gate": (
            "run the gates on the exact candidate digests",
            "wholeship gate --tag 20260528-182833-000042",
        ),
        "attest": (
            "sign what was gated, and lay the proof beside the images",
            "wholeship attest --tag 20260528-182833-000042",
        ),
        "promote": (
            "bind the deploy tag: siblings first, the watched image last",
            "wholeship promote --tag 20260528-182833-000042",
        ),
        "verify": (
            "read back every tag, digest and platform",
            "wholeship verify --tag 20260528-182833-000042",
        ),
    },
    "look after releases": {
        "status": ("whole, half, absent or unknown, from the registry", "wholeship status"),
        "repair": (
            "finish a release forward, or say exactly what to do by hand",
            "wholeship repair 20260528-182833-000042",
        ),
        "withdraw": (
            "take a published release back, as an explicit act",
            "wholeship withdraw 20260528-182833-000042 --dry-run",
        ),
        "prune": ("delete what old releases left in the registry; says it first", "wholeship prune"),
    },
    "about wholeship itself": {
        "docs": ("the page on a rule of check, or on a subject", "wholeship docs half-release"),
        "schema": ("print the JSON Schema of a file or an output", "wholeship schema check"),
        "completion": (
            "print a completion script for bash, zsh, fish or tcsh",
            "wholeship completion fish",
        ),
    },
}
"""Groups in the order in which ``--help`` shows them: command → (its line, its example)."""
COMMANDS: Mapping[str, str] = {
    name: summary for group in GROUPS.values() for name, (summary, _) in group.items()
}
"""Every command and its line."""
EXAMPLES: Mapping[str, str] = {
    name: example for group in GROUPS.values() for name, (_, example) in group.items()
}
"""Every command and its example."""


def grouped_commands() -> str:
    """The commands as ``--help`` shows them: a group each, and an example below it."""
    lines = []
    for title, commands in GROUPS.items():
        lines += [f"{title}:", *(f"  {name:<11} {summary}" for name, (summary, _) in commands.items())]
        lines += [f"    for example: {next(iter(commands.values()))[1]}", ""]
    return "\n".join(lines)
