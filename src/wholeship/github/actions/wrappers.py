"""Actions that run a command which is given to them: the command is read like a ``run:`` step.

Their ``action.yml``: nick-fields/retry (``command``, in bash without ``-e``), Wandalen/wretry.action,
changesets/action (``version``, ``publish``), reactivecircus/android-emulator-runner (``script``),
cypress-io/github-action (``install-command``, ``build``, ``start``, then its tests or ``command``),
pre-commit/action (``pre-commit run`` with ``extra_args``).
"""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.core.values import dataclass
from wholeship.github.actions.call import Call
from wholeship.pipeline.run import Script
from wholeship.texts.template import Hole, Template, Value

CHOICES = 4
"""Inputs that can be more texts than this are not read."""
SHELLS = frozenset(("", "bash", "sh"))


@dataclass(frozen=True, slots=True)
class Wrapper:
    """The inputs that hold commands, in the order they run; *directory* is the input that holds theirs.

    *program*: the commands are its arguments. *stops*: a failure ends the step, as in a ``run:``. *lastly*:
    what it runs at the end where no ``command`` is given. *language*: the ``shell:`` that they are for.
    """

    commands: tuple[str, ...]
    directory: str = ""
    program: str = ""
    stops: bool = False
    lastly: str = ""
    language: str = ""


WRAPPERS: Mapping[str, Wrapper] = {
    **dict.fromkeys(
        ("nick-fields/retry", "nick-invision/retry"), Wrapper(("command", "new_command_on_retry"))
    ),
    **dict.fromkeys(
        ("wandalen/wretry.action", "wandalen/wretry.action/main"), Wrapper(("command",), "current_path")
    ),
    "changesets/action": Wrapper(("version", "publish"), "cwd"),
    **dict.fromkeys(
        ("gradle/gradle-build-action", "gradle/actions/setup-gradle", "eskatos/gradle-command-action"),
        Wrapper(("arguments",), "build-root-directory", "./gradlew", stops=True),
    ),
    "azure/cli": Wrapper(("inlinescript",), stops=True),
    "azure/powershell": Wrapper(("inlinescript",), stops=True, language="pwsh"),
    "cypress-io/github-action": Wrapper(
        ("install-command", "build", "start", "command"),
        "working-directory",
        stops=True,
        lastly="cypress run",
    ),
    "pre-commit/action": Wrapper(
        ("extra_args",), program="pre-commit run", stops=True, lastly="pre-commit run"
    ),
    "reactivecircus/android-emulator-runner": Wrapper(("script",), "working-directory"),
}


def script_of(call: Call) -> Script | None:
    """The commands as one script; None where it is no wrapper, or what it runs is not one text of a shell."""
    wrapper = WRAPPERS.get(call.action)
    if wrapper is None or call.text("shell") not in SHELLS or call.given("action") is not None:
        return None
    known: dict[str, Value] = {}
    texts: list[str] = []
    for name in wrapper.commands:
        value = call.given(name)
        if value is None:
            continue
        if len(value.options) > CHOICES:
            return None
        start = f"{wrapper.program} " if wrapper.program else ""
        after = " &" if name == "start" else ""
        texts.append(_choice([f"{start}{shell_text(option, known)}{after}" for option in value.options]))
    if wrapper.lastly and call.given("command", "extra_args") is None:
        texts.append(wrapper.lastly)
    if not texts:
        return None
    body = "\n".join(texts)
    if wrapper.stops:
        return Script(f"{body}\n", known, shell=wrapper.language, directory=_folder(call, wrapper))
    if call.flag("continue_on_error") is not False:
        body = f"(\n{body}\n) || true"
    return Script(f"set +e\n{body}\n", known, errexit=False, directory=_folder(call, wrapper))


def _folder(call: Call, wrapper: Wrapper) -> str:
    return call.text(wrapper.directory).removeprefix("./") if wrapper.directory else ""


def _choice(texts: list[str]) -> str:
    """One of them, by a condition that only the run knows."""
    if len(texts) == 1:
        return texts[0]
    return f"if which_of_many; then\n{texts[0]}\nelse\n{_choice(texts[1:])}\nfi"


def shell_text(template: Template, known: dict[str, Value]) -> str:
    """Shell text, with a placeholder for each hole (as ``Script`` has them)."""
    parts: list[str] = []
    for part in template.parts:
        if isinstance(part, Hole):
            mark = f"GHEXPR{len(known)}X"
            known[mark] = Value.of(Template.of(part))
            parts.append(mark)
        else:
            parts.append(part)
    return "".join(parts)
