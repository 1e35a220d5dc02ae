"""``docker compose push`` and ``build``: which files count, which services are meant, under which names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from wholeship.pipeline.effects import Effect, LeftOut, Local, Opaque, Write
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.bake.read import DEFAULT_FILES as BAKE_FILES
from wholeship.tools.compose import ComposeCall, builds, pushes
from wholeship.tools.compose.commands import DEFAULT_FILES as COMPOSE_FILES
from wholeship.tools.compose.commands import OVERRIDE_FILES
from wholeship.tools.scripts import _READ_BY_NAME
from wholeship.tools.world import World

WEB = "services:\n  web:\n    image: r/web:${TAG:-none}\n    build: .\n"
OPEN = Template.of(Hole.of(Kind.INPUT, "inputs.name"))


def texts(*given: str) -> tuple[Template, ...]:
    """Plain texts."""
    return tuple(map(Template.of, given))


def world(files: Mapping[str, str], **names: str) -> World:
    """A repository with *files* and an environment."""
    return World(files.get, {name: Value.literal_of(text) for name, text in names.items()})


def said(found: tuple[Effect, ...]) -> list[str]:
    """The effects in words."""
    return [
        " ".join(map(str, each.references)) + (" perhaps" if each.maybe else "")
        if isinstance(each, Write)
        else f"opaque: {each.reason}"
        if isinstance(each, Opaque)
        else f"local: {' '.join(map(str, each.build.local))} of {each.build.context or '.'}"
        if isinstance(each, Local)
        else repr(each)
        for each in found
        if not isinstance(each, LeftOut)
    ]


def push(files: Mapping[str, str], call: ComposeCall | None = None, **names: str) -> list[str]:
    """What ``docker compose push`` writes."""
    return said(pushes(call or ComposeCall(), world(files, **names), masked=False))


def test_the_first_default_file_counts_with_its_override() -> None:
    """Of several default files one is read, and the override file over it."""
    over = "services:\n  web:\n    build: {tags: [r/web:more]}\n"
    files = {"compose.yaml": WEB, "docker-compose.yml": WEB.replace("web", "old")}
    assert push(files) == ["r/web:none"]
    assert push({**files, "compose.override.yaml": over}) == ["r/web:none r/web:more"]
    assert push({"docker-compose.yml": WEB, "docker-compose.override.yml": over}) == ["r/web:none r/web:more"]


def test_files_come_from_the_environment_too() -> None:
    """``COMPOSE_FILE`` names the files where no flag does."""
    files = {"a.yaml": WEB, "b.yaml": "services:\n  web:\n    image: r/b:1\n"}
    assert push(files, COMPOSE_FILE="a.yaml:b.yaml") == ["r/b:1"]


def test_the_settings_say_which_files_and_profiles_count() -> None:
    """``COMPOSE_FILE`` and ``COMPOSE_PROFILES`` in ``.env`` count, those of the environment more."""
    files = {"a.yaml": PROFILES, "compose.yaml": WEB, ".env": "COMPOSE_FILE=a.yaml\nCOMPOSE_PROFILES=dev\n"}
    assert push(files) == ["r/web:none", "r/dev:1"]
    assert push(files, COMPOSE_PROFILES="x") == ["r/web:none"]
    assert push(files, ComposeCall(files=texts("compose.yaml")), TAG="2") == ["r/web:2"]


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        (Template.of("TAG=", Hole.of(Kind.INPUT, "inputs.tag"), "\nA=1\n"), "{inputs.tag}"),
        (Template.of('A="x"\nTAG="v', Hole.of(Kind.INPUT, "inputs.tag"), '-1"\n'), "v{inputs.tag}-1"),
        (Template.of("A=", Hole.of(Kind.INPUT, "inputs.tag"), "\nTAG=${A}-x\n"), "{inputs.tag}-x"),
        (Template.of("TAG=2\n"), "2"),
    ],
)
def test_settings_that_the_run_wrote_count_and_not_those_of_the_repository(
    written: Template, tag: str
) -> None:
    """``.env`` is read as the steps before left it, with what is not known of it as holes."""
    there = replace(world({"compose.yaml": WEB, ".env": "TAG=old\n"}), left={".env": Value((written,))}.get)
    assert said(pushes(ComposeCall(), there, masked=False)) == [f"r/web:{tag}"]


@pytest.mark.parametrize("file", [".env", "compose.yaml", "compose.override.yml"])
def test_files_that_another_program_wrote_are_not_those_of_the_repository(file: str) -> None:
    """Neither the repository's text counts, nor that there would be none."""
    by = {file: "./configure"}.get
    there = replace(world({"compose.yaml": WEB, ".env": "TAG=old\n"}), by=by)
    (told,) = said(pushes(ComposeCall(), there, masked=False))
    assert told.startswith("opaque: ")
    assert file in told


