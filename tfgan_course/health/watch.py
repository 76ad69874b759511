"""Writes health.csv while training, and a line on the terminal where a finding begins or ends."""

from tensorflow import keras

from tfgan_course.files import write_text
from tfgan_course.health.monitor import Event, as_csv, events, not_finite
from tfgan_course.runs.directory import RunDirectory


class WatchHealth(keras.callbacks.Callback):
    """Reads history.csv after each epoch, and reports what is new.

    It must stand behind the callback that writes the row.

    Args:
        run: the run. Its health.csv is brought up to date with its history.csv at once: a resumed run's may be ahead.
    """

    def __init__(self, run: RunDirectory):
        super().__init__()
        self.run = run
        self.unprinted: list[Event] = []
        self.known = events(run.rows())
        write_text(run.health, as_csv(self.known))

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        self._learn(events(self.run.rows()))

    def on_epoch_begin(self, epoch, logs=None):
        """See `keras.callbacks.Callback`. The epoch before has its line on the terminal by now."""
        self.say()

    def diverged(self, step: int, message: str) -> None:
        """Write down that a figure became NaN or infinite in a step."""
        self._learn([*self.known, not_finite(len(self.run.rows()) + 1, step, message)])

    def _learn(self, found: list[Event]) -> None:
        new = found[len(self.known) :]
        if new:
            write_text(self.run.health, as_csv(found))
        self.known, self.unprinted = found, self.unprinted + new

    def say(self) -> None:
        """Print the events that have not been printed."""
        for event in self.unprinted:
            print(f"health: {event.sentence} ({event.link})", flush=True)
        self.unprinted = []
