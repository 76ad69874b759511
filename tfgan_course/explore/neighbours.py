"""Which training images are nearest to an image."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import channels, last_activations, reader
from tfgan_course.figures.folder import Results
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import sample
from tfgan_course.metrics.neighbors import nearest_few
from tfgan_course.models.inputs import takes

Reader = Callable[[np.ndarray], np.ndarray]
"""From uint8 images (n, height, width, channels) to features (n, numbers)."""
MOST_HELD_OUT = 1000


class Neighbours(NamedTuple):
    """`indices` (n, k) of the nearest images, `distance` (n, k) to them, nearest first; `usual` (m,): the distances of
    held-out images to the nearest."""

    indices: np.ndarray
    distance: np.ndarray
    usual: np.ndarray

    @property
    def near(self) -> float:
        """The distance below which 1% of the held-out images have a neighbour."""
        return float(np.quantile(self.usual, 0.01, method="lower"))


def neighbours(
    features: Reader, queries: np.ndarray, images: np.ndarray, held_out: np.ndarray, k: int = 5
) -> Neighbours:
    """Return the `k` images nearest to each query, by Euclidean distance of features.

    Args:
        features: from images to (n, numbers): `reader(channels(model, "conv8"))`, for example.
        queries: images (n, height, width, channels), generated ones for example.
        images: those that the generator was trained on.
        held_out: real images that it was not trained on: how near is usual.
    """
    known = features(images)
    found = nearest_few(features(queries), known, k)
    return Neighbours(*found, nearest_few(features(held_out), known, 1).distance[:, 0])


def neighbours_report(
    network: InspectedNetwork,
    *,
    count: int = 10,
    nearest: int = 5,
    features: object = None,
    layer: str | None = None,
    average: bool = True,
    seed: int = 0,
) -> tuple[Results, str]:
    """Return generated images beside the training images nearest to them, and a sentence: how many are too near.

    Images are compared by the network's last activations unless `layer` names another of its layers, or `features`
    another network, see `extractor_of`. There are `count` images, of the seeds from `seed` on, drawn by the averaged
    generator if `average` says so; of a classifier's run test images take their place. Beside each are its `nearest`
    training images.

    Raises:
        UserError: if there are no such features, or no such layer, or both are given.
    """
    name, read = _reader(network, features, layer)
    train, test, gan = network.images("train"), network.images(), network.gan
    if gan is None:
        queries, labels, what = test.images[:count], test.labels, "test images"
    else:
        labels = np.arange(count) % gan.classes if gan.generator_takes_labels else None
        queries, what = sample(gan, count, seed, labels, average=average), "generated images"
    found = neighbours(read, queries, train.images, test.images[:MOST_HELD_OUT], nearest)

    def class_name(labels: np.ndarray | None, index: int) -> str:
        label = -1 if labels is None else labels[index]
        return train.class_names[label] if label >= 0 and train.class_names else ""

    tiles, above, marked = [], [], []
    for row, (query, near, distances) in enumerate(zip(queries, found.indices, found.distance, strict=True)):
        tiles += [query, *train.images[near]]
        above.append(class_name(labels, row) or str(row))
        above += [f"{class_name(train.labels, at)}\n{far:.3g}".strip() for at, far in zip(near, distances, strict=True)]
        marked += [False, *(distances < found.near)]
    columns = found.indices.shape[1] + 1
    figure = draw_panels(
        [Panel(np.stack(tiles), f"{what} (first column), nearest training images", above, marked, columns)],
        f"{network.about}: {what} beside the training images nearest to them",
        f"Nearest of {len(train)} training images by Euclidean distance of {name}. Above them: the class, if there is "
        f"one, and the distance. Of {len(found.usual)} held-out test images the nearest training image is at "
        f"{np.median(found.usual):.3g} in the median; red: nearer than {found.near:.3g}, as 1% of them are. A "
        "generator that has memorized its images has nearly all rows red, and the pictures alike.",
    )
    share = float(np.mean(found.distance[:, 0] < found.near))
    said = f"{100 * share:.0f}% of {len(queries)} {what} are nearer to a training image than 99% of the test images are"
    return {"neighbours": figure}, said


def _reader(network: InspectedNetwork, features: object, layer: str | None) -> tuple[str, Reader]:
    """Return what images are compared by: its name, and the function that reads it."""
    if features and layer:
        raise UserError("--features are another network's, --layer is the run's own: give one of them")
    extractor = extractor_of(features)
    if extractor is not None:
        extractor.check_shape(network.directory.images["image_shape"])
        return f"the features {extractor.label}", lambda images: extractor(images).embeddings
    name, output = (layer, channels(network.model, layer)) if layer else last_activations(network.model)
    given = f", given the class {network.directory.images['class_names'][0]}" if takes(network.model, "labels") else ""
    return f"{network.name}'s {name}{given}", reader(output)
