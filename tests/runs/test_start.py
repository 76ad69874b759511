"""A training that begins with the weights of an earlier run."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml
from tensorflow import keras

from tests.test_api import SMALL, X, Y
from tfgan_course import GAN, UserError, load_run, train
from tfgan_course.config.parser import from_words
from tfgan_course.config.schema import InitFrom
from tfgan_course.files import write_json
from tfgan_course.models import SimpleCritic, SimpleGenerator
from tfgan_course.models.layer_names import named_weights
from tfgan_course.runs.build import build
from tfgan_course.runs.start import Source, pinned, resolved, start_of

OPTIONS = {**SMALL, "images": X, "steps_per_epoch": 2}
CONDITIONAL = {"generator_conditioning": "ConditionalNormalization", "critic_conditioning": "Projection"}


def values(network) -> dict[str, np.ndarray]:
    return {name: np.array(weight) for name, weight in named_weights(network).items()}


def initial(run):
    """Return the networks of a run at step 0."""
    gan = load_run(run.directory.path, checkpoint=0, average=False).gan
    return values(gan.generator), values(gan.critic)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train a run whose averaged generator differs from its generator."""
    options = {**OPTIONS, "epochs": 2, "checkpoints": {"keep": 10}}
    return train("dcgan", labels=Y, out=tmp_path_factory.mktemp("runs") / "a", **options, **CONDITIONAL)


@pytest.fixture(scope="module")
def started(run, tmp_path_factory):
    """Train a run from the path of another, with frozen layers and the health monitor."""
    options = {**OPTIONS, "epochs": 2, "checkpoints": {"keep": 10}, "health": {"samples": 50}}
    options |= {"freeze": {"critic": ["conv2d", "conv2d_1"]}, "seed": 3}
    out = tmp_path_factory.mktemp("runs") / "b"
    return train("dcgan", labels=Y, init_from=str(run.directory.path), out=out, **options, **CONDITIONAL)


def test_every_weight_is_taken_bit_for_bit_and_frozen_layers_keep_them(run, started):
    generator, critic = initial(started)
    averaged, raw = values(run.gan.ema_generator), values(run.gan.generator)
    assert all(generator[name].tobytes() == averaged[name].tobytes() for name in averaged)
    assert any((raw[name] != averaged[name]).any() for name in raw)
    assert all(critic[name].tobytes() == value.tobytes() for name, value in values(run.critic).items())
    at_start = load_run(started.directory.path, checkpoint=0).gan
    assert all((values(at_start.ema_generator)[name] == generator[name]).all() for name in generator)
    now = values(started.critic)
    same = {name for name in now if now[name].tobytes() == critic[name].tobytes()}
    assert same == {name for name in now if name.startswith(("conv2d/", "conv2d_1/"))}


def test_the_run_directory_says_what_was_taken(started, run):
    taken = json.loads((started.directory.path / "init_from.json").read_text())
    assert taken["critic"]["taken"] == [*values(run.critic)]
    assert not taken["critic"]["missing"] + taken["critic"]["unused"] + [*taken["critic"]["other_shape"]]
    config = yaml.safe_load(started.directory.config.read_text())["init_from"]
    assert config == taken["init_from"]
    assert (config["run"], config["checkpoint"]) == (str(run.directory.path.absolute()), run.step)


def given(run, shape, classes, **changes) -> tuple:
    """Return a new GAN with the weights of a run, and what was taken."""
    config = replace(run.config, seed=5, **changes)
    source = Source.open(start_of(run))
    gan = build(config, shape, classes)
    return gan, source.give(gan)


def test_another_number_of_classes_takes_all_but_the_tables_of_classes(run):
    gan, taken = given(run, (28, 28, 1), 2)
    tables = {name for name, value in values(run.generator).items() if value.ndim == 2 and len(value) == 3}
    assert tables
    assert set(taken.generator.other_shape) == tables
    width = values(run.critic)["dense/kernel"].shape[1]
    assert taken.critic.other_shape == {"dense/kernel": ([3, width], [2, width])}
    assert f"dense/kernel 3x{width}, here 2x{width}" in str(taken)
    generator, before = values(gan.generator), values(run.generator)
    assert all((generator[name] == before[name]).all() for name in generator.keys() - tables)
    assert all((values(gan.ema_generator)[name] == generator[name]).all() for name in generator)


def test_larger_images_take_the_layers_next_to_the_image(run):
    gan, taken = given(run, (64, 64, 1), 3)
    kernels = [name for name in taken.generator.taken if name.startswith("conv2d_transpose")]
    assert [name for name in kernels if "kernel" in name] == [f"conv2d_transpose_{place}/kernel" for place in (1, 2, 3)]
    there, here = values(run.generator), values(gan.generator)
    assert (here["conv2d_transpose_3/kernel"] == there["conv2d_transpose_2/kernel"]).all()
    assert any(name.startswith("conv2d_3/") for name in taken.critic.missing)
    assert "not in that run: conv2d_3" in str(taken)


