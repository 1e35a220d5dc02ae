"""A job that builds and pushes tags → one that pushes a candidate by digest and waits for nobody."""

from __future__ import annotations

import re

from wholeship.core import yamls
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.github.lines import (
    BUILD,
    LOGIN,
    KeyedLines,
    Rows,
    Unshaped,
    entry,
    item,
    names_needed,
    needed,
    set_needs,
    step_at,
)
from wholeship.pipeline.publish import Way
from wholeship.verdict.study import Case

_EXPRESSION = lazy_pattern(r"\$\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image and the job that builds it. ``repository`` and ``tags`` are as written, expressions kept."""

    name: str
    job: str
    body: yamls.Mapping
    step: yamls.Mapping
    repository: str
    tags: tuple[str, ...]
    login: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The expression for the candidate's digest, in a job that needs its job."""
        return f"${{{{ needs.{self.job}.outputs.digest }}}}"


def candidate_of(rows: Rows, jobs: yamls.Mapping, case: Case, name: str) -> Candidate:
    """The candidate for the image *name*; :class:`Unshaped` when its publish is of another kind."""
    image = next(image for image in case.images if image.name == name)
    publishes = {tagged.publish.spot: tagged.publish for tagged in image.tags}
    if len(publishes) != 1:
        raise Unshaped(f"{name} is published in {len(publishes)} places")
    (publish,) = publishes.values()
    if publish.way is not Way.BUILD or publish.how != BUILD or publish.spot.leg:
        raise Unshaped(f"{name} is not published by one {BUILD} in a job without a matrix")
    body = jobs.get(publish.spot.job)
    place = case.step(publish.spot).place
    if not isinstance(body, yamls.Mapping):
        raise Unshaped(f"{name} is published by a called workflow")
    step = step_at(body, place.line)
    inputs = needed(rows, step, "with").value
    if not isinstance(inputs, yamls.Mapping) or inputs.get("outputs") is not None:
        raise Unshaped(f"the build of {name} says itself where its output goes")
    repository, tags = _tags(name, needed(rows, inputs, "tags").value)
    return Candidate(name, publish.spot.job, body, step, repository, tags, _login(rows, body, name))


def as_candidate(rows: Rows, candidate: Candidate) -> None:
    """The job pushes by digest, gives the digest on, and needs only what it still reads."""
    inputs = needed(rows, candidate.step, "with").value
    assert isinstance(inputs, yamls.Mapping)
    tags, push = needed(rows, inputs, "tags"), entry(rows, inputs, "push")
    rows.cut(tags.rows)
    rows.cut(push.rows if push else ())
    by_digest = "push-by-digest=true,name-canonical=true,push=true"
    where = f"type=image,name={candidate.repository},{by_digest}"
    rows.put(tags.rows.start, [f"{' ' * tags.indent}outputs: {where}"])
    name = _step_id(rows, candidate.step)
    _give(rows, candidate.body, f"digest: ${{{{ steps.{name}.outputs.digest }}}}")
    _need_less(rows, candidate)


def _need_less(rows: Rows, candidate: Candidate) -> None:
    """What the job still reads of others stays; an order that only kept the tags apart goes."""
    inputs = needed(rows, candidate.step, "with").value
    assert isinstance(inputs, yamls.Mapping)
    tags, at = needed(rows, inputs, "tags").rows, entry(rows, candidate.body, "needs")
    left_out = {*tags, *(at.rows if at else ())}
    first = candidate.body.place.line - 1
    text = rows.text(row for row in range(first, _end(rows, candidate.body)) if row not in left_out)
    wanted = [name for name in names_needed(candidate.body) if f"needs.{name}." in text]
    set_needs(rows, candidate.body, wanted)


def _end(rows: Rows, body: yamls.Mapping) -> int:
    key, _ = body.entries[-1]
    return rows.block(key.place.line - 1, key.place.column - 1).stop


def _give(rows: Rows, body: yamls.Mapping, line: str) -> None:
    outputs = entry(rows, body, "outputs")
    if outputs is not None:
        rows.put(outputs.rows.stop, [f"{' ' * (outputs.indent + 2)}{line}"])
        return
    after = needed(rows, body, "runs-on")
    indent = " " * after.indent
    rows.put(after.rows.stop, [f"{indent}outputs:", f"{indent}  {line}"])


def _step_id(rows: Rows, step: yamls.Mapping) -> str:
    known = step.get("id")
    if isinstance(known, yamls.Scalar):
        return known.text
    key, _ = step.entries[0]
    first = KeyedLines(key, step, rows.block(key.place.line - 1, key.place.column - 1))
    rows.put(first.rows.stop, [f"{' ' * first.indent}id: build"])
    return "build"


def _tags(image: str, node: yamls.Node) -> tuple[str, tuple[str, ...]]:
    """The one repository of a literal tag list, and its tags."""
    if not isinstance(node, yamls.Scalar):
        raise Unshaped(f"the tags of {image} are not text")
    whole = [part.strip() for line in node.text.split("\n") for part in _split(line, ",")]
    pairs = [_cut(image, text) for text in whole if text]
    repositories = {repository for repository, _ in pairs}
    if len(repositories) != 1:
        raise Unshaped(f"{image} goes to several repositories, or its tags are made by an action")
    return repositories.pop(), tuple(tag for _, tag in pairs)


def _cut(image: str, text: str) -> tuple[str, str]:
    parts = _split(text, ":")
    if len(parts) < 2 or not parts[-1] or "/" in parts[-1].replace("${{", ""):
        raise Unshaped(f"the tag {text} of {image} is not written as repository:tag")
    return ":".join(parts[:-1]), parts[-1]


def _split(text: str, separator: str) -> list[str]:
    """*text* at *separator*, which does not count inside an expression."""
    hidden = _EXPRESSION.sub(lambda match: "\0" * len(match[0]), text)
    parts, at = [], 0
    for piece in hidden.split(separator):
        parts.append(text[at : at + len(piece)])
        at += len(piece) + len(separator)
    return parts


def _login(rows: Rows, body: yamls.Mapping, image: str) -> tuple[str, ...]:
    """The lines of the job's login, from its dash on, without the indentation."""
    steps = body.get("steps")
    for step in steps.items if isinstance(steps, yamls.Sequence) else ():
        uses = step.get("uses") if isinstance(step, yamls.Mapping) else None
        if isinstance(uses, yamls.Scalar) and uses.text.startswith(f"{LOGIN}@"):
            found = item(rows, step)
            dash = rows.lines[found.start].find("-")
            return tuple(rows.lines[row][dash:] for row in found)
    raise Unshaped(f"the job that publishes {image} does not log in with {LOGIN}")
