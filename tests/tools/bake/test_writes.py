"""What a bake run does to images, as the prover hears of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.bake.inputs import Input, make_input
from tests.tools.bake.oracle import read_input
from wholeship.pipeline.effects import Effect, Local, Opaque, Write
from wholeship.texts.template import Hole, Kind, Same, Template, Value
from wholeship.tools.bake import Command, MadeFile, effects
from wholeship.tools.world import World

REF = Template.of(Hole.of(Kind.REF, "github.ref_name"))


def run(files: Mapping[str, str], command: Command, **names: Template | str) -> tuple[Effect, ...]:
    """The effects of *command* where *files* are there and *names* set."""
    values = {
        name: Value((each,)) if isinstance(each, Template) else Value.literal_of(each)
        for name, each in names.items()
    }
    return effects(command, World(read=files.get, names=values))


PUSH = Command(push=True)


def hcl(text: str, command: Command = PUSH, **names: Template | str) -> tuple[Effect, ...]:
    """The same for one file in HCL."""
    return run({"docker-bake.hcl": text}, command, **names)


def texts(*given: str) -> tuple[Template, ...]:
    """Plain texts."""
    return tuple(map(Template.of, given))


def writes(found: tuple[Effect, ...]) -> list[tuple[str, bool]]:
    """The references that are written, and whether surely."""
    return [
        (str(each), each.certain and not write.maybe)
        for write in found
        if isinstance(write, Write)
        for each in write.references
    ]


APP = 'target "default" {\n  tags = ["r/app:1"]\n}\n'


@pytest.mark.parametrize(
    ("sets", "push", "expected"),
    [
        (("*.push=true",), False, [("r/app:1", True)]),
        (("*.push=false",), True, []),
        (("*.output=type=local,dest=o",), False, []),
        (("*.output=type=registry",), False, [("r/app:1", True)]),
    ],
)
def test_set_can_push_and_not(sets: tuple[str, ...], push: bool, expected: list[tuple[str, bool]]) -> None:
    """``--set`` publishes, or does not, whatever the flag says."""
    found = hcl(APP, Command(sets=texts(*sets)))
    assert writes(found) == expected


def test_push_and_output_together_are_left_to_chance() -> None:
    """buildx applies ``--push`` and ``--set *.output`` in no fixed order, so it may push or not."""
    found = hcl(APP, Command(sets=texts("*.output=type=image"), push=True))
    assert writes(found) == [("r/app:1", False)]


def test_a_tag_that_is_set_keeps_its_hole() -> None:
    """A text that is only known in the run stays what it is on its way through ``--set``."""
    text = 'target "worker" {\n  context = "worker"\n}\n'
    setting = Template.of("worker.tags=r.example/acme/worker:", REF)
    found = hcl(text, Command(targets=texts("worker"), sets=(setting,), push=True))
    (write,) = found
    assert isinstance(write, Write)
    assert write.references[0].tag == REF


TAG = """
variable "VERSION" { default = "dev" }
group "default" { targets = ["api", "web"] }
function "tag" {
  params = [name]
  result = [VERSION == "dev" ? "r/${name}:latest" : "r/${name}:${VERSION}"]
}
target "api" { tags = tag("api") }
target "web" { tags = tag("web") }
"""


def test_a_condition_that_is_open_gives_both_tags_each_perhaps() -> None:
    """A function called with two arguments gives two images, and an open condition both of its results."""
    found = hcl(TAG, VERSION=REF)
    assert writes(found) == [
        ("r/api:latest", False),
        ("r/api:{github.ref_name}", False),
        ("r/web:latest", False),
        ("r/web:{github.ref_name}", False),
    ]
    assert writes(hcl(TAG, VERSION="2")) == [("r/api:2", True), ("r/web:2", True)]


def test_what_is_not_modelled_differs_by_its_arguments() -> None:
    """The unknown result of one function for two values is not one text."""
    text = (
        'group "default" { targets = ["a", "b"] }\n'
        'target "a" { tags = ["r/x:${cidrhost("10.0.0.0/8", 1)}"] }\n'
        'target "b" { tags = ["r/x:${cidrhost("10.0.0.0/8", 2)}"] }\n'
    )
    one, other = (write.references[0] for write in hcl(text) if isinstance(write, Write))
    assert one.same(other) is Same.MAYBE


def test_a_context_alone_is_not_pushed() -> None:
    """A target that is built only because another starts from it goes nowhere."""
    worker = 'target "worker" { tags = ["r/worker:1"] }\n'
    text = worker + 'target "app" {\n  contexts = { w = "target:worker" }\n  tags = ["r/app:1"]\n}\n'
    found = hcl(text, Command(targets=texts("app"), push=True))
    assert writes(found) == [("r/app:1", True)]
    assert [each.build.local for each in found if isinstance(each, Local)] == [texts("r/worker:1")]


def test_a_push_without_tags_is_hidden() -> None:
    """What is pushed under tags that nobody knows is said, not dropped."""
    (found,) = hcl('target "default" {\n  context = "."\n}\n')
    assert found == Opaque("bake target default is pushed, and its tags are not known", writes=True)
    (found,) = hcl('target "default" {\n  tags = split(",", T)\n}\nvariable "T" {}\n', T=REF)
    assert found == Opaque("bake target default is pushed, and its tags are not known", writes=True)


def test_a_flag_that_is_open_may_push() -> None:
    """``push:`` that is only known in the run makes the push perhaps."""
    assert writes(hcl(APP, Command(push=None))) == [("r/app:1", False)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('target "default" {\n  tags = [\n', "a name is missing, line 3"),
        ('target "app" {}\n', "there is no target default"),
        ('target "default" {\n  tags = nope("a")\n}\n', "there is no function nope"),
        ('target "default" {\n  tags = [X]\n}\n', "there is no variable X"),
        ('variable "X" {\n  default = X\n}\ntarget "default" {}\n', "X refers to itself"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, reason: str) -> None:
    """A definition that bake refuses, or that is not understood, is opaque, with the reason."""
    assert hcl(text) == (Opaque(f"a bake file that could not be read: {reason}", writes=True),)


def test_a_definition_elsewhere_is_opaque() -> None:
    """A definition at an address is not in the repository."""
    (found,) = hcl(APP, Command(targets=texts("https://example.com/x.git"), push=True))
    assert isinstance(found, Opaque)
    assert found.reason.endswith("its definition is at https://example.com/x.git")


def test_a_file_that_a_step_made_sets_the_tags() -> None:
    """metadata-action's bake file gives its tags to the target that others inherit from."""
    readings = (texts("r/app:1"), texts("r/app:1", "r/app:latest"))
    kinds = frozenset({Kind.OUTPUT})
    made = MadeFile("bake-file", kinds, target="docker-metadata-action", readings=readings)
    text = 'target "docker-metadata-action" {}\ntarget "app" {\n  inherits = ["docker-metadata-action"]\n}\n'
    files = (Template.of("./docker-bake.hcl"), Template.of("cwd://", made))
    command = Command(files=files, targets=texts("app"), push=True)
    assert writes(run({"docker-bake.hcl": text}, command)) == [("r/app:1", True), ("r/app:latest", False)]


