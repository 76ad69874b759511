"""`latents mix`, `truncate` and `directions`."""

from collections.abc import Sequence

import numpy as np
from jsonargparse.typing import NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.config.parser import parse
from tfgan_course.errors import UserError
from tfgan_course.explore.options import Out
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import normal_numbers
from tfgan_course.latent_space.directions import directions, slid, spread
from tfgan_course.latent_space.mixing import fine_layers, mixed
from tfgan_course.latent_space.subject import layers_of, open_drawer, parser_of, values_of, whole_numbers
from tfgan_course.latent_space.truncation import truncations

PSI, THRESHOLDS = "-1,-0.5,0,0.25,0.5,0.75,1,1.5", "0.1,0.25,0.5,1,1.5,2,3,10"
MEASURED = 2000
"""Points of which the deviation along a direction is taken."""


def mix_command(args: Sequence[str]) -> None:
    """Draw a table of images with the rows' coarse styles and the columns' fine ones."""
    parser = parser_of("mix", mix_command.__doc__)
    parser.add_argument("--rows", type=str, default="0-3", help="seeds of the images with the coarse styles")
    parser.add_argument("--columns", type=str, default="4-9", help="seeds of the images with the fine styles")
    parser.add_argument("--layers", type=str | None, help="that get the columns' w: 4-7,9; the later half")
    parser.add_argument(
        "--classes", type=str | None, help="class by number or name, of all; of a conditional generator"
    )
    options = parse(parser, args)
    rows, columns = whole_numbers(options.rows, "--rows"), whole_numbers(options.columns, "--columns")
    drawer = open_drawer(options)
    layers = fine_layers(drawer.space, layers_of(options.layers))
    out = Out(options, drawer.run, "latents")
    coarse, fine = (
        drawer.space.points(drawer.numbers(seeds), drawer.labels(options.classes, len(seeds)))
        for seeds in (rows, columns)
    )
    images = mixed(drawer.space, coarse, fine, layers)
    beside, above = drawer.space.drawn(coarse), drawer.space.drawn(fine)
    table = [np.full_like(beside[0], 255), *above]
    for image, row in zip(beside, images, strict=True):
        table += [image, *row]
    labels = ["", *(f"seed {seed}" for seed in columns)]
    labels += [label for seed in rows for label in (f"seed {seed}", *[""] * len(columns))]
    figure = draw_panels(
        [Panel(np.stack(table), "", labels, columns=len(columns) + 1)],
        f"{drawer.about}: styles mixed",
        f"An image has the w of its row's first image, but in the layers {', '.join(map(str, layers))} of 0 to "
        f"{drawer.space.style.layers - 1} that of its column's first image.",
    )
    out.figure("mix", figure)


def truncate_command(args: Sequence[str]) -> None:
    """Draw samples from the most typical to the most unusual."""
    parser = parser_of("truncate", truncate_command.__doc__)
    parser.add_argument("--seeds", type=str, default="0-5", help="of the samples: images of sample --seed")
    parser.add_argument("--psi", type=str | None, help=f"in w: shares of the way from the average w; --psi={PSI}")
    parser.add_argument(
        "--threshold", type=str | None, help=f"in z: where the latents' normal distribution is cut off; {THRESHOLDS}"
    )
    parser.add_argument(
        "--classes", type=str | None, help="a class for all or one for each; of a conditional generator"
    )
    options = parse(parser, args)
    seeds = whole_numbers(options.seeds, "--seeds")
    drawer = open_drawer(options)
    in_w = drawer.space.name == "w"
    if in_w and options.threshold is not None:
        raise UserError("--threshold cuts latents off, in z. In w write --psi, or look at z with --space z")
    if not in_w and options.psi is not None:
        raise UserError(
            "--psi is a share of the way from the average w, and in z there is no such average. Write --threshold"
        )
    words = (options.psi or PSI) if in_w else (options.threshold or THRESHOLDS)
    values = values_of(words, "--psi" if in_w else "--threshold")
    out = Out(options, drawer.run, "latents")
    labels = drawer.labels(options.classes, len(seeds))
    images = truncations(drawer.space, drawer.numbers(seeds), values, labels)
    figure = draw_panels(
        [
            Panel(
                images.reshape(-1, *images.shape[2:]),
                "",
                [
                    f"{'psi' if in_w else 't'} {value:g}" if row == 0 else ""
                    for row in range(len(seeds))
                    for value in values
                ],
                columns=len(values),
            )
        ],
        f"{drawer.about}: truncated in {drawer.space.name}",
        "w' = average + psi (w - average): 0 is the image of the average w of the training, 1 the sample itself, and "
        "below 0 is its opposite."
        if in_w
        else "The normal distribution behind the latents, cut to [-t, t]; each number keeps its rank. From 5 on that "
        "cuts nothing: the sample itself. This generator is looked at in z, where no average w is; what psi is for w, "
        "t is here.",
    )
    out.figure("truncate", figure)


def directions_command(args: Sequence[str]) -> None:
    """Draw the directions that change images most, found in the first weights alone (SeFa), as sliders."""
    parser = parser_of("directions", directions_command.__doc__)
    parser.add_argument("--count", type=PositiveInt, default=6, help="directions, strongest first")
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of the image that is moved")
    parser.add_argument("--reach", type=PositiveFloat, default=3.0, help="how far, in deviations of the points")
    parser.add_argument("--steps", type=PositiveInt, default=4, help="images on each side of it")
    parser.add_argument("--layers", type=str | None, help="of a style network: those that are moved, 0-3; all")
    parser.add_argument("--classes", type=str | None, help="class of the image; of a conditional generator")
    options = parse(parser, args)
    drawer = open_drawer(options)
    space, layers = drawer.space, layers_of(options.layers)
    if layers is not None and space.name == "z":
        raise UserError("--layers are those that take a w: in z there are none")
    found = directions(space, options.count, layers)
    label = drawer.labels(options.classes, 1)
    out = Out(options, drawer.run, "latents")
    measured = normal_numbers(0, MEASURED, space.latent_size)
    deviations = spread(space, found.vectors, measured, None if label is None else np.resize(label, MEASURED))
    point = space.points(drawer.numbers([options.seed]), label)[0]
    steps = np.linspace(-options.reach, options.reach, 2 * options.steps + 1)
    images = [
        slid(space, point, vector, steps * deviation, label, layers)
        for vector, deviation in zip(found.vectors, deviations, strict=True)
    ]
    rows = [
        (number, float(strength), float(deviation))
        for number, (strength, deviation) in enumerate(zip(found.strengths, deviations, strict=True))
    ]
    out.table("directions", ("direction", "strength", "deviation"), rows)
    out.arrays("directions", vectors=found.vectors, strengths=found.strengths, deviations=deviations)
    figure = draw_panels(
        [
            Panel(
                np.concatenate(images),
                "",
                [f"{number}: {step:+.3g}" for number in range(len(images)) for step in steps],
                columns=len(steps),
            )
        ],
        f"{drawer.about}: directions of {space.name}",
        f"Rows: the eigenvectors of A^T A, strongest first, of the first weights A ({', '.join(found.names)}). The "
        f"middle is the image of seed {options.seed}; numbers are deviations of {space.name} along the direction"
        + (f", of the layers {', '.join(map(str, layers))} alone." if layers else "."),
    )
    out.figure("directions", figure)
