"""Networks that grow while they train (Karras et al. 2018, arXiv:1710.10196, sections 2 and 3 and appendix A).

The weights of all stages exist from the start, because optimizers must know them, and images always have full size. A
stage works at 4, 8, 16... pixels. The generator enlarges a stage's images to full size by copying pixels, and the
critic reduces images of full size by means. The number of real images shown decides the stage and how far a new stage
is faded in. One graph has all stages in a `tf.switch_case`, and a step computes one of them.
"""

import functools
import math

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.equalized import EqualizedConv2D, EqualizedDense
from tfgan_course.layers.layer import Layer
from tfgan_course.layers.normalization import PixelNormalization
from tfgan_course.layers.resampling import NearestUpsampling
from tfgan_course.randomness import layers_draws


class Growing(Layer):
    """Base of the two halves of a growing GAN. It stores the number of real images shown, which decides the stage.

    In training this number comes from the step (`layers_draws`); otherwise the last stored number is used.

    Args:
        size: pixels of the complete network's images, 4 times a power of 2.
        widths: channels at 4, 8, 16... pixels, up to `size`.
        stable_images: real images shown to each complete stage.
        fade_images: real images shown while a stage fades in, before it is complete; the first stage does not fade in.
    """

    options: tuple[str, ...] = ("size", "widths", "stable_images", "fade_images")

    def __init__(self, size: int, widths: list[int], stable_images: int, fade_images: int, **kwargs):
        super().__init__(**kwargs)
        self.size, self.widths = size, [*widths]
        self.stable_images, self.fade_images = stable_images, fade_images
        self.last_stage = int(math.log2(size // 4))

    def build(self, input_shape):
        self.images_shown = self.add_weight(
            name="images_shown", shape=(), initializer="zeros", dtype="int64", trainable=False
        )
        super().build(input_shape)

    def stage(self, images_shown: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the stage, int32 from 0, and alpha, float32 from 0 to 1: how far the stage is faded in."""
        since_first = tf.cast(images_shown, tf.int64) - self.stable_images
        each = self.fade_images + self.stable_images
        stage = tf.where(since_first < 0, tf.constant(-1, tf.int64), since_first // each) + 1
        alpha = tf.cast(since_first % each, tf.float32) / self.fade_images if self.fade_images else 1.0
        whole = (stage == 0) | (stage > self.last_stage)
        return (tf.cast(tf.minimum(stage, self.last_stage), tf.int32), tf.where(whole, 1.0, tf.minimum(alpha, 1.0)))

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        if training:
            shown = layers_draws().images_shown
            self.images_shown.assign(shown)
        else:
            shown = tf.convert_to_tensor(self.images_shown)
        stage, alpha = self.stage(shown)
        alpha = tf.cast(alpha, inputs.dtype)
        stages = range(self.last_stage + 1)
        return tf.switch_case(stage, [functools.partial(self.at, number, alpha, inputs) for number in stages])

    def keep(self, *layers: keras.layers.Layer) -> None:
        """Make the layers known to checkpoints, which with Keras 3 do not look into lists."""
        for number, layer in enumerate(layers):
            setattr(self, f"layer_{number}", layer)

    def at(self, stage: int, alpha: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError


@keras.utils.register_keras_serializable(package="tfgan_course")
class GrowingGenerator(Growing):
    """ProGAN's generator: (batch, n) to images (batch, size, size, colors).

    The first stage is a dense layer to 4x4 and a 3x3 convolution, each other stage a doubling and two 3x3 convolutions;
    LeakyReLU 0.2 and pixel normalization follow each layer. 1x1 convolutions make the images. While a stage fades in,
    the image is (1 - alpha) times the image of the stage before plus alpha times its own.

    Args:
        colors: channels of the images.
        **kwargs: the arguments of `Growing`.
    """

    options: tuple[str, ...] = ("colors",)

    def __init__(self, colors: int, **kwargs):
        super().__init__(**kwargs)
        self.colors = colors
        self.first: list[keras.layers.Layer] = [
            EqualizedDense(16 * self.widths[0]),
            EqualizedConv2D(self.widths[0], 3, padding="same"),
        ]
        self.others = [[EqualizedConv2D(width, 3, padding="same") for _ in range(2)] for width in self.widths[1:]]
        self.to_colors = [EqualizedConv2D(colors, 1, gain=1.0) for _ in self.widths]
        self.keep(*self.first, *(layer for layers in self.others for layer in layers), *self.to_colors)
        self.up, self.normalize = NearestUpsampling(), PixelNormalization()

    def build(self, input_shape):
        self.first[0].build(input_shape)
        self.first[1].build((None, 4, 4, self.widths[0]))
        for stage, (before, width) in enumerate(zip(self.widths, self.widths[1:], strict=False), 1):
            for layer, channels in zip(self.others[stage - 1], (before, width), strict=True):
                layer.build((None, 4 * 2**stage, 4 * 2**stage, channels))
        for stage, width in enumerate(self.widths):
            self.to_colors[stage].build((None, 4 * 2**stage, 4 * 2**stage, width))
        super().build(input_shape)

    def at(self, stage: int, alpha: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        x = self._activated(tf.reshape(self.first[0](inputs), [-1, 4, 4, self.widths[0]]))
        x = before = self._activated(self.first[1](x))
        for layers in self.others[:stage]:
            before, x = x, self.up(x)
            for layer in layers:
                x = self._activated(layer(x))
        images = self.to_colors[stage](x)
        if stage:
            images = (1.0 - alpha) * self.up(self.to_colors[stage - 1](before)) + alpha * images
        for _ in range(self.last_stage - stage):
            images = self.up(images)
        return images

    def _activated(self, x: tf.Tensor) -> tf.Tensor:
        return self.normalize(tf.nn.leaky_relu(x, 0.2))

    def logs(self) -> dict[str, tf.Tensor]:
        """Return the figures to log: the pixels of the current stage's images, and alpha."""
        stage, alpha = self.stage(tf.convert_to_tensor(self.images_shown))
        return {"resolution": 4.0 * 2.0 ** tf.cast(stage, tf.float32), "fade_alpha": alpha}

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size, self.size, self.colors)


@keras.utils.register_keras_serializable(package="tfgan_course")
class GrowingCritic(Growing):
    """ProGAN's critic: images (batch, size, size, colors) to activations (batch, 4, 4, widths[0]).

    The mirror image of the generator's stages: a 1x1 convolution of the colors, two 3x3 convolutions and a mean of each
    2x2 pixels for each halving, LeakyReLU 0.2 everywhere. While a stage fades in, the output of its first block gets
    the weight alpha, and the output of the stage before for the halved image gets 1 - alpha. In the same way, the image
    is mixed with its halved and enlarged copy, so that real images are as blurred as generated ones.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.of_colors = [EqualizedConv2D(width, 1) for width in self.widths]
        self.blocks = [
            [EqualizedConv2D(width, 3, padding="same"), EqualizedConv2D(before, 3, padding="same")]
            for before, width in zip(self.widths, self.widths[1:], strict=False)
        ]
        self.keep(*self.of_colors, *(layer for block in self.blocks for layer in block))
        self.up = NearestUpsampling()

    def build(self, input_shape):
        for stage, width in enumerate(self.widths):
            size = 4 * 2**stage
            self.of_colors[stage].build((None, size, size, input_shape[-1]))
            for layer in self.blocks[stage - 1] if stage else []:
                layer.build((None, size, size, width))
        super().build(input_shape)

    def at(self, stage: int, alpha: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        images = inputs
        for _ in range(self.last_stage - stage):
            images = halved(images)
        if stage:
            smaller = halved(images)
            images = (1.0 - alpha) * self.up(smaller) + alpha * images
        x = tf.nn.leaky_relu(self.of_colors[stage](images), 0.2)
        for number in range(stage, 0, -1):
            for layer in self.blocks[number - 1]:
                x = tf.nn.leaky_relu(layer(x), 0.2)
            x = halved(x)
            if number == stage:
                x = (1.0 - alpha) * tf.nn.leaky_relu(self.of_colors[stage - 1](smaller), 0.2) + alpha * x
        return x

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 4, 4, self.widths[0])


def halved(images: tf.Tensor) -> tf.Tensor:
    """Return the mean of each 2x2 pixels."""
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
