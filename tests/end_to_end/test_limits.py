"""Trainings that a limit of minutes or images ends, in the middle of an epoch or at its end."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import tfgan_course
from tests.end_to_end.command import SMALL, assert_same
from tfgan_course.cli.main import main
from tfgan_course.config.parser import from_words
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError
from tfgan_course.runs.checkpoints import steps_saved
from tfgan_course.runs.clock import Clock, TrainedTime, time_of
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.callbacks import StopAtLimit
from tfgan_course.training.limits import Limits, with_time_left, without_others

# Epochs of 4 steps of 8 images. The schedule would show a wrong number of updates.
START = ("--variant", "simple_gan", *SMALL, "--batch_size=8", "--steps_per_epoch=4")
START += ("--critic_optimizer.schedule=ExponentialDecay",)


def last_step(run: Path) -> int:
    return steps_saved(run / "checkpoints")[-1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Train two epochs and two steps, 80 images, without a stop."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    assert main(["train", *START, "--max_images=75", "--out", str(out)]) == 0
    return out


def test_a_limit_in_an_epoch_leaves_everything(whole):
    assert last_step(whole) == 10  # 75 images are rounded up to ten steps
    run = RunDirectory(whole)
    assert [(row["epoch"], row["step"]) for row in run.rows()] == [(1, 4), (2, 8), (3, 10)]
    assert "val_critic_loss" in run.rows()[-1]
    for name in ("samples/step_0000010.png", "curves.png", "samples.gif", "summary.json"):
        assert (whole / name).is_file(), name


# In the first epoch; at its end; in the second.
@pytest.mark.parametrize(("first", "second"), [(1, 7), (4, 5), (3, 8)])
def test_stopped_by_limits_and_resumed_equals_a_training_without_stops(whole, tmp_path, capsys, first, second):
    # The rows would differ if the state were saved after the validation, whose start sets the epoch's means to 0.
    run = tmp_path / "run"
    assert main(["train", *START, f"--max_images={8 * first}", "--out", str(run)]) == 0
    assert last_step(run) == first
    said = capsys.readouterr().out
    assert f"train --resume {run} --max_images N" in said
    assert main(["train", "--resume", str(run), f"--max_images={8 * second}"]) == 0
    assert last_step(run) == second
    assert main(["train", "--resume", str(run), "--max_images=80"]) == 0
    assert_same(whole, run)
    capsys.readouterr()
    assert main(["train", "--resume", str(run), "--max_images=80"]) == 0
    assert "max_images 80 is reached" in capsys.readouterr().out
    assert_same(whole, run)


def test_a_limit_takes_the_place_of_epochs_and_epochs_that_of_a_limit(whole, tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("max_images: 80\nepochs: 1\n")  # as the file of a variant has epochs
    run = tmp_path / "run"
    assert main(["train", *START, "--config", str(file), "--out", str(run)]) == 0
    assert_same(whole, run)
    assert main(["train", "--resume", str(run), "--epochs", "3"]) == 0
    assert last_step(run) == 12
    with pytest.raises(UserError) as error:
        without_others({"epochs": 3, "max_minutes": 1.0})
    assert error.value.received == "epochs and max_minutes"
    assert main(["train", *START, "--epochs=1", "--max_minutes=1", "--out", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


def test_a_call_of_several_steps_ends_at_the_limit(whole, tmp_path):
    run = tmp_path / "run"
    words = ["train", *START, "--max_images=80", "--steps_per_execution=4", "--out", str(run)]
    assert main(words) == 0
    assert last_step(run) == 10


def test_each_session_has_the_minutes_and_the_clock_counts_all(tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["train", *START, "--max_minutes=1e-6", "--checkpoints.every_minutes=1e-6", "--out", str(run)]) == 0
    assert last_step(run) == 1  # a step is always trained
    said = capsys.readouterr().out
    assert f"train --resume {run}," in said
    before = time_of(RunDirectory(run), 1)
    assert before.seconds > 0
    assert before.cpu_seconds > 0
    assert main(["train", "--resume", str(run)]) == 0
    assert last_step(run) == 2
    assert time_of(RunDirectory(run), 2).seconds > before.seconds
    directory = RunDirectory(run)
    config = replace(TrainConfig(), max_minutes=1.0, max_images=5)
    left = with_time_left(config, directory)
    assert left.max_minutes == pytest.approx(1 - time_of(directory, 2).seconds / 60)
    assert left.max_images == 5
    assert with_time_left(replace(config, max_minutes=1e-6), directory).max_minutes == 0
    (directory.checkpoints / "clock.json").write_text("{")
    assert time_of(directory, 2) == (0, 0)


def test_minutes_that_the_validation_and_the_metrics_take_end_the_training_without_another_step():
    measured, saved = [], []
    callback = StopAtLimit(lambda step: "max_minutes" if measured else None, lambda: saved.append(True))
    callback.set_model(SimpleNamespace(steps_done=4, stop_training=False))
    callback.set_params({"steps": 4})
    callback.on_train_batch_end(3)
    measured.append(True)
    callback.on_epoch_end(0)
    assert callback.model.stop_training
    assert callback.limit == "max_minutes"
    assert not saved  # the callback of the checkpoints saves at the end of an epoch


def test_checkpoints_every_few_minutes(tmp_path):
    words = ("train", *START, "--max_images=24", "--checkpoints.every_minutes=1e-6")
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    assert steps_saved(tmp_path / "run" / "checkpoints") == [1, 2, 3]
    clock = json.loads((tmp_path / "run" / "checkpoints" / "clock.json").read_text())
    assert [*clock] == ["1", "2", "3"]  # as many as there are checkpoints
    assert clock["1"]["seconds"] < clock["2"]["seconds"] < clock["3"]["seconds"]


def test_which_limit_is_reached_and_how_long_is_left():
    clock = SimpleNamespace(session=TrainedTime(seconds=30.0, cpu_seconds=45.0))
    limits = Limits(replace(TrainConfig(), max_minutes=1.0, max_cpu_minutes=1.0), clock)
    assert limits.reached(1000) is None
    # 15 s of the processor are left, at 1.5 s of the processor in a second.
    assert limits.seconds_left() == pytest.approx(10)
    clock.session = TrainedTime(59.0, 60.0)
    assert limits.reached(1) == "max_cpu_minutes"
    clock.session = TrainedTime(60.0, 0.1)
    assert limits.reached(1) == "max_minutes"
    assert limits.seconds_left() == 0
    images = Limits(replace(TrainConfig(), max_images=17, batch_size=4, critic_updates=2), clock)
    assert (images.config.last_step, images.reached(2), images.reached(3)) == (3, None, "max_images")
    assert images.seconds_left() is None


def test_the_time_of_a_killed_session_counts_up_to_its_last_checkpoint(tmp_path):
    settings = from_words(START)
    run = RunDirectory.create(tmp_path / "run", settings.yaml(), {"image_shape": [28, 28, 1], "class_names": None})
    for step in (4, 8):
        (run.checkpoints / f"step-{step}.index").touch()
        Clock(run).save(step)
    assert time_of(run, 7) == time_of(run, 4)
    assert time_of(run, 3) == (0, 0)


def test_images_that_only_the_generator_gets_do_not_count(tmp_path):
    words = ("train", *START, "--loss=RelativisticPaired", "--max_images=24", "--out", str(tmp_path / "run"))
    assert main([*words]) == 0
    assert last_step(tmp_path / "run") == 3  # as schedules count, of which 24 images are the end


def test_without_validation(tmp_path):
    assert main(["train", *START, "--max_images=8", "--validation=false", "--out", str(tmp_path / "run")]) == 0
    assert not [name for name in RunDirectory(tmp_path / "run").rows()[0] if name.startswith("val_")]


def test_from_python(tmp_path):
    small = {"generator": {"width": 2}, "critic": {"width": 2}, "batch_size": 8, "steps_per_epoch": 4, "health": None}
    small |= {"data": {"classes": "Dress,Coat"}, "metrics": {"names": []}, "samples": {"count": 4}}
    run = tfgan_course.train("simple_gan", max_images=16, out=tmp_path / "run", **small)
    assert run.step == 2
    assert run.resume(max_images=40).step == 5
    assert run.resume(epochs=2).step == 8
    with pytest.raises(UserError):
        run.resume(epochs=2, max_minutes=1.0)
