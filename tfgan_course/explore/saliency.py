"""The pixels of an image on which an output depends."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.data import labels_of
from tfgan_course.errors import require
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import Output, class_logits, floats, has_classes, read, score, traced
from tfgan_course.figures.folder import Results
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.models.inputs import takes


def saliency(output: Output, images: np.ndarray, units: np.ndarray, batch_size: int = 128) -> np.ndarray:
    """Return how much a number depends on each pixel: the largest absolute gradient over the colors.

    Simonyan, Vedaldi and Zisserman 2014 (arXiv:1312.6034), section 3.

    Args:
        output: a function from images to numbers: `class_logits(model)`, `score(model)` or `channels(model, layer)`.
        images: uint8 or float [-1, 1] (n, height, width, channels).
        units: for each image, the index of the number whose gradient is taken: integers (n,).
        batch_size: number of images computed at once.

    Returns:
        float32 (n, height, width), 0 or more.
    """

    def gradient(images: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            values = tf.gather(output(images), units, batch_dims=1)
        return tf.reduce_max(tf.abs(tape.gradient(values, images)), axis=-1)

    images, units = floats(images), np.asarray(units, np.int32)
    look = traced(gradient, tf.TensorSpec([None, *images.shape[1:]]), tf.TensorSpec([None], tf.int32))
    parts = [slice(first, first + batch_size) for first in range(0, len(images), batch_size)]
    maps = [look(tf.constant(images[part]), tf.constant(units[part])).numpy() for part in parts]
    return np.concatenate(maps)


def saliency_of_score(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a critic's scores (n,) and their gradient maps, see `saliency`; a critic with labels gets `labels`."""
    values, maps = np.zeros(len(images), np.float32), np.zeros(images.shape[:3], np.float32)
    for label in np.unique(labels):
        rows, output = labels == label, score(model, int(label))
        values[rows] = read(output, images[rows])[:, 0]
        maps[rows] = saliency(output, images[rows], np.zeros(rows.sum(), int))
    return values, maps


def saliency_report(
    network: InspectedNetwork, picked: Sequence[int], of: str | None = None, split: str = "test"
) -> Results:
    """Return images beside the gradient maps of an output.

    Args:
        network: the network.
        picked: the numbers of the images in the split.
        of: `said` (the class that the network predicts), `label`, a class by name or number, or `score`; None for
            `said`, or for `score` of a critic without classes.
        split: `test` or `train`.

    Raises:
        UserError: if the network has no such output, there is no such image, or it has no label.
    """
    of = of or ("said" if has_classes(network.model) else "score")
    (score if of == "score" else class_logits)(network.model)  # raises an error before images are loaded
    images = network.images(split)
    missing = [number for number in picked if number >= len(images)]
    require(not missing, f"{split} images 0 to {len(images) - 1}", missing[:1], "Choose among these")
    shown, given_labels = images.images[picked], takes(network.model, "labels")
    if of == "score":
        labels = images.labels[picked] if given_labels else np.zeros(len(shown), int)
        values, maps = saliency_of_score(network.model, shown, labels)
        above, what = [f"{value:.3g}" for value in values], "the score"
        named = f"{what}, given the image's own class," if given_labels else what
    else:
        if of == "said":
            units = read(class_logits(network.model), shown).argmax(axis=1)
        elif of == "label":
            units = images.labels[picked]
        else:
            units = np.repeat(labels_of([of], images.class_names), len(shown))
        require(
            bool((units >= 0).all()), "images with labels", "some without", "Use said, the predicted class, instead"
        )
        maps = saliency(class_logits(network.model), shown, units)
        above, what, named = [images.class_names[unit] for unit in units], "the class", "the class named above it"
    largest = maps.max(axis=(1, 2), keepdims=True)
    sizes = [f"{value:.2g}" for value in largest.ravel()]
    relative = maps / np.maximum(largest, np.finfo(np.float32).tiny)
    figure = draw_panels(
        [Panel(shown, "images", above), Panel(relative, "gradient maps", sizes, scale=("0", "largest"))],
        f"{network.about}: which pixels {what} depends on",
        f"Of {split} images {', '.join(map(str, picked))}: the size of the gradient of {named} for each pixel, the "
        "largest of its colors. Each map has its own scale: above it the value of its brightest pixel.",
    )
    return {"saliency": figure}
