import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer (Ioffe and Szegedy 2015, arXiv:1502.03167), in training as TensorFlow's one operation.

    Keras 3 puts the formula together from a dozen operations, which takes twice the time and, since it computes the
    variance with `tf.nn.moments`, has wrong second derivatives. As in PyTorch and Keras 2, the moving variance is that
    of the unbiased estimate. Arguments, weights and file format are those of `keras.layers.BatchNormalization`; inputs
    of other than four dimensions, and the synchronized form, are computed by it.
    """

    def call(self, inputs, training=None, mask=None):
        """The normalized inputs (batch, height, width, channels), of the layer's compute type."""
        if not (training and self.trainable and inputs.shape.rank == 4 and mask is None) or self.synchronized:
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            tf.cast(self.gamma, tf.float32) if self.scale else tf.ones([channels]),
            tf.cast(self.beta, tf.float32) if self.center else tf.zeros([channels]),
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(tf.cast(moving, tf.float32) * self.momentum + value * (1.0 - self.momentum))
        return outputs
