import numpy as np
import pytest

from tfgan_course.data import DataConfig, load
from tfgan_course.errors import UserError


def test_keeps_so_many_labels_of_each_class_and_all_images():
    whole, _ = load(DataConfig())
    train, test = load(DataConfig(labels_per_class=7))
    assert np.array_equal(train.images, whole.images)
    assert np.array_equal(np.bincount(train.labels[train.labels >= 0]), [7] * 10)
    kept = train.labels >= 0
    assert np.array_equal(train.labels[kept], whole.labels[kept])
    assert test.labels.min() == 0
    again, _ = load(DataConfig(labels_per_class=7))
    assert np.array_equal(train.labels, again.labels)


def test_refuses_more_labels_than_there_are():
    for wrong, allowed in ((601, "600"), (0, "1 or more")):
        with pytest.raises(UserError) as error:
            load(DataConfig(labels_per_class=wrong))
        assert allowed in error.value.expected
        assert error.value.received == f"{wrong}"
