import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import CheckpointsConfig
from tfgan_course.errors import Diverged
from tfgan_course.gan.model import GAN
from tfgan_course.runs.checkpoints import manager_of, save
from tfgan_course.runs.directory import RunDirectory, best_row
from tfgan_course.training.callbacks.execution import crossed
from tfgan_course.training.callbacks.not_finite import diverged


class SaveCheckpoints(keras.callbacks.Callback):
    """Saves the latest states in checkpoints/, and the best one in checkpoints/best/."""

    def __init__(self, run: RunDirectory, gan: GAN, config: CheckpointsConfig):
        super().__init__()
        self.run, self.config, self.gan = run, config, gan
        checkpoint = gan.checkpoint()
        self.latest = manager_of(checkpoint, run.checkpoints, config.keep)
        self.best = manager_of(checkpoint, run.best, 1)
        self.seen, self.due = gan.steps_done, False

    def save(self, manager: tf.train.CheckpointManager | None = None) -> None:
        """Save the current state with `manager`; without it, among the latest checkpoints.

        Raises:
            Diverged: if a weight is not finite.
            UserError: if the state cannot be written; earlier checkpoints stay.
        """
        manager = manager or self.latest
        # The losses of a step may be finite although the update that follows them is not.
        if not all(
            np.isfinite(weight).all()
            for player in (self.gan.generator, self.gan.critic)
            for weight in player.get_weights()
        ):
            raise Diverged(diverged(self.gan, ["weights"]))
        save(manager, self.gan.steps_done, self.run)

    def on_train_batch_end(self, batch, logs=None):
        if self.config.every_steps is None:
            return
        before, self.seen = self.seen, self.gan.steps_done
        self.due = crossed(self.config.every_steps, before, self.seen)
        # The last step of an epoch is saved in on_epoch_end, after the epoch's row is in history.csv. A resumed run
        # would not write that row.
        if self.due and batch + 1 < self.params["steps"]:
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        rows = self.run.rows()
        monitor, mode = self.config.watched(list(rows[-1]))
        known = [row for row in rows if not np.isnan(row[monitor])]
        # Until the figure is computed for the first time, best/ holds the latest state.
        if not known or best_row(known, monitor, mode) is rows[-1]:
            self.save(self.best)
        if (
            (epoch + 1) % self.config.every_epochs == 0
            or self.due
            or epoch + 1 == self.params["epochs"]
            or self.model.stop_training
        ):
            self.save()
