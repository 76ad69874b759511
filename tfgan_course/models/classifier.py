"""A small classifier that trains in minutes on a laptop, to judge generated images.

Input: float32 images in [-1, 1], (batch, height, width, channels). Output: see `CriticNetwork.build`.
"""

from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork
from tfgan_course.models.sizes import halvings


@dataclass
class FastClassifier(CriticNetwork):
    """Two 3x3 convolutions for each halving of the image, the second with a shortcut; then the mean over all places.

    The halving stands between convolution and normalization, so that only one convolution works on the full-size image
    (as in Page 2018, "How to train your ResNet"; this is a small version of that network). It is made to classify: as
    the critic of a GAN it has no advantage over the others.

    Args:
        width: channels of the first layer; each halving of the size doubles them.
        depth: number of halvings. Default: until 3.5 to 7 pixels are left.
    """

    normalization: Normalization = "batch"
    width: int = 32
    depth: int | None = None

    def check_image_size(self, height: int, width: int) -> None:
        halvings(height, width, self.depth)

    def body(self, x) -> tuple:
        features = {}
        for level in range(halvings(x.shape[1], x.shape[2], self.depth)):
            width = self.width * 2**level
            x = keras.layers.MaxPooling2D(2, padding="same")(self._convolution(width)(x))
            x = features[f"half{level + 1}"] = self._activation(x)
            x = keras.layers.Add()([x, self._activation(self._convolution(width)(x))])
            features[f"block{level + 1}"] = x
        x = features["mean"] = keras.layers.GlobalAveragePooling2D()(x)
        return x, features

    def _activation(self, x):
        return keras.layers.ReLU()(self.normalize(x))

    def _convolution(self, width: int) -> keras.layers.Layer:
        options = {"padding": "same", "kernel_initializer": keras.initializers.HeNormal()}
        return self.weighted(keras.layers.Conv2D, width, kernel_size=3, use_bias=not self.mixes_images, **options)
