"""ONNX and LiteRT files compute what Keras computes, or an export says why not."""

import re
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN, load_run
from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.gan.sampling import numbers_of_seeds, sample
from tfgan_course.layers import ConditionalBatchNormalization, NoiseInjection, SpectralNormalization, self_attention
from tfgan_course.models import MappingNetwork, SimpleCritic
from tfgan_course.models.conditioning import Projection
from tfgan_course.objectives.pair import Batch
from tfgan_course.serving import onnx as onnx_files
from tfgan_course.serving.conversion import export_converted, largest_difference
from tfgan_course.serving.litert import LiteRT
from tfgan_course.serving.onnx import Onnx
from tfgan_course.serving.signatures import Signature

MISSING = "needs the extra `{0}`: files of this format are neither written nor compared with Keras"


def converter(kind: str):
    module, made = {"onnx": ("tf2onnx", Onnx), "litert": ("ai_edge_litert", LiteRT)}[kind]
    pytest.importorskip(module, reason=MISSING.format(kind))
    return made()


@pytest.fixture(params=["onnx", "litert"])
def kind(request) -> str:
    converter(request.param)
    return request.param


def computed(file, signature: str = "serving_default", **inputs) -> dict[str, np.ndarray]:
    """Run a file as a user would, who has the format's runtime and not this package."""
    if file.suffix == ".onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(str(file))
        assert sorted(each.name for each in session.get_inputs()) == sorted(inputs)
        return dict(zip([each.name for each in session.get_outputs()], session.run(None, inputs), strict=True))
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(file))
    assert sorted(interpreter.get_signature_list()[signature]["inputs"]) == sorted(inputs)
    return interpreter.get_signature_runner(signature)(**inputs)


