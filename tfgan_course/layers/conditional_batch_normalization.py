import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.batch_normalization import BatchNormalization
from tfgan_course.layers.classes import shares_of
from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class ConditionalBatchNormalization(Layer):
    """Batch normalization with a gain and a bias for each class (Dumoulin et al. 2017, arXiv:1610.07629, eq. 5).

    y = gamma[label] (x - mean) / sqrt(variance + epsilon) + beta[label], with the statistics of all classes together.
    Miyato and Koyama 2018, arXiv:1802.05637, use it in the generator of the projection GAN. Call it on [x, labels]:
    x (batch, ..., channels), labels integers (batch,) or shares of classes (batch, classes).
    """

    options = ("classes", "momentum", "epsilon")

    def __init__(self, classes: int, momentum: float = 0.9, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.classes, self.momentum, self.epsilon = classes, momentum, epsilon
        # The layer's own precision policy: Keras 3 and Keras 2 name it differently.
        policy = self.dtype_policy if hasattr(self, "dtype_policy") else self._dtype_policy
        self.normalization = BatchNormalization(
            momentum=momentum, epsilon=epsilon, center=False, scale=False, dtype=policy
        )

    def build(self, input_shape):
        shape, _ = input_shape
        self.normalization.build(shape)
        table = (self.classes, shape[-1])
        self.gamma = self.add_weight(name="gamma", shape=table, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=table, initializer="zeros")
        super().build(input_shape)

    def call(self, inputs: list[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        x, labels = inputs
        # A product with the one-hot labels has a dense gradient, which optimizers handle best.
        chosen = shares_of(labels, self.classes)
        shape = [-1, *([1] * (x.shape.rank - 2)), x.shape[-1]]
        gamma, beta = (
            tf.cast(tf.reshape(tf.matmul(chosen, tf.cast(table, tf.float32)), shape), x.dtype)
            for table in (self.gamma, self.beta)
        )
        return self.normalization(x, training=training) * gamma + beta
