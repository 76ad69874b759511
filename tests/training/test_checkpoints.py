"""Which states SaveCheckpoints keeps."""

import pytest

from tests import tiny
from tfgan_course.config.schema import CheckpointsConfig
from tfgan_course.runs.clock import Clock
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.callbacks import SaveCheckpoints

NAN = float("nan")


@pytest.fixture
def kept_best(tmp_path):
    """Return a function from the epochs' figures to the epoch whose state is in best/ after each epoch."""

    def kept(rows: list[dict], **config) -> list[int]:
        run = RunDirectory.create(tmp_path / "run", "", {})
        gan = tiny.gan()
        callback = SaveCheckpoints(run, gan, CheckpointsConfig(**config), Clock(run))
        callback.set_params({"epochs": 100, "steps": 1})
        callback.set_model(gan)
        found = []
        for epoch, row in enumerate(rows):
            gan.step.assign(epoch + 1)
            run.append(run.history, {"epoch": epoch + 1, "step": epoch + 1, **row})
            callback.on_epoch_end(epoch)
            (state,) = run.best.glob("*.index")
            found.append(int(state.stem.partition("-")[2]))
        return found

    return kept


def rows(**columns: list[float]) -> list[dict]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


BOTH = {"val_generator_loss": [1.0, 0.5, 2.0, 3.0], "sliced_wasserstein": [9.0, 8.0, 7.0, 8.0]}


def test_a_metric_decides_where_there_is_one(kept_best):
    assert kept_best(rows(**BOTH), mode="max") == [1, 2, 3, 3]  # the mode is that of a monitor that was named


def test_features_know_more_than_patches(kept_best):
    assert kept_best(rows(**BOTH, **{"frechet@judge-12ab": [3.0, 5.0, 4.0, 2.0]})) == [1, 1, 1, 4]


def test_without_it_the_validation_loss_does(kept_best):
    assert kept_best(rows(val_generator_loss=BOTH["val_generator_loss"])) == [1, 2, 2, 2]


def test_the_monitor_named_has_the_last_word(kept_best):
    assert kept_best(rows(**BOTH), monitor="val_generator_loss", mode="max") == [1, 1, 3, 4]


def test_epochs_without_a_figure_do_not_compete(kept_best):
    assert kept_best(rows(sliced_wasserstein=[NAN, NAN, 9.0, NAN, 5.0, NAN])) == [1, 2, 3, 3, 5, 5]
