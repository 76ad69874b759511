"""How a label enters the latents, the image and the score.

Every class here works with every network: the networks' base classes ask it where a label could come in.
"""

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import BatchNormalization, ConditionalBatchNormalization, LogSumExp, OneHot
from tfgan_course.models.critic_layers import CriticLayers


class GeneratorConditioning:
    """Base of the ways in which a generator is told the class. A new one is a subclass with one of these methods."""

    def latents(self, latents, labels, classes: int):
        """What the network takes in the place of the latents; Keras tensors (batch, size), (batch,) to (batch, n)."""
        return latents

    def normalize(self, x, labels, classes: int, normalization: keras.layers.Layer):
        """Activations (batch, height, width, channels), normalized; `normalization` is the network's own layer."""
        return normalization(x)


class ConcatenatedOneHot(GeneratorConditioning):
    """The class as a one-hot vector behind the latents (Mirza and Osindero 2014, arXiv:1411.1784, section 4.1)."""

    def latents(self, latents, labels, classes: int):
        """(batch, size + classes)."""
        return keras.layers.Concatenate()([latents, OneHot(classes)(labels)])


class FirstOneHot(GeneratorConditioning):
    """The class as a one-hot vector in the place of the first latents (IE 534's ACGAN)."""

    def latents(self, latents, labels, classes: int):
        """(batch, size)."""
        if latents.shape[-1] <= classes:
            raise UserError(
                f"FirstOneHot puts {classes} classes into the first of {latents.shape[-1]} latents, which leaves none: "
                f"write latent_size: {classes + 100}, for example"
            )
        return keras.layers.Concatenate()([OneHot(classes)(labels), latents[:, classes:]])


class ConcatenatedEmbedding(GeneratorConditioning):
    """A learned vector for each class behind the latents.

    Args:
        size: of the vector.
    """

    def __init__(self, size: int = 50):
        if size < 1:
            raise UserError(f"ConcatenatedEmbedding's size must be at least 1; got {size}")
        self.size = size

    def latents(self, latents, labels, classes: int):
        """(batch, latent size + size)."""
        return keras.layers.Concatenate()([latents, keras.layers.Embedding(classes, self.size)(labels)])


class ConditionalNormalization(GeneratorConditioning):
    """A gain and a bias for each class in every batch normalization (Dumoulin et al. 2017, arXiv:1610.07629)."""

    def normalize(self, x, labels, classes: int, normalization: keras.layers.Layer):
        """See `ConditionalBatchNormalization`."""
        if not isinstance(normalization, BatchNormalization):
            raise UserError("ConditionalNormalization needs a generator whose normalization is BatchNormalization")
        layer = ConditionalBatchNormalization(classes, normalization.momentum, normalization.epsilon)
        return layer([x, labels])


class CriticConditioning:
    """Base of the ways in which a critic is told, or tells, the class. A new one is a subclass of this."""

    takes_labels = True
    """Whether the critic has labels as an input."""

    def images(self, images, labels, classes: int, critic: CriticLayers):
        """What the network takes in the place of the images; Keras tensors."""
        return images

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """From the last activations (batch, n) to `score` (batch, 1) and perhaps `class_logits` (batch, classes)."""
        return {"score": critic.weighted(keras.layers.Dense, 1)(x)}


class EmbeddedChannel(CriticConditioning):
    """A learned picture for each class as a further channel of the image (the CIFAR-10 report's CGAN)."""

    def images(self, images, labels, classes: int, critic: CriticLayers):
        """(batch, height, width, channels + 1)."""
        height, width = images.shape[1:3]
        picture = critic.weighted(keras.layers.Dense, height * width, use_bias=False)(OneHot(classes)(labels))
        return keras.layers.Concatenate()([images, keras.layers.Reshape((height, width, 1))(picture)])


class ConcatenatedLabels(CriticConditioning):
    """The class beside the last activations, before a hidden layer and the score.

    Mirza and Osindero 2014, arXiv:1411.1784. Without the hidden layer the class could only shift the score.

    Args:
        size: of the learned vector for each class; 0 gives the one-hot vector itself.
        width: units of the hidden layer.
    """

    def __init__(self, size: int = 50, width: int = 256):
        if size < 0 or width < 1:
            raise UserError(f"ConcatenatedLabels needs size 0 or more and width 1 or more; got {size} and {width}")
        self.size, self.width = size, width

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """A score."""
        labels = OneHot(classes)(labels)
        if self.size:
            labels = critic.weighted(keras.layers.Dense, self.size, use_bias=False)(labels)
        x = keras.layers.Concatenate()([x, labels])
        x = keras.layers.LeakyReLU(0.2)(critic.weighted(keras.layers.Dense, self.width)(x))
        return super().heads(x, labels, classes, critic)


class Projection(CriticConditioning):
    """The projection critic (Miyato and Koyama 2018, arXiv:1802.05637, eq. 3): score = psi(h) + <V[label], h>."""

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """A score."""
        # The embedding as a dense layer on one-hot labels: it is clipped and spectrally normalized as all others.
        embedded = critic.weighted(keras.layers.Dense, x.shape[-1], use_bias=False)(OneHot(classes)(labels))
        score = super().heads(x, labels, classes, critic)["score"]
        return {"score": keras.layers.Add()([score, keras.layers.Dot(1)([embedded, x])])}


class AuxiliaryClassifier(CriticConditioning):
    """The critic also tells the class (Odena, Olah and Shlens 2017, arXiv:1610.09585); it is not told.

    Goes with the terms `RealClassification` and `FakeClassification`.
    """

    takes_labels = False

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """A score and class logits."""
        logits = critic.weighted(keras.layers.Dense, classes)(x)
        return {**super().heads(x, labels, classes, critic), "class_logits": logits}


class SemiSupervised(CriticConditioning):
    """K + 1 classes, the last for generated images (Salimans et al. 2016, arXiv:1606.03498, section 5).

    The logit of the last class is fixed at 0, as the paper does since softmax does not change when all logits move
    together: the score is log sum exp of the K others. Goes with cross-entropy and the term `RealClassification`.
    """

    takes_labels = False

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """A score and class logits."""
        logits = critic.weighted(keras.layers.Dense, classes)(x)
        return {"score": LogSumExp()(logits), "class_logits": logits}
