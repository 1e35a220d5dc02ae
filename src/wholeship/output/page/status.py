"""What is out, what is elected and what runs, as a page."""

from __future__ import annotations

from wholeship.output.page.parts import Cell, Page, Part, Prose, Section, Table, Tone
from wholeship.output.page.rollouts import max_tone, rollout_section
from wholeship.output.release_json import ChangeJson, StatusJson, TagJson

_TONES = {"whole": Tone.GOOD, "half": Tone.BAD, "absent": Tone.QUIET, "unknown": Tone.WARN}


def status_page(status: StatusJson) -> Page:
    """The newest whole release, or the tag asked about, and everything that is half."""
    main = status.asked or status.newest_whole
    parts: list[Part] = [_tag_section(half) for half in status.half]
    if main is not None:
        parts.append(_tag_section(main))
    if status.change is not None:
        parts.append(_change(status.change))
    parts += _controller(status)
    if status.rollout is not None:
        parts.append(rollout_section(status.rollout))
    if status.remarks:
        parts.append(Prose("\n\n".join(status.remarks), Tone.QUIET))
    tones = [_TONES[tag.answer] for tag in (*status.half, *([main] if main else []))]
    return Page(
        title=f"Status of {status.asked.tag}" if status.asked else "Status of the releases",
        answer=_status_answer(status, main),
        tone=max_tone(tones),
        parts=tuple(parts),
        facts=tuple(
            (name, value)
            for name, value in (
                ("newest whole", status.newest_whole.tag if status.newest_whole else ""),
                ("elected", status.elected),
                ("half", ", ".join(tag.tag for tag in status.half)),
                ("tags looked at", f"{status.looked_at} of {status.tags}" if status.tags else ""),
            )
            if value
        ),
    )


def _status_answer(status: StatusJson, main: TagJson | None) -> str:
    if status.half:
        return f"half: {', '.join(tag.tag for tag in status.half)}"
    if main is None:
        return f"no whole release among {status.looked_at} tags"
    return f"{main.tag} is {main.answer}"


def _tag_section(tag: TagJson) -> Section:
    rows = tuple(
        (
            one.image,
            Cell(one.digest or "absent", code=True, tone=Tone.PLAIN if one.digest else Tone.BAD),
            "listed" if one.listed else Cell("not listed", tone=Tone.WARN),
            ", ".join(one.platforms),
            Cell(one.revision[:12], code=True),
            one.problem,
        )
        for one in tag.images
    )
    columns = ("image", "digest", "listing", "platforms", "commit", "problem")
    how = "by its record" if tag.by_record else "by what the images say; no record was read"
    parts: list[Part] = [Table(f"Images of {tag.tag}, {how}", columns, rows)]
    if tag.remarks:
        parts.append(Prose("\n\n".join(tag.remarks), _TONES[tag.answer]))
    state = f", {tag.state}" if tag.state and tag.answer != "whole" else ""
    made = tag.made
    if made is not None and (made.created or made.commit):
        words = (made.created, f"from {made.commit[:12]}" if made.commit else "", made.branch, made.run_url)
        parts.insert(0, Prose("made " + " ".join(word for word in words if word)))
        parts[1:1] = [Prose(f"signed by {signer}, says its record") for signer in made.signers]
    return Section(f"{tag.tag}: {tag.answer}{state}", tuple(parts), _TONES[tag.answer])


def _change(change: ChangeJson) -> Table:
    rows = [(name, "new bytes") for name in change.new] + [(name, "as before") for name in change.same]
    commits = f" ({change.from_commit[:12]}..{change.to_commit[:12]})" if change.from_commit else ""
    return Table(f"Since {change.since}{commits}", ("image", "what changed"), tuple(rows))


def _controller(status: StatusJson) -> list[Part]:
    told = status.controller
    if told is None:
        return []
    election = told.election
    if election.answer == "elected":
        text, tone = f"{told.policy} ({told.controller}) elects {election.tag}.", Tone.PLAIN
        newest = status.asked or status.newest_whole
        if newest is None or newest.tag != election.tag:
            text, tone = f"{text} That is not the release above.", Tone.WARN
    else:
        among = f" among {', '.join(election.tags)}" if election.tags else ""
        text = f"{told.policy} ({told.controller}): {election.answer}{among}: {election.reason}"
        tone = Tone.BAD if election.answer == "broken" else Tone.WARN
    if told.suspended:
        text, tone = f"{text} The {told.suspended} is suspended: nothing rolls out.", Tone.WARN
    return [Section("What the controller elects", (Prose(text),), tone)]
