"""Search from Python, with any tuner of KerasTuner."""

from pathlib import Path

import keras_tuner

from tfgan_course.config.parser import from_python
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import load, training_batches, validation_batches
from tfgan_course.gan.model import GAN
from tfgan_course.runs.build import build, steps_per_epoch
from tfgan_course.runs.start import Source, pinned
from tfgan_course.training.measuring import measuring_callbacks
from tfgan_course.tuning.space import Space
from tfgan_course.tuning.trials import trial_settings


class GANHyperModel(keras_tuner.HyperModel):
    """A KerasTuner hypermodel that builds the GANs of a space, for any `keras_tuner.Tuner`.

    Args:
        space: the parameters, as in a space's YAML file: names, each with choices, range or log_range.
        variant: the name of a variant, or a YAML file, with the options that all trials share.
        **options: more options that all trials share, in the form that `train` takes.

    Raises:
        UserError: for an option or a parameter that does not exist, or a value that is not allowed.

    Example:
        >>> model = GANHyperModel({"critic_optimizer.learning_rate": {"log_range": [1e-5, 1e-3]}}, "dcgan", epochs=5)
        >>> objective = keras_tuner.Objective("sliced_wasserstein", "min")
        >>> keras_tuner.RandomSearch(model, objective, max_trials=10, directory="runs/random").search()
    """

    def __init__(self, space: dict, variant: str | Path | None = None, **options: object):
        super().__init__()
        self.base = pinned(from_python(variant, **options))
        self.space = Space.of(space, "space")
        self.images: dict = {}

    def config(self, hp: keras_tuner.HyperParameters) -> TrainConfig:
        """Return the configuration of a trial."""
        self.space.declare(hp)
        return trial_settings(self.base, self.space.settings(hp.values)).make()

    def build(self, hp: keras_tuner.HyperParameters) -> GAN:
        config = self.config(hp)
        images, _ = self._load(config)
        source = None if config.init_from is None else Source.open(config.init_from)
        steps = steps_per_epoch(config, len(images))
        gan = build(config, images.shape, images.classes, steps, images.condition_shape)
        if source is not None:
            source.give(gan)
        return gan

    def fit(self, hp: keras_tuner.HyperParameters, model: GAN, *args, callbacks=(), **kwargs):
        """Train a trial's GAN; the metrics of the configuration are measured after each epoch.

        Images and epochs are those of the configuration unless `kwargs` say otherwise.
        """
        config = self.config(hp)
        images, test_images = self._load(config)
        steps = steps_per_epoch(config, len(images))
        options = {
            "x": training_batches(
                images,
                config.batch_size * config.batches_per_step,
                config.seed,
                start_step=kwargs.get("initial_epoch", 0) * steps,
            ),
            "validation_data": validation_batches(test_images, config.batch_size) if len(test_images) else None,
            "epochs": config.epochs,
            "steps_per_epoch": steps,
            "shuffle": False,
        }
        measuring = measuring_callbacks(config, model, images, test_images)
        return model.fit(*args, **{**options, **kwargs}, callbacks=[*measuring, *callbacks])

    def _load(self, config: TrainConfig):
        key = repr(config.data)
        if key not in self.images:
            self.images = {key: load(config.data)}
        return self.images[key]
