"""Projection, which finds the point whose image is most similar to a given image."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from tfgan_course.data.form import Form
from tfgan_course.data.picture import Unreadable, picture_of, white_of
from tfgan_course.errors import UserError, require, require_at_least
from tfgan_course.figures.folder import Results, Table
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels
from tfgan_course.gan.batches import images_of
from tfgan_course.gan.sampling import numbers_of_seeds
from tfgan_course.latent_space.space import LatentSpace


class Projected(NamedTuple):
    """The result of the best start of each image.

    `points` float32 (n, size), `images` float32 [-1, 1] (n, height, width, channels), and `errors` float32
    (steps + 1, n): the mean squared difference of pixels, before the first step and after each.
    """

    points: np.ndarray
    images: np.ndarray
    errors: np.ndarray


def project(
    space: LatentSpace,
    images: np.ndarray,
    candidates: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    starts: int = 4,
    steps: int = 300,
    rate: float = 0.05,
    features: Callable[[tf.Tensor], tf.Tensor] | None = None,
    weight: float = 1.0,
) -> Projected:
    """Return the points whose images are most similar to given images: Abdal et al. 2019, arXiv:1904.03189, alg. 1.

    Gradient descent finds a local minimum, of which there are many. So it starts from several points, the `starts`
    candidates whose images are nearest to the given image, and the best result is kept. It minimizes the mean squared
    difference of pixels, and of features if any are given; the rate falls to 0 along half a cosine.

    Args:
        space: z or w.
        images: uint8 [0, 255] or float [-1, 1] (n, height, width, channels).
        candidates: standard normal numbers among which starts are chosen, float32 (m, latent_size).
        labels: int32 (n,), the images' classes, for a conditional generator.
        starts: the number of starts for each image, 1 to m.
        steps: the number of steps, 0 or more.
        rate: Adam's first rate, in standard deviations of the candidates' points.
        features: a function from float32 images to float32 (n, numbers); None compares only pixels.
        weight: the weight of the features' mean squared difference, which is divided by their variance over the
            candidates.

    Raises:
        UserError: for numbers out of range.
    """
    require_at_least(0, steps=steps, weight=weight)
    require(rate > 0, "a rate above 0", rate, "Choose a larger rate")
    enough = f"1 to {len(candidates)} starts, as many as there are candidates"
    require(1 <= starts <= len(candidates), enough, starts, "Choose fewer starts or more candidates")
    wanted = images_of(tf.constant(images))
    count = len(images)
    begin, scale, variance = _starts(space, wanted, candidates, labels, starts, features)
    told = None if labels is None else tf.constant(np.repeat(labels, starts))
    wanted_pixels = tf.repeat(wanted, starts, axis=0)
    wanted_features = None if features is None else tf.repeat(features(wanted), starts, axis=0)
    axes = list(range(1, len(wanted.shape)))

    def distances(points: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        made = space.images(points, told)
        pixels = tf.reduce_mean((made - wanted_pixels) ** 2, axis=axes)
        if features is None:
            return pixels, pixels
        return pixels + weight * tf.reduce_mean((features(made) - wanted_features) ** 2, axis=1) / variance, pixels

    points = tf.Variable(begin)
    moments = [tf.Variable(tf.zeros_like(begin)) for _ in range(2)]

    @tf.function
    def step(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            goal, pixels = distances(points)
        gradient = tape.gradient(goal, points)
        now = rate * scale * 0.5 * (1.0 + tf.cos(np.pi * number / steps))
        # Adam is written out here, because each row is a separate problem, and Keras 2 and 3 keep Adam's state
        # differently.
        moments[0].assign(0.9 * moments[0] + 0.1 * gradient)
        moments[1].assign(0.999 * moments[1] + 0.001 * gradient**2)
        mean, square = moments[0] / (1.0 - 0.9 ** (number + 1.0)), moments[1] / (1.0 - 0.999 ** (number + 1.0))
        points.assign_sub(now * mean / (tf.sqrt(square) + 1e-8))
        return goal, pixels

    curve = []
    for number in tqdm(range(steps), desc="projection", unit="step", leave=False, disable=None):
        curve.append(step(tf.constant(number, tf.float32))[1].numpy())
    goal, pixels = distances(tf.convert_to_tensor(points))
    best = np.arange(count) * starts + goal.numpy().reshape(count, starts).argmin(axis=1)
    found = points.numpy()[best]
    return Projected(found, space.made(found, labels), np.stack([*curve, pixels.numpy()])[:, best])


def _starts(space, wanted, candidates, labels, starts, features) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the points of each image's nearest candidates, the deviation of all points and the features' variance."""
    chosen, variance, points = [], 1.0, None
    for row in range(len(wanted)):
        label = None if labels is None else np.repeat(labels[row : row + 1], len(candidates))
        if points is None or labels is not None:  # without labels the points are the same for every image
            points = space.points(candidates, label)
            made = tf.constant(space.made(points, label))
            if features is not None:
                variance = tf.reduce_mean(tf.math.reduce_variance(features(made), axis=0)) + 1e-12
        distance = tf.reduce_mean((made - wanted[row]) ** 2, axis=list(range(1, len(made.shape))))
        chosen.append(points[np.argsort(distance.numpy())[:starts]])
    return tf.constant(np.concatenate(chosen)), tf.constant(points.std(), tf.float32), variance


