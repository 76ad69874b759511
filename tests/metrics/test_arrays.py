import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics.arrays import integer_labels

LABELS = np.array([2, 0, 1, 1])


@pytest.mark.parametrize(
    "form",
    [
        LABELS,
        LABELS[:, None],
        LABELS.astype(np.uint8),
        LABELS.astype(np.float64),
        LABELS.astype(np.float32)[:, None],
        np.eye(3)[LABELS],
        np.eye(3, dtype=bool)[LABELS],
        LABELS.tolist(),
    ],
)
def test_labels_of_every_clear_form_become_whole_numbers(form):
    found = integer_labels(form, 4, 3)
    assert found.dtype == np.int32
    assert found.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("form", "named"),
    [
        (LABELS + 0.5, "2.5"),
        (np.array([0, np.nan, 1, 1]), "nan"),
        (np.array([0, np.inf, 1, 1]), "inf"),
        (LABELS[:3], "(3,)"),
        (np.eye(4)[LABELS], "(4, 4)"),
        (np.ones((4, 3)), "(4, 3)"),
        (np.array(["a", "b", "c", "d"]), "'a'"),
        (np.zeros((4, 1, 1)), "(4, 1, 1)"),
    ],
)
def test_other_labels_are_refused_with_shape_and_values(form, named):
    with pytest.raises(UserError) as error:
        integer_labels(form, 4, 3)
    assert named in error.value.received
