import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tests.serving.cases import write_cases
from tfgan_course import GAN
from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.models import ResNetCritic, ResNetGenerator
from tfgan_course.models.conditioning import ConditionalNormalization, Projection
from tfgan_course.objectives.pair import Batch
from tfgan_course.serving.export import (
    export_keras,
    export_savedmodel,
    prediction_log,
    quoted,
    write_server_configs,
)


def test_it_runs_where_only_tensorflow_is(gan, model, tmp_path):
    cases = tmp_path / "cases.npz"
    write_cases(gan, cases)
    script = Path(__file__).with_name("only_tensorflow.py")
    done = subprocess.run(
        [sys.executable, str(script), str(model / "1"), str(cases)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "class_numbers, critic, sample, sample_png, serving_default" in done.stdout


def test_a_version_says_where_it_is_from(model, run):
    about = json.loads((model / "1" / "assets.extra" / "export.json").read_text())
    assert about["run"] == str(run)
    assert about["step"] == 20
    assert about["class_names"] == ["Trouser", "Coat", "Bag"]


def test_each_export_adds_a_version_and_touches_nothing_else(tmp_path):
    gan, model = tiny.gan(), tmp_path / "it's" / "gan"
    first = export_savedmodel(gan, model, {})
    before = {file: file.read_bytes() for file in first.rglob("*") if file.is_file()}
    (model / "7").mkdir()  # somebody else's
    (model / "notes.txt").write_text("not a version")
    assert [first.name, export_savedmodel(gan, model, {}).name] == ["1", "8"]
    assert sorted(entry.name for entry in model.iterdir()) == [".lock", "1", "7", "8", "notes.txt"]
    assert {file: file.read_bytes() for file in first.rglob("*") if file.is_file()} == before


def test_an_export_that_fails_leaves_nothing(tmp_path):
    gan = tiny.gan()
    export_savedmodel(gan, tmp_path / "gan", {})
    with pytest.raises(TypeError):
        export_savedmodel(gan, tmp_path / "gan", {"what JSON cannot hold": object()})
    assert sorted(entry.name for entry in (tmp_path / "gan").iterdir()) == [".lock", "1"]


def test_server_configs_are_written_once_and_then_left_to_the_user(tmp_path):
    gan, other = tmp_path / "models" / "gan", tmp_path / "models" / "it's other"
    gan.mkdir(parents=True)
    models, batching = tmp_path / "models" / "models.config", tmp_path / "models" / "batching.config"
    assert [file for file, _ in write_server_configs(gan)] == [models, batching]
    assert write_server_configs(gan) == []
    batching.write_text("max_batch_size { value: 8 }\n")
    ((file, advice),) = write_server_configs(other)
    assert file == models
    assert quoted(str(other)) in advice
    assert str(other) not in models.read_text()
    assert batching.read_text() == "max_batch_size { value: 8 }\n"


ENTRIES = [
    """model_config_list { config { name: "gan" base_path: "PATH/" model_platform: 'tensorflow' } }""",
    """# models
model_config_list: <
  config: { name : 'gan', base_path
    : "PATH"  # the folder
    model_version_policy: { specific { versions: 2 } } };
>""",
    """model_config_list { config [{ name: "b" base_path: '/b' }, { name: "a" base_path: "PATH/../gan//" }] }""",
    """model_config_list { config { base_path: "LINK" model_version_policy { specific { versions: 1 } }
    version_labels { key: 'base_path' value: 1 } logging_config { sampling_config { sampling_rate: 0.1 } } } }""",
    """model_config_list { config { base_path: 'PA' "TH" } config { base_path: "/other" } }""",
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_models_config_of_any_form_that_has_the_model_is_left_alone(tmp_path, entry):
    model = tmp_path / "gan"
    model.mkdir()
    (tmp_path / "link").symlink_to(model)
    config, half = tmp_path / "models.config", len(str(model)) // 2
    parts = {"PATH": str(model), "LINK": f"{tmp_path}/link", "PA": str(model)[:half], "TH": str(model)[half:]}
    for name, text in parts.items():
        entry = entry.replace(name, text)
    config.write_text(entry)
    assert config not in dict(write_server_configs(model))
    for other in (
        f"# base_path: '{model}'",
        f"config {{ base_path: '{model}2' name: \"base_path: '{model}'\" }}",
        "{ '",
    ):
        config.write_text(other)
        assert config in dict(write_server_configs(model))
        assert config.read_text() == other


def test_no_second_entry_of_the_same_name_is_advised(tmp_path):
    """TF Serving refuses a models.config in which two models have the same name."""
    (tmp_path / "gan").mkdir()
    (tmp_path / "models.config").write_text("model_config_list { config { name: 'gan' base_path: '/elsewhere' } }")
    advice = dict(write_server_configs(tmp_path / "gan"))[tmp_path / "models.config"]
    assert "model_config_list" not in advice
    assert quoted(str(tmp_path / "gan")) in advice


def test_server_config_is_what_tf_serving_reads(tmp_path):
    config = pytest.importorskip(
        "tensorflow_serving.config.model_server_config_pb2",
        reason="needs the extra `serving`: models.config is not parsed as TF Serving would",
    )
    from google.protobuf import text_format

    model = tmp_path / "it's" / "gan\\1"
    model.mkdir(parents=True)
    write_server_configs(model)
    text = (model.parent / "models.config").read_text()
    (entry,) = text_format.Parse(text, config.ModelServerConfig()).model_config_list.config
    assert (entry.name, entry.base_path, entry.model_platform) == (model.name, str(model), "tensorflow")


def test_warm_up_requests_are_what_tf_serving_reads_and_the_model_answers(model):
    log = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2",
        reason="needs the extra `serving`: the warm-up records are not compared with TF Serving's own",
    )
    file = str(model / "1" / "assets.extra" / "tf_serving_warmup_requests")
    signatures = tf.saved_model.load(str(model / "1")).signatures
    asked = []
    for record in tf.data.TFRecordDataset(file):
        request = log.PredictionLog.FromString(record.numpy()).predict_log.request
        assert request.model_spec.name == "gan"
        inputs = {name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()}
        signatures[request.model_spec.signature_name](**inputs)
        asked.append(request.model_spec.signature_name)
    assert sorted(asked) == sorted(2 * list(signatures))
    # A request longer than 127 bytes, whose length takes two.
    inputs = {"x": np.arange(100.0), "name": np.array(["a"])}
    expected = log.PredictionLog()
    expected.predict_log.request.model_spec.name = "model"
    expected.predict_log.request.model_spec.signature_name = "signature"
    for name, value in inputs.items():
        expected.predict_log.request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    assert log.PredictionLog.FromString(prediction_log("model", "signature", inputs)) == expected


def test_keras_files_load_as_the_same_networks(tmp_path):
    gan = attention_gan()
    written = export_keras(gan, tmp_path / "keras", critic=True)
    assert [file.name for file in written] == ["generator.keras", "critic.keras"]
    assert sorted((tmp_path / "keras").iterdir()) == sorted(written)
    generator, critic = map(keras.models.load_model, written)
    inputs = [tf.random.stateless_normal([3, 5], [0, 0]), tf.constant([0, 1, 2])]
    images = gan.ema_generator(inputs, training=False)
    assert np.std(images) > 0
    np.testing.assert_allclose(generator(inputs, training=False), images, atol=1e-6)
    score = gan.judge(Batch(images, inputs[1]), training=False).score
    np.testing.assert_allclose(critic([images, inputs[1]])["score"], score, rtol=1e-5, atol=1e-6)


def test_the_documented_lines_load_a_keras_file_in_a_new_process(gan, tmp_path):
    """The code of the page loads the file in a process that has imported nothing else of this package."""
    (generator,) = export_keras(gan, tmp_path / "models" / "keras")
    page = (Path(__file__).parents[2] / "docs" / "guides" / "serving.md").read_text()
    (lines,) = re.findall(r"```python\n(.*?load_model.*?)```", page, re.DOTALL)
    assert str(generator.relative_to(tmp_path)) in lines
    done = subprocess.run(
        [sys.executable, "-c", f"{lines}\nprint(generator.output_shape)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "(None, 28, 28, 1)" in done.stdout


def attention_gan():
    """Nearly every layer of this package: residual, upsampling, attention, conditional and spectral normalization."""
    shape, latent_size = (32, 32, 1), 5
    generator = ResNetGenerator(width=2, attention=16, spectral=True)
    critic = ResNetCritic("spectral", width=2, attention=16)
    return GAN(
        generator.build(shape, latent_size, ConditionalNormalization(), 3),
        critic.build(shape, Projection(), 3),
        classes=3,
    )


def test_command_writes_the_averaged_generator_for_keras(run, gan, tmp_path):
    assert main(["export", str(run), "--format", "keras", "--out", str(tmp_path / "keras")]) == 0
    (file,) = (tmp_path / "keras").iterdir()
    assert file.name == "generator.keras"
    inputs = [tf.random.stateless_normal([3, gan.latent_size], [0, 0]), tf.constant([0, 1, 2])]
    images = np.array(keras.models.load_model(file)(inputs, training=False))
    np.testing.assert_allclose(images, gan.ema_generator(inputs, training=False), atol=1e-6)
    assert np.abs(images - gan.generator(inputs, training=False)).max() > 1e-3


def test_keras_files_never_replace_earlier_ones(run, gan, tmp_path, capsys):
    (tmp_path / "1").mkdir()
    earlier = tmp_path / "1" / "generator.keras"
    earlier.write_text("an earlier one")
    for out, found in ((tmp_path / "1", earlier.name), (tmp_path, "1")):  # a model's versions, too
        assert main(["export", str(run), "--format", "keras", "--out", str(out)]) == 2
        said = capsys.readouterr().err
        assert "--out" in said
        assert found in said
    with pytest.raises(UserError, match=r"generator\.keras"):
        export_keras(gan, tmp_path / "1")
    assert [*tmp_path.rglob("*")] == [tmp_path / "1", earlier]
    assert earlier.read_text() == "an earlier one"


@pytest.mark.parametrize("kind", ["saved_model", "keras", "litert"])
def test_a_file_in_the_way_is_named(run, tmp_path, capsys, kind):
    (tmp_path / "there").write_text("in the way")
    assert main(["export", str(run), "--format", kind, "--out", str(tmp_path / "there")]) == 2
    assert "there" in capsys.readouterr().err
    assert (tmp_path / "there").read_text() == "in the way"
