"""Base classes of architectures: small descriptions that build a Keras model when the images are known."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import OtherLatents, Styles
from tfgan_course.models.batch_statistics import BatchStatistics
from tfgan_course.models.conditioning import CriticConditioning, GeneratorConditioning
from tfgan_course.models.critic_layers import CriticLayers, batch_normalization
from tfgan_course.models.mapping import Mapping
from tfgan_course.models.sizes import check_sizes


@dataclass
class GeneratorNetwork(ABC):
    """Base class of all generator architectures. A new one is a dataclass and a subclass with `body`.

    The fields `width`, `widest`, `depth` and `dropout` of a subclass are checked: at least 1, and `dropout` in [0, 1).

    Args:
        mapping: a network from the latents to a learned space w, before this network; see `StyleSpace`. None: no w
            space.
        style_mixing: probability that an image in training gets two w: one w up to a random layer and another w after
            it. Only for networks that have a style for each layer.
    """

    mapping: Mapping | None = field(default=None, kw_only=True)
    style_mixing: float = field(default=0.0, kw_only=True)

    def __post_init__(self):
        check_sizes(self)
        expected = "a probability style_mixing from 0 to 1"
        require(0 <= self.style_mixing <= 1, expected, self.style_mixing, "Set style_mixing to 0.9, for example")

    def build(
        self,
        image_shape: tuple[int, int, int],
        latent_size: int,
        conditioning: GeneratorConditioning | None = None,
        classes: int | None = None,
        condition_shape: tuple[int, int, int] | None = None,
    ) -> keras.Model:
        """Return a Keras model from latents, float32 (batch, latent_size), to images.

        Images are float32 (batch, height, width, channels) in [-1, 1]. With `mapping` the model has two models as
        layers, `mapping` and `synthesis`: see `StyleSpace`. To load a saved model with `keras.models.load_model`,
        import `tfgan_course.layers` first: it registers the layers that Keras does not have.

        Args:
            image_shape: (height, width, channels).
            latent_size: numbers in a latent vector.
            conditioning: how labels enter; with a conditioning the model takes [latents, labels], labels int32
                (batch,).
            classes: number of classes, for `conditioning`.
            condition_shape: (height, width, channels) of the condition, for an `ImageToImageGenerator`.

        Raises:
            UserError: if the network cannot make such images, or does not use the labels or the condition.
        """
        require(
            condition_shape is None,
            "a generator that takes a condition, since data.condition gives one with each image",
            f"{type(self).__name__}, a generator of latents",
            "Leave data.condition out, or use a subclass of ImageToImageGenerator",
        )
        latents = keras.Input((latent_size,), name="latents")
        labels = None if conditioning is None else keras.Input((), dtype="int32", name="labels")
        inputs = latents if conditioning is None else [latents, labels]
        x = latents if conditioning is None else conditioning.latents(latents, labels, classes)
        uses_labels = x is not latents

        def normalize(x):
            nonlocal uses_labels
            if conditioning is None or self.mapping is not None:
                return self.normalization()(x)
            uses_labels = True
            return conditioning.normalize(x, labels, classes, self.normalization())

        layers = 1 if self.mapping is None else self.style_layers(image_shape)
        require(
            layers > 1 or not self.style_mixing,
            "a generator with a mapping network and a style for each layer, for style_mixing",
            type(self).__name__,
            "Set style_mixing to 0",
        )
        if self.mapping is None:
            images = self.body(x, image_shape, normalize)
        else:
            images = self._mapped(inputs, x, layers, image_shape, normalize)
        place = "normalization" if self.mapping is None else "normalization outside the mapping network"
        require(
            labels is None or uses_labels,
            f"a generator with a {place} that takes the labels",
            f"{type(conditioning).__name__} for {type(self).__name__}",
            "Use ConcatenatedEmbedding",
        )
        return self._model(inputs, images, image_shape)

    def _model(self, inputs, images, image_shape: tuple[int, int, int]) -> keras.Model:
        """Return the Keras model of these tensors; refuse images of another shape."""
        received = getattr(images, "shape", type(images).__name__)
        expected = f"a body of {type(self).__name__} that returns images {image_shape}"
        require(received == (None, *image_shape), expected, received, "End it with image_shape[2] channels and tanh")
        return keras.Model(inputs, images, name="generator")

    def _mapped(self, inputs, x, layers: int, image_shape: tuple[int, int, int], normalize: Callable):
        """Return images from the model `mapping`, a layer that gives each layer its w, and the model `synthesis`."""
        mapping = self.mapping.build(inputs, x)
        styles = keras.Input((layers, self.mapping.size), name="styles")
        synthesis = keras.Model(styles, self.synthesis(styles, image_shape, normalize), name="synthesis")
        w = mapping(inputs)
        if self.style_mixing:
            latents, labels = inputs if isinstance(inputs, list) else (inputs, None)
            others = OtherLatents()(latents)
            w = [w, mapping(others if labels is None else [others, labels])]
        return synthesis(Styles(layers, self.style_mixing, name="styles")(w))

    def check_image_size(self, height: int, width: int) -> None:  # noqa: B027 (most networks can make any size)
        """Raise a `UserError` if the network cannot make images of this size. The base class raises none."""

    def style_layers(self, image_shape: tuple[int, int, int]) -> int:
        """Return how many layers get their own w from a mapping network. With 1, w is the network's input."""
        return 1

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        """Return float32 images from w, Keras tensors (batch, style_layers, size): the network after the mapping."""
        return self.body(keras.layers.Reshape((styles.shape[-1],))(styles), image_shape, normalize)

    @abstractmethod
    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        """Return float32 images from Keras tensors (batch, n). `normalize` normalizes hidden activations."""

    def normalization(self) -> keras.layers.Layer:
        """Return a new layer of the generator's normalization."""
        return batch_normalization()


