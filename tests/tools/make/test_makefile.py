"""Makefiles: what is expanded, what is left to the shell, and that GNU make would run the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.tools.make.makefile import Makefile, makefile
from wholeship.tools.make.texts import arguments, closing


def script(
    text: str, target: str = "", given: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> list[str]:
    """The lines that run, without the subshell around each."""
    made = Makefile({"more.mk": "EXTRA = more\n"}.get, given, names)
    made.load(text, "Makefile")
    found = made.script([target or made.first]) or ""
    return re.sub(r"^\( |\n\)", "", found, flags=re.MULTILINE).split("\n") if found else []


RULES = """\
define rule
push-$(1):
\tdocker push r/$(1)
endef
$(foreach i,a b,$(eval $(call rule,$(i))))
all: push-a push-b
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A = $(B)\nB = b\nall:\n\tdocker push $(A)\n", ["docker push b"]),
        ("A := a\nA += b\nall:\n\tdocker push $(A)\n", ["docker push a b"]),
        ("A = r/$@:$(VERSION)\nall:\n\tdocker push $(A)\n", ["docker push r/all:"]),
        ("all:\n\t$(foreach i,app web,docker push $(i);)\n", ["docker push app; docker push web;"]),
        ("define go\ndocker build $(1)\ndocker push $(1)\nendef\nall:\n\t$(call go,app)\n",
         ["docker build app", "docker push app"]),
        ("ifeq ($(X),)\nA = none\nelse\nA = some\nendif\nall:\n\techo docker $(A)\n", ["echo docker none"]),
        ("ifdef X\nA = a\nelse ifeq (b,b)\nA = b\nelse\nA = c\nendif\nall:\n\tdocker $(A)\n", ["docker b"]),
        ("all: $(addprefix push-,a b)\npush-%:\n\tdocker push $*\n", ["docker push a", "docker push b"]),
        ("I = a.tar b.tar\nall:\n\techo docker $(I:.tar=)\n", ["echo docker a b"]),
        (RULES, ["docker push r/a", "docker push r/b"]),
        ("all: P = --push\nall: build\nbuild:\n\tdocker build $(P) .\n", ["docker build --push ."]),
        ("include more.mk\nall:\n\techo docker $(EXTRA)\n", ["echo docker more"]),
        ("all:\n\t@# a remark\n\tdocker push a\n", ["docker push a"]),
    ],
)  # fmt: skip
def test_what_make_expands(text: str, lines: list[str]) -> None:
    """Variables, functions, conditions, definitions and rules are those of GNU make."""
    found = script(text, "all" if "\nall:" in text or text.startswith("all:") else "")
    assert [line for line in found if "#" not in line and line != "set +e"] == lines


def test_what_only_the_run_knows_is_left_to_the_shell() -> None:
    """The environment, programs and functions of them; a program that many ask is asked once."""
    text = (
        "TAG = $(shell git describe --tags --always)\nNAME = $(subst /,-,$(TAG))\n"
        "all:\n\tdocker push r/$(USER):$(TAG)\n\tdocker push r/b:$(TAG)-$(NAME)\n"
    )
    assert script(text, names=("USER",)) == [
        'TAG="$(git describe --tags --always)"',
        'NAME="$(make_subst / - ${TAG})"',
        "docker push r/${USER}:${TAG}",
        "docker push r/b:${TAG}-${NAME}",
    ]


def test_a_condition_of_the_run_keeps_both_sides() -> None:
    """A line, or a variable, that depends on the environment is there under the shell's own test."""
    text = (
        "ifneq ($(PUSH),)\nHOW = --push\nendif\n"
        "all:\n\tdocker build $(HOW) .\nifeq ($(LATEST),true)\n\tdocker push a\nendif\n"
    )
    found = "\n".join(script(text, names=("PUSH", "LATEST")))
    assert 'HOW="$(if [ "${PUSH}" != "" ]; then echo --push; else echo ; fi)"' in found
    assert 'if [ "${LATEST}" = "true" ]; then\ndocker push a\nfi' in found


