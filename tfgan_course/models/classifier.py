"""A small network that learns to tell classes in minutes on a laptop, as the judge of generated images."""

from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.dcgan import halvings
from tfgan_course.models.network import CriticNetwork, check_positive


@dataclass
class FastClassifier(CriticNetwork):
    """Two 3x3 convolutions for each halving of the image, the second around a shortcut; then the mean over all places.

    The halving stands between convolution and normalization, so that nothing but a convolution works on the full-size
    image (as in Page 2018, "How to train your ResNet", whose network this is in small). It is a classifier first:
    as a GAN's critic it has nothing over the others.

    Args:
        width: channels of the first layer; each halving of the size doubles them.
        depth: halvings; until 3.5 to 7 pixels are left unless given.
    """

    normalization: Normalization = "batch"
    width: int = 32
    depth: int | None = None

    def __post_init__(self):
        super().__post_init__()
        check_positive(width=self.width, depth=self.depth)

    def body(self, x) -> tuple:
        """See `CriticNetwork.body`."""
        features = {}
        for level in range(halvings(x.shape[1], self.depth)):
            width = self.width * 2**level
            x = keras.layers.MaxPooling2D(2, padding="same")(self._convolution(width)(x))
            x = features[f"half{level + 1}"] = self._activation(x)
            x = keras.layers.Add()([x, self._activation(self._convolution(width)(x))])
            features[f"block{level + 1}"] = x
        x = keras.layers.GlobalAveragePooling2D()(x)
        features["mean"] = x
        return x, features

    def _activation(self, x):
        return keras.layers.ReLU()(self.normalize(x))

    def _convolution(self, width: int) -> keras.layers.Layer:
        options = {"padding": "same", "kernel_initializer": keras.initializers.HeNormal()}
        return self.weighted(keras.layers.Conv2D, width, kernel_size=3, use_bias=not self.mixes_images, **options)
