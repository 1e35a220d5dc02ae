"""The part of an answer that a law has to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wholeship.pipeline.ports import Repository, no_repository
from wholeship.verdict.check import check_one

PATH = ".github/workflows/release.yml"


@dataclass(frozen=True)
class Said:
    """Whole or not, who may be followed, how many images; whether the workflow is called broken."""

    whole: bool | None
    followed: tuple[str, ...]
    images: int
    broken: int

    @property
    def verdict(self) -> tuple[bool | None, tuple[str, ...], int]:
        return self.whole, tuple(sorted(self.followed)), self.images

    def with_old_names(self, renamed: Mapping[str, str]) -> tuple[bool | None, tuple[str, ...], int]:
        """The verdict as if no image had been renamed (old → new)."""
        old = {new: name for name, new in renamed.items()}
        return self.whole, tuple(sorted(old.get(name, name) for name in self.followed)), self.images


def said(
    text: str,
    files: Mapping[str, str] | None = None,
    repository: Repository = no_repository,
    path: str = PATH,
) -> Said:
    """What is said of *text* at *path*; *files* stand in *repository*, or in place of its own."""
    own = {**(files or {}), path: text}
    report = check_one(text, path, lambda asked: own[asked] if asked in own else repository(asked))
    assert not report.crash, report.crash
    broken = sum(finding.rule == "broken-workflow" for finding in report.findings)
    return Said(report.whole, report.whole_if_followed, len(report.images), broken)
