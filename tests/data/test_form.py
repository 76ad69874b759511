"""Sizes that are not square, and how images of other proportions are brought to them."""

import numpy as np
import pytest
from PIL import Image

from tfgan_course.config.parser import from_python, from_words
from tfgan_course.data import DataConfig, images_from, load, summary_of
from tfgan_course.data.form import Form, height_and_width, written
from tfgan_course.data.picture import fit, fit_array
from tfgan_course.errors import UserError


def ramp(height, width):
    """Return an image whose red is the row and whose green is the column."""
    rows, columns = np.indices((height, width), np.uint8)
    return np.stack([rows, columns, np.zeros_like(rows)], axis=-1)


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    for number, size in enumerate([(40, 60), (60, 40), (48, 64), (90, 30), (64, 48), (50, 50)]):
        Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(tmp_path / f"{number}.png")
    return tmp_path


@pytest.mark.parametrize(
    ("size", "expected"),
    [(64, (64, 64)), ("64", (64, 64)), ("48x64", (48, 64)), ("48 X 64", (48, 64)), ((48, 64), (48, 64))],
)
def test_a_size_is_a_number_or_height_x_width(size, expected):
    assert height_and_width(size) == expected
    assert height_and_width(written(*expected)) == expected


@pytest.mark.parametrize("size", ["48x", "x64", "48x64x3", "27x64", "48x257", "big", 27, (48,), (48, 64, 3), "", True])
def test_other_sizes_are_refused(size):
    with pytest.raises(UserError) as error:
        DataConfig(size=size)
    assert error.value.received == str(size)


def test_a_square_stays_a_number_in_config_yaml():
    for words, wanted in ((["--data.size", "64"], "size: 64"), (["--data.size", "48x64"], "size: 48x64")):
        settings = from_words(words)
        assert f"  {wanted}\n" in settings.yaml()
    settings = from_python("dcgan", data={"size": (48, 64)})
    assert settings.make().data.form.size == (48, 64)


@pytest.mark.parametrize(
    ("picture", "form", "corner", "end"),
    [
        ((40, 100), (40, 60), (0, 20), (39, 79)),  # wider: columns are cut off
        ((100, 40), (60, 40), (20, 0), (79, 39)),  # taller: rows are cut off
        ((60, 60), (30, 60), (15, 0), (44, 59)),
        ((41, 60), (41, 30), (0, 15), (40, 44)),
    ],
)
def test_the_middle_is_cut_out_without_resampling(picture, form, corner, end):
    for found in (fit(Image.fromarray(ramp(*picture)), Form(*form)), fit_array(ramp(*picture), Form(*form))):
        assert found.shape == (*form, 3)
        assert tuple(found[0, 0, :2]) == corner
        assert tuple(found[-1, -1, :2]) == end


def test_proportions_are_kept_when_a_photo_is_reduced():
    # A circle stays one: as many dark rows as columns.
    rows, columns = np.indices((120, 240))
    circle = np.where((rows - 59.5) ** 2 + (columns - 119.5) ** 2 < 40**2, 0, 255).astype(np.uint8)
    small = fit(Image.fromarray(circle), Form(45, 60))[..., 0] < 128
    assert abs(small.any(axis=0).sum() - small.any(axis=1).sum()) <= 1
    assert abs(small.any(axis=1).sum() - 80 * 45 / 120) <= 1


def test_streamed_images_are_those_in_memory(photos):
    options = {"folder": str(photos), "size": "28x40", "held_out": 0.3}
    sets = [load(DataConfig(**options)), load(DataConfig(**options, stream=True))]
    for in_memory, streamed in zip(*sets, strict=True):
        assert in_memory.shape == streamed.shape == (28, 40, 3)
        np.testing.assert_array_equal(in_memory.images, streamed.take(np.arange(len(streamed))).images)


def test_arrays_may_have_any_proportions():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 28, 40, 1), np.uint8)
    train, test = images_from(pixels, size=(28, 40))
    assert {image.tobytes() for image in np.concatenate([train.images, test.images])} == {
        image.tobytes() for image in pixels
    }


