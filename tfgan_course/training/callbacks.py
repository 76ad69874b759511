"""What is written down, drawn and watched while `fit` runs: a Keras callback each."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import CheckpointsConfig, EarlyStoppingConfig, SamplesConfig
from tfgan_course.data import ImageSet
from tfgan_course.errors import Diverged, Interrupted, UserError
from tfgan_course.figures.grids import grid, save_image
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import class_columns, generate, latents
from tfgan_course.optimizers.schedules import last_rate
from tfgan_course.runs.directory import RunDirectory, best_row


def diverged(gan: GAN, broken: list[str]) -> str:
    """What to tell the user whose figures or weights `broken` are no longer numbers."""
    optimizers = {"generator": gan.generator_optimizer, "critic": gan.critic_optimizer}
    rates = ", ".join(
        f"{player} {float(tf.convert_to_tensor(optimizer.learning_rate)):g}" for player, optimizer in optimizers.items()
    )
    return (
        f"step {gan.steps_done}: {', '.join(broken)} became NaN or infinite. Usual remedies: lower learning rates (now "
        f"{rates}), a smaller weight of the term named, spectral normalization in the critic"
    )


class StopWhenNotFinite(keras.callbacks.Callback):
    """Ends the training in the step in which a loss or a term turned NaN or infinite, before anything is saved."""

    def on_train_batch_end(self, batch, logs=None):
        """See `keras.callbacks.Callback`."""
        self._check(logs)

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        self._check(logs)

    def _check(self, logs: dict) -> None:
        # The values are running means: one NaN stays.
        broken = [name for name, value in logs.items() if not np.isfinite(value)]
        if broken:
            raise Diverged(diverged(self.model, broken))


def optimizers(gan: GAN) -> list[tuple[str, keras.optimizers.Optimizer]]:
    """The players' optimizers, by the players' names."""
    return [("generator", gan.generator_optimizer), ("critic", gan.critic_optimizer)]


class WriteHistory(keras.callbacks.Callback):
    """A row of history.csv and one of timing.csv an epoch."""

    def __init__(self, run: RunDirectory, images_per_epoch: int):
        super().__init__()
        self.run, self.images_per_epoch = run, images_per_epoch

    def on_epoch_begin(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        seconds = time.perf_counter() - self.begin
        figures = {name: float(logs[name]) for name in sorted(logs)}
        figures |= {f"{player}_learning_rate": last_rate(optimizer) for player, optimizer in optimizers(self.model)}
        self.run.append(self.run.history, {"epoch": epoch + 1, "step": self.model.steps_done, **figures})
        timing = {"epoch": epoch + 1, "seconds": round(seconds, 3)}
        timing["images_per_second"] = round(self.images_per_epoch / seconds, 1)
        self.run.append(self.run.timing, timing)


def crossed(every: int, before: int, now: int) -> bool:
    """Whether a multiple of `every` is among the steps taken since: with steps_per_execution it may not be the last."""
    return now // every > before // every


class ShortenLastExecution(keras.callbacks.Callback):
    """Where `steps_per_execution` does not divide the steps of an epoch, makes the last call take those left."""

    def __init__(self, steps_per_execution: int):
        super().__init__()
        self.steps_per_execution = steps_per_execution

    def on_train_batch_begin(self, batch, logs=None):
        """See `keras.callbacks.Callback`."""
        self.model.steps_per_call = min(self.steps_per_execution, self.params["steps"] - batch)


class SaveCheckpoints(keras.callbacks.Callback):
    """The latest checkpoints in checkpoints/, the best one in checkpoints/best/."""

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
        """Saves the state as it is now.

        Raises:
            UserError: if it cannot be written; the checkpoints before it stay.
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
            reason = getattr(error, "message", None) or str(error)
            raise UserError(
                f"could not save the checkpoint of step {self.gan.steps_done} to {manager.directory}: "
                f"{reason.splitlines()[0]}. The last good one is {manager.latest_checkpoint}. Free space, then go on "
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


class StopEarly(keras.callbacks.Callback):
    """Ends the training when a figure of history.csv has not improved for `patience` epochs.

    What it decides depends on history.csv alone, so that a resumed training decides alike.
    """

    def __init__(self, run: RunDirectory, config: EarlyStoppingConfig):
        super().__init__()
        self.run, self.config = run, config

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        if self.patience_is_over():
            print(f"\n{self.config.monitor} has not improved for {self.config.patience} epochs: stopping early")
            self.model.stop_training = True

    def patience_is_over(self) -> bool:
        """Whether history.csv as it stands says to stop."""
        rows = self.run.rows()
        if self.config.monitor is None or not rows:
            return False
        sign = 1 if self.config.mode == "min" else -1
        best, best_epoch = np.inf, 0
        for index, row in enumerate(rows):
            if sign * row[self.config.monitor] < best - self.config.min_delta:
                best, best_epoch = sign * row[self.config.monitor], index
        return len(rows) - 1 - best_epoch >= self.config.patience


class DrawSamples(keras.callbacks.Callback):
    """Grids of images from latents fixed before training: samples/, and TensorBoard."""

    def __init__(self, run: RunDirectory, gan: GAN, config: SamplesConfig, writer: tf.summary.SummaryWriter):
        super().__init__()
        self.run, self.gan, self.config, self.writer = run, gan, config, writer
        self.labels = class_columns(config.count, gan.classes) if gan.generator_takes_labels else None
        count = config.count if self.labels is None else len(self.labels)
        self.latents = latents(gan.seed, count, gan)
        self.seen = gan.steps_done

    @property
    def columns(self) -> int | None:
        """A column for each class, for a conditional generator."""
        return None if self.labels is None else int(self.labels.max()) + 1

    def draw_real(self, images: ImageSet) -> None:
        """Draws, for a conditional generator, real images of the same classes in the same cells: real.png."""
        if self.labels is None:
            return
        members = [np.flatnonzero(images.labels == label) for label in range(self.columns)]
        rows = range(len(self.labels) // self.columns)
        chosen = [own[row % len(own)] for row in rows for own in members]
        save_image(self.run.path / "real.png", grid(images.take(np.array(chosen)).images, self.columns))

    def draw(self) -> None:
        """Draws the grid of the step reached."""
        picture = grid(generate(self.gan, self.latents, self.labels), self.columns)
        step = self.gan.steps_done
        save_image(self.run.samples / f"step_{step:07d}.png", picture)
        with self.writer.as_default(step=step):
            tf.summary.image("samples", picture[None])

    def on_train_batch_end(self, batch, logs=None):
        """See `keras.callbacks.Callback`."""
        if self.config.every_steps is None:
            return
        before, self.seen = self.seen, self.gan.steps_done
        if crossed(self.config.every_steps, before, self.seen):
            self.draw()

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if (epoch + 1) % self.config.every_epochs == 0 or last:
            self.draw()


class StopWhenAsked(keras.callbacks.Callback):
    """Saves and ends the training after the step in which the user asked for it.

    Args:
        asked: tells whether the user has.
        save: saves the state.
    """

    def __init__(self, asked: Callable[[], bool], save: Callable[[], None]):
        super().__init__()
        self.asked, self.save = asked, save

    def on_train_batch_end(self, batch, logs=None):
        """See `keras.callbacks.Callback`."""
        # The epoch's last step is followed by its validation and its row in the history.
        if self.asked() and batch + 1 < self.params["steps"]:
            self.save()
            raise Interrupted

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        if self.asked() and epoch + 1 < self.params["epochs"]:
            self.save()
            raise Interrupted


class ContinueMeans(keras.callbacks.Callback):
    """Gives the first epoch of a resumed training the running means that its interrupted part had reached."""

    def __init__(self, gan: GAN):
        super().__init__()
        self.means = [(variable, tf.identity(variable)) for variable in gan.train_means.variables]

    def on_epoch_begin(self, epoch, logs=None):
        """See `keras.callbacks.Callback`. Keras has just set the means to 0."""
        for variable, value in self.means:
            variable.assign(value)
