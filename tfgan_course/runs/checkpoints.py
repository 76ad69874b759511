"""Lists, saves and restores the checkpoints of a run."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from tfgan_course.errors import UserError, first_line, require
from tfgan_course.files import advice_on
from tfgan_course.gan.model import GAN
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.environment import other_keras

# TensorFlow logs a line for each variable if a checkpoint does not fit. The error of this package is a single line.
tf.get_logger().addFilter(
    lambda record: not str(record.msg).startswith(("Value in checkpoint", "Detecting that an ob"))
)


def restore(gan: GAN, run: RunDirectory, checkpoint: str = "latest") -> None:
    """Restore the state of a GAN from a checkpoint of its run.

    Args:
        gan: the GAN, built from the run's configuration.
        run: the run.
        checkpoint: `latest`, `best`, or the number of a step. If the latest checkpoint is damaged, the one before it is
            used, with a warning.

    Raises:
        UserError: if the checkpoint does not exist, is damaged, or belongs to another network.
    """
    paths = paths_of(run, checkpoint)
    if not paths:
        received = f"no checkpoint {checkpoint!r}; saved are the steps {steps_saved(run.checkpoints) or 'none'}"
        raise UserError(expected=f"a checkpoint in {run.path}", received=received, remedy=_others(gan.checkpoint, run))
    restore_first(gan.checkpoint, paths, run)


def paths_of(run: RunDirectory, checkpoint: str) -> list[Path]:
    """Return the paths of a run's checkpoint, in order of preference; see `restore`. The list may be empty.

    Raises:
        UserError: if the text names no checkpoint.
    """
    valid = checkpoint in ("latest", "best") or (isinstance(checkpoint, str) and checkpoint.isdecimal())
    require(valid, "for checkpoint latest, best, or the number of a step", repr(checkpoint), "Correct checkpoint")
    if checkpoint in ("latest", "best"):
        return last_saved_first(run.best if checkpoint == "best" else run.checkpoints)
    return [run.checkpoints / f"step-{checkpoint}"] if checkpoint in map(str, steps_saved(run.checkpoints)) else []


def restore_first(checkpoint: Callable[[], tf.train.Checkpoint], paths: Sequence[Path], run: RunDirectory) -> None:
    """Restore the objects of a checkpoint from the first path that can be read.

    Args:
        checkpoint: a function that returns the checkpoint.
        paths: the paths in order of preference, without the files' endings.
        run: the run, for messages.

    Raises:
        UserError: if all are damaged, or one belongs to another network or another Keras.
    """
    damaged = []
    for path in paths:
        try:
            checkpoint().restore(str(path)).expect_partial().assert_existing_objects_matched()
        except (tf.errors.OpError, LookupError, RuntimeError) as error:  # TensorFlow cannot read a file.
            damaged.append(f"the checkpoint {path} is damaged ({first_line(error)})")
        except (ValueError, AssertionError) as error:
            raise UserError(
                expected=f"in {path} a checkpoint of the networks in {run.config}",
                received=other_keras(run.path) or first_line(error),
                remedy="Use the TensorFlow that the run was trained with, and restore the old config.yaml",
            ) from error
        else:
            if damaged:
                warnings.warn(f"{'; '.join(damaged)}; {path.name.replace('-', ' ')} is used instead", stacklevel=3)
            return
    expected = f"a checkpoint of {run.path} that can be read"
    raise UserError(expected=expected, received="; ".join(damaged), remedy=_others(checkpoint, run))


def _others(checkpoint: Callable[[], tf.train.Checkpoint], run: RunDirectory) -> str:
    """Return advice that names the best or the last checkpoint that can be read, if there is one."""
    named = [("best", path) for path in last_saved_first(run.best)]
    named += [(path.name.removeprefix("step-"), path) for path in last_saved_first(run.checkpoints)]
    for name, path in named:
        try:
            checkpoint().restore(str(path)).expect_partial().assert_existing_objects_matched()
        except Exception:  # this one is damaged as well; TensorFlow may raise nearly any error
            continue
        number = repr(name) if name == "best" else name
        return (
            f"The checkpoint {name} is intact: --checkpoint {name}, or load_run({str(run.path)!r}, checkpoint={number})"
        )
    return f"Put {run.checkpoints} back from a copy, or train a new run with the configuration {run.config}"


def save_initial(gan: GAN, run: RunDirectory) -> None:
    """Save the weights with which a training begins if the seed alone does not decide them; all workers call this."""
    folder = run.checkpoints / "initial"
    folder.mkdir(parents=True, exist_ok=True)
    _networks(gan).save(str(folder / "weights"))


def restore_initial(gan: GAN, run: RunDirectory) -> None:
    """Restore the weights that `save_initial` saved; raise `UserError` if they are missing or damaged."""
    restore_first(lambda: _networks(gan), [run.checkpoints / "initial" / "weights-1"], run)


def _networks(gan: GAN) -> tf.train.Checkpoint:
    return tf.train.Checkpoint(generator=gan.generator, critic=gan.critic)


def manager_of(checkpoint: tf.train.Checkpoint, folder: Path, keep: int) -> tf.train.CheckpointManager:
    """Return a manager that keeps the latest `keep` checkpoints in a folder."""

    def made() -> tf.train.CheckpointManager:
        return tf.train.CheckpointManager(checkpoint, str(folder), keep, checkpoint_name="step")

    try:
        return made()
    except ValueError:  # TensorFlow's list of the checkpoints is damaged, and TensorFlow writes a new one.
        (folder / "checkpoint").unlink()
        return made()


def save(manager: tf.train.CheckpointManager, step: int, run: RunDirectory) -> None:
    """Save the checkpoint of a step; raise `UserError` if it cannot be written. Earlier checkpoints stay."""
    try:
        manager.save(checkpoint_number=step)
    except (tf.errors.OpError, OSError) as error:
        saved = steps_saved(Path(manager.directory))
        raise UserError(
            expected=f"that the checkpoint of step {step} can be written to {manager.directory}",
            received=first_line(error),
            remedy=f"{advice_on(error)}, then resume {run.path}: it continues from step {saved[-1] if saved else 0}",
        ) from error


def steps_saved(*folders: Path) -> list[int]:
    """Return the steps of the checkpoints in folders, in ascending order."""
    files = (file for folder in folders for file in folder.glob("step-*.index"))
    return sorted(int(file.stem.partition("-")[2]) for file in files)


def last_saved_first(folder: Path) -> list[Path]:
    """Return the paths of the checkpoints in a folder, without endings; the checkpoint that was saved last comes first.

    The checkpoint saved last may have a lower step than others: training may have continued from an earlier checkpoint
    because a later one was damaged.
    """
    try:
        state = tf.train.get_checkpoint_state(str(folder))
    except ValueError:  # TensorFlow's list of the checkpoints is damaged.
        state = None
    if state is None:
        return [folder / f"step-{step}" for step in reversed(steps_saved(folder))]
    return [Path(path) for path in reversed(state.all_model_checkpoint_paths)]
