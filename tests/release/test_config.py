"""The release file: every mistake with its place, and where values come from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import golden
from wholeship.core.errors import BadConfig, BadInput
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.core.units import seconds_in
from wholeship.release.config import Overrides, ReleaseConfig, parse_config, read_config

FIXTURES = Path(__file__).parent / "fixtures" / "config"
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
SMALL = "registry: ghcr.io/acme\nimages: {app: {}}\ngates: none\n"


def read(text: str, overrides: Overrides | None = None) -> ReleaseConfig:
    return parse_config(text, Path("wholeship.yaml"), overrides or Overrides())


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.yaml")))
def test_every_mistake_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mistake, in the order of the file, with line, column and a hint."""
    monkeypatch.chdir(FIXTURES)
    with pytest.raises(BadConfig) as caught:
        read_config(Path(f"{name}.yaml"))
    lines = [f"{p.place}: {p.message}" + (f" ({p.hint})" if p.hint else "") for p in caught.value.problems]
    golden.check(FIXTURES / f"{name}.txt", "\n".join(lines) + "\n")


def test_a_file_further_up_is_pointed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of the repository, the advice names the file at its top, not a second one."""
    (tmp_path / "wholeship.yaml").write_text(SMALL)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    with pytest.raises(BadInput) as caught:
        read_config(Path("wholeship.yaml"))
    assert caught.value.advice == "one is further up: add --file ../../wholeship.yaml"


def test_no_file_says_what_to_do(tmp_path: Path) -> None:
    """Without a release file the advice is to make one."""
    with pytest.raises(BadInput) as caught:
        read_config(tmp_path / "wholeship.yaml")
    assert "wholeship init" in caught.value.advice


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """A path that cannot be read is told with the system's reason."""
    with pytest.raises(BadInput, match="directory"):
        read_config(tmp_path)


def test_defaults_do_the_rest() -> None:
    """One image and a registry are enough."""
    config = read(SMALL)
    app = config.images["app"]
    assert config.watched == "app"
    assert config.tag == "{timestamp}-{sequence}"
    assert app.repository == Repository("ghcr.io", "acme/app")
    assert (app.context, app.dockerfile) == (Path("."), Path("Dockerfile"))
    assert config.platforms_for("push") == (AMD64,)
    assert (config.gates, config.gates_declined) == ((), True)


def test_a_dockerfile_is_in_its_context() -> None:
    """As in Compose and Bake: relative to the context, and so is the default."""
    b = "{context: svc/b, dockerfile: ../b.Dockerfile}"
    images = f"{{a: {{context: svc/a}}, b: {b}, c: {{dockerfile: d/Dockerfile}}}}"
    config = read(f"registry: ghcr.io/acme\nimages: {images}\nwatched: a\ngates: none\n")
    found = {name: os.path.normpath(image.dockerfile) for name, image in config.images.items()}
    assert found == {"a": "svc/a/Dockerfile", "b": "svc/b.Dockerfile", "c": "d/Dockerfile"}


def test_texts_stay_as_written() -> None:
    """1.10 is no number, yes is no truth, and 012 keeps its zero."""
    config = read(
        "registry: ghcr.io/acme\nimages: {app: {args: {A: 1.10, B: yes, C: 012, D: true}}}\ngates: none\n"
    )
    assert dict(config.images["app"].args) == {"A": "1.10", "B": "yes", "C": "012", "D": "true"}


def test_the_registry_of_the_command_line_takes_every_image() -> None:
    """--registry puts every image there, under its last name, and says so in the sources."""
    images = "images: {app: {repository: ghcr.io/acme/shop-app}, worker: {}}\nwatched: app\n"
    text = images + "registry: a.b/c\ngates: none\n"
    config = read(text, Overrides(registry="localhost:5000/x/", sources={"registry": "--registry"}))
    assert [str(image.repository) for image in config.images.values()] == [
        "localhost:5000/x/shop-app",
        "localhost:5000/x/worker",
    ]
    assert config.sources["registry"] == "--registry"
    assert config.sources["images"] == "wholeship.yaml"
    assert "tag" not in config.sources


def test_platforms_given_come_before_everything() -> None:
    """--platforms, then the scenario's own, then default, then linux/amd64."""
    text = (
        SMALL + "platforms: {default: [linux/arm64], release: [linux/amd64, linux/x86_64, linux/arm64/v8]}\n"
    )
    config = read(text)
    assert config.platforms_for("push") == (ARM64,)
    assert config.platforms_for("release") == (AMD64, ARM64)
    given = read(text, Overrides(platforms="linux/amd64 linux/arm64,linux/amd64"))
    assert given.platforms_for("push") == (AMD64, ARM64)
    with pytest.raises(BadInput, match="not a platform"):
        read(text, Overrides(platforms="amd64"))


def test_a_script_without_needs_gets_every_image() -> None:
    """An image gate looks at its image, a script at what it needs, by default at all."""
    text = SMALL.replace("gates: none", "gates: {a: {run: x}, b: {image: app, command: [y], timeout: 1h30m}}")
    a, b = read(text).gates
    assert (a.needs, a.timeout, a.network) == (("app",), 600.0, "none")
    assert (b.needs, b.timeout) == (("app",), 5400.0)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("25m", 1500), ("1h30m", 5400), ("7h", 25200)])
def test_durations(text: str, seconds: int) -> None:
    """Hours, minutes and seconds, in this order."""
    assert seconds_in(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "0s", "1d", "30m1h", "-5m", "8000h", "1.5h", "5m\n"])
def test_what_is_no_duration(text: str) -> None:
    """Anything else is refused with an example; so is none at all, and more than a week."""
    with pytest.raises(BadInput):
        seconds_in(text)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    """Whatever the file holds, it gives a configuration or mistakes with places, and nothing else."""
    try:
        parse_config(text, Path("wholeship.yaml"), Overrides())
    except BadConfig as error:
        places = {problem.place.file for problem in error.problems}
        assert places == {"wholeship.yaml"}


KEYS = [
    "images",
    "watched",
    "registry",
    "tag",
    "gates",
    "builder",
    "platforms",
    "aliases",
    "x",
    "app",
    "image",
    "run",
]
VALUES = st.recursive(
    st.sampled_from(["app", "none", "linux/amd64", "{sequence}", "", "a/b", "3m", None, 7, True, 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_any_shape_is_read_or_refused(document: dict[str, object]) -> None:
    """Keys in wrong places and values of wrong kinds are mistakes, never a crash, and none is told twice."""
    import json

    try:
        read(json.dumps(document))
    except BadConfig as error:
        told = [(problem.message, problem.place) for problem in error.problems]
        assert len(told) == len(set(told))
