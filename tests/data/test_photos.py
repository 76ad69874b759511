"""Photos as people have them: names, rotation, bit depth, size, folders."""

import os
import struct
import warnings
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.data.test_folder import put, read
from tfgan_course.cli.main import PIXELS, main
from tfgan_course.data import DataConfig, check_images, facts, images_from, load, picture, summary_of
from tfgan_course.data.form import Form
from tfgan_course.data.picture import Unreadable, picture_of
from tfgan_course.errors import UserError
from tfgan_course.latent_space.projection import read_pictures

STREAMED = [False, True]


def write_jpeg(path, exif: bytes, size=(40, 28)):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2] = 255
    Image.fromarray(pixels).save(path, exif=exif, quality=95)


def exif(*entries: tuple[int, int, int, bytes]) -> bytes:
    """Return EXIF data that rotate the photo, with other entries: tag, type, count, value."""
    packed = [struct.pack(">HHI4s", *entry) for entry in ((0x112, 3, 1, b"\0\6\0\0"), *entries)]
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(packed)) + b"".join(packed) + bytes(4)


@pytest.mark.parametrize("broken", [exif((0x11A, 2, 4, b"abc\0")), exif((0x111, 2, 4, b"abc\0")), b"Exif\0\0MM\0*"])
def test_a_photo_with_broken_exif_is_read_without_rotation(tmp_path, broken):
    write_jpeg(tmp_path / "a.jpg", b"")
    write_jpeg(tmp_path / "b.jpg", broken)
    np.testing.assert_array_equal(
        picture_of(tmp_path / "b.jpg", Form(28, 28)), picture_of(tmp_path / "a.jpg", Form(28, 28))
    )


