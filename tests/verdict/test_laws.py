"""Laws that keep what a workflow does keep what is said of it: on workflows of our own, drawn by chance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verdict.laws import LAWS, Changed
from tests.verdict.saying import Said, said

NAMES = ("storefront", "ledger", "mail-sender", "search-index")
LOGIN = """      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
        with: {registry: r.example, username: bot, password: "${{ secrets.TOKEN }}"}
"""


@dataclass(frozen=True)
class Drawn:
    """A workflow by its parts: the jobs with the images each pushes, what it needs, and how it pushes."""

    jobs: tuple[tuple[str, ...], ...]
    in_line: bool
    forms: tuple[str, ...]
    event: str
    gated: bool

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(name for job in self.jobs for name in job)

    @property
    def expected(self) -> tuple[bool | None, tuple[str, ...]]:
        """In one line only the last image is safe to follow; jobs side by side leave none."""
        if len(self.images) < 2:
            return None, ()
        return (None, (self.images[-1],)) if self.in_line or len(self.jobs) == 1 else (False, ())

    @property
    def text(self) -> str:
        on = {"tag": '{push: {tags: ["v*"]}}', "release": "{release: {types: [published]}}"}[self.event]
        head = f"on: {on}\nenv:\n  HUB: r.example/acme\njobs:\n"
        gate = "  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pytest\n" if self.gated else ""
        return head + gate + "".join(self._job(number) for number in range(len(self.jobs)))

    def _job(self, number: int) -> str:
        before = f"job{number - 1}" if self.in_line and number else "test" if self.gated else ""
        needs = f"    needs: {before}\n" if before else ""
        body = "".join(
            self._push(name, self.forms[number]) for name in _grouped(self.jobs[number], self.forms[number])
        )
        return f"  job{number}:\n{needs}    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{body}"

    @staticmethod
    def _push(name: str, form: str) -> str:
        return FORMS[form].replace("IMAGE", name)


FORMS = {
    "action": """      - uses: docker/build-push-action@v6
        with:
          push: true
          context: src
          tags: ${{ env.HUB }}/IMAGE:${{ github.ref_name }}
""",
    "metadata": """      - id: meta-IMAGE
        uses: docker/metadata-action@v5
        with:
          images: ${{ env.HUB }}/IMAGE
          tags: type=raw,value=${{ github.ref_name }}
          flavor: latest=false
      - uses: docker/build-push-action@v6
        with: {push: true, context: src, tags: "${{ steps.meta-IMAGE.outputs.tags }}"}
""",
    "lines": """      - run: |
          docker build -t r.example/acme/IMAGE:$GITHUB_REF_NAME --build-arg VERSION=1 src
          docker push r.example/acme/IMAGE:$GITHUB_REF_NAME
""",
    "chain": """      - run: docker build -t $NAME:$TAG src && docker push $NAME:$TAG
        env: {TAG: "${{ github.ref_name }}", NAME: r.example/acme/IMAGE}
""",
    "loop": """      - run: |
          for name in IMAGE; do
            docker buildx build --push -t r.example/acme/$name:$GITHUB_REF_NAME src
          done
""",
}


def _grouped(names: tuple[str, ...], form: str) -> tuple[str, ...]:
    return (" ".join(names),) if form == "loop" else names


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Up to four images in up to three jobs."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(names) - 1)), max_size=2)))
    edges = [0, *(cut for cut in cuts if cut < len(names)), len(names)]
    jobs = tuple(tuple(names[one:other]) for one, other in pairwise(edges))
    forms = tuple(draw(st.sampled_from(sorted(FORMS))) for _ in jobs)
    return Drawn(
        jobs, draw(st.booleans()), forms, draw(st.sampled_from(["tag", "release"])), draw(st.booleans())
    )


def kept(before: Said, changed: Changed, after: Said) -> None:
    """The word on wholeness, who may be followed, and how many images there are."""
    assert after.broken == before.broken, changed.text
    assert after.with_old_names(changed.renamed) == before.verdict, changed.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(drawn())
def test_what_is_drawn_is_judged_by_its_order(workflow: Drawn) -> None:
    """Images in one line: the last may be followed. Jobs side by side: none."""
    answer = said(workflow.text)
    assert (answer.whole, answer.followed) == workflow.expected
    assert answer.images == len(workflow.images)


@pytest.mark.parametrize("law", sorted(LAWS))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(workflow=drawn())
def test_a_change_of_words_changes_no_verdict(law: str, workflow: Drawn) -> None:
    """A comment, an anchor, another style, a name, a loop written out, a step moved: what is said stays."""
    changed = LAWS[law](workflow.text)
    if changed is not None:
        kept(said(workflow.text), changed, said(changed.text, changed.files))


EVERY = Drawn((("storefront", "ledger"), ("mail-sender",)), True, ("loop", "chain"), "tag", False)
MORE = Drawn((("storefront",), ("ledger",)), False, ("lines", "action"), "tag", True)


@pytest.mark.parametrize("law", sorted(LAWS))
def test_every_law_has_something_to_change(law: str) -> None:
    """No law is idle: each changes one of two workflows."""
    texts = [EVERY.text, MORE.text]
    assert any((made := LAWS[law](text)) and made.text != text for text in texts)
