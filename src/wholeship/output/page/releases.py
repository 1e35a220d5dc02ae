"""A plan, and how a release ended, as pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from wholeship.core.errors import ExitCode
from wholeship.core.wording import elapsed
from wholeship.output.page.parts import (
    Cell,
    Code,
    Edge,
    Graph,
    Lane,
    Mark,
    Node,
    Page,
    Part,
    Prose,
    Section,
    Span,
    Table,
    Timeline,
    Tone,
)
from wholeship.output.page.rollouts import rollout_section
from wholeship.output.release_json import CandidateJson, PlanJson, ReleaseJson

# -- a plan ----------------------------------------------------------------------------------------


def plan_page(plan: PlanJson) -> Page:
    """What a release would do, as a drawing of its order."""
    parts: list[Part] = [_order_graph(plan), _planned_images(plan)]
    if plan.gates:
        parts.append(_planned_gates(plan))
    if plan.remarks:
        parts.append(Section("To know before", (Prose("\n\n".join(plan.remarks)),), Tone.WARN))
    known = plan.forecast
    return Page(
        title=f"Plan of {plan.tag}",
        answer=f"would be refused: {plan.refused}"
        if plan.refused
        else f"{len(plan.images)} images, or none of them; nothing was touched",
        tone=Tone.BAD if plan.refused else Tone.PLAIN,
        parts=tuple(parts),
        facts=_facts(
            ("tag", plan.tag),
            ("scenario", plan.scenario),
            ("commit", plan.commit[:12] + (" with changes" if plan.dirty else "")),
            ("branch", plan.branch),
            ("builder", plan.builder),
            ("aliases", ", ".join(plan.aliases)),
            ("forecast", f"{elapsed(known.seconds)} (as {known.based_on})" if known.seconds else ""),
            ("builder storage", f"{known.disk_bytes / 1e9:.1f} GB" if known.disk_bytes else ""),
        ),
        footer=f"plan {plan.release[:19]}",
    )


def _order_graph(plan: PlanJson) -> Graph:
    """Builds at the same time, then gates, then tags: siblings, a barrier, the watched image."""
    names = [image.name for image in plan.images]
    siblings = [image.name for image in plan.images if not image.watched]
    nodes = [
        Node(f"build {image.name}", f"build {image.name}", ", ".join(image.platforms))
        for image in plan.images
    ]
    edges: list[Edge] = []
    ends = [f"build {name}" for name in names]
    for gate in plan.gates:
        nodes.append(Node(f"gate {gate.name}", f"gate {gate.name}", "on exact digests"))
        edges += [Edge(f"build {image}", f"gate {gate.name}") for image in gate.needs or names]
    if plan.gates:
        gated = {f"build {image}" for gate in plan.gates for image in gate.needs or names}
        ends = [f"gate {gate.name}" for gate in plan.gates] + [end for end in ends if end not in gated]
    nodes.append(Node("cleared", "cleared", "nothing is visible yet"))
    edges += [Edge(end, "cleared") for end in ends]
    before = "cleared"
    if siblings:
        for name in siblings:
            nodes.append(Node(f"tag {name}", name, f"gets {plan.tag}"))
            edges += [Edge("cleared", f"tag {name}"), Edge(f"tag {name}", "barrier")]
        nodes.append(Node("barrier", "barrier", "all siblings read back"))
        before = "barrier"
    nodes.append(
        Node(
            "tag",
            ", ".join(plan.followed or [plan.watched]),
            "watched: the commit point",
            Tone.GOOD,
            critical=True,
        )
    )
    edges.append(Edge(before, "tag", critical=True))
    for alias in plan.aliases:
        nodes.append(Node(f"alias {alias}", alias, "alias, forward only"))
        edges.append(Edge("tag", f"alias {alias}"))
    return Graph("The order of the release", tuple(nodes), tuple(edges))


def _planned_images(plan: PlanJson) -> Table:
    rows = tuple(
        (
            Cell(str(number), number),
            image.name + (" (watched)" if image.watched else ""),
            Cell(image.repository, code=True),
            ", ".join(image.platforms),
            image.dockerfile,
            image.why,
        )
        for number, image in enumerate(plan.images, 1)
    )
    columns = ("order", "image", "repository", "platforms", "dockerfile", "will be")
    return Table("Images, in the order in which their tag is written", columns, rows, frozenset({0}))


def _planned_gates(plan: PlanJson) -> Table:
    rows = tuple(
        (
            gate.name,
            ", ".join(gate.needs),
            Cell(
                f"{gate.image}: {' '.join(gate.command)}" if gate.image else gate.run or gate.asks, code=True
            ),
            gate.network if gate.image else "",
            Cell(elapsed(gate.timeout), gate.timeout),
        )
        for gate in plan.gates
    )
    return Table("Gates", ("gate", "on", "runs", "network", "at most"), rows, frozenset({4}))


# -- a release -------------------------------------------------------------------------------------

_ANSWERS = {
    "planned": ("planned and recorded", Tone.PLAIN),
    "built": ("built: candidates that no controller can select", Tone.GOOD),
    "cleared": ("cleared: every gate passed on these digests", Tone.GOOD),
    "failed": ("does not build, and nothing is visible", Tone.BAD),
    "held": ("held: a gate did not pass, and nothing is visible", Tone.BAD),
    "refused": ("refused: nothing more was written", Tone.BAD),
    "foreseen": ("a dry run: nothing was written", Tone.PLAIN),
    "promoted": ("out, whole", Tone.GOOD),
    "verified": ("out, whole, and read back", Tone.GOOD),
    "drifted": ("not as released", Tone.BAD),
}


REHEARSAL = Section(
    "This was a rehearsal",
    (
        Prose(
            "It went to a temporary registry on this machine, which is gone now: nothing left it, and "
            "no tag that a controller follows was written."
        ),
    ),
    Tone.WARN,
)


def release_page(release: ReleaseJson, rehearsed: bool = False) -> Page:
    """How a release, or a stage of it, ended: over time, image by image; one that was *rehearsed* says so."""
    answer, tone = _ANSWERS[release.outcome]
    rolled = release.rollout is None or release.rollout.done
    if not rolled and tone is Tone.GOOD:
        answer, tone = f"{answer}; it does not run everywhere", Tone.WARN
    parts: list[Part] = [REHEARSAL] if rehearsed else []
    if release.reasons:
        said = [*release.reasons, *([f"What to do: {release.advice}"] if release.advice else [])]
        parts.append(Section("Why", (Prose("\n\n".join(said)), *_last_words(release)), Tone.BAD))
    if release.seconds:
        parts.append(_timeline(release))
    parts.append(_images(release))
    if release.receipts:
        parts.append(_receipts(release))
    parts += [Prose(f"signed by {signer}") for signer in release.signers]
    if release.seen and release.outcome == "drifted":
        parts.append(_seen_table(release))
    if release.aliases:
        parts.append(Table("Aliases", ("alias", "what became of it"), tuple(release.aliases.items())))
    if release.rollout is not None:
        parts.append(rollout_section(release.rollout))
    window = f"{release.window_seconds * 1000:.0f} ms" if release.window_seconds else ""
    return Page(
        title=f"{'Rehearsal' if rehearsed else 'Release'} {release.tag}",
        answer=("rehearsed: " if rehearsed else "")
        + answer
        + (" (it was already)" if release.already else ""),
        tone=Tone.PLAIN if rehearsed and tone is Tone.GOOD else tone,
        parts=tuple(parts),
        facts=_facts(
            ("tag", release.tag),
            ("scenario", release.scenario),
            ("commit", release.commit[:12] + (" with changes" if release.dirty else "")),
            ("in all", elapsed(sum(release.seconds.values())) if release.seconds else ""),
            ("first to last tag", window),
        ),
        footer=f"release {release.release[:19]}",
    )


def _last_words(release: ReleaseJson) -> tuple[Code, ...]:
    """What each gate or build that did not work said last."""
    return tuple(
        Code(f"{name}: {release.logs[name]}" if name in release.logs else name, "\n".join(words))
        for name, words in release.last_words.items()
    )


def stopped_page(release: ReleaseJson, events: Sequence[tuple[str, str]], rehearsed: bool = False) -> Page:
    """How far a release got that came to no answer; *events* are moments (ISO 8601) and what was noted."""
    half = release.exit_code == ExitCode.HALF
    answer = {
        ExitCode.HALF: "half released: the watched tag is visible, and an image is missing or different",
        ExitCode.UNKNOWN: "it may or may not be out",
        ExitCode.INTERRUPTED: "interrupted",
    }.get(ExitCode(release.exit_code), "not finished")
    page = release_page(replace(release, outcome="planned"), rehearsed)
    parts = list(page.parts)
    if events:
        parts.append(Table("How far it got", ("at", "what was noted"), tuple(events)))
    tone = Tone.BAD if half else Tone.WARN
    return dataclasses.replace(page, answer=answer, tone=tone, parts=tuple(parts))


def _timeline(release: ReleaseJson) -> Timeline:
    starts, at = {}, 0.0
    for stage, seconds in release.seconds.items():
        starts[stage], at = at, at + seconds
    stages = Lane(
        "stages", tuple(Span(stage, starts[stage], starts[stage] + s) for stage, s in release.seconds.items())
    )
    building = release.seconds.get("build", 0.0)
    lanes = [stages, *(_image_lane(one, starts.get("build", 0.0), building) for one in release.images)]
    if "gate" in starts:
        lanes += [
            Lane(
                f"gate {one.gate}",
                (
                    Span(
                        "passed" if one.passed else "did not pass",
                        starts["gate"],
                        starts["gate"] + one.seconds,
                        Tone.GOOD if one.passed else Tone.BAD,
                    ),
                ),
            )
            for one in release.receipts
            if not one.reused_from
        ]
    written = {name: starts.get("promote", 0.0) + seconds for name, seconds in release.written.items()}
    if not written:
        return Timeline("The release over time", tuple(lanes))
    return _with_window(release, lanes, written)


def _with_window(release: ReleaseJson, lanes: list[Lane], written: dict[str, float]) -> Timeline:
    """The tags as they became visible; the stretch between the first and the last is enlarged."""
    first, last = min(written.values()), max(written.values())
    end = last + max((last - first) * 0.25, 0.001)
    shown = [
        Lane(f"tag of {name}", (Span("visible", seconds, end, Tone.GOOD),))
        for name, seconds in sorted(written.items(), key=lambda item: item[1])
    ]
    return Timeline(
        "The release over time",
        (*lanes, *shown),
        (Mark("commit point", last),),
        (max(first - (end - last), 0.0), end),
        f"Exposure window, enlarged: {(last - first) * 1000:.0f} ms from the first tag to the commit point",
    )


def _image_lane(image: CandidateJson, start: float, stage: float) -> Lane:
    """How long the image was built and pushed, from *start*, within the *stage* seconds of the stage."""
    start += min(image.waited_seconds, stage)
    built, pushed = start + image.built_seconds, image.pushed_seconds
    if image.reused_from:
        return Lane(image.image, (Span(f"as in {image.reused_from}", start, start, Tone.QUIET),))
    if image.built_seconds + pushed > stage + 1:
        # An earlier try built it: that time is none of this run's.
        took = f"built by an earlier try in {elapsed(image.built_seconds + pushed)}"
        return Lane(image.image, (Span(took, start, start, Tone.QUIET),))
    spans = [Span("build", start, built)]
    if pushed:
        spans.append(Span("push", built, built + pushed, Tone.QUIET))
    return Lane(image.image, tuple(spans))


def _images(release: ReleaseJson) -> Table:
    rows = tuple(
        (
            one.image,
            Cell(f"{one.repository}@{one.digest}", code=True),
            ", ".join(one.platforms),
            Cell(f"{one.size / 1e6:.1f} MB", one.size),
            Cell(elapsed(one.built_seconds), one.built_seconds),
            Cell(elapsed(one.pushed_seconds), one.pushed_seconds),
            f"as in {one.reused_from}" if one.reused_from else one.builder,
        )
        for one in release.images
    )
    columns = ("image", "digest", "platforms", "size", "build", "push", "by")
    return Table("Images", columns, rows, frozenset({3, 4, 5}))


def _receipts(release: ReleaseJson) -> Table:
    rows = tuple(
        (
            one.gate,
            Cell("passed", tone=Tone.GOOD) if one.passed else Cell("did not pass", tone=Tone.BAD),
            Cell(", ".join(f"{name} {digest[7:19]}" for name, digest in one.digests.items()), code=True),
            one.platform,
            Cell(elapsed(one.seconds), one.seconds),
            f"as in {one.reused_from}" if one.reused_from else one.runner,
        )
        for one in release.receipts
    )
    return Table("Gates", ("gate", "result", "on digests", "platform", "took", "by"), rows, frozenset({4}))


def _seen_table(release: ReleaseJson) -> Table:
    rows = tuple(
        (
            one.image,
            Cell(one.expected or "", code=True),
            Cell(
                one.found or "absent", code=True, tone=Tone.PLAIN if one.found == one.expected else Tone.BAD
            ),
            "listed" if one.listed else Cell("not listed", tone=Tone.WARN),
        )
        for one in release.seen
    )
    return Table("What the registry shows", ("image", "released", "found", "listing"), rows)


def _facts(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(_said_pairs(pairs))


def _said_pairs(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in pairs if value)