def test_targets_that_are_open_may_be_any() -> None:
    """Where the names of the targets are only known in the run, each may be pushed."""
    command = Command(targets=(REF,), push=True)
    assert writes(hcl('target "a" { tags = ["r/a:1"] }\ntarget "b" { tags = ["r/b:1"] }\n', command)) == [
        ("r/a:1", False),
        ("r/b:1", False),
    ]


def test_targets_that_are_open_keep_a_made_file() -> None:
    """Where the names are open, the tags of a file that a step made are still known."""
    made = MadeFile("f", frozenset({Kind.OUTPUT}), target="base", readings=(texts("r/app:1"),))
    files = {"docker-bake.hcl": 'target "base" {}\ntarget "app" { inherits = ["base"] }\n'}
    command = Command((Template.of("docker-bake.hcl"), Template.of(made)), (REF,), push=True)
    assert writes(run(files, command)) == [("r/app:1", False), ("r/app:1", False)]


def test_too_many_ways_are_not_kept_apart() -> None:
    """More open conditions than are followed leave the tags unknown; no image is lost."""
    variables = "".join(f'variable "V{at}" {{}}\n' for at in range(6))
    tags = ", ".join(f'V{at} == "" ? "r/x:{at}" : "r/y:{at}"' for at in range(6))
    text = f'{variables}target "default" {{\n  tags = [{tags}]\n}}\n'
    names = {f"V{at}": Template.of(Hole.of(Kind.INPUT, f"inputs.v{at}")) for at in range(6)}
    (write,) = hcl(text, PUSH, **names)
    assert isinstance(write, Write)
    assert len(write.references) == 6
    assert all(each.repository.holes for each in write.references)


CLOCK = 'variable "T" { default = timestamp() }\ngroup "default" { targets = ["a", "b"] }\n' + "".join(
    f'target "{name}" {{ tags = ["r/{name}:${{T}}"] }}\n' for name in "ab"
)


def test_a_clock_is_read_where_bake_runs() -> None:
    """One variable is one reading of the clock; another run of bake reads it anew."""

    def tags(site: str) -> list[Template | None]:
        world = World(read={"docker-bake.hcl": CLOCK}.get, site=site)
        found = effects(Command(push=True), world)
        return [write.references[0].tag for write in found if isinstance(write, Write)]

    one, other = tags("job/1")
    assert one == other
    assert one not in tags("job/2")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f'a{at} = "${{a{at + 1}}}${{a{at + 1}}}"\n' for at in range(60)) + 'a60 = "x"\n',
        "".join(f"a{at} = concat(a{at + 1}, a{at + 1})\n" for at in range(60)) + 'a60 = ["x"]\n',
        "a0 = [for a in range(1024) : [for b in range(1024) : [for c in range(1024) : a]]]\n",
        'function "f" {\n  params = [n]\n  result = n > 0 ? "${f(n - 1)}${f(n - 1)}" : "x"\n}\na0 = f(40)\n',
    ],
)
def test_a_definition_that_never_ends_is_opaque(text: str) -> None:
    """A definition that doubles with every line is given up soon, and said to be too large."""
    found = hcl(f'{text}target "default" {{\n  tags = [jsonencode(a0)]\n}}\n')
    assert found == (Opaque("a bake file that could not be read: it is too large", writes=True),)


