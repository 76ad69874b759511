"""What a run writes down of its images, to recognize them later: data.json."""

from pathlib import Path

from tfgan_course.data.images import ImageSet
from tfgan_course.errors import UserError


def facts(train_images: ImageSet, test_images: ImageSet) -> dict:
    """Return what a run writes down of its images."""
    checksum = 0
    for part in (train_images, test_images):
        checksum = part.checksum(checksum)
    return {
        "image_shape": list(train_images.shape),
        "class_names": list(train_images.class_names) if train_images.class_names else None,
        "train_images": len(train_images),
        "test_images": len(test_images),
        "checksum": checksum,
    }


def check_images(then: dict, now: dict, where: str | Path) -> None:
    """Refuse images other than those that a run was begun with."""
    if now != then:
        raise UserError(f"the images are no longer those {where} was trained on: {then} then, {now} now")
