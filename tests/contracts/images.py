"""Small true images to push; they ship with the product."""

from __future__ import annotations

from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.platform import Platform
from wholeship.testing.images import AMD64, Image, image, image_index

ARM64 = Platform("linux", "arm64")

__all__ = ["AMD64", "ARM64", "OCI_INDEX", "OCI_MANIFEST", "Image", "image", "image_index"]
