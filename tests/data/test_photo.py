import io
import re

import numpy as np
import pytest
from PIL import Image

from tfgan_course.data.conditions import Downscale, Edges, Grayscale, SameNames
from tfgan_course.data.photo import NAMED, check_photos, degraded, photo_of, photos_in, results_in
from tfgan_course.errors import UserError


def colors(height: int = 6, width: int = 4, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels)).astype(np.uint8)


def test_a_photo_is_upright(tmp_path):
    picture, exif = Image.fromarray(colors()), Image.Exif()
    exif[0x0112] = 6  # to be rotated by 90 degrees clockwise
    picture.save(tmp_path / "a.png", exif=exif)
    found = photo_of(tmp_path / "a.png")
    np.testing.assert_array_equal(found.colors, np.rot90(colors(), -1))
    assert found.alpha is None


def test_transparency_is_kept_beside_the_stored_colors(tmp_path):
    rgba = colors(channels=4)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    found = photo_of(tmp_path / "a.png")
    np.testing.assert_array_equal(found.colors, rgba[..., :3])
    np.testing.assert_array_equal(np.array(found.alpha), rgba[..., 3])
    larger = found.transparent(Image.new("RGB", (8, 12)))
    assert (larger.mode, larger.size) == ("RGBA", (8, 12))
    expected = Image.fromarray(rgba[..., 3]).resize((8, 12), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(np.array(larger.getchannel("A")), np.array(expected))
    assert found.transparent(Image.new("L", (4, 6))).mode == "LA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "I;16"])
def test_every_mode_is_read(mode):
    picture = Image.new(mode, (3, 2), 1 if mode == "1" else None)
    found = photo_of(picture)
    assert (found.colors.shape, found.colors.dtype) == ((2, 3, 3), np.uint8)


def test_an_opaque_alpha_channel_and_a_transparent_color():
    rgba = colors(channels=4)
    rgba[..., 3] = 255
    assert photo_of(Image.fromarray(rgba)).alpha is None
    file = io.BytesIO()
    gray = np.uint8([[0, 7], [7, 200]])
    Image.fromarray(gray).save(file, "PNG", transparency=7)
    found = photo_of(file)
    np.testing.assert_array_equal(np.array(found.alpha), [[255, 0], [0, 255]])
    np.testing.assert_array_equal(found.colors[..., 0], gray)


@pytest.mark.parametrize(("largest", "white"), [(65535, 65535), (4095, 4095), (4000, 4095), (20000, 65535)])
def test_sixteen_bits_become_eight(tmp_path, largest, white):
    pixels = np.linspace(0, largest, 12).astype(np.uint16).reshape(3, 4)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = photo_of(tmp_path / "a.png").colors
    assert np.abs(found[..., 1] - pixels * 255.0 / white).max() <= 0.51
    assert (found == found[..., :1]).all()


def test_arrays_and_pillow_images():
    for item in (colors(), Image.fromarray(colors())):
        np.testing.assert_array_equal(photo_of(item).colors, colors())
    for gray in (colors(channels=1), colors(channels=1)[..., 0]):
        np.testing.assert_array_equal(photo_of(gray).colors, colors(channels=1).repeat(3, -1))
    with pytest.raises(UserError):
        photo_of(colors().astype(np.float32))


def test_what_cannot_be_read_is_named(tmp_path):
    Image.fromarray(colors(60, 60)).save(tmp_path / "half.jpg")
    half = (tmp_path / "half.jpg").read_bytes()[:900]
    (tmp_path / "half.jpg").write_bytes(half)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "album.png").mkdir()
    for name, what in (
        ("half.jpg", "OSError"),
        ("text.png", "cannot"),
        ("missing.png", "exist"),
        ("album.png", "fold"),
    ):
        with pytest.raises(UserError) as error:
            photo_of(tmp_path / name)
        assert name in error.value.received
        assert what in error.value.received
        assert "Errno" not in error.value.received
    file = io.BytesIO(half)
    file.name = "standard input"
    with pytest.raises(UserError) as error:
        photo_of(file)
    assert error.value.received.startswith("standard input (")


