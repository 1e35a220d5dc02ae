"""A clock, or chance, that a step asks twice gives two tags; asked once, it gives one."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched


def whole(script: str, files: dict[str, str] | None = None) -> bool | None:
    """The verdict on a step that runs *script*."""
    lines = "".join(f"          {line}\n" for line in script.split("\n"))
    steps = f"      - uses: actions/checkout@v4\n{LOGIN}      - run: |\n{lines}"
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", (files or {}).get, options=options).whole


def both(tag: str) -> str:
    return f"docker push r.io/worker:{tag}\ndocker push r.io/app:{tag}"


@pytest.mark.parametrize(
    "word", ["$(date +%s)", "$RANDOM", "$(uuidgen)", "$EPOCHSECONDS-$GITHUB_SHA", "$(now)"]
)
def test_asked_for_each_image_it_is_another_tag(word: str) -> None:
    """app is out under what the second answer was; worker never gets that tag."""
    assert whole(f"now() {{ date +%s; }}\n{both(word)}") is not True
    assert (
        whole(f"now() {{ date +%s; }}\nfor i in worker app; do docker push r.io/$i:{word}; done") is not True
    )


@pytest.mark.parametrize(
    "script",
    [
        "T=$(date +%s)",
        "T=v-$(date +%s | tr -d 0)",
        ": ${T:=$(date +%s)}",
        "T=$(uuidgen)",
        "T=$RANDOM",
        "now() { date +%s; }\nT=$(now)",
        "if grep -q x /etc/hosts; then T=$(date +%s); else T=$(date +%F); fi",
    ],
)
def test_asked_once_it_is_one_tag(script: str) -> None:
    """What is kept in a variable is the same for both images."""
    assert whole(f"{script}\n{both('$T')}") is True


@pytest.mark.parametrize(("operator", "right"), [(":=", True), ("=", None), ("?=", None)])
def test_make_asks_once_or_each_time(operator: str, right: bool | None) -> None:
    """`:=` asks when the Makefile is read; `=` and `?=` ask wherever the variable stands."""
    text = f"T {operator} $(shell date +%s)\nall: w a\n" + "".join(
        f"{name}:\n\tdocker push r.io/{image}:$(T)\n" for name, image in (("w", "worker"), ("a", "app"))
    )
    assert (whole("make all", {"Makefile": text}) is True) is (right is True)


PUSH = "docker push r.io/{}:$(GITHUB_SHA)"
W, A = PUSH.format("worker"), PUSH.format("app")
IN_ORDER = f".PHONY: all w a\nall: w a\nw:\n\t{W}\na:\n\t{A}\n"


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (f"{IN_ORDER}w:\n\t-{W}\n", "make all"),
        (IN_ORDER, "make -o w all"),
        (IN_ORDER, "MAKEFILES=other.mk make all"),
        (f"override TAG = dev\nall:\n\tdocker push r.io/worker:$(TAG)\n\t{A}\n", "make all TAG=$GITHUB_SHA"),
        (
            f"unexport TAG\nall:\n\tdocker push r.io/worker:$${{TAG:-dev}}\n\t{A}\n",
            "TAG=$GITHUB_SHA make all",
        ),
        (f"TAG = dev\nall:\n\tdocker push r.io/worker:$$TAG\n\t{A}\n", "TAG=$GITHUB_SHA make all"),
    ],
)
def test_make_does_something_else_than_it_seems(text: str, call: str) -> None:
    """A later recipe, `-o`, MAKEFILES, `override`, `unexport`, and a variable of the environment set anew."""
    assert whole(call, {"Makefile": text}) is not True


def test_make_does_what_it_seems() -> None:
    """In order, with two recipes of two colons, and with `.NOTPARALLEL` under `-j`."""
    assert whole("make all", {"Makefile": IN_ORDER}) is True
    assert whole("make all", {"Makefile": f"all::\n\t{W}\nall::\n\t{A}\n"}) is True
    assert whole("make -j2 all", {"Makefile": f".NOTPARALLEL:\n{IN_ORDER}"}) is True
