"""The interface of all image sets, in memory or streamed."""

import numpy as np
import pytest

from tfgan_course.data import Images, check_images, facts, take_random
from tfgan_course.errors import UserError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1), dtype=np.uint8)
LABELED = Images(PIXELS, np.arange(6, dtype=np.int32) % 2, ("even", "odd"))


def test_repr_is_one_line():
    assert repr(LABELED) == "<Images: 6 images of 28 x 28 x 1, 2 classes>"
    assert repr(Images(PIXELS)) == "<Images: 6 images of 28 x 28 x 1, no classes>"


def test_random_images_depend_on_their_number_alone():
    assert take_random(LABELED, None) is take_random(LABELED, 6) is LABELED
    taken = take_random(LABELED, 3)
    assert len(taken) == 3
    expected = np.random.default_rng(6).permutation(6)[:3]  # Figures of past evaluations depend on it.
    np.testing.assert_array_equal(taken.images, PIXELS[expected])
    np.testing.assert_array_equal(taken.labels, expected % 2)


@pytest.mark.parametrize("other", [Images(PIXELS), Images(PIXELS[::-1].copy(), LABELED.labels, ("even", "odd"))])
def test_other_images_are_refused_and_further_facts_ignored(other):
    then = {"kind": "classifier", **facts(LABELED, LABELED)}
    check_images(then, facts(LABELED, LABELED), "runs/a")
    with pytest.raises(UserError, match="runs/a"):
        check_images(then, facts(other, LABELED), "runs/a")
