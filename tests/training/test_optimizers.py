import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.training.optimizers import Adam


def test_adam_equals_kerass():
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(5, 3, 4))
    results = []
    for optimizer in (Adam(1e-2, 0.5, 0.9, 1e-3).build(), keras.optimizers.Adam(1e-2, 0.5, 0.9, 1e-3)):
        variable = tf.Variable(start, dtype=tf.float32)
        optimizer.build([variable])
        for gradient in gradients:
            optimizer.apply_gradients([(tf.constant(gradient, tf.float32), variable)])
        results.append(variable.numpy())
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5, atol=1e-6)
    assert np.abs(results[0] - start).min() > 1e-3
