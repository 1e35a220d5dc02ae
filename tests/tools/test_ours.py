"""wholeship's own commands, as ``check`` reads them."""

from __future__ import annotations

import pytest

from tests.tools.words import line

RELEASE = """\
registry: r/shop
images: {app: {}, worker: {}, zoo: {repository: other/zoo}}
watched: app
gates: {boots: {run: ./boots}}
environments:
  production: {tag: "prod-{tag}", gates: {smoke: {run: ./smoke}}}
  elsewhere: {registry: q/there, gates: none}
"""
FILES = {
    "wholeship.yaml": RELEASE,
    "bare.yaml": RELEASE.replace("{boots: {run: ./boots}}", "none"),
    "bad": "]",
}
TAG = "{wholeship timestamp}-{wholeship sequence}"


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("wholeship plan --save", [f"leaves: tag={TAG}"]),
        ("wholeship build --image app --tag {tag}", ["build: r/shop/app"]),
        ("wholeship build", ["build: other/zoo", "build: r/shop/worker", "build: r/shop/app"]),
        ("wholeship gate --tag {tag}", ["smoke: other/zoo r/shop/worker r/shop/app"]),
        ("wholeship gate --file bare.yaml", []),
        (
            "wholeship promote --tag {tag} --file wholeship.yaml",
            [
                "copy: other/zoo:{tag} from other/zoo",
                "copy: r/shop/worker:{tag} from r/shop/worker",
                "copy: r/shop/app:{tag} from r/shop/app",
            ],
        ),
        (
            "wholeship release --registry q --file bare.yaml",
            [
                f"copy: other/zoo:{TAG} from other/zoo",
                f"copy: q/worker:{TAG} from q/worker",
                f"copy: q/app:{TAG} from q/app",
            ],
        ),
        (
            "wholeship promote --tag {tag} --to production --file wholeship.yaml",
            [
                "smoke: other/zoo r/shop/worker r/shop/app",
                "copy: other/zoo:prod-{tag} from other/zoo",
                "copy: r/shop/worker:prod-{tag} from r/shop/worker",
                "copy: r/shop/app:prod-{tag} from r/shop/app",
            ],
        ),
        (
            "wholeship promote --to=elsewhere --tag {tag}",
            [
                "copy: q/there/zoo:{tag} from other/zoo",
                "copy: q/there/worker:{tag} from r/shop/worker",
                "copy: q/there/app:{tag} from r/shop/app",
            ],
        ),
        ("wholeship status", []),
        ("wholeship verify --tag {tag}", []),
    ],
)
def test_what_our_commands_do(text: str, effects: list[str]) -> None:
    """Builds show no tag, a promotion writes the watched image last, a plan leaves the tag."""
    assert line(text, FILES) == effects


def test_an_environment_that_is_not_named_is_never_silence() -> None:
    """A promotion to an environment that the release file does not know publishes nobody knows what."""
    (effect,) = line("wholeship promote --to nowhere --tag {tag}", FILES)
    assert effect.startswith("opaque")


def test_a_release_file_that_cannot_be_read_is_never_silence() -> None:
    """Without its release file, a command that publishes is one that publishes nobody knows what."""
    for name in ("nowhere.yaml", "bad"):
        (effect,) = line(f"wholeship promote --file {name}", FILES)
        assert effect.startswith("opaque")
