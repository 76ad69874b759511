import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam (Kingma and Ba 2015, arXiv:1412.6980), which updates each variable by one TensorFlow operation.

    Keras's own update reads and writes every weight a dozen times, which is slow for a network with many weights and
    small images. Arguments and state are those of `keras.optimizers.Adam`; there is no `amsgrad`,
    and `beta_2` may be a function of the number of updates so far, as a learning rate may be.
    """

    def update_step(self, gradient, variable, learning_rate=None):
        if learning_rate is None:  # Keras 2
            learning_rate, index = self.learning_rate, self._index_dict[self._var_key(variable)]
        else:
            index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, tf.float32)
        beta_2 = self.beta_2(self.iterations) if callable(self.beta_2) else self.beta_2
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=tf.pow(tf.constant(self.beta_1, tf.float32), step),
            beta2_power=tf.pow(tf.convert_to_tensor(beta_2, tf.float32), step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def _handle(variable) -> tf.Tensor:
    # Keras 3 wraps the variable.
    return (variable if hasattr(variable, "handle") else variable.value).handle
