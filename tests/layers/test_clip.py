import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import Clip


def test_clips_as_numpy_does():
    w = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")
    np.testing.assert_array_equal(Clip(0.5)(tf.constant(w)), np.clip(w, np.float32(-0.5), np.float32(0.5)))


def test_every_weight_is_inside_the_limit_after_an_optimizer_step():
    critic = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(8, kernel_constraint=Clip(0.01), bias_constraint=Clip(0.01)),
            keras.layers.BatchNormalization(gamma_constraint=Clip(0.01), beta_constraint=Clip(0.01)),
            keras.layers.Dense(1, kernel_constraint=Clip(0.01), bias_constraint=Clip(0.01)),
        ]
    )
    critic.compile(keras.optimizers.SGD(1.0), "mse")
    random = np.random.default_rng(0)
    critic.fit(random.normal(size=(16, 3)), 100 + random.normal(size=(16, 1)), verbose=0)
    weights = [weight.numpy() for weight in critic.trainable_weights]
    assert len(weights) == 6
    assert all(np.abs(weight).max() <= np.float32(0.01) for weight in weights)
    assert np.abs(weights[-1]).max() == np.float32(0.01)  # the step was large enough to be clipped


def test_survives_a_round_trip():
    layer = keras.layers.Dense(2, kernel_constraint=Clip(0.03))
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(copy.kernel_constraint, Clip)
    assert copy.kernel_constraint.limit == 0.03


@pytest.mark.parametrize("limit", [0, -0.01, float("nan"), float("inf"), True, "0.01", None])
def test_refuses_a_limit_that_is_not_a_positive_number(limit):
    with pytest.raises(UserError) as error:
        Clip(limit)
    assert error.value.received == repr(limit)
