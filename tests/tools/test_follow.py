from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shell.lines import lines_of
from wholeship.shell.interpret import interpret
from wholeship.shell.state import State
from wholeship.texts.template import Template, Value
from wholeship.tools.follow import follow_script, may_follow
from wholeship.tools.world import World

MAKEFILE = """\
REGISTRY ?= r
IMAGES := app worker
TAG = $(shell git rev-parse HEAD)
export TAG

.PHONY: all push
all: push

push: push-app push-worker

push-%: build-%
\tdocker push $(REGISTRY)/$*:$(TAG)

build-%:
\t@docker build -t $(REGISTRY)/$*:$(TAG) $*

loop:
\tfor i in $(IMAGES); do docker push $(REGISTRY)/$$i; done

careless:
\t-docker push $(REGISTRY)/app
\tdocker push $(REGISTRY)/worker

list:
\t@echo a b

include more.mk
"""
FILES = {
    "Makefile": MAKEFILE,
    "more.mk": "extra:\n\tdocker push extra\n",
    "scripts/push.sh": '#!/bin/bash -e\nfor i in "$@"; do docker push "r/$i:$TAG"; done\n',
    "scripts/careless": "#!/bin/sh\ndocker push a\ndocker push b\n",
    "scripts/tool.py": "#!/usr/bin/env python3\nprint()\n",
    "package.json": '{"scripts": {"ship": "docker push r/app && docker push r/web"}}',
    "justfile": "push image: build\n    docker push r/{{image}}\n\nbuild:\n    docker build .\n",
    "sub/Makefile": "push:\n\tdocker push sub\n",
}


def followed(script: str, **names: str) -> list[str]:
    world = World(FILES.get)
    values = {name: Value.literal_of(text) for name, text in names.items()}
    found = interpret(
        script, names=values, read=FILES.get, follow=lambda a, s, heard: follow_script(a, s, world, heard)
    )
    return lines_of(replace(found, commands=tuple(each for each in found.commands if not each.followed)))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("./scripts/push.sh app worker", ["docker push r/app:1", "docker push r/worker:1"]),
        ("bash scripts/push.sh app", ["docker push r/app:1"]),
        ("source scripts/push.sh app", ["docker push r/app:1"]),
        ("./scripts/careless", ["docker push a ~", "docker push b"]),
        ("sh -e scripts/careless", ["docker push a", "docker push b"]),
        ("make loop REGISTRY=ghcr.io/x", ["docker push ghcr.io/x/app ~", "docker push ghcr.io/x/worker"]),
        ("make careless", ["docker push r/app ~", "docker push r/worker"]),
        ("make extra", ["docker push extra"]),
        ("make -n extra", []),
        ("make -s --no-print-directory extra", ["docker push extra"]),
        ("make -i extra", ["docker push extra ~"]),
        ("make -j4 extra", ["docker push extra"]),
        ("make -j$(nproc) extra", ["nproc ~", "docker push extra"]),
        ("make -j 4 extra", ["docker push extra"]),
        ("make -j1 extra", ["docker push extra"]),
        ("make -Csub push", ["docker push sub"]),
        ("make -C sub push", ["docker push sub"]),
        ("npm run ship", ["docker push r/app", "docker push r/web"]),
        ("just push app", ["docker build .", "docker push r/app"]),
        ("make nothing", ["make nothing"]),
        ("./scripts/tool.py", ["./scripts/tool.py"]),
        ("./scripts/missing.sh", ["./scripts/missing.sh"]),
    ],
)
def test_what_a_script_of_the_repository_does_is_seen(script: str, said: list[str]) -> None:
    """Shell scripts, Make and just targets and package scripts are read as if they stood in the step."""
    assert followed(script, TAG="1") == said


def test_make_builds_what_a_target_needs_first() -> None:
    """Prerequisites run before, pattern rules with their stem; ``make`` alone takes the first target."""
    found = followed("make")
    assert [line.split(" ")[1] for line in found] == ["build", "push", "build", "push"]
    assert found[1].startswith("docker push r/app:")


