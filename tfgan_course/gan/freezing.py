"""Frozen layers: layers of a player that training does not change (FreezeD: Mo et al. 2020, arXiv:2002.10964)."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import SpectralNormalization
from tfgan_course.models.layer_names import named_layers


def freeze(player: str, network: keras.Model, patterns: Sequence[str]) -> None:
    """Freeze the layers of a network that patterns name, and all layers inside them.

    A frozen layer works in training as in inference, and no number of it changes: neither its weights nor the
    statistics of a batch normalization, the average of w, or the singular vector u of a spectral normalization, which
    would change the layer's output although its kernel stays.

    Args:
        player: `generator` or `critic`, for errors.
        network: the player's network. The trainable weights of a frozen layer become weights that are not trainable.
        patterns: names as `named_layers` returns them, or patterns with `*`, `?` and `[0-3]`.

    Raises:
        UserError: for a pattern that names no layer, a layer that cannot be frozen, or if nothing is left to train.
    """
    layers = named_layers(network)
    for pattern in patterns:
        frozen = {name: layer for name, layer in layers.items() if _names(pattern, name)}
        expected = f"for freeze.{player} a layer of the {player} or a pattern: {', '.join(layers)}"
        require(frozen, expected, repr(pattern), "Name one of these layers; * stands for any characters")
        for name, layer in frozen.items():
            overwritten = type(layer).__name__ == "SpectralNormalization" and type(layer) is not SpectralNormalization
            require(
                not overwritten,
                f"for freeze.{player} layers that can be frozen",
                f"{name}, whose spectral normalization overwrites the kernel in every training step",
                "Use SpectralNormalization with implementation paper, or leave the layer out",
            )
            layer.trainable = False
    expected = f"for freeze.{player} patterns that leave the {player} some layers to train"
    remedy = f"Leave out some of {', '.join(layers)}"
    require(not patterns or network.trainable_variables, expected, repr([*patterns]), remedy)


def frozen_weights(network: keras.Model) -> list:
    """Return all weights of the frozen layers of a network, statistics included."""
    return [weight for layer in named_layers(network).values() if not layer.trainable for weight in layer.weights]


def _names(pattern: str, name: str) -> bool:
    """Return whether a pattern names a layer, or a layer around it: `mapping` names `mapping/dense`."""
    parts = name.split("/")
    return any(fnmatchcase("/".join(parts[:count]), pattern) for count in range(1, len(parts) + 1))
