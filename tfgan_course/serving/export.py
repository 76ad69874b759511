"""Exports of a GAN for TF Serving and for Keras."""

import itertools
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from filelock import FileLock
from google.protobuf import text_format

from tfgan_course.figures.grids import check_empty
from tfgan_course.files import model_folder, real_path, write_json, write_text, written_whole
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import generator_of
from tfgan_course.gan.seeds import LARGEST_TRUNCATION
from tfgan_course.models.inputs import input_shape, takes
from tfgan_course.runs.open import Run
from tfgan_course.serving.signatures import servable

UNFINISHED = ".unfinished"
"""The sub-folder where a version is written; TF Serving looks only at sub-folders whose name is a number."""


def about(run: Run) -> dict:
    """Return the facts about a run's generator that are written into an export."""
    return {
        "run": str(run.directory.path),
        "step": run.step,
        "average": run.generator is not run.gan.generator,
        "image_shape": list(run.image_shape),
        "latent_size": run.gan.latent_size,
        "class_names": run.class_names if run.gan.generator_takes_labels else None,
    }


def export_savedmodel(gan: GAN, out: str | Path, about: dict, average: bool = True, critic: bool = False) -> Path:
    """Add a version to a model's folder, completely or not at all; return the version's folder.

    Args:
        gan: the GAN to export.
        out: the model's folder.
        about: facts that are written into the version as assets.extra/export.json; its `class_names` are served.
        average: export the averaged generator, if there is one.
        critic: export the critic as well. For the signatures see `servable`.

    Raises:
        UserError: for a path that TF Serving cannot read, before anything is written.
    """
    out = model_folder(out, "out")
    generator = generator_of(gan, average)
    critic = gan.critic if critic else None
    module, signatures = servable(generator, gan.latents, gan.classes, critic, about.get("class_names"))
    condition_shape = input_shape(generator, "condition") if takes(generator, "condition") else None
    out.mkdir(parents=True, exist_ok=True)
    unfinished = out / UNFINISHED
    with FileLock(out / ".lock"):  # the system frees the lock when the process dies
        shutil.rmtree(unfinished, ignore_errors=True)  # the folder of an export that was killed
        try:
            tf.saved_model.save(module, str(unfinished), signatures=signatures)
            extra = unfinished / "assets.extra"
            extra.mkdir(exist_ok=True)
            with tf.io.TFRecordWriter(str(extra / "tf_serving_warmup_requests")) as file:
                for signature, inputs in warm_up_requests(signatures, condition_shape):
                    file.write(prediction_log(real_path(out).name, signature, inputs))
            write_json(extra / "export.json", about)
            numbers = [int(entry.name) for entry in out.iterdir() if re.fullmatch("[0-9]+", entry.name)]
            version = out / str(1 + max(numbers, default=0))
            unfinished.rename(version)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return version


def warm_up_requests(
    signatures: Mapping[str, Callable], condition_shape: tuple[int | None, ...] | None = None
) -> list[tuple[str, dict[str, np.ndarray]]]:
    """Return two requests for each signature, of 1 and 16 rows: latents or seeds 0, no truncation, class 0.

    A generator from image to image gets gray or black photos of the size of its training, `condition_shape`. TensorFlow
    Serving runs these requests itself before it serves a version, see
    https://www.tensorflow.org/tfx/serving/saved_model_warmup.
    """

    def zeros(name: str, spec: tf.TensorSpec, rows: int) -> np.ndarray:
        value: object = {"truncation": LARGEST_TRUNCATION, "names": "0", "facts": "scale"}.get(name, 0)
        if name == "image_bytes":
            value = tf.io.encode_png(tf.zeros([*condition_shape[:2], 3], tf.uint8)).numpy()
        shape = condition_shape if name == "condition" else spec.shape[1:]
        return np.full([rows, *shape], value, spec.dtype.as_numpy_dtype)

    return [
        (name, {key: zeros(key, spec, rows) for key, spec in signature.structured_input_signature[1].items()})
        for rows, (name, signature) in itertools.product((1, 16), signatures.items())
    ]