@pytest.mark.parametrize(
    "script",
    [
        "for i in $(make list); do docker push r/$i; done",
        "make list > names; for i in $(cat names); do docker push r/$i; done",
    ],
)
def test_what_a_target_prints_is_read_where_it_is_wanted(script: str) -> None:
    """A recipe that only prints is no empty text: what loops over it runs for each word."""
    assert [line for line in followed(script) if "push" in line] == ["docker push r/a", "docker push r/b"]


MORE = {
    "build.sh": "#!/bin/bash -e\ndocker build -t r/$1 $1\n"
    'if [ "$2" = "--push" ]; then docker push r/$1; fi\n',
    "args.sh": 'docker push "$#:$1:$2:$3"\n',
    "flags.sh": 'while [ $# -gt 0 ]; do\ncase "$1" in\n--push) push=1 ;;\n*) name=$1 ;;\nesac\nshift\ndone\n'
    'if [ "$push" = 1 ]; then docker push r/$name; fi\n',
    "on.sh": './args.sh "$@"\n',
    "two.sh": "#!/bin/bash -e\ndocker push a\ndocker push b\n",
    "package.json": '{"scripts": {"image": "docker buildx build -t r/w .", "preship": "docker push a",'
    ' "ship": "docker push b", "postship": "docker push c", "semi": "docker push a; docker push b"}}',
    "w/package.json": '{"scripts": {"ship": "docker push w"}}',
    "Makefile": "all: a b\na: ; docker push a\nb: ; docker push b\nsemi:\n\tdocker push a; docker push b\n"
    "order: a\n\tdocker push o\none:\n\tdocker push x\n\tdocker push y\n$(PICK):\n\tdocker push p\n",
    "justfile": "set export\nreg := 'ghcr.io/x'\nboth: a b\na:\n    docker push a\nb:\n    docker push b\n"
    "dash:\n    -docker push a\n    docker push b\nsemi:\n    docker push a; docker push b\n"
    "[parallel]\nbeside: a b\nscript:\n    #!/usr/bin/env bash\n    docker push a\n    docker push b\n"
    "named name tag='1': (tagged name)\n    docker push {{reg}}/{{name}}:{{tag}}\n"
    "tagged it:\n    docker tag {{it}} x\nmany +names:\n    docker push {{names}}\n"
    "tool:\n    #!/usr/bin/env python3\n    print()\n",
}


