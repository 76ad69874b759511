"""Conditions: made from images, or found in files; in memory and streamed alike."""

import io
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_course.data import DataConfig, facts, images_from, load, training_batches, validation_batches
from tfgan_course.data.conditions import (
    JPEG,
    Degradation,
    Downscale,
    Edges,
    Grayscale,
    Masked,
    Noise,
    SameNames,
    SideBySide,
    Unpaired,
)
from tfgan_course.errors import UserError

SIZE = 28
DEGRADATIONS = [Downscale(2), Downscale(4, "area"), Grayscale(), Edges(), Masked(), Noise(), JPEG()]


def pictures(count: int = 20, height: int = SIZE, width: int = SIZE, channels: int = 3) -> np.ndarray:
    smooth = np.random.default_rng(0).normal(size=(count, height, width, channels)).cumsum(1).cumsum(2)
    return np.clip(128 + 4 * smooth, 0, 255).astype(np.uint8)


def write(folder: Path, images: np.ndarray, ending: str = "png") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03d}.{ending}")


def batch(images, step: int = 0, size: int = 4) -> dict[str, np.ndarray]:
    read = next(iter(training_batches(images, size, seed=3, start_step=step)))
    return {name: tensor.numpy() for name, tensor in read.items()}


def equal(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all((first[name] == second[name]).all() for name in first)


@pytest.mark.parametrize("degradation", DEGRADATIONS, ids=lambda made: type(made).__name__)
def test_streamed_conditions_equal_those_in_memory(degradation):
    train, test = images_from(pictures(), condition=degradation)
    streamed, streamed_test = images_from(pictures(), condition=degradation, stream=True)
    assert equal(batch(train), batch(streamed))
    assert train.condition_shape == streamed.condition_shape == batch(train)["condition"].shape[1:]
    first = next(iter(validation_batches(streamed_test, 2)))["condition"].numpy()
    assert (test.condition == streamed_test.take(np.arange(2)).condition).all()
    assert (test.condition[:2] == first).all()
    assert facts(train, test)["condition_shape"] == list(train.condition_shape)


def in_each_pass(images, passes: int = 3) -> list[dict[bytes, bytes]]:
    """Return the condition of each image, by the image, for each pass."""
    found: list[dict[bytes, bytes]] = [{} for _ in range(passes)]
    steps = len(images) // 4
    for step, read in enumerate(training_batches(images, 4, seed=3).take(passes * steps)):
        pairs = zip(read["images"].numpy(), read["condition"].numpy(), strict=True)
        found[step // steps].update({image.tobytes(): condition.tobytes() for image, condition in pairs})
    return found


@pytest.mark.parametrize("degradation", [Masked(), Noise()], ids=["Masked", "Noise"])
def test_random_conditions_differ_from_pass_to_pass_in_training_only(degradation):
    train, test = images_from(pictures(), condition=degradation)
    streamed, _ = images_from(pictures(), condition=degradation, stream=True)
    first, *others = in_each_pass(train)
    stored = {image.tobytes(): made.tobytes() for image, made in zip(train.images, train.condition, strict=True)}
    assert first.items() <= stored.items()  # an evaluation sees those of the first pass
    for before, after in itertools.pairwise([first, *others]):
        both = before.keys() & after.keys()
        assert len(both) > 10
        assert all(before[image] != after[image] for image in both)
    assert in_each_pass(streamed) == [first, *others]
    # Each step is reached from the beginning as well as from the step itself.
    read = [*training_batches(train, 4, seed=3).take(9)]
    assert equal({name: tensor.numpy() for name, tensor in read[8].items()}, batch(train, 8))
    for _ in range(2):
        found = [part["condition"].numpy() for part in validation_batches(test, 2)]
        assert (np.concatenate(found) == test.condition).all()


def test_conditions_without_random_numbers_are_read_from_memory():
    train, _ = images_from(pictures(), condition=JPEG())
    assert not train.made_anew
    first, second = in_each_pass(train, 2)
    assert all(first[image] == second[image] for image in first.keys() & second.keys())


def test_replicas_divide_conditions_that_are_made_anew():
    train, _ = images_from(pictures(), condition=Masked())
    context = tf.distribute.InputContext(num_input_pipelines=1, input_pipeline_id=0, num_replicas_in_sync=2)
    parts = [*training_batches(train, 4, seed=3, start_step=5, context=context).take(2)]
    assert equal({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, batch(train, 5))


def made(degradation: Degradation, image: np.ndarray, index: int = 0) -> np.ndarray:
    return degradation.of(image, index)


def test_area_is_the_mean_of_squares():
    image = pictures(1)[0]
    squares = image.reshape(SIZE // 4, 4, SIZE // 4, 4, 3).mean((1, 3))
    assert np.abs(made(Downscale(4, "area"), image) - squares).max() <= 1  # Pillow rounds after each direction


def test_bicubic_is_pillows():
    image = pictures(1)[0]
    small = Image.fromarray(image).resize((SIZE // 2, SIZE // 2), Image.Resampling.BICUBIC)
    assert (made(Downscale(2), image) == np.array(small)).all()


def test_gray_has_one_channel_and_the_weights_of_bt601():
    image = pictures(1)[0]
    gray = made(Grayscale(), image)
    assert gray.shape == (SIZE, SIZE, 1)
    assert np.abs(gray[..., 0] - image @ [0.299, 0.587, 0.114]).max() <= 1


def test_edges_draws_one_line_along_a_step():
    image = np.zeros((SIZE, SIZE, 1), np.uint8)
    image[:, 14:] = 255
    drawn = made(Edges(), image)[..., 0]
    assert set(np.unique(drawn)) == {0, 255}
    assert ((drawn == 0).sum(axis=1) == 1).all()
    assert np.isin(np.flatnonzero((drawn == 0).all(axis=0)), [13, 14]).all()
    assert (made(Edges(), np.full((SIZE, SIZE, 1), 90, np.uint8)) == 255).all()
    step = made(Edges(), image[:1])[..., 0]  # a photo of one row has edges along it
    assert (step == 0).sum() == 1
    assert abs(int(step.argmin()) - 13.5) < 1
    assert (made(Edges(), image[:1, :1]) == 255).all()


def test_masked_covers_its_share_in_another_place_of_each_image():
    white = np.full((64, 64, 1), 255, np.uint8)
    covered = np.array([made(Masked(0.25), white, index) == 128 for index in range(200)])[..., 0]
    shares = covered.mean((1, 2))
    assert np.abs(shares - 0.25).max() < 0.02
    assert covered.mean(0).max() < 0.75  # no pixel is covered in most images, and nearly all are in some
    assert covered.any(0).mean() > 0.95
    rectangles = covered.any(1).sum(1) * covered.any(2).sum(1)
    assert (rectangles == covered.sum((1, 2))).all()
    assert (made(Masked(0.25, seed=1), white, 5) != made(Masked(0.25), white, 5)).any()


def test_noise_has_its_deviation_and_depends_on_seed_and_index_alone():
    gray = np.full((64, 64, 3), 128, np.uint8)
    first = made(Noise(10), gray, 3)
    assert abs((first.astype(float) - 128).std() - 10) < 0.4
    assert (first == made(Noise(10), gray, 3)).all()
    assert (first != made(Noise(10), gray, 4)).any()
    assert (first != made(Noise(10, seed=1), gray, 3)).any()


def test_jpeg_is_what_a_file_of_this_quality_holds():
    image, file = pictures(1)[0], io.BytesIO()
    Image.fromarray(image).save(file, "jpeg", quality=7)
    assert (made(JPEG(7), image) == np.array(Image.open(file))).all()


class Upside(Degradation):
    def __init__(self, times: int = 1):
        self.times = times

    def __call__(self, image, random):
        return np.rot90(image, 2 * self.times).copy()


def test_a_class_of_the_user():
    train, _ = images_from(pictures(), condition=Upside())
    assert (train.condition == train.images[:, ::-1, ::-1]).all()


class Floats(Degradation):
    def __call__(self, image, random):
        return image / 255


@pytest.mark.parametrize(
    ("condition", "size", "received"),
    [(Floats(), SIZE, "float64"), (Downscale(4), 30, "30"), (SideBySide(), SIZE, "21"), (SameNames("x"), SIZE, "else")],
)
def test_what_cannot_be_made_is_one_error(condition, size, received):
    with pytest.raises(UserError) as error:
        images_from(pictures(width=21), condition=condition, size=size)
    assert received in error.value.received


def test_two_folders_and_side_by_side_give_the_same_pairs(tmp_path):
    images, conditions = pictures(12), pictures(12)[:, ::-1, :, 0]
    write(tmp_path / "photos", images)
    write(tmp_path / "sketches", conditions, "bmp")
    both = np.concatenate([conditions[..., None].repeat(3, -1), images], axis=2)
    write(tmp_path / "both", both)
    folders = DataConfig(folder=str(tmp_path / "photos"), condition=SameNames(str(tmp_path / "sketches")))
    halves = DataConfig(folder=str(tmp_path / "both"), condition=SideBySide("left"))
    for config in (folders, halves):
        train, test = load(config)
        assert len(train) == 11
        # Files in gray stay gray beside images in color; a half of a picture in color is in color.
        assert train.condition_shape == (SIZE, SIZE, 1 if config is folders else 3)
        for held in (train, test):
            of = [next(n for n, image in enumerate(images) if (image == found).all()) for found in held.images]
            assert (held.condition[..., 0] == conditions[of]).all()
        streamed = load(replace(config, stream=True))[0]
        assert equal(batch(train), batch(streamed))
    turned = load(replace(halves, condition=SideBySide("right"), channels=3))[0]
    assert (turned.condition == load(replace(halves, channels=3))[0].images).all()


def test_pairs_follow_the_classes_and_the_split(tmp_path):
    images = pictures(16)
    for place, part in (("train/cat", 0), ("train/dog", 4), ("test/cat", 8), ("test/dog", 12)):
        write(tmp_path / "a" / place, images[part : part + 4])
        write(tmp_path / "b" / place, 255 - images[part : part + 4])
    config = DataConfig(folder=str(tmp_path / "a"), condition=SameNames(str(tmp_path / "b")), classes=["dog"])
    for found in load(config):
        assert len(found) == 4
        assert (found.condition == 255 - found.images).all()
    assert "labels" in batch(load(config)[0])


def test_a_scale_pairs_small_pictures_with_large_ones(tmp_path):
    write(tmp_path / "large", pictures(8, 56, 56))
    write(tmp_path / "small", pictures(8, 56, 56)[:, ::2, ::2])
    config = DataConfig(folder=str(tmp_path / "large"), size=56, condition=SameNames(str(tmp_path / "small"), scale=2))
    train, _ = load(config)
    assert (train.condition == train.images[:, ::2, ::2]).all()


@pytest.mark.parametrize("stream", [False, True])
def test_a_wrong_pair_is_one_error_that_names_both_files(tmp_path, stream):
    write(tmp_path / "a", pictures(6))
    write(tmp_path / "b", pictures(6))
    config = DataConfig(folder=str(tmp_path / "a"), condition=SameNames(str(tmp_path / "b")), stream=stream)

    def refused() -> UserError:
        with pytest.raises(UserError) as error:
            load(replace(config, condition=SameNames(str(tmp_path / "b"))))
        return error.value

    Image.fromarray(pictures(1, 30)[0]).save(tmp_path / "b" / "002.png")
    error = refused()
    assert f"{tmp_path}/a/002.png" in error.expected
    assert f"{tmp_path}/b/002.png" in error.expected
    assert "28 x 28 and 28 x 30" in error.received
    (tmp_path / "b" / "002.png").rename(tmp_path / "b" / "other.png")
    error = refused()
    assert f"{tmp_path}/a/002.png" in error.expected
    assert f"{tmp_path}/b/002" in error.expected
    (tmp_path / "a" / "002.png").unlink()
    error = refused()
    assert f"{tmp_path}/b/other.png" in error.expected
    assert f"{tmp_path}/a/other" in error.expected
    for file in [*(tmp_path / "b").iterdir()]:
        file.rename(file.with_name(f"x{file.name}"))
    assert "0 pairs" in refused().received


def test_an_unreadable_condition_leaves_its_image_out(tmp_path):
    write(tmp_path / "a", pictures(6))
    write(tmp_path / "b", pictures(6))
    (tmp_path / "b" / "003.png").write_bytes(b"nothing")
    config = DataConfig(folder=str(tmp_path / "a"), condition=SameNames(str(tmp_path / "b")))
    with pytest.raises(UserError) as error:  # its size is not known either
        load(replace(config, condition=SideBySide(), folder=str(tmp_path / "none")))
    with pytest.warns(UserWarning, match="003.png"):
        train, test = load(config)
    assert len(train) + len(test) == 5
    assert (train.images == train.condition).all()
    assert "none" in error.value.received


def unpaired(tmp_path: Path, count: int, stream: bool = False):
    write(tmp_path / "dogs", np.arange(count, dtype=np.uint8)[:, None, None].repeat(SIZE, 1).repeat(SIZE, 2))
    cats = np.arange(100, 120, dtype=np.uint8)[:, None, None, None].repeat(SIZE, 1).repeat(SIZE, 2)
    return images_from(cats, condition=Unpaired(str(tmp_path / "dogs")), stream=stream)


@pytest.mark.parametrize("count", [5, 60])
def test_unpaired_conditions_come_in_an_order_of_their_own(tmp_path, count):
    train, test = unpaired(tmp_path, count)
    assert not train.paired
    assert not train.take(np.arange(3)).paired
    others = len(train.conditions)
    steps = [batch(train, step) for step in range(3 * (len(train) // 4))]
    seen = np.concatenate([step["condition"][:, 0, 0, 0] for step in steps])
    images = np.concatenate([step["images"][:, 0, 0, 0] for step in steps])
    one_pass = len(train) // 4 * 4
    counts = np.bincount(seen[:one_pass], minlength=count)
    assert counts.max() <= -(-one_pass // others)
    assert (seen[:one_pass] != seen[one_pass : 2 * one_pass]).any()
    assert len({*zip(images.tolist(), seen.tolist(), strict=True)}) > len(train)  # no image keeps its condition
    held_out = set(test.conditions.images[:, 0, 0, 0].tolist())
    assert not held_out & set(seen.tolist())
    streamed = unpaired(tmp_path, count, stream=True)[0]
    assert all(equal(step, batch(streamed, number)) for number, step in enumerate(steps[:6]))
    few = [*range(0, len(train), len(train) // min(4, others))][: min(4, others)]
    assert len({*train.take(np.array(few)).condition[:, 0, 0, 0].tolist()}) == len(few)
    spread = train.take(np.arange(min(2, others)) * others % len(train)).condition
    assert len({*spread[:, 0, 0, 0].tolist()}) == min(2, others)
    validation = next(iter(validation_batches(test, 2)))
    assert (validation["condition"].numpy() == test.take(np.arange(2)).condition).all()


def test_unpaired_batches_are_divided_among_replicas(tmp_path):
    train, _ = unpaired(tmp_path, 9)
    context = tf.distribute.InputContext(num_input_pipelines=1, input_pipeline_id=0, num_replicas_in_sync=2)
    parts = [*training_batches(train, 4, seed=3, context=context).take(2)]
    whole = batch(train)
    for name in whole:
        assert (np.concatenate([part[name] for part in parts]) == whole[name]).all()
