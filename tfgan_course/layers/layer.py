import tensorflow as tf
from tensorflow import keras


class Layer(keras.layers.Layer):
    """Base of our layers: outputs have the shape of the (first) inputs unless a subclass says otherwise."""

    options: tuple[str, ...] = ()
    """The constructor's own arguments, which are attributes of the same names: what a Keras file holds."""

    def compute_output_shape(self, input_shape) -> tuple[int | None, ...] | tf.TensorShape:
        """Return the shape of the outputs."""
        return input_shape[0] if isinstance(input_shape[0], list | tuple | tf.TensorShape) else input_shape

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        own = {name: getattr(self, name) for cls in type(self).__mro__ for name in vars(cls).get("options", ())}
        for name, value in own.items():
            if isinstance(value, keras.constraints.Constraint):
                own[name] = keras.constraints.serialize(value)
        return {**super().get_config(), **own}
