"""Training: from a configuration to a run directory."""

import zlib
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow import keras

from tfgan_course.config import TrainConfig
from tfgan_course.data import Images, load, training_batches, validation_batches
from tfgan_course.errors import UserError
from tfgan_course.gan import GAN
from tfgan_course.grids import save_animation
from tfgan_course.training.callbacks import (
    ContinueMeans,
    Diverged,
    DrawSamples,
    Interrupted,
    SaveCheckpoints,
    StopEarly,
    StopWhenAsked,
    StopWhenNotFinite,
    WriteHistory,
)
from tfgan_course.training.curves import draw_curves
from tfgan_course.training.run import RunDirectory
from tfgan_course.training.tensorboard import WriteTensorBoard


def build(config: TrainConfig, image_shape: tuple[int, int, int]) -> GAN:
    """The GAN of a configuration, its weights drawn from the configuration's seed."""
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if config.precision == "bfloat16" else "float32")
    keras.utils.set_random_seed(config.seed)
    return GAN(
        config.generator.build(image_shape, config.latent_size),
        config.critic.build(image_shape),
        loss=config.loss,
        critic_terms=config.critic_terms,
        generator_terms=config.generator_terms,
        generator_optimizer=config.generator_optimizer.build(),
        critic_optimizer=config.critic_optimizer.build(),
        critic_updates=config.critic_updates,
        joint_batches=config.joint_batches,
        reuse_fakes=config.reuse_fakes,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )


def train(
    config: TrainConfig, yaml: str, out: str | Path, asked_to_stop: Callable[[], bool] = lambda: False
) -> RunDirectory:
    """Trains from the beginning in a new run directory.

    Args:
        config: what to train.
        yaml: the same, as it is to be written down.
        out: the directory; the next free name if it exists.
        asked_to_stop: asked after every step.

    Raises:
        UserError: for what the user can mend. Before the first step nothing is left behind.
        Interrupted: after saving, if asked to stop.
    """
    train_images, test_images = load(config.data)
    gan = build(config, train_images.images.shape[1:])
    training_batches(train_images, config.batch_size * config.critic_updates, config.seed)  # enough images?
    check_figures(config, gan, validated=len(test_images.images) > 0)
    run = RunDirectory.create(out, yaml, facts(train_images, test_images))
    with run.lock():
        print(f"Run directory: {run.path}", flush=True)
        fit(run, config, gan, train_images, test_images, asked_to_stop)
    return run


def resume(run: RunDirectory, config: TrainConfig, asked_to_stop: Callable[[], bool] = lambda: False) -> RunDirectory:
    """Goes on with a run from its latest checkpoint; see `train`."""
    with run.lock():
        train_images, test_images = load(config.data)
        now = facts(train_images, test_images)
        if now != run.images:
            raise UserError(f"the images are no longer those {run.path} was trained on: {run.images} then, {now} now")
        gan = build(config, train_images.images.shape[1:])
        restore(gan, run)
        print(f"Run directory: {run.path}, going on at step {int(gan.step)}", flush=True)
        fit(run, config, gan, train_images, test_images, asked_to_stop)
    return run


def facts(train_images: Images, test_images: Images) -> dict:
    """What a run writes down of its images."""
    return {
        "image_shape": list(train_images.images.shape[1:]),
        "class_names": list(train_images.class_names) if train_images.class_names else None,
        "train_images": len(train_images.images),
        "test_images": len(test_images.images),
        "checksum": zlib.crc32(test_images.images, zlib.crc32(train_images.images)),
    }


def check_figures(config: TrainConfig, gan: GAN, validated: bool) -> None:
    """Refuses to watch a figure that history.csv will not have."""
    figures = [*gan.train_means.names, *(f"val_{name}" for name in gan.test_means.names if validated)]
    watched = {
        "checkpoints.monitor": config.checkpoints.monitor,
        "early_stopping.monitor": config.early_stopping.monitor,
    }
    for option, figure in watched.items():
        if figure is not None and figure not in figures:
            raise UserError(f"--{option} {figure}: there is no such figure. Recorded are {', '.join(figures)}")


