import io

import numpy as np
import pytest
from PIL import Image

from tfgan_course.data import DataConfig, load
from tfgan_course.metrics.alike import alike_distance, distinct, held_out_only, thumbnails


def jpeg(images: np.ndarray, quality: int) -> np.ndarray:
    """Return gray images as they are after they were stored as JPEG."""
    found = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image[..., 0]).save(file, "JPEG", quality=quality)
        found.append(np.array(Image.open(file)))
    return np.stack(found)[..., None]


@pytest.fixture(scope="module")
def images():
    return load(DataConfig())[0].images[:600]


@pytest.mark.parametrize("quality", [95, 85, 75])
def test_an_image_that_is_stored_again_is_not_held_out_and_others_are(images, quality):
    train, other = images[:400], images[400:]
    held_out = np.concatenate([train[:50], jpeg(train[50:100], quality), other, other[:9], jpeg(other[:40], quality)])
    found = held_out_only(train, held_out)
    assert found.tolist() == [False] * 100 + [True] * 200 + [False] * 49


def test_equal_images_are_one(images):
    equal = images[:1].repeat(30, axis=0)
    assert not held_out_only(equal, equal).any()
    assert distinct(thumbnails(equal), 0.0).tolist() == [True] + [False] * 29
    gray = np.full((30, 28, 28, 1), 200, np.uint8)  # far from 0, where rounding errors are largest
    assert distinct(thumbnails(gray), 0.0).sum() == 1


def test_distinct_against_all_pairs_also_in_several_blocks(monkeypatch):
    monkeypatch.setattr("tfgan_course.metrics.arrays.blocks.__defaults__", (32,))
    rows = np.random.default_rng(0).normal(size=(150, 2)).astype(np.float32)
    table = np.linalg.norm(rows[:, None] - rows, axis=2)
    kept: list[int] = []
    for row in range(150):
        if not (table[row, kept] <= 0.3).any():
            kept.append(row)
    assert 10 < len(kept) < 140
    assert np.flatnonzero(distinct(rows, 0.3)).tolist() == kept


def test_the_distance_is_a_twentieth_of_the_usual_one():
    rows = np.random.default_rng(0).normal(size=(4000, 50))
    pairs = np.linalg.norm(rows[:2000] - rows[2000:], axis=1)
    assert alike_distance(rows) == pytest.approx(0.05 * np.sqrt(np.mean(pairs**2)), rel=0.01)
