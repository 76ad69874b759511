"""Directions in which images change most, computed from the first weights of a generator."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.figures.folder import Results, Table
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.gan.sampling import normal_numbers
from tfgan_course.latent_space.space import LatentSpace, WSpace
from tfgan_course.models.inputs import feed, input_names, takes

MEASURED = 2000
"""The number of points from which the standard deviation along a direction is computed."""


class Directions(NamedTuple):
    """Directions of a space, the strongest first.

    `vectors` float32 (k, size), of length 1 and orthogonal. `strengths` float32 (k,): for a step of length 1, the
    squared distance that the output of the first weights moves. `names`: the names of the layers with these weights.
    """

    vectors: np.ndarray
    strengths: np.ndarray
    names: list[str]


def directions(space: LatentSpace, count: int = 5, layers: Sequence[int] | None = None) -> Directions:
    """Return the first eigenvectors of A^T A: closed-form factorization, SeFa.

    Shen and Zhou 2021, arXiv:2007.06600, eq. 6-7. A is the matrix that multiplies a point first: for z the matrix of
    the first dense or convolutional layer, for w the stacked matrices of the layers that compute styles.

    Args:
        space: z or w.
        count: how many directions.
        layers: the layers of a style network whose styles change; None for all.

    Raises:
        UserError: if there are no such weights or layers, or fewer directions.
    """
    found = first_weights(space)
    places = next(iter(found.values())).shape[1]
    require(layers is None or isinstance(space, WSpace), "layers only in w", f"{layers} in z", "Leave the layers out")
    wrong = [layer for layer in layers or () if not 0 <= layer < places]
    require(not wrong, f"layers that take a {space.name}, 0 to {places - 1}", wrong[:1], "Choose among these")
    chosen = slice(None) if layers is None else list(layers)
    matrices = {name: matrix[:, chosen].sum(axis=1) for name, matrix in found.items()}
    matrices = {name: matrix for name, matrix in matrices.items() if matrix.any()}  # others take no w
    # The singular vectors of A are the eigenvectors of A^T A, but computing A^T A would lose precision.
    _, values, vectors = np.linalg.svd(np.concatenate(list(matrices.values())).astype(np.float64), full_matrices=False)
    require(1 <= count <= len(vectors), f"1 to {len(vectors)} directions", count, "Choose a number in this range")
    # A vector and its opposite are the same direction. The largest number is made positive, so that results repeat.
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
    """Return the images of a point that moves along a direction, uint8 (steps, height, width, channels).

    Args:
        space: the point's space.
        point: float32 (size,).
        vector: the direction, float32 (size,).
        steps: the distances, as multiples of the vector.
        labels: int32 (1,), the image's class, for a conditional generator.
        layers: the layers of a style network whose w moves; None for all.
    """
    points = point + np.asarray(steps, np.float32)[:, np.newaxis] * vector
    if layers is not None and isinstance(space, WSpace):
        ws = np.array(space.style.repeated(tf.constant(np.repeat(point[np.newaxis], len(steps), 0))))
        ws[:, list(layers)] = points[:, np.newaxis]
        points = ws
    return space.drawn(points, None if labels is None else np.repeat(labels, len(steps)))


def spread(
    space: LatentSpace, vectors: np.ndarray, numbers: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """Return the standard deviation of points along directions, float32 (k,), which is the unit of a step."""
    return (space.points(numbers, labels) @ vectors.T).std(axis=0)


def directions_report(
    space: LatentSpace,
    *,
    count: int = 6,
    seed: int = 0,
    reach: float = 3.0,
    steps: int = 4,
    label: np.ndarray | None = None,
    layers: Sequence[int] | None = None,
) -> Results:
    """Return directions with their strengths, and pictures of an image that moves along each direction.

    Args:
        space: z or w.
        count: how many directions.
        seed: the seed of the image.
        reach: how far the image moves to each side, in standard deviations of the points along the direction.
        steps: the number of images on each side.
        label: int32 (1,), the image's class, for a conditional generator.
        layers: see `directions`.
    """
    found = directions(space, count, layers)
    measured = normal_numbers(0, MEASURED, space.latent_size)
    deviations = spread(space, found.vectors, measured, None if label is None else np.resize(label, MEASURED))
    point, places = space.points_of_seeds([seed], label)[0], np.linspace(-reach, reach, 2 * steps + 1)
    images, labels, rows = [], [], []
    for number, (vector, strength, deviation) in enumerate(zip(*found[:2], deviations, strict=True)):
        images.append(slid(space, point, vector, places * deviation, label, layers))
        labels += [f"{number}: {place:+.3g}" for place in places]
        rows.append((number, float(strength), float(deviation)))
    figure = draw_panels(
        [Panel(np.concatenate(images), "", labels, columns=len(places))],
        f"{space.about}: directions of {space.name}",
        f"Rows: the eigenvectors of A^T A, strongest first, of the first weights A ({', '.join(found.names)}). In the "
        f"middle: the image of seed {seed}. Numbers: standard deviations of {space.name} along the direction"
        + (f", only in the layers {', '.join(map(str, layers))}." if layers else "."),
    )
    return {
        "directions.csv": Table(("direction", "strength", "deviation"), rows),
        "directions.npz": {"vectors": found.vectors, "strengths": found.strengths, "deviations": deviations},
        "directions": figure,
    }


def first_weights(space: LatentSpace) -> dict[str, np.ndarray]:
    """Return the matrices that multiply a space's points first, by layer: float (outputs, places, size).

    Place i is the i-th w of a style network; for z there is one place.

    Raises:
        UserError: if there is no such matrix.
    """
    maps = {layer.name: _map_of(space.entered, layer) for layer in _first_layers(space.entered)}
    # A layer that uses only the batch's size has a matrix of zeros.
    found = {name: matrix for name, matrix in maps.items() if matrix is not None and matrix.any()}
    what = f"a dense or convolutional layer as the first layer after {space.name}"
    other = "another layer, or a normalization before it"
    require(bool(found), what, other, "Use w if the generator has one")
    return found


def _first_layers(model: keras.Model) -> list:
    """Return the layers with weights that a point reaches without passing other weights."""
    reached, found = {id(model.inputs[_point_index(model)])}, []
    # Keras 3 has operations that are not layers, slices for example.
    for layer in getattr(model, "operations", None) or model.layers:
        if any(id(tensor) in reached for tensor in tf.nest.flatten(layer.input)):
            if getattr(layer, "weights", None):
                found.append(layer)
            else:
                reached.update(id(tensor) for tensor in tf.nest.flatten(layer.output))
    return found


def _map_of(model: keras.Model, layer: keras.layers.Layer) -> np.ndarray | None:
    """Return the matrix of a layer's style as a function of w, or the layer's own matrix if it is affine, or None."""
    size = _point_shape(model)[-1]
    vectors = [tensor for tensor in tf.nest.flatten(layer.input) if tuple(tensor.shape[1:]) == (size,)]
    if vectors and callable(getattr(layer, "style", None)):
        units = np.eye(size, dtype=np.float32)
        style = np.array(layer.style(tf.constant(units)) - layer.style(tf.zeros_like(units)))
        return np.einsum("so,spk->opk", style, _matrix(model, vectors[0]))
    return _matrix(model, layer.output) if _is_affine(model, layer.output) else None


def _is_affine(model: keras.Model, output) -> bool:
    """Return whether f(a) + f(b) = f(a + b) + f(0), where f(point) is a layer's output for a point."""
    first, second = tf.random.stateless_normal([2, 1, *_point_shape(model)], [0, 0])
    one, other, both, none = _made(model, output, tf.concat([first, second, first + second, 0.0 * first], axis=0))
    return bool(np.abs(one + other - both - none).max() <= 1e-4 * np.abs(both - none).max())


def _matrix(model: keras.Model, output) -> np.ndarray:
    """Return an affine layer's output for each unit vector, without its bias: (outputs, places, size)."""
    shape = _point_shape(model)
    units = np.eye(np.prod(shape), dtype=np.float32).reshape(-1, *shape)
    made = _made(model, output, tf.constant(np.concatenate([np.zeros_like(units[:1]), units])))
    return (made[1:] - made[0]).T.reshape(made.shape[1], -1, shape[-1])


def _made(model: keras.Model, output, points: tf.Tensor) -> np.ndarray:
    """Return a layer's output for points, as rows; labels are 0."""
    part = keras.Model(model.inputs, output)
    fields = {input_names(model)[_point_index(model)] or "latents": points, "labels": tf.zeros([len(points)], tf.int32)}
    return part(feed(part, **fields), training=False).numpy().reshape(len(points), -1)


def _point_index(model: keras.Model) -> int:
    """Return which of the model's inputs takes points: the latents, or the only input of a synthesis network."""
    return input_names(model).index("latents") if takes(model, "latents") else 0


def _point_shape(model: keras.Model) -> tuple[int, ...]:
    return tuple(model.inputs[_point_index(model)].shape[1:])
