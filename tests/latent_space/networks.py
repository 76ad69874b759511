"""Generators that are small enough for a calculation by hand."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.latent_space.space import WSpace, ZSpace
from tfgan_course.layers import MovingAverage

Z, W = 3, 5


class Styled(keras.layers.Layer):
    """A layer that multiplies maps by a style, which it computes from w."""

    def __init__(self):
        super().__init__()
        self.style = keras.layers.Dense(2, bias_initializer="ones")
        self.convolution = keras.layers.Conv2D(2, 3, padding="same")

    def build(self, input_shape):
        maps, w = input_shape
        self.style.build(w)
        self.convolution.build(maps)
        super().build(input_shape)

    def call(self, inputs):
        maps, w = inputs
        return self.convolution(maps * self.style(w)[:, tf.newaxis, tf.newaxis])

    def compute_output_shape(self, input_shape):
        return input_shape[0]


def style_generator(layers: int = 3) -> keras.Model:
    """Return a generator with a w space: w enters a dense layer, and then layers that compute styles from it."""
    keras.utils.set_random_seed(1)
    z = keras.Input((Z,), name="latents")
    x = keras.layers.LeakyReLU(0.2)(keras.layers.Dense(W, kernel_initializer="random_normal")(z))
    mapping = keras.Model(z, MovingAverage(name="average")(x), name="mapping")
    ws = keras.Input((layers, W))
    maps = keras.layers.Reshape((4, 4, 2))(keras.layers.Dense(32, name="first")(ws[:, 0]))
    for layer in range(1, layers):
        maps = Styled()([maps, ws[:, layer]])
    images = keras.layers.Conv2DTranspose(1, 4, 2, padding="same", activation="tanh")(maps)
    synthesis = keras.Model(ws, images, name="synthesis")
    generator = keras.Model(z, synthesis(keras.layers.RepeatVector(layers)(mapping(z))))
    mapping.layers[-1].average.assign(np.linspace(-1, 1, W))
    return generator


def linear_generator(matrix: np.ndarray) -> keras.Model:
    """Images (pixels, 1, 1) that are the latents times a matrix (size, pixels)."""
    latents = keras.Input(matrix.shape[:1])
    dense = keras.layers.Dense(matrix.shape[1], use_bias=False)
    model = keras.Model(latents, keras.layers.Reshape((-1, 1, 1))(dense(latents)))
    model.set_weights([matrix])
    return model


def z_space() -> ZSpace:
    return ZSpace(tiny.generator())


def w_space(layers: int = 3) -> WSpace:
    return WSpace(style_generator(layers))


def numbers(count: int, size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32)
