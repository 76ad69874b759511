import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class MovingAverage(Layer):
    """Passes vectors (batch, size) on as they are, in float32, and keeps a moving average of them.

    Each call with `training=True` moves `average`, float32 (size,), by

        average <- decay average + (1 - decay) mean over the batch,

    as StyleGAN's center of w does, towards which samples are truncated (Karras et al. 2019, arXiv:1812.04948, section 2
    and appendix B). The rule is linear, so the mean over replicas of what each makes of its own part of the batch,
    which `GAN` takes after each step, is what one replica makes of all of it.

    Args:
        decay: in [0, 1); 0.995 is the authors'.
    """

    options = ("decay",)

    def __init__(self, decay: float = 0.995, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.decay = decay

    def build(self, input_shape):
        """Makes the average, 0 at first."""
        self.average = self.add_weight(name="average", shape=(input_shape[-1],), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """The inputs; moves the average if `training`."""
        if training:
            mean = tf.reduce_mean(tf.stop_gradient(inputs), axis=0)
            average = tf.convert_to_tensor(self.average)
            self.average.assign(average * self.decay + mean * (1.0 - self.decay))
        return inputs
