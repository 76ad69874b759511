import math

import tensorflow as tf
from tensorflow import keras


class StyledLayer(keras.layers.Layer):
    """Base of layers that are told a style: called on [x, w], x (batch, height, width, channels), w (batch, w_size).

    Their styles A(w), float32 (batch, n), are a learned affine function of w.

    Args:
        equalized: whether kernels have an equalized learning rate (see `EqualizedDense`), for Adam rates of about 1e-3;
            otherwise they start from DCGAN's N(0, 0.02).
    """

    def __init__(self, equalized: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.equalized = equalized

    def make_style(self, w_size: int, size: int, bias) -> None:
        """Makes the weights of A; called in `build`. `bias`: Keras initializer, what A(w) is about at first."""
        self.style_kernel = self.make_kernel("style_kernel", (w_size, size))
        self.style_bias = self.add_weight(name="style_bias", shape=(size,), initializer=bias)

    def make_kernel(self, name: str, shape: tuple[int, ...]):
        """A new kernel (..., inputs, outputs)."""
        start = keras.initializers.RandomNormal(0.0, 1.0 if self.equalized else 0.02)
        return self.add_weight(name=name, shape=shape, initializer=start)

    def effective(self, kernel) -> tf.Tensor:
        """A kernel as it is applied, float32."""
        kernel = tf.cast(tf.convert_to_tensor(kernel), tf.float32)
        return kernel / math.sqrt(math.prod(kernel.shape[:-1])) if self.equalized else kernel

    def style(self, w: tf.Tensor) -> tf.Tensor:
        """A(w), float32 (batch, n)."""
        bias = tf.cast(tf.convert_to_tensor(self.style_bias), tf.float32)
        return tf.matmul(tf.cast(w, tf.float32), self.effective(self.style_kernel)) + bias

    def compute_output_shape(self, input_shape):
        """The shape of x."""
        return input_shape[0]

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "equalized": self.equalized}