@dataclass
class CriticNetwork(CriticLayers, ABC):
    """Base class of all critic architectures. A new one is a dataclass and a subclass with `body`.

    The fields `width`, `widest`, `depth` and `dropout` of a subclass are checked: at least 1, and `dropout` in [0, 1).

    Args:
        batch_statistics: numbers appended to the last activations that tell how similar the images of a batch are.
        takes_condition: judge the image together with its condition, whose channels are appended to those of the image
            (Isola et al. 2017, arXiv:1611.07004, eq. 1). A smaller condition is enlarged by copying its pixels.
    """

    batch_statistics: BatchStatistics | None = None
    takes_condition: bool = field(default=False, kw_only=True)

    def build(
        self,
        image_shape: tuple[int, int, int],
        conditioning: CriticConditioning | None = None,
        classes: int | None = None,
        condition_shape: tuple[int, int, int] | None = None,
    ) -> keras.Model:
        """Return a Keras model from float32 images in [-1, 1] to a dictionary with `score` and `features` (by name).

        Args:
            image_shape: (height, width, channels).
            conditioning: how labels enter. If it takes labels, the model takes [images, labels]. If it predicts labels,
                the dictionary has `class_logits` (batch, classes).
            classes: number of classes, for `conditioning`.
            condition_shape: (height, width, channels) of the condition; with `takes_condition` the model takes it too.

        Raises:
            UserError: if the network cannot judge such images.
        """
        images = keras.Input(image_shape, name="images")
        conditioning, conditional = conditioning or CriticConditioning(), conditioning is not None
        takes_labels = conditional and conditioning.takes_labels
        labels = keras.Input((), dtype="int32", name="labels") if takes_labels else None
        condition = self._condition(image_shape, condition_shape) if self.takes_condition else None
        judged = (
            images if condition is None else keras.layers.Concatenate()([images, _enlarged(condition, image_shape)])
        )
        body = self.body(conditioning.images(judged, labels, classes, self))
        require(
            isinstance(body, tuple) and len(body) == 2 and isinstance(body[1], dict),
            f"a body of {type(self).__name__} that returns (activations, features), features a dictionary",
            type(body).__name__,
            "End it with `return x, {'conv1': ...}`, or `return x, {}`",
        )
        x, features = body
        require(
            x.shape[-1] != 1,
            f"a body of {type(self).__name__} that ends in activations, since the score's layer is added to it",
            f"activations of shape {tuple(x.shape)}, like a score",
            "Leave out the body's last layer, or make it wider than 1",
        )
        if self.batch_statistics is not None:
            x = self.batch_statistics.join(x, self)
        x = self.top(x, features)
        heads = self.heads(x, labels, classes, conditioning)
        output = {name: keras.layers.Activation("linear", dtype="float32")(head) for name, head in heads.items()}
        inputs = [tensor for tensor in (images, labels, condition) if tensor is not None]
        inputs = inputs if len(inputs) > 1 else images
        return keras.Model(inputs, {**output, "features": features}, name="critic")

    def check_image_size(self, height: int, width: int) -> None:
        """Raise a `UserError` if the network cannot judge images of this size. The base class raises none."""

    def _condition(self, image_shape: tuple[int, int, int], condition_shape: tuple[int, int, int] | None):
        """Return the critic's input for a condition whose size divides the size of the images."""
        size, given = image_shape[:2], "none" if condition_shape is None else condition_shape
        fits = condition_shape and size[0] % condition_shape[0] == size[1] % condition_shape[1] == 0
        expected = f"a condition whose size divides {size[0]} x {size[1]}, for a critic with takes_condition"
        require(fits, expected, given, "Set takes_condition to false, or give each image a condition: data.condition")
        return keras.Input(condition_shape, name="condition")

    @abstractmethod
    def body(self, x) -> tuple:
        """Return (last activations, features by layer name) for images. All are Keras tensors.

        The activations must not be the score: `build` adds the layers of the score, or of the class.
        """

    def top(self, x, features: dict):
        """Return the last activations after the batch statistics. The base class changes nothing."""
        return x

    def heads(self, x, labels, classes: int | None, conditioning: CriticConditioning) -> dict:
        """Return `score`, and `class_logits` if any, from the last activations. The base class scores whole images."""
        return conditioning.heads(keras.layers.Flatten()(x), labels, classes, self)


def _enlarged(condition, image_shape: tuple[int, int, int]):
    """Return a condition, a Keras tensor, in the size of the images; its pixels are copied."""
    factors = image_shape[0] // condition.shape[1], image_shape[1] // condition.shape[2]
    return condition if factors == (1, 1) else keras.layers.UpSampling2D(factors)(condition)
