"""Measure how evenly images change on walks: perceptual path length, in the features you name."""

from typing import Literal

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveFloat, PositiveInt

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import add_classes, add_count, add_seed


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents path-length`."""
    add_generator(parser)
    about = "what a distance is measured in: a classifier's run, a Keras file, a SavedModel, inception"
    parser.add_argument("--features", type=str, required=True, help=f"{about}; or pixels, which is no perceptual one")
    add_count(parser, 2000, "walks")
    places = Literal["full", "end"]
    parser.add_argument("--places", type=places, default="full", help="anywhere on a walk, or at its beginning")
    parser.add_argument("--epsilon", type=PositiveFloat, default=1e-4, help="the step, as a share of the walk")
    add_classes(parser, "class of all; of a conditional generator. Classes in turn")
    add_seed(parser, "of the walks")
    parser.add_argument("--batch_size", type=PositiveInt, default=32, help="walks at once")


def run(options: Namespace) -> None:
    """Write the record, and print the figure."""
    import numpy as np

    from tfgan_course.gan.sampling import normal_numbers
    from tfgan_course.latent_space import class_labels, distance_features, path_length

    run, space, out = opened(options)
    name, features = distance_features(options.features, run.image_shape)
    labels = class_labels(run, options.classes, options.count)
    if labels is not None and options.classes is None:
        labels = np.arange(options.count, dtype=np.int32) % run.gan.classes
    numbers = normal_numbers(options.seed, 2 * options.count, space.latent_size)
    how = {name: options[name] for name in ("places", "epsilon", "seed")}
    found = path_length(space, features, numbers[::2], numbers[1::2], labels, **how, batch_size=options.batch_size)
    record = {"run": str(run.directory.path), "step": run.step, "space": space.name, **how, "features": name}
    record |= {"walks": options.count, "path_length": found.mean, "standard_error": found.error}
    out.save({f"path-length-{space.name}-{options.places}.json": record})
    print(
        f"Path length of {space.about} in {space.name}: {found.mean:.4g} +- {found.error:.2g} (standard error; "
        f"{options.count} walks, {options.places}), in the features {name}"
    )