def test_all_photos_that_cannot_be_used_are_named_at_once(tmp_path):
    for number in range(NAMED + 3):
        (tmp_path / f"text{number}.png").write_text("no picture")
    Image.fromarray(colors(9, 9)).save(tmp_path / "good.png")
    Image.fromarray(colors(2, 9)).save(tmp_path / "low.png")
    texts = [tmp_path / f"text{number}.png" for number in range(NAMED + 3)]
    check_photos([tmp_path / "good.png", tmp_path / "low.png"])
    with pytest.raises(UserError) as error:
        check_photos([tmp_path / "good.png", *texts[:2]])
    assert [name in error.value.received for name in ("text0", "text1", "good")] == [True, True, False]
    with pytest.raises(UserError) as error:
        check_photos(texts)
    assert error.value.received.count("text") == NAMED
    assert error.value.received.endswith("and 3 more")
    with pytest.raises(UserError) as error:
        check_photos([tmp_path / "good.png", tmp_path / "low.png"], 4)
    assert error.value.received == f"{tmp_path / 'low.png'} (2 x 9)"


@pytest.mark.parametrize(
    "item", [None, ["a.png"], 3, colors()[None], np.zeros((0, 5, 3), np.uint8), colors() / 255.0, np.zeros((9, 9, 2))]
)
def test_what_is_no_photo_is_described_as_one_object(item):
    with pytest.raises(UserError) as error:
        photo_of(item)
    what = f"of shape {item.shape}" if isinstance(item, np.ndarray) else type(item).__name__
    assert error.value.received.endswith(what)
    assert "value_range" not in str(error.value)


def test_a_degraded_photo_and_its_original():
    photo = colors(7, 9)
    condition, image = degraded(photo, Downscale(2), 3, 2)
    np.testing.assert_array_equal(image, photo[:6, :8])
    np.testing.assert_array_equal(condition, Downscale(2).of(image, 0))
    condition, image = degraded(photo, Grayscale(), 3, 1)
    np.testing.assert_array_equal(condition[..., 0], Image.fromarray(photo).convert("L"))
    condition, image = degraded(photo, Edges(), 1, 1)
    assert (image.shape, condition.shape) == ((7, 9, 1), (7, 9, 1))
    with pytest.raises(UserError) as error:
        degraded(photo, SameNames("there"), 3, 1)
    assert error.value.received == "SameNames"
    with pytest.raises(UserError) as error:
        degraded(colors(1, 9), Downscale(2), 3, 2)
    assert error.value.received == "1 x 9"


def test_results_keep_names_and_sub_folders(tmp_path):
    album = tmp_path / "album"
    for name in ("b.jpg", "a.png", "2019/b.JPEG", ".hidden.png", "notes.txt", ".cache/c.png"):
        (album / name).parent.mkdir(parents=True, exist_ok=True)
        (album / name).touch()
    (tmp_path / "c.d.webp").touch()
    found = results_in(tmp_path / "out", [str(album), str(tmp_path / "c.d.webp")])
    assert [(str(a.relative_to(tmp_path)), str(b.relative_to(tmp_path / "out"))) for a, b in found] == [
        ("album/a.png", "a.png"),
        ("album/b.jpg", "b.png"),
        ("album/2019/b.JPEG", "2019/b.png"),
        ("c.d.webp", "c.d.png"),
    ]


def test_two_photos_of_one_result_are_both_named(tmp_path):
    for name in ("one/a.jpg", "two/a.png", "three/a.jpg", "three/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for folders, names in ((("one", "two"), ("one/a.jpg", "two/a.png")), (("three",), ("a.jpg", "a.png"))):
        with pytest.raises(UserError) as error:
            results_in(tmp_path / "out", [str(tmp_path / folder) for folder in folders])
        assert all(name in error.value.received for name in names)
    assert len(results_in(tmp_path / "out", [str(tmp_path / "one"), str(tmp_path / "one" / "a.jpg")])) == 1


def test_nothing_to_translate(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    for path, said in ((tmp_path / "empty", "none"), (tmp_path / "nobody.png", "does not exist")):
        with pytest.raises(UserError) as error:
            photos_in(path)
        assert re.search(said, error.value.received)
