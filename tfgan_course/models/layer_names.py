"""The names of a network's layers and weights, which do not depend on what else a process has built."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tensorflow import keras


def named_layers(network: keras.Model, from_end: bool = False) -> dict[str, keras.layers.Layer]:
    """Return the layers of a network that have weights, by their names.

    Keras numbers layers that have no name of their own over the whole process: `conv2d`, `conv2d_1`... Here they are
    numbered within the network, in the order in which they were made. A wrapper, such as spectral normalization, has
    the name of the layer inside. A layer inside a model, or inside another layer, has the name of the outer one before
    its own: `mapping/dense`. The outer layer itself is included if it has weights beside those of its layers.

    Args:
        network: the network.
        from_end: number from the last layer of each kind, `conv2d_-1`, instead of from the first.
    """
    return {name: layer for name, layer in _named(network.layers, "", from_end) if _own_weights(layer)}


def named_weights(network: keras.Model, from_end: bool = False) -> dict[str, Any]:
    """Return a network's weights by the names of their layers and their own: `conv2d_1/kernel`; see `named_layers`."""
    found: dict[str, Any] = {}
    for layer_name, layer in named_layers(network, from_end).items():
        counts: Counter[str] = Counter()
        for weight in _own_weights(layer):
            name = weight.name.rpartition("/")[2].partition(":")[0]  # with Keras 2 it is conv2d_1/kernel:0
            counts[name] += 1
            found[f"{layer_name}/{name}" + (f"_{counts[name]}" if counts[name] > 1 else "")] = weight
    return found


def names_of(layers: Sequence, from_end: bool = False) -> list[str]:
    """Return the names of layers, with or without weights, numbered among these layers; see `named_layers`."""
    inside = [layer.layer if isinstance(layer, keras.layers.Wrapper) else layer for layer in layers]
    numbers: dict[str, list[int]] = {}
    for layer in inside:
        if number := _number(layer):
            numbers.setdefault(number[0], []).append(number[1])
    names = []
    for layer in inside:
        name = layer.name
        if number := _number(layer):
            among = sorted(numbers[number[0]])
            index = among.index(number[1]) - (len(among) if from_end else 0)
            name = f"{number[0]}_{index}" if index else number[0]
        names.append(name)
    return names


def _named(layers: Sequence, above: str, from_end: bool) -> Iterator[tuple[str, keras.layers.Layer]]:
    layers = [layer for layer in layers if layer.weights]
    for layer, name in zip(layers, names_of(layers, from_end), strict=True):
        yield f"{above}{name}", layer
        if not isinstance(layer, keras.layers.Wrapper):
            yield from _named(_layers_in(layer), f"{above}{name}/", from_end)


def _number(layer: keras.layers.Layer) -> tuple[str, int] | None:
    """Return the two parts of a name that Keras gave, `conv2d` and 1 of `conv2d_1`; None for a user's own name."""
    kind, number = re.fullmatch(r"(.*?)(?:_(\d+))?", layer.name).groups()
    return (kind, int(number or 0)) if kind.replace("_", "") == type(layer).__name__.lower().replace("_", "") else None


def _layers_in(layer: keras.layers.Layer) -> list:
    if isinstance(layer, keras.Model):
        return layer.layers
    # Keras 2 and 3 have no public attribute for the layers in attributes and lists of a layer.
    return list({id(inner): inner for inner in layer._flatten_layers(recursive=False, include_self=False)}.values())


def _own_weights(layer: keras.layers.Layer) -> list:
    """Return a layer's weights, of a wrapper all, of other layers those that are not weights of layers inside."""
    if isinstance(layer, keras.layers.Wrapper):
        return layer.weights
    inner = {id(weight) for part in _layers_in(layer) for weight in part.weights}
    return [weight for weight in layer.weights if id(weight) not in inner]