def projection_report(
    space: LatentSpace,
    images: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray | None = None,
    *,
    candidates: int = 256,
    seed: int = 0,
    starts: int = 4,
    steps: int = 300,
    features: tuple[str, Callable[[tf.Tensor], tf.Tensor]] | None = None,
    weight: float = 0.1,
    **options,
) -> Results:
    """Return the points found for images, their images, and curves of the difference; see `project`.

    Args:
        space: z or w.
        images: uint8 (n, height, width, channels).
        names: the names of the images.
        labels: see `project`.
        candidates: the number of samples from which starts are chosen.
        seed: the seed of the first candidate; each next candidate has the next seed.
        starts: see `project`.
        steps: see `project`.
        features: the name and the function of the features, from `distance_features`.
        weight: see `project`.
        **options: further arguments of `project`.
    """
    name, function = features or ("", None)
    numbers = numbers_of_seeds(range(seed, seed + candidates), space.latent_size)
    options |= {"starts": starts, "steps": steps, "features": function, "weight": weight}
    found = project(space, images, numbers, labels, **options)
    roots = 127.5 * np.sqrt(found.errors)
    rows = [(image, float(first), float(last)) for image, first, last in zip(names, roots[0], roots[-1], strict=True)]
    looked = f" and of {name}, times {weight:g}" if features else ""
    figure = draw_panels(
        [Panel(images, "given", names), Panel(to_uint8(found.images), "found", [f"{root:.1f}" for root in roots[-1]])],
        f"{space.about}: images projected into {space.name}",
        f"Minimized: the mean squared difference of pixels{looked}, by {steps} steps of Adam from {starts} of "
        f"{candidates} samples. Above an image found: the root of the pixels' mean squared difference, in gray levels "
        "of 256.",
    )
    curve = draw_curves(
        range(len(roots)),
        dict(zip(names, roots.T, strict=True)),
        ("step", "difference, gray levels"),
        f"{space.about}: projection into {space.name}",
        "The root of the pixels' mean squared difference, for the best start.",
        top=None,
    )
    return {
        "project.csv": Table(("image", "difference before", "after"), rows),
        "project.npz": {"points": found.points, "errors": found.errors},
        "project": figure,
        "project-curve": curve,
    }


def read_pictures(paths: Sequence[Path], shape: tuple[int, int, int]) -> np.ndarray:
    """Return picture files as uint8 images (n, height, width, channels) of a generator's shape.

    Raises:
        UserError: for a file that is not a picture, or a picture with too many pixels.
    """
    try:
        white = white_of(paths, "the 16-bit pictures")
        return np.stack([picture_of(path, Form(*shape, white=white)) for path in paths])
    except Unreadable as error:
        raise UserError(
            expected="picture files that can be read, or numbers of test images",
            received=str(error),
            remedy="Choose another picture, or make it smaller if it is too large",
        ) from error
