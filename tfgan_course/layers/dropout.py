import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers.layer import Layer
from tfgan_course.randomness import layers_draws


def check_rate(rate: float) -> None:
    """Raise a `UserError` for a rate that is not a number in [0, 1)."""
    valid = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate < 1
    require(valid, "a dropout rate of at least 0 and below 1", repr(rate), "Set it to 0.5, for example")


@keras.utils.register_keras_serializable(package="tfgan_course")
class Dropout(Layer):
    """In training, sets each number to 0 with probability `rate` and divides the others by 1 - rate.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014 (Journal of Machine Learning Research 15), with the
    scaling in training, so that the layer changes nothing in inference. The mask comes from the step's own draws
    (`layers_draws`), so a resumed run drops the same numbers as an uninterrupted run. `keras.layers.Dropout` has a
    random state that is not in checkpoints.

    Args:
        rate: the probability, at least 0 and below 1; a `UserError` otherwise.
        always: whether the layer also drops numbers in inference, as a source of noise.
    """

    options = ("rate", "always")

    def __init__(self, rate: float, always: bool = False, **kwargs):
        super().__init__(**kwargs)
        check_rate(rate)
        self.rate, self.always = float(rate), always

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        if not (training or self.always) or self.rate == 0:
            return inputs
        uniform = layers_draws().uniform(tf.unstack(tf.shape(inputs)), "dropout")
        kept = tf.cast(uniform >= self.rate, tf.float32) / (1.0 - self.rate)
        return inputs * tf.cast(kept, inputs.dtype)
