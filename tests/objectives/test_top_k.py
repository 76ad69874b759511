import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.objectives.losses import Hinge, LeastSquares, NonSaturating, RelativisticPaired, Wasserstein
from tfgan_course.objectives.top_k import TopK
from tfgan_course.randomness import Draws

FAKE = np.array([0.3, -1.0, 2.0, 0.7, 0.7, -0.2], np.float32)
REAL = np.array([1.5, 0.1, -0.4, 3.0, 0.2, 0.9], np.float32)
BEST = {1: [2], 2: [2, 3], 3: [2, 3, 4], 6: [0, 1, 2, 3, 4, 5]}  # of two equal scores the earlier one


def draws(images: int = 10**9) -> Draws:
    return Draws(0, tf.constant(0, tf.int64), "generator", tf.constant(images, tf.int64))


@pytest.mark.parametrize("k", list(BEST))
@pytest.mark.parametrize(
    "loss", [NonSaturating(), LeastSquares(), Wasserstein(), Hinge(), RelativisticPaired()], ids=str
)
def test_it_is_the_loss_of_the_k_best_and_the_others_have_no_gradient(loss, k):
    fake, real = tf.constant(FAKE[:, None]), tf.constant(REAL[:, None]) if loss.generator_needs_real else None
    with tf.GradientTape() as tape:
        tape.watch(fake)
        value = TopK(lowest=k / 6, decay=0.5).generator_loss(loss, fake, real, draws())
    gradient = tape.gradient(value, fake)[:, 0].numpy()
    own = tf.constant(FAKE[BEST[k], None])
    with tf.GradientTape() as tape:
        tape.watch(own)
        by_hand = loss.generator(own, None if real is None else tf.constant(REAL[BEST[k], None]))
    np.testing.assert_allclose(value, by_hand, rtol=1e-6)
    np.testing.assert_allclose(gradient[BEST[k]], tape.gradient(by_hand, own)[:, 0], rtol=1e-5)
    assert not np.delete(gradient, BEST[k]).any()


def test_the_value_of_the_paired_loss_in_numpy():
    value = TopK(1 / 3, 0.5).generator_loss(RelativisticPaired(), tf.constant(FAKE), tf.constant(REAL), draws())
    np.testing.assert_allclose(value, np.log1p(np.exp(REAL[[2, 3]] - FAKE[[2, 3]])).mean(), rtol=1e-6)


def test_a_map_of_scores_counts_by_its_mean():
    maps = np.zeros((3, 2, 2, 1), np.float32)
    maps[0, 0, 0], maps[1] = 3.0, 1.0  # means 0.75, 1, 0
    value = TopK(1 / 3, 0.5).generator_loss(Wasserstein(), tf.constant(maps), None, draws())
    np.testing.assert_allclose(value, -1.0)


@pytest.mark.parametrize(("images", "share"), [(0, 1.0), (1000, 0.9), (2000, 0.81), (500, 0.9**0.5), (50_000, 0.4)])
def test_the_share_falls_to_the_lowest(images, share):
    np.testing.assert_allclose(TopK(0.4, 0.9, 1000).share(tf.constant(images, tf.int64)), share, rtol=1e-5)


def test_k_is_rounded_and_at_least_one():
    value = TopK(0.01, 0.5).generator_loss(Wasserstein(), tf.constant(FAKE), None, draws())
    np.testing.assert_allclose(value, -2.0, rtol=1e-6)
    value = TopK(0.4, 0.5).generator_loss(Wasserstein(), tf.constant(FAKE), None, draws())  # 2.4 is 2
    np.testing.assert_allclose(value, -1.35, rtol=1e-6)


@pytest.mark.parametrize("loss", ["NonSaturating", "RelativisticPaired"])
def test_the_generators_update_is_that_of_its_best_images_alone(loss):
    """At first k is the whole batch, and the step is bit for bit near that without top-k; then it is another one."""

    def moved(**options) -> list[np.ndarray]:
        gan = tiny.gan(loss=loss, generator_optimizer=keras.optimizers.SGD(1.0), **options)
        tiny.step(gan)
        return tiny.weights(gan.generator)

    plain, all_images, half = moved(), moved(top_k=TopK()), moved(top_k=TopK(0.5, 1e-9, 1))
    for one, other in zip(plain, all_images, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    assert tiny.equal(all_images, half)  # nothing was shown before the first step

    def later(**options) -> list[np.ndarray]:
        gan = tiny.gan(loss=loss, generator_optimizer=keras.optimizers.SGD(1.0), **options)
        gan.step.assign(1000)
        tiny.step(gan)
        return tiny.weights(gan.generator)

    assert not tiny.equal(later(top_k=TopK()), later(top_k=TopK(0.25, 0.5, 1)))


def test_the_parts_of_an_accumulated_batch_are_refused():
    with pytest.raises(UserError) as error:
        tiny.gan(top_k=TopK(), gradient_accumulation=2)
    assert "gradient_accumulation" in error.value.expected


@pytest.mark.parametrize("options", [{"lowest": 0.0}, {"decay": 1.5}, {"every": 0}], ids=str)
def test_a_wrong_number_is_named(options):
    with pytest.raises(UserError) as error:
        TopK(**options)
    assert next(iter(options)) in error.value.expected
