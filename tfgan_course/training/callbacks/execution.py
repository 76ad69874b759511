"""Callbacks for epochs that begin in the middle, after a resume, or whose last call has fewer steps."""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.gan.model import GAN


class ShortenLastExecution(keras.callbacks.Callback):
    """Makes the last call of an epoch take only the steps left, if `steps_per_execution` does not divide them.

    Args:
        steps_per_execution: steps in every other call.
        last_step: the last step of the training, if it may be within an epoch.
    """

    def __init__(self, steps_per_execution: int, last_step: int | None = None):
        super().__init__()
        self.steps_per_execution, self.last_step = steps_per_execution, last_step

    def on_train_batch_begin(self, batch, logs=None):
        left = self.params["steps"] - batch
        if self.last_step is not None:
            left = min(left, self.last_step - self.model.steps_done)
        self.model.steps_per_call = min(self.steps_per_execution, left)


class ContinueMeans(keras.callbacks.Callback):
    """Gives the first epoch of a resumed training the running means that its interrupted part had reached."""

    def __init__(self, gan: GAN):
        super().__init__()
        self.means = [(variable, tf.identity(variable)) for variable in gan.train_means.variables]

    def on_epoch_begin(self, epoch, logs=None):
        # Keras has just set the means to 0.
        for variable, value in self.means:
            variable.assign(value)


def crossed(every: int, before: int, now: int) -> bool:
    """Return whether one of the steps after `before`, up to `now`, is a multiple of `every`."""
    return now // every > before // every
