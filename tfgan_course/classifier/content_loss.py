"""SRGAN's content loss, on features of any Keras model.

It is in this room, and not among the other terms, because it can read the run of a classifier.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow import keras

from tfgan_course.classifier.run import ClassifierRun, is_classifier
from tfgan_course.errors import UserError, first_line, require
from tfgan_course.files import shown
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms import Term
from tfgan_course.objectives.terms.condition import require_condition
from tfgan_course.plugins.by_name import imported
from tfgan_course.runs.build import policy_kept
from tfgan_course.schedules import Number


class ContentLoss(Term):
    """Brings features of a generated image close to those of the real image of the same condition (a generator's term).

    Ledig et al. 2017 (SRGAN), arXiv:1609.04802, eq. 4 and 5: E (f(y) - f(G(x)))^2, the mean over all activations. With
    `pixels` f is the image itself: the mean squared error, the loss of SRResNet and of the paper's SRGAN-MSE.

    Args:
        weight: factor of the term. For vgg19 the paper has 0.006, which is 1 / 12.75^2.
        features: f: pixels; vgg19, Keras's VGG19 with ImageNet's weights; a classifier's run; a .keras or .h5 file; or
            the dotted path of a Keras model, or of a function without arguments that returns one. The model takes
            images in [-1, 1]; it is not trained.
        layer: the layer whose output is f. Default: the last one; for vgg19 block5_conv4 (the paper's VGG54).
    """

    only_for = "generator"

    def __init__(self, weight: Number = 1.0, features: str = "pixels", layer: str | None = None):
        super().__init__(weight)
        self.features, self.layer = features, layer
        pixels = features == "pixels" and layer is not None
        require(not pixels, "no layer for the features pixels", layer, "Leave layer out, or choose other features")

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        require_condition(self, gan)
        self._shape = gan.generator.output_shape[1:]
        # A function, since a model in an attribute would be saved as a part of the term.
        self._of: Callable[[tf.Tensor], tf.Tensor] | None = tf.identity if self.features == "pixels" else None

    def begin(self) -> None:
        """Read the network of the features."""
        if self._of is not None:
            return
        # Features are float32, whatever the precision of the training is.
        with policy_kept():
            keras.mixed_precision.set_global_policy("float32")
            network = _network(self.features)
            model = keras.Model(network.input, network.chosen(self.layer))
        model.trainable = False
        self.checksum = reduce(lambda before, weight: zlib.crc32(weight.tobytes(), before), model.get_weights(), 0)
        shape, taken = self._shape, tuple(network.input.shape[1:])
        repeats = 3 if (taken[-1], shape[-1]) == (3, 1) else 1
        fits = all(size in (None, own) for size, own in zip(taken, (*shape[:2], repeats * shape[-1]), strict=True))
        expected = f"for ContentLoss features of images of shape {shape}"
        require(fits, expected, f"{self.features}, for {taken}", "Use features for images of this size")
        self._of = lambda images: model(network.prepare(tf.repeat(images, repeats, axis=-1)), training=False)

    def __call__(self, pair: Pair) -> tf.Tensor:
        with tf.init_scope():
            self.begin()  # for a term that is called without a training
        real, fake = self._of(pair.real.images), self._of(pair.fake.images)
        return tf.reduce_mean(tf.square(tf.stop_gradient(real) - fake))


@dataclass
class _Network:
    """A network with the outputs of its layers by name, and the function that prepares images in [-1, 1] for it."""

    input: Any
    layers: dict[str, Any]
    default: str
    prepare: Callable[[tf.Tensor], tf.Tensor] = tf.identity

    def chosen(self, layer: str | None):
        """Return the output of the layer that a user named."""
        name = layer or self.default
        expected = f"for ContentLoss's layer one of {', '.join(self.layers)}"
        require(name in self.layers, expected, repr(name), "Choose one of them")
        return self.layers[name]


def _network(features: str) -> _Network:
    if features == "vgg19":
        return _vgg19()
    path = Path(features).expanduser()
    if path.is_dir() and is_classifier(path):
        model = ClassifierRun(path).load()
        layers = model.output["features"]
        return _Network(model.inputs[0], layers, [*layers][-1])
    if path.exists():
        try:
            model = keras.models.load_model(path, compile=False)
        except Exception as error:  # Keras raises nearly anything for a file that it cannot read.
            expected, remedy = f"a classifier's run or a Keras file in {shown(path)}", "Check the path"
            raise UserError(expected=expected, received=first_line(error), remedy=remedy) from error
    else:
        found = imported(features)
        model = found() if callable(found) and not isinstance(found, keras.Model) else found
    expected = "for ContentLoss's features pixels, vgg19, a classifier's run, a Keras file, or a model's dotted path"
    require(isinstance(model, keras.Model), expected, repr(features), "Check the path")
    single = len(model.inputs) == 1 and len(model.inputs[0].shape) == 4
    expected = f"in {features} a model whose only input is (batch, height, width, channels)"
    received = ", ".join(str(tuple(tensor.shape)) for tensor in model.inputs)
    require(single, expected, received, "Use a model of images")
    layers = {layer.name: layer.output for layer in model.layers if hasattr(layer.output, "shape")}
    return _Network(model.inputs[0], layers, [*layers][-1])


def _vgg19() -> _Network:
    try:
        model = keras.applications.VGG19(include_top=False, weights="imagenet")
    except Exception as error:  # from urllib, h5py, or Keras for a damaged file
        raise UserError(
            expected="VGG19's weights on disk, or a network to download them",
            received=first_line(error),
            remedy="Put vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5 into ~/.keras/models, or use a classifier's "
            "run as features",
        ) from error
    layers = {layer.name: layer.output for layer in model.layers}
    prepare = keras.applications.vgg19.preprocess_input  # it takes [0, 255]
    return _Network(model.inputs[0], layers, "block5_conv4", lambda images: prepare((images + 1.0) * 127.5))
