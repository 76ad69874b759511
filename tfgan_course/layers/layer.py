import tensorflow as tf
from tensorflow import keras


class Layer(keras.layers.Layer):
    """Base class of this package's layers. By default outputs have the shape of the (first) inputs."""

    options: tuple[str, ...] = ()
    """Names of the constructor's own arguments, which are also attributes. A saved model file contains them."""

    def compute_output_shape(self, input_shape) -> tuple[int | None, ...] | tf.TensorShape:
        return input_shape[0] if isinstance(input_shape[0], list | tuple | tf.TensorShape) else input_shape

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for cls in type(self).__mro__ for name in vars(cls).get("options", ())}
        for name, value in own.items():
            if isinstance(value, keras.constraints.Constraint):
                own[name] = keras.constraints.serialize(value)
        return {**super().get_config(), **own}
