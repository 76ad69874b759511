"""Arrange the site that `mkdocs build` makes: pages from outside of this folder, and a menu.

The menu is the table of contents in docs/README.md, so that a page is listed in one place. README.md, CONTRIBUTING.md
and CHANGELOG.md become pages, and links to them are changed to lead there. A tutorial is shown with the outputs of the
notebook in build/tutorials/, if it was executed as in .ci/run, and without outputs otherwise.
"""

import os
import re
import textwrap
from pathlib import Path

import jupytext
import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MOVED = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages outside of docs/, and their places on the site."""
TUTORIALS = sorted((DOCS / "tutorials").glob("*.py"))
EXECUTED = ROOT / "build" / "tutorials"


def placed(target: str, folder: Path) -> str:
    """Return a link's target on the site: that of a page of `MOVED`, or of docs/README.md, is another there."""
    path, anchor = re.fullmatch(r"([^#]*)(#.*)?", target).groups()
    if not path or ":" in path:
        return target
    found = Path(os.path.abspath(folder / path))
    here = {ROOT / name: DOCS / page for name, page in MOVED.items()} | {DOCS / "README.md": DOCS / "contents.md"}
    here |= {tutorial: tutorial.with_suffix(".md") for tutorial in TUTORIALS}
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
        links = re.findall(r"\[([^\]]*)\]\(([^)#]+\.(?:md|py))\)", section)
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
    for tutorial in TUTORIALS:
        page = tutorial.relative_to(DOCS).with_suffix(".md")
        text, pictures = lesson(tutorial)
        files.append(File.generated(config, page.as_posix(), content=rewritten(text, tutorial.parent)))
        for name, picture in pictures.items():
            files.append(File.generated(config, (page.parent / name).as_posix(), content=picture))
    return files


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def wrapped(line: str) -> str:
    """Return a line of text, as several lines if it is too long for a page."""
    return textwrap.fill(line, 100) + "\n" if len(line) > 110 else line


def lesson(tutorial: Path) -> tuple[str, dict[str, bytes]]:
    """Return a tutorial as Markdown, and its pictures by name.

    A notebook that was executed with other code is an error, because its outputs would not fit.
    """
    notebook, executed = jupytext.read(tutorial), EXECUTED / f"{tutorial.stem}.ipynb"
    if executed.is_file():
        ours, theirs = code(notebook), code(nbformat.read(executed, as_version=4))
        if [cell.source for cell in ours] != [cell.source for cell in theirs]:
            raise PluginError(
                f"{executed} was executed with other code than {tutorial.name}: do it again, or delete it"
            )
        for cell, done in zip(ours, theirs, strict=True):
            cell.outputs = done.outputs
            for output in cell.outputs:
                if output.output_type == "stream":  # a page does not wrap lines as a notebook does
                    output.text = "".join(wrapped(line) for line in output.text.splitlines(keepends=True))
    resources = {"unique_key": tutorial.stem, "output_files_dir": f"{tutorial.stem}_files"}
    text, resources = MarkdownExporter().from_notebook_node(notebook, resources)
    return text.replace("![png](", "![Figure made by the code above]("), resources["outputs"]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Change the links of the other pages."""
    source = page.file.abs_src_path
    return rewritten(markdown, Path(source).parent) if source else markdown
