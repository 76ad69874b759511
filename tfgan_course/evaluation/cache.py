"""Keeps the features of real images from one evaluation to the next."""

import hashlib
import json
import os
import warnings
from pathlib import Path

import numpy as np

from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable
from tfgan_course.files import written_whole


def cached_features(features: FeatureExtractor, images: np.ndarray, folder: Path | None) -> FeatureTable:
    """Return the features of uint8 images; they are read from the folder if it has them. None keeps no features.

    The name of a file has checksums of the pixels and of the extractor, so that a change of the dataset, the split, the
    preprocessing or the extractor leads to another file.
    """
    if folder is None:
        return features(images)
    key = json.dumps([features.identity["kind"], features.checksum, images.shape, image_checksum(images)])
    path = folder / f"{features.label}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
    if path.is_file():
        try:
            with np.load(path) as arrays:
                return FeatureTable(arrays["embeddings"], arrays.get("probabilities"))
        except Exception:  # The file is damaged; zipfile and NumPy raise many errors.
            warnings.warn(f"{path} is damaged and is computed again", stacklevel=2)
    table = features(images)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            np.savez(temporary, **{name: array for name, array in table._asdict().items() if array is not None})
    except OSError as error:
        warnings.warn(f"cannot keep features in {folder}: {error.strerror}", stacklevel=2)
    return table


def default_cache() -> Path:
    """Return `tfgan-course` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tfgan-course"


def image_checksum(images: np.ndarray) -> str:
    """Return sixteen hexadecimal digits, the checksum of these pixels."""
    return hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()[:16]
