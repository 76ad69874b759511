"""A user's own source, and what is common to all sources."""

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.command import SMALL
from tests.pages import blocks
from tfgan_course.cli.main import main
from tfgan_course.data import DataConfig, DataSource, Images, load, training_batches
from tfgan_course.errors import UserError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (12, 28, 28, 1), dtype=np.uint8)
LABELS = np.arange(12) % 3


class Given(DataSource):
    """A source of the images that a test passes."""

    def __init__(self, train, test=None, class_names=None):
        self.given, self.given_test, self.class_names = train, test, class_names

    def train(self):
        return self.given

    def test(self):
        return self.given_test


class Squares:
    """A sequence that makes each image at access."""

    def __init__(self):
        self.asked = []

    def __len__(self):
        return 12

    def __getitem__(self, number):
        self.asked.append(int(number))
        return PIXELS[number, ..., 0]


def files(folder: Path) -> list[Path]:
    paths = [folder / f"{i:02}.png" for i in range(12)]
    for path, pixels in zip(paths, PIXELS, strict=True):
        Image.fromarray(pixels[..., 0]).save(path)
    return paths


def mapped(folder: Path) -> np.memmap:
    PIXELS.tofile(folder / "pixels")
    return np.memmap(folder / "pixels", np.uint8, "r", shape=PIXELS.shape)


GIVEN = {
    "array": lambda folder: PIXELS,
    "memmap": mapped,
    "arrays": lambda folder: [*PIXELS],
    "pictures": lambda folder: [Image.fromarray(pixels[..., 0]) for pixels in PIXELS],
    "paths": files,
    "texts": lambda folder: [*map(str, files(folder))],
    "sequence": lambda folder: Squares(),
}


@pytest.mark.parametrize("kind", GIVEN)
def test_every_kind_of_images_is_the_same_in_memory_and_streamed(kind, tmp_path):
    source = Given((GIVEN[kind](tmp_path), LABELS), class_names=["a", "b", "c"])
    kept = np.flatnonzero(LABELS != 1)
    found = []
    for stream in (False, True):
        train, test = load(DataConfig(source=source, classes="c,a", held_out=0.25, stream=stream))
        assert isinstance(train, Images) != stream
        assert (train.class_names, train.shape, len(train), len(test)) == (("c", "a"), (28, 28, 1), 6, 2)
        both = [part.take(np.arange(len(part))) for part in (train, test)]
        label_of = {PIXELS[number].tobytes(): int(LABELS[number] == 0) for number in kept}
        for part in both:
            assert [label_of.pop(image.tobytes()) for image in part.images] == part.labels.tolist()
        batches = [[part.numpy() for part in batch] for batch in training_batches(train, 3, seed=1).take(5)]
        found.append([*(part.images for part in both), *(part for batch in batches for part in batch)])
        assert load(DataConfig(source=source, held_out=0.25, stream=stream))[0].checksum(0) != train.checksum(0)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_streamed_image_is_asked_for_when_its_turn_comes():
    images = Squares()
    train, _ = load(DataConfig(source=Given(images), channels=1, stream=True))
    assert images.asked == []
    train.take(np.array([3, 1]))
    assert images.asked == [int(train.numbers[3]), int(train.numbers[1])]


def test_the_packaged_images_can_be_streamed():
    (streamed, _), (train, _) = (load(DataConfig(stream=stream)) for stream in (True, False))
    for one, other in zip(*(training_batches(images, 4, 7).take(3) for images in (streamed, train)), strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_labels_are_part_of_the_checksum():
    for stream in (False, True):
        one, other = (
            load(DataConfig(source=Given((PIXELS, labels)), stream=stream))[0] for labels in (LABELS, (LABELS + 1) % 3)
        )
        assert one.checksum(0) != other.checksum(0)


@pytest.mark.parametrize(
    "source",
    [
        Given(None),
        Given([]),
        Given(iter(PIXELS)),
        Given(PIXELS / 255),
        Given([*PIXELS / 255]),
        Given((PIXELS, LABELS[:5])),
        Given((PIXELS, LABELS), PIXELS),
        Given(PIXELS, (PIXELS, LABELS)),
        Given(PIXELS, class_names=["a", "b", "c"]),
        Given((PIXELS, LABELS), class_names=["a", "b"]),
        Given((PIXELS, LABELS - 1)),
        Given((PIXELS, LABELS), (PIXELS, LABELS + 1), ["a", "b", "c"]),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_source_that_gives_something_else(source, stream):
    with pytest.raises(UserError) as error:
        load(DataConfig(source=source, stream=stream))[0].take(np.arange(1))
    assert error.value.expected
    assert error.value.received


def test_the_example_of_the_docs_trains(tmp_path, monkeypatch, capsys):
    code, (command,), (settings,) = (
        blocks("guides/data.md", kind, "Your own source") for kind in ("python", "sh", "yaml")
    )
    (tmp_path / "stripes.py").write_text(code[0], encoding="utf-8")
    (tmp_path / "stripes.yaml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    small = [*SMALL, "--data.classes", "down,across", "--epochs", "1", "--steps_per_epoch", "2"]
    words = shlex.split(command.removeprefix("python train.py"))
    assert main(["train", *words, *small, "--out", "one"]) == 0, capsys.readouterr().err
    assert main(["train", "--variant", "cgan", "--config", "stripes.yaml", *small, "--out", "other"]) == 0
    assert Path("one", "config.yaml").read_bytes() == Path("other", "config.yaml").read_bytes()
    found = json.loads(Path("one", "data.json").read_text(encoding="utf-8"))
    assert found == json.loads(Path("other", "data.json").read_text(encoding="utf-8"))
    assert (found["class_names"], found["train_images"] + found["test_images"]) == (["down", "across"], 64)
    del sys.modules["stripes"]
