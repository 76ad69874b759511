import tensorflow as tf
from tensorflow import keras

from tfgan_course.replicas import mean_over_replicas, replicas


@keras.utils.register_keras_serializable(package="tfgan_course")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer (Ioffe and Szegedy 2015, arXiv:1502.03167), with TensorFlow's fused operation in training.

    Keras 3 composes the formula from a dozen operations. This takes twice the time and has wrong second derivatives,
    because it computes the variance with `tf.nn.moments`. As in PyTorch and Keras 2, the moving variance follows the
    unbiased estimate. Arguments, weights and file format are those of `keras.layers.BatchNormalization`. Inputs that do
    not have four dimensions are left to Keras's code.

    Under `tf.distribute` the statistics are always those of the whole batch over all replicas, so the number of
    replicas changes only rounding. (Keras's layer does this with `synchronized`.)
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable and inputs.shape.rank == 4 and mask is None):
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        gamma = tf.cast(self.gamma, tf.float32) if self.scale else tf.ones([channels])
        beta = tf.cast(self.beta, tf.float32) if self.center else tf.zeros([channels])
        if replicas() == 1 or tf.distribute.in_cross_replica_context():
            outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                inputs, gamma, beta, epsilon=self.epsilon, is_training=True
            )
        else:
            outputs, mean, variance = self._over_replicas(inputs, gamma, beta)
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(tf.cast(moving, tf.float32) * self.momentum + value * (1.0 - self.momentum))
        return outputs

    def _over_replicas(self, inputs, gamma, beta) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return outputs, mean and unbiased variance of the batch of all replicas; each has equally many images."""
        x = tf.cast(inputs, tf.float32)
        axes = [0, 1, 2]
        moments = tf.stack([tf.reduce_mean(x, axes), tf.reduce_mean(tf.square(x), axes)])
        mean, square = tf.unstack(mean_over_replicas(moments))
        variance = tf.maximum(square - tf.square(mean), 0.0)
        outputs = (x - mean) * (tf.math.rsqrt(variance + self.epsilon) * gamma) + beta
        count = tf.cast(tf.size(x) / x.shape[-1] * replicas(), tf.float32)
        return tf.cast(outputs, inputs.dtype), mean, variance * count / tf.maximum(count - 1.0, 1.0)
