"""The outputs of a network as functions of images: class logits, score, or the channels of a layer."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tqdm import tqdm

from tfgan_course.errors import UserError, require
from tfgan_course.figures.folder import aligned
from tfgan_course.gan.batches import images_of
from tfgan_course.models.inputs import feed, takes
from tfgan_course.models.layer_names import names_of
from tfgan_course.models.receptive_field import ReceptiveField, receptive_fields

Output = Callable[[tf.Tensor], tf.Tensor]
"""A function from float32 [-1, 1] images (batch, height, width, channels) to float32 (batch, numbers)."""


def class_logits(model: keras.Model) -> Output:
    """Return the class logits, (batch, classes), of a functional or sequential model.

    The model's output is a dictionary with `class_logits`, like that of a critic or a classifier trained here, or only
    the logits.

    Raises:
        UserError: if the model has no class logits.
    """
    require(
        has_classes(model),
        "a network that classifies: a classifier's run, or a GAN of the variant acgan",
        f"a {model.name} without classes, which only scores how real an image is",
        "Choose another run, or use maximize-feature, saliency of the score, or neighbours, which need no classes",
    )
    return _of(model, _outputs(model)["class_logits"])


def score(model: keras.Model, label: int = 0) -> Output:
    """Return a critic's score of how real an image is, (batch, 1). A critic that takes labels gets `label` for all.

    Raises:
        UserError: if the model has no score, for example a classifier, or one for each patch.
    """
    output, expected = _outputs(model).get("score"), "a GAN's critic, which gives an image one score"
    patches = output is not None and len(output.shape) > 2
    require(not patches, expected, "a critic that scores patches", "Choose a run with another critic")
    scores = output is not None and len(output.shape) == 2 and output.shape[-1] == 1
    require(scores, expected, "a network with no score", "Choose a GAN's run")
    return _of(model, output, label)


def has_classes(model: keras.Model) -> bool:
    """Return whether the model has `class_logits`."""
    shape: Sequence[int] = getattr(_outputs(model).get("class_logits"), "shape", ())
    return len(shape) == 2 and shape[-1] > 1


class Named(NamedTuple):
    """A layer with a name: the `shape` of its output without the batch, the receptive `field` of its units (None if
    unknown), and its output `tensor`."""

    shape: tuple[int, ...]
    field: ReceptiveField | None
    tensor: object


def named_layers(model: keras.Model) -> dict[str, Named]:
    """Return the layers by their names, in the network's order.

    First come the network's own names of activations (`features` of its output: `conv4` is the output of conv4's
    normalization and nonlinearity), then its Keras layers, whose names begin with `layer:` and are numbered within the
    network, see `models/layer_names.py`.
    """
    try:
        fields = receptive_fields(model)
    except UserError:  # a layer can be read although its receptive field is unknown
        fields = []
    seen = {field.layer: field for field in fields}
    features = _outputs(model).get("features", {})
    own: dict[str, Named] = {}
    keras_layers: dict[str, Named] = {}
    for layer, name in zip(model.layers, names_of(model.layers), strict=True):
        tensor = layer.output
        if isinstance(layer, keras.layers.InputLayer) or isinstance(tensor, (dict, list, tuple)):
            continue
        named = Named(tuple(tensor.shape[1:]), seen.get(name), tensor)
        if fields and named.field is None:
            continue  # a layer that depends on labels, not on images
        own |= {feature: named for feature, activations in features.items() if activations is tensor}
        keras_layers[f"layer:{name}"] = named
    return {**own, **keras_layers}


def layer(model: keras.Model, name: str) -> Named:
    """Return the layer with a name, see `named_layers`; `layer:` may be left out if the name is unique.

    Raises:
        UserError: if there is no such layer; the error lists the known ones.
    """
    known = named_layers(model)
    found = known.get(name) or known.get(f"layer:{name}")
    require(found is not None, f"a layer: {', '.join(known)}", repr(name), "Choose one of these")
    maps = "a layer of maps (height, width, channels) or vectors"
    require(len(found.shape) in (1, 3), maps, f"{name} of shape {found.shape}", "Choose another layer")
    return found


def channels(model: keras.Model, name: str, label: int = 0) -> Output:
    """Return a layer's channels, (batch, channels). For maps, this is the maximum over all places (IE 534, part 2).

    For the name see `layer`, which refuses unknown names. A critic that takes labels gets `label` for all images.
    """
    found = layer(model, name)
    output = _of(model, found.tensor, label)
    if len(found.shape) == 1:
        return output
    return lambda images: tf.reduce_max(output(images), axis=[1, 2])


def last_activations(model: keras.Model) -> tuple[str, Output]:
    """Return the name and the output of the activations before the heads: features of an image, (batch, numbers).

    Raises:
        UserError: if the model has no named activations.
    """
    if "embedding" in _outputs(model):
        return "last activations", _of(model, _outputs(model)["embedding"])
    own = [name for name in named_layers(model) if not name.startswith("layer:")]
    if not own:
        known = ", ".join(named_layers(model))
        require(False, f"a network with named activations, or a layer: {known}", "neither", "Choose a layer")
    return own[-1], channels(model, own[-1])


def layer_table(model: keras.Model) -> str:
    """Return `named_layers` as text, a row for each layer: its output, and its receptive field if known."""
    rows = [("name", "output", "field", "sees the whole image")]
    for name, (shape, field, _) in named_layers(model).items():
        sees = ("x".join(map(str, field.size)), "yes" if field.whole_image else "no") if field else ("?", "?")
        rows.append((name, "x".join(map(str, shape)), *sees))
    return aligned(rows)


def reader(output: Output, batch_size: int = 128) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that computes the `output` of any number of images, uint8 or float [-1, 1], in batches."""
    look_at = functools.cache(lambda *shape: traced(output, tf.TensorSpec([None, *shape])))

    def read_all(images: np.ndarray) -> np.ndarray:
        look = look_at(*images.shape[1:])
        # disable=None: no progress bar in a file.
        starts = tqdm(range(0, len(images), batch_size), desc="images", leave=False, disable=None, delay=1)
        return np.concatenate([look(images_of(tf.constant(images[at : at + batch_size]))).numpy() for at in starts])

    return read_all


