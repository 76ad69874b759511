"""Training: from a configuration to a run directory."""

import gc
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf
import yaml
from tensorflow import keras

from tfgan_course.config.parser import config_parser, dump, parse, read
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import ImageSet, load, training_batches, validation_batches
from tfgan_course.data.facts import check_images, facts
from tfgan_course.errors import Diverged, Interrupted, UserError
from tfgan_course.evaluation.callback import Evaluate
from tfgan_course.figures.grids import save_animation
from tfgan_course.gan.model import GAN
from tfgan_course.health.measure import MeasureHealth
from tfgan_course.health.watch import WatchHealth
from tfgan_course.runs.build import build
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.callbacks import (
    ContinueMeans,
    DrawSamples,
    SaveCheckpoints,
    ShortenLastExecution,
    StopEarly,
    StopWhenAsked,
    StopWhenNotFinite,
    WriteHistory,
)
from tfgan_course.training.curves import draw_curves
from tfgan_course.training.distribution import WorkerLost, Workers, along, divisible
from tfgan_course.training.tensorboard import WriteTensorBoard

# What may be edited in a run's config.yaml before it is resumed. `data` may say where the images lie now: whether they
# are the same is seen from the images.
MAY_CHANGE = ("data", "epochs", "samples.every_epochs", "samples.every_steps", "checkpoints", "early_stopping")
MAY_CHANGE += ("trackers", "strategy", "replicas", "steps_per_execution", "jit")


def train(
    config: TrainConfig,
    yaml: str,
    out: str | Path,
    asked_to_stop: Callable[[], bool] = lambda: False,
    workers: Workers | None = None,
) -> RunDirectory:
    """Trains from the beginning in a new run directory.

    Args:
        config: what to train. Its objects must have been made inside the scope of the workers' strategy.
        yaml: the same, as it is to be written down.
        out: the directory; the next free name if it exists.
        asked_to_stop: asked before anything is written, and after every step.
        workers: the processes that train together; this one alone, on one device, unless given.

    Raises:
        UserError: for what the user can mend. Before the first step nothing is left behind.
        Interrupted: if asked to stop, after saving.
    """
    workers = workers or Workers()
    with workers.together():
        with workers.all_or_none():
            train_images, test_images = load(config.data)
            gan, measuring = prepared(config, train_images, test_images, workers)
        found = facts(train_images, test_images)
        with workers.all_or_none():
            check_images(workers.told_by_chief(found), found, "the chief of these workers")
        if workers.any(asked_to_stop()):
            raise Interrupted
        with workers.all_or_none():
            run = RunDirectory.create(out, yaml, found) if workers.chief else None
        with along(workers, run) as run:
            print(f"Run directory: {run.path}" if workers.chief else "Training along with the chief", flush=True)
            fit(run, config, gan, measuring, train_images, test_images, asked_to_stop, workers)
    return run


def resume(
    run: RunDirectory | None,
    config: TrainConfig,
    asked_to_stop: Callable[[], bool] = lambda: False,
    workers: Workers | None = None,
) -> RunDirectory:
    """Goes on with a run from its latest checkpoint; see `train`. Only the chief of several workers needs the run."""
    workers = workers or Workers()
    with workers.together(), along(workers, run) as run:
        with workers.all_or_none():
            check_config(run)
            train_images, test_images = load(config.data)
            check_images(run.images, facts(train_images, test_images), run.path)
            gan, measuring = prepared(config, train_images, test_images, workers)
            if workers.chief:
                restore(gan, run)
        workers.share(gan)
        if workers.any(asked_to_stop()):
            raise Interrupted
        where = f"Run directory: {run.path}" if workers.chief else "Training along with the chief"
        print(f"{where}, going on at step {gan.steps_done}", flush=True)
        fit(run, config, gan, measuring, train_images, test_images, asked_to_stop, workers)
    return run


def follow(workers: Workers, asked_to_stop: Callable[[], bool]) -> None:
    """Trains along in whatever the chief of several workers trains, until it has nothing more: `chief_trains`."""
    while (told := workers.told_by_chief()) is not None:
        keras.backend.clear_session()
        gc.collect()
        with tempfile.TemporaryDirectory() as folder, workers.strategy.scope():
            file = Path(folder) / "config.yaml"
            file.write_text(told["config"], encoding="utf-8")
            config = read(file)
        try:
            if told["begins"]:
                train(config, told["config"], "", asked_to_stop, workers)
            else:
                resume(None, config, asked_to_stop, workers)
        except WorkerLost:
            raise
        except UserError as error:  # the chief has met it too, and knows whether there is more to train
            print(f"error: {error}", file=sys.stderr)
        except Interrupted:
            pass


def chief_trains(
    run: RunDirectory | None,
    config: TrainConfig,
    yaml: str,
    out: str | Path,
    asked_to_stop: Callable[[], bool],
    workers: Workers,
) -> RunDirectory:
    """Begins a run, or goes on with `run`, and tells the workers that `follow` what to train along in."""
    workers.told_by_chief({"config": yaml, "begins": run is None})
    if run is None:
        return train(config, yaml, out, asked_to_stop, workers)
    return resume(run, config, asked_to_stop, workers)


