"""Properties that every augmentation must have."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.augmentation import (
    AdaptiveAugment,
    ColorJitter,
    DiffAugment,
    InstanceNoise,
    RandomFlip,
    RandomResizedCrop,
)
from tfgan_course.config.parser import from_python
from tfgan_course.errors import UserError
from tfgan_course.randomness import Draws


def draws(step: int = 0) -> Draws:
    return Draws(0, tf.constant(step, tf.int64), "critic_0")


def images(shape: tuple[int, ...], low: float = -1.0, high: float = 1.0) -> np.ndarray:
    return np.random.default_rng(0).uniform(low, high, shape).astype(np.float32)


def at(probability: float, **arguments) -> AdaptiveAugment:
    augment = AdaptiveAugment(**arguments)
    augment.probability.assign(probability)
    return augment


DIFFERENTIABLE = {
    "instance_noise": lambda: InstanceNoise(),
    "color": lambda: DiffAugment(["color"]),
    "translation": lambda: DiffAugment(["translation"]),
    "cutout": lambda: DiffAugment(["cutout"]),
    "diff_augment": lambda: DiffAugment(),
    "adaptive": lambda: at(0.7),
}
ALL = DIFFERENTIABLE | {"flip": RandomFlip, "crop": RandomResizedCrop, "jitter": ColorJitter}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ALL)
def test_equal_draws_make_equal_images_and_others_others(name, channels):
    augment = ALL[name]()
    step = tf.function(lambda images, step: augment(images, Draws(0, step, "critic_0")))
    x = images((6, 16, 16, channels))
    first = step(x, tf.constant(3, tf.int64)).numpy()
    assert first.shape == x.shape
    assert first.dtype == np.float32
    # A resumed run: another object, another tracing.
    np.testing.assert_allclose(ALL[name]()(tf.constant(x), draws(3)), first, atol=1e-5)
    assert np.abs(step(x, tf.constant(4, tf.int64)) - first).max() > 0.05
    # Each image of a batch gets numbers of its own.
    alike = step(np.repeat(x[:1], 6, axis=0), tf.constant(3, tf.int64)).numpy()
    assert np.ptp(alike, axis=0).max() > 0.05


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_the_gradient_is_the_adjoint_of_what_is_done_to_the_images(name):
    # All of them are affine: T(x) = A x + b, so <T(x) - T(0), g> = <x, A^T g>.
    augment = DIFFERENTIABLE[name]()
    x, g = tf.constant(images((5, 16, 16, 3))), tf.random.stateless_normal([5, 16, 16, 3], [0, 0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        changed = augment(x, draws())
    gradient = tape.gradient(changed, x, g)
    image_by_image = [1, 2, 3]
    np.testing.assert_allclose(
        tf.reduce_sum((changed - augment(tf.zeros_like(x), draws())) * g, image_by_image),
        tf.reduce_sum(x * gradient, image_by_image),
        rtol=1e-3,
        atol=1e-3,
    )


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_second_derivatives_equal_finite_differences(name):
    augment = DIFFERENTIABLE[name]()

    def penalty(x):
        """Return the squared gradient norm of the cubic critic sum y^3 / 3 at the augmented images."""
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(augment(x, draws()) ** 3) / 3.0
        return tf.reduce_sum(tape.gradient(score, x) ** 2)

    @tf.function
    def slope(x, direction):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = penalty(x)
        return tf.reduce_sum(tape.gradient(value, x) * direction)

    x, direction = tf.constant(images((4, 8, 8, 3))), tf.constant(images((4, 8, 8, 3)) ** 2)
    difference = (penalty(x + 0.01 * direction) - penalty(x - 0.01 * direction)) / 0.02
    assert abs(difference) > 1.0
    np.testing.assert_allclose(slope(x, direction), difference, rtol=1e-2)


def test_every_class_is_built_from_yaml():
    def built(name, **arguments):
        described = {"class_path": f"tfgan_course.augmentation.{name}", "init_args": arguments}
        return from_python(augmentations=[described]).make().augmentations[0]

    assert tuple(built("DiffAugment", policy=["color", "cutout"]).policy) == ("color", "cutout")
    assert tuple(built("AdaptiveAugment", policy=["hue"], target=0.5).policy) == ("hue",)
    assert built("InstanceNoise", std=0.2, decay_steps=100).decay_steps == 100
    for name in ("RandomFlip", "RandomResizedCrop", "ColorJitter", "DiffAugment", "AdaptiveAugment"):
        built(name)
    with pytest.raises(UserError):
        built("DiffAugment", policy=["colour"])


@pytest.mark.parametrize(
    ("make", "expected", "received"),
    [
        (lambda: InstanceNoise(std=-0.1), "std", "-0.1"),
        (lambda: InstanceNoise(decay_steps=0), "decay_steps", "0"),
        (lambda: DiffAugment([]), "color, translation, cutout", "[]"),
        (lambda: DiffAugment(["color", "color"]), "each once", "color"),
        (lambda: AdaptiveAugment(["cutout"]), "x_flip", "cutout"),
        (lambda: AdaptiveAugment(target=1.0), "target", "1.0"),
        (lambda: AdaptiveAugment(images_to_full=0), "images_to_full", "0"),
        (lambda: AdaptiveAugment(every=0), "every", "0"),
        (lambda: RandomResizedCrop(scale_min=0.0), "scale_min", "0.0"),
        (lambda: RandomResizedCrop(0.9, 0.8), "scale_max", "0.9 and 0.8"),
        (lambda: ColorJitter(contrast=float("nan")), "contrast", "nan"),
        (lambda: ColorJitter(hue=0.6), "hue", "0.6"),
    ],
)
def test_impossible_arguments_are_refused(make, expected, received):
    with pytest.raises(UserError) as error:
        make()
    assert expected in error.value.expected
    assert received in error.value.received
