"""The checkpoints of a run: which there are, saving one, and going back to the state of one."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from tfgan_course.errors import UserError, first_line
from tfgan_course.gan.model import GAN
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.environment import other_keras

# TensorFlow writes a line a variable where a checkpoint that does not fit is dropped: the error says it in one line.
tf.get_logger().addFilter(
    lambda record: not str(record.msg).startswith(("Value in checkpoint", "Detecting that an ob"))
)


def restore(gan: GAN, run: RunDirectory, checkpoint: str = "latest") -> None:
    """Give the GAN the state of a run's checkpoint.

    Args:
        gan: built from the run's configuration.
        run: the run.
        checkpoint: `latest`, `best`, or the number of a step. If the latest is damaged, the one before it is taken,
            with a warning.

    Raises:
        UserError: if there is none, or none that can be read, or it is of another network.
    """
    if checkpoint in ("latest", "best"):
        paths = last_saved_first(run.best if checkpoint == "best" else run.checkpoints)
    else:
        paths = [run.checkpoints / f"step-{checkpoint}"] if checkpoint in map(str, steps_saved(run.checkpoints)) else []
    if not paths:
        saved = steps_saved(run.checkpoints)
        raise UserError(f"{run.path} has no checkpoint {checkpoint!r}. Saved are the steps {saved or 'none'}")
    restore_first(gan.checkpoint, paths, run)


def restore_first(checkpoint: Callable[[], tf.train.Checkpoint], paths: Sequence[Path], run: RunDirectory) -> None:
    """Give the objects of a checkpoint the state of the first path that can be read.

    Args:
        checkpoint: makes the checkpoint.
        paths: without their files' endings, the one to prefer first.
        run: the run, for messages.

    Raises:
        UserError: if all are damaged, or one is of another network or another Keras.
    """
    damaged = []
    for path in paths:
        try:
            checkpoint().restore(str(path)).expect_partial().assert_existing_objects_matched()
        except (tf.errors.OpError, LookupError, RuntimeError) as error:  # TensorFlow's, when a file cannot be read
            damaged.append(f"the checkpoint {path} is damaged ({first_line(error)})")
        except (ValueError, AssertionError) as error:
            if other := other_keras(run.path):
                raise UserError(f"the checkpoint {path} cannot be read: {other}. Use the other TensorFlow") from error
            raise UserError(f"the checkpoint {path} does not fit {run.config}: {first_line(error)}") from error
        else:
            if damaged:
                warnings.warn(f"{'; '.join(damaged)}; {path.name.replace('-', ' ')} is used instead", stacklevel=3)
            return
    raise UserError(f"{'; '.join(damaged)}. Saved are the steps {steps_saved(run.checkpoints)}")


def manager_of(checkpoint: tf.train.Checkpoint, folder: Path, keep: int) -> tf.train.CheckpointManager:
    """Return a manager that keeps the latest `keep` states of a checkpoint in a folder."""

    def made() -> tf.train.CheckpointManager:
        return tf.train.CheckpointManager(checkpoint, str(folder), keep, checkpoint_name="step")

    try:
        return made()
    except ValueError:  # TensorFlow's list of the checkpoints is damaged; it makes a new one
        (folder / "checkpoint").unlink()
        return made()


def save(manager: tf.train.CheckpointManager, step: int, run: RunDirectory) -> None:
    """Save the state of a step.

    Raises:
        UserError: if it cannot be written; the checkpoints before it stay.
    """
    try:
        manager.save(checkpoint_number=step)
    except (tf.errors.OpError, OSError) as error:
        raise UserError(
            f"could not save the checkpoint of step {step} to {manager.directory}: {first_line(error)}. The last good "
            f"one is {manager.latest_checkpoint}. Free space, then go on with --resume {run.path}"
        ) from error


def steps_saved(folder: Path) -> list[int]:
    """Return the steps of the checkpoints in a folder, in ascending order."""
    return sorted(int(file.stem.partition("-")[2]) for file in folder.glob("step-*.index"))


def last_saved_first(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, without their files' endings, the one saved last first.

    The one saved last need not have the highest step: a training that fell back behind a damaged one saves lower ones.
    """
    try:
        state = tf.train.get_checkpoint_state(str(folder))
    except ValueError:  # TensorFlow's list of them is damaged
        state = None
    if state is None:
        return [folder / f"step-{step}" for step in reversed(steps_saved(folder))]
    return [Path(path) for path in reversed(state.all_model_checkpoint_paths)]
