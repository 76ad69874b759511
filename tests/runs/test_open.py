"""Opening a run, and the methods of an opened run."""

import copy
import json
import pickle
import re
import shutil

import numpy as np
import pytest
from tensorflow import keras

from tests.end_to_end.command import train
from tests.tiny import equal, weights
from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.runs.history import History
from tfgan_course.runs.open import load_run

CONDITIONAL = ("--generator_conditioning", "ConcatenatedOneHot", "--critic_conditioning", "Projection")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Train a conditional run of two epochs of two steps, in bfloat16."""
    options = ("--epochs", 2, "--steps_per_epoch", 2, "--precision", "bfloat16", *CONDITIONAL)
    return train(tmp_path_factory.mktemp("runs"), "simple_gan", *options)


@pytest.fixture(scope="module")
def run(directory):
    return load_run(directory)


def test_has_what_the_run_is_made_of(run, directory):
    assert run.step == 4
    assert run.image_shape == (28, 28, 1)
    assert run.class_names == ["Dress", "Coat"]
    assert run.config.epochs == 2
    assert run.generator is run.gan.ema_generator
    raw = load_run(directory, average=False)
    assert raw.generator is raw.gan.generator


def test_checkpoints_by_name_and_number(directory):
    assert load_run(directory, 2).step == load_run(directory, "2").step == 2
    initial = load_run(directory, None)
    assert initial.step == 0
    assert not equal(weights(initial.critic), weights(load_run(directory).critic))
    with pytest.raises(UserError):
        load_run(directory, 3)


def test_opening_leaves_the_users_precision_alone_and_can_choose_another(run, directory):
    assert keras.mixed_precision.global_policy().name == "float32"
    assert "bfloat16" not in {layer.compute_dtype for layer in load_run(directory, precision="float32").critic.layers}
    assert "bfloat16" in {layer.compute_dtype for layer in run.critic.layers}


def test_history_has_columns(run):
    history = run.history
    rows = run.directory.rows()
    assert set(history) == set(rows[0])
    np.testing.assert_array_equal(history.step, [2, 4])
    np.testing.assert_array_equal(history["critic_loss"], [row["critic_loss"] for row in rows])
    assert "critic_loss" in dir(history)
    with pytest.raises(AttributeError, match="critic_loss"):
        history.no_such_column  # noqa: B018
    with pytest.raises(KeyError, match="critic_loss"):
        history["no_such_column"]
    assert history.get("no_such_column") is None
    assert set(pickle.loads(pickle.dumps(history))) == set(copy.deepcopy(history)) == set(history)
    assert len(History([])) == 0


def test_history_as_a_data_frame_or_an_error_that_names_pandas(run):
    try:
        import pandas
    except ImportError:
        with pytest.raises(UserError) as caught:
            run.history.to_pandas()
        assert "pandas" in caught.value.remedy
    else:
        assert isinstance(run.history.to_pandas(), pandas.DataFrame)
        assert list(run.history.to_pandas()["step"]) == [2, 4]


def test_image_i_is_that_of_the_seed_plus_i_and_its_class(run):
    images = run.sample(6, seed=1)
    assert images.shape == (6, 28, 28, 1)
    assert images.dtype == np.uint8
    for index, (label, name) in enumerate([(0, "Dress"), (1, "coat")] * 3):
        for one in (label, name, [label]):
            np.testing.assert_allclose(run.sample(1, seed=1 + index, classes=one)[0], images[index], atol=1)
    np.testing.assert_array_equal(run.sample(4, classes="Coat,Dress")[::2], run.sample(4, classes=[1, 1, 1, 1])[::2])


def test_truncation_makes_images_more_alike(run):
    free, cut = (run.sample(20, classes=0, truncation=level).astype(float) for level in (None, 0.1))
    assert cut.std(axis=0).mean() < 0.5 * free.std(axis=0).mean()


def test_samples_are_those_of_the_command_line(run, directory, tmp_path):
    from PIL import Image

    assert main(["sample", str(directory), "--count", "3", "--seed", "1", "--out", str(tmp_path / "images")]) == 0
    drawn = [np.array(Image.open(path)) for path in sorted((tmp_path / "images").iterdir())]
    np.testing.assert_array_equal(run.sample(3, seed=1)[..., 0], drawn)


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        *[("classes", wrong) for wrong in ("Boat", 2, -1, [], "", 0.5, [None])],
        *[("count", wrong) for wrong in (0, -1, 2.5, "2", None, True)],
        *[("seed", wrong) for wrong in (-1, 1.5, "1", None, 2**63)],
        *[("truncation", wrong) for wrong in (0, -1.0, 11, "a", float("nan"), True, [0.5])],
    ],
)
def test_refuses_what_cannot_be_drawn(run, argument, wrong):
    with pytest.raises(UserError) as error:
        run.sample(**{"count": 1, argument: wrong})
    assert all((error.value.expected, error.value.received, error.value.remedy))


def test_numpy_numbers_are_numbers(run):
    images = run.sample(np.int64(2), seed=np.uint8(1), classes=np.int64(1), truncation=np.float32(1))
    for classes in (1, [1, 1], np.array([1, 1]), (np.int8(1),)):
        np.testing.assert_array_equal(run.sample(2, seed=1, classes=classes, truncation=1), images)


@pytest.mark.parametrize("path", [None, 5, b"runs/a", ["runs/a"]])
def test_a_run_is_opened_by_a_path_alone(path):
    with pytest.raises(UserError) as error:
        load_run(path)
    assert repr(path) in error.value.received


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError) as error:
        load_run(tmp_path / "run")
    assert "a file" in error.value.received


def test_images_are_those_it_was_trained_on(run, directory):
    train_images, test_images = run.images()
    assert (len(train_images), len(test_images)) == (1200, 200)
    facts = json.loads((directory / "data.json").read_text())
    try:
        (directory / "data.json").write_text(json.dumps({**facts, "checksum": 1}))
        with pytest.raises(UserError):
            run.images()
    finally:
        (directory / "data.json").write_text(json.dumps(facts))


def test_an_intact_checkpoint_is_named_where_the_latest_are_damaged(directory, tmp_path):
    copy = shutil.copytree(directory, tmp_path / "run")
    for file in copy.glob("checkpoints/step-*"):
        file.write_bytes(file.read_bytes()[:100])
    for checkpoint in ("latest", 4):
        with pytest.raises(UserError) as error:
            load_run(copy, checkpoint)
        assert "--checkpoint best" in error.value.remedy
    assert load_run(copy, "best").step > 0
    with pytest.raises(UserError) as error:
        load_run(copy, 77)
    assert "best" in error.value.remedy
    shutil.rmtree(copy / "checkpoints" / "best")
    with pytest.raises(UserError) as error:
        load_run(copy)
    assert "best" not in error.value.remedy
    assert "copy" in error.value.remedy


def test_shows_itself(run, directory):
    page = run._repr_html_()
    assert "simple_gan, step 4" in page
    assert re.search('src="data:image/png;base64,[A-Za-z0-9+/=]{100,}"', page)
    assert "critic_loss" in page
    assert "http" not in page
    figure = run.show(count=4)
    assert len(figure.axes) == 3
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert "\n" not in repr(run)


def test_a_configuration_of_another_version_is_refused_by_its_name(directory, tmp_path):
    copy = shutil.copytree(directory, tmp_path / "run")
    config = (copy / "config.yaml").read_text()
    (copy / "config.yaml").write_text(config + "option_of_the_future: 1\n")
    with pytest.raises(UserError) as caught:
        load_run(copy)
    assert "written by" not in str(caught.value)
    environment = json.loads((copy / "environment.json").read_text())
    environment["packages"]["tfgan-course"], environment["git_revision"] = "7.5.3", None
    (copy / "environment.json").write_text(json.dumps(environment))
    with pytest.raises(UserError) as caught:
        load_run(copy)
    assert "option_of_the_future" in str(caught.value)
    assert "7.5.3" in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "wrong", "allowed"),
    [
        *[("average", wrong, "True") for wrong in ("no", 1, None)],
        *[("precision", wrong, "bfloat16") for wrong in ("float8", 16)],
        *[("checkpoint", wrong, "latest") for wrong in ("worst", 1.5, -1, True, "")],
    ],
)
def test_an_argument_with_a_wrong_value_is_refused_with_the_allowed_ones(directory, argument, wrong, allowed):
    with pytest.raises(UserError) as error:
        load_run(directory, **{argument: wrong})
    assert argument in error.value.expected
    assert allowed in error.value.expected
    assert str(wrong) in error.value.received


def test_the_largest_seed_depends_on_the_count(run):
    assert run.sample(2, seed=2**63 - 2).shape[0] == 2
    with pytest.raises(UserError) as error:
        run.sample(2, seed=2**63 - 1)
    assert str(2**63 - 1) in error.value.received
    assert "count" in error.value.expected
