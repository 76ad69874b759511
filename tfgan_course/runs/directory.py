"""The run directory: the only thing that passes from training to everything after it."""

import csv
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock, Timeout

from tfgan_course.errors import UserError
from tfgan_course.files import write_text
from tfgan_course.runs.environment import environment

if TYPE_CHECKING:
    from tensorflow import keras

Directory = TypeVar("Directory", bound="RunDirectory")


class RunDirectory:
    """Paths and small files of a run.

    Args:
        path: of a run that exists.

    Raises:
        UserError: if it does not, or is not a run.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / "config.yaml").is_file():
            found = "has no config.yaml" if self.path.is_dir() else "does not exist"
            raise UserError(
                f"{self.path} is not a run directory: it {found}. Runs lie in runs/ unless --out said otherwise"
            )
        self.config = self.path / "config.yaml"
        self.history = self.path / "history.csv"
        self.timing = self.path / "timing.csv"
        self.health = self.path / "health.csv"
        self.checkpoints = self.path / "checkpoints"
        self.trained_config = self.checkpoints / "config.yaml"
        self.best = self.checkpoints / "best"
        self.samples = self.path / "samples"
        self.tensorboard = self.path / "tensorboard"

    @classmethod
    def of_gan(cls, path: str | Path) -> "RunDirectory":
        """A GAN's run.

        Raises:
            UserError: if it is none, or a classifier's.
        """
        run = cls(path)
        if run.images.get("kind") is not None:
            raise UserError(
                f"{run.path} is a {run.images['kind']}'s run: it has no generator, and this command takes a GAN's. "
                f"Train it on with classifier --resume {run.path}; look at it with layers and explain; judge a "
                f"GAN by its features with evaluate --features {run.path}"
            )
        return run

    @classmethod
    def create(cls: type[Directory], wanted: str | Path, config: str, images: dict) -> Directory:
        """A new run in `wanted`, or in the first free of `wanted-2`, `wanted-3`...

        Args:
            wanted: path.
            config: the resolved configuration as YAML.
            images: what `sample` and `--resume` must know of the images.
        """
        wanted = Path(wanted)
        path, number = wanted, 2
        while True:
            try:
                path.mkdir(parents=True)
                break
            except FileExistsError as error:
                if not path.is_dir():
                    raise UserError(f"--out {path} is a file; a run needs a directory") from error
                path, number = wanted.with_name(f"{wanted.name}-{number}"), number + 1
            except OSError as error:
                reason = f"{error.strerror}: {error.filename}"
                raise UserError(
                    f"cannot make the run directory {path} ({reason}). Choose another with --out"
                ) from error
        try:
            (path / "samples").mkdir()
            (path / "checkpoints").mkdir()
            write_text(path / "data.json", json.dumps(images, indent=2) + "\n")
            write_text(path / "environment.json", json.dumps(environment(), indent=2) + "\n")
            write_text(path / "checkpoints" / "config.yaml", config)  # to compare with, if the other is edited
            # Last, as it makes the directory a run.
            write_text(path / "config.yaml", config)
        except OSError as error:
            raise UserError(
                f"cannot write to the run directory {path} ({error.strerror}). Free space or use --out"
            ) from error
        return cls(path)

    def lock(self) -> FileLock:
        """The lock of a run being trained; the system frees it when the process ends, however it ends.

        Raises:
            UserError: if another process holds it.
        """
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UserError(
                f"{self.path} is being trained by another process. Wait for it, or train elsewhere: --out"
            ) from error
        return lock

    @property
    def images(self) -> dict:
        """What the run was told of its images: data.json, see `data.facts`.

        Raises:
            UserError: if the file is missing or damaged.
        """
        path = self.path / "data.json"
        try:
            images = json.loads(path.read_text(encoding="utf-8"))
            shape, _ = images["image_shape"], images["class_names"]
            if len(shape) != 3 or not all(isinstance(size, int) for size in shape):
                raise ValueError(f"image_shape is {shape}")
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise UserError(
                f"{path} is missing or damaged ({error}). Put it back from a copy of the run, or train anew with "
                f"--config {self.config}"
            ) from error
        return images

    def tables(self) -> dict[str, str]:
        """The text files that say what is trained and how far it got, by their paths in the directory."""
        files = (self.config, self.trained_config, self.path / "data.json", self.history, self.timing)
        return {str(file.relative_to(self.path)): file.read_text("utf-8") for file in files if file.is_file()}

    def rows(self) -> list[dict[str, float]]:
        """history.csv: a row an epoch.

        Raises:
            UserError: if a line of it cannot be read.
        """
        return self._parsed(self.history, self._lines(self.history))

    def rows_so_far(self, table: Path) -> list[dict[str, float]]:
        """The rows of history.csv or timing.csv while another process may be adding to it: without half a line.

        Raises:
            UserError: if a whole line of it cannot be read.
        """
        text = table.read_text(encoding="utf-8", errors="replace") if table.is_file() else ""
        return self._parsed(table, text[: text.rfind("\n") + 1].splitlines())

    def cut_back(self, epochs: int) -> None:
        """Forgets what the tables say of epochs after the first `epochs`, and a half-written last line.

        Raises:
            UserError: if history.csv does not have each of these epochs; the tables stay as they are.
        """
        kept = {table: self._lines(table)[: 1 + epochs] for table in (self.history, self.timing)}
        found = [row.get("epoch") for row in self._parsed(self.history, kept[self.history])]
        if found != list(range(1, 1 + epochs)):
            raise UserError(
                f"{self.history} has {len(found)} of the {epochs} epochs that the checkpoint has behind it. Put it "
                f"back from a copy of the run, or train anew with --config {self.config}"
            )
        for table, lines in kept.items():
            if lines:
                write_text(table, "".join(f"{line}\n" for line in lines))

    def _lines(self, table: Path) -> list[str]:
        return table.read_text(encoding="utf-8", errors="replace").splitlines() if table.is_file() else []

    def _parsed(self, table: Path, lines: list[str]) -> list[dict[str, float]]:
        rows = []
        for row in csv.DictReader(lines):
            try:
                rows.append({name: float(value) for name, value in row.items()})
            except (ValueError, TypeError) as error:  # not a number; too few or too many of them
                raise UserError(f"{table}: line {len(rows) + 2} is damaged: {lines[len(rows) + 1]!r}") from error
        return rows

    def append(self, table: Path, row: dict[str, float]) -> None:
        """Adds a row to a table, with a header if it is new, and flushes it."""
        if not self._lines(table):
            write_text(table, ",".join(row) + "\n")
        with table.open("a", newline="") as file:
            csv.DictWriter(file, row, lineterminator="\n").writerow(row)
            file.flush()
            os.fsync(file.fileno())

    def append_timing(self, epoch: int, seconds: float, images: int) -> None:
        """Add an epoch's row to timing.csv.

        Args:
            epoch: counted from 1.
            seconds: that it took.
            images: that were trained on in it.
        """
        row = {"epoch": epoch, "seconds": round(seconds, 3), "images_per_second": round(images / seconds, 1)}
        self.append(self.timing, row)

    def write_networks(self, **networks: "keras.Model") -> None:
        """networks.json: the number of trainable parameters of each network, by its name."""
        sizes = {
            name: {"parameters": sum(math.prod(weight.shape) for weight in network.trainable_weights)}
            for name, network in networks.items()
        }
        write_text(self.path / "networks.json", json.dumps(sizes, indent=2) + "\n")

    def write_summary(self) -> None:
        """summary.json: the best validation figures and the final ones, from history.csv."""
        rows = self.rows()
        if not rows:
            return
        bests: dict[str, dict] = {}
        summary = {"epochs": len(rows), "steps": int(rows[-1]["step"]), "best": bests, "final": rows[-1]}
        for name, mode in (("val_critic_accuracy", "max"), ("val_generator_loss", "min")):
            if name in rows[0]:
                best = best_row(rows, name, mode)
                bests[name] = {"value": best[name], "epoch": int(best["epoch"])}
        write_text(self.path / "summary.json", json.dumps(summary, indent=2) + "\n")


def best_row(rows: list[dict[str, float]], name: str, mode: str) -> dict[str, float]:
    """The first row with the best figure in a column; NaN is worst."""
    sign = 1 if mode == "min" else -1
    return min(rows, key=lambda row: math.inf if math.isnan(row[name]) else sign * row[name])
