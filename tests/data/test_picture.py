import numpy as np
import pytest
from PIL import Image

from tfgan_course.data import picture as pictures
from tfgan_course.data.form import Form


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def fit(picture, size, channels=None):
    return pictures.fit(picture, Form(size, size, channels))


def saved(tmp_path, picture, name="a.png", **options):
    picture.save(tmp_path / name, **options)
    return Image.open(tmp_path / name)


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_of_a_square_of_the_size_stay(tmp_path, channels):
    pixels = noise(28, 28, channels)
    picture = saved(tmp_path, Image.fromarray(pixels.squeeze()))
    np.testing.assert_array_equal(fit(picture, 28), pixels)


def test_the_center_is_kept():
    pixels = noise(28, 40, 3)
    np.testing.assert_array_equal(fit(Image.fromarray(pixels), 28), pixels[:, 6:34])
    np.testing.assert_array_equal(
        fit(Image.fromarray(np.swapaxes(pixels, 0, 1)), 28), np.swapaxes(pixels[:, 6:34], 0, 1)
    )


def test_making_smaller_does_not_alias():
    # A checkerboard of single pixels is even gray from afar; nearest or unfiltered interpolation shows black or white.
    board = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)
    small = fit(Image.fromarray(board), 32).astype(int)
    assert abs(small[4:-4, 4:-4] - 127.5).max() < 4


def test_making_larger_keeps_an_even_picture():
    assert (fit(Image.new("RGB", (7, 9), (10, 20, 30)), 64) == (10, 20, 30)).all()


def test_16_bits_are_scaled(tmp_path):
    pixels = np.tile(np.array([0, 257, 1000, 32896, 65535], np.uint16), (5, 1))
    picture = saved(tmp_path, Image.fromarray(pixels))
    assert fit(picture, 5)[0, :, 0].tolist() == [0, 1, 4, 128, 255]


@pytest.mark.parametrize("value", [np.int32(70000), np.int32(-1), np.float32(0.5)])
def test_numbers_of_no_known_range_are_refused(value):
    with pytest.raises(ValueError, match="gray values"):
        fit(Image.fromarray(np.full((4, 4), value)), 4)


def test_one_bit(tmp_path):
    pixels = noise(8, 8) > 127
    picture = saved(tmp_path, Image.fromarray(pixels))
    np.testing.assert_array_equal(fit(picture, 8)[..., 0], pixels * 255)


def test_cmyk(tmp_path):
    picture = saved(tmp_path, Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "a.tif")
    assert fit(picture, 8)[0, 0].tolist() == [0, 255, 255]


def test_palette_of_colors_and_of_grays(tmp_path):
    pixels = noise(8, 8, 3) // 128 * 255
    color = saved(tmp_path, Image.fromarray(pixels).quantize(8))
    assert color.mode == "P"
    np.testing.assert_array_equal(fit(color, 8), pixels)
    gray = saved(tmp_path, Image.fromarray(np.repeat(pixels[..., :1], 3, 2)).quantize(2))
    assert gray.mode == "P"
    np.testing.assert_array_equal(fit(gray, 8), pixels[..., :1])


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGBA", (200, 100, 0, 0), [255, 255, 255]),
        ("RGBA", (200, 100, 0, 255), [200, 100, 0]),
        ("RGBA", (0, 0, 255, 51), [204, 204, 255]),  # 255 - 0.2 * 255
        ("LA", (0, 51), [204]),
        ("LA", (77, 255), [77]),
    ],
)
def test_alpha_lies_on_white(tmp_path, mode, color, expected):
    picture = saved(tmp_path, Image.new(mode, (8, 8), color))
    assert picture.mode == mode
    assert fit(picture, 8)[0, 0].tolist() == expected


@pytest.mark.parametrize(("mode", "see_through", "expected"), [("RGB", (9, 9, 8), [255] * 3), ("L", 9, [255])])
def test_a_transparent_color_becomes_white(tmp_path, mode, see_through, expected):
    picture = saved(tmp_path, Image.new(mode, (8, 8), see_through), transparency=see_through)
    assert "transparency" in picture.info
    assert fit(picture, 8)[0, 0].tolist() == expected


def test_a_transparent_palette_entry_becomes_white(tmp_path):
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putpixel((7, 7), 1)
    picture = saved(tmp_path, picture, "a.gif", transparency=0)
    assert fit(picture, 8)[0, 0].tolist() == [255, 255, 255]
    assert fit(picture, 8)[7, 7].tolist() == [0, 0, 255]


def test_orientation_of_the_camera(tmp_path):
    pixels = noise(8, 8, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was held so that the top of the scene is the right side of the file.
    picture = saved(tmp_path, Image.fromarray(pixels), exif=exif)
    np.testing.assert_array_equal(fit(picture, 8), np.rot90(pixels, -1))


def test_channels_chosen():
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    assert fit(red, 8, 1)[0, 0].tolist() == [76]  # 0.299 * 255
    assert fit(Image.new("L", (8, 8), 9), 8, 3)[0, 0].tolist() == [9, 9, 9]
