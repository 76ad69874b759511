"""Turns a critic network into a classifier."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.gan.batches import images_of
from tfgan_course.models import CriticNetwork
from tfgan_course.models.conditioning import AuxiliaryClassifier
from tfgan_course.models.critic_layers import CriticLayers


class ClassesAlone(AuxiliaryClassifier):
    """The head of `AuxiliaryClassifier` without the score: the network gives only class logits."""

    def heads(self, x, labels, classes: int, critic: CriticLayers) -> dict:
        """Return class logits, and the last activations (batch, n) as `embedding`, the features for metrics."""
        return {"class_logits": critic.weighted(keras.layers.Dense, classes)(x), "embedding": x}


def build(network: CriticNetwork, image_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Return a Keras model of float32 [-1, 1] images.

    Its outputs are `class_logits`, float32 (batch, classes), `embedding`, float32 (batch, n), and `features`, the
    activations by layer name.
    """
    return network.build(image_shape, ClassesAlone(), classes)


class Reader:
    """A function that computes a classifier's embeddings and class logits of many images."""

    def __init__(self, model: keras.Model):
        self.model = model
        # TensorFlow traces this once for batches of all sizes.
        signature = [tf.TensorSpec([None, *model.inputs[0].shape[1:]], tf.uint8)]
        self._look = tf.function(self._outputs, input_signature=signature)

    def _outputs(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        output = self.model(images_of(images), training=False)
        return output["embedding"], output["class_logits"]

    def __call__(self, images: np.ndarray, batch_size: int = 256) -> tuple[np.ndarray, np.ndarray]:
        """Return float32 embeddings (n, d) and logits (n, classes) of uint8 images (n, height, width, channels)."""
        parts = [self._look(images[first : first + batch_size]) for first in range(0, len(images), batch_size)]
        embeddings, logits = (np.concatenate([part[index].numpy() for part in parts]) for index in (0, 1))
        return embeddings, logits
