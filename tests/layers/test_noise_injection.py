import numpy as np
import tensorflow as tf

from tfgan_course.layers import ConstantInput, NoiseInjection
from tfgan_course.randomness import Draws, drawn_by_layers


def test_strength_is_learned_from_nothing_and_scales_one_picture_for_all_channels():
    layer, x = NoiseInjection(), tf.zeros([3, 4, 4, 2])
    np.testing.assert_array_equal(layer(x), x)
    assert [variable.shape for variable in layer.trainable_variables] == [()]
    layer.strength.assign(2.0)
    y = layer(x, training=False).numpy()
    np.testing.assert_allclose(y, 2 * np.broadcast_to(np.array(layer.constant)[None], y.shape))


def test_an_image_at_inference_depends_on_its_own_row_alone():
    layer, x = NoiseInjection(), tf.random.stateless_normal((5, 4, 4, 2), (0, 0))
    layer(x)
    layer.strength.assign(1.0)
    np.testing.assert_array_equal(layer(x)[3], layer(x[3:4])[0])


def test_training_noise_is_new_for_each_image_and_step_and_repeats_with_the_step():
    layer, x = NoiseInjection(), tf.zeros([200, 8, 8, 1])
    layer(x)
    layer.strength.assign(1.0)

    def noise(step: int) -> np.ndarray:
        with drawn_by_layers(Draws(0, tf.constant(step, tf.int64), "generator")):
            return layer(x, training=True).numpy()

    np.testing.assert_array_equal(noise(0), noise(0))
    assert abs(noise(0).std() - 1) < 0.03
    for other in (noise(1), noise(0)[::-1]):
        assert abs(np.corrcoef(noise(0).ravel(), other.ravel())[0, 1]) < 0.05


def test_the_constant_input_is_one_picture_for_all():
    layer = ConstantInput(4, 3)
    y = layer(tf.zeros([5, 2])).numpy()
    np.testing.assert_array_equal(y, np.repeat(np.array(layer.picture)[None], 5, axis=0))
    assert layer.compute_output_shape((None, 2)) == (None, 4, 4, 3)
