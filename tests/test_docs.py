"""README and docs: commands parse, links lead somewhere, and the table of contents lists every page."""

import ast
import pkgutil
import re
import runpy
import shlex
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from tfgan_course.cli.main import COMMANDS, main
from tfgan_course.cli.parsing import Parser
from tfgan_course.config.parser import read
from tfgan_course.config.variants import variants

ROOT = Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *TUTORIALS]
ORDER = ["What it is for", "Formula", "How to switch it on", "What is logged, and good values"]
ORDER += ["Differences from the paper", "Results here"]
# Files and classes that a reader is to write; the pages' own tests run these.
READERS = ("my.yaml", "drift.yaml", "best.yaml", "mymodule.", "mynetworks.", "myloss.", "stripes.", "$@")


def text_of(page: Path) -> str:
    """Return the text of a page as Markdown; of a tutorial, its Markdown cells, and its code in fences."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".py":
        return text
    cells = re.split(r"^# %%", text, flags=re.M)[1:]
    shown = [
        re.sub(r"^# ?", "", cell.removeprefix(" [markdown]"), flags=re.M)
        if cell.startswith(" [markdown]")
        else f"```python{cell}```\n"
        for cell in cells
    ]
    return "".join(shown)


def configurations() -> list[str]:
    """Return the YAML blocks that are configurations of a training; other blocks are for Kubernetes or searches."""
    blocks = [block for page in PAGES for block in re.findall(r"^```yaml\n(.*?)^```", text_of(page), re.M | re.S)]
    return [block for block in blocks if not any(word in block for word in (*READERS, "apiVersion:", "parameters:"))]


@pytest.mark.parametrize("block", configurations(), ids=lambda block: block.splitlines()[0])
def test_a_configuration_in_the_docs_is_one(block, tmp_path):
    (tmp_path / "mine.yaml").write_text(block, encoding="utf-8")
    read(tmp_path / "mine.yaml")


def modules(package: str) -> list:
    found = [
        import_module(f"{package}.{module.name}") for module in pkgutil.iter_modules(import_module(package).__path__)
    ]
    return [
        command for module in found for command in ([module] if hasattr(module, "run") else modules(module.__name__))
    ]


def commands() -> list[tuple[str, ...]]:
    found = {}
    for page in PAGES:
        text = text_of(page).replace("\\\n", " ")
        for script, words in re.findall(r"(?:python -m tfgan_course|python (train|tune)\.py) ([^`\n#]*)", text):
            if not any(name in words for name in READERS):
                found[tuple(shlex.split(f"{script} {words}".split("&&")[0].strip(" |.,;:")))] = page
    return [words for words in found if words]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_in_the_docs_is_one(words, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    folders = {value: tmp_path / value.lstrip("/") for option, value in pairwise(words) if option == "--data.folder"}
    for folder in folders.values():
        folder.mkdir(parents=True)
    for file in [value for option, value in pairwise(words) if option in ("--data.file", "--data.labels")]:
        Path(file).touch()
    for run in [value for option, value in pairwise(words) if option == "--init_from"]:
        Path(run).mkdir(parents=True)
        (Path(run) / "config.yaml").touch()
    for module in modules(COMMANDS):
        monkeypatch.setattr(module, "run", lambda options: None)
        monkeypatch.setattr(module, "check", lambda options: None, raising=False)
        monkeypatch.setattr(module, "settings", lambda options: options.settings, raising=False)

    def parsed(self, words, parsed=Parser.parsed):
        self.checks.clear()  # the runs that the pages name do not exist here
        return parsed(self, words)

    monkeypatch.setattr(Parser, "parsed", parsed)
    assert main([str(folders.get(word, word)) for word in words]) == 0


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text_of(page), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text_of(page)):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"


def test_every_page_is_in_the_table_of_contents():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in [*(ROOT / "docs").rglob("*.md"), *TUTORIALS]:
        assert page.name == "README.md" or f"]({page.relative_to(ROOT / 'docs')})" in index, page


def test_pages_named_in_the_code_exist():
    """Pages named in docstrings, messages and help, such as `docs/guides/data.md`, exist."""
    for source in [*(ROOT / "tfgan_course").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]:
        for name, anchor in re.findall(r"docs/([\w/]+\.md)#?([\w-]*)", source.read_text(encoding="utf-8")):
            page = ROOT / "docs" / name
            assert page.exists(), f"{source}: {name}"
            assert not anchor or anchor in anchors(page), f"{source}: {name}#{anchor}"


@pytest.mark.parametrize("name", variants())
def test_every_variant_says_what_it_is_for_in_its_file_and_on_the_page(name):
    purpose = variants()[name].read_text(encoding="utf-8").splitlines()[1].removeprefix("# Use it ").removesuffix(".")
    page = (ROOT / "docs" / "reference" / "variants.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {purpose} |" in page


def test_the_reference_is_made_from_the_docstrings_as_they_are():
    made = runpy.run_path(str(ROOT / "docs" / "reference" / "make.py"))["page"]()
    written = (ROOT / "docs" / "reference" / "options.md").read_text(encoding="utf-8")
    assert made == written, "PYTHONPATH=. python docs/reference/make.py writes the page anew"


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "techniques").glob("*.md")), ids=lambda page: page.stem)
def test_every_page_about_a_technique_has_the_same_order(page):
    headings = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.M)
    assert headings[: len(ORDER)] == ORDER


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_is_a_lesson_of_sections_that_names_what_exists(page):
    """What its code imports exists, its last section has exercises, and sections are short; `.ci/run` executes it."""
    headings = re.findall(r"^## (.*)$", text_of(page), re.M)
    assert len(headings) >= 5
    assert headings[-1] == "Exercises"
    for node in ast.walk(ast.parse(page.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "tfgan_course":
            for name in node.names:
                assert hasattr(import_module(node.module), name.name), f"{node.module}.{name.name}"
