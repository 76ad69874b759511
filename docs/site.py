"""Arrange the site that `mkdocs build` makes: pages from outside of this folder, and a menu.

The menu is the table of contents in docs/README.md, so that a page is listed in one place. README.md, CONTRIBUTING.md
and CHANGELOG.md become pages, and links to them are changed to lead there.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MOVED = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages outside of docs/, and their places on the site."""


def placed(target: str, folder: Path) -> str:
    """Return a link's target on the site: that of a page of `MOVED`, or of docs/README.md, is another there."""
    path, anchor = re.fullmatch(r"([^#]*)(#.*)?", target).groups()
    if not path or ":" in path:
        return target
    found = Path(os.path.abspath(folder / path))
    here = {ROOT / name: DOCS / page for name, page in MOVED.items()} | {DOCS / "README.md": DOCS / "contents.md"}
    start = DOCS if folder == ROOT else folder
    return os.path.relpath(here.get(found, found), start) + (anchor or "")


def rewritten(text: str, folder: Path) -> str:
    """Return the text of a page in `folder`, with the links that the site needs."""
    return re.sub(r"\]\(([^)\s]+)\)", lambda link: f"]({placed(link[1], folder)})", text)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Make the menu: a section for each heading of the table of contents."""
    sections = re.split(r"^## ", (DOCS / "README.md").read_text("utf-8"), flags=re.M)[1:]
    menu = [{"Start": "index.md"}, {"Contents": "contents.md"}]
    for section in sections:
        links = re.findall(r"\[([^\]]*)\]\(([^)#]+\.md)\)", section)
        pages = [{title[0].upper() + title[1:]: placed(target, DOCS)} for title, target in links]
        menu.append({section.split(":")[0].strip(): pages})
    config.nav = [*menu, {"Changelog": "changelog.md"}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of `MOVED`; docs/README.md becomes contents.md."""
    files.remove(files.get_file_from_path("README.md"))
    pages = {page: ROOT / name for name, page in MOVED.items()} | {"contents.md": DOCS / "README.md"}
    for page, source in pages.items():
        text = rewritten(source.read_text("utf-8"), source.parent)
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Change the links of the other pages."""
    source = page.file.abs_src_path
    return rewritten(markdown, Path(source).parent) if source else markdown
