"""The command `data` finds the same in memory and streamed, of each kind of source."""

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.command import SMALL
from tfgan_course.augmentation import RandomFlip
from tfgan_course.cli.main import main
from tfgan_course.data import DataConfig, examine
from tfgan_course.data.conditions import Downscale, SideBySide, Unpaired
from tfgan_course.errors import UserError


@pytest.fixture
def photos(tmp_path):
    """Nine good files, of which two are the same image and one is in color, and two broken ones."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("test", 3)):
        for number in range(count):
            folder = tmp_path / "photos" / split / ("cat" if number % 3 else "dog")
            folder.mkdir(parents=True, exist_ok=True)
            size = (30, 40) if number < 4 else (50, 28)
            Image.fromarray(rng.integers(0, 256, size, np.uint8)).save(folder / f"{split}{number}.png")
    folder = tmp_path / "photos"
    (folder / "test" / "dog" / "copy.png").write_bytes((folder / "train" / "cat" / "train1.png").read_bytes())
    Image.new("RGB", (28, 28), "red").save(folder / "train" / "dog" / "red.png")
    (folder / "train" / "cat" / "text.jpg").write_text("no picture")
    (folder / "test" / "cat" / "empty.png").write_bytes(b"")
    (folder / "labels.csv").write_text("file,label\n")
    return folder


@pytest.mark.parametrize("stream", [False, True], ids=["in_memory", "streamed"])
def test_counts_sizes_skipped_files_and_duplicates(photos, stream):
    found = examine(DataConfig(folder=str(photos), size=28, stream=stream))
    assert found.counts == {"train": {"cat": 4, "dog": 3}, "test": {"cat": 2, "dog": 2}}
    assert not found.held_out
    assert found.shape == (28, 28, 3)  # one image is in color
    assert found.sizes == {(30, 40): 8, (50, 28): 2, (28, 28): 1}
    assert sorted(name.rpartition("/")[2] for name in found.skipped) == ["empty.png", "text.jpg"]
    assert all(found.skipped.values())
    assert [[name.rpartition("/")[2] for name in names] for names in found.duplicates] == [["train1.png", "copy.png"]]
    assert found.unused == ["labels.csv"]
    assert found.before.shape == (7, 28, 28, 3)
    assert found.labels == ["cat"] * 4 + ["dog"] * 3
    assert found.after is None
    said = str(found)
    for part in ("text.jpg", "copy.png", "labels.csv", "30 x 40", "28 x 28 x 3"):
        assert part in said


def test_images_before_and_after_augmentation(photos):
    found = examine(DataConfig(folder=str(photos)), real_augmentations=[RandomFlip()], seed=1)
    same = (found.after == found.before).all(axis=(1, 2, 3))
    flipped = (found.after == found.before[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same | flipped).all()
    assert flipped[~same].any()
    again = examine(DataConfig(folder=str(photos)), real_augmentations=[RandomFlip()], seed=1)
    np.testing.assert_array_equal(found.after, again.after)


def test_many_sizes_are_grouped(tmp_path):
    for side in range(30, 50):
        Image.new("L", (side, 300)).save(tmp_path / f"{side}.png")
    found = examine(DataConfig(folder=str(tmp_path)))
    assert len(found.sizes) == 20
    assert "shorter side 28 to 63" in str(found)
    assert "300 x 31" not in str(found)


def test_arrays_and_conditions(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (9, 28, 40, 3), np.uint8)
    np.savez_compressed(tmp_path / "a.npz", images=images)
    config = DataConfig(file=str(tmp_path / "a.npz"), size="28x40", condition=Downscale(2))
    found = examine(config)
    assert found.sizes == {(28, 40): 9}
    assert found.condition.shape == (8, 14, 20, 3)
    assert "14 x 20 x 3" in str(found)
    assert found.counts == {"train": {"": 8}, "test": {"": 1}}
    assert found.held_out
    assert found.figure().axes[0].get_title() != ""


def test_pairs(photos, tmp_path):
    pictures = tmp_path / "both"
    pictures.mkdir()
    for number in range(4):
        Image.new("L", (80, 30), number).save(pictures / f"{number}.png")
    halves = examine(DataConfig(folder=str(pictures), condition=SideBySide()))
    assert halves.sizes == {(30, 40): 4}
    unpaired = examine(DataConfig(folder=str(photos), condition=Unpaired(str(pictures))))
    assert unpaired.condition.shape[1:3] == (28, 28)
    assert sum(unpaired.counts["train"].values()) == 7


def test_hidden_labels_are_counted():
    found = examine(DataConfig(labels_per_class=5, classes="Bag,Coat"))
    assert found.counts["train"] == {"Bag": 5, "Coat": 5, "(hidden)": 1190}


def test_no_readable_image_is_an_error(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_text("no picture")
    with pytest.raises(UserError):
        examine(DataConfig(folder=str(tmp_path)))


def test_the_command_takes_the_options_of_a_training(photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["--data.folder", str(photos), "--data.size", "28x40", "--augmentations+=DiffAugment", *SMALL[:8]]
    assert main(["data", "--variant", "lsgan", *words, "--out", "new/look.png"]) == 0
    assert "28 x 40 x 3" in capsys.readouterr().out
    with Image.open("new/look.png") as picture:
        assert picture.width > picture.height / 2
    assert not (tmp_path / "runs").exists()
    assert main(["data", "--data.folder", "no folder"]) == 2
    assert main(["data", "--out", "data.txt"]) == 2
