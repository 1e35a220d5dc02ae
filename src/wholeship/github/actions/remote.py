"""Actions that run a text on another machine: that machine has logins, variables and files of its own.

So a push there is one of an image and tag that nobody can tell from here, and a script there is not one of
this repository. What is read is whether the text pushes; only that is said.
"""

from __future__ import annotations

from wholeship import tools
from wholeship.github.actions.call import Call
from wholeship.github.actions.wrappers import shell_text
from wholeship.pipeline.effects import Done, Opaque, Write
from wholeship.pipeline.publish import Way
from wholeship.shell.interpret import interpret
from wholeship.shell.words import vague
from wholeship.texts.template import Template, Value
from wholeship.tools.world import World

_TEXTS = tuple("script command commands run cmd script_before script_after first_ssh last_ssh".split())
_FILES = ("script_path", "script_file", "script-path", "script-file")
_NOT_PUSHES = frozenset((Way.REMOVE, Way.ATTACH))


def remote(call: Call) -> Done:
    """``Opaque`` where a text for the other machine pushes, or runs what nobody can read."""
    known: dict[str, Value] = {}
    texts = [shell_text(each, known) for name in _TEXTS for each in _options(call, name)]
    for name in _FILES:
        path = call.text(name)
        held = call.world.file(path) if path else None
        if path and held is None:
            return Done(
                (Opaque(f"{path}, which {call.action} runs on another machine", quiet=True),), known=False
            )
        texts += [held] if held is not None else []
    judged = [each for text in texts for each in _judged(text, known, call.action)]
    surest = sorted(judged, key=lambda each: not each.writes)[:1]
    return Done(tuple(surest), known=False)


def _options(call: Call, name: str) -> tuple[Template, ...]:
    value = call.given(name)
    return value.options if value is not None else ()


def _judged(text: str, known: dict[str, Value], action: str) -> list[Opaque]:
    script = interpret(text, known=known)
    found = [Opaque(f"what {action} runs on another machine", quiet=True)] if script.unread else []
    for command in script.commands:
        for effect in tools.effects_of(vague(command.words), World(names=command.names, stdin=command.stdin)):
            if isinstance(effect, Opaque):
                found.append(Opaque(f"{effect.reason}, on another machine", effect.writes, quiet=True))
            elif isinstance(effect, Write) and effect.way not in _NOT_PUSHES:
                named = " and ".join(map(str, effect.references))
                found.append(Opaque(f"a push of {named}, on another machine", writes=True))
    return found


_NAMES = """
    appleboy/ssh-action cross-the-world/ssh-pipeline cross-the-world/ssh-scp-ssh-pipelines
    garygrossgarten/github-action-ssh fifsky/ssh-action matheusvanzan/sshpass-action
    d3rhase/ssh-command-action easingthemes/ssh-deploy jimcronqvist/action-ssh tiyee/action-ssh
"""
ACTIONS = dict.fromkeys(_NAMES.split(), remote)
