import shutil
import sys
import time
from collections.abc import Sequence

from tensorflow import keras

from tfgan_course.gan.model import GAN
from tfgan_course.live import SECONDS_BETWEEN, NotebookBar, screen
from tfgan_course.training.limits import Limits

FIXED = {"epoch": 7, "step": 11, "images/s": 8, "left": 8}
"""The first columns of every line, and their widths."""


class ShowProgress(keras.callbacks.Callback):
    """Prints a table of at most 80 columns: epoch, step, images per second, time left and some figures.

    On a terminal the last line is redrawn in place. In a file there is one line for each epoch and one for each minute
    within an epoch. In a notebook there is no table, but one bar with the figures of the last line. No line has an
    escape sequence.

    Args:
        gan: the GAN.
        epochs: epochs of the whole training; None if a limit ends it.
        steps_per_epoch: steps in an epoch.
        images_per_step: real images in a step.
        figures: names of figures, the most important first; figures for which the line has no room are left out.
        limits: the limits of the training.
    """

    def __init__(
        self,
        gan: GAN,
        epochs: int | None,
        steps_per_epoch: int,
        images_per_step: int,
        figures: Sequence[str],
        limits: Limits,
    ):
        super().__init__()
        self.gan, self.epochs, self.steps_per_epoch = gan, epochs, steps_per_epoch
        self.images_per_step, self.figures, self.limits = images_per_step, figures, limits
        self.last_step = limits.config.last_step if epochs is None else epochs * steps_per_epoch
        self.training_began: tuple[float, int] | None = None
        self.columns: dict[str, int] | None = None
        self.line_is_open = False
        self.bar = NotebookBar() if screen() == "notebook" else None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.first_step = epoch, epoch * self.steps_per_epoch
        self.shown = time.monotonic()
        # The first call of a training compiles the step, so the clock starts after it.
        self.epoch_began = None if self.training_began is None else (self.shown, self.gan.steps_done)

    def on_train_batch_end(self, batch, logs=None):
        self.reached = time.monotonic(), self.gan.steps_done
        self.training_began = self.training_began or self.reached
        self.epoch_began = self.epoch_began or self.reached
        if self.reached[0] - self.shown >= SECONDS_BETWEEN[where := screen()]:
            self.shown = self.reached[0]
            self._print(logs, "" if where == "terminal" else "\n")

    def on_epoch_end(self, epoch, logs=None):
        self._print(logs, "\n")

    def close(self) -> None:
        """End the line that was redrawn in place."""
        if self.line_is_open:
            print(flush=True)
        self.line_is_open = False

    def _print(self, logs: dict, end: str) -> None:
        on_terminal = sys.stdout.isatty()
        if self.columns is None:
            self.columns = columns(self.figures, shutil.get_terminal_size().columns if on_terminal else 80)
            if self.bar is None:
                print(" ".join(name[:width].rjust(width) for name, width in self.columns.items()))
        now, step = self.reached
        epoch_began, epoch_first = self.epoch_began
        training_began, first = self.training_began
        seconds_left = [] if (limit := self.limits.seconds_left()) is None else [limit]
        if self.last_step is not None:
            seconds_left.append((self.last_step - step) * (time.monotonic() - training_began) / max(1, step - first))
        texts = {
            "epoch": f"{self.epoch + 1}" + (f"/{self.epochs}" if self.epochs is not None else ""),
            "step": f"{step - self.first_step}/{self.steps_per_epoch}",
            "images/s": f"{(step - epoch_first) * self.images_per_step / max(now - epoch_began, 1e-9):.0f}",
            "left": duration(min(seconds_left)),
        }
        if step == first and step != self.last_step:  # only the first call, which compiled the step, has run
            texts["images/s"] = texts["left"] = "-"
        texts |= {name: number(float(logs[name]), self.columns[name]) for name in self.columns if name in logs}
        if self.bar:
            share = None if self.last_step is None else step / self.last_step
            self.bar.show(share, ", ".join(f"{name} {texts[name]}" for name in self.columns if name in texts))
            return
        line = " ".join(texts.get(name, "").rjust(width) for name, width in self.columns.items())
        print("\r" * on_terminal + line, end=end, flush=True)
        self.line_is_open = not end


def columns(figures: Sequence[str], width: int) -> dict[str, int]:
    """Return the table's columns and their widths, for a terminal of `width` columns."""
    found = dict(FIXED)
    for name in figures:
        # The last column of a terminal stays empty: some terminals wrap when it is written.
        room = width - 1 - sum(found.values()) - len(found)
        if room < 8:
            break
        found[name] = min(room, max(8, len(name.partition("@")[0])))
    return found


def number(value: float, width: int) -> str:
    """Return a number with four digits, or with two if four need more than `width` letters (at least 8)."""
    text = f"{value:.4g}"
    return text if len(text) <= width else f"{value:.1e}"


def duration(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
