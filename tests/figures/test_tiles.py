import numpy as np
import pytest

from tfgan_course.figures.tiles import Tiling, translated


def photo(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


class Local:
    """Doubles the size; each result depends on the block of 4 x 4 pixels at its place and on 5 pixels around it."""

    def __init__(self):
        self.sizes: list[int] = []

    def __call__(self, photos: np.ndarray) -> np.ndarray:
        self.sizes.append(photos[..., 0].size)
        count, height, width, _ = photos.shape
        assert height % 4 == width % 4 == 0
        sums = np.pad(photos[..., :1].astype(np.int64), [(0, 0), (5, 5), (5, 5), (0, 0)])
        places = [(down, right) for down in range(11) for right in range(11)]
        mean = sum(sums[:, down : down + height, right : right + width] for down, right in places) // 121
        blocks = photos[..., 1].reshape(count, height // 4, 4, width // 4, 4).max((2, 4)).repeat(4, 1).repeat(4, 2)
        return ((mean + blocks[..., np.newaxis]) // 2).astype(np.uint8).repeat(2, 1).repeat(2, 2)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (61, 130), (130, 33), (40, 300)])
def test_tiles_with_margins_equal_the_whole(height, width):
    # A result in a corner of its block of 4 sees the block's other end, 3 pixels away; the mean sees 5.
    tiling = Tiling(16, 16, most=48 * 48, stride=4, margin=5, scale=2)
    tiled, whole = Local(), Local()
    picture = translated(photo(height, width), tiling, tiled)
    expected = translated(photo(height, width), Tiling(16, 16, most=10**6, stride=4, margin=5, scale=2), whole)
    assert picture.size == (2 * width, 2 * height)
    np.testing.assert_array_equal(np.array(picture), np.array(expected))
    assert len(whole.sizes) == 1 < len(tiled.sizes)
    assert max(tiled.sizes) <= 48 * 48


def test_too_small_a_margin_leaves_seams():
    tiling = Tiling(16, 16, most=48 * 48, stride=4, margin=0, scale=2)
    picture, whole = (translated(photo(64, 64), it, Local()) for it in (tiling, Tiling(16, 16, 10**6, 4, 0, 2)))
    assert (np.array(picture) != np.array(whole)).any()


@pytest.mark.parametrize(("height", "width"), [(24, 24), (25, 24), (50, 77), (9, 100)])
def test_blended_tiles_have_no_seam(height, width):
    """Tiles of one color each fade into each other: no step between neighbors is larger than the ramp's."""
    random = np.random.default_rng(0)

    def colored(tiles: np.ndarray) -> np.ndarray:
        assert tiles.shape[1:3] == (24, 24)
        return np.broadcast_to(random.integers(0, 256, (len(tiles), 1, 1, 3)), tiles.shape).astype(np.uint8)

    made = np.int32(translated(photo(height, width), Tiling(24, 24, most=5 * 24 * 24, fixed=1), colored))
    assert made.shape == (height, width, 3)
    # The ramp is at least 12 pixels long; joining and blending round once each, by at most half a level.
    steps = [np.abs(np.diff(made, axis=axis)).max(initial=0) for axis in (0, 1)]
    assert max(steps) <= np.ceil(255 / 12) + 2
    assert np.ptp(made) > 30 or height <= 24 >= width


@pytest.mark.parametrize("tiling", [Tiling(8, 8, 64, fixed=1), Tiling(8, 8, 100, stride=4, margin=3)])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 8), (8, 8), (13, 29)])
def test_what_changes_nothing_changes_nothing(tiling, height, width):
    made = translated(photo(height, width), tiling, lambda tiles: tiles)
    np.testing.assert_array_equal(np.array(made), photo(height, width))


def test_a_small_photo_is_continued_by_reflection():
    given = []

    def keep(tiles: np.ndarray) -> np.ndarray:
        given.append(tiles)
        return tiles[..., :1]

    picture = translated(photo(5, 6), Tiling(8, 8, 64, fixed=1), keep)
    assert (picture.mode, picture.size) == ("L", (6, 5))
    expected = np.pad(photo(5, 6), [(0, 3), (0, 2), (0, 0)], "reflect")
    np.testing.assert_array_equal(given[0][0], expected)
