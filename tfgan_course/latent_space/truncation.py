"""Truncation: from the average image to the most unusual ones."""

from collections.abc import Sequence

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.figures.folder import Results
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import numbers_of_seeds
from tfgan_course.latent_space.space import LatentSpace, WSpace


def truncations(
    space: LatentSpace, seeds: Sequence[int], values: Sequence[float], labels: np.ndarray | None = None
) -> np.ndarray:
    """Return images of the same seeds, truncated more or less, uint8 (seeds, values, height, width, channels).

    In w, the truncation trick: average + psi (w - average), where 0 is the image of the training's average w, 1 the
    sample itself, and negative values are its opposite (Karras et al. 2019, arXiv:1812.04948, section 2 and appendix
    B). In z, where there is no such average, the latents' normal distribution is cut to [-t, t], see `normal_rows`;
    from 5.3 on that cuts nothing.

    The `values` are psi, or t; `labels`, int32 (seeds,), are for a conditional generator.

    Raises:
        UserError: for a threshold that is not above 0, or psi that is no number.
    """
    if isinstance(space, WSpace):
        if not np.isfinite(values).all():
            raise UserError(f"psi must be a number; got {values}")
        points = space.points_of_seeds(seeds, labels)
        moved = [space.truncated(points, value) for value in values]
    else:
        if not min(values) > 0:
            raise UserError(f"a normal distribution can be cut at numbers above 0 alone; got {min(values):g}")
        moved = [space.points(numbers_of_seeds(seeds, space.latent_size, value)) for value in values]
    repeated = None if labels is None else np.repeat(labels, len(values))
    images = space.drawn(np.stack(moved, axis=1).reshape(-1, space.size), repeated)
    return images.reshape(len(seeds), len(values), *images.shape[1:])


def truncation_report(
    space: LatentSpace, seeds: Sequence[int], values: Sequence[float], labels: np.ndarray | None = None
) -> Results:
    """Return a row of images for each seed, from the most truncated to the least; see `truncations`."""
    images = truncations(space, seeds, values, labels)
    name = "psi" if space.name == "w" else "t"
    above = [f"{name} {value:g}" if row == 0 else "" for row in range(len(seeds)) for value in values]
    captions = {
        "w": "w' = average + psi (w - average): 0 is the image of the average w of the training, 1 the sample itself, "
        "and below 0 is its opposite.",
        "z": "The normal distribution behind the latents, cut to [-t, t]; each number keeps its rank. From 5 on that "
        "cuts nothing: the sample itself. This generator is looked at in z, where no average w is; what psi is for w, "
        "t is here.",
    }
    panel = Panel(images.reshape(-1, *images.shape[2:]), "", above, columns=len(values))
    return {"truncate": draw_panels([panel], f"{space.about}: truncated in {space.name}", captions[space.name])}
