"""The two networks in the tables of the IE 534 report (Understanding CNNs and Generative Adversarial Networks).

Generator: latents (batch, n) to images (batch, height, width, channels) in [-1, 1]. Critic: such images to a score. The
report used PyTorch. Where its tables say nothing, PyTorch's defaults are used: biases everywhere, LeakyReLU 0.01,
BatchNorm with momentum 0.9 (in Keras's definition) and epsilon 1e-5, LayerNorm with a gain and a bias for each
activation, kernels (and the convolutions' biases) uniform within 1 / sqrt(inputs of a unit). The tables are for 32
pixels. Sizes of 25 to 128 pixels work with the same layers on maps of other sizes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import BatchNormalization, Dropout, LayerNormalization
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.sizes import halved, pixels, tanh_image


def _uniform(inputs: int) -> keras.initializers.Initializer:
    """Return PyTorch's default for a unit with this many inputs."""
    return keras.initializers.RandomUniform(-1 / math.sqrt(inputs), 1 / math.sqrt(inputs))


def _check_size(height: int, width: int) -> None:
    fits, expected = 25 <= min(height, width) <= max(height, width) <= 128, "images of 25 to 128 pixels"
    require(fits, f"{expected} for the IE 534 networks", pixels(height, width), "Set data.size to 32")


@dataclass
class IE534Generator(GeneratorNetwork):
    """A dense layer to 4x4 pixels, three transposed and five other convolutions; BatchNorm, ReLU; tanh at the end.

    | layer | kernel | stride | output |
    | --- | --- | --- | --- |
    | fc1 | | | 196 * 4 * 4 |
    | conv1 (transposed) | 4 | 2 | 8x8x196 |
    | conv2, conv3, conv4 | 3 | 1 | 8x8x196 |
    | conv5 (transposed) | 4 | 2 | 16x16x196 |
    | conv6 | 3 | 1 | 16x16x196 |
    | conv7 (transposed) | 4 | 2 | 32x32x196 |
    | conv8 | 3 | 1 | 32x32x3 |

    BatchNorm and ReLU follow every layer except conv8. fc1's BatchNorm comes after the reshape, so it has 196 channels.

    Args:
        width: channels of all layers: 196, or 128 for the report's faster version.
    """

    width: int = 196

    def check_image_size(self, height: int, width: int) -> None:
        _check_size(height, width)

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        height, width, channels = image_shape
        _check_size(height, width)
        start = halved(height, width, 3)
        weights = {"kernel_initializer": _uniform(x.shape[-1]), "bias_initializer": _uniform(x.shape[-1])}
        x = keras.layers.Dense(self.width * math.prod(start), name="fc1", **weights)(x)
        x = keras.layers.Reshape((*start, self.width))(x)
        for index in range(1, 9):
            x = keras.layers.ReLU()(normalize(x))
            doubles = index in (1, 5, 7)
            layer = keras.layers.Conv2DTranspose if doubles else keras.layers.Conv2D
            kernel = 4 if doubles else 3
            filters = channels if index == 8 else self.width
            # PyTorch computes the limit of a transposed convolution from its output channels. Here inputs and outputs
            # are equally many.
            weights = {name: _uniform(kernel * kernel * self.width) for name in weights}
            # With these strides 'same' means padding 1 on both sides.
            x = layer(filters, kernel, 2 if doubles else 1, padding="same", name=f"conv{index}", **weights)(x)
        return tanh_image(x, height, width)

    def normalization(self) -> keras.layers.Layer:
        # PyTorch's BatchNorm2d.
        return BatchNormalization(momentum=0.9, epsilon=1e-5)


@dataclass
class IE534Critic(CriticNetwork):
    """Eight 3x3 convolutions with LayerNorm and LeakyReLU, and a 4x4 max pool.

    | layer | stride | output |
    | --- | --- | --- |
    | conv1 | 1 | 32x32x196 |
    | conv2 | 2 | 16x16x196 |
    | conv3 | 1 | 16x16x196 |
    | conv4 | 2 | 8x8x196 |
    | conv5, conv6, conv7 | 1 | 8x8x196 |
    | conv8 | 2 | 4x4x196 |
    | pool | 4 | 1x1x196 |

    Then fc1 gives the score and, with `AuxiliaryClassifier` as conditioning, fc10 the classes. Padding is 1 on both
    sides even at stride 2, where TensorFlow's 'same' would pad only below and to the right. `layer` normalization, the
    report's, has a gain and a bias for each activation.

    Args:
        width: channels of all layers: 196, or 128 for the report's faster version.
        dropout: rate at which activations are dropped after each LeakyReLU, in training only.
    """

    normalization: Normalization = "layer"
    width: int = 196
    dropout: float = 0.0

    def check_image_size(self, height: int, width: int) -> None:
        _check_size(height, width)

    def body(self, x) -> tuple:
        _check_size(*x.shape[1:3])
        features = {}
        for index in range(1, 9):
            halves = index in (2, 4, 8)
            if halves:
                x = keras.layers.ZeroPadding2D(1)(x)
            options = {"strides": 2, "padding": "valid"} if halves else {"strides": 1, "padding": "same"}
            options |= {"kernel_size": 3, "bias_initializer": _uniform(9 * x.shape[-1]), "name": f"conv{index}"}
            x = self.weighted(keras.layers.Conv2D, self.width, **options)(x)
            x = features[f"conv{index}"] = keras.layers.LeakyReLU(0.01)(self.normalize(x))
            if self.dropout:
                x = Dropout(self.dropout)(x)
        # The pooling is in float32, because XLA has no second derivative of max pooling in other types.
        return keras.layers.MaxPooling2D(4, padding="same", dtype="float32", name="pool")(x), features

    def weighted(self, layer: type[keras.layers.Layer], *args, **kwargs) -> keras.layers.Layer:
        # The limit of VarianceScaling, sqrt(3 * scale / inputs), is PyTorch's default for a scale of 1/3.
        kernel = keras.initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")
        return super().weighted(layer, *args, **{"kernel_initializer": kernel, **kwargs})

    def normalize(self, x):
        if self.normalization == "layer":
            return LayerNormalization(gamma_constraint=self._clip(), beta_constraint=self._clip())(x)
        return super().normalize(x)