def restore(gan: GAN, run: RunDirectory, checkpoint: str = "latest") -> None:
    """Gives the GAN the state of a run's checkpoint.

    Args:
        gan: built from the run's configuration.
        run: the run.
        checkpoint: `latest`, `best`, or the number of a step.
    """
    folder = run.best if checkpoint == "best" else run.checkpoints
    path = (
        tf.train.latest_checkpoint(str(folder))
        if checkpoint in ("latest", "best")
        else str(folder / f"step-{checkpoint}")
    )
    if path is None or not Path(f"{path}.index").is_file():
        saved = sorted(int(file.stem.split("-")[1]) for file in run.checkpoints.glob("step-*.index"))
        raise UserError(f"{run.path} has no checkpoint {checkpoint!r}. Saved are the steps {saved or 'none'}")
    try:
        gan.checkpoint().restore(path).expect_partial().assert_existing_objects_matched()
    except (tf.errors.OpError, ValueError, AssertionError) as error:
        raise UserError(f"the checkpoint {path} cannot be read: {str(error).splitlines()[0]}") from error


def fit(
    run: RunDirectory,
    config: TrainConfig,
    gan: GAN,
    train_images: Images,
    test_images: Images,
    asked_to_stop: Callable[[], bool],
) -> None:
    """Trains from the step that `gan` is at to the last epoch, writing everything into the run directory."""
    images_per_step = config.batch_size * config.critic_updates
    steps_per_epoch = config.steps_per_epoch or len(train_images.images) // images_per_step
    done = int(gan.step)
    epoch, steps_into_epoch = divmod(done, steps_per_epoch)
    run.cut_back(epoch)
    batches = training_batches(train_images, images_per_step, config.seed, start_step=done)
    validation = validation_batches(test_images, config.batch_size) if len(test_images.images) else None
    writer = tf.summary.create_file_writer(str(run.tensorboard))
    checkpoints = SaveCheckpoints(run, gan, config.checkpoints)
    samples = DrawSamples(run, gan, config.samples, writer)
    early = StopEarly(run, config.early_stopping)
    callbacks = [
        StopWhenNotFinite(),
        WriteHistory(run, images_per_step * steps_per_epoch),
        WriteTensorBoard(writer),
        early,  # before those that do more at the last epoch
        samples,
        checkpoints,
        StopWhenAsked(asked_to_stop, checkpoints.save),
    ]
    options = {"validation_data": validation, "callbacks": callbacks, "shuffle": False}
    try:
        if done == 0:
            samples.draw()
            checkpoints.save()
        gan.stop_training = False
        if steps_into_epoch:
            first = {"epochs": epoch + 1, "initial_epoch": epoch, "steps_per_epoch": steps_per_epoch - steps_into_epoch}
            gan.fit(batches, **first, **{**options, "callbacks": [*callbacks, ContinueMeans(gan)]})
            epoch += 1
            batches = training_batches(train_images, images_per_step, config.seed, start_step=epoch * steps_per_epoch)
        stopped = gan.stop_training or early.patience_is_over()
        if epoch < config.epochs and not stopped:
            gan.fit(batches, epochs=config.epochs, initial_epoch=epoch, steps_per_epoch=steps_per_epoch, **options)
        finish(run)
    except (Interrupted, Diverged):
        finish(run)
        raise
    except OSError as error:
        raise UserError(
            f"could not write to {run.path}: {error.strerror or error}. Free space, then go on with --resume {run.path}"
        ) from error
    finally:
        writer.close()


def finish(run: RunDirectory) -> None:
    """Summary, curves and the samples' evolution, from what the run has written so far."""
    run.write_summary()
    rows = run.rows()
    if rows:
        draw_curves(rows, run.path / "curves.png", run.path.name)
    save_animation(run.path / "samples.gif", sorted(run.samples.glob("step_*.png")))
