import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class GroupNormalization(keras.layers.Layer):
    """Normalizes each image by itself, over height, width and one or all channels; then a gain and a bias a channel.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, the variance with the image's own mean.

    With one group this is layer normalization over height, width and channels (Ba, Kiros and Hinton 2016,
    arXiv:1607.06450) with the gain of each channel as WGAN-GP's authors have it; with a group for each channel it is
    instance normalization (Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022). Keras's own layer computes the
    variance with `tf.nn.moments`, which takes the mean for a constant: its first derivatives are right, its second
    ones, which a gradient penalty needs, are not.

    Args:
        per_channel: a group for each channel (instance normalization) instead of one for all (layer normalization).
        epsilon: added to the variance.
        gamma_constraint: Keras constraint of the gains.
        beta_constraint: Keras constraint of the biases.

    Inputs and outputs are (batch, ..., channels); statistics are float32 whatever the policy.
    """

    def __init__(
        self,
        per_channel: bool = False,
        epsilon: float = 1e-5,
        gamma_constraint: keras.constraints.Constraint | None = None,
        beta_constraint: keras.constraints.Constraint | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.per_channel = per_channel
        self.epsilon = epsilon
        self.gamma_constraint = keras.constraints.get(gamma_constraint)
        self.beta_constraint = keras.constraints.get(beta_constraint)

    def build(self, input_shape):
        """Makes a gain and a bias for each channel."""
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(
            name="gamma", shape=shape, initializer="ones", constraint=self.gamma_constraint, dtype="float32"
        )
        self.beta = self.add_weight(
            name="beta", shape=shape, initializer="zeros", constraint=self.beta_constraint, dtype="float32"
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """The normalized inputs, of the inputs' type."""
        axes = list(range(1, inputs.shape.rank - self.per_channel))
        x = tf.cast(inputs, tf.float32)
        # From the mean square, not the centered inputs: fewer passes over all activations, of which a gradient
        # penalty makes dozens. Rounding may bring it below 0.
        mean, mean_square = means(x, axes)
        variance = tf.nn.relu(mean_square - tf.square(mean))
        gain = tf.math.rsqrt(variance + self.epsilon) * tf.cast(self.gamma, tf.float32)
        return tf.cast(x * gain + (tf.cast(self.beta, tf.float32) - mean * gain), inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "per_channel": self.per_channel,
            "epsilon": self.epsilon,
            "gamma_constraint": keras.constraints.serialize(self.gamma_constraint),
            "beta_constraint": keras.constraints.serialize(self.beta_constraint),
        }


def means(x: tf.Tensor, axes: list[int]) -> tuple[tf.Tensor, tf.Tensor]:
    """The means of x and of x^2 over the axes, which are kept; differentiable twice.

    TensorFlow's own derivative spreads each mean over all of x before it adds them up: three times the passes.
    """
    count = tf.cast(tf.reduce_prod([tf.shape(x)[axis] for axis in axes]), x.dtype)

    @tf.custom_gradient
    def of(x):
        def gradient(of_mean, of_square):
            return x * (2.0 * of_square / count) + of_mean / count

        return (tf.reduce_mean(x, axes, keepdims=True), tf.reduce_mean(tf.square(x), axes, keepdims=True)), gradient

    return of(x)
