"""Show the critic how similar the images of a batch are.

A critic that judges each image alone cannot tell a generator that always makes the same good image from a good
generator. A critic with batch statistics can, and a collapsed generator gets a larger loss. Real and generated images
are then judged in separate batches.
"""

from abc import ABC, abstractmethod

from tensorflow import keras

from tfgan_course.errors import require_at_least
from tfgan_course.layers import MinibatchSimilarity
from tfgan_course.layers import MinibatchStandardDeviation as StandardDeviation
from tfgan_course.models.critic_layers import CriticLayers


class BatchStatistics(ABC):
    """Base class of statistics of a batch that the critic sees. A new one is a subclass with `join`."""

    @abstractmethod
    def join(self, x, critic: CriticLayers):
        """Return the critic's last activations with the statistics appended.

        Args:
            x: the activations, a Keras tensor (batch, height, width, channels) or (batch, n).
            critic: its method `weighted` makes layers with weights.
        """


class MinibatchDiscrimination(BatchStatistics):
    """Learned similarities to the other images of the batch (Salimans et al. 2016, arXiv:1606.03498, section 3.2).

    A learned tensor T maps the A activations f(x_i) of an image to a matrix M_i with `kernels` rows of `size` numbers.
    The outputs o(x_i)_b = sum_j exp(-||M_ib - M_jb||_1) are appended to f(x_i), see `MinibatchSimilarity`. T is a dense
    layer without bias, clipped and spectrally normalized like the critic's other layers.

    Args:
        kernels: the paper's B; its authors' code has 100.
        size: the paper's C; its authors' code has 5.
    """

    def __init__(self, kernels: int = 100, size: int = 5):
        require_at_least(1, kernels=kernels, size=size)
        self.kernels, self.size = kernels, size

    def join(self, x, critic: CriticLayers):
        x = keras.layers.Flatten()(x)
        projected = critic.weighted(keras.layers.Dense, self.kernels * self.size, use_bias=False)(x)
        return keras.layers.Concatenate()([x, MinibatchSimilarity(self.kernels, self.size)(projected)])


class MinibatchStandardDeviation(BatchStatistics):
    """One number: how much the images of a group differ (Karras et al. 2018, arXiv:1710.10196, section 3).

    It is cheap and has no weights. It is appended to maps as one more channel and to vectors as one more entry; see the
    layer of the same name.

    Args:
        group_size: images in a group; if it does not divide the batch, some groups are larger.
    """

    def __init__(self, group_size: int = 4):
        require_at_least(2, group_size=group_size)
        self.group_size = group_size

    def join(self, x, critic: CriticLayers):
        return StandardDeviation(self.group_size)(x)
