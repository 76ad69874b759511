"""How long a training is for its schedules, in a training and in a run that is opened."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tests.test_api import SMALL, X
from tfgan_course import load_run, train
from tfgan_course.config.schema import TrainConfig
from tfgan_course.objectives.losses import RelativisticPaired
from tfgan_course.runs.build import length_of, steps_per_epoch
from tfgan_course.schedules import Cosine, Linear

OPTIONS = {**SMALL, "images": X, "steps_per_epoch": 4}


def test_the_length_is_the_limit_of_images_or_else_the_epochs():
    config = TrainConfig(batch_size=8, critic_updates=2, epochs=3)
    assert length_of(config, 4) == (64, 3)
    # 75 images are rounded up to five steps of 16.
    assert length_of(replace(config, max_images=75), 4) == (64, 1.25)
    assert length_of(replace(config, max_images=75), 4).images == 80
    assert length_of(replace(config, max_minutes=1.0), 4) == (64, 3)
    # A batch that the generator reads for itself does not count.
    paired = replace(config, critic_updates=1, loss=RelativisticPaired(), max_images=75)
    assert length_of(paired, 4) == (32, 2.5)
    # In any number of steps the product of a fraction with whole numbers is the whole number again.
    for last in range(1, 3000, 7):
        assert length_of(replace(config, max_images=16 * last), 937).images == 16 * last
    assert [steps_per_epoch(config, images) for images in (15, 100)] == [1, 6]


def test_a_schedule_without_images_ends_with_max_images(tmp_path):
    options = {**OPTIONS, "critic_updates": 2, "max_images": 75, "ema_half_life": Linear(0, 80)}
    del options["epochs"]
    rows = train("simple_gan", out=tmp_path / "a", **options).directory.rows()
    assert [row["step"] for row in rows] == [4, 5]
    # Before the fourth step 48 images were shown, before the fifth 64.
    assert [row["ema_half_life"] for row in rows] == pytest.approx([48, 64])
    cosine = Cosine(1.0, 0.0)
    length = length_of(TrainConfig(batch_size=8, critic_updates=2, max_images=75), 4)
    assert float(cosine(tf.constant(40), length)) == pytest.approx(0.5)
    assert float(Linear(1.0, 0.0, from_epoch=0.25)(tf.constant(48), length)) == pytest.approx(0.5)


def test_history_has_the_numbers_of_the_step_if_the_generator_reads_images_of_its_own(tmp_path):
    options = {**OPTIONS, "loss": "RelativisticPaired", "ema_half_life": Linear(0, 80, 80)}
    run = train("simple_gan", out=tmp_path / "a", **options)
    # Each of four steps shows the critic 8 images, and reads 16.
    assert run.directory.rows()[0]["ema_half_life"] == pytest.approx(24)


def test_a_run_opens_whose_schedule_changes_after_its_first_step(tmp_path):
    options = {**OPTIONS, "critic_optimizer": {"learning_rate": Linear(1e-3, 1e-4, from_images=24)}}
    run = train("simple_gan", out=tmp_path / "a", **options)  # it opens the run
    assert load_run(run.directory.path).gan.length == (32, 1)
    # Without steps_per_epoch an epoch is a pass over the training images.
    run = train("simple_gan", out=tmp_path / "b", **{**options, "steps_per_epoch": None})
    assert run.gan.length == (8 * (run.directory.images["train_images"] // 8), 1)
    assert np.isfinite(run.directory.rows()[0]["critic_loss"])
