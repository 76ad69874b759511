from collections.abc import Callable

from tensorflow import keras


class StopAtLimit(keras.callbacks.Callback):
    """Ends the training after the step or the epoch in which a limit of minutes or images is reached.

    In the middle of an epoch, the state is saved first, and the epoch then ends early: the validation, the metrics, the
    samples and a row of history.csv are of the part that was trained. A resumed run continues from the saved state, and
    cuts that row off, so it becomes the run that was not stopped.

    Args:
        reached: a function from the number of steps done to the name of a limit that is reached, or None. It is called
            after every step and every epoch, whose metrics take time too.
        save: a function that saves the state.
    """

    def __init__(self, reached: Callable[[int], str | None], save: Callable[[], None]):
        super().__init__()
        self.reached, self.save = reached, save
        self.limit: str | None = None

    def on_train_batch_end(self, batch, logs=None):
        self.limit = self.reached(self.model.steps_done)
        if self.limit and batch + 1 < self.params["steps"]:
            # Before the validation, which sets the running means of the epoch to 0.
            self.save()
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        self.limit = self.limit or self.reached(self.model.steps_done)
        if self.limit:
            self.model.stop_training = True
