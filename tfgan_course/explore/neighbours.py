"""The training images that are nearest to an image."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import channels, last_activations, reader
from tfgan_course.figures.folder import Results
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import sample
from tfgan_course.metrics.alike import held_out_only
from tfgan_course.metrics.neighbors import nearest_few
from tfgan_course.models.inputs import takes

Reader = Callable[[np.ndarray], np.ndarray]
"""A function from uint8 images (n, height, width, channels) to features (n, numbers)."""
MOST_HELD_OUT = 1000
SURROUNDING = 50
"""A copy is much nearer to one training image than to the 50th nearest. A blurred image is near to all of them."""


class Neighbours(NamedTuple):
    """The training images nearest to each query.

    `indices` and `distance` (n, k) describe the k nearest images, the nearest first. `usual` (m,): the distance of each
    new held-out image to its nearest image. `near`: 1% of the distances in `usual` are below this distance. `copies`
    (n,): True for a query if its nearest distance is below `near`, and if the ratio of its nearest distance to its
    `SURROUNDING`-th is smaller than for 99% of the held-out images.
    """

    indices: np.ndarray
    distance: np.ndarray
    usual: np.ndarray
    near: float
    copies: np.ndarray


def neighbours(
    features: Reader, queries: np.ndarray, images: np.ndarray, held_out: np.ndarray, k: int = 5
) -> Neighbours:
    """Return the `k` images nearest to each query, by Euclidean distance of features. Equal images count as one.

    Held-out images that are stored among `images` as well, or twice, are left out; see `held_out_only`. If fewer than
    2 remain, nothing can be called a copy.

    Args:
        features: a function from images to (n, numbers): `reader(channels(model, "conv8"))`, for example.
        queries: images (n, height, width, channels), generated ones for example.
        images: the images that the generator was trained on.
        held_out: real images that the generator was not trained on, which show the usual distances.
        k: how many nearest images to return.
    """
    # By their pixels: features of equal images differ by rounding if they were computed in different batches.
    originals = np.unique(images.reshape(len(images), -1), axis=0, return_index=True)[1]
    known, many = features(images)[originals], max(k, SURROUNDING)
    indices, distance = nearest_few(features(queries), known, many)
    held_out = held_out[held_out_only(images, held_out)]
    usual = nearest_few(features(held_out), known, many).distance if len(held_out) else np.zeros((0, 1))

    def shares(distance: np.ndarray) -> np.ndarray:
        return distance[:, 0] / np.maximum(distance[:, -1], np.finfo(np.float32).tiny)

    near = share = 0.0
    if len(usual) >= 2:
        near, share = (float(np.quantile(of, 0.01, method="lower")) for of in (usual[:, 0], shares(usual)))
    copies = (distance[:, 0] < near) & (shares(distance) < share)
    return Neighbours(originals[indices[:, :k]], distance[:, :k], usual[:, 0], near, copies)


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
    """Return generated images beside the training images nearest to them, and a sentence on how many are copies.

    Args:
        network: the critic or classifier of a run. For a classifier's run, test images replace the generated ones.
        count: how many images.
        nearest: how many training images are shown next to each image.
        features: another network whose features are compared, see `extractor_of`.
        layer: a layer of the run's own network whose activations are compared; if neither is given, its last
            activations are compared.
        average: draw the images by the averaged generator, if there is one.
        seed: the seed of the first image; each next image has the next seed.

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
        marked += [False, *((distances < found.near) & found.copies[row])]
    columns = found.indices.shape[1] + 1
    figure = draw_panels(
        [Panel(np.stack(tiles), f"{what} (first column), nearest training images", above, marked, columns)],
        f"{network.about}: {what} beside the training images nearest to them",
        f"Nearest of {len(train)} training images by Euclidean distance of {name}. Above each: its class, if any, "
        f"and its distance. {_usual(found)}",
    )
    return {"neighbours": figure}, _sentence(found, what)


def _usual(found: Neighbours) -> str:
    """Return the part of the caption on held-out images."""
    if len(found.usual) < 2:
        return "There are fewer than 2 test images that are no duplicates, so no distance is known to be small."
    return (
        f"For {len(found.usual)} held-out test images the median distance to the nearest training image is "
        f"{np.median(found.usual):.3g}. Red: nearer than {found.near:.3g}, which holds for 1% of them, and much nearer "
        "than other training images. If a generator has memorized its images, nearly all rows have red."
    )


def _sentence(found: Neighbours, what: str) -> str:
    """Return a sentence on how many queries are copies, and what distances cannot tell."""
    if len(found.usual) < 2:
        return (
            f"Fewer than 2 test images differ from the training images and from each other, so distances cannot tell "
            f"whether {what} are copies: remove duplicates from the data, or give other test images"
        )
    copies, near = np.mean(found.copies), np.mean(found.distance[:, 0] < found.near)
    said = (
        f"{100 * copies:.0f}% of {len(found.copies)} {what} look like copies: nearer to a training image than 99% of "
        "the test images are, and much nearer than to other training images"
    )
    if near > copies:
        said += (
            f".\n{100 * (near - copies):.0f}% are near to many training images alike, as blurred images are: distances "
            "cannot tell whether these are copies"
        )
    return said


def _reader(network: InspectedNetwork, features: object, layer: str | None) -> tuple[str, Reader]:
    """Return the name of the features by which images are compared, and the function that computes them."""
    both = f"features {features} and layer {layer}"
    require(
        not (features and layer), "features of another network or a layer of the run's own", both, "Give one of them"
    )
    extractor = extractor_of(features)
    if extractor is not None:
        extractor.check_shape(network.directory.images["image_shape"])
        return f"the features {extractor.label}", lambda images: extractor(images).embeddings
    name, output = (layer, channels(network.model, layer)) if layer else last_activations(network.model)
    given = f", given the class {network.directory.images['class_names'][0]}" if takes(network.model, "labels") else ""
    return f"{network.name}'s {name}{given}", reader(output)
