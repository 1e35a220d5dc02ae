"""Manifests of a GitOps repository: which policies there are, what they watch, what they drive."""

from wholeship.gitops.manifests.concerns import Concern, concerns
from wholeship.gitops.manifests.model import Drive, Manifests, Reference, Remark, Watch
from wholeship.gitops.manifests.reading import read_manifests

__all__ = [
    "Concern",
    "Drive",
    "Manifests",
    "Reference",
    "Remark",
    "Watch",
    "concerns",
    "read_manifests",
]
