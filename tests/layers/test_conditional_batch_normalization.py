import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import ConditionalBatchNormalization

LABELS = np.array([0, 2, 1, 1, 0], np.int32)
GAMMA = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
BETA = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], np.float32)


def built(x, **options) -> ConditionalBatchNormalization:
    layer = ConditionalBatchNormalization(3, **options)
    layer([x, LABELS])
    layer.gamma.assign(GAMMA)
    layer.beta.assign(BETA)
    return layer


def activations(*shape) -> np.ndarray:
    return np.random.default_rng(0).normal(3, 2, (5, *shape)).astype(np.float32)


@pytest.mark.parametrize("shape", [(4, 3, 2), (2,)])
def test_in_training_equals_numpy_class_by_class(shape):
    x = activations(*shape)
    y = built(x)([x, LABELS], training=True).numpy()
    axes = tuple(range(x.ndim - 1))
    # The statistics are those of all classes together.
    normalized = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-5)
    for image, label in enumerate(LABELS):
        np.testing.assert_allclose(y[image], GAMMA[label] * normalized[image] + BETA[label], rtol=1e-4, atol=1e-4)


def test_in_inference_uses_the_moving_statistics_that_training_moved():
    x = activations(4, 3, 2)
    layer = built(x, momentum=0.75)
    layer([x, LABELS], training=True)
    # As in PyTorch, the moving variance is that of the unbiased estimate.
    mean, variance = 0.25 * x.mean((0, 1, 2)), 0.75 + 0.25 * x.var((0, 1, 2), ddof=1)
    expected = GAMMA[LABELS][:, None, None] * (x - mean) / np.sqrt(variance + 1e-5) + BETA[LABELS][:, None, None]
    np.testing.assert_allclose(layer([x, LABELS], training=False), expected, rtol=1e-4, atol=1e-4)


def test_each_class_learns_from_its_own_images_alone():
    x = activations(4, 3, 2)[:3]
    labels = np.array([0, 2, 2], np.int32)
    layer = built(x=activations(4, 3, 2))
    tables = [variable for variable in layer.trainable_variables if tuple(variable.shape) == (3, 2)]
    assert len(tables) == len(layer.trainable_variables) == 2
    with tf.GradientTape() as tape:
        output = tf.reduce_sum(layer([x, labels], training=True) ** 2)
    for gradient in tape.gradient(output, tables):
        assert isinstance(gradient, tf.Tensor)  # dense
        assert not np.any(gradient[1])
        assert np.all(gradient.numpy()[[0, 2]])


def test_begins_as_plain_batch_normalization():
    x = activations(4, 3, 2)
    ours, kerass = ConditionalBatchNormalization(3, 0.9, 1e-5), keras.layers.BatchNormalization(-1, 0.9, 1e-5)
    np.testing.assert_allclose(
        ours([x, LABELS], training=True), kerass(x, training=True), rtol=1e-4, atol=1e-4
    )  # fmt: skip


def test_precision_and_round_trip(tmp_path):
    layer = ConditionalBatchNormalization(3, 0.8, 1e-3, dtype="mixed_bfloat16")
    x, labels = keras.Input((4, 3, 2)), keras.Input((), dtype="int32")
    model = keras.Model([x, labels], layer([x, labels]))
    assert tuple(model.output_shape) == (None, 4, 3, 2)
    inputs = [tf.constant(activations(4, 3, 2)), tf.constant(LABELS)]
    assert model(inputs, training=True).dtype == tf.bfloat16
    assert all(weight.dtype == np.float32 for weight in model.get_weights())
    layer.gamma.assign(GAMMA)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        tf.cast(model(inputs, training=False), tf.float32), tf.cast(again(inputs, training=False), tf.float32)
    )
    copy = ConditionalBatchNormalization.from_config(layer.get_config())
    assert (copy.classes, copy.momentum, copy.epsilon) == (3, 0.8, 1e-3)
