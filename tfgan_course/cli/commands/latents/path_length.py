"""Measure how evenly images change on walks: perceptual path length, in the features you name."""

import json
from typing import Literal

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveFloat, PositiveInt

from tfgan_course.cli.options import add_classes, add_count, add_figures, add_run, add_seed, add_space


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents path-length`."""
    add_run(parser)
    add_space(parser)
    add_figures(parser, "latents")
    parser.add_argument(
        "--features",
        type=str,
        required=True,
        help="what a distance is measured in: a classifier's run, a Keras file, a SavedModel, inception; or pixels, "
        "which is no perceptual one",
    )
    add_count(parser, 2000, "walks")
    parser.add_argument(
        "--places", type=Literal["full", "end"], default="full", help="anywhere on a walk, or at its beginning"
    )
    parser.add_argument("--epsilon", type=PositiveFloat, default=1e-4, help="the step, as a share of the walk")
    add_classes(parser, "class of all; of a conditional generator. Classes in turn")
    add_seed(parser, "of the walks")
    parser.add_argument("--batch_size", type=PositiveInt, default=32, help="walks at once")


def run(options: Namespace) -> None:
    """Write the record, and print the figure."""
    import numpy as np

    from tfgan_course.figures.folder import FigureFolder
    from tfgan_course.gan.sampling import normal_numbers
    from tfgan_course.latent_space import class_labels, path_length, space_of
    from tfgan_course.latent_space.path_length import distance_features
    from tfgan_course.runs.open import load_run

    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    space, count = space_of(run, options.space), options.count
    out = FigureFolder(options.out or run.directory.path / "latents", options.formats)
    name, features = distance_features(options.features, run.image_shape)
    labels = class_labels(run, options.classes, count)
    if labels is not None and options.classes is None:
        labels = np.arange(count, dtype=np.int32) % run.gan.classes
    numbers = normal_numbers(options.seed, 2 * count, space.latent_size)
    how = {"places": options.places, "epsilon": options.epsilon, "seed": options.seed}
    found = path_length(space, features, numbers[::2], numbers[1::2], labels, **how, batch_size=options.batch_size)
    record = {
        "run": str(run.directory.path),
        "step": run.step,
        "space": space.name,
        **how,
        "features": name,
        "walks": count,
        "path_length": found.mean,
        "standard_error": found.error,
    }
    out.text(f"path-length-{space.name}-{options.places}.json", json.dumps(record, indent=2) + "\n")
    print(
        f"Path length of {space.about} in {space.name}: {found.mean:.4g} +- {found.error:.2g} (standard error; "
        f"{count} walks, {options.places}), in the features {name}"
    )
