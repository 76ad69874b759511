"""The critics of the variants stay Lipschitz: this is measured on their weights after training."""

import importlib.util

import numpy as np
import pytest
from tensorflow import keras

from tests.end_to_end.command import SMALL
from tfgan_course.cli.main import main
from tfgan_course.gan.checks import all_layers
from tfgan_course.layers import spectrally_normalized_kernel
from tfgan_course.runs.open import load_run


def trained_critic(folder, *options: str) -> keras.Model:
    out = folder / "run"
    assert main(["train", *options, "--epochs", "1", "--out", str(out)]) == 0
    return load_run(out).critic


def test_every_weight_of_wgans_critic_is_within_the_clip(tmp_path):
    critic = trained_critic(tmp_path, "--variant", "wgan", *SMALL, "--critic_updates", "1", "--steps_per_epoch", "20")
    weights = [weight.numpy() for weight in critic.trainable_variables]
    kinds = {weight.ndim for weight in weights}
    assert kinds == {1, 2, 4}  # biases, gammas and betas; the dense kernel; convolutions
    assert max(np.abs(weight).max() for weight in weights) <= np.float32(0.01)
    # The clip works: RMSProp's steps of 5e-5 have brought weights to it.
    assert max(np.abs(weight).max() for weight in weights) == np.float32(0.01)


def installable(implementation: str) -> bool:
    if implementation == "keras":
        return not hasattr(keras.layers.SpectralNormalization, "normalize_weights")
    return implementation == "paper" or importlib.util.find_spec("tensorflow_addons") is not None


@pytest.mark.parametrize("implementation", ["paper", "keras", "addons"])
def test_largest_singular_values_of_sngans_critic_are_one(implementation, tmp_path):
    if not installable(implementation):
        pytest.skip(f"would cover spectral_implementation {implementation}, which this stack does not have")
    critic = trained_critic(
        tmp_path, "--variant", "sngan", "--generator.width", "4", "--critic.width", "8", "--batch_size", "8",
        "--critic.spectral_implementation", implementation, "--steps_per_epoch", "200",
    )  # fmt: skip
    wrapped = [layer for layer in all_layers(critic) if type(layer).__name__ == "SpectralNormalization"]
    assert len(wrapped) == 4
    for layer in wrapped:
        kernel = np.array(spectrally_normalized_kernel(layer))
        largest = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]
        assert abs(largest - 1) < 0.1, layer.layer.name
