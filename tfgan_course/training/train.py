"""Training: from a configuration to a run directory."""

import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
import yaml
from tensorflow import keras

from tfgan_course.config import TrainConfig, config_parser, dump, parse
from tfgan_course.data import Images, load, training_batches, validation_batches
from tfgan_course.errors import UserError
from tfgan_course.gan import GAN
from tfgan_course.grids import save_animation
from tfgan_course.health.measure import MeasureHealth
from tfgan_course.health.watch import WatchHealth
from tfgan_course.metrics.callback import Evaluate
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

# What may be edited in a run's config.yaml before it is resumed. `data` may say where the images lie now: whether they
# are the same is seen from the images.
MAY_CHANGE = ("data", "epochs", "samples.every_epochs", "samples.every_steps", "checkpoints", "early_stopping")


def build(config: TrainConfig, image_shape: tuple[int, int, int], classes: int | None, steps_per_epoch: int = 1) -> GAN:
    """The GAN of a configuration, its weights drawn from the configuration's seed.

    Args:
        config: what to build.
        image_shape: (height, width, channels).
        classes: how many there are; None without labels.
        steps_per_epoch: what schedules of the learning rate count with; needed to train.
    """
    for option in ("generator_conditioning", "critic_conditioning"):
        conditioning = getattr(config, option)
        if conditioning is not None and classes is None:
            raise UserError(
                f"{option} {type(conditioning).__name__} needs labels, which these images do not have: use a folder "
                f"with a sub-folder for each class, or write {option}: null"
            )
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if config.precision == "bfloat16" else "float32")
    keras.utils.set_random_seed(config.seed)
    return GAN(
        config.generator.build(image_shape, config.latent_size, config.generator_conditioning, classes),
        config.critic.build(image_shape, config.critic_conditioning, classes),
        loss=config.loss,
        critic_terms=config.critic_terms,
        generator_terms=config.generator_terms,
        generator_loss_weight=config.generator_loss_weight,
        generator_optimizer=config.generator_optimizer.build(steps_per_epoch, config.epochs),
        critic_optimizer=config.critic_optimizer.build(steps_per_epoch * config.critic_updates, config.epochs),
        critic_updates=config.critic_updates,
        joint_batches=config.joint_batches,
        reuse_fakes=config.reuse_fakes,
        ema_decay=config.ema_decay,
        classes=classes,
        fake_labels=config.fake_labels,
        latents=config.latents,
        label_noise=config.label_noise,
        augmentations=config.augmentations,
        real_augmentations=config.real_augmentations,
        generator_first=config.generator_first,
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
        asked_to_stop: asked before anything is written, and after every step.

    Raises:
        UserError: for what the user can mend. Before the first step nothing is left behind.
        Interrupted: if asked to stop, after saving.
    """
    train_images, test_images = load(config.data)
    gan = build(config, train_images.images.shape[1:], train_images.classes, steps_per_epoch(config, train_images))
    training_batches(train_images, config.batch_size * config.critic_updates, config.seed)  # enough images?
    measuring = measuring_callbacks(config, gan, train_images, test_images)
    check_figures(config, gan, measuring, validated=len(test_images.images) > 0)
    if asked_to_stop():
        raise Interrupted
    run = RunDirectory.create(out, yaml, facts(train_images, test_images))
    with run.lock():
        print(f"Run directory: {run.path}", flush=True)
        fit(run, config, gan, measuring, train_images, test_images, asked_to_stop)
    return run


def resume(run: RunDirectory, config: TrainConfig, asked_to_stop: Callable[[], bool] = lambda: False) -> RunDirectory:
    """Goes on with a run from its latest checkpoint; see `train`."""
    with run.lock():
        check_config(run)
        train_images, test_images = load(config.data)
        now = facts(train_images, test_images)
        if now != run.images:
            raise UserError(f"the images are no longer those {run.path} was trained on: {run.images} then, {now} now")
        gan = build(config, train_images.images.shape[1:], train_images.classes, steps_per_epoch(config, train_images))
        measuring = measuring_callbacks(config, gan, train_images, test_images)
        check_figures(config, gan, measuring, validated=len(test_images.images) > 0)
        restore(gan, run)
        if asked_to_stop():
            raise Interrupted
        print(f"Run directory: {run.path}, going on at step {int(gan.step)}", flush=True)
        fit(run, config, gan, measuring, train_images, test_images, asked_to_stop)
    return run


def facts(train_images: Images, test_images: Images) -> dict:
    """What a run writes down of its images."""
    checksum = 0
    for part in (train_images, test_images):
        for array in (part.images, part.labels):
            checksum = checksum if array is None else zlib.crc32(array, checksum)
    return {
        "image_shape": list(train_images.images.shape[1:]),
        "class_names": list(train_images.class_names) if train_images.class_names else None,
        "train_images": len(train_images.images),
        "test_images": len(test_images.images),
        "checksum": checksum,
    }


def check_config(run: RunDirectory) -> None:
    """Refuses to go on with a run whose config.yaml was edited in more than `MAY_CHANGE`."""
    if not run.trained_config.is_file():
        raise UserError(
            f"{run.trained_config} is missing, which tells what the run was trained with. If {run.config} was not "
            "edited since, copy it there"
        )
    now, then = settings(run.config), settings(run.trained_config)
    changed = [
        f"{key} is {now.get(key)}, was {then.get(key)}"
        for key in sorted(now.keys() | then.keys())
        if now.get(key) != then.get(key) and not f"{key}.".startswith(tuple(f"{name}." for name in MAY_CHANGE))
    ]
    if changed:
        raise UserError(
            f"{run.config} is not what the run was trained with: {'; '.join(changed)}. Put that back; only "
            f"{', '.join(MAY_CHANGE)} may change. Or train anew with --config {run.config}"
        )


def settings(file: Path) -> dict[str, object]:
    """The options that a YAML file comes to, defaults included, by their dotted names."""
    parser = config_parser()
    tree = yaml.safe_load(dump(parser, parse(parser, ["--config", str(file)])))

    def flat(name: str, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            return {name: value}
        return {key: leaf for inner in value for key, leaf in flat(f"{name}.{inner}", value[inner]).items()}

    return {key: leaf for name in tree for key, leaf in flat(name, tree[name]).items()}


def recorded(gan: GAN, measuring: list[Evaluate | MeasureHealth], validated: bool) -> list[str]:
    """The figures that history.csv will have."""
    validation = [f"val_{name}" for name in gan.test_means.names if validated]
    return [*gan.train_means.names, *validation, *(figure for callback in measuring for figure in callback.figures)]


def measuring_callbacks(config: TrainConfig, gan: GAN, train: Images, test: Images) -> list[Evaluate | MeasureHealth]:
    """The callbacks that add figures to an epoch's; made before a checkpoint is restored."""
    evaluate = Evaluate(gan, config.metrics, train, test)
    return [evaluate] if config.health is None else [evaluate, MeasureHealth(gan, config.health, train, test)]


def check_figures(config: TrainConfig, gan: GAN, measuring: list[Evaluate | MeasureHealth], validated: bool) -> None:
    """Refuses to watch a figure that history.csv will not have."""
    figures = recorded(gan, measuring, validated)
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
            raise UserError(f"the checkpoint {path} does not fit {run.config}: {first_line(error)}") from error
        else:
            if damaged:
                warnings.warn(f"{'; '.join(damaged)}; step {int(gan.step)} is used instead", stacklevel=2)
            return
    raise UserError(f"{'; '.join(damaged)}. Saved are the steps {steps_saved(run.checkpoints)}")


def first_line(error: Exception) -> str:
    """Of its message."""
    return str(error).partition("\n")[0]


def steps_saved(folder: Path) -> list[int]:
    """The steps of the checkpoints in a folder."""
    return sorted(int(file.stem.partition("-")[2]) for file in folder.glob("step-*.index"))


def last_saved_first(folder: Path) -> list[Path]:
    """The checkpoints in a folder, without their files' endings.

    The one saved last need not have the highest step: a training that fell back behind a damaged one saves lower ones.
    """
    try:
        state = tf.train.get_checkpoint_state(str(folder))
    except ValueError:  # TensorFlow's list of them is damaged
        state = None
    if state is None:
        return [folder / f"step-{step}" for step in reversed(steps_saved(folder))]
    return [Path(path) for path in reversed(state.all_model_checkpoint_paths)]


def steps_per_epoch(config: TrainConfig, images: Images) -> int:
    """Generator updates in an epoch: as configured, or as many as the images last; at least 1."""
    return config.steps_per_epoch or max(1, len(images.images) // (config.batch_size * config.critic_updates))


def fit(
    run: RunDirectory,
    config: TrainConfig,
    gan: GAN,
    measuring: list[Evaluate | MeasureHealth],
    train_images: Images,
    test_images: Images,
    asked_to_stop: Callable[[], bool],
) -> None:
    """Trains from the step that `gan` is at to the last epoch, writing everything into the run directory."""
    images_per_step = config.batch_size * config.critic_updates
    steps = steps_per_epoch(config, train_images)
    done = int(gan.step)
    epoch, steps_into_epoch = divmod(done, steps)
    run.cut_back(epoch)
    batches = training_batches(train_images, images_per_step, config.seed, start_step=done)
    validation = validation_batches(test_images, config.batch_size) if len(test_images.images) else None
    writer = tf.summary.create_file_writer(str(run.tensorboard))
    checkpoints = SaveCheckpoints(run, gan, config.checkpoints)
    samples = DrawSamples(run, gan, config.samples, writer)
    early = StopEarly(run, config.early_stopping)
    watch = WatchHealth(run) if config.health is not None else None
    callbacks = [
        StopWhenNotFinite(),
        *measuring,  # before those that write figures down or decide from them
        WriteHistory(run, images_per_step * steps),
        *([watch] if watch else []),
        WriteTensorBoard(writer),
        early,  # before those that do more at the last epoch
        samples,
        checkpoints,
        StopWhenAsked(asked_to_stop, checkpoints.save),
    ]
    options = {"validation_data": validation, "callbacks": callbacks, "shuffle": False}
    try:
        if done == 0:
            samples.draw_real(train_images)
            samples.draw()
            checkpoints.save()
        gan.stop_training = False
        if steps_into_epoch:
            first = {"epochs": epoch + 1, "initial_epoch": epoch, "steps_per_epoch": steps - steps_into_epoch}
            gan.fit(batches, **first, **{**options, "callbacks": [*callbacks, ContinueMeans(gan)]})
            epoch += 1
            batches = training_batches(train_images, images_per_step, config.seed, start_step=epoch * steps)
        stopped = gan.stop_training or early.patience_is_over()
        if epoch < config.epochs and not stopped:
            gan.fit(batches, epochs=config.epochs, initial_epoch=epoch, steps_per_epoch=steps, **options)
        elif not steps_into_epoch:
            print(nothing_to_train(run, config, epoch, stopped))
        finish(run)
    except Interrupted:
        finish(run)
        raise
    except Diverged as error:
        if watch:
            watch.diverged(int(gan.step), str(error))
        finish(run)
        raise
    except OSError as error:
        raise UserError(
            f"could not write to {run.path}: {error.strerror or error}. Free space, then go on with --resume {run.path}"
        ) from error
    finally:
        writer.close()
        if watch:
            watch.say()


def nothing_to_train(run: RunDirectory, config: TrainConfig, epochs: int, stopped: bool) -> str:
    """What to tell who resumes a run that is at its end: after `epochs`, or because early stopping has ended it."""
    trained = f"{run.path} has trained {epochs} epochs"
    if stopped:
        return (
            f"{trained} and early stopping has ended it. To train more: raise early_stopping.patience (now "
            f"{config.early_stopping.patience}) in {run.config}, then --resume {run.path}"
        )
    return f"{trained} already. To train more: --resume {run.path} --epochs N, with N above {epochs}"


def finish(run: RunDirectory) -> None:
    """Summary, curves and the samples' evolution, from what the run has written so far."""
    run.write_summary()
    rows = run.rows()
    if rows:
        draw_curves(rows, run.path / "curves.png", run.path.name)
    save_animation(run.path / "samples.gif", sorted(run.samples.glob("step_*.png")))
