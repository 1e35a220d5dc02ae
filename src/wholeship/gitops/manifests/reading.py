"""Text of manifests → :class:`Manifests`."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.gitops.manifests.controllers import (
    FLUX,
    argo_watches,
    flux_watches,
    kargo_watches,
    keel_watches,
)
from wholeship.gitops.manifests.documents import flag, read_documents
from wholeship.gitops.manifests.model import Manifests, Remark, Watch
from wholeship.gitops.manifests.usage import drives, image_references, markers


def read_manifests(files: Mapping[str, str]) -> Manifests:
    """What *files* (text by path) say about following images. Never raises for their content."""
    objects, remarks = read_documents(files)
    marked = markers(files)
    used = image_references(objects, marked)
    found = [*flux_watches(objects), *argo_watches(objects), *keel_watches(objects), *kargo_watches(objects)]
    return Manifests(
        watches=tuple(one for one in found if isinstance(one, Watch)),
        drives=drives(marked, used),
        references=used,
        automations={
            one.name: one.place
            for one in objects
            if one.group == FLUX
            and one.kind == "ImageUpdateAutomation"
            and not flag(one.node, "spec", "suspend")
        },
        remarks=(*remarks, *(one for one in found if isinstance(one, Remark))),
    )
