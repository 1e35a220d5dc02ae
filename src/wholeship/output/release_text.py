"""The release commands' answers for people: plain text for a terminal, Markdown for a summary.

Text from outside (registries, git, the file) is made printable here. ``Ink`` decides about colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wholeship.core.errors import ExitCode
from wholeship.core.text import printable, without_links
from wholeship.core.wording import elapsed
from wholeship.output.columns import aligned
from wholeship.output.ink import Ink
from wholeship.output.release_json import (
    CandidateJson,
    ChangeJson,
    FoundJson,
    ImageJson,
    PlanJson,
    ProvenanceJson,
    ReleaseJson,
    RepairJson,
    StatusJson,
    TagJson,
    WithdrawJson,
)
from wholeship.output.rollout_text import rollout_lines, rollout_markdown

WORDS = 12
"""Last lines shown of what did not work; the rest is in its log."""


def plan_text(plan: PlanJson, ink: Ink) -> str:
    """What a release would do."""

    def said(key: str, value: str) -> str:
        source = plan.sources.get(key, "")
        # A default is what nobody asked for: it steps back, so that what was asked for stands out.
        return f"{value}  {ink('dim', '(' + source + ')')}" if source else ink("dim", value)

    changed = ", with uncommitted changes" if plan.dirty else ""
    commit = f"{plan.commit[:12] or 'no commit'}{changed}" + (f" on {plan.branch}" if plan.branch else "")
    lines = [
        *_what_would_be(plan, ink),
        "",
        *_named_values(
            [
                ("scenario", said("scenario", plan.scenario)),
                ("commit", printable(commit)),
                ("version", printable(plan.release_version)),
                ("tag", said("tag", plan.tag)),
                ("builder", said("builder", plan.builder)),
                ("aliases", ", ".join(plan.aliases) or ink("dim", "none for this scenario")),
            ]
        ),
        "",
        "images, in the order in which their tag is written:",
        *aligned(
            [
                (
                    f"{number}. {image.name}",
                    image.repository,
                    ", ".join(image.platforms),
                    _why_built(image, ink),
                )
                for number, image in enumerate(plan.images, 1)
            ]
        ),
        "",
    ]
    lines += _gate_lines(plan, ink)
    lines += ["", _forecast(plan, ink), *[f"{ink('yellow', 'note:')} {printable(r)}" for r in plan.remarks]]
    lines.append(ink("dim", "Nothing was touched."))
    return "\n".join(lines) + "\n"


def _what_would_be(plan: PlanJson, ink: Ink) -> list[str]:
    """The first line: never "would ship" of what would not."""
    if plan.refused:
        return [f"{ink('red', 'would be refused')}: {printable(plan.refused)}"]
    if plan.already_out:
        told = f"already out as {ink('bold', plan.tag)}: nothing would be written"
        return [told, ink("dim", "for a new tag of the same commit: wholeship release --again")]
    going = "goes on with" if plan.resumes else "would ship"
    return [f"{going} {ink('bold', plan.tag)}: {len(plan.images)} images, or none of them"]


def _why_built(image: ImageJson, ink: Ink) -> str:
    based = [f"built from {', '.join(image.needs)}"] if image.needs else []
    told = "; ".join([*based, *([printable(image.why)] if image.why else [])])
    return ink("bold", "watched: the commit point") + (f"; {told}" if told else "") if image.watched else told


def _gate_lines(plan: PlanJson, ink: Ink) -> list[str]:
    if not plan.gates:
        return [ink("yellow", "no gates: the release file says so (gates: none)")]
    rows = [
        (
            gate.name,
            printable(f"{gate.image}: {' '.join(gate.command)}" if gate.image else gate.run or gate.asks),
            f"on {', '.join(gate.needs)}",
            (f"network {gate.network}, " if gate.image else "") + f"at most {elapsed(gate.timeout)}",
        )
        for gate in plan.gates
    ]
    lines = ["gates, on exactly the digests that would ship:", *aligned(rows)]
    if plan.ungated:
        lines.append(f"  {ink('yellow', 'no gate looks at')} {', '.join(plan.ungated)}")
    return lines


def _forecast(plan: PlanJson, ink: Ink) -> str:
    known = plan.forecast
    if known.seconds is None:
        return ink("dim", "forecast: none yet; after a first release there is something to go by")
    disk = f", {known.disk_bytes / 1e9:.1f} GB of builder storage" if known.disk_bytes else ""
    return f"forecast: about {elapsed(known.seconds)}{disk} {ink('dim', f'(as {known.based_on})')}"


def release_text(release: ReleaseJson, ink: Ink) -> str:
    """How a release, or a stage of it, ended."""
    lines = [f"{_verdict(release, ink)}", ""]
    lines += aligned(
        [
            (
                image.image,
                f"{image.repository}@{image.digest[:19]}…",
                ", ".join(image.platforms),
                f"{image.size / 1e6:.1f} MB",
                _how_built(image),
            )
            for image in release.images
        ]
    )
    for receipt in release.receipts:
        mark = ink("green", "passed") if receipt.passed else ink("red", "did not pass")
        how = f"as in {receipt.reused_from}" if receipt.reused_from else f"in {elapsed(receipt.seconds)}"
        lines.append(f"  gate {receipt.gate}: {mark} {how} on {receipt.platform}")
    for reason in release.reasons:
        lines.append(f"  {ink('red', '✗')} {printable(reason)}")
    lines += [f"  signed by {printable(signer)}" for signer in release.signers]
    lines += _last_words(release, ink)
    lines += _would(release.would)
    if release.advice:
        lines.append(f"  help: {printable(release.advice)}")
    for alias, told in release.aliases.items():
        lines.append(f"  alias {alias}: {printable(told)}")
    lines += _times(release)
    if release.rollout is not None:
        lines += ["", *rollout_lines(release.rollout, ink)]
    return "\n".join(line for line in lines) + "\n"


def _would(steps: Sequence[str]) -> list[str]:
    """What a dry run would have done, in order."""
    return [f"  {number}. would {printable(step)}" for number, step in enumerate(steps, 1)]


def _how_built(image: CandidateJson) -> str:
    """From where, or in what time; and how long it waited for a slot, where that is worth a word."""
    if image.reused_from:
        return f"as in {image.reused_from}"
    waited = f", after {elapsed(image.waited_seconds)} for a slot" if image.waited_seconds >= 1 else ""
    return elapsed(image.built_seconds) + waited


def _last_words(release: ReleaseJson, ink: Ink) -> list[str]:
    """What each gate or build that did not work said last, under its own heading."""
    lines = []
    for name in {**release.last_words, **release.logs}:
        lines.append(f"  {ink('bold', name)}:")
        lines += [f"    | {printable(line, limit=300)}" for line in release.last_words.get(name, [])[-WORDS:]]
        if name in release.logs:
            lines.append(f"    {ink('dim', f'log: {printable(release.logs[name])}')}")
    return lines


_VERDICTS = {
    "planned": ("green", "{tag} is planned and recorded"),
    "built": ("green", "{tag} is built: candidates that no controller can select"),
    "cleared": ("green", "{tag} is cleared: every gate passed on these digests"),
    "failed": ("red", "{tag} does not build, and nothing is visible"),
    "held": ("red", "{tag} is held: a gate did not pass, and nothing is visible"),
    "refused": ("red", "{tag} was refused, and nothing more was written"),
    "foreseen": ("bold", "{tag}: a dry run, nothing was written"),
    "attested": ("green", "{tag} is attested: what was gated is signed beside its images"),
    "untrusted": ("red", "{tag} is out, whole, and not signed by anybody who is trusted"),
    "promoted": ("green", "{tag} is out, whole"),
    "verified": ("green", "{tag} is out, whole, and was read back"),
    "drifted": ("red", "{tag} is not as released"),
    "half": (
        "red",
        "{tag} is half released: the watched tag is visible, and an image is missing or different",
    ),
    "mixed": ("red", "{tag} is MIXED: its images are not all of one commit"),
}


def _verdict(release: ReleaseJson, ink: Ink) -> str:
    half = release.outcome == "drifted" and release.exit_code == ExitCode.HALF
    style, text = _VERDICTS["mixed" if release.mixed else "half" if half else release.outcome]
    if release.already and style == "green":
        text = "already out as {tag}, whole" + (": read back" if release.outcome == "verified" else "")
    return ink(style, text.format(tag=release.tag))


def _times(release: ReleaseJson) -> list[str]:
    if not release.seconds:
        return []
    stages = ", ".join(f"{stage} {elapsed(seconds)}" for stage, seconds in release.seconds.items())
    lines = ["", f"  {stages}"]
    if release.window_seconds:
        between = release.followed_window_seconds
        more = f", of which between the followed images {between * 1000:.0f} ms" if between else ""
        lines.append(f"  from the first to the last tag: {release.window_seconds * 1000:.0f} ms{more}")
    return lines


def release_markdown(release: ReleaseJson) -> str:
    """The same as a table with a timeline, for a step summary."""
    lines = [
        f"### {_verdict(release, Ink())}",
        "",
        "| image | digest | platforms | size |",
        "|---|---|---|---|",
    ]
    for image in release.images:
        cells = (", ".join(image.platforms), f"{image.size / 1e6:.1f} MB")
        lines.append(f"| {image.image} | `{image.repository}@{image.digest}` | {' | '.join(cells)} |")
    if release.receipts:
        lines += ["", "| gate | result | seconds | on |", "|---|---|---|---|"]
        for receipt in release.receipts:
            result = "passed" if receipt.passed else "**did not pass**"
            result += f" (as in `{receipt.reused_from}`)" if receipt.reused_from else ""
            on = ", ".join(f"{name} `{digest[7:19]}`" for name, digest in receipt.digests.items())
            lines.append(f"| {receipt.gate} | {result} | {receipt.seconds:.1f} | {on} |")
    told = [f"- {_markdown_text(reason)}" for reason in release.reasons]
    told += [f"- signed by {_markdown_text(signer)}" for signer in release.signers]
    told += [f"- {_markdown_text(release.advice)}"] if release.advice else []
    told += [f"- alias `{alias}`: {_markdown_text(text)}" for alias, text in release.aliases.items()]
    lines += ["", *told] if told else []  # a list that follows a table at once would be a row of it
    if release.seconds:
        lines += ["", *_timeline(release)]
    if release.rollout is not None:
        lines += rollout_markdown(release.rollout)
    return "\n".join(lines) + "\n"


def _timeline(release: ReleaseJson) -> list[str]:
    """A Mermaid chart of the stages; the unit is a millisecond, which Mermaid calls ``x``."""
    lines = ["```mermaid", "gantt", "    dateFormat x", "    axisFormat %M:%S", f"    title {release.tag}"]
    at = 0.0
    for stage, seconds in release.seconds.items():
        lines.append(f"    {stage} :{at * 1000:.0f}, {(at + max(seconds, 0.001)) * 1000:.0f}")
        if stage == "build":
            for image in (image for image in release.images if not image.reused_from):
                begun = at + min(image.waited_seconds, seconds)
                end = min(begun + image.built_seconds + image.pushed_seconds, at + seconds)
                lines.append(f"    {image.image} :{begun * 1000:.0f}, {end * 1000:.0f}")
        at += seconds
    return [*lines, "```"]


def plan_markdown(plan: PlanJson) -> str:
    """A plan as a table."""
    lines = [
        f"### `{plan.tag}` ({plan.scenario})",
        *(["", f"**would be refused**: {_markdown_text(plan.refused)}"] if plan.refused else []),
        *(["", "already out: nothing would be written"] if plan.already_out else []),
        "",
        "| | image | repository | platforms |",
        "|---|---|---|---|",
    ]
    for number, image in enumerate(plan.images, 1):
        name = f"**{image.name}** (watched)" if image.watched else image.name
        lines.append(f"| {number} | {name} | `{image.repository}` | {', '.join(image.platforms)} |")
    lines += ["", *[f"- gate `{gate.name}` on {', '.join(gate.needs)}" for gate in plan.gates]]
    lines += [f"- {_markdown_text(remark)}" for remark in plan.remarks]
    return "\n".join(lines) + "\n"


def status_text(status: StatusJson, ink: Ink) -> str:
    """What is out."""
    lines: list[str] = []
    for half in status.half:  # what is wrong stands first
        lines += [*_tag_lines(half, ink), f"help: wholeship repair {half.tag}", ""]
    if status.asked is not None:
        lines += _tag_lines(status.asked, ink)
        lines += [f"help: wholeship repair {status.asked.tag}"] if status.asked.answer == "half" else []
    elif status.newest_whole is None:
        lines.append(f"no whole release among {status.looked_at} tags")
    else:
        lines += ["the newest whole release:", *_tag_lines(status.newest_whole, ink)]
    lines += _change_lines(status.change)
    lines += _controller_lines(status, ink)
    if status.rollout is not None:
        lines += ["", *rollout_lines(status.rollout, ink)]
    lines += [f"note: {printable(remark)}" for remark in status.remarks]
    return "\n".join(lines) + "\n"


def _change_lines(change: ChangeJson | None) -> list[str]:
    """What the newest whole release changed."""
    if change is None:
        return []
    same = f"; {', '.join(change.same)} as before" if change.same else ""
    new = f"{', '.join(change.new)} new" if change.new else "no image is new"
    known = change.from_commit and change.to_commit and change.from_commit != change.to_commit
    commits = f" ({change.from_commit[:12]}..{change.to_commit[:12]})" if known else ""
    return [printable(f"  since {change.since}: {new}{same}{commits}")]


def _made_lines(made: ProvenanceJson | None) -> list[str]:
    """When it was made, from what, and by whom."""
    if made is None or not (made.created or made.commit):
        return []
    changed = " with uncommitted changes" if made.dirty else ""
    commit = f"from {made.commit[:12]}{changed}" if made.commit else ""
    words = [made.created, commit, f"on {made.branch}" if made.branch else "", made.run_url]
    signed = [f"  signed by {printable(signer)}, says its record" for signer in made.signers]
    return ["  made " + printable(" ".join(word for word in words if word)), *signed]


def _controller_lines(status: StatusJson, ink: Ink) -> list[str]:
    told = status.controller
    if told is not None and told.election.answer != "elected":
        among = f"any of {', '.join(told.election.tags)}; " if told.election.tags else ""
        word = ink("red" if told.election.answer == "broken" else "yellow", told.election.answer)
        return ["", f"{printable(told.policy)} elects: {word}: {printable(among + told.election.reason)}"]
    if not status.elected:
        return []
    whole = status.asked or status.newest_whole
    note = ""
    if whole is None or status.elected != whole.tag:
        note = ink("red", " (not this release)" if status.asked else " (not the newest whole release)")
    if told is None:
        return ["", f"the newest by its tag is {printable(status.elected)}{note}"]
    suspended = ink("yellow", f" (suspended: {told.suspended})") if told.suspended else ""
    return ["", f"{printable(told.policy)} elects {printable(status.elected)}{note}{suspended}"]


_ANSWERS = {"whole": "green", "half": "red", "absent": "dim", "unknown": "yellow"}


def _tag_lines(tag: TagJson, ink: Ink) -> list[str]:
    how = "by its record" if tag.by_record else "by what the images say; no record was read"
    word = ink(_ANSWERS[tag.answer], tag.answer)
    state = f", {tag.state}" if tag.state and tag.answer not in ("whole", tag.state) else ""
    told: dict[str, str] = {}  # one cause, one line
    rows = [
        (
            image.image,
            *_seen_image(image, ink),
            ", ".join(image.platforms),
            printable(image.revision[:12]),
            printable(image.problem if told.setdefault(image.problem, image.image) == image.image else ""),
        )
        for image in tag.images
    ]
    return [
        f"{tag.tag}: {word}{state} {ink('dim', f'({how})')}",
        *_made_lines(tag.made),
        *aligned(rows),
        *[f"  {printable(r)}" for r in tag.remarks],
    ]


def _seen_image(image: FoundJson, ink: Ink) -> tuple[str, str]:
    """Digest and listing; what could not be looked at is not called absent."""
    if image.digest is None and image.problem:
        return ink("yellow", "unknown"), ""
    digest = f"{image.digest[:19]}…" if image.digest else ink("red", "absent")
    return digest, "listed" if image.listed else ink("yellow", "not listed")


def repair_text(repair: RepairJson, ink: Ink) -> str:
    """What was mended, or what a person has to do."""
    if repair.state == "foreseen":
        told = _would(repair.would) or ["  nothing would be done"]
        return "\n".join([f"{repair.tag}: a dry run, nothing was written", *told]) + "\n"
    if repair.mended:
        head = ink("green", f"{repair.tag} is whole") + f" (it was {repair.state})"
        return "\n".join([head, *[f"  {done}" for done in repair.did]]) + "\n"
    lines = [ink("red", f"{repair.tag} is {repair.state}") + f": {printable(repair.reason)}", ""]
    lines += [f"  {number}. {printable(step)}" for number, step in enumerate(filter(None, repair.steps), 1)]
    return "\n".join(lines) + "\n"


def withdraw_text(withdrawn: WithdrawJson, ink: Ink) -> str:
    """How a release was taken back."""
    lines = []
    for name, gone in withdrawn.deleted.items():
        lines.append(
            f"deleted {name}" if gone else ink("red", f"the registry does not delete tags: {name} stays")
        )
    if withdrawn.released_as:
        of = f", with the digests of {withdrawn.back_to}" if withdrawn.back_to else ""
        what = f"{withdrawn.released_as}{of}"
        if withdrawn.outcome in ("promoted", "verified"):
            lines.append(f"{withdrawn.tag} is superseded by {what}: {withdrawn.outcome}")
        else:
            what = f"{what}: " if of else ""
            lines.append(ink("red", f"{withdrawn.tag} is not withdrawn") + f": {what}{withdrawn.outcome}")
    if withdrawn.outcome == "foreseen":
        lines += [f"{withdrawn.tag}: a dry run, nothing was written", *_would(withdrawn.would)]
    lines += [f"  {ink('red', '✗')} {printable(reason)}" for reason in withdrawn.reasons]
    lines += [f"  alias {alias}: {printable(told)}" for alias, told in withdrawn.aliases.items()]
    lines += [f"help: {advice}" for advice in _after_withdrawal(withdrawn)]
    return "\n".join(lines) + "\n"


def _after_withdrawal(withdrawn: WithdrawJson) -> list[str]:
    """What is left to do where a tag could not be taken back."""
    tag = withdrawn.tag
    if not next(iter(withdrawn.deleted.values()), True):  # the watched image's comes first
        return [f"to put the release before out again under a newer tag: wholeship withdraw {tag}"]
    if withdrawn.outcome == "refused":
        newer = f"give the new tag a name that is newer than what is out: wholeship withdraw {tag} --as TAG"
        return [withdrawn.advice or newer]
    if withdrawn.deleted and withdrawn.aliases:
        return [f"to move aliases back, put an earlier release out again: wholeship withdraw {tag} --to TAG"]
    if withdrawn.unmoved:
        return [f"to move the rest: wholeship release --tag {withdrawn.released_as}"]
    return []


def _named_values(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"  {name:<9} {value}" for name, value in pairs if value]


def _markdown_text(text: str) -> str:
    return without_links(printable(text)).replace("<", "&lt;").replace("|", "\\|")
