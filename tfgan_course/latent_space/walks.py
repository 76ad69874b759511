"""Walks from point to point, and the images along them."""

import itertools
from collections.abc import Iterator
from typing import Literal

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.gan.latents import slerp
from tfgan_course.latent_space.space import LatentSpace

Path = Literal["lerp", "slerp"]


def legs(stops: int, frames: int, loop: bool = False) -> list[int]:
    """Return the number of frames from each stop to the one before the next: as equal as it goes.

    Args:
        stops: how many there are, at least 2.
        frames: of the whole walk. Its first frame is the first stop, and its last one the last stop; of a loop the last
            one is that before the first stop, so that it can be repeated.
        loop: whether the walk goes on from the last stop to the first.

    Raises:
        UserError: if the frames do not suffice for the stops.
    """
    if stops < 2 or frames < stops:
        raise UserError(f"a walk needs at least 2 stops and a frame for each; got {stops} stops and {frames} frames")
    count, steps = (stops, frames) if loop else (stops - 1, frames - 1)
    begins = [round(leg * steps / count) for leg in range(count + 1)]
    return [end - begin for begin, end in itertools.pairwise(begins)]


def walk(stops: np.ndarray, frames: int, path: Path = "lerp", loop: bool = False) -> np.ndarray:
    """Return points from stop to stop, equal steps on each leg; the stops are among them exactly.

    Args:
        stops: float32 (stops, size).
        frames: as `loop`, see `legs`.
        path: `lerp`, straight, or `slerp`, on the sphere (White 2016, arXiv:1609.04468; see `latents.slerp`).

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
    """Yield the images of a walk, uint8 (height, width, channels), of which one batch at a time is in memory.

    Args:
        space: in which to walk.
        numbers: of the stops, standard normal, float32 (stops, latent_size).
        frames: as `loop`, see `legs`.
        labels: of the stops, for a conditional generator: int32 (stops,). Between different ones the images are of both
            classes: in z see `blending`; in w a class is a place like any other.
        path: see `walk`; unless given the space's own, straight or on the sphere.
        batch_size: images made at once.
    """
    told = None if labels is None else np.asarray(labels, np.int32)
    stops, alone = [], {}
    begins = itertools.accumulate(legs(len(numbers), frames, loop), initial=0)
    for stop, frame in zip(range(len(numbers)), begins, strict=False):
        # Each stop as it is drawn alone: with others beside it kernels would add in another order.
        label = None if told is None else told[stop : stop + 1]
        stops.append(space.points(numbers[stop : stop + 1], label))
        alone[frame] = space.drawn(stops[-1], label)[0]
    points = walk(np.concatenate(stops), frames, path or ("lerp" if space.straight else "slerp"), loop)
    if not space.classes:
        told = None  # what there is to know of classes is in the points
    elif (told == told[0]).all():
        told = np.repeat(told[0], frames)
    else:
        told = walk(np.eye(space.classes, dtype=np.float32)[told], frames, "lerp", loop)
    for first in range(0, frames, batch_size):
        part = slice(first, first + batch_size)
        images = space.drawn(points[part], None if told is None else told[part], batch_size)
        yield from (alone.get(index, image) for index, image in enumerate(images, first))
