"""Several workflow files of one repository, checked."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.pipeline.ports import Repository, no_repository
from wholeship.verdict.check import check_one
from wholeship.verdict.joined import joined_report
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report
from wholeship.verdict.systems import Memory


def check_files(
    files: Mapping[str, str | bytes], repository: Repository = no_repository, options: Options | None = None
) -> Report:
    """The report on *files* (path from the root → content), which stand in *repository*."""
    options = options or Options()
    memory = Memory(repository, options)
    return joined_report((check_one(c, path, memory, options) for path, c in files.items()), options)