def test_what_is_cropped_is_counted(photos):
    config = DataConfig(folder=str(photos), size="48x64")
    said = " ".join(summary_of(config, *load(config)).split())
    assert "48 x 64 x 3" in said
    assert "5 are cropped" in said  # all but 48 x 64
    assert "5 are enlarged" in said  # all but 48 x 64: (90, 30) has too few columns, (64, 48) as well


def test_padding_keeps_the_whole_image_between_two_borders():
    wide = fit(Image.fromarray(ramp(20, 40)), Form(40, 40, fit="pad", background=(1, 2, 3)))
    np.testing.assert_array_equal(wide[10:30], ramp(20, 40))
    assert (wide[[*range(10), *range(30, 40)]] == (1, 2, 3)).all()
    tall = fit_array(ramp(40, 20), Form(40, 40, fit="pad"))
    np.testing.assert_array_equal(tall[:, 10:30], ramp(40, 20))
    assert (tall[:, :10] == 255).all()
    gray = fit(Image.new("L", (40, 20), 7), Form(40, 40, fit="pad", background=(255, 0, 0)))
    assert gray[0, 0].tolist() == [76]  # 0.299 * 255
    in_color = fit(Image.new("L", (40, 20), 7), Form(40, 40, 3, fit="pad", background=(255, 0, 0)))
    assert in_color[0, 0].tolist() == [255, 0, 0]
    assert in_color[20, 20].tolist() == [7, 7, 7]


def test_stretching_keeps_all_four_corners():
    stretched = fit(Image.fromarray(ramp(30, 90)), Form(60, 45, fit="stretch")).astype(int)
    assert stretched.shape == (60, 45, 3)
    assert stretched[0, 0, :2].max() <= 1
    assert stretched[-1, -1, 0] >= 28
    assert stretched[-1, -1, 1] >= 87


@pytest.mark.parametrize("how", ["crop", "pad", "stretch"])
def test_an_image_of_the_size_keeps_its_pixels_whatever_the_fit(how):
    np.testing.assert_array_equal(fit(Image.fromarray(ramp(28, 40)), Form(28, 40, fit=how)), ramp(28, 40))


def test_transparency_is_composed_over_a_color_or_kept():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:4] = 200, 100, 0, 255
    pixels[4:] = 200, 100, 0, 51  # a fifth
    picture = Image.fromarray(pixels)
    blue = fit(picture, Form(8, 8, background=(0, 0, 255)))
    assert blue[0, 0].tolist() == [200, 100, 0]
    assert blue[7, 7].tolist() == [40, 20, 204]
    np.testing.assert_array_equal(fit(picture, Form(8, 8, 4)), pixels)
    np.testing.assert_array_equal(fit_array(pixels, Form(8, 8)), fit(picture, Form(8, 8)))
    padded = fit(picture, Form(8, 16, 4, fit="pad"))
    assert padded[0, 0].tolist() == [255, 255, 255, 0]
    assert padded[0, 4].tolist() == [200, 100, 0, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "LA", "I;16"])
def test_pictures_of_every_mode_have_an_opacity(mode, tmp_path):
    picture = Image.new("L", (28, 28), 255).convert(mode) if mode != "I;16" else None
    picture = Image.fromarray(np.full((28, 28), 65535, np.uint16)) if picture is None else picture
    assert (fit(picture, Form(28, 28, 4)) == 255).all()


def test_a_gray_image_over_a_color_is_in_color(tmp_path):
    for number in range(4):
        Image.new("LA", (28, 28), (0, 128)).save(tmp_path / f"{number}.png")
    for stream in (False, True):
        assert load(DataConfig(folder=str(tmp_path), stream=stream))[0].shape == (28, 28, 1)
        assert load(DataConfig(folder=str(tmp_path), background="red", stream=stream))[0].shape == (28, 28, 3)
        assert load(DataConfig(folder=str(tmp_path), channels=4, stream=stream))[0].shape == (28, 28, 4)


@pytest.mark.parametrize("color", ["", "blu", "#12", "1,2,3"])
def test_an_unknown_color_is_refused(color):
    with pytest.raises(UserError) as error:
        DataConfig(background=color)
    assert error.value.received == repr(color)
