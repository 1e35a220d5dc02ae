"""A command line taken apart: flags, options with values, and the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.texts.template import Template


@dataclass(slots=True)
class Options:
    """``values`` by option name as written (``--tag``, ``-t``); ``flags``; ``rest`` are the arguments."""

    values: dict[str, list[Template]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    rest: list[Template] = field(default_factory=list)

    def all(self, *names: str) -> tuple[Template, ...]:
        """Every value given for any of *names*."""
        return tuple(value for name in names for value in self.values.get(name, ()))

    def last(self, *names: str) -> Template | None:
        """The value that counts, where an option may be given once."""
        found = self.all(*names)
        return found[-1] if found else None

    def on(self, *names: str) -> bool | None:
        """Whether a switch is set: ``--push``, ``--push=true``; None when its value is not known."""
        for name in names:
            if name in self.flags:
                return True
            if name in self.values:
                text = self.values[name][-1].literal
                return None if text is None else text.lower() not in ("false", "0", "no", "")
        return False


def spellings(text: str) -> frozenset[str]:
    """The options in *text*, separated by white space."""
    return frozenset(text.split())


def take(words: Sequence[Template], valued: Collection[str] = (), switches: str = "") -> Options:
    """*words* sorted; *valued* are the options that take the next word (``-t name``) as their value.

    Short options of one letter also take a value that is attached (``-tname``). *switches* are letters that
    may stand before another in one word (``-qt name``).
    """
    options = Options()
    words = [each for word in words for each in _apart(word, switches)] if switches else words
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        head = word.head
        if head == "--" and word.literal == "--":
            options.rest += words[at:]
            break
        if not head.startswith("-") or head == "-":
            options.rest.append(word)
            continue
        name, value = word.cut("=")
        short = head[:2] in valued and head[:2] not in ("--", name.literal, word.literal)
        if value is not None and name.literal is not None and not (short and name.literal not in valued):
            options.values.setdefault(name.literal, []).append(value)
        elif head in valued and word.literal is not None and at < len(words):
            options.values.setdefault(head, []).append(words[at])
            at += 1
        elif short:
            rest = Template.of(head[2:], *word.parts[1:])
            options.values.setdefault(head[:2], []).append(rest)
        else:
            options.flags.add(word.literal or head)
    return options


def _apart(word: Template, switches: str) -> list[Template]:
    """``-qt…`` as ``-q`` and ``-t…``, where the first letters are among *switches*."""
    head = word.head
    if not head.startswith("-") or head.startswith("--"):
        return [word]
    count = 0
    while count + 2 < len(head) and head[1 + count] in switches:
        count += 1
    if not count:
        return [word]
    rest = Template.of(f"-{head[1 + count :]}", *word.parts[1:])
    return [*(Template.of(f"-{letter}") for letter in head[1 : 1 + count]), rest]


def without_transport(target: Template) -> Template | None:
    """``docker://`` and bare names are registries; ``oci:``, ``dir:`` and their like are not."""
    head = target.head
    if head.startswith("docker://"):
        return Template.of(head[len("docker://") :], *target.parts[1:])
    local = ("oci:", "dir:", "docker-archive:", "oci-archive:", "docker-daemon:", "containers-storage:")
    return None if head.startswith(local) else target
