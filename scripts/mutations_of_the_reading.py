"""Ways to read a workflow wrongly, each as a change of the readers: for ``scripts/mutate --reading``.

A mutant drops a binding, ignores a condition, takes the first of two readings, joins what is two, or takes
for harmless what is not. Fast tests have to notice each of them: the last word is the test that is run first.

A tuple is a name, what is then believed, the file, its text, the text in its place, and that test.
"""

from __future__ import annotations

_SHELL, _TOOLS = "src/wholeship/shell", "src/wholeship/tools"
_READING, _ACTIONS = "src/wholeship/github/reading", "src/wholeship/github/actions"
_PIPELINE, _VERDICT = "src/wholeship/pipeline", "src/wholeship/verdict"
_COMMANDS, _STATEMENTS, _STATE = (f"{_SHELL}/{name}.py" for name in ("commands", "statements", "state"))
_MACHINE, _BUILTINS, _LOOPS, _WORDS = (
    f"{_SHELL}/{name}.py" for name in ("machine", "builtins", "loops", "words")
)

READING = (
    # what a variable holds
    (
        "prefix-stays",
        "NAME=value before a command stays after it",
        _COMMANDS,
        "each(outcome, lambda end: _unprefixed(state, local, end)) if local is not state else outcome",
        "outcome",
        "tests/shell",
    ),
    (
        "appending-sets",
        "x+=y is x=y",
        _COMMANDS,
        "        value = state.names.get(name, NOTHING) + value\n",
        "        value = value + NOTHING\n",
        "tests/shell",
    ),
    (
        "first-of-two-readings",
        "where two ways meet, a variable holds what the first left",
        f"{_SHELL}/names.py",
        "    return one if one == other else one.join(other).chosen(",
        "    return one if one == other else one.join(one).chosen(",
        "tests/shell",
    ),
    (
        "counted-after-a-branch",
        "an array that a branch has changed can be counted",
        _STATE,
        '    return {**longer, **{f"{name}{UNCOUNTED}": () for name in unlike}}\n',
        "    return longer if unlike else {}\n",
        "tests/shell",
    ),
    (
        "subshell-variables",
        "variables of a subshell reach out of it",
        _STATE,
        (
            "            done=inner.done,\n            tried=inner.tried,\n            failed=inner.failed,\n"
            "            files=inner.files,\n"
        ),
        (
            "            names=inner.names,\n            done=inner.done,\n            tried=inner.tried,\n"
            "            failed=inner.failed,\n            files=inner.files,\n"
        ),
        "tests/shell",
    ),
    (
        "default-is-ignored",
        "${x:-y} is empty where x is",
        _WORDS,
        "        if not known:\n            return other\n",
        "        if not known:\n            return value\n",
        "tests/shell",
    ),
    # how things end
    (
        "or-is-and",
        "the right of || runs where the left has ended well",
        _STATEMENTS,
        'go, stay = (first.ok, first.failed) if operator == "&&" else (first.failed, first.ok)',
        'go, stay = (first.ok, first.failed) if operator != ";" else (first.failed, first.ok)',
        "tests/shell",
    ),
    (
        "lists-under-e",
        "a failure left of && ends a script under -e",
        _STATEMENTS,
        "    with machine.looking_away():\n        first = machine.run(left, state)\n",
        "    first = machine.run(left, state)\n",
        "tests/shell",
    ),
    (
        "conditions-under-e",
        "a failing condition of if ends a script under -e",
        _STATEMENTS,
        "    with machine.looking_away():\n        condition = machine.sequence(conditions, state)\n",
        "    condition = machine.sequence(conditions, state)\n",
        "tests/shell",
    ),
    (
        "not-is-nothing",
        "! leaves the answer as it is",
        _STATEMENTS,
        (
            "        inner = machine.run(node.named_children[-1], state)\n"
            "    return Outcome(ok=inner.failed, soft=inner.ok)\n"
        ),
        (
            "        inner = machine.run(node.named_children[-1], state)\n"
            "    return Outcome(ok=inner.ok, soft=inner.failed)\n"
        ),
        "tests/shell",
    ),
    (
        "always-pipefail",
        "a pipeline fails with any of its stages",
        _STATEMENTS,
        "    well = [end.ok for end in others] if state.pipefail else anyhow\n",
        "    well = [end.ok for end in others]\n",
        "tests/shell",
    ),
    (
        "wait-for-all-asks",
        "wait without a number ends as the processes do",
        _BUILTINS,
        "        return Outcome(ok=state._replace(jobs=(), waits=0))\n",
        "        return Outcome(ok=_ended_well(state, list(machine.processes.values())), bad=state)\n",
        "tests/shell",
    ),
    (
        "background-is-waited-for",
        "what is started with & has ended",
        _MACHINE,
        "        self.background = before\n        return Outcome(ok=self.started(outcome, state))\n",
        "        self.background = before\n        return outcome\n",
        "tests/shell",
    ),
    (
        "exit-zero-is-bad",
        "exit with a status nobody knows is a failure",
        _BUILTINS,
        "    if zero in (0, None):\n",
        "    if zero == 0:\n",
        "tests/shell",
    ),
    (
        "files-run-with-e",
        "bash FILE runs with -e",
        _COMMANDS,
        "        errexit=script.errexit,\n",
        "        errexit=True,\n",
        "tests/oracle/test_cases.py",
    ),
    (
        "trap-in-functions",
        "a trap on ERR runs in functions, too",
        _MACHINE,
        "(not self.inside and len(self.exits) == self.trapped.level)",
        "len(self.exits) == self.trapped.level",
        "tests/oracle/test_cases.py",
    ),
    (
        "sh-is-bash",
        "sh knows [[ and ((",
        _STATEMENTS,
        "    if machine.posix:\n",
        "    if machine.posix and False:\n",
        "tests/oracle/test_cases.py",
    ),
    (
        "second-try-with-other-names",
        "push || TAG=x push is the same push",
        _MACHINE,
        " and before.names == state.names\n",
        "\n",
        "tests/shell",
    ),
    # loops and choices
    (
        "first-round-only",
        "a loop runs once",
        _LOOPS,
        "    for item in items:\n        if current is None:\n",
        "    for item in items[:1]:\n        if current is None:\n",
        "tests/shell",
    ),
    (
        "break-ends-nothing",
        "break leaves no loop",
        _BUILTINS,
        "    if machine.breaks:\n        machine.breaks[-1].append(state)\n    return Outcome()\n",
        "    return Outcome(ok=state)\n",
        "tests/shell",
    ),
    (
        "first-case-wins",
        "case takes the first branch that may fit",
        _STATEMENTS,
        '        if answer and item.children[-1].type != ";;&":\n',
        '        if answer is not False and item.children[-1].type != ";;&":\n',
        "tests/shell",
    ),
    (
        "else-is-lost",
        "an else branch never runs",
        _STATEMENTS,
        "            return either(total, machine.sequence(clause.children[1:], other))\n",
        "            return total\n",
        "tests/shell",
    ),
    (
        "unknown-loop-runs",
        "a loop of unknown length runs at least once",
        _LOOPS,
        "    return Outcome(join(state, ok), outcome.bad, outcome.soft)\n",
        "    return Outcome(ok, outcome.bad, outcome.soft)\n",
        "tests/shell",
    ),
    # what runs
    (
        "wrappers-are-harmless",
        "a text that a harmless program is given to run is not looked at",
        f"{_TOOLS}/handed.py",
        "    if base not in _SAYERS and says_a_push(line):\n",
        "    if base in () and says_a_push(line):\n",
        "tests/verdict/test_detours.py",
    ),
    (
        "unknown-programs-are-harmless",
        "a program in no list pushes nothing",
        f"{_TOOLS}/opaque.py",
        '    return (Opaque(f"{line[:60]}, a program that is not known", quiet=not loud),)\n',
        "    return () if loud or not loud else (Opaque(line),)\n",
        "tests/verdict/test_detours.py",
    ),
    (
        "unknown-actions-are-harmless",
        "an action in no list pushes nothing",
        f"{_ACTIONS}/unknown.py",
        '    return Done((Opaque(f"the action {call.action} is not known", quiet=not loud),), known=False)\n',
        "    return Done(() if loud or not loud else (), known=False)\n",
        "tests/github/actions",
    ),
    (
        "dull-by-a-glance",
        "a script that says a push is passed over where its programs are harmless",
        f"{_TOOLS}/dull.py",
        "        or (matters and says_a_push(text))\n",
        "",
        "tests/verdict/test_detours.py",
    ),
    (
        "hooks-do-not-run",
        "npm ci runs no script of the repository",
        f"{_TOOLS}/package_json.py",
        "    if not parts:\n        return None\n",
        "    if parts or not parts:\n        return None\n",
        "tests/oracle/test_cases.py",
    ),
    (
        "groups-are-programs",
        "`! {` is a program called {",
        f"{_SHELL}/groups.py",
        "    for found in reversed(list(_GROUPS.finditer(source))):\n",
        "    for found in ():\n",
        "tests/shell",
    ),
    (
        "make-dash-stops",
        "a recipe line with - fails its target",
        f"{_TOOLS}/make/texts.py",
        '    if "-" not in prefix:\n',
        "    if True:\n",
        "tests/oracle/test_cases.py",
    ),
    (
        "make-in-order",
        "make -j makes one thing after the other",
        f"{_TOOLS}/make/makefile.py",
        '        apart = bool(set(flags) & set("jk")) or self._is_parallel()\n',
        "        apart = self._is_parallel()\n",
        "tests/tools",
    ),
    # images and tags
    (
        "two-readings-two-pushes",
        "a push whose name can be two texts surely pushes the first",
        f"{_PIPELINE}/merge.py",
        "certain=all(_has(write, each) for write in writes)",
        "certain=_has(writes[0], each)",
        "tests/pipeline",
    ),
    (
        "images-by-last-name",
        "images are one where the end of their name is",
        f"{_PIPELINE}/images.py",
        (
            "        name = next((each for each in ends if short[each] == 1), str(repository) + words)\n"
            '        while name in taken:\n            name += "\'"\n'
        ),
        "        name = next(ends, str(repository) + words)\n",
        "tests/pipeline",
    ),
    (
        "maybe-is-yes",
        "tags that may be one are one",
        f"{_PIPELINE}/tags.py",
        "    if one.compare(other) is not Same.MAYBE:\n        return False\n",
        "    if one.compare(other) is not Same.MAYBE or True:\n        return False\n",
        "tests/pipeline",
    ),
    (
        "parts-are-images",
        "a tag for one platform is a release's tag, also where it is joined",
        f"{_PIPELINE}/images.py",
        "            if lists and publish.way not in (Way.COPY, Way.INDEX) and for_one_platform(each.tag):\n",
        "            if lists and publish.way is Way.ATTACH and for_one_platform(each.tag):\n",
        "tests/pipeline",
    ),
    (
        "metadata-first-tag",
        "metadata-action gives its first tag only",
        f"{_ACTIONS}/metadata.py",
        "    tags = list(unique.values())\n",
        "    tags = list(unique.values())[:1]\n",
        "tests/github/actions",
    ),
    # GitHub's words
    (
        "succeeded-was-skipped",
        "a step that has ended well has been skipped",
        f"{_READING}/scope.py",
        "                found[StepResult(step, Result.SKIPPED)] = FALSE\n",
        "                found[StepResult(step, Result.SKIPPED)] = TRUE\n",
        "tests/github",
    ),
    (
        "excluded-legs-run",
        "exclude takes nothing out of a matrix",
        f"{_READING}/matrix.py",
        "    legs = [leg for leg in legs if not any(_fits(item, leg.vectors) for item in excludes)]\n",
        "",
        "tests/github/reading",
    ),
    (
        "includes-are-legs",
        "an include is always a leg of its own",
        f"{_READING}/matrix.py",
        "        if fitting and vectors:\n",
        "        if fitting and not vectors:\n",
        "tests/github/reading",
    ),
    (
        "legs-write-one-output",
        "of the legs' outputs the last one counts",
        f"{_READING}/run.py",
        "            outputs = _merged(outputs, said, job.id) if outputs else said\n        shown",
        "            outputs = said\n        shown",
        "tests/github",
    ),
    (
        "outputs-stay",
        "an output is there, whatever became of its job",
        f"{_READING}/run.py",
        "        return unless(~there, symbol)\n",
        "        return symbol\n",
        "tests/github",
    ),
    (
        "environment-of-the-step",
        "a step does not see its own env",
        f"{_READING}/steps.py",
        "        return Around({**self.symbols, **own}, {**self.shown, **shown}, self.version)\n",
        "        return Around(self.symbols, self.shown, self.version)\n",
        "tests/github",
    ),
    (
        "env-file-is-kept",
        "GITHUB_ENV of a step that may be skipped surely sets",
        f"{_READING}/steps.py",
        "            either = rendered(before[name]).join(value) if kept else value\n",
        "            either = value\n",
        "tests/github",
    ),
    (
        "windows-is-bash",
        "a step on Windows runs in bash",
        f"{_READING}/steps.py",
        '            shell = "pwsh"\n',
        '            shell = "bash"\n',
        "tests/github",
    ),
    # the verdict
    (
        "perhaps-is-surely",
        "a sibling's tag that is one of two readings is there",
        f"{_VERDICT}/breakage.py",
        "    if sibling.reference.certain:\n        return True\n",
        "    if sibling.reference.certain or not sibling.reference.certain:\n        return True\n",
        "tests/verdict",
    ),
    (
        "alone-is-fine",
        "an image that one event publishes without its sibling is no matter",
        f"{_VERDICT}/wholeness.py",
        "                if tagged is not None and case.happens(_effect(image, tagged)):\n",
        "                if tagged is None and image is None:\n",
        "tests/verdict",
    ),
    (
        "another-name-is-another-image",
        "a name that only the run knows is not that of the followed image",
        f"{_VERDICT}/wholeness.py",
        "    if other is None or not isinstance(verdict.answer, Proved):\n",
        "    if other is None or isinstance(verdict.answer, Proved):\n",
        "tests/verdict/test_detours.py",
    ),
    (
        "one-safe-is-enough",
        "whole where any image can be followed",
        f"{_VERDICT}/wholeness.py",
        "    if len(safe) == len(release.images):\n",
        "    if safe:\n",
        "tests/verdict",
    ),
)
