import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers.layer import Layer
from tfgan_course.randomness import layers_draws


@keras.utils.register_keras_serializable(package="tfgan_course")
class Dropout(Layer):
    """In training, sets each number to 0 with probability `rate` and divides the others by 1 - rate.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014 (Journal of Machine Learning Research 15), scaled
    in training, so that inference changes nothing. The mask comes from the step's own draws (`layers_draws`): a resumed
    run drops what the uninterrupted one drops, where `keras.layers.Dropout` keeps a random state that checkpoints miss.

    Args:
        rate: 0 to below 1.

    Raises:
        UserError: `rate` is outside of that.
    """

    options = ("rate",)

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            raise UserError(f"dropout must be at least 0 and below 1, 0.5 for example; got {rate!r}")
        self.rate = float(rate)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """The inputs (batch, ...), thinned out if `training`."""
        if not training or self.rate == 0:
            return inputs
        uniform = layers_draws().uniform(tf.unstack(tf.shape(inputs)), "dropout")
        kept = tf.cast(uniform >= self.rate, tf.float32) / (1.0 - self.rate)
        return inputs * tf.cast(kept, inputs.dtype)