def more(script: str, **names: str) -> list[str]:
    world = World(MORE.get)
    values = {name: Value.literal_of(text) for name, text in names.items()}
    found = interpret(
        script, names=values, read=MORE.get, follow=lambda a, s, heard: follow_script(a, s, world, heard)
    )
    return lines_of(replace(found, commands=tuple(each for each in found.commands if not each.followed)))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("./build.sh worker --push", ["docker build -t r/worker worker", "docker push r/worker"]),
        ("./build.sh worker", ["docker build -t r/worker worker"]),
        ("./args.sh --tag x app", ["docker push 3:--tag:x:app"]),
        ("bash -x args.sh -a b", ["docker push 2:-a:b:"]),
        ("bash -o pipefail -- args.sh -a", ["docker push 1:-a::"]),
        ("bash on.sh --one 'two words' -3", ["docker push 3:--one:two words:-3"]),
        ("bash flags.sh web --push", ["docker push r/web"]),
        ("bash flags.sh web", ["docker push r/web ?"]),
        ("bash flags.sh a b c --push d", ["docker push r/d"]),
        ("bash -n args.sh", []),
    ],
)
def test_arguments_reach_a_script_complete_and_in_position(script: str, said: list[str]) -> None:
    """Words that begin with a dash are arguments once the script is named, and ``"$@"`` hands on all."""
    assert more(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("./two.sh", ["docker push a", "docker push b"]),
        ("bash two.sh", ["docker push a ~", "docker push b"]),
        ("bash -e two.sh", ["docker push a", "docker push b"]),
        ("bash -eu two.sh", ["docker push a", "docker push b"]),
        ("source two.sh", ["docker push a", "docker push b"]),
    ],
)
def test_the_first_line_counts_where_the_file_itself_is_run(script: str, said: list[str]) -> None:
    """To ``bash FILE`` the options in the first line of FILE are a remark."""
    assert more(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("npm run image -- --push", ["docker buildx build -t r/w . --push"]),
        ("yarn image --push --load", ["docker buildx build -t r/w . --push --load"]),
        ("npm run ship", ["docker push a", "docker push b", "docker push c"]),
        ("npm --prefix w run ship", ["docker push w"]),
        ("npm run ship -w w", ["docker push w"]),
        ("npm run semi", ["docker push a ~", "docker push b"]),
        ("npm run nothing --if-present", []),
        ("npm run nothing", ["npm run nothing"]),
        ("pnpm -r run ship", ["pnpm -r run ship"]),
        ("npm run ship --workspace=none", ["npm run ship --workspace=none"]),
    ],
)
def test_package_scripts_get_their_arguments_and_have_no_errexit(script: str, said: list[str]) -> None:
    """What follows the name is put behind the script; ``pre`` and ``post`` run around it; another package is
    another file, and what cannot be found is not followed."""
    assert more(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("make all", ["docker push a", "docker push b"]),
        ("make semi", ["docker push a ~", "docker push b"]),
        ("make -k all", ["docker push a &", "docker push b &"]),
        ("MAKEFLAGS=-j4 make all", ["docker push a &", "docker push b &"]),
        ("export MAKEFLAGS=j4\nmake all", ["docker push a &", "docker push b &"]),
        ("make -j4 one", ["docker push x", "docker push y"]),
        ("make order -j2", ["docker push a", "docker push o"]),
        ("make a $WHAT", ["make a {$WHAT}"]),
        ("make a nothing", ["make a nothing"]),
        ("make -e a", ["make -e a"]),
        ("make a \\ X=1", ["docker push a"]),
    ],
)
def test_flags_of_make_change_what_waits_for_what(script: str, said: list[str]) -> None:
    """With ``-j`` and ``-k`` no target waits for another's success, but for those that it needs itself."""
    assert more(script) == said


def test_a_blank_before_a_variable_of_make_does_not_count() -> None:
    r"""`make x \` and a next line, joined by YAML, hand make " NAME=value": a variable to it, no target."""
    assert followed("make push-app \\ REGISTRY=r.io \\ TAG=1") == followed(
        "make push-app REGISTRY=r.io TAG=1"
    )
    assert "docker push r.io/app:1" in followed("make push-app \\ REGISTRY=r.io \\ TAG=1")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("just both", ["docker push a", "docker push b"]),
        ("just", ["docker push a", "docker push b"]),
        ("just dash", ["docker push a ~", "docker push b"]),
        ("just semi", ["docker push a ~", "docker push b"]),
        ("just script", ["docker push a ~", "docker push b"]),
        ("just beside", ["docker push a &", "docker push b &"]),
        ("just named app", ["docker tag app x", "docker push ghcr.io/x/app:1"]),
        ("just named app 2", ["docker tag app x", "docker push ghcr.io/x/app:2"]),
        ("just a b", ["docker push a", "docker push b"]),
        ("just reg=quay.io named app", ["docker tag app x", "docker push quay.io/app:1"]),
        ("just many p q", ["docker push p q"]),
        ("just tool", ["just tool"]),
        ("just nothing", ["just nothing"]),
        ("just --set reg x named app", ["just --set reg x named app"]),
    ],
)
def test_what_a_recipe_of_just_does(script: str, said: list[str]) -> None:
    """Each line in its own shell, what it needs before it, its parameters filled in; or none is followed."""
    assert more(script) == said


COMMAND_LINES = st.lists(
    st.sampled_from(
        "make gmake just npm yarn pnpm bash /bin/sh source . ./Makefile scripts/push.sh scripts/careless list"
        " run ship all docker buildx bake --print compose config -C sub push named true".split()
    ),
    max_size=4,
)


@given(COMMAND_LINES, st.booleans())
def test_what_is_followed_may_be_followed(words: list[str], heard: bool) -> None:
    """A command line of which its words say that it runs no script of the repository runs none."""
    argv = tuple(map(Template.of, words))
    found = follow_script(argv, State(), World({**FILES, **MORE}.get), heard)
    assert found is None or may_follow(argv, heard)
