"""What the rules are called, for those that name them and do not run them."""

from __future__ import annotations

from typing import Literal, get_args

RuleName = Literal[
    "half-release",
    "gate-bypass",
    "tested-not-shipped",
    "tag-drift",
    "tag-collision",
    "moving-tag-race",
    "cancelled-publish",
    "evicted-release",
    "platform-gap",
    "needless-emulation",
    "disk-risk",
    "hidden-publish",
    "needless-wait",
    "unpinned-release",
    "broken-workflow",
]
"""The rules of `check`, as a file or a flag may name them."""

RULE_NAMES: tuple[str, ...] = get_args(RuleName)
"""Those of ``rules.RULES``, which a test holds them to."""
