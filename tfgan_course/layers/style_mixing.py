"""Give all layers of a style network one w, or mix two (Karras et al. 2019, arXiv:1812.04948, section 3.1).

`OtherLatents` comes before a mapping network, `Styles` after it:

    w, other = mapping(latents), mapping(OtherLatents()(latents))
    images = synthesis(Styles(layers, mixing=0.9)([w, other]))
"""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer
from tfgan_course.randomness import layers_draws, layers_latents


@keras.utils.register_keras_serializable(package="tfgan_course")
class OtherLatents(Layer):
    """In training, new latents of the same shape (batch, size) and distribution; otherwise the inputs themselves."""

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        return tf.cast(layers_latents(tf.unstack(tf.shape(inputs))), inputs.dtype) if training else inputs


@keras.utils.register_keras_serializable(package="tfgan_course")
class Styles(Layer):
    """Give each layer a w: from w (batch, size), or [w, other w], to float32 (batch, count, size).

    All layers get the same w. In training, with probability `mixing`, an image has w up to a random layer and the other
    w from there on, so that neighbouring layers learn not to depend on each other's styles.

    Args:
        count: number of layers. (It is not named `layers`, because Keras treats a layer with `layers` as a model.)
        mixing: probability, 0 to 1. Above 0 the layer needs two w and at least two layers.
    """

    options = ("count", "mixing")

    def __init__(self, count: int, mixing: float = 0.0, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.count, self.mixing = count, mixing

    def call(self, inputs: tf.Tensor | list[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        w, other = inputs if isinstance(inputs, list | tuple) else (inputs, None)
        if other is None or not training:
            return tf.tile(w[:, tf.newaxis], [1, self.count, 1])
        batch, draws = tf.shape(w)[0], layers_draws()
        mixed = draws.uniform([batch], "mixing") < self.mixing
        # The border is from 1 to count - 1, so that the first layer keeps w and the last layer gets the other w.
        crossover = 1.0 + tf.floor(draws.uniform([batch], "crossover") * (self.count - 1))
        crossover = tf.where(mixed, crossover, float(self.count))
        keeps = tf.range(self.count, dtype=tf.float32) < crossover[:, tf.newaxis]
        return tf.where(keeps[:, :, tf.newaxis], w[:, tf.newaxis], other[:, tf.newaxis])

    def compute_output_shape(self, input_shape):
        batch, size = input_shape[0] if isinstance(input_shape[0], list | tuple) else input_shape
        return (batch, self.count, size)
