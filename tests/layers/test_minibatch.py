import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import MinibatchSimilarity, MinibatchStandardDeviation


def test_similarity_equals_a_triple_loop():
    m = np.random.default_rng(0).normal(0, 0.3, (5, 3 * 4)).astype(np.float32)
    expected = np.zeros((5, 3))
    for i in range(5):
        for j in range(5):
            for b in range(3):
                expected[i, b] += np.exp(-np.abs(m[i, 4 * b : 4 * b + 4] - m[j, 4 * b : 4 * b + 4]).sum())
    np.testing.assert_allclose(MinibatchSimilarity(3, 4)(m), expected, rtol=1e-5)


def test_similarity_of_equal_images_is_their_number_and_of_far_ones_1():
    layer = MinibatchSimilarity(2, 3)
    np.testing.assert_allclose(layer(np.ones((7, 6), np.float32)), np.full((7, 2), 7.0))
    np.testing.assert_allclose(layer(100 * np.arange(7, dtype=np.float32)[:, None] * np.ones(6)), np.ones((7, 2)))
    np.testing.assert_allclose(layer(np.ones((1, 6), np.float32)), np.ones((1, 2)))


def deviations(x: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """Return the statistic, computed by loops; `groups` lists the images of each group."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    result = np.zeros(len(x))
    for group in groups:
        total = 0.0
        for place in range(flat.shape[1]):
            values = [flat[image, place] for image in group]
            mean = sum(values) / len(values)
            total += np.sqrt(sum((value - mean) ** 2 for value in values) / len(values) + 1e-8)
        result[group] = total / flat.shape[1]
    return result


@pytest.mark.parametrize(
    ("count", "groups"),
    [
        (1, [[0]]),
        (3, [[0, 1, 2]]),
        (4, [[0, 1, 2, 3]]),
        (7, [[0, 1, 2, 3, 4, 5, 6]]),
        (8, [[0, 2, 4, 6], [1, 3, 5, 7]]),  # the authors': reshape to (4, 2)
        (9, [[0, 2, 4, 6, 8], [1, 3, 5, 7]]),
    ],
)
@pytest.mark.parametrize("shape", [(3, 2, 5), (6,)])
def test_standard_deviation_equals_loops_for_any_batch(count, groups, shape):
    x = np.random.default_rng(0).normal(2, 1, (count, *shape)).astype(np.float32)
    y = MinibatchStandardDeviation()(x).numpy()
    np.testing.assert_array_equal(y[..., :-1], x)
    expected = deviations(x, groups).reshape(-1, *[1] * (len(shape) - 1))
    np.testing.assert_allclose(y[..., -1], np.broadcast_to(expected, y.shape[:-1]), rtol=1e-4)


def test_equal_images_have_no_deviation_and_no_infinite_gradient():
    x = tf.ones([4, 3])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = MinibatchStandardDeviation()(x)[:, -1]
    np.testing.assert_allclose(y, 1e-4, rtol=1e-3)
    assert np.isfinite(tape.gradient(y, x)).all()


def test_second_derivatives_equal_finite_differences():
    check_second_derivatives(MinibatchSimilarity(2, 3), (4, 6), step=1e-3)
    check_second_derivatives(MinibatchStandardDeviation(2), (5, 2, 2, 3))


@pytest.mark.parametrize(
    ("layer", "outputs"), [(MinibatchSimilarity(2, 3), 2), (MinibatchStandardDeviation(3), 7)], ids=["similar", "std"]
)
def test_statistics_are_float32_and_the_layer_keeps_its_policy(layer, outputs):
    assert layer.mixes_images
    config = layer.get_config()
    again = type(layer).from_config({**config, "dtype": "mixed_bfloat16"})
    # Numbers that bfloat16 tells apart, whose sums and squares it does not.
    x = np.random.default_rng(0).integers(-64, 64, (64, 6)) / np.float32(64)
    y = again(tf.constant(x, tf.bfloat16))
    assert y.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(y, tf.float32), layer(x), rtol=2**-8)
    assert keras.layers.deserialize(keras.layers.serialize(layer)).get_config() == config
    assert layer.compute_output_shape((None, 6)) == (None, outputs)
