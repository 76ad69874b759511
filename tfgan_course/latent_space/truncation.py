"""Truncation, which trades variety for typical images."""

from collections.abc import Sequence

import numpy as np

from tfgan_course.errors import require
from tfgan_course.figures.folder import Results
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import numbers_of_seeds
from tfgan_course.latent_space.space import LatentSpace, WSpace


def truncations(
    space: LatentSpace, seeds: Sequence[int], values: Sequence[float], labels: np.ndarray | None = None
) -> np.ndarray:
    """Return images of the same seeds with several truncations, uint8 (seeds, values, height, width, channels).

    In w, the truncation trick: average + psi (w - average), where psi = 0 gives the image of the training's average w,
    1 the sample itself, and negative values its opposite (Karras et al. 2019, arXiv:1812.04948, section 2 and appendix
    B). In z, where there is no such average, the latents' normal distribution is cut to [-t, t], see `normal_rows`; a
    t of 5.3 or more cuts nothing.

    Args:
        space: z or w.
        seeds: the seeds of the images.
        values: psi in w, t in z.
        labels: int32 (seeds,), for a conditional generator.

    Raises:
        UserError: for a t that is not above 0, or a psi that is not finite.
    """
    if isinstance(space, WSpace):
        require(bool(np.isfinite(values).all()), "finite numbers as psi", values, "Correct them")
        points = space.points_of_seeds(seeds, labels)
        moved = [space.truncated(points, value) for value in values]
    else:
        require(min(values) > 0, "thresholds above 0", f"{min(values):g}", "Choose larger ones")
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
        "w": "w' = average + psi (w - average): psi = 0 is the image of the average w of the training, 1 the sample "
        "itself, and below 0 its opposite.",
        "z": "The normal distribution of the latents is cut to [-t, t]; each number keeps its rank. From t = 5 on "
        "nothing is cut. In z, t has the role that psi has in w.",
    }
    panel = Panel(images.reshape(-1, *images.shape[2:]), "", above, columns=len(values))
    return {"truncate": draw_panels([panel], f"{space.about}: truncated in {space.name}", captions[space.name])}
