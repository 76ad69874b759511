import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.report.directories import made
from tfgan_course.figures.grids import grid, save_image
from tfgan_course.report.pictures import LARGEST_SIDE, MOST_FRAMES, cells, evolution, strip


def decoded(uri: str) -> np.ndarray:
    head, _, body = uri.partition(",")
    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


def test_few_frames_are_all_there_in_order(tmp_path):
    frames = evolution(made(tmp_path / "run", steps=(0, 20, 100)).frames, 10**6)
    assert [frame.step for frame in frames] == [0, 20, 100]
    for frame in frames:
        picture = decoded(frame.uri)
        assert picture.shape == (frame.height, frame.width) == (16, 22)
        assert abs(int(picture[1, 1]) - frame.step) < 20


def test_many_are_thinned_evenly_with_the_first_and_the_last(tmp_path):
    steps = [frame.step for frame in evolution(made(tmp_path / "run", steps=range(0, 100)).frames, 10**6)]
    assert len(steps) == MOST_FRAMES
    assert (steps[0], steps[-1]) == (0, 99)
    assert set(np.diff(steps)) == {3, 4}


def test_the_budget_holds_but_the_last_one_stays(tmp_path):
    found = made(tmp_path / "run", steps=range(20)).frames
    size = len(evolution(found, 10**6)[0].uri)
    some = evolution(found, 6 * size)
    assert 3 <= len(some) <= 6
    assert sum(len(frame.uri) for frame in some) <= 6 * size
    assert [frame.step for frame in evolution(found, 1)] == [19]
    assert evolution({}, 1) == []


def test_large_ones_are_made_smaller_and_broken_ones_left_out(tmp_path):
    large, broken = tmp_path / "large.png", tmp_path / "broken.png"
    save_image(large, np.zeros((300, 2 * LARGEST_SIDE, 3), np.uint8))
    broken.write_bytes(large.read_bytes()[:60])
    with pytest.warns(match=r"broken\.png is left out"):
        (frame,) = evolution({1: large, 2: broken}, 10**6)
    assert decoded(frame.uri).shape == (150, LARGEST_SIDE, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_cut_out_of_their_grid(channels):
    images = np.random.default_rng(0).integers(0, 256, (7, 4, 6, channels)).astype(np.uint8)
    picture = grid(images, columns=3)
    picture = Image.fromarray(picture.squeeze(-1) if channels == 1 else picture)
    np.testing.assert_array_equal(cells(picture, (4, 6, channels), 5), images[:5])
    assert cells(picture, (4, 5, channels), 5) is None
    enlarged = decoded(strip(images[:2])).reshape(44, -1, channels)  # 64 / 6, rounded up: 11 times
    np.testing.assert_array_equal(enlarged[:, :66][::11, ::11], images[0])
