import numpy as np
import tensorflow as tf

from tfgan_course.gan.latents import Spherical
from tfgan_course.layers import OtherLatents, Styles
from tfgan_course.randomness import Draws, drawn_by_layers

LAYERS = 5


def draws(step: int = 0) -> Draws:
    return Draws(0, tf.constant(step, tf.int64), "generator")


def shares(count: int, mixing: float) -> np.ndarray:
    """Return for each image which layers have the other w: (count, LAYERS)."""
    with drawn_by_layers(draws()):
        styles = Styles(LAYERS, mixing)([tf.zeros([count, 3]), tf.ones([count, 3])], training=True).numpy()
    assert styles.shape == (count, LAYERS, 3)
    assert (styles == styles[:, :, :1]).all()  # a w is not torn apart
    return styles[:, :, 0]


def test_the_other_w_begins_at_a_layer_drawn_uniformly():
    other = shares(8000, mixing=0.8)
    assert (np.diff(other, axis=1) >= 0).all()
    assert (other[:, 0] == 0).all()
    count = other.sum(1)  # of layers with the other w
    assert abs((count == 0).mean() - 0.2) < 0.03
    for layers in range(1, LAYERS):
        assert abs((count == layers).mean() - 0.2) < 0.03


def test_probability_one_always_mixes_and_inference_never_does():
    assert (shares(200, mixing=1.0)[:, -1] == 1).all()
    w = tf.random.stateless_normal((4, 3), (0, 0))
    for styles in (Styles(LAYERS, 1.0)([w, -w], training=False), Styles(LAYERS)(w, training=True)):
        np.testing.assert_array_equal(styles, np.repeat(w.numpy()[:, None], LAYERS, axis=1))


def test_other_latents_are_distributed_as_the_steps_and_are_a_function_of_the_step():
    layer, z = OtherLatents(), tf.ones([6, 4])
    np.testing.assert_array_equal(layer(z, training=False), z)

    def drawn(step: int) -> np.ndarray:
        with drawn_by_layers(draws(step), Spherical().of_normal):
            return layer(z, training=True).numpy()

    np.testing.assert_allclose(np.linalg.norm(drawn(0), axis=1), 2.0, rtol=1e-5)
    np.testing.assert_array_equal(drawn(0), drawn(0))
    assert not np.isclose(drawn(0), drawn(1)).any()
