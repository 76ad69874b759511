"""What a run writes down of its images (data.json), and the check that they are still the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tfgan_course.errors import UserError

if TYPE_CHECKING:
    from tfgan_course.data.images import ImageSet


def facts(train: "ImageSet", test: "ImageSet") -> dict:
    """Return what a run writes down of its images: shape, class names, numbers of images, and a checksum of all."""
    return {
        "image_shape": list(train.shape),
        "class_names": list(train.class_names) if train.class_names else None,
        "train_images": len(train),
        "test_images": len(test),
        "checksum": test.checksum(train.checksum(0)),
    }


def check_images(then: Mapping, now: Mapping, where: str | Path) -> None:
    """Raise `UserError` if the images are not those of an earlier training.

    Args:
        then: what was written down in the beginning. Keys that `now` lacks, a classifier's `kind`, are not compared.
        now: the `facts` of the images as they are now.
        where: the run, or whoever trained on the images, for the message.
    """
    before = {key: then.get(key) for key in now}
    if before != now:
        raise UserError(f"the images are no longer those {where} was trained on: {before} then, {dict(now)} now")
