"""The public Python functions train on arrays, open, sample, judge and resume runs."""

import inspect
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
import yaml
from PIL import Image
from tensorflow import keras

import tfgan_course
from tests.end_to_end.command import assert_same
from tests.pages import DOCS, blocks
from tfgan_course import GAN, UserError, evaluate, load_run, train
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import DataSource
from tfgan_course.objectives.losses import LeastSquares
from tfgan_course.objectives.terms import R1
from tfgan_course.trackers import Tracker

# The smallest training: perceptrons, one step an epoch, nothing measured.
SMALL = {
    "generator": {"width": 4},
    "critic": {"width": 4},
    "batch_size": 8,
    "epochs": 1,
    "steps_per_epoch": 1,
    "samples": {"count": 4},
    "metrics": {"names": []},
    "health": None,
}
X = np.random.default_rng(0).integers(0, 256, (120, 28, 28), np.uint8)
Y = np.arange(120) % 3


class Stripes(DataSource):
    """A user's own source of images."""

    def __init__(self, width: int = 4):
        self.width = width

    def train(self):
        return np.tile(np.repeat(np.uint8([0, 255]), self.width), (100, 28, 28))[:, :, :28]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train a run on an array with labels."""
    return train("simple_gan", images=X, labels=Y, out=tmp_path_factory.mktemp("runs") / "a", **SMALL)


def test_a_configuration_changed_in_python_is_trained_and_written_down(run, tmp_path):
    config = load_run(run.directory.path).config
    config.loss, config.data, config.latent_size = LeastSquares("pearson_chi2"), replace(config.data, source=None), 5
    again = train(config, images=X, labels=Y, out=tmp_path / "run", steps_per_epoch=2)
    assert again.gan.adversarial_loss.labels == "pearson_chi2"
    assert again.history["epoch"].tolist() == [1]
    written = load_run(tmp_path / "run").config
    assert (type(written.loss), written.loss.labels) == (LeastSquares, "pearson_chi2")
    assert (written.latent_size, written.steps_per_epoch, written.batch_size) == (5, 2, 8)


def test_importing_the_package_imports_no_tensorflow_and_shows_its_names():
    code = (
        "import sys, tfgan_course; names = dir(tfgan_course); "
        "print('tensorflow' in sys.modules, 'train' in names, 'GAN' in names)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True"]
    assert tfgan_course.GAN is GAN
    with pytest.raises(AttributeError):
        tfgan_course.no_such_name  # noqa: B018


def test_train_shows_every_option_of_the_configuration():
    names = inspect.signature(train).parameters
    assert {*inspect.signature(TrainConfig).parameters, "variant", "images", "labels", "test", "out"} <= set(names)


def test_a_run_on_an_array_says_what_it_was_and_opens(run):
    assert (run.step, run.image_shape, run.class_names) == (1, (28, 28, 1), ["0", "1", "2"])
    config = (run.directory.path / "config.yaml").read_text()
    assert "array (120, 28, 28) uint8" in config
    again = load_run(run.directory.path)
    np.testing.assert_array_equal(again.sample(5, seed=1), run.sample(5, seed=1))
    # The process that trained it knows the images; one that opens it is told what to pass.
    assert len(run.images()[0]) + len(run.images()[1]) == 120
    for use in (again.images, again.resume, again.evaluate):
        with pytest.raises(UserError) as caught:
            use()
        assert "images=" in caught.value.remedy


def test_figures_by_name_of_a_run_its_folder_and_an_array(run):
    options = {"metrics": ["sliced_wasserstein", "frechet"], "features": "random", "samples": 60}
    figures = run.evaluate(**options)
    assert set(figures) == {"sliced_wasserstein", "frechet"}
    again = load_run(run.directory.path)
    assert evaluate(again, X, **options).keys() == evaluate(X[:60, ..., None], X, **options).keys() == figures.keys()
    assert evaluate(X[:60, ..., None], X, **options)["frechet"] < figures["frechet"]


def test_resumed_equals_uninterrupted(run, tmp_path):
    whole = train("simple_gan", images=X, labels=Y, out=tmp_path / "whole", **{**SMALL, "epochs": 3})
    copy = load_run(shutil.copytree(run.directory.path, tmp_path / "copy"))
    with pytest.raises(UserError):
        copy.resume(epochs=2, images=255 - X, labels=Y)
    before = copy.sample(2)
    assert copy.resume(epochs=2, images=X, labels=Y) is copy
    assert copy.step == 2
    assert (copy.sample(2) != before).any()
    copy.resume(epochs=3)  # the images are known by now
    assert_same(whole.directory.path, copy.directory.path)
    with pytest.raises(UserError) as caught:
        copy.resume(epochs=4, batch_size=4)
    assert "batch_size" in caught.value.received


def test_float_images_give_the_run_of_the_bytes_that_they_are(run, tmp_path):
    for value_range, images in (((0, 1), X / 255), ((-1, 1), (X / 127.5 - 1).astype(np.float32))):
        other = train("simple_gan", images=images, labels=Y, value_range=value_range, out=tmp_path / "run", **SMALL)
        assert other.directory.history.read_bytes() == run.directory.history.read_bytes()
    with pytest.raises(UserError):
        train("simple_gan", images=X / 255, out=tmp_path / "unstated", **SMALL)
    assert not (tmp_path / "unstated").exists()


def test_a_dataset_gives_the_run_of_its_images(run, tmp_path):
    dataset = tf.data.Dataset.from_tensor_slices((X[..., None], Y)).batch(50)
    other = train("simple_gan", images=dataset, out=tmp_path / "run", **SMALL)
    assert other.directory.history.read_bytes() == run.directory.history.read_bytes()


def test_a_folder_and_a_source_are_found_again(tmp_path):
    (tmp_path / "images").mkdir()
    for index in range(12):
        Image.fromarray(X[index]).save(tmp_path / "images" / f"{index}.png")
    folder = train("simple_gan", images=tmp_path / "images", out=tmp_path / "folder", **SMALL)
    source = train("simple_gan", images=Stripes(width=7), out=tmp_path / "source", **SMALL)
    for run in (folder, source):
        again = load_run(run.directory.path)
        assert len(again.images()[0]) == len(run.images()[0])
        assert again.resume(epochs=2).step == 2
    config = yaml.safe_load((tmp_path / "source" / "config.yaml").read_text())
    assert config["data"]["source"]["init_args"] == {"width": 7}


def test_objects_and_words_are_written_down_as_what_they_are(tmp_path):
    objects = {"loss": LeastSquares(), "critic_terms": [R1(weight=3.0)], "generator_terms": ["FeatureMatching"]}
    run = train("simple_gan", images=X, out=tmp_path / "run", **SMALL, **objects, seed=5)
    again = load_run(run.directory.path)
    assert isinstance(again.config.loss, LeastSquares)
    assert again.config.critic_terms[0].weight == 3.0
    assert "feature_matching" in run.history
    assert again.config.seed == 5
    with pytest.raises(UserError):
        train("simple_gan", images=X, out=tmp_path / "never", loss="NoSuchLoss", **SMALL)
    with pytest.raises(UserError):
        train("simple_gan", images=X, out=tmp_path / "never", bacth_size=4, **SMALL)
    assert not (tmp_path / "never").exists()


def test_an_object_that_cannot_be_written_down_is_told_noted_and_missed_when_the_run_is_opened(tmp_path):
    class Local(LeastSquares):
        """Of no module."""

    with pytest.warns(UserWarning, match="cannot describe loss"):
        run = train("simple_gan", images=X, out=tmp_path / "run", loss=Local(), **SMALL)
    assert run.sample(1).shape == (1, 28, 28, 1)
    with pytest.raises(UserError) as caught:
        load_run(run.directory.path)
    assert "Local" in str(caught.value)


def test_the_seed_decides_the_networks(tmp_path):
    runs = [train("simple_gan", images=X, out=tmp_path / "run", **SMALL, seed=seed) for seed in (3, 3, 4)]
    first, same, other = (run.gan.critic.get_weights()[0] for run in runs)
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_leaves_the_users_precision_and_signals_alone(tmp_path):
    handler = signal.getsignal(signal.SIGINT)
    train("simple_gan", images=X, out=tmp_path / "run", precision="bfloat16", **SMALL)
    assert keras.mixed_precision.global_policy().name == "float32"
    assert signal.getsignal(signal.SIGINT) is handler


QUICK = "epochs=1, steps_per_epoch=1, generator={'width': 2}, metrics={'names': []}, health=None"


def small(script: str) -> str:
    return script.replace("epochs=3", QUICK).replace('critic={"width": 32}', 'critic={"width": 2}')


def test_the_page_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    """The code of the page runs, with smaller trainings."""
    monkeypatch.chdir(tmp_path)
    source = "\n".join(blocks("guides/python.md", "python", "From Python"))
    assert source.count("epochs=3") == 2
    exec(small(source).replace("epochs=4", "epochs=2"), {})
    assert "frechet" in capsys.readouterr().out


def test_the_script_of_the_readme_in_at_most_eight_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    (script,) = (block for block in re.findall(r"```python\n(.*?)```", page, re.S) if "load_run" in block)
    assert len([line for line in script.splitlines() if line]) <= 8
    assert "epochs=3" in script
    exec(small(script).replace("real=x", "real=x, samples=100"), {})
    assert "frechet" in capsys.readouterr().out
    with Image.open("samples.png") as picture:
        assert picture.size == (8 * 30 - 2, 8 * 30 - 2)


class PressCtrlC(Tracker):
    """A tracker that sends this process SIGINT when the samples of step 7 are drawn."""

    def scalars(self, step, values):
        """Nothing."""

    def image(self, step, name, image):
        """See `Tracker`."""
        if step == 7:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_saves_and_the_run_goes_on_as_if_nothing_had_happened(tmp_path):
    long = {**SMALL, "steps_per_epoch": 12, "samples": {"count": 4, "every_steps": 7}}
    whole = train("simple_gan", images=X, out=tmp_path / "whole", **long)
    with pytest.raises(KeyboardInterrupt):
        train("simple_gan", images=X, out=tmp_path / "stopped", trackers=[PressCtrlC()], **long)
    run = load_run(tmp_path / "stopped")
    assert run.step == 7
    run.resume(images=X)
    assert_same(whole.directory.path, run.directory.path)


@pytest.mark.parametrize(
    ("argument", "meant"),
    [("image", "images"), ("epoch", "epochs"), ("size", "data={'size': ...}"), ("nonsense", "train")],
)
def test_an_unknown_argument_is_answered_with_the_one_meant_as_python_names_it(argument, meant):
    with pytest.raises(UserError) as error:
        train("simple_gan", **{argument: X}, **SMALL)
    assert error.value.received == argument
    assert meant in error.value.remedy
    assert "--" not in str(error.value)


def test_an_unknown_variant_is_answered_with_the_way_to_name_a_file():
    with pytest.raises(UserError) as error:
        train("my", images=X)
    assert "my" in error.value.received
    assert "train('my.yaml')" in error.value.remedy


def test_a_class_without_images_is_named_before_anything_is_written(tmp_path):
    with pytest.raises(UserError) as error:
        train("cgan", images=X, labels=Y + 1, out=tmp_path / "a", **SMALL)
    assert "from 1 to 3" in error.value.received
    assert not (tmp_path / "a").exists()


def test_a_run_opens_in_another_precision(run):
    assert load_run(run.directory.path, precision="bfloat16").generator.compute_dtype == "bfloat16"


@pytest.mark.parametrize("data", [{"name": "cifar10"}, {"folder": "photos"}])
def test_images_in_two_places_are_refused(data, tmp_path):
    with pytest.raises(UserError) as error:
        train("simple_gan", images=X, data=data, out=tmp_path / "a", **SMALL)
    assert next(iter(data)) in error.value.received


class _Broken(Tracker):
    """A tracker whose server fails after the first epoch."""

    def __init__(self, calls):
        self.calls = calls

    def scalars(self, step, values):
        self.calls.append(step)
        if step == 2:
            raise ConnectionError("the server is gone")


def test_a_tracker_that_fails_is_reported_once_and_does_not_end_the_run(tmp_path, capsys):
    calls = []
    run = train("simple_gan", images=X, out=tmp_path / "run", **{**SMALL, "epochs": 4, "trackers": [_Broken(calls)]})
    assert run.step == 4
    assert calls == [1, 2]
    assert capsys.readouterr().err.count("the server is gone") == 1


def test_a_run_with_an_object_of_this_process_goes_on_in_it(tmp_path):
    class Local(LeastSquares):
        """A class as a notebook's cell defines it: no file has it."""

        def generator(self, fake, real=None):
            return 2.0 * super().generator(fake, real)

    whole = train("simple_gan", images=X, loss=Local(), out=tmp_path / "whole", **{**SMALL, "epochs": 2})
    run = train("simple_gan", images=X, loss=Local(), out=tmp_path / "run", **SMALL)
    run.resume(epochs=2)
    assert run.step == 2
    assert_same(whole.directory.path, run.directory.path)