def prepared(
    config: TrainConfig, train_images: ImageSet, test_images: ImageSet, workers: Workers
) -> tuple[GAN, list[Evaluate | MeasureHealth]]:
    """What a training needs beside the images, after all checks that need no run directory."""
    divisible(workers.strategy, config.batch_size, config.gradient_accumulation)
    with workers.strategy.scope():
        gan = build(config, train_images.shape, train_images.classes, steps_per_epoch(config, train_images))
    training_batches(train_images, config.batch_size * config.critic_updates, config.seed)  # enough images?
    measuring = measuring_callbacks(config, gan, train_images, test_images, workers.told_by_chief)
    check_figures(config, gan, measuring, validated=len(test_images) > 0)
    return gan, measuring


def check_config(run: RunDirectory) -> None:
    """Refuses to go on with a run whose config.yaml was edited in more than `MAY_CHANGE`."""
    if not run.trained_config.is_file():
        raise UserError(
            f"{run.trained_config} is missing, which tells what the run was trained with. If {run.config} was not "
            "edited since, copy it there"
        )
    changed = differences(settings(run.config), settings(run.trained_config), MAY_CHANGE)
    if changed:
        raise UserError(
            f"{run.config} is not what the run was trained with: {'; '.join(changed)}. Put that back; only "
            f"{', '.join(MAY_CHANGE)} may change. Or train anew with --config {run.config}"
        )


def differences(now: dict[str, object], then: dict[str, object], allowed: Sequence[str]) -> list[str]:
    """Which options differ, but for those allowed to, in words."""
    return [
        f"{key} is {now.get(key)}, was {then.get(key)}"
        for key in sorted(now.keys() | then.keys())
        if now.get(key) != then.get(key) and not f"{key}.".startswith(tuple(f"{name}." for name in allowed))
    ]


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


def measuring_callbacks(
    config: TrainConfig,
    gan: GAN,
    train: ImageSet,
    test: ImageSet,
    agreed: Callable[[dict], dict] = lambda figures: figures,
) -> list[Evaluate | MeasureHealth]:
    """The callbacks that add figures to an epoch's; made before a checkpoint is restored."""
    evaluate = Evaluate(gan, config.metrics, train, test, agreed=agreed)
    return [evaluate] if config.health is None else [evaluate, MeasureHealth(gan, config.health, train, test, agreed)]


def check_figures(config: TrainConfig, gan: GAN, measuring: list[Evaluate | MeasureHealth], validated: bool) -> None:
    """Refuses to watch a figure that history.csv will not have."""
    figures = recorded(gan, measuring, validated)
    watched = {
        "checkpoints.monitor": config.checkpoints.watched(figures)[0],
        "early_stopping.monitor": config.early_stopping.monitor,
    }
    for option, figure in watched.items():
        if figure is not None and figure not in figures:
            raise UserError(f"--{option} {figure}: there is no such figure. Recorded are {', '.join(figures)}")


def steps_per_epoch(config: TrainConfig, images: ImageSet) -> int:
    """Generator updates in an epoch: as configured, or as many as the images last; at least 1."""
    return config.steps_per_epoch or max(1, len(images) // (config.batch_size * config.critic_updates))


def fit(
    run: RunDirectory,
    config: TrainConfig,
    gan: GAN,
    measuring: list[Evaluate | MeasureHealth],
    train_images: ImageSet,
    test_images: ImageSet,
    asked_to_stop: Callable[[], bool],
    workers: Workers,
) -> None:
    """Trains from the step that `gan` is at to the last epoch, writing everything into the run directory."""
    images_per_step = config.batch_size * config.critic_updates
    steps = steps_per_epoch(config, train_images)
    done = gan.steps_done
    epoch, steps_into_epoch = divmod(done, steps)
    run.cut_back(epoch)

    def batches(start_step: int) -> tf.data.Dataset | tf.distribute.DistributedDataset:
        return workers.strategy.distribute_datasets_from_function(
            lambda context: training_batches(
                train_images, images_per_step, config.seed, start_step, config.critic_updates, context
            )
        )

    validation = validation_batches(test_images, config.batch_size) if len(test_images) else None
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
        StopWhenAsked(lambda: workers.any(asked_to_stop()), checkpoints.save),
    ]
    if config.steps_per_execution > 1:
        callbacks.append(ShortenLastExecution(config.steps_per_execution))
    options = {"validation_data": validation, "callbacks": callbacks, "shuffle": False}
    if not workers.chief:
        options["verbose"] = 0
    try:
        run.write_networks(generator=gan.generator, critic=gan.critic)
        if done == 0:
            samples.draw_real(train_images)
            samples.draw()
            checkpoints.save()
        gan.stop_training = False
        if steps_into_epoch:
            first = {"epochs": epoch + 1, "initial_epoch": epoch, "steps_per_epoch": steps - steps_into_epoch}
            gan.fit(batches(done), **first, **{**options, "callbacks": [*callbacks, ContinueMeans(gan)]})
            epoch += 1
        stopped = gan.stop_training or early.patience_is_over()
        if epoch < config.epochs and not stopped:
            gan.fit(batches(epoch * steps), epochs=config.epochs, initial_epoch=epoch, steps_per_epoch=steps, **options)
        elif not steps_into_epoch:
            print(nothing_to_train(run, config, epoch, stopped))
        finish(run)
    except Interrupted:
        finish(run)
        raise
    except Diverged as error:
        if watch:
            watch.diverged(gan.steps_done, str(error))
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
