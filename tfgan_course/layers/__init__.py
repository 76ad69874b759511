from tfgan_course.layers.batch_normalization import BatchNormalization
from tfgan_course.layers.clip import Clip
from tfgan_course.layers.group_normalization import GroupNormalization
from tfgan_course.layers.spectral_normalization import SpectralNormalization, spectrally_normalized_kernel

__all__ = [
    "BatchNormalization",
    "Clip",
    "GroupNormalization",
    "SpectralNormalization",
    "spectrally_normalized_kernel",
]