_BRANCHES = [
    "ifeq ($(T),win)\nD ?= w\nelse\nD ?= other\nendif\n",
    "ifeq ($(T),win)\nD ?= w\nelse ifeq ($(T),mac)\nD ?= m\nelse\nD ?= other\nendif\n",
    "ifeq ($(T),win)\nD = w\nendif\nD ?= other\n",
    "ifeq ($(T),win)\nD ?= w\nendif\nifneq ($(T),mac)\nD ?= late\nendif\nD ?= other\n",
    "ifeq ($(T),win)\nD := w\nelse\nD := other\nendif\nD ?= never\n",
    "D ?= first\nifeq ($(T),win)\nD ?= w\nendif\n",
]


@pytest.mark.real
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("told", ["win", "mac", "linux"])
@pytest.mark.parametrize("text", _BRANCHES)
def test_a_default_in_a_branch_of_the_run(text: str, told: str, tmp_path: Path) -> None:
    """``?=`` under a condition of the environment is what GNU make makes of it, and never empty instead."""
    text += "all:\n\techo d-$(D)\n"
    (tmp_path / "Makefile").write_text(text)
    environment = {"PATH": os.environ["PATH"], "T": told}
    run: dict[str, Any] = {"env": environment, "cwd": tmp_path, "capture_output": True, "text": True}
    wanted = subprocess.run(["make", "-s", "all"], check=True, **run).stdout
    ours = "\n".join(script(text, "all", names=("T",)))
    assert subprocess.run(["sh", "-c", ours], check=True, **run).stdout == wanted


def test_a_target_that_is_a_file_may_be_up_to_date() -> None:
    """Its recipe then does not run, unless it is phony."""
    text = "image:\n\tdocker push a\n"
    for more, lines in (
        ("", ["if make_is_out_of_date; then", "docker push a", "fi"]),
        (".PHONY: image\n", ["docker push a"]),
    ):
        made = Makefile({"image": "is a file"}.get, (), ())
        made.load(more + text, "Makefile")
        assert (made.script(["image"]) or "").removeprefix("( ").removesuffix("\n)").split("\n") == lines


@pytest.mark.parametrize(
    ("text", "perhaps"),
    [
        ("jobs:\n\tdocker push a\n", True),
        ("jobs:\n\tcrane cp a b\n", True),
        ("jobs:\n\t./push.sh\n", True),
        ("jobs: Dockerfile\n\tdocker push a\n", True),
        (".ONESHELL:\njobs:\n\tcd x\n\tdocker push a\n", True),
        (".PHONY: jobs\njobs:\n\tdocker push a\n", False),
        ("jobs: FORCE\n\tdocker push a\nFORCE:\n", False),
        (".PHONY: build\njobs: build\n\tdocker push a\nbuild:\n\ttrue\n", False),
        ("all: jobs\njobs:\n\techo built\n", False),
    ],
)
def test_a_target_that_is_a_folder_may_be_up_to_date(text: str, perhaps: bool) -> None:
    """A folder is there as a file is; what needs something phony, or no file, always runs."""
    made = Makefile({"jobs/": "Dockerfile\nsrc/", "Dockerfile": "FROM a"}.get, (), ())
    made.load(text, "Makefile")
    assert ("make_is_out_of_date" in (made.script(["jobs"]) or "")) is perhaps


def test_a_recipe_in_one_shell() -> None:
    """``.ONESHELL`` goes on after a failure, unless the shell is told to stop."""
    text = ".ONESHELL:\nall:\n\tcd a\n\tdocker push b\n"
    assert script(text, "all") == ["set +e", "cd a", "docker push b"]
    assert script(f".SHELLFLAGS = -ec\n{text}", "all") == ["cd a", "docker push b"]


@pytest.mark.parametrize(
    ("head", "forgiven"),
    [
        (".IGNORE:\n", True),
        (".IGNORE: all\n", True),
        (".IGNORE: other\n", False),
        ("MAKEFLAGS += -i\n", True),
    ],
)
def test_a_file_that_forgives_failures(head: str, forgiven: bool) -> None:
    """``.IGNORE``, for all targets or for those named, and ``-i`` among the file's own flags."""
    before, after = (["set +e"], [": )"]) if forgiven else ([], [])
    assert script(f"{head}all:\n\tdocker push a\n", "all") == [*before, "docker push a", *after]


def test_the_environment_loses_to_an_assignment_and_wins_over_a_default() -> None:
    """As in GNU make without ``-e``; the command line wins over both."""
    text = "A = a\nB ?= b\nall:\n\techo docker $(A) $(B)\n"
    assert script(text, names=("A", "B")) == ["echo docker a ${B}"]
    assert script(text, given=("A",)) == ["echo docker ${A} b"]


