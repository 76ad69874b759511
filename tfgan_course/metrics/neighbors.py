"""Nearest neighbors of features by Euclidean distance, computed tile by tile to save memory."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tfgan_course.metrics.arrays import blocks


class Points(NamedTuple):
    """Features (n, d) relative to a common origin, and their squared lengths (n,)."""

    rows: np.ndarray
    squares: np.ndarray


def centered(features: np.ndarray, origin: np.ndarray) -> Points:
    """Return features (n, d) relative to an origin (d,).

    The origin should lie between the points, because |x|^2 + |y|^2 - 2 x.y has smaller rounding errors near the origin.
    """
    rows = features - origin.astype(features.dtype)
    return Points(rows, np.einsum("nd,nd->n", rows, rows))


def squared_distances(a: Points, i: slice, b: Points, j: slice) -> np.ndarray:
    """Return |x - y|^2 of rows i of a and rows j of b: (rows, rows)."""
    tile = a.rows[i] @ b.rows[j].T
    tile *= -2
    tile += a.squares[i, None]
    tile += b.squares[j]
    return np.maximum(tile, 0, out=tile)


def tiles(a: Points, b: Points) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Yield rows of a, rows of b, and the squared distances between them."""
    for i in blocks(len(a.rows)):
        for j in blocks(len(b.rows)):
            yield i, j, squared_distances(a, i, b, j)


def squared_radii(points: Points, k: int) -> np.ndarray:
    """Return the squared distance of each point to its k-th nearest other point, (n,), plus a rounding error.

    So copies of a point lie within its radius, even if the radius is 0 and their computed distance is not exactly 0.
    """
    nearest = np.full((len(points.rows), k), np.inf, points.rows.dtype)
    for i in blocks(len(points.rows)):
        for j in blocks(len(points.rows)):
            if j.start < i.start:
                continue  # this tile is the transpose of an earlier tile
            tile = squared_distances(points, i, points, j)
            if j.start == i.start:
                np.fill_diagonal(tile, np.inf)
            else:
                nearest[j] = _smallest(nearest[j], tile.T)
            nearest[i] = _smallest(nearest[i], tile)
    return nearest.max(axis=1) + 32 * np.finfo(nearest.dtype).eps * points.squares


def _smallest(nearest: np.ndarray, tile: np.ndarray) -> np.ndarray:
    """Return the k smallest numbers of each row of `nearest` (n, k) and `tile` (n, m) together, in any order."""
    k = nearest.shape[1]
    return np.partition(np.concatenate([nearest, tile], axis=1), k - 1, axis=1)[:, :k]


class Nearest(NamedTuple):
    """`indices` of each query's nearest reference and the `distance` to it: both (n,), or (n, k) for the k nearest."""

    indices: np.ndarray
    distance: np.ndarray


def nearest(queries: np.ndarray, references: np.ndarray, same: bool = False) -> Nearest:
    """Return the nearest reference (m, d) of each query (n, d), without the query itself if both are the `same` set."""
    return Nearest(*(part[:, 0] for part in nearest_few(queries, references, 1, same)))


def nearest_few(queries: np.ndarray, references: np.ndarray, k: int, same: bool = False) -> Nearest:
    """Return the k nearest references (m, d) of each query (n, d), nearest first: both (n, k), or fewer if m < k."""
    k = min(k, len(references))
    origin = references.mean(axis=0, dtype=np.float64)
    a, b = centered(queries, origin), centered(references, origin)
    index, distance = np.zeros((len(queries), k), int), np.zeros((len(queries), k))
    for i in blocks(len(queries)):
        found = np.zeros((len(a.rows[i]), 0), int)
        values = np.zeros(found.shape, a.rows.dtype)
        for j in blocks(len(references)):
            tile = squared_distances(a, i, b, j)
            if same and i == j:
                np.fill_diagonal(tile, np.inf)
            # Finding one minimum is much faster than sorting; both methods take the first of equal values.
            new = tile.argmin(axis=1, keepdims=True) if k == 1 else tile.argsort(axis=1, kind="stable")[:, :k]
            values = np.concatenate([values, np.take_along_axis(tile, new, axis=1)], axis=1)
            found = np.concatenate([found, j.start + new], axis=1)
            kept = np.argsort(values, axis=1, kind="stable")[:, :k]
            values, found = (np.take_along_axis(table, kept, axis=1) for table in (values, found))
        # Compute and order the distances again from the differences: for near copies, the tile's numbers are mostly
        # rounding errors.
        exact = np.linalg.norm(queries[i][:, None].astype(np.float64) - references[found], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        index[i], distance[i] = (np.take_along_axis(table, order, axis=1) for table in (found, exact))
    return Nearest(index, distance)
