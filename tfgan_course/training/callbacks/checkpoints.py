import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import CheckpointsConfig
from tfgan_course.errors import Diverged
from tfgan_course.gan.model import GAN
from tfgan_course.runs.checkpoints import manager_of, save
from tfgan_course.runs.clock import Clock
from tfgan_course.runs.directory import RunDirectory, best_row
from tfgan_course.training.callbacks.execution import crossed
from tfgan_course.training.callbacks.not_finite import diverged


class SaveCheckpoints(keras.callbacks.Callback):
    """Saves the latest states in checkpoints/, and the best one in checkpoints/best/.

    Args:
        run: the run directory.
        gan: the GAN.
        config: the options that say when to save, and how many checkpoints are kept.
        clock: the clock of the run, whose time is saved with each checkpoint.
        of_cpu: whether `every_minutes` are minutes of the processor.
    """

    def __init__(self, run: RunDirectory, gan: GAN, config: CheckpointsConfig, clock: Clock, of_cpu: bool = False):
        super().__init__()
        self.run, self.config, self.gan, self.clock, self.of_cpu = run, config, gan, clock, of_cpu
        checkpoint = gan.checkpoint()
        self.latest = manager_of(checkpoint, run.checkpoints, config.keep)
        self.best = manager_of(checkpoint, run.best, 1)
        self.seen, self.due = gan.steps_done, False
        self.seen_time = self._parts_of_time()
        self.saved_step: int | None = None

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
        if manager is self.latest:
            self.clock.save(self.gan.steps_done)
            self.saved_step = self.gan.steps_done

    def _parts_of_time(self) -> int:
        """Return how many times `every_minutes` have passed since the beginning of the run."""
        total, minutes = self.clock.total, self.config.every_minutes
        return 0 if minutes is None else int((total.cpu_seconds if self.of_cpu else total.seconds) // (60 * minutes))

    def on_train_batch_end(self, batch, logs=None):
        before, self.seen = self.seen, self.gan.steps_done
        before_time, self.seen_time = self.seen_time, self._parts_of_time()
        by_steps = self.config.every_steps is not None and crossed(self.config.every_steps, before, self.seen)
        self.due = by_steps or self.seen_time > before_time
        # The last step of an epoch is saved in on_epoch_end, after the epoch's row is in history.csv. A resumed run
        # would not write that row.
        if self.due and batch + 1 < self.params["steps"]:
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        rows = self.run.rows()
        monitor, mode = self.config.watched(list(rows[-1]))
        known = [row for row in rows if not np.isnan(row[monitor])]
        # A limit has cut the epoch: the state of this step is saved, with the means that the validation has set to 0.
        cut = self.saved_step == self.gan.steps_done
        # Until the figure is computed for the first time, best/ holds the latest state. The row of a cut epoch does not
        # stay when the run is resumed, so it does not choose best/, unless there is no other.
        if (not known or best_row(known, monitor, mode) is rows[-1]) and not (cut and len(rows) > 1):
            self.save(self.best)
        if cut:
            return
        if (
            (epoch + 1) % self.config.every_epochs == 0
            or self.due
            or epoch + 1 == self.params["epochs"]
            or self.model.stop_training
        ):
            self.save()
