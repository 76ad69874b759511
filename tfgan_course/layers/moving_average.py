import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class MovingAverage(Layer):
    """Return vectors (batch, size) unchanged, in float32, and keep a moving average of them.

    Each call with `training=True` moves `average`, float32 (size,), by

        average <- decay average + (1 - decay) mean over the batch,

    which is StyleGAN's center of w for truncation (Karras et al. 2019, arXiv:1812.04948, section 2 and appendix B). It
    is 0 at first. The rule is linear: `GAN` takes the mean of the replicas' averages after each step, and that equals
    the average over the whole batch.

    Args:
        decay: at least 0 and below 1; the authors use 0.995.
    """

    options = ("decay",)

    def __init__(self, decay: float = 0.995, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.decay = decay

    def build(self, input_shape):
        self.average = self.add_weight(name="average", shape=(input_shape[-1],), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        if training and self.trainable:
            mean = tf.reduce_mean(tf.stop_gradient(inputs), axis=0)
            average = tf.convert_to_tensor(self.average)
            self.average.assign(average * self.decay + mean * (1.0 - self.decay))
        return inputs