def prediction_log(model: str, signature: str, inputs: dict[str, np.ndarray]) -> bytes:
    """Return a serialized PredictionLog: tensorflow_serving/apis/{prediction_log,predict,model}.proto.

    The five nested messages are written by hand, so that an export needs no tensorflow-serving-api.
    """
    request = _field(1, _field(1, model.encode()) + _field(3, signature.encode()))
    for name, value in inputs.items():
        request += _field(2, _field(1, name.encode()) + _field(2, tf.make_tensor_proto(value).SerializeToString()))
    return _field(6, _field(1, request))


def _field(number: int, payload: bytes) -> bytes:
    """Return a length-delimited field of a protocol buffer."""
    length, size = b"", len(payload)
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload


def export_keras(gan: GAN, out: str | Path, average: bool = True, critic: bool = False) -> list[Path]:
    """Write generator.keras, and critic.keras if `critic` is True, into the new folder `out`; return their paths.

    `keras.models.load_model` loads them after `import tfgan_course.layers`, which registers layers that Keras lacks.

    Raises:
        UserError: for a folder that holds files, before anything is written.
    """
    out = model_folder(out, "out")
    check_empty(out)
    out.mkdir(parents=True, exist_ok=True)
    models = {"generator": generator_of(gan, average), **({"critic": gan.critic} if critic else {})}
    for name, model in models.items():
        with written_whole(out / f"{name}.keras") as temporary:
            model.save(temporary)
    return [out / f"{name}.keras" for name in models]


def write_server_configs(model: Path) -> list[tuple[Path, str]]:
    """Write models.config and batching.config for TF Serving next to a model's folder, unless they exist.

    Existing files are not changed, since they may name other models or pin a version.

    Returns:
        Each file that was written or lacks the model, with a sentence on how to use it.
    """
    model = real_path(model)
    path = quoted(str(model))
    fields = f"name: {quoted(model.name)}", f"base_path: {path}", "model_platform: 'tensorflow'"
    entry = "\n    ".join(["  config {", *fields]) + "\n  }\n"
    said = []
    models, batching = model.parent / "models.config", model.parent / "batching.config"
    config = models.read_text(encoding="utf-8", errors="replace") if models.exists() else ""
    if not models.exists():
        write_text(models, f"model_config_list {{\n{entry}}}\n")
        said.append((models, "for tensorflow_model_server --model_config_file"))
    elif str(model) not in base_paths(config):
        advice = f"does not have this model yet; add to its model_config_list\n{entry.rstrip()}"
        if model.name in texts_of(config, "name"):  # TF Serving refuses a second entry of the same name
            advice = f"has another model of this name; rename one, or change the path to\n    base_path: {path}"
        said.append((models, advice))
    if not batching.exists():
        write_text(batching, BATCHING.format(cores=os.cpu_count() or 1))
        said.append((batching, "for --enable_batching --batching_parameters_file"))
    return said


def base_paths(config: str) -> list[str]:
    """Return every `base_path` of a models.config, without symbolic links."""
    return [str(real_path(path)) for path in texts_of(config, "base_path")]


def texts_of(config: str, field: str) -> list[str]:
    """Return the strings of each field of this name in a protocol buffer's text format; none if it is damaged."""
    tokens = text_format.Tokenizer(config.splitlines(), skip_comments=True)
    texts = []
    try:
        while not tokens.AtEnd():
            if tokens.TryConsume(field):
                tokens.Consume(":")
                texts.append(tokens.ConsumeString())
            else:
                tokens.NextToken()
    except text_format.ParseError:
        return []
    return texts


def quoted(text: str) -> str:
    """Return a string in a protocol buffer's text format."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


BATCHING = """\
# Read docs/guides/serving.md before use: one request that is refused takes the others of its batch with it.
# Rows of a request at most, and images made at once.
max_batch_size {{ value: 1024 }}
max_execution_batch_size {{ value: 64 }}
enable_large_batch_splitting {{ value: true }}
batch_timeout_micros {{ value: 2000 }}
num_batch_threads {{ value: {cores} }}
max_enqueued_batches {{ value: 100 }}
"""