def test_all_default_files_are_noticed_when_a_step_writes_them() -> None:
    """A step that writes a file that nobody names is noted, whatever program reads it."""
    assert {*COMPOSE_FILES, *OVERRIDE_FILES, *BAKE_FILES, ".env"} <= _READ_BY_NAME


def test_variables_come_from_the_environment_then_from_the_settings() -> None:
    """``.env`` stands beside the first file; ``--env-file`` takes its place."""
    files = {"sub/compose.yaml": WEB, "sub/.env": "TAG=env\n", "other": "TAG=other\n"}
    call = ComposeCall(files=texts("sub/compose.yaml"))
    assert push(files, call) == ["r/web:env"]
    assert push(files, call, TAG="2") == ["r/web:2"]
    assert push(files, ComposeCall(files=call.files, settings=texts("other"))) == ["r/web:other"]


def test_a_context_is_seen_from_the_project() -> None:
    """Paths in a file are relative to the project's directory, which is that of the first file."""
    files = {"sub/compose.yaml": "services:\n  web:\n    image: r/web:1\n    build: ./app\n"}
    assert said(builds(ComposeCall(files=texts("sub/compose.yaml")), world(files))) == [
        "local: r/web:1 of sub/app"
    ]


PROFILES = WEB + "  dev:\n    image: r/dev:1\n    build: .\n    profiles: [dev]\n  db:\n    image: postgres\n"


@pytest.mark.parametrize(
    ("call", "names", "expected"),
    [
        (ComposeCall(), {}, ["r/web:none"]),
        (ComposeCall(profiles=texts("dev")), {}, ["r/web:none", "r/dev:1"]),
        (ComposeCall(), {"COMPOSE_PROFILES": "x,dev"}, ["r/web:none", "r/dev:1"]),
        (ComposeCall(services=texts("dev")), {}, ["r/dev:1"]),
        (ComposeCall(services=(OPEN,)), {}, ["r/web:none perhaps", "r/dev:1 perhaps"]),
        (ComposeCall(profiles=(OPEN,)), {}, ["r/web:none", "r/dev:1 perhaps"]),
    ],
)
def test_profiles_and_names_choose_services(
    call: ComposeCall, names: dict[str, str], expected: list[str]
) -> None:
    """Services of a profile are left out unless it is on or they are named; what is open may be any."""
    assert push({"compose.yaml": PROFILES}, call, **names) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("services:\n  web: {extends: nothing}\n", "service web extends nothing, which is not there"),
        ("include: [x.yaml]\n", "there is no file x.yaml"),
        ("include: [{path: []}]\n", "include names no file"),
        ("include: [compose.yaml]\n", "compose.yaml includes itself"),
        ("services:\n  a: {extends: b}\n  b: {extends: a}\n", "service a extends itself"),
        ("services:\n  web:\n    image: r/web:${TAG:?needed}\n", "the variable TAG is required: needed"),
        ("services:\n  web:\n    image: r/web:${1}\n", "'${1}' is no variable"),
        ("a: [", "the file is no YAML: did not find expected node content"),
        ("- a\n", "the file is no mapping"),
        ("services:\n  web: {build: .}\n  web: {build: .}\n", "web is given twice"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, reason: str) -> None:
    """A project that Compose refuses is opaque, with the reason."""
    assert push({"compose.yaml": text}) == [f"opaque: a Compose file that could not be read: {reason}"]


def test_an_alias_that_holds_itself_ends() -> None:
    """A file that never ends when its aliases are followed is refused."""
    (found,) = push({"compose.yaml": "services:\n  web:\n    build: &a {args: *a}\n"})
    assert found.startswith("opaque: a Compose file that could not be read: ")
