import numpy as np
import pytest
from PIL import Image

from tfgan_course.errors import UserError
from tfgan_course.figures.grids import grid, opaque, save_animation, save_image, save_images, to_uint8
from tfgan_course.files import written_whole


def test_to_uint8_inverts_the_scaling_of_every_level():
    levels = np.arange(256)
    np.testing.assert_array_equal(to_uint8(levels / 127.5 - 1), levels)
    np.testing.assert_array_equal(to_uint8([-2.0, 2.0]), [0, 255])


def test_grid_places_images_row_by_row():
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1) * np.ones((1, 2, 3, 1), np.uint8)
    picture = grid(images, columns=3, gap=1)
    assert picture.shape == (5, 11, 1)
    np.testing.assert_array_equal(picture[[0, 0, 0, 3, 3], [0, 4, 8, 0, 4], 0], range(5))
    assert (picture[2] == 255).all()
    assert (picture[3:, 8:] == 255).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_saved_images_come_back_equal(tmp_path, channels):
    image = np.random.default_rng(0).integers(0, 256, (5, 6, channels)).astype(np.uint8)
    save_image(tmp_path / "a.png", image)
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "a.png")).reshape(image.shape), image)


def test_animation_has_a_frame_for_each_picture(tmp_path):
    for index in range(3):
        save_image(tmp_path / f"{index}.png", np.full((4, 4, 1), 80 * index, np.uint8))
    save_animation(tmp_path / "all.gif", sorted(tmp_path.glob("*.png")))
    with Image.open(tmp_path / "all.gif") as animation:
        assert animation.n_frames == 3


def test_a_picture_that_cannot_be_read_is_left_out_of_the_animation(tmp_path):
    for index in range(3):
        save_image(tmp_path / f"{index}.png", np.full((4, 4, 1), 80 * index, np.uint8))
    (tmp_path / "0.png").write_bytes((tmp_path / "0.png").read_bytes()[:20])
    with pytest.warns(UserWarning, match=r"0\.png"):
        save_animation(tmp_path / "all.gif", sorted(tmp_path.glob("*.png")))
    with Image.open(tmp_path / "all.gif") as animation:
        assert animation.n_frames == 2


def test_a_long_animation_is_thinned_evenly_from_the_first_to_the_last(tmp_path):
    frames = [tmp_path / f"{index:03d}.png" for index in range(256)]
    for index, frame in enumerate(frames):
        save_image(frame, np.full((2, 2, 1), index, np.uint8))
    save_animation(tmp_path / "all.gif", frames)
    with Image.open(tmp_path / "all.gif") as animation:
        shown = []
        for index in range(animation.n_frames):
            animation.seek(index)
            shown.append(int(np.array(animation.convert("L"))[0, 0]))
    assert len(shown) == 100
    assert shown[0] == 0
    assert shown[-1] == 255
    assert set(np.diff(shown)) == {2, 3}


def test_new_images_are_not_mixed_with_old_ones(tmp_path):
    images = np.zeros((3, 4, 4, 1), np.uint8)
    save_images(tmp_path / "new", images)
    (tmp_path / "empty").mkdir()
    save_images(tmp_path / "empty", images)
    before = {file: file.read_bytes() for file in (tmp_path / "new").iterdir()}
    with pytest.raises(UserError) as error:
        save_images(tmp_path / "new", images[:1])
    assert ".png" in error.value.received
    assert {file: file.read_bytes() for file in (tmp_path / "new").iterdir()} == before
    save_images(tmp_path / "grid.png", images)
    save_images(tmp_path / "grid.png", images)  # one file is replaced as a whole


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail():
        with written_whole(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_grid_beyond_pillows_limit_is_left_out_of_the_film(tmp_path, monkeypatch):
    frames = [tmp_path / "1.png", tmp_path / "2.png"]
    for frame, size in zip(frames, (10, 30), strict=True):
        save_image(frame, np.zeros((size, size, 1), np.uint8))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with pytest.warns(UserWarning, match="2.png"):
        save_animation(tmp_path / "film.gif", frames)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 1


def test_images_are_saved_as_arrays(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), np.uint8)
    labels = np.array([0, 1, 0, 1, 1], np.int32)
    save_images(tmp_path / "new" / "a.npz", images, 2, labels, ["cat", "dog"])
    with np.load(tmp_path / "new" / "a.npz", allow_pickle=False) as found:
        assert sorted(found) == ["class_names", "images", "labels"]
        np.testing.assert_array_equal(found["images"], images)
        np.testing.assert_array_equal(found["labels"], labels)
        assert found["class_names"].tolist() == ["cat", "dog"]
    save_images(tmp_path / "b.npz", images, class_names=None)
    with np.load(tmp_path / "b.npz") as found:
        assert sorted(found) == ["images"]
    save_images(tmp_path / "a.npy", images, None, labels)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), images)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "b.npz", "new"]


def test_transparency_stays_in_png_and_lies_on_white_elsewhere(tmp_path):
    image = np.zeros((4, 4, 4), np.uint8)
    image[:2] = 255, 0, 0, 255
    image[2:] = 255, 0, 0, 51
    np.testing.assert_array_equal(opaque(image)[[0, 3], 0], [(255, 0, 0), (255, 204, 204)])
    save_images(tmp_path / "a.png", image[None])
    save_images(tmp_path / "a.jpg", image[None])
    with Image.open(tmp_path / "a.png") as png, Image.open(tmp_path / "a.jpg") as jpg:
        np.testing.assert_array_equal(np.array(png), image)
        assert jpg.mode == "RGB"
