"""Directions in which images change most, read off the first weights."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.latent_space.space import LatentSpace, WSpace


class FirstWeights(NamedTuple):
    """An affine map that meets a point first: a layer's name, and its matrix, float (outputs, places, size), where
    place i is the i-th w of a style network; of z there is one place."""

    name: str
    matrix: np.ndarray


class Directions(NamedTuple):
    """`vectors` float32 (k, size), of length 1, at right angles to each other, strongest first; `strengths` float32
    (k,): how far the first weights' output moves on a step of length 1, squared. `names` of the layers looked at."""

    vectors: np.ndarray
    strengths: np.ndarray
    names: list[str]


def directions(space: LatentSpace, count: int = 5, layers: Sequence[int] | None = None) -> Directions:
    """Closed-form factorization (Shen and Zhou 2021, arXiv:2007.06600, eq. 6-7): of A^T A the first eigenvectors.

    A is the matrix that a point meets first: the first dense or convolutional layer behind z; of a w the layers that
    make styles of it, one above the other.

    Args:
        space: z or w.
        count: directions.
        layers: of a style network's w, those whose styles are to change; all unless given.

    Raises:
        UserError: if there are no such weights, layers, or so many directions.
    """
    found = first_weights(space)
    places = found[0].matrix.shape[1]
    wrong = [layer for layer in layers or () if not 0 <= layer < places]
    if wrong:
        raise UserError(f"there is no layer {wrong[0]}: those that take a {space.name} are 0 to {places - 1}")
    if not 1 <= count <= space.size:
        raise UserError(f"in {space.name} there are 1 to {space.size} directions; asked for are {count}")
    chosen = slice(None) if layers is None else list(layers)
    matrices = {weights.name: weights.matrix[:, chosen].sum(axis=1) for weights in found}
    matrices = {name: matrix for name, matrix in matrices.items() if matrix.any()}  # not of other layers' w
    # The singular vectors of A are the eigenvectors of A^T A, found without squaring.
    _, values, vectors = np.linalg.svd(np.concatenate(list(matrices.values())).astype(np.float64), full_matrices=False)
    if len(vectors) < count:
        raise UserError(f"the first weights have {len(vectors)} directions; asked for are {count}")
    # A direction and its opposite are one: the largest number is positive, so that the same comes out everywhere.
    signs = np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)])
    vectors, values = (vectors * signs[:, np.newaxis])[:count], values[:count] ** 2
    return Directions(vectors.astype(np.float32), values.astype(np.float32), list(matrices))


def slid(
    space: LatentSpace,
    point: np.ndarray,
    vector: np.ndarray,
    steps: Sequence[float],
    labels: np.ndarray | None = None,
    layers: Sequence[int] | None = None,
) -> np.ndarray:
    """The images of a point, moved along a direction: uint8 (steps, height, width, channels).

    Args:
        space: of the point.
        point: float32 (size,).
        vector: float32 (size,).
        steps: how far, times the vector.
        labels: int32 (1,), of the image, for a conditional generator.
        layers: of a style network's w, those that are moved; all unless given.
    """
    points = point + np.asarray(steps, np.float32)[:, np.newaxis] * vector
    if layers is not None and isinstance(space, WSpace):
        ws = np.array(space.style.repeated(tf.constant(np.repeat(point[np.newaxis], len(steps), 0))))
        ws[:, list(layers)] = points[:, np.newaxis]
        points = ws
    return space.drawn(points, None if labels is None or not space.classes else np.repeat(labels, len(steps)))


def spread(
    space: LatentSpace, vectors: np.ndarray, numbers: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """The deviation of a space's points along directions, float32 (k,): what a step is measured in."""
    return (space.points(numbers, labels) @ vectors.T).std(axis=0)


def first_weights(space: LatentSpace) -> list[FirstWeights]:
    """The affine maps that a space's points meet first.

    Raises:
        UserError: if there are none.
    """
    maps = [weights for layer in _first_layers(space.entered) for weights in _maps_of(space.entered, layer)]
    found = [weights for weights in maps if weights.matrix.any()]  # a layer may ask for the batch's size alone
    if not found:
        raise UserError(
            f"the first weights that {space.name} meets were not found in this generator: what comes first is neither "
            "a dense nor a convolutional layer, or z is normalized before. Look at w where there is one"
        )
    return found


def _first_layers(model: keras.Model) -> list:
    """The layers with weights that depend on the first input by ways without weights."""
    reached, found = {id(model.inputs[0])}, []
    # Keras 3 has operations that are no layers, slices for example.
    for layer in getattr(model, "operations", None) or model.layers:
        if any(id(tensor) in reached for tensor in tf.nest.flatten(layer.input)):
            if getattr(layer, "weights", None):
                found.append(layer)
            else:
                reached.update(id(tensor) for tensor in tf.nest.flatten(layer.output))
    return found


def _maps_of(model: keras.Model, layer: keras.layers.Layer) -> list[FirstWeights]:
    """The matrix of the `style` that a layer makes of a w among its inputs, or that of the layer if it is affine."""
    size = model.inputs[0].shape[-1]
    vectors = [tensor for tensor in tf.nest.flatten(layer.input) if tuple(tensor.shape[1:]) == (size,)]
    if vectors and callable(getattr(layer, "style", None)):
        units = np.eye(size, dtype=np.float32)
        style = np.array(layer.style(tf.constant(units)) - layer.style(tf.zeros_like(units)))
        return [FirstWeights(layer.name, np.einsum("so,spk->opk", style, _matrix(model, vectors[0])))]
    return [FirstWeights(layer.name, _matrix(model, layer.output))] if _is_affine(model, layer.output) else []


def _is_affine(model: keras.Model, output) -> bool:
    """Whether f(a) + f(b) = f(a + b) + f(0), of what a layer makes of the model's first input."""
    first, second = tf.random.stateless_normal([2, 1, *model.inputs[0].shape[1:]], [0, 0])
    one, other, both, none = _made(model, output, tf.concat([first, second, first + second, 0.0 * first], axis=0))
    return bool(np.abs(one + other - both - none).max() <= 1e-4 * np.abs(both - none).max())


def _matrix(model: keras.Model, output) -> np.ndarray:
    """What an affine layer makes of each unit vector, but for its bias: (outputs, places, size)."""
    shape = tuple(model.inputs[0].shape[1:])
    units = np.eye(np.prod(shape), dtype=np.float32).reshape(-1, *shape)
    made = _made(model, output, tf.constant(np.concatenate([np.zeros_like(units[:1]), units])))
    return (made[1:] - made[0]).T.reshape(made.shape[1], -1, shape[-1])


def _made(model: keras.Model, output, points: tf.Tensor) -> np.ndarray:
    """What a layer of the model makes of its first input, as rows; labels are 0."""
    labels = [tf.zeros([len(points), *told.shape[1:]], told.dtype) for told in model.inputs[1:]]
    part = keras.Model(model.inputs, output)
    return part([points, *labels] if labels else points, training=False).numpy().reshape(len(points), -1)
