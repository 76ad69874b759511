import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class LayerNormalization(keras.layers.Layer):
    """Normalizes each image over all its activations; then a gain and a bias for each of them.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta (Ba, Kiros and Hinton 2016, arXiv:1607.06450, eq. 4), gamma
    and beta of the shape of one image's activations: PyTorch's `nn.LayerNorm((C, H, W))`. `GroupNormalization`, and
    WGAN-GP's authors, have one gain for each channel instead. Keras's own layer computes the variance with
    `tf.nn.moments`, whose second derivatives, which a gradient penalty needs, are wrong.

    Args:
        epsilon: added to the variance.
        gamma_constraint: Keras constraint of the gains.
        beta_constraint: Keras constraint of the biases.

    Inputs and outputs are (batch, ...), all but the batch known; statistics are float32 whatever the policy.
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        gamma_constraint: keras.constraints.Constraint | None = None,
        beta_constraint: keras.constraints.Constraint | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.gamma_constraint = keras.constraints.get(gamma_constraint)
        self.beta_constraint = keras.constraints.get(beta_constraint)

    def build(self, input_shape):
        """Makes a gain and a bias for each activation."""
        shape = tuple(input_shape[1:])
        self.gamma = self.add_weight(
            name="gamma", shape=shape, initializer="ones", constraint=self.gamma_constraint, dtype="float32"
        )
        self.beta = self.add_weight(
            name="beta", shape=shape, initializer="zeros", constraint=self.beta_constraint, dtype="float32"
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """The normalized inputs, of the inputs' type."""
        axes = list(range(1, inputs.shape.rank))
        x = tf.cast(inputs, tf.float32)
        centered = x - tf.reduce_mean(x, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centered), axes, keepdims=True)
        normalized = centered * tf.math.rsqrt(variance + self.epsilon)
        gamma, beta = tf.cast(self.gamma, tf.float32), tf.cast(self.beta, tf.float32)
        return tf.cast(normalized * gamma + beta, inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "epsilon": self.epsilon,
            "gamma_constraint": keras.constraints.serialize(self.gamma_constraint),
            "beta_constraint": keras.constraints.serialize(self.beta_constraint),
        }
