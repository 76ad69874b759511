import zipfile
from itertools import chain

import numpy as np
import pytest
from PIL import Image

from tfgan_course.data import DataConfig, in_memory, load
from tfgan_course.data.sources.folder import EXTENSIONS
from tfgan_course.errors import UserError


def put(path, value=0, mode="RGB", size=(28, 28)):
    """Writes an even picture, in color by default, whose first pixel value tells it from others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    color = {"RGB": (value, 1, 2), "L": value, "I;16": value * 257}[mode]
    Image.new(mode, size, color).save(path)


def values(images):
    return images.images[:, 0, 0, 0].tolist()


def read(tmp_path, **options):
    return load(DataConfig(folder=str(tmp_path), **options))


def test_images_in_the_folder_itself(tmp_path):
    for i in range(20):
        put(tmp_path / f"{i:02}.png", i)
    train, test = read(tmp_path)
    assert (len(train.images), len(test.images)) == (18, 2)
    assert sorted(values(train) + values(test)) == list(range(20))
    assert train.labels is test.labels is train.class_names is None
    assert values(read(tmp_path)[1]) == values(test)


def test_held_out_choice_is_fixed_and_mixed(tmp_path):
    for i in range(20):
        put(tmp_path / f"{i:02}.png", i)
    _, test = read(tmp_path, held_out=0.25)
    assert values(test) == [0, 2, 9, 11, 17]  # Runs of the past depend on it.


def test_sub_folders_are_classes(tmp_path):
    for i in range(6):
        put(tmp_path / "dog" / f"{i}.png", 10 + i)
        put(tmp_path / "cat" / f"{i}.png", i)
        put(tmp_path / "emu" / f"{i}.png", 20 + i)
    train, test = read(tmp_path)
    assert train.class_names == ("cat", "dog", "emu")
    for part in (train, test):
        assert part.labels.tolist() == [value // 10 for value in values(part)]
    train, test = read(tmp_path, classes="dog,cat")
    assert train.class_names == ("dog", "cat")
    for part in (train, test):
        assert part.labels.tolist() == [1 - value // 10 for value in values(part)]
    assert len(train.images) + len(test.images) == 12


@pytest.mark.parametrize("name", ["test", "validation", "val"])
def test_train_and_test_folders(tmp_path, name):
    for i in range(3):
        put(tmp_path / "train" / "a" / f"{i}.png", i)
        put(tmp_path / "train" / "b" / f"{i}.png", 10 + i)
    put(tmp_path / name / "b" / "x.png", 99)
    train, test = read(tmp_path)
    assert values(train) == [0, 1, 2, 10, 11, 12]
    assert values(test) == [99]
    assert test.labels.tolist() == [1]


def test_train_alone_is_held_out_from(tmp_path):
    for i in range(10):
        put(tmp_path / "train" / f"{i}.png", i)
    train, test = read(tmp_path, held_out=0.3)
    assert (len(train.images), len(test.images)) == (7, 3)


def test_one_image_in_color_makes_all_rgb(tmp_path):
    for i in range(5):
        put(tmp_path / "train" / f"{i}.png", i, "L")
    put(tmp_path / "test" / "gray.png", 7, "L")
    assert read(tmp_path)[0].images.shape == (5, 28, 28, 1)
    put(tmp_path / "test" / "color.png", 9)
    train, test = read(tmp_path)
    assert train.images.shape == (5, 28, 28, 3)
    assert train.images[3, 0, 0].tolist() == [3, 3, 3]
    assert test.images[0, 0, 0].tolist() == [9, 1, 2]
    assert read(tmp_path, channels=1)[0].images.shape == (5, 28, 28, 1)


def test_formats_and_mixed_sizes(tmp_path):
    extensions = sorted(EXTENSIONS)
    for i, extension in enumerate(extensions):
        put(tmp_path / "train" / f"{i:02}{extension.upper()}", 100, "L", (30 + 5 * i, 40))
    put(tmp_path / "train" / "99.png", 100, "I;16")
    put(tmp_path / "test" / "x.png", 100, "L")
    train, _ = read(tmp_path, size=32, channels=1)
    assert train.images.shape == (len(extensions) + 1, 32, 32, 1)
    assert abs(train.images.astype(int) - 100).max() <= 1  # JPEG and WebP round.


def test_other_and_hidden_files_are_ignored(tmp_path, recwarn):
    for i in range(4):
        put(tmp_path / f"{i}.png", i)
    put(tmp_path / "._0.png", 9)
    put(tmp_path / ".cache" / "a.png", 9)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    train, test = read(tmp_path)
    assert sorted(values(train) + values(test)) == [0, 1, 2, 3]
    assert not recwarn.list


def break_files(path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path / "truncated.jpg")
    for name, source in (("truncated.jpg", "truncated.jpg"), ("truncated.png", "whole.png")):
        Image.fromarray(noise).save(path / "whole.png")
        content = (path / source).read_bytes()
        (path / name).write_bytes(content[: len(content) // 2])
    (path / "whole.png").unlink()
    (path / "zero.png").touch()
    (path / "text.png").write_text("this is no image\n" * 100)
    Image.fromarray(np.zeros((64, 64), np.float32)).save(path / "float.tif")
    return ["float.tif", "text.png", "truncated.jpg", "truncated.png", "zero.png"]


def test_broken_files_are_skipped_with_one_warning(tmp_path):
    for i in range(4):
        put(tmp_path / f"{i}.png", i)
    names = break_files(tmp_path)
    with pytest.warns(UserWarning, match="Skipped 5 unreadable of 9") as caught:
        train, test = read(tmp_path)
    assert sorted(values(train) + values(test)) == [0, 1, 2, 3]
    assert len(caught) == 1
    assert all(name in str(caught[0].message) for name in names)


def test_at_most_five_broken_files_are_named(tmp_path):
    for i in range(4):
        put(tmp_path / f"{i}.png", i)
    for i in range(7):
        (tmp_path / f"broken{i}.png").touch()
    with pytest.warns(UserWarning, match=r"Skipped 7 .*broken4.png \(.*\), \.\.\.") as caught:
        read(tmp_path)
    assert "broken5" not in str(caught[0].message)


@pytest.mark.filterwarnings("ignore:Skipped")
def test_nothing_but_broken_files(tmp_path):
    break_files(tmp_path)
    with pytest.raises(UserError) as error:
        read(tmp_path)
    assert "5 files" in error.value.received


@pytest.mark.filterwarnings("ignore:Skipped")
def test_a_class_of_broken_files(tmp_path):
    for i in range(4):
        put(tmp_path / "a" / f"{i}.png", i)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.png").touch()
    with pytest.raises(UserError) as error:
        read(tmp_path)
    assert "of b " in error.value.expected


def test_an_empty_class_is_warned_of_and_left_out(tmp_path):
    for i in range(4):
        put(tmp_path / "b" / f"{i}.png", i)
    (tmp_path / "a").mkdir()
    with pytest.warns(UserWarning, match="without images.*: a$"):
        train, _ = read(tmp_path)
    assert train.class_names == ("b",)
    assert train.labels.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("files", "options", "expected", "received"),
    [
        ([], {"folder": "missing"}, "folder", "missing"),
        (["a.png"], {"folder": "a.png"}, "folder", "a file"),
        ([], {}, ".jpeg", "none"),
        (["a.txt"], {}, "images", "none"),
        (["a.png"], {}, "2 images", "1"),
        (["a.png", "cat/b.png"], {}, "", "images (a.png) and sub-folders (cat/)"),
        (["x/cat/b.png", "x/dog/b.png"], {}, "/x", "(cat/)"),
        (["cat/b.png", "cat/kitten/b.png"], {}, "/cat", "(kitten/)"),
        (["test/a.png"], {}, "train/", "test/"),
        (["train/a.png", "car/a.png"], {}, "train/", "car/"),
        (["train/a.png", "a.png"], {}, "train/", "a.png"),
        (["train/cat/a.png", "test/cat/a.png", "test/cow/a.png"], {}, "cat", "cow"),
        (["train/cat/a.png", "test/a.png"], {}, "test", "only one"),
        (["train/a.png", "test/cat/a.png"], {}, "test", "only one"),
        (["cat/a.png", "dog/a.png"], {"classes": "cats"}, "cat, dog", "'cats'"),
        (["a.png", "b.png"], {"classes": "cat"}, "classes", "cat"),
        (["train/cat/a.png", "train/dog/a.png", "test/cat/a.png"], {"classes": "dog"}, "dog", "none"),
    ],
)
def test_wrong_folders(tmp_path, files, options, expected, received):
    for name in files:
        put(tmp_path / name) if name.endswith("png") else (tmp_path / name).write_text("x")
    with pytest.raises(UserError) as error:
        load(DataConfig(folder=str(tmp_path / options.get("folder", "")), classes=options.get("classes")))
    assert expected in error.value.expected
    assert received in error.value.received


def test_a_folder_in_a_folder_is_named(tmp_path):
    put(tmp_path / "pets" / "train" / "cat" / "a.png")
    with pytest.raises(UserError) as error:
        load(DataConfig(folder=str(tmp_path)))
    assert str(tmp_path / "pets") in error.value.remedy


def test_progress_bar_for_many(tmp_path, capsys, monkeypatch):
    for i in range(4):
        put(tmp_path / f"{i}.png", i)
    read(tmp_path)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(in_memory, "PROGRESS_FROM", 3)
    read(tmp_path)
    shown = capsys.readouterr().err  # no terminal: the beginning and the end, no line for each image
    assert "4/4" in shown
    assert "2/4" not in shown


def test_pets(tmp_path, pets_zip):
    with zipfile.ZipFile(pets_zip) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith("jpg"))
        few = [[name for name in names if f"{part}/" in name][:30] for part in ("train/cat", "train/dog", "test")]
        archive.extractall(tmp_path, chain(*few))
    train, test = read(tmp_path / "pets", size=64)
    assert train.images.shape == (60, 64, 64, 3)
    assert train.labels.tolist() == [0] * 30 + [1] * 30
    assert train.class_names == test.class_names == ("cat", "dog")
    with pytest.raises(UserError):
        read(tmp_path / "pets", classes="dog")  # The first 30 test images are all cats.
    whole, _ = read(tmp_path / "pets", size=72)
    with Image.open(tmp_path / few[1][0]) as first_dog:
        np.testing.assert_array_equal(whole.images[30], np.asarray(first_dog))
