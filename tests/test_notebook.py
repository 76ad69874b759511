"""What a notebook shows: one bar while something trains, figures, and the table of a comparison."""

import re
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from tests import tiny
from tfgan_course import train
from tfgan_course.comparison.lead import Progress
from tfgan_course.comparison.results import Results, Row
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.live import NotebookBar, screen


class Shown:
    """The outputs of a cell, as IPython keeps them: `display` adds one, and its handle replaces it."""

    def __init__(self):
        self.outputs: list[list[dict]] = []

    def display(self, bundle, *, raw, display_id):
        assert raw
        assert display_id
        self.outputs.append([bundle])
        return SimpleNamespace(update=lambda bundle, *, raw: self.outputs[-1].append(bundle))


@pytest.fixture
def notebook(monkeypatch) -> Shown:
    """Let this process look like the kernel of a notebook."""
    shown = Shown()
    package, module = ModuleType("IPython"), ModuleType("IPython.display")
    package.version_info = (9, 0)  # Matplotlib reads it
    package.get_ipython = lambda: SimpleNamespace(kernel=object())
    module.display = shown.display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return shown


def test_a_script_that_imports_ipython_is_no_notebook(notebook, monkeypatch):
    assert screen() == "notebook"
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: None)
    assert screen() == "file"
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace())  # a shell in a terminal
    assert screen() == "file"


def test_a_training_shows_one_bar_and_no_line_for_an_epoch(notebook, tmp_path, capsys):
    small = {"generator": {"width": 8}, "critic": {"width": 8}, "metrics": {"names": []}, "health": None}
    small |= {"batch_size": 8, "epochs": 3, "steps_per_epoch": 2}
    train("simple_gan", images=tiny.images(40, 28), out=tmp_path / "run", **small)
    assert len(notebook.outputs) == 1
    texts = [bundle["text/plain"] for bundle in notebook.outputs[0]]
    assert "epoch 3/3" in texts[-1]
    assert "critic_loss" in texts[-1]
    assert 'value="1.0000"' in notebook.outputs[0][-1]["text/html"]
    assert "3/3" not in capsys.readouterr().out


def test_the_bar_shows_an_unknown_share_and_no_markup_of_a_name(notebook):
    bar = NotebookBar()
    bar.show(None, "<b>")
    assert "value" not in notebook.outputs[0][0]["text/html"]
    assert "<b>" not in notebook.outputs[0][0]["text/html"]


def test_a_comparison_shows_one_bar_for_all_runs(notebook, capsys):
    names, finished = ["a-0", "b-0"], set()
    comparison = SimpleNamespace(
        names=names,
        finished=lambda name: name in finished,
        variant_and_seed=lambda name: name.split("-"),
        plan=SimpleNamespace(budget="minutes", amount=1),
    )
    progress = Progress(comparison)
    for name in names:
        progress.begin(name)
        progress.show()
        progress.close()
        finished.add(name)
    progress.end()
    assert len(notebook.outputs) == 1
    shares = [re.search(r'value="([^"]*)"', bundle["text/html"])[1] for bundle in notebook.outputs[0]]
    assert [float(share) for share in shares] == [0, 0.5, 1]
    assert capsys.readouterr().out == ""


def test_a_figure_shows_itself():
    figure = draw_panels([Panel(np.zeros((2, 8, 8, 1), np.uint8), "two")], "title", "caption")
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_comparison_shows_its_table():
    good = {"frechet": 1.25, "frechet_raw": 2.0, "images": 3000.0}
    rows = [Row("lsgan", {0: {"figures": {}}}, {}, good, {}), Row("wild", {}, {0: "a loss is <NaN>"}, {}, {})]
    plan = SimpleNamespace(budget="images", amount=3000, samples=100, split="test", features="random")
    page = Results(SimpleNamespace(plan=plan, accuracy=lambda: None), rows)._repr_html_()
    lines = [re.findall(r"<t[hd]>(.*?)</t[hd]>", line) for line in re.findall(r"<tr>(.*?)</tr>", page)]
    assert lines[0][:3] == ["variant", "seeds", "frechet"]
    assert lines[1][:3] == ["lsgan", "1", "1.250"]
    assert lines[1][-3] == "3,000"
    assert lines[2][2] == "-"
    assert lines[3] == ["wild", "seed 0 failed: a loss is &lt;NaN&gt;"]
