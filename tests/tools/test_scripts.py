"""Scripts are read once for all who ask for them, and nobody hears anything else for that."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wholeship.github.sinks import STEP_SINKS
from wholeship.pipeline.run import Script
from wholeship.shell.names import MAYBE_SET
from wholeship.texts.template import Kind, Value
from wholeship.tools.scripts import Ration, Scripts, Understood

PUSH = "docker push r.example/app:1"
LINES = st.sampled_from(
    (
        PUSH,
        'docker push "r.example/app:$TAG"',
        f'if [ "$KIND" = release ]; then {PUSH}; else echo no; fi',
        f"false && {PUSH}",
        f'[ -n "$TAG" ] || {PUSH}',
        "TAG=2",
        f"push() {{ {PUSH}; }}",
        "push",
        "exit 0",
        f"for each in; do {PUSH}; done",
        'case "$KIND" in test) docker push r.example/test:1 ;; *) true ;; esac',
        "./push.sh",
        "echo tag=1 >> $GITHUB_OUTPUT",
        f"{PUSH} || true",
        f'if [ "$KIND" = release ]; then {PUSH}; else docker buildx build -t r.example/app:1 --push .; fi',
        f"docker manifest inspect r.example/app:1 || {PUSH}",
        "set -u",
        "OTHER=3 ./push.sh",
        'KIND="$KIND-2" && export KIND',
        'echo "tag=$OTHER" >> $GITHUB_OUTPUT',
    )
)
TEXTS = st.lists(LINES, min_size=1, max_size=4).map("\n".join)
VALUES = st.sampled_from(("", "release", "test"))
LISTED = st.dictionaries(st.sampled_from(("KIND", "TAG", "OTHER")), VALUES.map(Value.literal_of))
WRITERS = st.builds(
    lambda kept, site: {MAYBE_SET: Value.hole(Kind.OUTPUT, kept, site)},
    st.sampled_from(("GITHUB_", "GITHUB_ TAG")),
    st.sampled_from(("job/1", "job/2")),
)
SURROUNDINGS = st.builds(lambda one, other: {**one, **other}, LISTED, st.just({}) | WRITERS)
"""Some with a program before that may have set what is not listed."""
FILES = {"push.sh": f'#!/bin/bash\nif [ "$KIND" = test ]; then {PUSH}; fi\n'}


def _read(scripts: Scripts, text: str, around: dict[str, Value]) -> Understood:
    return scripts.understood(Script(text), around, Ration())


def _said(scripts: Scripts, text: str, around: dict[str, Value]) -> Understood:
    """The same, to be compared: without the variables that no command has asked for."""
    found = _read(scripts, text, around)
    commands = tuple(replace(each, names={}) for each in found.script.commands)
    return replace(found, script=replace(found.script, commands=commands))


@given(TEXTS, st.lists(SURROUNDINGS, min_size=1, max_size=4))
def test_what_no_run_gets_to_is_read_alike_whoever_read_first(
    text: str, surroundings: list[dict[str, Value]]
) -> None:
    """A script of which nothing was left out is not read again, and one of which something was always is."""
    plain = Scripts(FILES.get, sinks=STEP_SINKS)
    revived = Scripts(FILES.get, sinks=STEP_SINKS, revived=plain)
    for around in surroundings:
        _read(plain, text, around)
    for around in surroundings:
        alone = Scripts(FILES.get, sinks=STEP_SINKS, revived=Scripts(FILES.get, sinks=STEP_SINKS))
        assert _said(revived, text, around) == _said(alone, text, around)


def test_a_script_of_which_nothing_was_left_out_is_read_once() -> None:
    """Reading again what no run gets to costs nothing where there is no such part."""
    plain = Scripts(FILES.get, sinks=STEP_SINKS)
    revived = Scripts(FILES.get, sinks=STEP_SINKS, revived=plain)
    part = f"if false; then {PUSH}; fi"
    kept = _read(plain, PUSH, {})
    assert _read(revived, PUSH, {}) is kept
    assert _read(revived, part, {}).effects != _read(plain, part, {}).effects


@given(TEXTS, st.lists(SURROUNDINGS, min_size=1, max_size=5))
def test_what_was_read_elsewhere_changes_no_answer(text: str, surroundings: list[dict[str, Value]]) -> None:
    """Whatever surroundings a script was read in before, it is understood as if this were the first time."""
    scripts = Scripts(FILES.get, sinks=STEP_SINKS)
    for around in [*surroundings, *surroundings]:
        alone = Scripts(FILES.get, sinks=STEP_SINKS)
        assert _said(scripts, text, around) == _said(alone, text, around)


def test_where_a_program_ran_that_may_have_set_variables_is_not_asked_for_in_vain() -> None:
    """A script that only asks whether a variable may be set is read once, whatever step may have set it."""
    scripts = Scripts(FILES.get, sinks=STEP_SINKS)
    around = [{MAYBE_SET: Value.hole(Kind.OUTPUT, "GITHUB_", site)} for site in ("job/1", "job/2")]
    text = f"TAG=1\n{PUSH}"
    hands_on = 'docker push "r.example/app:$OTHER"'
    assert _read(scripts, text, around[0]) is _read(scripts, text, around[1])
    assert _read(scripts, text, around[0]) is not _read(scripts, text, {})
    assert _read(scripts, hands_on, around[0]) is not _read(scripts, hands_on, around[1])
