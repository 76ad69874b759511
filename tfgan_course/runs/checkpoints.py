"""The checkpoints of a run: which there are, and giving a GAN the state of one."""

import warnings
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
    damaged = []
    for path in paths:
        try:
            gan.checkpoint().restore(str(path)).expect_partial().assert_existing_objects_matched()
        except (tf.errors.OpError, LookupError, RuntimeError) as error:  # TensorFlow's, when a file cannot be read
            damaged.append(f"the checkpoint {path} is damaged ({first_line(error)})")
        except (ValueError, AssertionError) as error:
            if other := other_keras(run.path):
                raise UserError(f"the checkpoint {path} cannot be read: {other}. Use the other TensorFlow") from error
            raise UserError(f"the checkpoint {path} does not fit {run.config}: {first_line(error)}") from error
        else:
            if damaged:
                warnings.warn(f"{'; '.join(damaged)}; step {gan.steps_done} is used instead", stacklevel=2)
            return
    raise UserError(f"{'; '.join(damaged)}. Saved are the steps {steps_saved(run.checkpoints)}")


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
