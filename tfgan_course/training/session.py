"""Training: from a configuration to a run directory."""

import sys
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import LIMITS, TrainConfig
from tfgan_course.data import (
    ImageSet,
    check_every_class,
    check_images,
    facts,
    load,
    summary_of,
    training_batches,
    validation_batches,
)
from tfgan_course.errors import Diverged, Interrupted, UserError
from tfgan_course.files import advice_on, new_folder, shown
from tfgan_course.gan.sampling import check_memory
from tfgan_course.health.watch import WatchHealth
from tfgan_course.plugins.by_name import instance_of
from tfgan_course.runs.build import build, steps_per_epoch
from tfgan_course.runs.checkpoints import restore, restore_initial, save_initial, steps_saved
from tfgan_course.runs.clock import Clock
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.start import Source
from tfgan_course.trackers import Tracker
from tfgan_course.training import callbacks
from tfgan_course.training.distribution import divisible
from tfgan_course.training.edits import check_config
from tfgan_course.training.ending import finish, nothing_to_train
from tfgan_course.training.limits import Limits, message
from tfgan_course.training.measuring import check_judge, check_watched, measuring_callbacks, recorded, with_judge
from tfgan_course.training.workers import Workers


class TrainingSession:
    """One training: its configuration, images, GAN, run directory and workers.

    Args:
        config: the configuration. Its objects must have been made in the scope of the workers' strategy.
        text: the configuration as YAML, for config.yaml.
        workers: the processes that train together; unless given, only this process, on one device.
        asked_to_stop: a function that returns whether the user has asked to stop; it is called before anything is
            written, after every step and after every epoch.

    Example:
        >>> run = TrainingSession(config, text).begin("runs/a")
        >>> run = TrainingSession(config, text).resume(run)
    """

    run: RunDirectory
    train_images: ImageSet
    test_images: ImageSet

    def __init__(
        self,
        config: TrainConfig,
        text: str,
        workers: Workers | None = None,
        asked_to_stop: Callable[[], bool] = lambda: False,
    ):
        self.config, self.text, self.workers = config, text, workers or Workers()
        self._asked_here = asked_to_stop

    def begin(self, out: str | Path) -> RunDirectory:
        """Train from the beginning in a new run directory.

        Args:
            out: the directory, or the next free name if it exists.

        Raises:
            UserError: for a mistake that the user can correct; before the first step no files are left.
            Interrupted: if the user asked to stop, after the state is saved.
        """
        workers = self.workers
        if workers.chief:
            out = new_folder(out, "out")
            workers.announce(self.text, begins=True)
        with workers.together():
            with workers.all_or_none():
                self._load()
                start = self.config.init_from
                source = Source.open(start) if start is not None and workers.chief else None
                self._build()
                taken = source.give(self.gan) if source is not None else None
                self._prepare()
            if start is not None:
                workers.share(self.gan)
            found = facts(self.train_images, self.test_images)
            with workers.all_or_none():
                check_images(workers.from_chief(found), found, "the chief of these workers")
            self._stop_if_asked()
            if workers.chief:
                print(summary_of(self.config.data, self.train_images, self.test_images), flush=True)
            if taken is not None:
                print(taken, flush=True)
            with workers.all_or_none():
                run = RunDirectory.create(out, self.text, found) if workers.chief else None
            with workers.writing_place(run) as self.run:
                self._say()
                self.run.keep_features(self.features)
                if taken is not None:
                    self.run.write_init_from(taken.content())
                if start is not None:
                    save_initial(self.gan, self.run)
                self.fit()
        return self.run

    def resume(self, run: RunDirectory | None) -> RunDirectory:
        """Resume a run from its latest checkpoint; see `begin`. If several workers train together, only the chief needs
        the run. A run that ended before its first checkpoint begins at step 0.
        """
        workers = self.workers
        if workers.chief:
            workers.announce(self.text, begins=False)
        with workers.together(), workers.writing_place(run) as self.run:
            with workers.all_or_none():
                check_config(self.run)
                self.config = with_judge(self.config, self.run)
                self._load()
                check_images(self.run.images, facts(self.train_images, self.test_images), self.run.path)
                self._build()
                if workers.chief and self.config.init_from is not None:
                    restore_initial(self.gan, self.run)  # the health monitor measures the length of steps from them
                self._prepare()
                self.run.keep_features(self.features)
                check_judge(self.run, recorded(self.gan, self.measuring, self.validated))
                if workers.chief and (self.run.rows() or steps_saved(self.run.checkpoints, self.run.best)):
                    restore(self.gan, self.run)
            workers.share(self.gan)
            self._stop_if_asked()
            self._say(f", continuing at step {self.gan.steps_done}")
            self.fit()
        return self.run

    @property
    def validated(self) -> bool:
        """Whether figures of the test images are computed."""
        return self.config.validation and len(self.test_images) > 0

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch; see the function of this name."""
        return steps_per_epoch(self.config, len(self.train_images))

    def asked_to_stop(self) -> bool:
        """Return whether a user has asked to stop, at this process or at another worker."""
        return self.workers.any(self._asked_here())

    def _stop_if_asked(self) -> None:
        if self.asked_to_stop():
            raise Interrupted

    def _say(self, more: str = "") -> None:
        where = f"Run directory: {self.run.path}" if self.workers.chief else "Training together with the chief"
        print(where + more, flush=True)

    def _load(self) -> None:
        self.train_images, self.test_images = load(self.config.data)

    def _build(self) -> None:
        """Build the GAN with random weights."""
        config, train = self.config, self.train_images
        divisible(self.workers.strategy, config.batch_size, config.gradient_accumulation)
        with self.workers.strategy.scope():
            self.gan = build(config, train.shape, train.classes, self.steps_per_epoch, train.condition_shape)
            self.features = self.gan.begin_terms()

    def _prepare(self) -> None:
        """Make the trackers and the measuring callbacks, and do all checks that need no run directory."""
        config, train, test = self.config, self.train_images, self.test_images
        if self.gan.generator_takes_labels:
            check_every_class(train)
        check_memory(self.gan, config.samples.count)
        training_batches(train, config.images_per_step, config.seed)  # raises an error if there are too few images
        self.trackers = [instance_of(Tracker, tracker, argument="trackers") for tracker in config.trackers]
        self.measuring = measuring_callbacks(config, self.gan, train, test, self.workers.from_chief)
        check_watched(config, recorded(self.gan, self.measuring, self.validated))

    def fit(self) -> None:
        """Train from the GAN's step to the last epoch, and write everything into the run directory."""
        run, gan = self.run, self.gan
        epoch, steps_into_epoch = divmod(gan.steps_done, self.steps_per_epoch)
        clock = Clock(run, gan.steps_done)
        self.limits = Limits(self.config, clock)
        if (last := self.config.last_step) is not None and gan.steps_done >= last:
            # The row of an epoch that the limit has cut stays.
            print(message(run, self.config, "max_images", gan.steps_done))
            return
        run.cut_back(epoch)
        self._make_callbacks(clock)
        self.track.begin()
        try:
            run.write_networks(generator=gan.generator, critic=gan.critic)
            if gan.steps_done == 0:
                self.samples.draw_real(self.train_images)
                self.samples.draw()
                self.checkpoints.save()
            gan.stop_training = False
            self._fit_epochs(epoch, steps_into_epoch)
            finish(run)
        except Interrupted as error:
            finish(run)
            raise Interrupted(saved=run.path) from error
        except Diverged as error:
            if self.watch:
                self.watch.diverged(gan.steps_done, str(error))
            finish(run)
            raise
        except OSError as error:
            received = f"{error.strerror or error} {shown(error.filename) if error.filename else ''}".strip()
            expected, remedy = f"that {run.path} can be written", f"{advice_on(error)}, then resume {run.path}"
            raise UserError(expected=expected, received=received, remedy=remedy) from error
        finally:
            self.progress.close()
            self.track.end()
            if self.watch:
                self.watch.say()

    def _make_callbacks(self, clock: Clock) -> None:
        config, run, gan = self.config, self.run, self.gan
        self.track = callbacks.Track(run, self.trackers if self.workers.chief else [])
        self.samples = callbacks.DrawSamples(run, gan, config.samples, self.track.image, self.test_images)
        self.checkpoints = callbacks.SaveCheckpoints(
            run, gan, config.checkpoints, clock, of_cpu=config.max_cpu_minutes is not None
        )
        self.stop = callbacks.StopAtLimit(self._reached, self.checkpoints.save)
        self.early = callbacks.StopEarly(run, config.early_stopping)
        self.watch = WatchHealth(run, self.track.finding) if config.health is not None else None
        figures = recorded(gan, self.measuring, self.validated)
        shown = dict.fromkeys(
            ["critic_loss", "generator_loss", config.checkpoints.watched(figures)[0], "critic_accuracy"]
        )
        length = config.last_epoch, self.steps_per_epoch, config.images_per_step
        self.progress = callbacks.ShowProgress(gan, *length, [*shown], self.limits)
        self.callbacks = [
            callbacks.StopWhenNotFinite(),
            *self.measuring,  # it must come before the callbacks that write figures or decide from them
            *([self.progress] if self.workers.chief else []),
            callbacks.WriteHistory(run, config),
            *([self.watch] if self.watch else []),
            self.track,
            # These two must come before the callbacks that do more at the last epoch.
            self.early,
            *([self.stop] if config.last_epoch is None else []),
            self.samples,
            self.checkpoints,
            callbacks.StopWhenAsked(self.asked_to_stop, self.checkpoints.save),
        ]
        if config.steps_per_execution > 1:
            self.callbacks.append(callbacks.ShortenLastExecution(config.steps_per_execution, config.last_step))

    def _reached(self, step: int) -> str | None:
        """Return the name of a limit that is reached, in this process or in another worker; None if none is."""
        reached = self.limits.reached(step)
        if not self.workers.any(reached is not None):
            return None
        return reached or next(name for name in LIMITS if getattr(self.config, name) is not None)

    def _fit_epochs(self, epoch: int, steps_into_epoch: int) -> None:
        """Train the rest of an interrupted epoch in one call of `fit`, then the other epochs in another call."""
        config, gan, steps, test = self.config, self.gan, self.steps_per_epoch, self.test_images
        options = {
            "validation_data": validation_batches(test, config.batch_size) if self.validated else None,
            "shuffle": False,
            "verbose": 0,
        }
        # This calls Keras's own `fit`. The GAN's `fit` would check the images again, which data/ has already checked.
        last = sys.maxsize if config.last_epoch is None else config.last_epoch
        if steps_into_epoch:
            first = {"epochs": epoch + 1, "initial_epoch": epoch, "steps_per_epoch": steps - steps_into_epoch}
            continued = [*self.callbacks, callbacks.ContinueMeans(gan)]
            keras.Model.fit(gan, self._batches(gan.steps_done), **first, **options, callbacks=continued)
            epoch += 1
        stopped = gan.stop_training or self.early.patience_is_over()
        if epoch < last and not stopped:
            rest = {"epochs": last, "initial_epoch": epoch, "steps_per_epoch": steps}
            keras.Model.fit(gan, self._batches(epoch * steps), **rest, **options, callbacks=self.callbacks)
        elif not steps_into_epoch:
            print(nothing_to_train(self.run, config, epoch, stopped))
        if self.stop.limit:
            self.progress.close()
            print(message(self.run, config, self.stop.limit, gan.steps_done))

    def _batches(self, start_step: int) -> tf.data.Dataset | tf.distribute.DistributedDataset:
        images, config = self.train_images, self.config
        size = config.images_per_step
        return self.workers.strategy.distribute_datasets_from_function(
            lambda context: training_batches(images, size, config.seed, start_step, config.batches_per_step, context)
        )
