"""Read code blocks of the documentation, for tests that run them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str, language: str, heading: str) -> list[str]:
    """Return the fenced blocks of a language below a heading, up to the next heading of the same or a higher level."""
    text = (DOCS / page).read_text(encoding="utf-8")
    level, start = re.search(rf"^(#+) {re.escape(heading)}$", text, re.M).group(1), text.index(f"# {heading}\n")
    section = re.split(rf"^#{{1,{len(level)}}} ", text[start + len(heading) + 3 :], maxsplit=1, flags=re.M)[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)
