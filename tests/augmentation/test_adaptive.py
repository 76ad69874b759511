import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.augmentation.test_augmentation import at, draws, images
from tests.augmentation.test_diff_augment import uniform
from tfgan_course.augmentation import AdaptiveAugment
from tfgan_course.errors import UserError

MANY = 2000


def scores(positive: int, negative: int, zero: int = 0) -> tf.Tensor:
    return tf.constant([[3.0]] * positive + [[-0.1]] * negative + [[0.0]] * zero)


def test_the_probability_follows_its_rule():
    augment = AdaptiveAugment(target=0.5, images_to_full=100, every=2)
    observe = tf.function(lambda real: augment.observe(real, -real))
    # Ten images, every second update: steps of 10 * 2 / 100.
    by_hand = [
        (scores(10, 0), 0.0),  # half a period
        (scores(10, 0), 0.2),  # r = 1
        (scores(9, 0, zero=1), 0.2),
        (scores(8, 2), 0.4),  # r = (0.9 + 0.6) / 2 = 0.75
        (scores(6, 4), 0.4),
        (scores(8, 2), 0.2),  # r = (0.2 + 0.6) / 2 = 0.4
        (scores(0, 10), 0.2),
        (scores(0, 10), 0.0),
        (scores(0, 10), 0.0),
        (scores(0, 10), 0.0),  # not below 0
    ]
    by_hand += [(scores(10, 0), min(1.0, 0.2 * (count // 2))) for count in range(1, 15)]  # not above 1
    for real, expected in by_hand:
        observe(real)
        np.testing.assert_allclose(augment.logs()["augment_probability"], expected, atol=1e-6)


def test_the_paper_s_speed():
    augment = AdaptiveAugment()
    for _ in range(4):
        augment.observe(tf.ones([64]), tf.ones([64]))
    np.testing.assert_allclose(augment.probability, 64 * 4 / 500_000)


def test_a_checkpoint_within_a_period_goes_on_as_it_would_have(tmp_path):
    first, second = (AdaptiveAugment(images_to_full=100, every=2) for _ in range(2))
    first.probability.assign(0.5)
    first.observe(scores(0, 10), scores(0, 10))
    second_checkpoint = tf.train.Checkpoint(augment=second)
    second_checkpoint.read(tf.train.Checkpoint(augment=first).write(str(tmp_path / "c"))).assert_consumed()
    second.observe(scores(9, 1), scores(9, 1))
    np.testing.assert_allclose(second.probability, 0.3)


REPLICAS = """
import tensorflow as tf
from tfgan_course.augmentation import AdaptiveAugment

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    augment = AdaptiveAugment(images_to_full=100, every=1)
    augment.probability.assign(0.5)
# Signs of mean 1 here and -0.2 there: 0.4 together.
real = strategy.experimental_distribute_values_from_function(
    lambda context: tf.constant([[1.0] * 5, [1.0] * 2 + [-1.0] * 3][context.replica_id_in_sync_group])
)

@tf.function
def step(real):
    def update(real):
        augment.observe(real, real)
        return augment.logs()["augment_probability"]
    return strategy.run(update, args=(real,))

print("probabilities", *(round(float(p), 4) for p in strategy.experimental_local_results(step(real))))
"""


def test_replicas_agree_on_the_probability():
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    # Ten images in all: 0.5 - 10 / 100.
    assert done.stdout.splitlines()[-1] == "probabilities 0.4 0.4"


def test_with_probability_0_nothing_changes():
    x = images((20, 16, 16, 3))
    np.testing.assert_allclose(AdaptiveAugment()(x, draws()), x, atol=1e-6)


@pytest.mark.parametrize("kind", ["brightness", "contrast", "saturation", "hue"])
def test_each_image_is_changed_with_the_probability(kind):
    x = images((MANY, 4, 4, 3))
    changed = np.abs(at(0.3, policy=[kind])(x, draws()).numpy() - x).max(axis=(1, 2, 3)) > 1e-5
    # Five standard errors, and the few strengths that are nearly none.
    assert abs(changed.mean() - 0.3) < 5 * np.sqrt(0.21 / MANY) + 1e-3


def test_each_kind_befalls_images_of_its_own():
    x = images((MANY, 4, 4, 1))
    changed = at(0.5, policy=["brightness", "luma_flip"])(x, draws()).numpy()
    slopes = np.array([np.polyfit(a.ravel(), b.ravel(), 1) for a, b in zip(x, changed, strict=True)])
    flipped, shifted = slopes[:, 0] < 0, np.abs(slopes[:, 1]) > 1e-5
    # Flipped: half of those that the flip befalls.
    assert abs(np.corrcoef(flipped, shifted)[0, 1]) < 5 / np.sqrt(MANY)
    assert abs(flipped.mean() - 0.25) < 5 * np.sqrt(0.1875 / MANY)
    assert abs(shifted.mean() - 0.5) < 5 * np.sqrt(0.25 / MANY)


def counts_of(places: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Return how many changed images equal each of `places`; each image must equal one of them."""
    equal = (changed[:, None] == places[None]).all(axis=(2, 3, 4))
    np.testing.assert_array_equal(equal.sum(axis=1), 1)
    return equal.sum(axis=0)


def test_blitting_equals_numpy():
    image = images((8, 8, 3))
    many = np.repeat(image[None], MANY, axis=0)
    turned = np.stack([np.rot90(image, quarters) for quarters in range(4)])
    assert uniform(counts_of(turned, at(1.0, policy=["rotation"])(many, draws()).numpy()))
    flipped = np.stack([image, image[:, ::-1]])
    assert uniform(counts_of(flipped, at(1.0, policy=["x_flip"])(many, draws()).numpy()))
    framed = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="reflect")
    moved = np.stack([framed[row : row + 8, column : column + 8] for row in range(3) for column in range(3)])
    counts = counts_of(moved, at(1.0, policy=["translation"])(many, draws()).numpy())
    # The paper rounds U(-1, 1): 0 is met as often as -1 and 1 together.
    expected = MANY * np.outer([0.25, 0.5, 0.25], [0.25, 0.5, 0.25]).ravel()
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


@pytest.mark.parametrize(
    "policy",
    [("x_flip", "rotation", "translation"), ("brightness", "contrast", "luma_flip", "hue", "saturation")],
)
def test_kinds_follow_each_other_in_the_paper_s_order(policy):
    x = step_by_step = images((100, 8, 8, 3))
    for kind in policy:
        step_by_step = at(0.8, policy=[kind])(step_by_step, draws())
    np.testing.assert_allclose(at(0.8, policy=policy[::-1])(x, draws()), step_by_step, rtol=1e-4, atol=1e-4)


def test_rotation_of_oblong_images_is_refused():
    with pytest.raises(UserError) as error:
        AdaptiveAugment()(images((2, 8, 12, 3)), draws())
    assert "8x12" in error.value.received
    assert "x_flip, translation" in error.value.remedy
    assert AdaptiveAugment(["x_flip", "translation"])(images((2, 8, 12, 3)), draws()).shape == (2, 8, 12, 3)


GRAY_AXIS = np.full(3, 1 / np.sqrt(3))


def transformation(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the 3x3 matrix and the shift that best fit the change of each image's colors; check that they fit."""
    x = images((MANY, 4, 4, 3))
    changed = at(1.0, policy=[kind])(x, draws()).numpy().reshape(MANY, 16, 3)
    columns = np.concatenate([x.reshape(MANY, 16, 3), np.ones((MANY, 16, 1))], axis=2)
    fitted = np.linalg.pinv(columns) @ changed
    np.testing.assert_allclose(columns @ fitted, changed, atol=1e-5)
    return np.transpose(fitted[:, :3], [0, 2, 1]), fitted[:, 3]


def normal(numbers: np.ndarray, std: float) -> bool:
    mean_fits = abs(numbers.mean()) < 5 * std / np.sqrt(numbers.size)
    return mean_fits and abs(numbers.std() - std) < 5 * std / np.sqrt(2 * numbers.size)


def test_color_matrices_are_the_paper_s():
    gray, eye = np.outer(GRAY_AXIS, GRAY_AXIS), np.eye(3)
    matrix, shift = transformation("brightness")
    np.testing.assert_allclose(matrix, np.broadcast_to(eye, matrix.shape), atol=1e-4)
    np.testing.assert_allclose(shift, np.repeat(shift[:, :1], 3, axis=1), atol=1e-4)
    assert normal(shift[:, 0], 0.2)

    matrix, shift = transformation("contrast")
    np.testing.assert_allclose(matrix, matrix[:, :1, :1] * eye, atol=1e-3)
    np.testing.assert_allclose(shift, 0, atol=1e-3)
    assert normal(np.log2(matrix[:, 0, 0]), 0.5)

    matrix, _ = transformation("luma_flip")
    # The Householder reflection across the plane of equal luma, or nothing.
    flipped = np.abs(matrix - (eye - 2 * gray)).max(axis=(1, 2)) < 1e-4
    unchanged = np.abs(matrix - eye).max(axis=(1, 2)) < 1e-4
    assert (flipped != unchanged).all()
    assert uniform(np.array([flipped.sum(), unchanged.sum()]))

    matrix, _ = transformation("saturation")
    strength = (np.trace(matrix, axis1=1, axis2=2) - 1) / 2
    np.testing.assert_allclose(matrix, gray + strength[:, None, None] * (eye - gray), atol=1e-3)
    assert normal(np.log2(strength), 1.0)

    matrix, _ = transformation("hue")
    # Rotations that keep the gray axis, by uniform angles.
    np.testing.assert_allclose(matrix @ np.transpose(matrix, [0, 2, 1]), np.broadcast_to(eye, matrix.shape), atol=1e-3)
    np.testing.assert_allclose(np.linalg.det(matrix), 1, atol=1e-3)
    np.testing.assert_allclose(matrix @ GRAY_AXIS, np.broadcast_to(GRAY_AXIS, (MANY, 3)), atol=1e-3)
    sine = np.sqrt(3) / 2 * (matrix[:, 1, 0] - matrix[:, 0, 1])
    angle = np.arctan2(sine, (np.trace(matrix, axis1=1, axis2=2) - 1) / 2)
    assert uniform(np.histogram(angle, 12, (-np.pi, np.pi))[0])


@pytest.mark.parametrize("kind", ["hue", "saturation"])
def test_hue_and_saturation_leave_gray_images_alone(kind):
    x = images((20, 4, 4, 1))
    np.testing.assert_allclose(at(1.0, policy=[kind])(x, draws()), x, atol=1e-6)