def test_config_yaml_trains_the_same_again_until_the_source_changes(started, run, tmp_path):
    again = train(started.directory.config, images=X, labels=Y, data={}, out=tmp_path / "again")
    assert again.directory.history.read_bytes() == started.directory.history.read_bytes()
    copy = shutil.copytree(run.directory.path, tmp_path / "copy")
    moved = {"run": str(copy), **{name: getattr(started.config.init_from, name) for name in ("checkpoint", "checksum")}}
    assert resolved(InitFrom(**moved)).checksum == moved["checksum"]
    load_run(copy).resume(epochs=3, images=X, labels=Y)
    assert resolved(InitFrom(**moved)).checkpoint == run.step
    with pytest.raises(UserError) as error:
        resolved(InitFrom(**{**moved, "checkpoint": "latest"}))
    assert moved["checksum"] in error.value.expected
    assert error.value.received != moved["checksum"]


def test_resumed_equals_uninterrupted_without_the_source(started, run, tmp_path):
    source = shutil.copytree(run.directory.path, tmp_path / "source")
    options = {**OPTIONS, "init_from": str(source), "seed": 3, "health": {"samples": 50}}
    options |= {"freeze": {"critic": ["conv2d", "conv2d_1"]}, "checkpoints": {"keep": 10}, **CONDITIONAL}
    half = train("dcgan", labels=Y, out=tmp_path / "half", **{**options, "epochs": 1})
    shutil.rmtree(source)
    half = load_run(half.directory.path)
    half.resume(epochs=2, images=X, labels=Y)
    assert half.directory.history.read_bytes() == started.directory.history.read_bytes()
    assert all((values(half.critic)[name] == value).all() for name, value in values(started.critic).items())


def test_the_generator_itself_and_an_earlier_checkpoint(run):
    start = resolved(InitFrom(str(run.directory.path), 2, average=False))
    source = Source.open(start)
    earlier = load_run(run.directory.path, checkpoint=2).gan
    assert (source.init_from.checkpoint, source.run.step) == (2, 2)
    assert all((values(source.run.generator)[name] == value).all() for name, value in values(earlier.generator).items())
    assert start.checksum != resolved(InitFrom(str(run.directory.path))).checksum


def test_a_path_is_a_run_and_another_path_leaves_the_parts_of_the_one_before(run):
    path = str(run.directory.path)
    words = ["--init_from.checkpoint", "2", "--init_from", path]
    assert from_words(words)["init_from"] == vars(InitFrom(path, 2))
    pinned_words = pinned(from_words(words))
    assert pinned_words["init_from"]["checksum"] == resolved(InitFrom(path, 2)).checksum
    assert pinned_words.with_options({"init_from": "runs/other"})["init_from"] == vars(InitFrom("runs/other"))
    assert from_words([])["init_from"] is from_words([*words, "--init_from", "null"])["init_from"] is None


@pytest.mark.parametrize(
    ("change", "received"),
    [
        ({"run": "nothing"}, "nothing"),
        ({"checkpoint": 77}, "no such checkpoint"),
        ({"checkpoint": "first"}, "first"),
        ({"checksum": "00"}, ""),
    ],
)
def test_mistakes_say_what_was_received(run, change, received):
    with pytest.raises(UserError) as error:
        resolved(InitFrom(**{"run": str(run.directory.path), **change}))
    assert received in error.value.received


def test_a_run_of_which_nothing_fits_is_refused(run):
    layers = [keras.Input((4,)), keras.layers.Dense(784, name="own"), keras.layers.Reshape((28, 28, 1))]
    judging = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(1, name="own")]
    with pytest.raises(UserError) as error:
        Source.open(start_of(run)).give(GAN(keras.Sequential(layers), keras.Sequential(judging)))
    assert "no layer fits" in error.value.received


def test_a_bias_that_fits_by_accident_is_not_a_start(run):
    config = replace(run.config, generator=SimpleGenerator(width=6), critic=SimpleCritic(width=6))
    config = replace(config, generator_conditioning=None, critic_conditioning=None, batch_size=8)
    gan = build(config, (28, 28, 1), None)
    with pytest.raises(UserError) as error:
        Source.open(start_of(run)).give(gan)
    # Numbered from the last layer, both are the biases of the scores.
    assert error.value.received.endswith("only critic's dense_2/bias")
    width = run.config.generator.width
    assert f"--generator DCGANGenerator --generator.width {width}" in error.value.remedy
    assert "--critic DCGANCritic" in error.value.remedy


def test_a_run_of_the_other_keras_is_one_error(run, tmp_path):
    copy = shutil.copytree(run.directory.path, tmp_path / "copy")
    written = json.loads((copy / "environment.json").read_text())
    written["packages"] |= {"keras": "1.0.0", "tensorflow": "1.0.0"}
    write_json(copy / "environment.json", written)
    config = yaml.safe_load((copy / "config.yaml").read_text())
    config["critic"]["init_args"]["width"] = 5  # the checkpoint no longer fits, as with another Keras
    (copy / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(UserError) as error:
        Source.open(InitFrom(str(copy)))
    assert "Keras 1.0.0" in error.value.received
