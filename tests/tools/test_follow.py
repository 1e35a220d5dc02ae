from __future__ import annotations

from dataclasses import replace

import pytest

from tests.shell.lines import lines_of
from wholeship.shell.interpret import interpret
from wholeship.texts.template import Value
from wholeship.tools.follow import follow
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
        script, names=values, read=FILES.get, follow=lambda a, s, heard: follow(a, s, world, heard)
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
        ("make loop REGISTRY=ghcr.io/x", ["docker push ghcr.io/x/app", "docker push ghcr.io/x/worker"]),
        ("make careless", ["docker push r/app ~", "docker push r/worker"]),
        ("make extra", ["docker push extra"]),
        ("make -n extra", []),
        ("make -s --no-print-directory extra", ["docker push extra"]),
        ("make -i extra", ["docker push extra ~"]),
        ("make -j4 extra", ["docker push extra ~&"]),
        ("make -j$(nproc) extra", ["nproc ~", "docker push extra ~&"]),
        ("make -j 4 extra", ["docker push extra ~&"]),
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
