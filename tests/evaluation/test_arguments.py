"""Wrong arguments of `evaluate` are one error each, before any work."""

import numpy as np
import pytest

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.evaluation.evaluation import evaluate
from tfgan_course.evaluation.metric import Metric
from tfgan_course.evaluation.metrics import metrics_of


class Fails:
    """An object that raises an error as soon as it is used."""

    def __getattribute__(self, name):
        raise AssertionError(f"{name} was used before the arguments were checked")


class WithoutFigures(Metric):
    def compute(self, comparison):
        return {}


class WithAList(WithoutFigures):
    figures = ["contrast"]  # noqa: RUF012


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        *[("samples", wrong) for wrong in (0, -1, 49, 60.5, "60", None, True)],
        *[("seed", wrong) for wrong in (-1, 1.5, "1", None)],
        *[("split", wrong) for wrong in ("val", "", 0)],
        *[("metrics", wrong) for wrong in (WithoutFigures, [WithAList()], "frechet,", 5, [])],
    ],
)
def test_wrong_arguments_are_refused_before_any_work(argument, wrong):
    with pytest.raises(UserError) as error:
        evaluate(tiny.images(60), Fails(), features=Fails, **{argument: wrong})
    assert argument in error.value.expected or "figures" in error.value.expected
    assert all((error.value.expected, error.value.received, error.value.remedy))


@pytest.mark.parametrize(
    "names", ["ms_ssim,sliced_wasserstein", " ms_ssim , sliced_wasserstein", ("ms_ssim", "sliced_wasserstein")]
)
def test_metrics_may_be_one_text(names):
    assert [metric.name for metric in metrics_of(names)] == ["ms_ssim", "sliced_wasserstein"]


def test_one_metric_needs_no_list():
    one = metrics_of("ms_ssim")[0]
    for value in (one, type(one), {"class_path": "ms_ssim"}):
        assert [metric.name for metric in metrics_of(value)] == ["ms_ssim"]


def test_numpy_integers_are_whole_numbers():
    options = {"metrics": "sliced_wasserstein", "cache": None}
    found = evaluate(tiny.images(60, 28), tiny.images(60, 28), samples=np.int64(60), seed=np.uint8(0), **options)
    assert found == evaluate(tiny.images(60, 28), tiny.images(60, 28), samples=60, **options)
