"""A search from Python, with any of KerasTuner's tuners."""

from pathlib import Path

import keras_tuner

from tfgan_course.config.parser import from_python
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import load, training_batches, validation_batches
from tfgan_course.gan.model import GAN
from tfgan_course.runs.build import build
from tfgan_course.training.session import steps_per_epoch
from tfgan_course.tuning.space import Space
from tfgan_course.tuning.trials import trial_settings


class GANHyperModel(keras_tuner.HyperModel):
    """The GANs of a space, for any `keras_tuner.Tuner`.

    Args:
        space: the parameters, as in a space's YAML file: names, each with choices, range or log_range.
        variant: a variant of ours, or a YAML file, for what all trials share.
        **options: further options that all trials share, as `train` takes them.

    Raises:
        UserError: for an option or a parameter that does not exist, or a value that it does not take.

    Example:
        >>> model = GANHyperModel({"critic_optimizer.learning_rate": {"log_range": [1e-5, 1e-3]}}, "dcgan", epochs=5)
        >>> objective = keras_tuner.Objective("val_generator_loss", "min")
        >>> keras_tuner.RandomSearch(model, objective, max_trials=10, directory="runs/random").search()
    """

    def __init__(self, space: dict, variant: str | Path | None = None, **options: object):
        super().__init__()
        self.base = from_python(variant, **options)
        self.space = Space.of(space, "space")
        self.images: dict = {}

    def config(self, hp: keras_tuner.HyperParameters) -> TrainConfig:
        """Return the configuration of a trial."""
        self.space.declare(hp)
        return trial_settings(self.base, self.space.settings(hp.values)).make()

    def build(self, hp: keras_tuner.HyperParameters) -> GAN:
        """See `keras_tuner.HyperModel`. All seeds are set anew."""
        config = self.config(hp)
        images, _ = self._load(config)
        return build(config, images.shape, images.classes, steps_per_epoch(config, images))

    def fit(self, hp: keras_tuner.HyperParameters, model: GAN, *args, **kwargs):
        """See `keras_tuner.HyperModel`. Images and epochs are the configuration's, unless `kwargs` say otherwise."""
        config = self.config(hp)
        images, test_images = self._load(config)
        size = config.batch_size * config.critic_updates
        steps = steps_per_epoch(config, images)
        done = kwargs.get("initial_epoch", 0) * steps
        options = {
            "x": training_batches(images, size, config.seed, start_step=done),
            "validation_data": validation_batches(test_images, config.batch_size) if len(test_images) else None,
            "epochs": config.epochs,
            "steps_per_epoch": steps,
            "shuffle": False,
        }
        return model.fit(*args, **{**options, **kwargs})

    def _load(self, config: TrainConfig):
        key = repr(config.data)
        if key not in self.images:
            self.images = {key: load(config.data)}
        return self.images[key]