def test_pairs_and_dictionaries_are_images_and_labels(run, tmp_path):
    named = tf.data.Dataset.from_tensor_slices({"image": X[..., None], "label": Y}).batch(50)
    for number, images in enumerate([(X, Y), [X, Y], named]):
        other = train("simple_gan", images=images, out=tmp_path / str(number), **SMALL)
        assert other.directory.history.read_bytes() == run.directory.history.read_bytes()


def test_lists_are_taken_as_tuples_and_classes_as_objects(tmp_path):
    options = {"labels": Y, "test": [X[:10], Y[:10]], "value_range": [0, 1]}
    with pytest.raises(UserError):  # bytes have no range
        train("simple_gan", images=X, out=tmp_path / "bytes", **options, **SMALL)
    options["test"] = [X[:10] / 255, Y[:10]]
    run = train("simple_gan", images=X / 255, out=tmp_path / "arrays", **options, **SMALL)
    assert [len(part) for part in run.images()] == [120, 10]
    run = train("simple_gan", images=Stripes, out=tmp_path / "class", **SMALL)
    assert "Stripes" in (run.directory.path / "config.yaml").read_text()


class Needy(DataSource):
    def __init__(self, folder):
        self.folder = folder

    def train(self):
        return X


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"images": Needy}, "images"),
        ({"images": (X, Y), "labels": Y}, "labels"),
        ({"images": X, "data": "x"}, "data"),
        ({"data": "x"}, "data"),
        ({"data": ["x"]}, "data"),
        ({"images": tf.data.Dataset.from_tensor_slices({"x": X})}, "images"),
    ],
)
def test_images_in_a_form_that_is_not_known_are_refused_by_the_arguments_name(options, named, tmp_path):
    with pytest.raises(UserError) as error:
        train("simple_gan", out=tmp_path / "run", **options, **SMALL)
    assert named in error.value.expected
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("variant", [None, 3, ["dcgan"]])
def test_a_variant_is_a_name_a_path_or_a_configuration(variant, tmp_path):
    with pytest.raises(UserError) as error:
        train(variant, images=X, out=tmp_path / "a", **SMALL)
    assert error.value.received == repr(variant)
    assert not (tmp_path / "a").exists()


def test_one_class_where_a_list_is_wanted_is_answered_as_python_is_written(tmp_path):
    with pytest.raises(UserError) as error:
        train("simple_gan", images=X, critic_terms="R1", out=tmp_path / "a", **SMALL)
    assert "critic_terms=['R1']" in error.value.remedy
