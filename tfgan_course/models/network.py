"""What an architecture is: a description, typed and cheap, that builds a Keras model once the images are known."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import OtherLatents, Styles
from tfgan_course.models.batch_statistics import BatchStatistics
from tfgan_course.models.conditioning import CriticConditioning, GeneratorConditioning
from tfgan_course.models.critic_layers import CriticLayers, batch_normalization
from tfgan_course.models.mapping import Mapping


@dataclass
class GeneratorNetwork(ABC):
    """Base of all generator architectures. A new one is a dataclass, a subclass of this, with `body`.

    Args:
        mapping: a network from the latents to a learned space w, in front of this one; see `StyleSpace`. None has none.
        style_mixing: probability with which an image in training gets two w, one up to a layer drawn at random and the
            other from there on. For networks that have a style for each layer.
    """

    mapping: Mapping | None = field(default=None, kw_only=True)
    style_mixing: float = field(default=0.0, kw_only=True)

    def build(
        self,
        image_shape: tuple[int, int, int],
        latent_size: int,
        conditioning: GeneratorConditioning | None = None,
        classes: int | None = None,
    ) -> keras.Model:
        """A Keras model from float32 (batch, latent_size) to float32 [-1, 1] (batch, height, width, channels).

        With `mapping` it has two models as layers, `mapping` and `synthesis`: see `StyleSpace`.

        Args:
            image_shape: (height, width, channels).
            latent_size: numbers in a latent vector.
            conditioning: how labels come in. With one the model takes [latents, labels], labels int32 (batch,).
            classes: how many there are, for `conditioning`.
        """
        latents = keras.Input((latent_size,), name="latents")
        labels = None if conditioning is None else keras.Input((), dtype="int32", name="labels")
        inputs = latents if conditioning is None else [latents, labels]
        told = latents if conditioning is None else conditioning.latents(latents, labels, classes)
        told_in_normalization = False

        def normalize(x):
            nonlocal told_in_normalization
            if conditioning is None or self.mapping is not None:
                return self.normalization()(x)
            normalized = conditioning.normalize(x, labels, classes, self.normalization())
            told_in_normalization = True
            return normalized

        if self.mapping is None:
            self._refuse_style_mixing(1)
            images = self.body(told, image_shape, normalize)
        else:
            images = self._mapped(inputs, told, image_shape, normalize)
        if labels is not None and told is latents and not told_in_normalization:
            where = "which has no normalization" if self.mapping is None else "whose mapping network takes the labels"
            raise UserError(
                f"{type(conditioning).__name__} has nowhere to go in {type(self).__name__}, {where}. "
                "Use ConcatenatedEmbedding"
            )
        if getattr(images, "shape", None) != (None, *image_shape):
            received = str(getattr(images, "shape", type(images).__name__))
            expected = f"a body of {type(self).__name__} that returns images {image_shape}"
            raise UserError(expected=expected, received=received, remedy="End it with image_shape[2] channels and tanh")
        return keras.Model(inputs, images, name="generator")

    def _mapped(self, inputs, told, image_shape: tuple[int, int, int], normalize: Callable):
        """Mapping, a w for each layer, synthesis."""
        mapping = self.mapping.build(inputs, told)
        layers = self.style_layers(image_shape)
        self._refuse_style_mixing(layers)
        styles = keras.Input((layers, self.mapping.size), name="styles")
        synthesis = keras.Model(styles, self.synthesis(styles, image_shape, normalize), name="synthesis")
        w = mapping(inputs)
        if self.style_mixing:
            latents, labels = inputs if isinstance(inputs, list) else (inputs, None)
            others = OtherLatents()(latents)
            w = [w, mapping(others if labels is None else [others, labels])]
        return synthesis(Styles(layers, self.style_mixing, name="styles")(w))

    def _refuse_style_mixing(self, layers: int) -> None:
        if not 0 <= self.style_mixing <= 1:
            raise UserError(f"style_mixing is a probability, 0 to 1; got {self.style_mixing}")
        if self.style_mixing and layers < 2:
            needed = "a generator with a mapping network and a style for each layer"
            raise UserError(f"style_mixing needs {needed}, which this {type(self).__name__} is not: write 0")

    def style_layers(self, image_shape: tuple[int, int, int]) -> int:
        """How many layers take a w of their own behind a mapping network; 1: the network's input is w."""
        return 1

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        """What stands behind a mapping network: Keras tensors (batch, style_layers, size) to float32 images."""
        return self.body(keras.layers.Reshape((styles.shape[-1],))(styles), image_shape, normalize)

    @abstractmethod
    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        """The network: Keras tensors (batch, n) to float32 images. `normalize` normalizes hidden activations."""

    def normalization(self) -> keras.layers.Layer:
        """A new layer of the generator's normalization."""
        return batch_normalization()


@dataclass
class CriticNetwork(CriticLayers, ABC):
    """Base of all critic architectures. A new one is a dataclass, a subclass of this, with `body`.

    Args:
        batch_statistics: what joins the last activations to tell how alike the images of a batch are.
    """

    batch_statistics: BatchStatistics | None = None

    def build(
        self,
        image_shape: tuple[int, int, int],
        conditioning: CriticConditioning | None = None,
        classes: int | None = None,
    ) -> keras.Model:
        """A Keras model from float32 [-1, 1] images to a dictionary with `score` and `features` (by layer name).

        Args:
            image_shape: (height, width, channels).
            conditioning: how labels come in. With one that takes labels the model takes [images, labels]; with one that
                tells them its dictionary has `class_logits` (batch, classes).
            classes: how many there are, for `conditioning`.
        """
        images = keras.Input(image_shape, name="images")
        conditioning, conditional = conditioning or CriticConditioning(), conditioning is not None
        takes_labels = conditional and conditioning.takes_labels
        labels = keras.Input((), dtype="int32", name="labels") if takes_labels else None
        body = self.body(conditioning.images(images, labels, classes, self))
        if not isinstance(body, tuple) or len(body) != 2 or not isinstance(body[1], dict):
            raise UserError(
                expected=f"a body of {type(self).__name__} that returns (activations, features), features a dictionary",
                received=type(body).__name__,
                remedy="End it with `return x, {'conv1': ...}`, or `return x, {}`",
            )
        x, features = body
        if self.batch_statistics is not None:
            x = self.batch_statistics.join(x, self)
        x = self.top(x, features)
        heads = conditioning.heads(keras.layers.Flatten()(x), labels, classes, self)
        output = {name: keras.layers.Activation("linear", dtype="float32")(head) for name, head in heads.items()}
        return keras.Model(
            [images, labels] if takes_labels else images, {**output, "features": features}, name="critic"
        )

    @abstractmethod
    def body(self, x) -> tuple:
        """The network up to its last activations: Keras tensors, images to (activations, features by layer name)."""

    def top(self, x, features: dict):
        """What stands behind the batch statistics, of the last activations; nothing unless a subclass says so."""
        return x


def check_positive(**numbers: int | None) -> None:
    """Refuses numbers below 1; None passes."""
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise UserError(f"{name} must be at least 1; got {number}")
