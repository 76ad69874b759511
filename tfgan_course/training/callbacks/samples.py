import math
from collections.abc import Callable

import numpy as np
from tensorflow import keras

from tfgan_course.config.schema import SamplesConfig
from tfgan_course.data import ImageSet, take_random
from tfgan_course.figures.grids import grid, save_image, side_by_side
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import class_columns, draw, generate, latents
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.callbacks.execution import crossed


class DrawSamples(keras.callbacks.Callback):
    """Draws grids of images from fixed latents into samples/ and reports them to the trackers.

    Args:
        run: the run directory.
        gan: the GAN; its averaged generator draws, if it has one.
        config: the options that say when to draw, and how many images.
        report: a function that receives the step, the name `samples` and the grid.
        given: held-out images with conditions, for a generator that takes one; the grid then shows condition, output
            and, if it belongs to the condition, the real image side by side.
    """

    def __init__(
        self,
        run: RunDirectory,
        gan: GAN,
        config: SamplesConfig,
        report: Callable[[int, str, np.ndarray], None],
        given: ImageSet | None = None,
    ):
        super().__init__()
        self.run, self.gan, self.config, self.report = run, gan, config, report
        self.given = None
        if gan.takes_condition and given is not None:
            self.given = take_random(given, max(1, config.count // (3 if given.paired else 2)))
        self.labels = None
        if self.given is None and gan.generator_takes_labels:
            self.labels = class_columns(config.count, gan.classes)
        count = config.count if self.labels is None else len(self.labels)
        self.latents = latents(gan.seed, count, gan) if self.given is None else None
        self.seen = gan.steps_done

    @property
    def columns(self) -> int | None:
        """The columns of the grid: for a conditional generator, one for each class, or several if there are few."""
        if self.labels is None:
            return None
        shown = int(self.labels.max()) + 1
        return shown * max(1, round(math.sqrt(len(self.labels)) / shown))

    def draw_real(self, images: ImageSet) -> None:
        """Draw real.png for a conditional generator: real images of the same classes in the same cells."""
        if self.labels is None:
            return
        members = [np.flatnonzero(images.labels == label) for label in range(self.labels.max() + 1)]
        rounds = range(len(self.labels) // len(members))
        chosen = [own[number % len(own)] for number in rounds for own in members]
        save_image(self.run.path / "real.png", grid(images.take(np.array(chosen)).images, self.columns))

    def draw(self) -> None:
        """Draw the grid of the current step."""
        if self.given is not None:
            outputs = draw(self.gan, len(self.given), self.gan.seed, given=self.given)
            picture = side_by_side(self.given.condition, outputs.images, outputs.targets)
        else:
            picture = grid(generate(self.gan, self.latents, self.labels), self.columns)
        step = self.gan.steps_done
        save_image(self.run.samples / f"step_{step:07d}.png", picture)
        self.report(step, "samples", picture)

    def on_train_batch_end(self, batch, logs=None):
        if self.config.every_steps is None:
            return
        before, self.seen = self.seen, self.gan.steps_done
        if crossed(self.config.every_steps, before, self.seen):
            self.draw()

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if (epoch + 1) % self.config.every_epochs == 0 or last:
            self.draw()
