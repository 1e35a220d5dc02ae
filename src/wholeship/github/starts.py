"""Steps that start another workflow of the repository, which may publish images of the same product.

GitHub Docs, "Triggering a workflow": what is done with ``GITHUB_TOKEN`` starts nothing, but for
``workflow_dispatch`` and ``repository_dispatch``. A token of a person or an app starts everything; so does
a key that the repository was checked out with.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.github import source
from wholeship.github.model.workflow import read_model
from wholeship.github.relevance import may_log_in, may_publish
from wholeship.texts.template import Template, Value

FOLDER = ".github/workflows"
MOST = 200
"""So many workflows of a repository are looked at; where there are more, any of them may be started."""


@dataclass(frozen=True, slots=True)
class Start:
    """*events* that a step makes; ``by_token``: with a token of its own only. ``workflow``: the one named."""

    events: frozenset[str]
    by_token: bool = True
    workflow: str = ""


_RELEASED = Start(frozenset(("release", "push", "create")))
_PUSHED = Start(frozenset(("push", "create")))
_DISPATCHED = Start(frozenset(("repository_dispatch",)), by_token=False)


def start_of_line(words: Sequence[Template]) -> Start | None:
    """What a command line starts; None: nothing in this repository."""
    texts = [word.literal or str(word) for word in words]
    line = " ".join(texts[1:])
    program = texts[0].rpartition("/")[2] if texts else ""
    if program == "git" and re.search(r"(?:^|\s)push(?:\s|$)", line):
        away = re.search(r"gh-pages|--dry-run|(?:^|\s)(?:-n|-d|--delete)(?:\s|$)", line)
        return None if away else _PUSHED
    if program != "gh" or re.search(r"(?:^|\s)(?:-R|--repo)\b", line):
        return None
    if re.match(r"release (?:create|edit)\b", line) and "--draft" not in texts:
        return _RELEASED
    if re.match(r"pr merge\b", line):
        return _PUSHED
    if re.match(r"workflow run\b", line):
        named = next((text for text in texts[3:] if not text.startswith("-")), "")
        return Start(frozenset(("workflow_dispatch",)), by_token=False, workflow=named)
    if "/dispatches" in line:
        found = re.search(r"workflows/([^/\s]+)/dispatches", line)
        named = found[1] if found is not None else ""
        event = "workflow_dispatch" if found is not None else "repository_dispatch"
        return Start(frozenset((event,)), by_token=False, workflow=named)
    return None


_RELEASING = """
    softprops/action-gh-release ncipollo/release-action actions/create-release
    googleapis/release-please-action google-github-actions/release-please-action
    cycjimmy/semantic-release-action marvinpinto/action-automatic-releases svenstaro/upload-release-action
    changesets/action release-drafter/release-drafter
"""
_TAGGING = """
    anothrnick/github-tag-action mathieudutour/github-tag-action rickstaa/action-create-tag
    stefanzweifel/git-auto-commit-action ad-m/github-push-action endbug/add-and-commit
    actions-js/push github-actions/push
"""
_BY_ACTION = {
    **dict.fromkeys(_RELEASING.split(), _RELEASED),
    **dict.fromkeys(_TAGGING.split(), _PUSHED),
    "peter-evans/repository-dispatch": _DISPATCHED,
}
_BY_NAME = frozenset(
    ("benc-uk/workflow-dispatch", "the-actions-org/workflow-dispatch", "actions-cool/dispatch")
)


def start_of_action(name: str, inputs: Mapping[str, Value]) -> Start | None:
    """What an action starts; None: nothing in this repository."""
    plain = name.partition("@")[0].lower()
    elsewhere = str(inputs.get("repository", inputs.get("repo", "")))
    if elsewhere and "github.repository" not in elsewhere:
        return None
    if plain in _BY_NAME:
        return Start(frozenset(("workflow_dispatch",)), False, str(inputs.get("workflow", "")))
    return _BY_ACTION.get(plain)


_TOKENS = lazy_pattern(r"token|(?:^|_)pat(?:$|_)|ssh-key", re.IGNORECASE)
_OWN = lazy_pattern(r"GITHUB_TOKEN|github\.token")


def tokens_in(values: Iterable[tuple[str, Value]]) -> Iterator[str]:
    """The names of *values* that hold a token or a key other than the run's own."""
    for name, value in values:
        text = str(value)
        if _TOKENS.search(name) and text and not _OWN.search(text) and "secrets." + name != text:
            yield name


def started_workflow(start: Start, own: Sequence[str], file: Callable[[str], str | None]) -> str | None:
    """The workflow that *start* starts and that may publish an image; None: there is none but *own*."""
    listing = file(f"{FOLDER}/")
    if listing is None:
        named = posixpath.join(FOLDER, start.workflow) if start.workflow else ""
        return named if named and _publishes(named, start, file) else None
    names = [name for name in listing.split("\n") if name.endswith((".yml", ".yaml"))]
    paths = [posixpath.join(FOLDER, name) for name in names]
    if len(paths) > MOST:
        return FOLDER
    return next(
        (
            path
            for path in paths
            if not any(each.endswith(path) for each in own) and _publishes(path, start, file)
        ),
        None,
    )


def _publishes(path: str, start: Start, file: Callable[[str], str | None]) -> bool:
    text = file(path)
    if text is None:
        return False
    model = read_model(source.read_source(text, path))
    called = {posixpath.basename(path), model.name}
    if start.workflow and "{" not in start.workflow and start.workflow not in called:
        return False
    if all(model.trigger(event) is None for event in start.events):
        return False
    return may_publish(text, file) and may_log_in(text, file)
