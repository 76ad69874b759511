"""Find the points whose images are most like given ones, by optimization."""

import re
from pathlib import Path

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import add_classes, add_seed, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents project`."""
    add_generator(parser)
    images = "picture files, a.png,b.jpg, or numbers of the run's test images"
    parser.add_argument("--images", type=str, default="0-3", help=images)
    parser.add_argument("--steps", type=NonNegativeInt, default=300, help="of Adam")
    parser.add_argument("--rate", type=PositiveFloat, default=0.05, help="Adam's at first, in deviations of the points")
    parser.add_argument("--starts", type=PositiveInt, default=4, help="for each image; the best one counts")
    parser.add_argument("--candidates", type=PositiveInt, default=256, help="samples that starts are chosen among")
    parser.add_argument("--features", type=str | None, help="look at these too: a classifier's run, as for evaluate")
    parser.add_argument("--weight", type=NonNegativeFloat, default=0.1, help="of the features' distance")
    add_classes(parser, "one for all or for each; of a conditional generator. A test image's own, else the first")
    add_seed(parser, "of the first candidate; the next has the next seed")


def run(options: Namespace) -> None:
    """Write the points, the images found and the differences that are left."""
    import numpy as np

    from tfgan_course.latent_space import class_labels, distance_features, projection_report, read_pictures

    run, space, out = opened(options)
    own_labels = None
    if re.fullmatch(r"[\d,\s-]+", options.images):
        test = run.images()[1]
        numbers = whole_numbers(options.images, "--images", len(test))
        chosen = test.take(np.array(numbers))
        names, images, own_labels = [f"test {number}" for number in numbers], chosen.images, chosen.labels
    else:
        paths = [Path(word.strip()) for word in options.images.split(",")]
        names, images = [path.name for path in paths], read_pictures(paths, run.image_shape)
    labels = class_labels(run, options.classes, len(images))
    if labels is not None and options.classes is None and own_labels is not None:
        labels = own_labels
    features = options.features and distance_features(options.features, run.image_shape)
    how = {name: options[name] for name in ("candidates", "seed", "starts", "steps", "rate", "weight")}
    out.save(projection_report(space, images, names, labels, features=features, **how))
