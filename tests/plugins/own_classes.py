"""A user's own class, for the pages of `--help`."""

from tfgan_course.augmentation import Augmentation


class Fade(Augmentation):
    """Darkens images.

    Args:
        depth: how dark the images become.
    """

    def __init__(self, depth: float = 0.5):
        super().__init__()
        self.depth = depth

    def __call__(self, images, draws):
        return images - self.depth
