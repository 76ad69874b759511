import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class Feature(Layer):
    """Passes activations on unchanged, and makes them a feature of the network under the layer's name.

    So a network with a single output, such as a generator, hands out activations of inner layers; see `features_of`.
    Copies of the network and saved files keep the names.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs


def features_of(model: keras.Model) -> dict:
    """Return the features of a model by name, as Keras tensors, in the order of its layers.

    `keras.Model(model.input, features_of(model)["down1"])` is the part of the model up to a feature, with its weights.
    """
    return {layer.name: layer.output for layer in model.layers if isinstance(layer, Feature)}
