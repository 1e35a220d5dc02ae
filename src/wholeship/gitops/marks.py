"""What a file has in it that may make a controller follow images; other files need not be parsed."""

from __future__ import annotations

MARKS = (
    "image.toolkit.fluxcd.io",
    "ImagePolicy",
    "ImageRepository",
    "ImageUpdat",
    "$imagepolicy",
    "argocd-image-updater",
    "keel.sh/",
    "kargo.akuity.io",
)
_BYTES = tuple(mark.encode() for mark in MARKS)


def may_follow_images(content: str | bytes) -> bool:
    """Whether the text of a manifest has to be read to know which images are followed."""
    if isinstance(content, str):
        return any(mark in content for mark in MARKS)
    return any(mark in content for mark in _BYTES)
