import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import Diverged
from tfgan_course.gan.model import GAN


class StopWhenNotFinite(keras.callbacks.Callback):
    """Ends the training in the step in which a loss or a term turned NaN or infinite, before anything is saved."""

    def on_train_batch_end(self, batch, logs=None):
        self._check(logs)

    def on_epoch_end(self, epoch, logs=None):
        self._check(logs)

    def _check(self, logs: dict) -> None:
        # The values are running means, which stay NaN after one NaN.
        broken = [name for name, value in logs.items() if not np.isfinite(value)]
        if broken:
            raise Diverged(diverged(self.model, broken))


def diverged(gan: GAN, broken: list[str]) -> str:
    """Return the message for figures or weights, named in `broken`, that are not finite."""
    optimizers = {"generator": gan.generator_optimizer, "critic": gan.critic_optimizer}
    rates = ", ".join(
        f"{player} {float(tf.convert_to_tensor(optimizer.learning_rate)):g}" for player, optimizer in optimizers.items()
    )
    return (
        f"step {gan.steps_done}: {', '.join(broken)} became NaN or infinite. Usual remedies: lower learning rates (now "
        f"{rates}), a smaller weight of the term named, spectral normalization in the critic"
    )
