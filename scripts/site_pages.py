"""What MkDocs adds to ``docs/``: pages that stand at the top of the repository."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "findings.md": "findings/README.md",
}
SCRIPT = re.compile(r"\[([^]]+)\]\([\w-]+\.sh\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages of the site, with those of the repository's top."""
    for name, source in PAGES.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links that hold in the repository, made to hold on the site; scripts are named, not linked."""
    moved = markdown.replace("](docs/", "](")
    for name, source in PAGES.items():
        moved = moved.replace(f"](../{source})", f"]({name})")
    return SCRIPT.sub(r"`\1`", moved)
