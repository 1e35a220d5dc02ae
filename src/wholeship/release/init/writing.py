"""A draft as the text of a commented release file."""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from wholeship.core.errors import BadConfig, Bug
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.core.wording import listed
from wholeship.core.yamls import core_value
from wholeship.release.config import Overrides, parse_config
from wholeship.release.init.draft import UNKNOWN, Draft, DraftImage
from wholeship.release.init.leftout import LeftOut
from wholeship.release.schema import SCHEMA_ID

WIDTH = 100
NAMED = 12
"""Most images that are named as left out for one reason; `--format json` has all."""
_PLAIN = lazy_pattern(r"[A-Za-z_./][\w./@+-]*(?::[\w./@+-]+)*", re.ASCII)
_OTHER_WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})


def text_of(draft: Draft) -> str:
    """The whole file."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_ID}",
        *_comment(
            "Written by `wholeship init` from what it found here; see what it means with: wholeship plan"
        ),
        *_unconfirmed(draft),
        "",
        f"registry: {yaml_scalar(draft.registry)}" + _aside(draft.registry_why),
        "",
        "images:" + _aside(draft.unconfirmed.get("images", "")),
    ]
    for image in draft.images:
        lines += _image_lines(image)
    lines += ["", *_watched(draft), "", *_tag_lines(draft), "", *_aliases(draft), "", *_platform_lines(draft)]
    lines += ["", *_gate_lines(draft), "", *_gitops(draft)]
    if draft.left_out:
        lines += ["", *_comment("Left out:"), *_bullets(by_reason(draft.left_out))]
    if draft.remarks:
        lines += ["", *_comment("Seen, and left to you:"), *_bullets(draft.remarks)]
    return "\n".join(lines) + "\n"


def _unconfirmed(draft: Draft) -> list[str]:
    if not draft.unconfirmed:
        return []
    lines = _comment("Guesses. No release is made before you have looked at each and taken it off this list.")
    return ["", *lines, f"unconfirmed: {_flow_list(tuple(draft.unconfirmed))}"]


def _image_lines(image: DraftImage) -> list[str]:
    lines = [f"  {yaml_scalar(image.name)}:" + _aside(image.where if image.where != image.dockerfile else "")]
    origins = image.origins
    dockerfile = posixpath.relpath(image.dockerfile, image.context) if not image.unbuilt else ""
    fields = {
        "repository": image.repository,
        "context": image.context if not image.unbuilt else "",
        "dockerfile": dockerfile if dockerfile != "Dockerfile" else "",
        "target": image.target,
    }
    lines += [
        f"    {key}: {yaml_scalar(value)}" + _from(key, origins) for key, value in fields.items() if value
    ]
    if image.unbuilt:
        lines += _comment(
            f"TODO: {image.unbuilt}, and wholeship builds from a Dockerfile: name it here, and its folder "
            "with context:",
            "    ",
        )
        lines.append(f"    dockerfile: {UNKNOWN}")
    if image.args:
        lines += [
            "    args:" + _from("args", origins),
            *(f"      {yaml_scalar(k)}: {yaml_scalar(v)}" for k, v in image.args.items()),
        ]
    if image.mirrors:
        lines.append(f"    mirrors: {_flow_list(image.mirrors)}")
    if image.secrets:
        lines.append(f"    secrets: {_flow_list(image.secrets)}")
    if image.platforms:
        lines.append(f"    platforms: {_flow_list(image.platforms)}")
    for remark in image.remarks:
        lines += _comment(f"NOT TAKEN OVER: {remark}", "    ")
    return lines


def _from(key: str, origins: Mapping[str, str]) -> str:
    """Where a key comes from, if not from where the image does."""
    return _aside(f"as in {origins[key]}") if key in origins else ""


def _watched(draft: Draft) -> list[str]:
    lines = _comment(
        "The image whose tags your controller follows. Its tag is written last, when all others are there."
    )
    if draft.watched_why:
        lines += _comment(_capital(draft.watched_why) + ".")
    if draft.also_watched:
        lines += _comment(
            "Others are followed, too: their tags come right before it, when the rest is there."
        )
        return [*lines, f"watched: {_flow_list((*draft.also_watched, draft.watched))}"]
    return [*lines, f"watched: {yaml_scalar(draft.watched)}"]


def _tag_lines(draft: Draft) -> list[str]:
    if draft.form_fits:
        lines = _comment(
            f"One tag for all, never used twice: {draft.form_why}. For example {draft.form.example}."
        )
    else:
        assert draft.policy is not None
        lines = _comment(
            f"CHANGE THIS, OR THE POLICY: {draft.policy.name} ({draft.policy.file}) elects by "
            f"{draft.policy.summary}, and no form of tag was found that is unique and that it would roll out "
            "each time. A filter that takes the tag below is '^[0-9]{8}-[0-9]{6}-[0-9]{6}$', in alphabetical "
            "order."
        )
    if draft.form.caveat:
        lines += _comment(f"Note: {draft.form.caveat}.")
    if "{semver}" in draft.form.pattern:
        lines += _comment(
            "The version is that of the git tag; try it with: wholeship plan --scenario release"
        )
    return [*lines, f"tag: {yaml_scalar(draft.form.pattern)}"]


def _aliases(draft: Draft) -> list[str]:
    lines = _comment("Moving tags, set once the release is out, and only ever forward.")
    for alias in draft.left_aliases:
        assert draft.policy is not None
        lines += _comment(f"LEFT OUT: {alias}, because {draft.policy.name} would roll it out, or stop at it.")
    if not draft.aliases:
        return [*lines, '# aliases: {push: [], release: ["{semver}", latest]}']
    return [*lines, f"aliases: {_lists(draft.aliases)}"]


def _platform_lines(draft: Draft) -> list[str]:
    why = f", {draft.platforms_why}" if draft.platforms_why else ""
    return [
        *_comment(f"What each scenario (push, release, manual) is built for{why}."),
        f"platforms: {_lists(draft.platforms)}",
    ]


def _gate_lines(draft: Draft) -> list[str]:
    names = [image.name for image in draft.images]
    script = draft.scripts[0] if draft.scripts else "scripts/smoke"
    image = next((name for name in names if name != draft.watched), draft.watched)
    return [
        *_comment(
            "NO GATE YET: nothing has to pass before a tag is written, and `gates: none` says so aloud. "
            "Put a check in its place; it runs on exactly the digests that would ship."
        ),
        "# gates:",
        *_comment(
            f"  starts: {{image: {yaml_scalar(image)}, command: [--version], network: none, timeout: 2m}}",
            wrap=False,
        ),
        *_comment(
            f"  smoke: {{run: {yaml_scalar(script)}, needs: {_flow_list(names)}}}"
            "  # gets IMAGE_NAME=repository@digest",
            wrap=False,
        ),
        "gates: none",
    ]


def _gitops(draft: Draft) -> list[str]:
    policy = draft.policy
    if policy is None:
        return [
            *_comment(
                "Name the manifest with your ImagePolicy, and a tag it would not roll out is refused in time."
            ),
            "# gitops: {policy: deploy/image-policy.yaml}",
        ]
    name = f", name: {yaml_scalar(policy.name)}" if draft.policy_name_needed else ""
    return [
        *_comment("Asked before anything is written: would it roll this tag out?"),
        f"gitops: {{policy: {yaml_scalar(policy.file)}{name}}}",
    ]


def by_reason(left_out: Sequence[LeftOut]) -> list[str]:
    """A line for each reason, with what it holds of."""
    found: dict[str, list[str]] = {}
    for each in left_out:
        found.setdefault(each.reason, []).append(f"{each.name} ({each.where})" if each.where else each.name)
    return [f"{listed(names, shown=NAMED)}: {reason}" for reason, names in found.items()]


def yaml_scalar(text: str) -> str:
    """*text* as a YAML scalar: plain where no reader could take it for anything else, quoted otherwise."""
    plain = _PLAIN.fullmatch(text) and core_value(text) == text and text.lower() not in _OTHER_WORDS
    return text if plain else '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return "\\ufffd"  # half of a pair: no text can hold it
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _flow_list(items: Sequence[str]) -> str:
    return "[" + ", ".join(map(yaml_scalar, items)) + "]"


def _lists(items: Mapping[str, Sequence[str]]) -> str:
    return "{" + ", ".join(f"{key}: {_flow_list(value)}" for key, value in items.items()) + "}"


def _comment(text: str, indent: str = "", *, wrap: bool = True) -> list[str]:
    clean = printable(text).encode("utf-8", "replace").decode()
    parts = textwrap.wrap(clean, WIDTH, break_long_words=False, break_on_hyphens=False) if wrap else [clean]
    return [f"{indent}# {part}".rstrip() for part in parts]


def _bullets(items: Sequence[str]) -> list[str]:
    lines = []
    for item in items:
        bullets = ["*", *[" "] * len(item)]
        lines += [f"# {b} {line[2:]}" for b, line in zip(bullets, _comment(item), strict=False)]
    return lines


def _aside(text: str) -> str:
    return f"  {_comment(text, wrap=False)[0]}" if text else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def checked_text(draft: Draft, path: Path) -> str:
    """As :func:`text_of`, and read back: a file that `plan` would refuse is a bug here, not yours."""
    text = text_of(draft)
    try:
        parse_config(text, path, Overrides())
    except BadConfig as error:
        told = "; ".join(f"{problem.place}: {problem.message}" for problem in error.problems)
        raise Bug(f"the release file that would be written is not accepted: {told}") from error
    return text
