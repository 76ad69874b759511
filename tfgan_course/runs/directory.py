"""The run directory: training writes it, and all later commands read it."""

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import yaml
from filelock import FileLock, Timeout

from tfgan_course.errors import UserError, require
from tfgan_course.files import (
    advice_on,
    new_folder,
    read_json,
    shown,
    tensorflow_folder,
    what_is,
    write_json,
    write_text,
)
from tfgan_course.runs import tables as run_tables
from tfgan_course.runs.environment import environment
from tfgan_course.runs.paths import relative_paths

if TYPE_CHECKING:
    from tensorflow import keras

Directory = TypeVar("Directory", bound="RunDirectory")

ELSEWHERE = "Choose another run directory for the new run: --out, or out= in Python"


class RunDirectory:
    """The paths and small files of a run.

    Args:
        path: the directory of an existing run.

    Raises:
        UserError: if the path is not a run directory, or TensorFlow cannot use it.
    """

    def __init__(self, path: str | Path):
        self.path = tensorflow_folder(path, "the run")
        if not (self.path / "config.yaml").is_file():
            without = " without config.yaml" if self.path.is_dir() else ""
            raise UserError(
                expected="a run directory",
                received=f"{shown(self.path)}, {what_is(self.path)}{without}",
                remedy="Give the directory of a run, such as runs/lsgan",
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

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"RunDirectory({str(self.path)!r})"

    @classmethod
    def of_gan(cls, path: str | Path) -> "RunDirectory":
        """Open the run directory of a GAN; raise `UserError` if it is not one, or belongs to a classifier."""
        run = cls(path)
        if kind := run.images.get("kind"):
            raise UserError(
                expected="the run of a GAN",
                received=f"{shown(run.path)}, the run of a {kind}, which has no generator",
                remedy="Commands for this run: classifier --resume, layers, explain, evaluate --features",
            )
        return run

    @classmethod
    def create(cls: type[Directory], wanted: str | Path, config: str, images: dict) -> Directory:
        """Make a new run directory: `wanted`, or the first free name of `wanted-2`, `wanted-3`...

        Args:
            wanted: the path of the directory.
            config: the complete configuration as YAML.
            images: the `facts` of the images, for data.json.

        Raises:
            UserError: if the directory cannot be made.
        """
        wanted = new_folder(wanted, "out")
        path, number = wanted, 2
        while True:
            try:
                path.mkdir(parents=True)
                break
            except FileExistsError as error:
                if not path.is_dir():
                    raise UserError(expected=f"a directory {path}", received="a file", remedy=ELSEWHERE) from error
                path, number = wanted.with_name(f"{wanted.name}-{number}"), number + 1
            except OSError as error:
                received = f"{error.strerror}: {shown(error.filename)}"
                raise UserError(expected=f"a new directory {path}", received=received, remedy=ELSEWHERE) from error
        try:
            (path / "samples").mkdir()
            (path / "checkpoints").mkdir()
            paths = relative_paths(yaml.safe_load(config) or {})
            write_json(path / "data.json", images | ({"paths": paths} if paths else {}))
            write_json(path / "environment.json", environment())
            # This copy shows whether the user has edited config.yaml.
            write_text(path / "checkpoints" / "config.yaml", config)
            # This file makes the directory a run, so it is written last.
            write_text(path / "config.yaml", config)
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)  # what was written is no run, and would be in the way
            expected, remedy = f"a run directory {path} that can be written", f"{advice_on(error)}. {ELSEWHERE}"
            raise UserError(expected=expected, received=f"{error.strerror}", remedy=remedy) from error
        return cls(path)

    def lock(self) -> FileLock:
        """Return the lock of a run in training; the system frees the lock when the process ends for any reason.

        Raises:
            UserError: if another process holds the lock.
        """
        # The file is not removed after training. If it were, one process could lock the removed file, which it has
        # open, and another process a new file, and both would train the run.
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            expected, received = f"a run {self.path} that no process is training", "another process that trains it"
            raise UserError(expected=expected, received=received, remedy=f"Wait. {ELSEWHERE}") from error
        return lock

    @property
    def images(self) -> dict:
        """The `facts` of the images in data.json; `UserError` is raised if the file is missing or damaged."""
        path = self.path / "data.json"
        try:
            images = read_json(path)
            shape, _ = images["image_shape"], images["class_names"]
            if len(shape) != 3 or not all(isinstance(size, int) for size in shape):
                raise ValueError(f"image_shape is {shape}")
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise UserError(
                expected=f"shape and classes of the images in {path}",
                received=f"a missing or damaged file ({error})",
                remedy=f"Put it back from a copy of the run, or train a new run with the configuration {self.config}",
            ) from error
        return images

    def tables(self) -> dict[str, str]:
        """Return the texts of the configuration, the image facts and the tables, by their paths in the directory.

        Raises:
            UserError: if a file is not UTF-8.
        """
        found = {}
        for file in (self.config, self.trained_config, self.path / "data.json", self.history, self.timing):
            try:
                if file.is_file():
                    found[str(file.relative_to(self.path))] = file.read_text("utf-8")
            except UnicodeDecodeError as error:
                raise UserError(
                    expected=f"UTF-8 text in {file}",
                    received=f"other bytes, from byte {error.start} on",
                    remedy="Put the file back from a copy to resume. Sampling needs only config.yaml and data.json",
                ) from error
        return found

    def rows(self) -> list[run_tables.Row]:
        """Return the rows of history.csv, one for each epoch; raise `UserError` if it is damaged or has lost rows."""
        return run_tables.rows_beside(self.history, self.timing)

    def rows_so_far(self, table: Path) -> list[run_tables.Row]:
        """Return the rows of history.csv or timing.csv while another process may be adding to the table.

        Raises:
            UserError: if a complete line is damaged, or history.csv has lost rows.
        """
        if table == self.history:
            return run_tables.rows_beside(table, self.timing, growing=True)
        return run_tables.read_rows(table, growing=True)

    def cut_back(self, epochs: int) -> None:
        """Remove from the tables all rows after the first `epochs` and an unfinished last line.

        Raises:
            UserError: if history.csv does not have each of these epochs; the tables stay as they are.
        """
        advice = f"Put it back from a copy of the run, or train a new run with the configuration {self.config}"
        run_tables.cut_back([self.history, self.timing], epochs, advice)

    def append(self, table: Path, row: dict[str, float]) -> None:
        """Add a row to a table, with a header if the table is new, and flush it to the disk."""
        run_tables.append_row(table, row)

    def append_timing(self, epoch: int, seconds: float, images: int) -> None:
        """Add the row of an epoch, counted from 1, to timing.csv: its time and the number of its images."""
        row = {"epoch": epoch, "seconds": round(seconds, 3), "images_per_second": round(images / seconds, 1)}
        self.append(self.timing, row)

    def write_networks(self, **networks: "keras.Model") -> None:
        """Write networks.json: the number of trainable parameters of each network, by its name."""
        sizes = {
            name: {"parameters": sum(math.prod(weight.shape) for weight in network.trainable_weights)}
            for name, network in networks.items()
        }
        write_json(self.path / "networks.json", sizes)

    def keep_features(self, checksums: Mapping[str, int]) -> None:
        """Write features.json: the checksum of what each term has read, by the term's name; see `Term.begin`.

        Raises:
            UserError: if the file is there, and a checksum is another one.
        """
        file = self.path / "features.json"
        if not file.exists():  # the training begins, or an earlier version began it
            if checksums:
                write_json(file, dict(checksums))
            return
        try:
            known = dict(read_json(file))
        except (OSError, ValueError, TypeError) as error:
            remedy = "Put it back from a copy of the run"
            raise UserError(expected=f"checksums in {file}", received=f"{error}", remedy=remedy) from error
        changed = [name for name, checksum in checksums.items() if known.get(name) != checksum]
        expected = f"the network that {', '.join(changed)} had read when {self.path} was trained"
        require(not changed, expected, "another one", "Say where it is now: --generator_terms.features")

    def write_init_from(self, taken: dict) -> None:
        """Write init_from.json: which weights came from another run, and which not."""
        write_json(self.path / "init_from.json", taken)

    def write_summary(self) -> None:
        """Write summary.json: the best validation figures and the final figures in history.csv."""
        rows = self.rows()
        if not rows:
            return
        bests: dict[str, dict] = {}
        summary = {"epochs": len(rows), "steps": int(rows[-1]["step"]), "best": bests, "final": rows[-1]}
        for name, mode in (("val_critic_accuracy", "max"), ("val_generator_loss", "min")):
            if name in rows[0]:
                best = best_row(rows, name, mode)
                bests[name] = {"value": best[name], "epoch": int(best["epoch"])}
        write_json(self.path / "summary.json", summary)


def best_row(rows: list[dict[str, float]], name: str, mode: str) -> dict[str, float]:
    """Return the first row with the best figure in a column; NaN is worst."""
    sign = 1 if mode == "min" else -1
    return min(rows, key=lambda row: math.inf if math.isnan(row[name]) else sign * row[name])
