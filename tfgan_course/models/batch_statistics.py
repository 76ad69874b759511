"""Letting the critic see how alike the images of a batch are.

A critic that judges each image by itself cannot tell a generator that always makes one good image from a good
generator. With one of these it can, and collapse costs the generator something. Real and generated images are then
judged in batches of their own.
"""

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import MinibatchSimilarity
from tfgan_course.layers import MinibatchStandardDeviation as StandardDeviation
from tfgan_course.models.critic_layers import CriticLayers


class BatchStatistics:
    """Base of what a critic can be shown of the rest of a batch. A new one is a subclass with `join`."""

    def join(self, x, critic: CriticLayers):
        """The critic's last activations, (batch, height, width, channels) or (batch, n), with the statistics joined."""
        raise NotImplementedError


class MinibatchDiscrimination(BatchStatistics):
    """Learned similarities to the batch's other images (Salimans et al. 2016, arXiv:1606.03498, section 3.2).

    A learned tensor T maps the A activations f(x_i) of an image to a matrix M_i of `kernels` rows, `size` numbers
    each; o(x_i)_b = sum_j exp(-||M_ib - M_jb||_1) joins f(x_i), see `MinibatchSimilarity`. T is a dense layer without
    bias, clipped and spectrally normalized as the critic's others.

    Args:
        kernels: the paper's B; its authors' code has 100.
        size: the paper's C; its authors' code has 5.
    """

    def __init__(self, kernels: int = 100, size: int = 5):
        if kernels < 1 or size < 1:
            raise UserError(f"MinibatchDiscrimination needs kernels and size of at least 1; got {kernels} and {size}")
        self.kernels, self.size = kernels, size

    def join(self, x, critic: CriticLayers):
        """(batch, A + kernels)."""
        x = keras.layers.Flatten()(x)
        projected = critic.weighted(keras.layers.Dense, self.kernels * self.size, use_bias=False)(x)
        return keras.layers.Concatenate()([x, MinibatchSimilarity(self.kernels, self.size)(projected)])


class MinibatchStandardDeviation(BatchStatistics):
    """One number, how much the images of a group differ (Karras et al. 2018, arXiv:1710.10196, section 3).

    Nothing to learn, and cheap. A further channel of maps, a further entry of vectors; see the layer of this name.

    Args:
        group_size: images in a group; a batch that it does not divide has larger groups.
    """

    def __init__(self, group_size: int = 4):
        if group_size < 2:
            raise UserError(f"MinibatchStandardDeviation's group_size must be at least 2; got {group_size}")
        self.group_size = group_size

    def join(self, x, critic: CriticLayers):
        """One channel or entry more."""
        return StandardDeviation(self.group_size)(x)