def test_a_photo_beyond_the_limit_says_which_limit_and_how_to_raise_it(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    for number in range(4):
        put(tmp_path / f"{number}.png", number, size=(20, 20))
    put(tmp_path / "large.png", size=(40, 40))
    with pytest.raises(Unreadable) as error:
        picture_of(tmp_path / "large.png", Form(28, 28))
    for part in ("1,000", "MAX_IMAGE_PIXELS", PIXELS):
        assert part in str(error.value)
    with pytest.warns(UserWarning, match="MAX_IMAGE_PIXELS"):
        read(tmp_path)
    assert picture.in_color(tmp_path / "large.png", Form(28, 28)) is False


def test_the_command_line_reads_larger_pictures_if_the_environment_allows_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    for index in range(60):
        put(tmp_path / f"{index}.png", index, size=(40, 40))
    words = ["evaluate", str(tmp_path), "--data.folder", str(tmp_path), "--metrics", "sliced_wasserstein"]
    assert main(words) == 2
    for wrong in ("many", "0", "", "-1", "1.5"):
        monkeypatch.setenv(PIXELS, wrong)
        assert main(words) == 2
        assert f"{PIXELS} a number of pixels; received {wrong!r}" in capsys.readouterr().err
    monkeypatch.setenv(PIXELS, "1600")
    assert main(words) == 0


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize(
    "names",
    [
        ("Train", "Test"),
        ("TRAIN", "Validation"),
        ("train", "VAL"),
        ("Training", "Testing"),
        ("train", "valid"),
    ],
)
def test_train_and_test_in_any_capitals_are_the_splits(tmp_path, names, stream):
    for name in ("a", "b"):
        for index in range(2):
            put(tmp_path / names[0] / name / f"{index}.png", index)
        put(tmp_path / names[1] / name / "0.png", 9)
    train, test = read(tmp_path, stream=stream)
    assert (len(train), len(test), train.class_names) == (4, 2, ("a", "b"))


def test_a_folder_called_training_among_others_is_a_class(tmp_path):
    for name in ("training", "cycling", "valid"):
        put(tmp_path / name / "0.png")
        put(tmp_path / name / "1.png")
    assert read(tmp_path)[0].class_names == ("cycling", "training", "valid")


@pytest.mark.parametrize("stream", STREAMED)
def test_links_to_nothing_and_to_themselves_and_pipes_are_left_out(tmp_path, stream):
    for index in range(4):
        put(tmp_path / f"{index}.png", index)
    (tmp_path / "gone.png").symlink_to("nothing.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link.png").symlink_to("0.png")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.warns(UserWarning, match=r"gone.png, loop, loop.png"):
        train, test = read(tmp_path, stream=stream)
    assert len(train) + len(test) == 5
    assert train.take(np.arange(len(train))).images.shape == (len(train), 28, 28, 3)


@pytest.mark.timeout(20)
def test_a_pipe_and_a_device_in_place_of_a_picture_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", "/dev/zero", tmp_path, tmp_path / "no.png"):
        with pytest.raises(Unreadable):
            picture_of(path, Form(28, 28))
        assert picture.in_color(path, Form(28, 28)) is False


def test_splits_that_differ_in_capitals_alone_are_refused(tmp_path):
    for name in ("train", "Train"):
        put(tmp_path / name / "0.png")
    with pytest.raises(UserError) as error:
        read(tmp_path)
    assert "Train" in error.value.received


def test_class_folders_come_in_natural_order(tmp_path):
    for name in ("10", "2", "1", "x10", "x9", "B", "a", "01"):
        for index in range(2):
            put(tmp_path / name / f"{index}.png", 5)
    train, _ = read(tmp_path)
    assert train.class_names == ("01", "1", "2", "10", "B", "a", "x9", "x10")
    assert read(tmp_path, classes="10,2")[0].class_names == ("10", "2")


@pytest.mark.parametrize("stream", STREAMED)
def test_names_that_are_not_utf_8_are_read_as_any_other(tmp_path, stream):
    folder = os.fsencode(tmp_path)
    for part in (b"\xff\xfe", b"caf\xe9"):
        os.mkdir(os.path.join(folder, part))
        for index in range(3):
            name = os.path.join(folder, part, b"\xff%d.png" % index)
            Image.new("L", (28, 28), index).save(os.fsdecode(name))
    train, test = read(tmp_path, stream=stream)
    assert len(train) + len(test) == 6
    assert train.classes == 2
    assert train.checksum(0)
    for name in train.class_names:
        name.encode()  # shown, in json and in pictures
    assert read(tmp_path, classes=[train.class_names[1]], stream=stream)[0].class_names == train.class_names[1:]
    with open(os.path.join(folder, b"\xff\xfe", b"\xffbroken.png"), "wb"):
        pass
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        train, _ = read(tmp_path, stream=stream)
        train.take(np.arange(len(train)))
    for warning in found:
        str(warning.message).encode()


def gradient(path, bits: int):
    path.parent.mkdir(exist_ok=True)
    pixels = np.tile(np.linspace(0, 2**bits - 1, 28).astype(np.uint16), (28, 1))
    Image.fromarray(pixels).save(path)


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_values_of_few_bits_in_16_bit_files_are_not_nearly_black(tmp_path, stream, bits):
    for index in range(4):
        gradient(tmp_path / "few" / f"{index}.png", bits)
        gradient(tmp_path / "mixed" / f"{index}.png", bits)
        gradient(tmp_path / "sixteen" / f"{index}.png", 16)
    gradient(tmp_path / "mixed" / "9.png", 16)
    with pytest.warns(UserWarning, match=f"{bits}-bit"):
        few, _ = read(tmp_path / "few", stream=stream)
    sixteen, _ = read(tmp_path / "sixteen", stream=stream)
    first = few.take([0]).images.astype(int)
    assert (first.min(), first.max()) == (0, 255)
    assert abs(first - sixteen.take([0]).images).max() <= 1
    mixed, _ = read(tmp_path / "mixed", stream=stream)
    assert mixed.take([0]).images.max() == round(255 * (2**bits - 1) / 65535)


@pytest.mark.parametrize("stream", STREAMED)
def test_a_run_whose_files_were_read_darker_is_told_that_its_images_changed(tmp_path, stream):
    """A run is resumed on the same files, which are now read brighter: an earlier version had read them darker."""
    for index in range(4):
        gradient(tmp_path / f"{index}.png", 12)
    with pytest.warns(UserWarning, match="12-bit"):
        now, test = read(tmp_path, stream=True)
    darker = replace(now, form=replace(now.form, white=65535))
    if not stream:
        now, darker = (images.take(np.arange(len(images))) for images in (now, darker))
    check_images(facts(now, test), facts(now, test), "a run")
    with pytest.raises(UserError) as error:
        check_images(facts(darker, test), facts(now, test), "a run")
    assert "pixels" in error.value.received


@pytest.mark.parametrize("stream", STREAMED)
def test_the_summary_says_what_was_found_and_what_is_done_to_it(tmp_path, stream):
    for index in range(6):
        put(tmp_path / "cat" / f"{index}.png", index, size=(48, 64))
        put(tmp_path / "dog" / f"{index}.png", index, size=(20, 20))
    put(tmp_path / "dog" / "9.png", size=(28, 28))
    (tmp_path / "dog" / "broken.png").write_bytes(b"x")
    config = DataConfig(folder=str(tmp_path), stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train, test = load(config)
    text = summary_of(config, train, test)
    assert str(tmp_path) in text
    assert "28 x 28 x 3" in " ".join(text.split())
    assert f"{len(train)} to train on, {len(test)} to test on" in " ".join(text.split())
    counts = np.bincount(train.labels)
    assert f"cat {counts[0]}, dog {counts[1]}" in text
    found = "at least 1 cannot be read (by their first bytes)" if stream else "1 cannot be read"
    assert f"14 files: {found}, 6 are cropped, 6 are enlarged" in " ".join(text.split())


def test_the_summary_counts_files_of_the_chosen_classes_that_break_after_their_first_bytes(tmp_path):
    for index in range(6):
        put(tmp_path / "cat" / f"{index}.png", index)
        put(tmp_path / "dog" / f"{index}.png", index, size=(300, 300))
    for name in ("cat", "dog"):
        content = (tmp_path / name / "0.png").read_bytes()
        (tmp_path / name / "0.png").write_bytes(content[: len(content) // 2])
    config = DataConfig(folder=str(tmp_path), classes="cat")
    with pytest.warns(UserWarning, match="Skipped 1 unreadable of 6"):
        text = summary_of(config, *load(config))
    assert "6 files: 1 cannot be read" in text


def test_no_line_of_the_summary_is_wider_than_80_columns():
    config = DataConfig()
    lines = summary_of(config, *load(config)).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80
    assert "T-shirt/top 600" in " ".join(lines)


def test_a_streamed_file_that_cannot_be_read_is_named_once(tmp_path):
    for index in range(9):
        put(tmp_path / f"{index}.png", index)
    (tmp_path / "3.png").write_bytes(b"x")
    train, _ = load(DataConfig(folder=str(tmp_path), stream=True))
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for _ in range(3):
            train.part(np.arange(len(train))).take(np.arange(len(train)))
    assert len(found) == 1
    assert "3.png" in str(found[0].message)


@pytest.mark.parametrize("name", ["\x1b[31mred", "e\nf", "\t", "\u202eabc", "a\u2028b"])
def test_control_characters_of_class_names_are_escaped(name, tmp_path):
    for index in range(3):
        put(tmp_path / name / f"{index}.png", index)
        put(tmp_path / "größe-家" / f"{index}.png", index)
    config = DataConfig(folder=str(tmp_path))
    train, test = load(config)
    escaped = name.encode("unicode_escape").decode()
    assert set(train.class_names) == {escaped, "größe-家"}
    assert name not in summary_of(config, train, test)
    for wanted in (name, escaped, [name]):
        assert load(DataConfig(folder=str(tmp_path), classes=wanted))[0].class_names == (escaped,)
    arrays, _ = images_from(np.zeros((6, 28, 28), np.uint8), [0, 1] * 3, class_names=[name, "b"])
    assert arrays.class_names == (escaped, "b")


def test_the_summary_of_other_sources_has_shape_and_counts():
    config = DataConfig(classes="Bag,Coat")
    text = summary_of(config, *load(config))
    assert "Bag 600, Coat 600" in text
    assert "files" not in text


def test_a_picture_to_project_is_read_as_the_training_images_are(tmp_path):
    gradient(tmp_path / "few" / "a.png", 12)
    with pytest.warns(UserWarning, match="4095"):
        (picture,) = read_pictures([tmp_path / "few" / "a.png"], (28, 28, 1))
    assert picture.max() == 255
