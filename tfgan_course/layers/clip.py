import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError


@keras.utils.register_keras_serializable(package="tfgan_course")
class Clip(keras.constraints.Constraint):
    """Clips every number of a weight to [-limit, limit] after each optimizer step.

    WGAN's way to keep the critic Lipschitz (Arjovsky, Chintala, Bottou 2017, arXiv:1701.07875, Algorithm 1, line 7:
    w <- clip(w, -c, c), with c = 0.01). Give it to every weight of the critic: kernels, biases, and the gamma and beta
    of a normalization layer.

    Args:
        limit: the paper's c, > 0.

    Raises:
        UserError: `limit` is not a finite number greater than 0.

    Example:
        >>> keras.layers.Dense(8, kernel_constraint=Clip(0.01), bias_constraint=Clip(0.01))
    """

    def __init__(self, limit: float):
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 0 < limit < float("inf"):
            raise UserError(f"Clip's limit must be a finite number greater than 0, such as 0.01. Received: {limit!r}")
        self.limit = float(limit)

    def __call__(self, w: tf.Tensor) -> tf.Tensor:
        """The clipped weight, of any shape."""
        return tf.clip_by_value(w, -self.limit, self.limit)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {"limit": self.limit}
