# ruff: noqa: F401 (the public names of the room)
from tfgan_course.layers.batch_normalization import BatchNormalization
from tfgan_course.layers.classes import LogSumExp, OneHot
from tfgan_course.layers.clip import Clip
from tfgan_course.layers.conditional_batch_normalization import ConditionalBatchNormalization
from tfgan_course.layers.dropout import Dropout
from tfgan_course.layers.equalized import EqualizedConv2D, EqualizedDense
from tfgan_course.layers.feature import Feature, features_of
from tfgan_course.layers.grouped_convolution import GroupedConv2D
from tfgan_course.layers.growing import GrowingCritic, GrowingGenerator
from tfgan_course.layers.minibatch import MinibatchSimilarity, MinibatchStandardDeviation
from tfgan_course.layers.modulated_convolution import ModulatedConv2D, ModulatedConv2DTranspose
from tfgan_course.layers.moving_average import MovingAverage
from tfgan_course.layers.normalization import GroupNormalization, LayerNormalization, PixelNormalization
from tfgan_course.layers.reflection import ReflectionPadding
from tfgan_course.layers.resampling import Blur, BlurDownsampling, BlurUpsampling, NearestUpsampling, SubPixel
from tfgan_course.layers.self_attention import Attention, GatedSum, self_attention
from tfgan_course.layers.spectral_normalization import SpectralNormalization, spectrally_normalized_kernel
from tfgan_course.layers.style import AdaIN, Bias, ConstantInput, NoiseInjection
from tfgan_course.layers.style_mixing import OtherLatents, Styles
