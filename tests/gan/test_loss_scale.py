import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.config.parser import read
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError
from tfgan_course.gan.loss_scale import FIRST, LARGEST, LossScale
from tfgan_course.runs.build import build


def applied(scale: LossScale, gradient: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight 1, 1 after an SGD update of rate 1 with this scaled gradient, and the value of `apply`."""
    weight = tf.Variable([1.0, 1.0])
    optimizer = keras.optimizers.SGD(1.0, momentum=0.9)
    optimizer.build([weight])
    (unscaled,) = tf.function(scale.apply, autograph=False)(optimizer, [tf.constant(gradient)], [weight])
    moved = sum(float(tf.reduce_sum(tf.abs(tf.convert_to_tensor(v)))) for v in optimizer.variables if v.shape == (2,))
    assert (moved > 0) == bool(np.all(np.isfinite(gradient)))  # neither does a skipped update move the momentum
    return weight.numpy(), unscaled.numpy()


def test_gradients_are_divided_by_the_scale():
    scale = LossScale()
    weight, gradient = applied(scale, [0.5 * FIRST, -0.25 * FIRST])
    np.testing.assert_allclose(weight, [0.5, 1.25])
    np.testing.assert_allclose(gradient, [0.5, -0.25])
    assert float(scale.scale) == FIRST


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_an_update_with_a_gradient_that_is_no_number_is_skipped_and_the_scale_halved(bad):
    scale = LossScale()
    weight, gradient = applied(scale, [FIRST, bad])
    np.testing.assert_array_equal(weight, [1, 1])
    np.testing.assert_array_equal(gradient, [0, 0])
    assert float(scale.scale) == FIRST / 2


def test_the_scale_doubles_after_so_many_good_updates_in_a_row_and_ends_at_the_largest():
    scale, found = LossScale(every=2), []
    for gradient in (1.0, 1.0, 1.0, np.inf, 1.0, 1.0):
        applied(scale, [gradient, gradient])
        found.append(float(scale.scale) / FIRST)
    assert found == [1, 2, 2, 1, 1, 2]
    scale.scale.assign(LARGEST)
    for _ in range(2):
        applied(scale, [1.0, 1.0])
    assert float(scale.scale) == LARGEST


def gan_of(precision: str, **changes) -> GAN:
    config = read(variants()["wgan_gp"])
    small = {part: dataclasses.replace(getattr(config, part), width=4) for part in ("generator", "critic")}
    try:
        return build(
            dataclasses.replace(config, **small, critic_updates=1, precision=precision, **changes), (28, 28, 1), None
        )
    finally:
        keras.mixed_precision.set_global_policy("float32")


def test_float16_trains_with_float32_weights_like_float32():
    weights = {}
    for precision in ("float32", "float16"):
        gan = gan_of(precision)
        for scale in gan.loss_scales.values():
            scale.scale.assign(2.0**-5)  # from the first scale it would take some skipped updates to get here
        history = gan.fit(
            tiny.batches(32, 8).map(lambda x: tf.image.resize(tf.cast(x, tf.float32), [28, 28]) / 127.5 - 1), verbose=0
        )
        assert np.isfinite(list(history.history.values())).all()
        assert all(weight.dtype == np.float32 for weight in gan.critic.get_weights())
        weights[precision] = np.concatenate([weight.ravel() for weight in gan.critic.get_weights()])
        assert bool(gan.loss_scales) == (precision == "float16")
        assert all(float(scale.scale) == 2.0**-5 for scale in gan.loss_scales.values())  # none was skipped
    moved = np.abs(weights["float32"] - np.concatenate([w.ravel() for w in gan_of("float32").critic.get_weights()]))
    # Adam steps by signs while it has seen little: a gradient near 0 may take either.
    assert np.mean(np.abs(weights["float16"] - weights["float32"])) < 0.2 * np.mean(moved)


def test_the_gradient_penalty_of_float16_is_that_of_float32():
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32))
    values = {}
    for precision in ("float32", "float16"):
        gan = gan_of(precision)
        pair = tiny.Pair(gan, tiny.Batch(images), tiny.Batch(-images), tiny.Draws(0, tf.constant(0, tf.int64), "x"))
        values[precision] = gan.critic_terms["gradient_penalty"](pair)
        assert values[precision].dtype == tf.float32
    np.testing.assert_allclose(values["float16"], values["float32"], rtol=1e-2)


def test_a_restored_checkpoint_carries_the_scale(tmp_path):
    gan = gan_of("float16")
    gan.loss_scales["critic"].scale.assign(64.0)
    path = gan.checkpoint().save(str(tmp_path / "state"))
    other = gan_of("float16")
    other.checkpoint().restore(path)
    assert float(other.loss_scales["critic"].scale) == 64.0


def test_fewer_than_one_part_or_step_is_refused():
    for option in ("gradient_accumulation", "steps_per_execution"):
        with pytest.raises(UserError) as error:
            tiny.gan(**{option: 0})
        assert option in error.value.expected
