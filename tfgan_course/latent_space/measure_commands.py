"""`latents project` and `path-length`."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow as tf
from jsonargparse.typing import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from PIL import Image

from tfgan_course.config.parser import parse
from tfgan_course.data import load
from tfgan_course.data.picture import fit
from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.explore.options import Out
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels
from tfgan_course.gan.sampling import normal_numbers
from tfgan_course.latent_space.path_length import EPSILON, path_length
from tfgan_course.latent_space.projection import project
from tfgan_course.latent_space.subject import Drawer, open_drawer, parser_of, whole_numbers

PIXELS = "pixels"


def project_command(args: Sequence[str]) -> None:
    """Find the points whose images are most like given ones, by optimization."""
    parser = parser_of("project", project_command.__doc__)
    parser.add_argument(
        "--images", type=str, default="0-3", help="picture files, a.png,b.jpg, or numbers of the run's test images"
    )
    parser.add_argument("--steps", type=NonNegativeInt, default=300, help="of Adam")
    parser.add_argument("--rate", type=PositiveFloat, default=0.05, help="Adam's at first, in deviations of the points")
    parser.add_argument("--starts", type=PositiveInt, default=4, help="for each image; the best one counts")
    parser.add_argument("--candidates", type=PositiveInt, default=256, help="samples that starts are chosen among")
    parser.add_argument("--features", type=str | None, help="look at these too: a classifier's run, as for evaluate")
    parser.add_argument("--weight", type=NonNegativeFloat, default=0.1, help="of the features' distance")
    parser.add_argument(
        "--classes",
        type=str | None,
        help="a class for all or one for each; of a conditional generator. A test image's own, else the first",
    )
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of the candidates")
    options = parse(parser, args)
    drawer = open_drawer(options)
    out = Out(options, drawer.run, "latents")
    names, images, own = pictures(options.images, drawer)
    labels = drawer.labels(options.classes, len(images))
    if labels is not None and options.classes is None and own is not None:
        labels = own
    label, features = features_of(options.features, drawer) if options.features else ("", None)
    found = project(
        drawer.space,
        images,
        drawer.numbers(range(options.seed, options.seed + options.candidates)),
        labels,
        starts=options.starts,
        steps=options.steps,
        rate=options.rate,
        features=features,
        weight=options.weight,
    )
    roots = 127.5 * np.sqrt(found.errors)
    rows = [(name, float(first), float(last)) for name, first, last in zip(names, roots[0], roots[-1], strict=True)]
    out.table("project", ("image", "difference before", "after"), rows)
    out.arrays("project", points=found.points, errors=found.errors)
    looked = f" and of {label}, weighed {options.weight:g}" if features else ""
    figure = draw_panels(
        [
            Panel(images, "given", names),
            Panel(to_uint8(found.images), "found", [f"{root:.1f}" for root in roots[-1]]),
        ],
        f"{drawer.about}: images projected into {drawer.space.name}",
        f"Minimized: the mean squared difference of pixels{looked}, by {options.steps} steps of Adam from "
        f"{options.starts} of {options.candidates} samples. Above an image found: the root of the pixels' mean squared "
        "difference, in gray levels of 256.",
    )
    out.figure("project", figure)
    curve = draw_curves(
        range(len(roots)),
        {name: column for name, column in zip(names, roots.T, strict=True)},
        ("step", "difference, gray levels"),
        f"{drawer.about}: projection into {drawer.space.name}",
        "The root of the pixels' mean squared difference, of the start that ends best.",
        top=None,
    )
    out.figure("project-curve", curve)


def pictures(words: str, drawer: Drawer) -> tuple[list[str], np.ndarray, np.ndarray | None]:
    """What to call the images asked for, uint8 in the generator's shape, themselves, and the labels of test images."""
    size, _, channels = drawer.shape
    if not re.fullmatch(r"[\d,\s-]+", words):
        names, images = [], []
        for word in words.split(","):
            path = Path(word.strip())
            try:
                with Image.open(path) as picture:
                    images.append(fit(picture, size, channels))
            except (OSError, ValueError) as error:
                raise UserError(
                    f"--images {path}: it is no picture that can be read ({error}). Name picture files, or numbers of "
                    "test images: 0-3"
                ) from error
            names.append(path.name)
        return names, np.stack(images), None
    numbers = whole_numbers(words, "--images")
    _, test = load(drawer.data)
    if max(numbers) >= len(test):
        raise UserError(f"--images {words}: there is no {max(numbers)}; there are test images 0 to {len(test) - 1}")
    chosen = test.take(np.array(numbers))
    return [f"test {number}" for number in numbers], chosen.images, chosen.labels


def path_length_command(args: Sequence[str]) -> None:
    """Measure how evenly images change on walks: perceptual path length, in the features you name."""
    parser = parser_of("path-length", path_length_command.__doc__)
    parser.add_argument(
        "--features",
        type=str,
        required=True,
        help="what a distance is measured in: a classifier's run, a Keras file, a SavedModel, inception; or pixels, "
        "which is no perceptual one",
    )
    parser.add_argument("--count", type=PositiveInt, default=2000, help="walks")
    parser.add_argument(
        "--places", type=Literal["full", "end"], default="full", help="anywhere on a walk, or at its beginning"
    )
    parser.add_argument("--epsilon", type=PositiveFloat, default=EPSILON, help="the step, as a share of the walk")
    parser.add_argument("--classes", type=str | None, help="class of all; of a conditional generator. Classes in turn")
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of the walks")
    parser.add_argument("--batch_size", type=PositiveInt, default=32, help="walks at once")
    options = parse(parser, args)
    drawer = open_drawer(options)
    out = Out(options, drawer.run, "latents")
    label, features = features_of(options.features, drawer)
    count, space = options.count, drawer.space
    labels = drawer.labels(options.classes, count)
    if labels is not None and options.classes is None:
        labels = np.arange(count, dtype=np.int32) % drawer.gan.classes
    numbers = normal_numbers(options.seed, 2 * count, space.latent_size)
    found = path_length(
        space,
        features,
        numbers[::2],
        numbers[1::2],
        labels,
        places=options.places,
        epsilon=options.epsilon,
        seed=options.seed,
        batch_size=options.batch_size,
    )
    record = {
        "run": str(drawer.run.path),
        "step": drawer.gan.steps_done,
        "space": space.name,
        "places": options.places,
        "features": label,
        "epsilon": options.epsilon,
        "walks": count,
        "seed": options.seed,
        "path_length": found.mean,
        "standard_error": found.error,
    }
    out.text(f"path-length-{space.name}-{options.places}.json", json.dumps(record, indent=2) + "\n")
    print(
        f"Path length of {drawer.about} in {space.name}: {found.mean:.4g} +- {found.error:.2g} (standard error; "
        f"{count} walks, {options.places}), in the features {label}"
    )


def features_of(source: str, drawer: Drawer) -> tuple[str, Callable[[tf.Tensor], tf.Tensor]]:
    """The features' name, with a checksum of what makes them, and the function from float images to them."""
    if source == PIXELS:
        return PIXELS, lambda images: tf.reshape(images, [tf.shape(images)[0], -1])
    features = extractor_of(source)
    if features is None:
        raise UserError(f"--features {source}: a distance needs some. Name a classifier's run, or {PIXELS}")
    features.check_shape(drawer.shape)
    return features.label, features.embeddings
