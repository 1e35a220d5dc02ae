"""The digests of a whole release in the files that a controller deploys: `--write-digests FILE`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput, Unfinished, WholeshipError
from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.release.stages.results import Verified

if TYPE_CHECKING:
    from wholeship.app.project import Project
    from wholeship.core.reference import Repository
    from wholeship.gitops.digests.spots import Pin
    from wholeship.gitops.digests.writing import with_digests
    from wholeship.release.record import Record
    from wholeship.release.ship import Shipped
else:
    Pin = late("wholeship.gitops.digests.spots:Pin")
    with_digests = late("wholeship.gitops.digests.writing:with_digests")

_STAND_IN = "sha256:" + "0" * 64
_EXAMPLE_TAG = "20260101-000000-000001"


@dataclass(frozen=True, slots=True)
class DigestFiles:
    """The files that are to hold the digests of a release of ``project``; none: nothing is written."""

    project: Project
    paths: tuple[Path, ...] = field(default=())

    @classmethod
    def checked(cls, project: Project, names: Iterable[str]) -> DigestFiles:
        """The files *names*, each found to be one that can be written and has its spots.

        Raises :class:`BadInput`, before anything is built.
        """
        files = cls(project, tuple(dict.fromkeys(Path(name) for name in names)))
        for path in files.paths:
            project.world.check_writable(path)
        if not files.paths:
            return files
        images = project.config.images.values()
        repositories = {image.name: {image.repository, *image.mirrors.values()} for image in images}
        files._with(
            {name: Pin(name, frozenset(them), _STAND_IN, _EXAMPLE_TAG) for name, them in repositories.items()}
        )
        return files

    def of_shipped(self, shipped: Shipped) -> None:
        """Write, where what was *shipped* is out and was read back whole."""
        if isinstance(shipped.proof, Verified):
            self.of_record(shipped.record)

    def of_repaired(self, tag: str, record: Record | None) -> None:
        """Write what *record* says of the whole release *tag*; :class:`Unfinished` where it lacks one."""
        if self.paths and not _is_complete(record):
            raise Unfinished(
                f"{tag} is whole, and no record says which digests it was released with",
                advice="copy them from `wholeship status " + tag + " --format json`",
            )
        if record is not None:
            self.of_record(record)

    def of_record(self, record: Record) -> None:
        """Write what *record* says; :class:`Unfinished` where that is not possible any more."""
        if not self.paths:
            return
        tag = record.plan.tag
        try:
            for path, text in self._with(_pins(record)).items():
                self._write(path, text)
        except WholeshipError as error:
            names = " ".join(f"--write-digests {path}" for path in self.paths)
            raise Unfinished(
                f"{tag} is out and whole; its digests were not all written: {error.message}",
                advice=f"put that right, then: wholeship promote --tag {tag} {names}",
                place=error.place,
            ) from error

    def _write(self, path: Path, text: str) -> None:
        world = self.project.world
        if text.encode() == world.read_file(path):
            world.progress.said(f"{path} has the digests of the release already")
            return
        world.write_file(path, text)
        world.progress.said(f"wrote the digests into {path}")

    def _with(self, pins: Mapping[str, Pin]) -> dict[Path, str]:
        texts = {str(path): self._text(path) for path in self.paths}
        return {Path(name): text for name, text in with_digests(texts, tuple(pins.values())).items()}

    def _text(self, path: Path) -> str:
        content = self.project.world.read_file(path)
        if content is None:
            raise BadInput(
                f"{path}: no file, or none that can be read",
                advice="write it once, with a place for each image: wholeship docs gitops",
            )
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise BadInput(f"{path} is not UTF-8 (byte {error.start})") from None


def _is_complete(record: Record | None) -> bool:
    """Whether *record* knows the digest of every image."""
    return record is not None and all(image.name in record.candidates for image in record.plan.built_images)


def _pins(record: Record) -> dict[str, Pin]:
    """What each image of *record* is, and everywhere that it is."""
    plan = record.plan
    repositories: dict[str, set[Repository]] = {image.name: {image.repository} for image in plan.built_images}
    for image in plan.images:
        if image.copy_of:
            repositories[image.copy_of].add(image.repository)
    return {
        name: Pin(name, frozenset(them), str(record.candidates[name].digest), str(plan.tag))
        for name, them in repositories.items()
    }
