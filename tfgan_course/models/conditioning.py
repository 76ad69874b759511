"""How a label enters the latents, the image and the score.

Every class here works with every network, because the networks' base classes call it at each place where a label can
enter. x, latents, images and labels are Keras tensors; labels are integers (batch,).
"""

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers import BatchNormalization, ConditionalBatchNormalization, LogSumExp, OneHot
from tfgan_course.models.critic_layers import CriticLayers


class GeneratorConditioning:
    """Base class of the ways to give the class to a generator. A new one is a subclass with one of these methods."""

    def latents(self, latents, labels, classes: int):
        """Return the network's input, (batch, n), from latents (batch, size) and labels (batch,)."""
        return latents

    def normalize(self, x, labels, classes: int, normalization: keras.layers.Layer):
        """Return normalized activations x, (batch, height, width, channels).

        `normalization` is the network's own layer.
        """
        return normalization(x)


class ConcatenatedOneHot(GeneratorConditioning):
    """Append the class to the latents, as a one-hot vector (Mirza and Osindero 2014, arXiv:1411.1784, section 4.1)."""

    def latents(self, latents, labels, classes: int):
        return keras.layers.Concatenate()([latents, OneHot(classes)(labels)])


class FirstOneHot(GeneratorConditioning):
    """Replace the first latents by the class, as a one-hot vector (the IE 534 report's ACGAN)."""

    def latents(self, latents, labels, classes: int):
        size = latents.shape[-1]
        expected = f"more latents than the {classes} classes, which FirstOneHot puts in the place of the first latents"
        require(size > classes, expected, f"latent_size {size}", f"Set latent_size to {classes + 100}, for example")
        return keras.layers.Concatenate()([OneHot(classes)(labels), latents[:, classes:]])


class ConcatenatedEmbedding(GeneratorConditioning):
    """Append a learned vector for each class to the latents.

    Args:
        size: length of the vector.
        deviation: standard deviation of its first numbers, which are normal; R3GAN has 1 / sqrt(classes). Unless given,
            they are uniform in [-0.05, 0.05].
    """

    def __init__(self, size: int = 50, deviation: float | None = None):
        require_at_least(1, size=size)
        expected, received = "a deviation above 0, or none", repr(deviation)
        require(deviation is None or deviation > 0, expected, received, "Set deviation to 0.3, for example")
        self.size, self.deviation = size, deviation

    def latents(self, latents, labels, classes: int):
        start = "uniform" if self.deviation is None else keras.initializers.RandomNormal(0.0, self.deviation)
        embedding = keras.layers.Embedding(classes, self.size, embeddings_initializer=start)
        return keras.layers.Concatenate()([latents, embedding(labels)])


class ConditionalNormalization(GeneratorConditioning):
    """A gain and a bias for each class in every batch normalization (Dumoulin et al. 2017, arXiv:1610.07629)."""

    def normalize(self, x, labels, classes: int, normalization: keras.layers.Layer):
        require(
            isinstance(normalization, BatchNormalization),
            "a generator with BatchNormalization, for ConditionalNormalization",
            type(normalization).__name__,
            "Use another conditioning, such as ConcatenatedEmbedding",
        )
        layer = ConditionalBatchNormalization(classes, normalization.momentum, normalization.epsilon)
        return layer([x, labels])


class CriticConditioning:
    """Base class of the ways in which a critic uses the class, as an input or an output. A new one is a subclass."""

    takes_labels = True
    """Whether the critic has labels as an input."""

    def images(self, images, labels, classes: int, critic: CriticLayers):
        """Return the network's input, made from the images (batch, height, width, channels) and the labels."""
        return images

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """Return `score` (batch, 1), and `class_logits` (batch, classes) if any, from last activations (batch, n)."""
        return {"score": critic.weighted(keras.layers.Dense, 1)(x)}


class EmbeddedChannel(CriticConditioning):
    """Append a learned picture for each class to the image, as a further channel (the CIFAR-10 report's CGAN)."""

    def images(self, images, labels, classes: int, critic: CriticLayers):
        height, width = images.shape[1:3]
        picture = critic.weighted(keras.layers.Dense, height * width, use_bias=False)(OneHot(classes)(labels))
        return keras.layers.Concatenate()([images, keras.layers.Reshape((height, width, 1))(picture)])


class ConcatenatedLabels(CriticConditioning):
    """Append the class to the last activations, before a hidden layer and the score.

    Mirza and Osindero 2014, arXiv:1411.1784. Without the hidden layer the class could only shift the score.

    Args:
        size: length of the learned vector for each class; 0 appends the one-hot vector itself.
        width: units of the hidden layer.
    """

    def __init__(self, size: int = 50, width: int = 256):
        require_at_least(0, size=size)
        require_at_least(1, width=width)
        self.size, self.width = size, width

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        labels = OneHot(classes)(labels)
        if self.size:
            labels = critic.weighted(keras.layers.Dense, self.size, use_bias=False)(labels)
        x = keras.layers.Concatenate()([x, labels])
        x = keras.layers.LeakyReLU(0.2)(critic.weighted(keras.layers.Dense, self.width)(x))
        return super().heads(x, labels, classes, critic)


class Projection(CriticConditioning):
    """The projection critic (Miyato and Koyama 2018, arXiv:1802.05637, eq. 3): score = psi(h) + <V[label], h>.

    Args:
        size: length of V[label], for R3GAN's score <V[label], W h> with a learned matrix W and without psi. Unless
            given, V[label] has h's length.
    """

    def __init__(self, size: int | None = None):
        require_at_least(1, size=size)
        self.size = size

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        if self.size is not None:
            x = critic.weighted(keras.layers.Dense, self.size, use_bias=False)(x)
            # A product of `size` numbers keeps its scale if V[label] is divided by the root of `size`.
            scaled = keras.layers.Rescaling(self.size**-0.5)
            embedded = critic.weighted(keras.layers.Dense, self.size, use_bias=False)(OneHot(classes)(labels))
            return {"score": keras.layers.Dot(1)([scaled(embedded), x])}
        # The embedding is a dense layer on one-hot labels, so that it is clipped and spectrally normalized like others.
        embedded = critic.weighted(keras.layers.Dense, x.shape[-1], use_bias=False)(OneHot(classes)(labels))
        score = super().heads(x, labels, classes, critic)["score"]
        return {"score": keras.layers.Add()([score, keras.layers.Dot(1)([embedded, x])])}


class AuxiliaryClassifier(CriticConditioning):
    """The critic also predicts the class (Odena, Olah and Shlens 2017, arXiv:1610.09585); the class is not an input.

    Use it with the terms `RealClassification` and `FakeClassification`.
    """

    takes_labels = False

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        logits = critic.weighted(keras.layers.Dense, classes)(x)
        return {**super().heads(x, labels, classes, critic), "class_logits": logits}


class SemiSupervised(CriticConditioning):
    """K + 1 classes, the last for generated images (Salimans et al. 2016, arXiv:1606.03498, section 5).

    The logit of the last class is fixed at 0, as in the paper, since softmax does not change when all logits are
    shifted together. The score is then log sum exp of the K other logits. Use it with cross-entropy and the term
    `RealClassification`.
    """

    takes_labels = False

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        logits = critic.weighted(keras.layers.Dense, classes)(x)
        return {"score": LogSumExp()(logits), "class_logits": logits}
