"""Walks from point to point, and the images along them."""

import itertools
from collections.abc import Iterator
from typing import Literal

import numpy as np
import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.gan.latents import slerp
from tfgan_course.latent_space.space import LatentSpace

Path = Literal["lerp", "slerp"]


def legs(stops: int, frames: int, loop: bool = False) -> list[int]:
    """Return the number of frames from each stop to the frame before the next stop, as equal as possible.

    Args:
        stops: how many stops there are, at least 2.
        frames: how many frames the whole walk has. The first one is the first stop, the last one the last stop; in a
            loop the last frame is the one before the first stop, so that the loop can be repeated.
        loop: whether the walk returns from the last stop to the first.

    Raises:
        UserError: if there are fewer frames than stops.
    """
    found = f"{stops} stops and {frames} frames"
    require(2 <= stops <= frames, "at least 2 stops, and a frame for each stop", found, "Change one of them")
    count, steps = (stops, frames) if loop else (stops - 1, frames - 1)
    begins = [round(leg * steps / count) for leg in range(count + 1)]
    return [end - begin for begin, end in itertools.pairwise(begins)]


def walk(stops: np.ndarray, frames: int, path: Path = "lerp", loop: bool = False) -> np.ndarray:
    """Return points from stop to stop, with equal steps between two stops. The stops themselves are among the points.

    Args:
        stops: float32 (stops, size).
        frames: see `legs`.
        path: `lerp`, straight, or `slerp`, on the sphere (White 2016, arXiv:1609.04468; see `latents.slerp`).
        loop: see `legs`.

    Returns:
        float32 (frames, size).
    """
    parts = []
    for leg, steps in enumerate(legs(len(stops), frames, loop)):
        start, end = stops[leg], stops[(leg + 1) % len(stops)]
        shares = (np.arange(steps, dtype=np.float32) / np.float32(steps))[:, np.newaxis]
        if path == "slerp":
            part = slerp(start[np.newaxis], end[np.newaxis], tf.constant(shares)).numpy()
        else:
            part = (1 - shares) * start + shares * end
        part[0] = start
        parts.append(part)
    return np.concatenate(parts if loop else [*parts, stops[-1:]]).astype(np.float32)


def images_between(
    space: LatentSpace,
    numbers: np.ndarray,
    frames: int,
    *,
    labels: np.ndarray | None = None,
    path: Path | None = None,
    loop: bool = False,
    batch_size: int = 64,
) -> Iterator[np.ndarray]:
    """Yield the images of a walk, uint8 (height, width, channels), with one batch at a time in memory.

    Args:
        space: the space to walk in.
        numbers: standard normal numbers of the stops, float32 (stops, latent_size).
        frames: see `legs`.
        labels: the stops' classes, for a conditional generator: int32 (stops,). Images between two classes belong to
            both: in z see `blending`; in w a point contains its class.
        path: see `walk`; None for `lerp` in a space whose `straight` is True, else `slerp`.
        loop: see `legs`.
        batch_size: images computed at once.
    """
    labels = None if labels is None else np.asarray(labels, np.int32)
    stops, alone = [], {}
    begins = itertools.accumulate(legs(len(numbers), frames, loop), initial=0)
    for stop, frame in zip(range(len(numbers)), begins, strict=False):
        # Each stop is drawn alone. In a batch, sums are computed in another order, and the image would differ slightly.
        label = None if labels is None else labels[stop : stop + 1]
        stops.append(space.points(numbers[stop : stop + 1], label))
        alone[frame] = space.drawn(stops[-1], label)[0]
    points = walk(np.concatenate(stops), frames, path or ("lerp" if space.straight else "slerp"), loop)
    if not space.classes:
        labels = None  # the points contain the classes
    elif (labels == labels[0]).all():
        labels = np.repeat(labels[0], frames)
    else:
        labels = walk(np.eye(space.classes, dtype=np.float32)[labels], frames, "lerp", loop)
    for first in range(0, frames, batch_size):
        part = slice(first, first + batch_size)
        images = space.drawn(points[part], None if labels is None else labels[part], batch_size)
        yield from (alone.get(index, image) for index, image in enumerate(images, first))
