"""Measure how evenly images change on walks: perceptual path length, in the features you name."""

from typing import Literal

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import FEATURES, existing_features, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import PositiveFloat, PositiveInt


def add_options(parser: Parser) -> None:
    add_generator(parser)
    about = f"the features whose distances are measured, from {FEATURES}; or pixels"
    parser.add("--features", str, about, check=existing_features)
    parser.add("--count", PositiveInt, "how many walks", 2000)
    about = "where a step is taken: anywhere on a walk (full) or at its beginning (end)"
    parser.add("--places", Literal["full", "end"], about, "full")
    parser.add("--epsilon", PositiveFloat, "length of the step, as a fraction of the walk", 1e-4)
    share(parser, classes="class of all walks, for a conditional generator; all classes in turn unless given")
    share(parser, seed="seed of the walks")
    parser.add("--batch_size", PositiveInt, "walks that are computed at once", 32)


def run(options: Options) -> None:
    """Write the JSON file, and print the path length."""
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
