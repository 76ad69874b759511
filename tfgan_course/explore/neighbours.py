"""Which training images are nearest to an image."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import channels, last_activations, reader
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import sample
from tfgan_course.metrics.neighbors import nearest_few
from tfgan_course.models.inputs import takes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Reader = Callable[[np.ndarray], np.ndarray]
"""From uint8 images (n, height, width, channels) to features (n, numbers)."""
MOST_HELD_OUT = 1000


class Neighbours(NamedTuple):
    """`index` (n, k) of the nearest images, `distance` (n, k) to them, nearest first; `usual` (m,): the distances of
    held-out images to the nearest."""

    index: np.ndarray
    distance: np.ndarray
    usual: np.ndarray

    @property
    def near(self) -> float:
        """The distance below which 1% of the held-out images have a neighbour."""
        return float(np.quantile(self.usual, 0.01, method="lower"))

    @property
    def share_near(self) -> float:
        """The share of the queries that are nearer to an image than 99% of the held-out images are."""
        return float(np.mean(self.distance[:, 0] < self.near))


def neighbours(
    features: Reader,
    queries: np.ndarray,
    images: np.ndarray,
    held_out: np.ndarray,
    k: int = 5,
) -> Neighbours:
    """Return the images nearest to each query, by Euclidean distance of features.

    Args:
        features: from images to (n, numbers): `reader(channels(model, "conv8"))`, for example.
        queries: images (n, height, width, channels), generated ones for example.
        images: those that the generator was trained on.
        held_out: real images that it was not trained on: how near is usual.
        k: neighbours of each.
    """
    known = features(images)
    found = nearest_few(features(queries), known, k)
    return Neighbours(*found, nearest_few(features(held_out), known, 1).distance[:, 0])


def neighbour_features(
    network: InspectedNetwork, features: str | None = None, layer: str | None = None
) -> tuple[str, Reader]:
    """Return what images are compared by: its name, and the function that reads it.

    Args:
        network: whose last activations they are, unless one of the others is given.
        features: another network's features, see `extractor_of`.
        layer: of the network's own layers the one to read.

    Raises:
        UserError: if both are given, or there are no such features, or no such layer.
    """
    if features and layer:
        raise UserError("--features are another network's, --layer is the run's own: give one of them")
    source = extractor_of(features) if features else None
    if source is not None:
        source.check_shape(network.directory.images["image_shape"])
        return f"the features {source.label}", lambda images: source(images).embeddings
    name, output = (layer, channels(network.model, layer)) if layer else last_activations(network.model)
    given = f", given the class {network.directory.images['class_names'][0]}" if takes(network.model, "labels") else ""
    return f"{network.name}'s {name}{given}", reader(output)


def neighbours_figure(
    network: InspectedNetwork,
    features: tuple[str, Reader],
    *,
    count: int = 10,
    nearest: int = 5,
    average: bool = True,
    seed: int = 0,
) -> tuple["Figure", str]:
    """Return generated images beside the training images nearest to them, and what share is suspiciously near.

    Args:
        network: of a GAN's run; of a classifier's run test images take the place of generated ones.
        features: what images are compared by, see `neighbour_features`.
        count: images.
        nearest: training images beside each.
        average: use the averaged generator.
        seed: of the first generated image.
    """
    name, read = features
    train, test = network.images()
    if network.gan is None:
        queries, labels, what = test.images[:count], test.labels, "test images"
    else:
        labels = np.arange(count) % network.gan.classes if network.gan.generator_takes_labels else None
        queries, what = sample(network.gan, count, seed, labels, average=average), "generated images"
    found = neighbours(read, queries, train.images, test.images[:MOST_HELD_OUT], nearest)

    def class_name(labels: np.ndarray | None, index: int) -> str:
        label = -1 if labels is None else labels[index]
        return train.class_names[label] if label >= 0 and train.class_names else ""

    tiles, above, marked = [], [], []
    for row, query in enumerate(queries):
        tiles += [query, *train.images[found.index[row]]]
        above.append(class_name(labels, row) or str(row))
        marked.append(False)
        for index, distance in zip(found.index[row], found.distance[row], strict=True):
            above.append(f"{class_name(train.labels, index)}\n{distance:.3g}".strip())
            marked.append(distance < found.near)
    columns = found.index.shape[1] + 1
    figure = draw_panels(
        [Panel(np.stack(tiles), f"{what} (first column), nearest training images", above, marked, columns)],
        f"{network.about}: {what} beside the training images nearest to them",
        f"Nearest of {len(train.images)} training images by Euclidean distance of {name}. Above them: the class, if "
        f"there is one, and the distance. Of {len(found.usual)} held-out test images the nearest training image is at "
        f"{np.median(found.usual):.3g} in the median; red: nearer than {found.near:.3g}, as 1% of them are. A "
        "generator that has memorized its images has nearly all rows red, and the pictures alike.",
    )
    share = f"{100 * found.share_near:.0f}% of {len(queries)} {what}"
    return figure, f"{share} are nearer to a training image than 99% of the test images are"