SHARED = """
group "default" { targets = ["app", "worker"] }
target "app" {
  context = "src"
  dockerfile = "docker/Dockerfile"
  args = { PART = "app" }
  tags = ["r/app:1"]
}
target "worker" {
  inherits = ["app"]
  args = { PART = "worker" }
  tags = ["r/worker:1"]
}
"""


def test_arguments_tell_two_builds_of_one_dockerfile_apart() -> None:
    """A build is its arguments too; its Dockerfile is seen from its context, as from the repository."""
    app, worker = (write.build for write in hcl(SHARED) if isinstance(write, Write))
    assert app is not None
    assert worker is not None
    assert (app.context, app.file, app.arguments) == ("src", "src/docker/Dockerfile", ("PART=app",))
    assert (worker.context, worker.file, worker.arguments) == (
        "src",
        "src/docker/Dockerfile",
        ("PART=worker",),
    )


def test_a_cache_in_a_registry_is_written() -> None:
    """``cache-to`` makes a tag visible, be it a text or a mapping."""
    text = """target "default" {
      tags = ["r/app:1"]
      cache-to = [
        "type=registry,ref=r/app:cache,mode=max",
        { type = "registry", ref = "r/b:cache" },
        "type=gha",
      ]
    }"""
    found = [write for write in hcl(text) if isinstance(write, Write) and write.cache]
    assert [str(write.references[0]) for write in found] == ["r/app:cache", "r/b:cache"]


@pytest.mark.parametrize(
    "tags",
    [
        'formatlist("r/%s:1", jsondecode(V))',
        "flatten([jsondecode(V)])",
        'concat(["r/a:1"], jsondecode(V))',
        "[for t in jsondecode(V) : t]",
        "jsondecode(V)[*]",
        'split(",", V)',
        "values(jsondecode(V))",
        "setunion(jsondecode(V), [])",
    ],
)
def test_a_list_that_is_not_known_is_no_shorter_list(tags: str) -> None:
    """What may be any number of tags is neither none nor one."""
    text = f'variable "V" {{}}\ntarget "default" {{\n  tags = {tags}\n}}\n'
    assert [each for each in hcl(text, V=REF) if isinstance(each, Write)] == []
    assert any(isinstance(each, Opaque) and each.writes for each in hcl(text, V=REF))


def test_what_every_run_has_is_not_empty() -> None:
    """A commit or a ref needs no second way in which it is empty; an input does."""
    text = 'variable "V" {}\ntarget "default" {\n  tags = compact([V != "" ? "r/a:${V}" : "r/a:dev"])\n}\n'
    assert writes(hcl(text, V=REF)) == [("r/a:{github.ref_name}", True)]
    given = Template.of(Hole.of(Kind.INPUT, "inputs.tag"))
    assert writes(hcl(text, V=given)) == [("r/a:dev", False), ("r/a:{inputs.tag}", False)]


@pytest.mark.parametrize(
    "number", ["9" * 5000, "1e999999999", "1e-999999999", "-1e99", "0.00000000000000000001", "9" * 400 + ".5"]
)
def test_large_numbers_are_no_failure(number: str) -> None:
    """A number that nobody writes is refused or unknown, wherever it stands."""
    blocks = 'variable "N" { default = 1 }\nvariable "S" {}\n'
    text = blocks + 'target "default" {\n  tags = ["r/a:${N}-${S + 1}-${format("%d", S)}"]\n}\n'
    assert hcl(text, N=number, S=number)
    assert hcl(f'target "default" {{\n  tags = ["r/a:${{{number}}}"]\n}}\n')
    document = f'{{"target": {{"default": {{"args": {{"A": {number}}}}}}}}}'
    assert run({"b.json": document}, Command(texts("b.json"), push=True))
    service = f"services:\n  w: {{image: a, build: {{args: {{A: {number}}}}}}}\n"
    assert run({"c.yaml": service}, Command(texts("c.yaml")))


DAMAGE = [*'"{}[]$%=,.:\\\n~#<-!?', "for ", "null"]


@given(st.integers(0, 3000), st.integers(0, 5000), st.sampled_from(DAMAGE))
def test_a_damaged_definition_is_no_failure(seed: int, at: int, text: str) -> None:
    """Whatever is written into a definition, reading it ends, and with something to say."""
    drawn = make_input(seed)
    files = {
        path: content[: at % (len(content) + 1)] + text + content[at % (len(content) + 1) :]
        for path, content in drawn.files.items()
    }
    assert read_input(Input(files, drawn.args, drawn.env))


def test_a_pattern_that_is_none_is_refused_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    """A broken regular expression is told as a reason, and by nothing else."""
    (found,) = hcl('target "default" {\n  tags = [regex("(a", "a")]\n}\n')
    assert found == Opaque("a bake file that could not be read: '(a' is no pattern", writes=True)
    assert capfd.readouterr() == ("", "")
