"""`explain saliency` and `explain neighbours`."""

from collections.abc import Callable, Sequence

import numpy as np
from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeInt, PositiveInt
from tensorflow import keras

from tfgan_course.config.parser import parse
from tfgan_course.data import Images
from tfgan_course.data.classes import labels_of
from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.explore.neighbours import neighbours
from tfgan_course.explore.options import Out, numbers, parser_of
from tfgan_course.explore.outputs import (
    channels,
    class_logits,
    last_activations,
    read,
    reader,
    score,
    takes_labels,
    tells_classes,
)
from tfgan_course.explore.saliency import saliency
from tfgan_course.explore.subject import Subject, open_run
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import draw

MOST_HELD_OUT = 1000


def saliency_command(args: Sequence[str]) -> None:
    """Draw which pixels of an image a class, or the score, hangs on: gradient maps."""
    parser = parser_of("saliency", saliency_command.__doc__)
    parser.add_argument("--images", type=str, default="0-15", help="numbers and ranges, 0,3,8-11")
    parser.add_argument("--split", choices=["test", "train"], default="test", help="of these images")
    parser.add_argument(
        "--of",
        type=str | None,
        help="said (the class an image is taken for), label, a class by name or number, or score; said, or score of a "
        "critic without classes",
    )
    options = parse(parser, args)
    subject = open_run(options.run, options.checkpoint)
    of = options.of or ("said" if tells_classes(subject.model) else "score")
    (score if of == "score" else class_logits)(subject.model)  # before anything slow
    out = Out(options, subject.run)
    train, test = subject.images()
    images = test if options.split == "test" else train
    picked = numbers(options.images, len(images.images), "--images")
    shown = images.images[picked]
    if of == "score":
        told = images.labels[picked] if takes_labels(subject.model) else np.zeros(len(shown), int)
        values, maps = saliency_of_score(subject.model, shown, told)
        labels = [f"{value:.3g}" for value in values]
    else:
        units, labels = units_of(of, subject.model, shown, images, picked)
        maps = saliency(class_logits(subject.model), shown, units)
    largest = maps.max(axis=(1, 2), keepdims=True)
    what = "the score" if of == "score" else "the class named above it"
    what += ", told the image's own class," if of == "score" and takes_labels(subject.model) else ""
    figure = draw_panels(
        [
            Panel(shown, "images", labels),
            Panel(maps / np.maximum(largest, np.finfo(np.float32).tiny), "gradient maps",
                  [f"{value:.2g}" for value in largest.ravel()], scale=("0", "largest")),
        ],
        f"{subject.about}: which pixels {'the score' if of == 'score' else 'the class'} hangs on",
        f"Of {options.split} images {options.images}: the size of the gradient of {what} for each pixel, the largest "
        "of its colors. Each map has its own scale: above it the value of its brightest pixel.",
    )  # fmt: skip
    out.figure("saliency", figure)


def saliency_of_score(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A critic's scores (n,) and their gradient maps, see `saliency`; one that takes labels is told those given."""
    values = np.zeros(len(images), np.float32)
    maps = np.zeros(images.shape[:3], np.float32)
    for label in np.unique(labels):
        rows, output = labels == label, score(model, int(label))
        values[rows] = read(output, images[rows])[:, 0]
        maps[rows] = saliency(output, images[rows], np.zeros(rows.sum(), int))
    return values, maps


def units_of(
    of: str, model: keras.Model, shown: np.ndarray, images: Images, picked: Sequence[int]
) -> tuple[np.ndarray, list[str]]:
    """Which class each image is asked about, and what to write above it."""
    names = images.class_names or ()
    if of == "said":
        units = read(class_logits(model), shown).argmax(axis=1)
    elif of == "label":
        units = images.labels[picked]
        if (units < 0).any():
            raise UserError("--of label: some of these images have none. Use --of said")
    else:
        units = np.repeat(labels_of([of], names), len(shown))
    return units, [names[unit] for unit in units]


def neighbours_command(args: Sequence[str]) -> None:
    """Draw generated samples beside the training images nearest to them: is anything learnt by heart?"""
    parser = parser_of("neighbours", neighbours_command.__doc__)
    parser.add_argument("--count", type=PositiveInt, default=10, help="samples (test images, of a classifier's run)")
    parser.add_argument("--nearest", type=PositiveInt, default=5, help="training images beside each")
    parser.add_argument("--features", type=str | None, help="as for evaluate: a classifier's run, for example")
    parser.add_argument("--layer", type=str | None, help="the run's own network's layer; its last activations")
    parser.add_argument("--average", type=bool, default=True, help="use the averaged generator (EMA)")
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of the samples")
    options = parse(parser, args)
    if options.features and options.layer:
        raise UserError("--features are another network's, --layer is the run's own: give one of them")
    subject = open_run(options.run, options.checkpoint)
    name, features = features_of(subject, options)
    out = Out(options, subject.run)
    train, test = subject.images()
    count = min(options.count, len(test.images)) if subject.gan is None else options.count
    if subject.gan is None:
        queries, labels, what = test.images[:count], test.labels, "test images"
    else:
        queries, labels = draw(subject.gan, count, options.seed, options.average)
        what = "generated images"
    found = neighbours(features, queries, train.images, test.images[:MOST_HELD_OUT], options.nearest)
    near = found.near

    def named(label: int | None) -> str:
        return "" if label is None or label < 0 or not train.class_names else train.class_names[label]

    tiles, above, marked = [], [], []
    for row in range(count):
        tiles += [queries[row], *train.images[found.index[row]]]
        above.append(named(None if labels is None else labels[row]) or str(row))
        marked.append(False)
        for index, distance in zip(found.index[row], found.distance[row], strict=True):
            above.append(f"{named(None if train.labels is None else train.labels[index])}\n{distance:.3g}".strip())
            marked.append(distance < near)
    columns = found.index.shape[1] + 1
    figure = draw_panels(
        [Panel(np.stack(tiles), f"{what} (first column), nearest training images", above, marked, columns)],
        f"{subject.about}: {what} beside the training images nearest to them",
        f"Nearest of {len(train.images)} training images by Euclidean distance of {name}. Above them: the class, if "
        f"there is one, and the distance. Of {len(found.usual)} held-out test images the nearest training image is at "
        f"{np.median(found.usual):.3g} in the median; red: nearer than {near:.3g}, as 1% of them are. A generator that "
        "learns by heart has nearly all rows red, and the pictures alike.",
    )
    out.figure("neighbours", figure)
    share = float(np.mean(found.distance[:, 0] < near))
    print(f"{100 * share:.0f}% of {count} {what} are nearer to a training image than 99% of the test images are")


def features_of(subject: Subject, options: Namespace) -> tuple[str, Callable[[np.ndarray], np.ndarray]]:
    """What images are compared by: its name, and a function of uint8 images."""
    if options.features:
        source = extractor_of(options.features)
        if source is not None:
            source.check_shape(subject.run.images["image_shape"])
            return f"the features {source.label}", lambda images: source(images).embeddings
    if options.layer:
        name, output = options.layer, channels(subject.model, options.layer)
    else:
        name, output = last_activations(subject.model)
    told = f", told the class {subject.run.images['class_names'][0]}" if takes_labels(subject.model) else ""
    return f"{subject.name}'s {name}{told}", reader(output)
