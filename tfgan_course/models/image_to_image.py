"""The base class of generators that make an image from a condition: a gray picture, a sketch, a small photo."""

from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.models.conditioning import GeneratorConditioning
from tfgan_course.models.network import GeneratorNetwork


@dataclass
class ImageToImageGenerator(GeneratorNetwork):
    """Base class of generators whose input is a condition in place of latents. A new one is a subclass with `body`.

    The x that `body` receives is the condition, a Keras tensor (batch, height, width, channels) in [-1, 1]. Its size
    and channels may differ from those of the images.
    """

    def build(
        self,
        image_shape: tuple[int, int, int],
        latent_size: int,
        conditioning: GeneratorConditioning | None = None,
        classes: int | None = None,
        condition_shape: tuple[int, int, int] | None = None,
    ) -> keras.Model:
        """Return a Keras model from a condition, float32 (batch, *condition_shape), to images; both are in [-1, 1].

        Args:
            image_shape: (height, width, channels).
            latent_size: not used, since the generator takes no latents.
            conditioning: how labels enter the normalization; the model then takes [condition, labels].
            classes: number of classes, for `conditioning`.
            condition_shape: (height, width, channels) of the condition.

        Raises:
            UserError: if there is no condition, or the network cannot make such images from it.
        """
        name = type(self).__name__
        given = "images with a condition, for a generator from image to image"
        remedy = "Set data.condition: to Grayscale, for example, or to Unpaired for images without pairs"
        require(condition_shape is not None, given, f"{name} without one", remedy)
        mapped, without = self.mapping is not None, f"no mapping network in {name}, which takes no latents"
        require(not mapped, without, type(self.mapping).__name__, "Set mapping to null")
        condition = keras.Input(condition_shape, name="condition")
        labels = None if conditioning is None else keras.Input((), dtype="int32", name="labels")
        normalized = 0

        def normalize(x):
            nonlocal normalized
            normalized += 1
            layer = self.normalization()
            return layer(x) if conditioning is None else conditioning.normalize(x, labels, classes, layer)

        images = self.body(condition, image_shape, normalize)
        expected = f"a conditioning that works on normalization, and a normalization in {name}"
        by_normalization = conditioning is None or (
            type(conditioning).normalize is not GeneratorConditioning.normalize and normalized
        )
        remedy = "Use ConditionalNormalization, or set generator_conditioning to null"
        require(by_normalization, expected, f"{type(conditioning).__name__} for {name}", remedy)
        return self._model(condition if labels is None else [condition, labels], images, image_shape)
