"""Write health.csv while training, and print a line when a finding begins or ends."""

from collections.abc import Callable

import yaml
from tensorflow import keras

from tfgan_course.files import write_text
from tfgan_course.health.monitor import Event, as_csv, events, not_finite
from tfgan_course.runs.directory import RunDirectory


class WatchHealth(keras.callbacks.Callback):
    """Callback that reads history.csv after each epoch and reports new events.

    It must come after the callback that writes the row.

    Args:
        run: the run directory. Its health.csv is at once written again from history.csv, because in a resumed run it
            may have later epochs.
        tell: a function that gets each new event, to report it elsewhere.
    """

    def __init__(self, run: RunDirectory, tell: Callable[[Event], None] = lambda event: None):
        super().__init__()
        self.run, self.tell = run, tell
        self.unprinted: list[Event] = []
        self.settings = yaml.safe_load(run.config.read_text(encoding="utf-8")) or {}
        self.known = self._events()
        write_text(run.health, as_csv(self.known))

    def on_epoch_end(self, epoch, logs=None):
        self._learn(self._events())

    def _events(self) -> list[Event]:
        return events(self.run.rows(), settings=self.settings)

    def on_epoch_begin(self, epoch, logs=None):
        # Events are printed now, because the line of the epoch before is complete.
        self.say()

    def diverged(self, step: int, message: str) -> None:
        """Record that a figure became NaN or infinite in a step."""
        self._learn([*self.known, not_finite(len(self.run.rows()) + 1, step, message)])

    def _learn(self, found: list[Event]) -> None:
        new = found[len(self.known) :]
        if new:
            write_text(self.run.health, as_csv(found))
        for event in new:
            self.tell(event)
        self.known, self.unprinted = found, self.unprinted + new

    def say(self) -> None:
        """Print the events that have not been printed."""
        for event in self.unprinted:
            print(f"health: {event.sentence} ({event.link})", flush=True)
        self.unprinted = []
