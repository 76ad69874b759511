"""Find, by optimization, the points of the latent space whose images are most like given images."""

import re
from pathlib import Path

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import FEATURES, add_data, share, whole_numbers
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt


def add_options(parser: Parser) -> None:
    add_generator(parser)
    add_data(parser)
    images = "picture files, a.png,b.jpg, or numbers of the run's test images"
    parser.add("--images", str, images, "0-3")
    parser.add("--steps", NonNegativeInt, "steps of Adam", 300)
    parser.add("--rate", PositiveFloat, "first learning rate of Adam, in standard deviations of the points", 0.05)
    parser.add("--starts", PositiveInt, "attempts for each image; the best one is kept", 4)
    parser.add("--candidates", PositiveInt, "number of samples; the attempts start from the nearest of them", 256)
    share(parser, features=f"features that are compared together with the pixels, from {FEATURES}")
    parser.add("--weight", NonNegativeFloat, "weight of the features' distance", 0.1)
    share(
        parser,
        classes="one class for all images or one for each, for a conditional generator; by default a test image's own "
        "class, or the first class for a file",
    )
    share(parser, seed="seed of the first candidate; each next one has the next seed")


def run(options: Options) -> None:
    """Write the points, their images and the remaining differences."""
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
