import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import require


@keras.utils.register_keras_serializable(package="tfgan_course")
class Clip(keras.constraints.Constraint):
    """Clip every number of a weight to [-limit, limit] after each optimizer step.

    WGAN keeps the critic Lipschitz in this way (Arjovsky, Chintala, Bottou 2017, arXiv:1701.07875, Algorithm 1, line 7:
    w <- clip(w, -c, c), with c = 0.01). Use it for every weight of the critic: kernels, biases, and the gamma and beta
    of a normalization layer.

    Args:
        limit: the paper's c, finite and above 0; a `UserError` otherwise.

    Example:
        >>> keras.layers.Dense(8, kernel_constraint=Clip(0.01), bias_constraint=Clip(0.01))
    """

    def __init__(self, limit: float):
        valid = isinstance(limit, int | float) and not isinstance(limit, bool) and 0 < limit < float("inf")
        require(valid, "a finite limit above 0 for Clip", repr(limit), "Set it to 0.01, for example")
        self.limit = float(limit)

    def __call__(self, w: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(w, -self.limit, self.limit)

    def get_config(self) -> dict:
        return {"limit": self.limit}
