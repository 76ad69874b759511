import csv
import os
import shlex
import shutil
import signal
import threading
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow import keras

from tests.tiny import equal, weights
from tfgan_course.classifier.config import configure
from tfgan_course.classifier.confusion import confusion_matrix
from tfgan_course.classifier.network import Reader, build
from tfgan_course.classifier.run import ClassifierRun, is_classifier
from tfgan_course.classifier.train import Training, prepared, resume, train
from tfgan_course.cli.main import main
from tfgan_course.data import DataConfig, load
from tfgan_course.errors import Interrupted, UserError
from tfgan_course.layers import LayerNormalization
from tfgan_course.models import DCGANCritic, IE534Critic, SimpleCritic
from tfgan_course.models.classifier import FastClassifier
from tfgan_course.optimizers.schedules import OfUpdates
from tfgan_course.schedules import TrainingLength

TINY = ("--data.classes", "Trouser,Bag", "--network.width", "2", "--batch_size", "64", "--epochs", "2")


def stopped_after(steps: int):
    """Return a function that asks to stop, like Ctrl-C, after this many steps; its first call is before step 1."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= steps


def killed_after(steps: int):
    asked = iter(range(10**6))

    def ask():
        if next(asked) >= steps:
            raise SystemExit("killed")
        return False

    return ask


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return train(*configure(TINY), tmp_path_factory.mktemp("runs") / "judge")


def test_streamed_images_are_learned_as_those_in_memory_are(tmp_path):
    images, _ = load(DataConfig(classes="Trouser,Bag"))
    for index in range(80):
        folder = tmp_path / "pictures" / images.class_names[images.labels[index]]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images.images[index, ..., 0]).save(folder / f"{index}.png")
    words = ("--data.folder", str(tmp_path / "pictures"), "--data.size", "28", "--network.width", "2")
    words += ("--batch_size", "16", "--epochs", "1", "--data.stream")
    runs = [train(*configure((*words, stream)), tmp_path / stream) for stream in ("false", "true")]
    assert runs[0].rows() == runs[1].rows()


def test_a_batch_is_at_most_all_training_images(tmp_path):
    words = ("--data.classes", "Trouser,Bag", "--data.held_out", "0.9", "--network.width", "2", "--epochs", "2")
    config = configure((*words, "--batch_size", "10000"))[0]
    images = load(config.data)[0]
    training = prepared(config, images)
    assert training.config.batch_size == len(images)
    assert training.length == TrainingLength(len(images), 2)


def test_learns_and_writes_what_it_has_learned(whole):
    rows = whole.rows()
    assert [row["epoch"] for row in rows] == [1, 2]
    assert rows[-1]["test_accuracy"] > 0.8
    images = load(configure(TINY)[0].data)[1]
    _, logits = Reader(whole.load())(images.images)
    assert np.mean(logits.argmax(1) == images.labels) == pytest.approx(rows[-1]["test_accuracy"])
    with (whole.path / "confusion.csv").open() as file:
        header, *table = csv.reader(file)
    assert header == ["label", "Trouser", "Bag"]
    counts = np.array([row[1:] for row in table], int)
    assert counts.sum(axis=1).tolist() == np.bincount(images.labels).tolist()
    assert counts.trace() / counts.sum() == pytest.approx(rows[-1]["test_accuracy"])
    assert (whole.path / "confusion.png").is_file()


@pytest.mark.parametrize("asked", [stopped_after(8), killed_after(26)], ids=["stopped", "killed"])
def test_interrupted_and_resumed_equals_uninterrupted(asked, whole, tmp_path):
    with pytest.raises((Interrupted, SystemExit)):
        train(*configure(TINY), tmp_path / "judge", asked)
    run = resume(ClassifierRun(tmp_path / "judge"))
    assert run.history.read_bytes() == whole.history.read_bytes()
    assert equal(weights(run.load()), weights(whole.load()))


def test_ctrl_c_says_where_the_state_is_saved_and_how_to_go_on(tmp_path, capsys):
    run = tmp_path / "a judge"
    words = ["classifier", *TINY[:-1], "999", "--out", str(run)]
    for _ in range(2):

        def press():
            before = time.monotonic()
            while not (run / "networks.json").is_file() and time.monotonic() < before + 60:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press, daemon=True).start()
        assert main(words) == 130
        said = capsys.readouterr()
        last = said.out.splitlines()[-1]
        assert "Go on with: " in last, said
        command = shlex.split(last.partition("with: ")[2])
        assert command[-3:] == ["classifier", "--resume", str(run)]
        assert f"saved in {run}" in last
        assert ClassifierRun(run).checkpoints.joinpath("checkpoint").is_file()
        (run / "networks.json").unlink()
        words = command[-3:]


@pytest.mark.parametrize("lost", ["all", "truncated"])
def test_a_run_that_cannot_be_opened_is_not_overwritten(whole, tmp_path, lost):
    copy = shutil.copytree(whole.path, tmp_path / "judge")
    for file in copy.glob("checkpoints/*step-*" if lost == "truncated" else "checkpoints/*[!l]"):
        file.write_bytes(file.read_bytes()[:50]) if lost == "truncated" else file.unlink()
    before = {file.name: file.read_bytes() for file in copy.glob("*") if file.is_file()}
    with pytest.raises(UserError) as error:
        resume(ClassifierRun(copy))
    assert f"{copy / 'weights.npz'} has the weights" in error.value.remedy
    assert {file.name: file.read_bytes() for file in copy.glob("*") if file.name in before} == before
    (copy / "weights.npz").write_bytes(b"PK")
    with pytest.raises(UserError) as error:
        resume(ClassifierRun(copy))
    assert "has the weights" not in error.value.remedy


@pytest.mark.parametrize("network", [FastClassifier(width=2), DCGANCritic(width=2), SimpleCritic(width=4)], ids=repr)
def test_a_critic_without_its_score(network):
    model = build(network, (28, 28, 1), 3)
    assert set(model.output) == {"class_logits", "embedding", "features"}
    critic = network.build((28, 28, 1))
    score, head = (critic.output["score"].shape[-1], 3)
    inputs = model.output["embedding"].shape[-1]
    # A dense layer to 3 classes in the place of the one to a score.
    assert model.count_params() - critic.count_params() == (inputs + 1) * (head - score)
    embedding, logits = Reader(model)(np.zeros((5, 28, 28, 1), np.uint8), batch_size=2)
    kernel, bias = model.get_weights()[-2:]
    np.testing.assert_allclose(embedding @ kernel + bias, logits, rtol=1e-4, atol=1e-5)


def test_ie534_is_trained_as_in_the_report():
    config, yaml = configure(["--network", "IE534Critic"])
    assert config.network == IE534Critic()  # nothing left of the default network's width and normalization
    assert config.recipe == "ie534"
    assert (config.batch_size, config.epochs) == (128, 100)
    assert [type(each).__name__ for each in config.augmentations] == ["RandomResizedCrop", "ColorJitter", "RandomFlip"]
    crop, jitter, _ = config.augmentations
    assert (crop.scale_min, crop.scale_max) == (0.7, 1.0)
    assert {jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue} == {0.1}
    rate = OfUpdates(
        config.optimizer.schedule.starting_at(config.optimizer.learning_rate), 1, TrainingLength(390, config.epochs)
    )
    epochs = (0, 49, 50, 74, 75, 99)
    np.testing.assert_allclose([rate(epoch * 390) for epoch in epochs], [1e-4, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6])
    layers = build(config.network, (32, 32, 3), 10).layers
    assert sum(isinstance(layer, LayerNormalization) for layer in layers) == 8
    assert "epochs: 100" in yaml


def test_fast_rate_rises_for_a_tenth_and_falls_to_nothing():
    optimizer = configure(["--epochs", "10"])[0].optimizer
    rate = OfUpdates(optimizer.schedule.starting_at(optimizer.learning_rate), 1, TrainingLength(100, 10))
    np.testing.assert_allclose([rate(0), rate(50), rate(100), rate(550)], [0, 2e-3, 4e-3, 2e-3], atol=1e-9)
    assert float(rate(999)) < 1e-7


def test_augments_in_training_only():
    """After one step on equal images, other augmentations give other weights; reading does not change images."""
    images = load(configure(TINY)[0].data)[0]
    batch = tf.constant(images.images[:8]), tf.constant(images.labels[:8])
    after = []
    for augmentations in (["--augmentations=[]"], ["--augmentations+=RandomFlip"]):
        training = prepared(configure([*TINY, *augmentations])[0], images)
        assert isinstance(training, Training)
        for _ in range(2):  # the first step has a rate of 0
            training.step(*batch)
        after.append(weights(training.model))
    assert not equal(*after)


def test_confusion_by_hand():
    labels, said = np.array([0, 0, 1, -1, 2]), np.array([0, 2, 1, 1, 1])
    assert confusion_matrix(labels, said, 3).tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]


def test_bfloat16_keeps_float32_outputs():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = build(FastClassifier(width=2), (28, 28, 1), 3)
    embedding, logits = Reader(model)(np.zeros((2, 28, 28, 1), np.uint8))
    assert embedding.dtype == logits.dtype == np.float32


def test_refuses_what_is_no_classifier(whole, tmp_path):
    assert is_classifier(whole.path)
    assert not is_classifier(tmp_path)
    run = ClassifierRun(whole.path)
    saved = run.weights.read_bytes()
    try:
        run.weights.write_bytes(saved[:100])
        with pytest.raises(UserError, match=r"weights.npz.* damaged"):
            run.load()
    finally:
        run.weights.write_bytes(saved)
    with pytest.raises(UserError, match="does not exist"):
        ClassifierRun(tmp_path / "none")
    with pytest.raises(UserError, match=r"at least 2 classes.* 1 classes"):
        train(*configure(["--data.classes", "Bag"]), tmp_path / "one")
    with pytest.raises(UserError, match="epochs"):
        configure(["--epochs", "0"])
