"""Exports: from a GAN to what TF Serving or Keras loads."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_course.files import write_text, written_whole
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import generator_of
from tfgan_course.gan.seeds import LARGEST_TRUNCATION
from tfgan_course.models import StyleSpace
from tfgan_course.runs.open import Run
from tfgan_course.serving.signatures import servable
from tfgan_course.serving.versions import add_version
from tfgan_course.serving.warm_up import Inputs, write_warm_up

WARM_UP_ROWS = (1, 16)


def about(run: Run) -> dict:
    """Return what an export says of the generator that it holds."""
    return {
        "run": str(run.directory.path),
        "step": run.step,
        "average": run.generator is not run.gan.generator,
        "image_shape": list(run.image_shape),
        "latent_size": run.gan.latent_size,
        "class_names": run.class_names if run.gan.generator_takes_labels else None,
    }


def export_savedmodel(gan: GAN, out: Path, about: dict, average: bool = True, critic: bool = False) -> Path:
    """Adds a version to the model's folder `out`; see `servable` for its signatures.

    Args:
        gan: trained.
        out: the model's folder.
        about: written into the version as assets.extra/export.json, for people.
        average: export the averaged generator, if there is one.
        critic: export the critic as well.

    Returns:
        The version's folder.
    """
    module, signatures = servable(
        generator_of(gan, average), gan.latents, gan.classes, critic=gan.critic if critic else None
    )

    def write(folder: Path) -> None:
        tf.saved_model.save(module, str(folder), signatures=signatures)
        write_warm_up(folder, out.resolve().name, warm_up_requests(gan, signatures))
        write_text(folder / "assets.extra" / "export.json", json.dumps(about, indent=2) + "\n")

    return add_version(out, write)


def warm_up_requests(gan: GAN, signatures: Sequence[str]) -> list[tuple[str, Inputs]]:
    """For each signature a request of few rows and one of more."""
    requests, style = [], StyleSpace.of(gan.generator)
    for rows in WARM_UP_ROWS:
        seeds = {"seed": np.arange(rows), "truncation": np.full(rows, LARGEST_TRUNCATION, np.float32)}
        inputs = {
            "serving_default": {"latents": np.zeros((rows, gan.latent_size), np.float32)},
            "sample": seeds,
            "sample_png": seeds,
            "map": {"latents": np.zeros((rows, gan.latent_size), np.float32), "truncation": seeds["truncation"]},
            "synthesize": {"ws": np.zeros((rows, style.layers, style.w_size), np.float32)} if style else {},
            "critic": {"images": np.zeros((rows, *gan.generator.output_shape[1:]), np.uint8)},
        }
        labels = {"labels": np.zeros(rows, np.int32)}
        for name in signatures:
            takes_labels = gan.critic_takes_labels if name == "critic" else gan.generator_takes_labels
            takes_labels = takes_labels and name != "synthesize"
            requests.append((name, {**inputs[name], **(labels if takes_labels else {})}))
    return requests


def export_keras(gan: GAN, out: Path, average: bool = True, critic: bool = False) -> list[Path]:
    """Writes generator.keras, and critic.keras if asked for, into the folder `out`; returns their paths.

    `keras.models.load_model` loads them once `tfgan_course.layers` is imported, those that Keras does not have.
    """
    out.mkdir(parents=True, exist_ok=True)
    models = {"generator": generator_of(gan, average), **({"critic": gan.critic} if critic else {})}
    for name, model in models.items():
        with written_whole(out / f"{name}.keras") as temporary:
            model.save(temporary)
    return [out / f"{name}.keras" for name in models]


def write_server_configs(model: Path) -> list[tuple[Path, str]]:
    """Writes models.config and batching.config for TF Serving beside a model's folder, where there are none yet.

    Existing ones are the user's: they may name other models, or pin a version.

    Returns:
        The file, and what to know of it, for each that was written or lacks the model.
    """
    model = model.resolve()
    entry = f"  config {{\n    name: {quoted(model.name)}\n    base_path: {quoted(str(model))}\n    "
    entry += "model_platform: 'tensorflow'\n  }\n"
    said = []
    models, batching = model.parent / "models.config", model.parent / "batching.config"
    if not models.exists():
        write_text(models, f"model_config_list {{\n{entry}}}\n")
        said.append((models, "for tensorflow_model_server --model_config_file"))
    elif quoted(str(model)) not in models.read_text(encoding="utf-8"):
        said.append((models, f"does not have this model yet; add to its model_config_list\n{entry.rstrip()}"))
    if not batching.exists():
        write_text(batching, BATCHING.format(cores=os.cpu_count() or 1))
        said.append((batching, "for --enable_batching --batching_parameters_file"))
    return said


def quoted(text: str) -> str:
    """A string in a protocol buffer's text format."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


BATCHING = """\
# Read docs/serving.md before use: one request that is refused takes the others of its batch with it.
# Rows of a request at most, and images made at once.
max_batch_size {{ value: 1024 }}
max_execution_batch_size {{ value: 64 }}
enable_large_batch_splitting {{ value: true }}
batch_timeout_micros {{ value: 2000 }}
num_batch_threads {{ value: {cores} }}
max_enqueued_batches {{ value: 100 }}
"""
