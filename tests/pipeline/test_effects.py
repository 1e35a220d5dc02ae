"""A text as docker reads it: repository, tag and digest."""

from __future__ import annotations

import pytest

from wholeship.pipeline.effects import read_reference
from wholeship.texts.template import Hole, Kind, Template

REF = Hole.of(Kind.REF, "github.ref_name")


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        (("r.example/acme/app:1",), "r.example/acme/app", "1"),
        (("r.example:5000/app",), "r.example:5000/app", "latest"),
        (("r.example:5000/app:1",), "r.example:5000/app", "1"),
        (("localhost:5000/acme/app",), "localhost:5000/acme/app", "latest"),
        (("acme/app:refs/heads/", REF), "acme/app", "refs/heads/{github.ref_name}"),
        (
            ("r.example:5000/acme/app:refs/heads/", REF),
            "r.example:5000/acme/app",
            "refs/heads/{github.ref_name}",
        ),
    ],
)
def test_what_follows_a_colon_is_a_port_only_before_the_first_slash(
    text: tuple[str | Hole, ...], repository: str, tag: str
) -> None:
    """`host:5000/app` has a port; `acme/app:refs/heads/x` is a bad tag of acme/app."""
    found = read_reference(Template.of(*text))
    assert (str(found.repository), str(found.tag)) == (repository, tag)
