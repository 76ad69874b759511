from collections.abc import Callable

from tensorflow import keras

from tfgan_course.errors import Interrupted


class StopWhenAsked(keras.callbacks.Callback):
    """Saves the state and ends the training after the step in which the user asked to stop.

    Args:
        asked: a function that returns whether the user has asked to stop.
        save: a function that saves the state.
    """

    def __init__(self, asked: Callable[[], bool], save: Callable[[], None]):
        super().__init__()
        self.asked, self.save = asked, save

    def on_train_batch_end(self, batch, logs=None):
        # After the epoch's last step, Keras still runs the validation, and the epoch's row is written to history.csv.
        if self.asked() and batch + 1 < self.params["steps"]:
            self._stop()

    def on_epoch_end(self, epoch, logs=None):
        # A limit or early stopping may have ended the training in the same step.
        if self.asked() and epoch + 1 < self.params["epochs"] and not self.model.stop_training:
            self._stop()

    def _stop(self) -> None:
        self.save()
        raise Interrupted
