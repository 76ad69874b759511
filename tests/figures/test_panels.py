import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tfgan_course.classifier.confusion import draw_confusion
from tfgan_course.errors import UserError
from tfgan_course.figures.panels import Panel, checked_formats, draw_curves, draw_panels, save
from tfgan_course.runs.curves import plot_curves


@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_of_every_image_is_in_the_figure_as_it_is(channels, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 32, 32, channels)).astype(np.uint8)
    panels = [
        Panel(images[:4], "first", ["a name that is too long to be read", "b", "c", "d"], [True, False, False, True]),
        Panel(images[4:], "second\nof two", columns=1),
    ]
    figure = draw_panels(panels, "A title " * 12, "A caption. " * 30)
    (path,) = save(figure, tmp_path, "panels", ["png"])
    with Image.open(path) as picture:
        pixels = np.array(picture.convert("RGB"))
    for image in images:
        # Each pixel became 3 x 3 of the same color, and the whole tile is somewhere.
        tile = np.broadcast_to(image, (32, 32, 3)).repeat(3, axis=0).repeat(3, axis=1)
        places = np.argwhere(np.all(pixels == tile[0, 0], axis=-1))
        assert any(np.array_equal(pixels[y : y + 96, x : x + 96], tile) for y, x in places)


def test_writes_titles_scales_and_captions_in_every_format(tmp_path):
    maps = np.random.default_rng(0).uniform(size=(2, 8, 8)).astype(np.float32)
    figure = draw_panels([Panel(maps, "maps", ["1", "2"], scale=("none", "most"))], "What it is", "What was done")
    text = {str(found.get_text()) for found in figure.findobj(lambda artist: hasattr(artist, "get_text"))}
    assert {"What it is", "What was done", "maps", "none", "most"} <= text
    for path in save(figure, tmp_path, "maps", checked_formats("png, .svg,pdf")):
        assert path.stat().st_size > 1000
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".pdf", ".png", ".svg"]
    once = (tmp_path / "maps.png").read_bytes()
    save(figure, tmp_path, "maps", ["png"])
    assert (tmp_path / "maps.png").read_bytes() == once


def test_a_name_with_dollars_is_no_formula(tmp_path):
    name = "a $\\frac{$ b"  # what Matplotlib would stop at
    figure = draw_panels([Panel(np.zeros((1, 28, 28, 1), np.uint8), name, ["$x$"])], name, name)
    save(figure, tmp_path, "panels", ["png"])
    save(draw_curves([0, 1], {name: [0, 1]}, ("x", "y"), name, name), tmp_path, "curves", ["png"])
    draw_confusion(tmp_path / "confusion.png", np.eye(2), [name, "$x$"], name)


def test_curves():
    figure = draw_curves([0, 1], {"one": [90, 10], "(guessing)": [10, 10]}, ("gain", "right, %"), "title", "caption")
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["one", "(guessing)"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("gain", "right, %")


def test_refuses_formats_that_there_are_not():
    with pytest.raises(UserError) as error:
        checked_formats("pgn")
    assert error.value.received == "pgn"
    assert "png" in error.value.expected
    with pytest.raises(UserError) as error:
        checked_formats("")
    assert "formats" in error.value.expected


def test_a_legend_covers_no_curve():
    figure = draw_curves([0, 1], {"one": [90, 10], "two": [100, 100]}, ("gain", "right, %"), "title", "caption")
    axes = figure.axes[0]
    figure.draw_without_rendering()
    assert axes.get_legend().get_window_extent().x0 >= axes.get_window_extent().x1
    assert axes.get_legend().get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize("steps", [[5], [5, 6]])
def test_curves_of_few_epochs_have_marks_and_whole_ticks(steps):
    axes = Figure().subplots()
    rows = [{"step": step, "critic_loss": 1.0, "generator_loss": 2.0} for step in steps]
    plot_curves(axes, rows, "loss")
    assert all(line.get_marker() == "o" for line in axes.lines)
    assert all(tick == round(tick) for tick in axes.get_xticks())
    axes.figure.draw_without_rendering()
    assert axes.get_legend().get_window_extent().y1 <= axes.get_window_extent().y0  # below the curves