def test_a_makefile_is_taken_in_once_for_the_same_questions() -> None:
    """Another call finds it again, unless a variable that mattered has come or gone."""
    text = "A ?= a\nall:\n\tdocker push $(A)\n"

    def read(_name: str) -> None:
        return None

    def made(*names: str) -> Makefile:
        found = makefile("Makefile", text, "", read, given=(), names=names)
        found.script(["all"])
        return found

    assert made() is made("OTHER")
    assert made() is not made("A")


@pytest.mark.real
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_gnu_make_runs_the_same(tmp_path: Path) -> None:
    """What ``make -n`` prints is what is expanded here, for all that does not depend on the run."""
    text = """\
REGISTRY ?= r
IMAGES := app worker
LIST = $(foreach i,$(IMAGES),$(REGISTRY)/$(i):$(VERSION))
VERSION := $(strip  1.0 )
.SECONDARY:
ifeq ($(words $(IMAGES)),2)
FLAGS += --two
else
FLAGS += --other
endif
define both
docker tag $(1) $(2)
docker push $(2)
endef
all: $(IMAGES:%=push-%) list
push-%: build-%
\tdocker push $(REGISTRY)/$*:$(VERSION) $(FLAGS)
build-%:
\tdocker build -t $@ $(dir a/b/$*) $(notdir a/$*) $(if $(filter app,$*),--app,--none)
list:
\techo $(sort $(LIST)) $(lastword $(IMAGES)) $(patsubst %,x-%,$(IMAGES)) $(or ,b) $(and a,c)
\t$(call both,a,$(firstword $(LIST)))
"""
    (tmp_path / "Makefile").write_text(text)
    done = subprocess.run(["make", "-n", "all"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert script(text, "all") == done.stdout.strip().split("\n")


_TEN = "".join(f"A{n} {{}} {f'$(A{n - 1})' * 10}\n" for n in range(1, 30))
_LIST = "L = " + " ".join(f"w{n}" for n in range(3000)) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        f"A0 = docker push x;\n{_TEN.replace('{}', '=')}all:\n\t$(A29)\n",
        f"A0 := docker push x;\n{_TEN.replace('{}', ':=')}all:\n\t$(A29)\n",
        _LIST + "all:\n\t$(foreach a,$(L),$(foreach b,$(L),$(foreach c,$(L),push $a$b$c;)))\n",
        "all: "
        + " ".join(f"t{n}" for n in range(9000))
        + "\n"
        + "".join(f"p{n}-%:\n\tx\n" for n in range(9000)),
        "".join(f"t{n}: t{n + 1}\n\tdocker push t{n}\n" for n in range(5000)),
        "".join(f"t{n}:\n\tx\n" for n in range(9000))
        + "all: "
        + " ".join(f"t{n}" for n in range(9000))
        + "\n",
    ],
    ids=["doubling", "doubling at once", "nested loops", "many patterns", "a long chain", "many targets"],
)
def test_a_makefile_without_bounds_is_not_followed(text: str) -> None:
    """What grows beyond all bounds, in width or in depth, costs no more than a moment, and never memory."""
    made = makefile("Makefile", text, "", lambda _path: None, given=(), names=())
    assert made.script(["all"]) in (None, "true")


@given(st.text("(){},;a$", max_size=14), st.sampled_from(",:"))
def test_parentheses_are_found_by_counting(text: str, mark: str) -> None:
    """Arguments end outside of all parentheses, and each of these closes where the count is 0."""
    depth = [text[:at].count("(") + text[:at].count("{") for at in range(len(text))]
    depth = [opened - text[:at].count(")") - text[:at].count("}") for at, opened in enumerate(depth)]
    cuts = [at for at, char in enumerate(text) if char == mark and depth[at] == 0]
    parts = [text[a:b] for a, b in zip([0, *(at + 1 for at in cuts)], [*cuts, len(text)], strict=True)]
    assert arguments(text, mark) == parts
    for at, char in enumerate(text):
        if char in "({":
            end = {"(": ")", "{": "}"}[char]
            inside = (
                to
                for to in range(at, len(text))
                if text[at : to + 1].count(char) == text[at : to + 1].count(end)
            )
            assert closing(text, at) == next(inside, len(text))