def test_the_command_writes_files_that_other_runtimes_compute_as_keras_does(run, gan, kind, tmp_path, capsys):
    out = tmp_path / "files"
    assert main(["export", str(run), "--format", kind, "--critic", "true", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    suffix = {"onnx": ".onnx", "litert": ".tflite"}[kind]
    names = {"onnx": ["critic", "generator", "sample"], "litert": ["critic", "generator"]}[kind]
    assert [file.name for file in sorted(out.iterdir())] == [f"{name}{suffix}" for name in names]
    assert all(f"{out / name}{suffix}: " in said for name in names)
    assert all(float(difference) < 1e-4 for difference in re.findall(r" (\d\.\de[+-]\d\d)", said))
    latents, labels = numbers_of_seeds(range(5), gan.latent_size), np.array([0, 1, 2, 1, 0], np.int32)
    images = np.array(gan.ema_generator([latents, labels], training=False))
    assert np.std(images) > 0.1
    found = computed(out / f"generator{suffix}", latents=latents, labels=labels)["images"]
    np.testing.assert_allclose(found, images, atol=1e-4)
    pixels = tiny.images(5, 28)
    score = gan.judge(Batch(np.float32(pixels) / 127.5 - 1, labels), training=False).score
    found = computed(out / f"critic{suffix}", "critic", images=pixels, labels=labels)["score"]
    np.testing.assert_allclose(found, np.reshape(score, 5), rtol=1e-3, atol=1e-4)
    if kind == "onnx":
        truncation = np.full(5, 0.7, np.float32)
        found = computed(out / "sample.onnx", seed=np.arange(3, 8), truncation=truncation, labels=labels)["images"]
        expected = sample(gan, 5, 3, labels, 0.7)
        assert np.abs(np.int32(found) - expected).max() <= 1
        assert np.abs(np.int32(found) - sample(gan, 5, 3, labels)).max() > 1


def test_a_w_space_is_exported_with_its_truncation(kind, tmp_path):
    gan = tiny.conditional_gan(mapping=MappingNetwork(1, 6))
    exported = export_converted(converter(kind), gan, tmp_path / "files")
    assert max(difference for each in exported for difference in each.differences.values()) < 1e-4
    files = {name: each.path for each in exported for name in each.differences}
    latents, labels = numbers_of_seeds(range(3), 4), np.array([0, 1, 2], np.int32)
    truncation = np.array([0.5, 0.5, 10], np.float32)
    ws = computed(files["map"], "map", latents=latents, truncation=truncation, labels=labels)["ws"]
    images = computed(files["synthesize"], "synthesize", ws=ws)["images"]
    whole = computed(files["serving_default"], latents=latents, labels=labels)["images"]
    np.testing.assert_allclose(images[2], whole[2], atol=1e-5)
    assert np.abs(images[0] - whole[0]).max() > 1e-4
    if kind == "onnx":
        found = computed(files["sample"], seed=np.arange(3), truncation=truncation, labels=labels)["images"]
        assert np.abs(np.int32(found[:2]) - sample(gan, 2, 0, labels[:2], 0.5)).max() <= 1


def own_layers() -> GAN:
    """Return a generator with the layers of this package that Keras lacks, and a critic with them."""
    keras.utils.set_random_seed(0)
    latents = keras.Input((4,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    x = keras.layers.Reshape((4, 4, 3))(keras.layers.Dense(48)(latents))
    x = ConditionalBatchNormalization(tiny.CLASSES)([x, labels])
    noise = NoiseInjection()
    x = noise(SpectralNormalization(keras.layers.Conv2D(8, 3, padding="same"))(x))
    noise.set_weights([np.float32(0.5), noise.get_weights()[1]])
    x = self_attention(x, lambda channels: SpectralNormalization(keras.layers.Conv2D(channels, 1)))
    x = keras.layers.UpSampling2D()(x)
    x = keras.layers.Conv2D(1, 3, padding="same", activation="tanh")(x)
    generator = keras.Model([latents, labels], x)
    for weight in generator.variables:
        if "gamma" in weight.name:
            weight.assign(tf.random.stateless_normal(weight.shape, [0, 0]))
    critic = SimpleCritic("spectral", width=5, depth=2).build((8, 8, 1), Projection(), tiny.CLASSES)
    return GAN(generator, critic, classes=tiny.CLASSES)


def test_layers_of_this_package_are_converted(kind, tmp_path):
    exported = export_converted(converter(kind), own_layers(), tmp_path / "files", critic=True)
    assert {name for each in exported for name in each.differences} >= {"serving_default", "critic"}
    assert max(difference for each in exported for difference in each.differences.values()) < 1e-4


@keras.utils.register_keras_serializable(package="test")
class Odd(keras.layers.Layer):
    """An operation that neither format has."""

    def call(self, x):
        return x * tf.linalg.svd(tf.reshape(x, [-1, 8, 8]), compute_uv=False)[:, :1]


def test_the_layer_that_a_format_cannot_hold_is_named(kind, tmp_path):
    odd = [keras.Input((4,)), keras.layers.Dense(64), Odd(name="odd"), keras.layers.Reshape((8, 8, 1))]
    gan = GAN(keras.Sequential(odd), tiny.critic())
    with pytest.raises(UserError) as caught:
        export_converted(converter(kind), gan, tmp_path / "files")
    assert "Svd in the layer odd" in caught.value.received
    assert "generator" in caught.value.received
    assert not (tmp_path / "files").exists()


def test_a_file_that_computes_something_else_is_not_written(tmp_path, monkeypatch):
    made = converter("onnx")
    monkeypatch.setattr(onnx_files, "CENTRAL", (0.0, *onnx_files.CENTRAL[1:-1], 1.0))
    with pytest.raises(UserError, match="sample") as caught:
        export_converted(made, tiny.gan(), tmp_path / "files")
    assert float(caught.value.received) > 1e-3
    assert not (tmp_path / "files").exists()


def test_the_largest_difference_by_hand():
    def of(value, found) -> float:
        signature = Signature(lambda x: {"y": tf.constant(value)[: len(x)]}, {})
        return largest_difference(signature, lambda inputs: {"y": np.array(found)[: len(inputs["x"])]}, {"x": [0, 0]})

    assert of([0.5, 0.0], [0.5, 0.25]) == 0.25
    assert of([-8.0, 1.0], [-8.0, 3.0]) == 0.25
    assert of(np.uint8([10, 20]), np.uint8([11, 19])) == 0
    assert of(np.uint8([10, 250]), np.uint8([10, 255])) == 4
    assert of([0.5, 0.0], [0.5, np.nan]) == np.inf


@pytest.mark.parametrize(("kind", "package"), [("onnx", "tf2onnx"), ("litert", "ai_edge_litert.interpreter")])
def test_without_the_extra_the_error_names_it(run, tmp_path, monkeypatch, capsys, kind, package):
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["export", str(run), "--format", kind, "--out", str(tmp_path / "files")]) == 2
    assert f"'.[{kind}]'" in capsys.readouterr().err
    assert not (tmp_path / "files").exists()


def test_a_run_of_mixed_precision_is_exported_in_float32(tmp_path):
    converter("onnx")
    words = ["--variant", "dcgan", "--generator.width", "2", "--critic.width", "2", "--precision", "bfloat16"]
    words += ["--epochs", "1", "--steps_per_epoch", "2", "--metrics.names=[]", "--health", "null"]
    assert main(["train", *words, "--out", str(tmp_path / "run")]) == 0
    assert main(["export", str(tmp_path / "run"), "--format", "onnx", "--out", str(tmp_path / "files")]) == 0
    generator = load_run(tmp_path / "run", precision="float32").generator
    latents = numbers_of_seeds([1], generator.input_shape[1])
    found = computed(tmp_path / "files" / "generator.onnx", latents=latents)["images"]
    np.testing.assert_allclose(found, generator(latents, training=False), atol=1e-5)
