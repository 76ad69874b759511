"""A line on the screen that says how far a long piece of work is, and is redrawn in place where that is possible."""

import html
import sys
from typing import Any, Literal

SECONDS_BETWEEN = {"terminal": 0.1, "notebook": 0.5, "file": 60.0}
"""How often the line is shown anew within one piece of work."""


def screen() -> Literal["terminal", "notebook", "file"]:
    """Return where standard output is read: a terminal and a notebook redraw a line, a file does not."""
    if sys.stdout.isatty():
        return "terminal"
    ipython = sys.modules.get("IPython")  # a notebook has imported it
    return "notebook" if ipython is not None and hasattr(ipython.get_ipython(), "kernel") else "file"


class NotebookBar:
    """A bar with a line of text below it: one output of a notebook's cell, which is replaced each time.

    It is HTML without scripts and needs no widgets, so it stays in a notebook that is saved or exported.
    """

    def __init__(self) -> None:
        self._shown: Any = None

    def show(self, share: float | None, text: str) -> None:
        """Show the work's share that is done, 0 to 1 or None if it is unknown, and a line of text."""
        from IPython.display import display  # a notebook has it; the package does not need it

        value = "" if share is None else f' value="{min(1.0, max(0.0, share)):.4f}"'
        markup = f'<progress max="1"{value} style="width: 100%"></progress><br><small>{html.escape(text)}</small>'
        bundle = {"text/html": f"<div>{markup}</div>", "text/plain": text}
        if self._shown is None:
            self._shown = display(bundle, raw=True, display_id=True)
        else:
            self._shown.update(bundle, raw=True)
