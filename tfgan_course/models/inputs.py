"""Find and feed a network's inputs, which have the names of a batch's fields: `latents`, `labels`, `images`..."""

import re

import tensorflow as tf
from tensorflow import keras

# Names that Keras gives to an input without a name: input_1, keras_tensor_7, dense_input.
_UNNAMED = re.compile(r"(keras_tensor|input|input_layer|.+_input)(_\d+)?")


def input_names(model: keras.Model) -> list[str | None]:
    """Return the names of the model's inputs; None stands for an input without a name of its own."""
    structure = _structure(model)
    names = sorted(structure) if isinstance(structure, dict) else [tensor.name for tensor in model.inputs]
    return [None if _UNNAMED.fullmatch(name) else name for name in names]


def takes(model: keras.Model, name: str) -> bool:
    """Return whether the model has an input of this name."""
    return name in input_names(model)


def input_shape(model: keras.Model, name: str) -> tuple[int | None, ...]:
    """Return the shape, without the batch, of the input with this name, or of a single input without a name.

    Raises:
        KeyError: if the model has no such input.
    """
    names = input_names(model)
    if name not in names and names != [None]:
        raise KeyError(f"{model.name} has no input {name!r}; it has {names}")
    return tuple(model.inputs[0 if names == [None] else names.index(name)].shape[1:])


def field_shapes(generator: keras.Model, critic: keras.Model) -> dict[str, tuple[int | None, ...]]:
    """Return the shapes, without the batch, of the images and, if a network takes one, of the condition."""
    shapes = {"images": input_shape(critic, "images")}
    for network in (critic, generator):
        if takes(network, "condition"):
            shapes["condition"] = input_shape(network, "condition")
    return shapes


def feed(model: keras.Model, **fields: tf.Tensor | None):
    """Return the argument to call the model with: the fields that its inputs name, in the model's own structure.

    A model whose only input has no name gets the first field: `feed(generator, latents=z, labels=y)` works for every
    generator.

    Args:
        model: Keras model, functional or sequential.
        **fields: tensors by name; fields without an input are ignored.
    """
    names = input_names(model)
    if names == [None]:
        return next(iter(fields.values()))
    if isinstance(_structure(model), dict):
        return {name: fields[name] for name in names}
    values = [fields[name] for name in names]
    return values if len(values) > 1 else values[0]


def _structure(model: keras.Model):
    # A Sequential model of Keras 3 has no `input` before it is called.
    return model.inputs if isinstance(model, keras.Sequential) else model.input
