"""Trains a classifier: from a configuration to a run directory."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tqdm import tqdm

from tfgan_course.classifier.config import ClassifierConfig
from tfgan_course.classifier.confusion import confusion_matrix, draw_confusion, write_confusion
from tfgan_course.classifier.network import Reader, build
from tfgan_course.classifier.run import ClassifierRun
from tfgan_course.data import ImageSet, check_images, facts, load, summary_of, training_batches, validation_batches
from tfgan_course.errors import Diverged, Interrupted, UserError, require
from tfgan_course.files import new_folder, write_json
from tfgan_course.gan.batches import images_of
from tfgan_course.gan.logs import RunningMeans, class_accuracy
from tfgan_course.objectives.terms.classification import cross_entropy
from tfgan_course.randomness import Draws, drawn_by_layers
from tfgan_course.runs.checkpoints import last_saved_first, manager_of, restore_first, save
from tfgan_course.runs.open import settings_of
from tfgan_course.runs.paths import moved
from tfgan_course.schedules import TrainingLength


class Training:
    """The complete state of a classifier's training: network, optimizer, running means."""

    def __init__(self, config: ClassifierConfig, image_shape: tuple[int, int, int], classes: int, steps_per_epoch: int):
        keras.mixed_precision.set_global_policy("mixed_bfloat16" if config.precision == "bfloat16" else "float32")
        keras.utils.set_random_seed(config.seed)
        self.config = config
        self.model = build(config.network, image_shape, classes)
        self.length = TrainingLength(steps_per_epoch * config.batch_size, config.epochs)
        self.optimizer = config.optimizer.build(config.batch_size, self.length)
        self.optimizer.build(self.model.trainable_variables)
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.means = RunningMeans(["accuracy", "loss"])
        state = {"model": self.model, "optimizer": self.optimizer, "steps": self.steps, "means": self.means}
        self.checkpoint = tf.train.Checkpoint(**state)
        self.step = tf.function(self._update)

    def _update(self, images: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        """Train on one batch of uint8 images and int32 labels; return the means since the start of the epoch."""
        draws = Draws(self.config.seed, self.steps, "classifier", self.steps * self.config.batch_size, self.length)
        images = images_of(images)
        for augmentation in self.config.augmentations:
            images = augmentation(images, draws.part())
        with tf.GradientTape() as tape, drawn_by_layers(draws):
            logits = self.model(images, training=True)["class_logits"]
            loss = cross_entropy(logits, labels)
        variables = self.model.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self.steps.assign_add(1)
        return self.means.update({"accuracy": class_accuracy(logits, labels), "loss": loss})


def train(
    config: ClassifierConfig, text: str, out: str | Path, asked_to_stop: Callable[[], bool] = lambda: False
) -> ClassifierRun:
    """Train a new classifier in a new run directory.

    Args:
        config: the configuration.
        text: the configuration as YAML, for config.yaml.
        out: the directory; the next free name if it exists.
        asked_to_stop: a function that returns whether the user has asked to stop. It is called before anything is
            written and after every step.

    Raises:
        UserError: for mistakes that the user can correct. If it is raised before the first step, no file remains.
        Interrupted: if the user has asked to stop, after the state is saved.
    """
    out = new_folder(out, "out")
    sets = load(config.data)
    training = prepared(config, sets[0])
    if asked_to_stop():
        raise Interrupted
    print(summary_of(config.data, *sets), flush=True)
    run = ClassifierRun.create(out, text, facts(*sets))
    with run.lock():
        print(f"Run directory: {run.path}", flush=True)
        _fit(run, training, sets, asked_to_stop)
    return run


def resume(
    run: ClassifierRun,
    asked_to_stop: Callable[[], bool] = lambda: False,
    data: Mapping[str, str] | None = None,
) -> ClassifierRun:
    """Continue a run from its latest checkpoint; see `train`. `data` says where moved images are, as for `load_run`."""
    with run.lock():
        if run.config.read_bytes() != run.trained_config.read_bytes():
            expected, received = f"the configuration in {run.trained_config}", f"another one in {run.config}"
            raise UserError(expected=expected, received=received, remedy="Put it back, or train a new run with it")
        config = settings_of(run, ClassifierConfig, moved(data).options()).make()
        sets = load(config.data)
        check_images(run.images, facts(*sets), run.path)
        training = prepared(config, sets[0])
        saved = last_saved_first(run.checkpoints)
        # Training from step 0 would erase the history.
        remedy = f"Put {run.checkpoints} back from a copy, or train a new run. {run.still_usable()}"
        require(saved or not run.rows(), f"the checkpoint of {run.path} in {run.checkpoints}", "none", remedy)
        if saved:
            try:
                restore_first(lambda: training.checkpoint, saved, run)
            except UserError as error:
                parts = {"expected": error.expected, "received": error.received}
                raise UserError(**parts, remedy=f"{error.remedy}. {run.still_usable()}") from error
        if asked_to_stop():
            raise Interrupted(saved=run.path)
        print(f"Run directory: {run.path}, continuing at step {int(training.steps)}", flush=True)
        _fit(run, training, sets, asked_to_stop)
    return run


def prepared(config: ClassifierConfig, images: ImageSet) -> Training:
    """Return the state at the start of a training; raise `UserError` for images without two classes."""
    remedy = "Use a folder with a sub-folder for each class, or another dataset"
    require((images.classes or 0) >= 2, "images of at least 2 classes", f"{images.classes or 'no'} classes", remedy)
    given = images.condition_shape is not None
    without = "images without a condition, for a classifier, which takes images alone"
    require(not given, without, type(config.data.condition).__name__, "Leave data.condition out")
    config = replace(config, batch_size=min(config.batch_size, len(images)))
    return Training(config, images.shape, images.classes, len(images) // config.batch_size)


def _fit(
    run: ClassifierRun, training: Training, sets: tuple[ImageSet, ImageSet], asked_to_stop: Callable[[], bool]
) -> None:
    """Train from the current step of `training` to the last epoch, and write everything into the run directory."""
    config, (train_images, test_images) = training.config, sets
    per_epoch = len(train_images) // config.batch_size
    done = int(training.steps)
    run.cut_back(done // per_epoch)
    run.write_networks(classifier=training.model)
    batches = iter(training_batches(train_images, config.batch_size, config.seed, start_step=done))
    # TensorFlow wants a checkpoint to be restored before its manager is made.
    checkpoints = manager_of(training.checkpoint, run.checkpoints, 1)
    reader = Reader(training.model)
    for epoch in range(done // per_epoch, config.epochs):
        begin = time.perf_counter()
        if done == epoch * per_epoch:
            training.means.reset()
        title = f"epoch {epoch + 1}/{config.epochs}"
        # disable=None shows no bar if the output is not a terminal.
        with tqdm(total=per_epoch, initial=done - epoch * per_epoch, desc=title, leave=False, disable=None) as bar:
            while done < (epoch + 1) * per_epoch:
                means = training.step(*next(batches))
                done += 1
                bar.update()
                if not bar.disable and done % 10 == 0:
                    bar.set_postfix({name: f"{float(value):.4f}" for name, value in means.items()}, refresh=False)
                if asked_to_stop() and done < (epoch + 1) * per_epoch:
                    save(checkpoints, done, run)
                    raise Interrupted(saved=run.path)
        figures = {name: float(value) for name, value in means.items()}
        if not np.isfinite(figures["loss"]):
            remedy = "Use a lower optimizer.learning_rate, such as 1e-4"
            raise Diverged(expected=f"a finite loss in epoch {epoch + 1}", received=f"{figures['loss']}", remedy=remedy)
        tested, matrix = _test(reader, test_images)
        seconds = time.perf_counter() - begin
        run.append(run.history, {"epoch": epoch + 1, "step": done, **figures, **tested})
        run.append_timing(epoch + 1, seconds, per_epoch * config.batch_size)
        run.save_weights(training.model)
        _write_results(run, matrix, train_images.class_names)
        save(checkpoints, done, run)
        shown = ", ".join(f"{name} {value:.4f}" for name, value in {**figures, **tested}.items())
        print(f"{title}: {shown}; {seconds:.0f} s", flush=True)
        if asked_to_stop() and epoch + 1 < config.epochs:
            raise Interrupted(saved=run.path)


def _test(read: Reader, images: ImageSet) -> tuple[dict[str, float], np.ndarray]:
    """Return accuracy and loss on test images, and the confusion matrix."""
    parts = [(read(batch.numpy())[1], labels.numpy()) for batch, labels in validation_batches(images, 256)]
    logits, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    accuracy, loss = (figure(tf.constant(logits), tf.constant(labels)) for figure in (class_accuracy, cross_entropy))
    figures = {"test_accuracy": float(accuracy), "test_loss": float(loss)}
    return figures, confusion_matrix(labels, logits.argmax(axis=1), images.classes)


def _write_results(run: ClassifierRun, matrix: np.ndarray, names: tuple[str, ...]) -> None:
    """Write summary.json, confusion.csv and confusion.png of the epochs so far."""
    rows = run.rows()
    best, last = max(rows, key=lambda row: row["test_accuracy"]), rows[-1]["test_accuracy"]
    found = {"value": best["test_accuracy"], "epoch": int(best["epoch"])}
    summary = {"epochs": len(rows), "test_accuracy": last, "best_test_accuracy": found}
    write_json(run.path / "summary.json", summary)
    write_confusion(run.path / "confusion.csv", matrix, names)
    title = f"{run.path.name}: test accuracy {100 * last:.2f}%"
    draw_confusion(run.path / "confusion.png", matrix, names, title)