def traced(function: Callable, *inputs: tf.TensorSpec) -> Any:
    """Return the function as one graph for inputs of these shapes.

    A `tf.function` for each of many outputs would make TensorFlow warn of repeated tracing.
    """
    return tf.function(function).get_concrete_function(*inputs)


def read(output: Output, images: np.ndarray, batch_size: int = 128) -> np.ndarray:
    """Return the `output` of images, a row for each image; `reader` is faster for several sets of images."""
    return reader(output, batch_size)(images)


def floats(images: np.ndarray) -> np.ndarray:
    """Return images, uint8 [0, 255] or floats in [-1, 1], as float32 in [-1, 1]."""
    return images_of(tf.constant(images)).numpy()


def _outputs(model: keras.Model) -> dict:
    """Return the model's outputs by name; a single output counts as class logits and as score."""
    if len(model.outputs) == 1:  # Keras 3 has no `output` of a sequential model
        return {"class_logits": model.outputs[0], "score": model.outputs[0]}
    return model.output if isinstance(model.output, dict) else {}


def _of(model: keras.Model, tensor, label: int = 0) -> Output:
    expected, remedy = "a network that judges images alone", "Choose a run without critic.takes_condition"
    require(not takes(model, "condition"), expected, "a critic of images and conditions", remedy)
    part = keras.Model(model.inputs, tensor)

    def look(images: tf.Tensor) -> tf.Tensor:
        labels = tf.fill(tf.shape(images)[:1], label)
        return tf.cast(part(feed(part, images=images, labels=labels), training=False), tf.float32)

    return look
