import av
import numpy as np
import pytest
from PIL import Image

from tfgan_course.errors import UserError
from tfgan_course.figures.films import film_zoom, save_frames
from tfgan_course.figures.grids import save_image


def frames(count: int, channels: int = 1, size: int = 8) -> np.ndarray:
    """Return frames that equal the frame before, except every third frame."""
    images = np.random.default_rng(0).integers(0, 256, (count, size, size, channels)).astype(np.uint8)
    return images[np.arange(count) // 3 * 3]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_gif_has_all_frames_equal_neighbours_too_and_lasts_as_long_as_it_should(tmp_path, channels):
    images = frames(50, channels)
    save_frames(tmp_path / "walk.gif", images, 50, rate=30, zoom=2)
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames == 50
        assert film.info["loop"] == 0
        lasts = 0
        for index in range(50):
            film.seek(index)
            lasts += film.info["duration"]
            shown = np.array(film.convert("RGB"))[::2, ::2, :channels]
            np.testing.assert_array_equal(shown, images[index])  # of 64 pixels each has a color of its own
    assert lasts == pytest.approx(1000 * 50 / 30, abs=10)


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 7)])
def test_an_mp4_has_all_frames_at_their_rate(tmp_path, channels, size):
    images = frames(60, channels, size)
    save_frames(tmp_path / "new" / "walk.mp4", images, 60, rate=25, zoom=5)
    with av.open(str(tmp_path / "new" / "walk.mp4")) as film:
        assert film.streams.video[0].average_rate == 25
        shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(shown) == 60
    assert shown[0].shape == (40 if size == 8 else 36, 40 if size == 8 else 36, 3)
    middles = np.int32([frame[2::5, 2::5, :channels][:size, :size] for frame in shown])
    assert np.abs(middles - images).mean() < 12


def test_a_strip_and_a_folder_hold_the_frames_themselves(tmp_path):
    images = frames(45, 3)
    save_frames(tmp_path / "strip.png", images, 45)
    strip = np.array(Image.open(tmp_path / "strip.png"))
    assert strip.shape == (3 * 10 - 2, 20 * 10 - 2, 3)
    np.testing.assert_array_equal(strip[20:28, 40:48], images[44])
    save_frames(tmp_path / "walk", images, 45, zoom=3)
    files = sorted((tmp_path / "walk").iterdir())
    assert [file.name for file in files] == [f"{index:05d}.png" for index in range(45)]
    np.testing.assert_array_equal(np.array(Image.open(files[44]))[1::3, 1::3], images[44])


def test_the_folder_one_is_in_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError):
        save_frames(".", frames(2), 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["walk.gif", "walk.mp4", "walk.png", "walk"])
def test_a_walk_that_breaks_off_leaves_what_was_there_and_nothing_else(tmp_path, name):
    if name != "walk":
        save_frames(tmp_path / name, frames(4), 4)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def broken():
        yield from frames(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_frames(tmp_path / name, broken(), 10)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    save_frames(tmp_path / name, frames(2), 2)
    if name == "walk":
        assert len(list((tmp_path / name).iterdir())) == 2


@pytest.mark.parametrize("name", ["photo.png", "00000.png", "7.png"])
def test_a_folder_with_files_is_left_alone_also_with_samples_and_earlier_frames(tmp_path, name):
    save_image(tmp_path / name, frames(1)[0])
    with pytest.raises(UserError, match=name):
        save_frames(tmp_path, frames(2), 2)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_files_that_come_into_the_folder_meanwhile_are_kept(tmp_path):
    def slow():
        yield from frames(2)
        (tmp_path / "walk").mkdir()
        (tmp_path / "walk" / "photo.png").write_text("kept")

    with pytest.raises(OSError, match="walk"):
        save_frames(tmp_path / "walk", slow(), 2)
    assert [file.name for file in tmp_path.rglob("*")] == ["walk", "photo.png"]


@pytest.mark.parametrize("size", [8, 28, 32, 33, 64, 100, 128, 255, 256, 300])
def test_films_of_small_images_are_256_pixels_or_a_few_more_and_even(size):
    zoom = film_zoom(np.zeros((size, size, 3)))
    assert zoom == 1 if size >= 256 else (256 <= zoom * size < 256 + 2 * size and zoom % 2 == 0)
