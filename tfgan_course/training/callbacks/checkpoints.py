from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import CheckpointsConfig
from tfgan_course.errors import Diverged, UserError, first_line
from tfgan_course.gan.model import GAN
from tfgan_course.runs.directory import RunDirectory, best_row
from tfgan_course.training.callbacks.execution import crossed
from tfgan_course.training.callbacks.not_finite import diverged


class SaveCheckpoints(keras.callbacks.Callback):
    """Saves the latest states in checkpoints/, and the best one in checkpoints/best/."""

    def __init__(self, run: RunDirectory, gan: GAN, config: CheckpointsConfig):
        super().__init__()
        self.run, self.config, self.gan = run, config, gan
        self.checkpoint = gan.checkpoint()
        self.latest = self._manager(run.checkpoints, config.keep)
        self.best = self._manager(run.best, 1)
        self.seen, self.due = gan.steps_done, False

    def _manager(self, folder: Path, keep: int) -> tf.train.CheckpointManager:
        def made() -> tf.train.CheckpointManager:
            return tf.train.CheckpointManager(self.checkpoint, str(folder), keep, checkpoint_name="step")

        try:
            return made()
        except ValueError:  # TensorFlow's list of the checkpoints is damaged; it makes a new one
            (folder / "checkpoint").unlink()
            return made()

    def save(self, manager: tf.train.CheckpointManager | None = None) -> None:
        """Save the state as it is now, with the latest unless another manager is given.

        Raises:
            Diverged: if a weight is not finite.
            UserError: if the state cannot be written; the checkpoints before it stay.
        """
        manager = manager or self.latest
        # A loss may be finite where the update that followed it was not.
        if not all(
            np.isfinite(weight).all()
            for player in (self.gan.generator, self.gan.critic)
            for weight in player.get_weights()
        ):
            raise Diverged(diverged(self.gan, ["weights"]))
        try:
            manager.save(checkpoint_number=self.gan.steps_done)
        except (tf.errors.OpError, OSError) as error:
            raise UserError(
                f"could not save the checkpoint of step {self.gan.steps_done} to {manager.directory}: "
                f"{first_line(error)}. The last good one is {manager.latest_checkpoint}. Free space, then go on "
                f"with --resume {self.run.path}"
            ) from error

    def on_train_batch_end(self, batch, logs=None):
        """See `keras.callbacks.Callback`."""
        if self.config.every_steps is None:
            return
        before, self.seen = self.seen, self.gan.steps_done
        self.due = crossed(self.config.every_steps, before, self.seen)
        # The epoch's last step is saved at its end: with its row in the history, which a resumed run would not write.
        if self.due and batch + 1 < self.params["steps"]:
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        rows = self.run.rows()
        monitor, mode = self.config.watched(list(rows[-1]))
        known = [row for row in rows if not np.isnan(row[monitor])]
        # Until the figure is computed for the first time, the latest state stands in for the best.
        if not known or best_row(known, monitor, mode) is rows[-1]:
            self.save(self.best)
        if (
            (epoch + 1) % self.config.every_epochs == 0
            or self.due
            or epoch + 1 == self.params["epochs"]
            or self.model.stop_training
        ):
            self.save()
