"""Linear filters of images along one axis, as matrices: an image's rows and columns are filtered by `A @ x @ B.T`."""

import numpy as np


def along_both(x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Filter float32 (..., height, width) by rows (new height, height) and columns (new width, width)."""
    return rows @ (x @ columns.T)


def window(size: int, taps: np.ndarray) -> np.ndarray:
    """Return weighted means of len(taps) neighbors, wherever all of them are there: (size - len(taps) + 1, size)."""
    matrix = np.zeros((size - len(taps) + 1, size), np.float32)
    for i in range(len(matrix)):
        matrix[i, i : i + len(taps)] = taps
    return matrix


def halve(size: int) -> np.ndarray:
    """Return means of pixels two by two, a last one alone standing for itself: (ceil(size / 2), size)."""
    matrix = np.zeros(((size + 1) // 2, size), np.float32)
    for i in range(size):
        matrix[i // 2, i] = 0.5
    return matrix / matrix.sum(axis=1, keepdims=True)


def blur(size: int) -> np.ndarray:
    """Return the binomial filter [1, 4, 6, 4, 1] / 16, mirrored at the last pixel."""
    matrix = np.zeros((size, size), np.float32)
    for i in range(size):
        for offset, weight in zip(range(-2, 3), (1, 4, 6, 4, 1), strict=True):
            j = abs(i + offset)
            matrix[i, min(j, 2 * (size - 1) - j)] += weight / 16
    return matrix


def reduce(size: int) -> np.ndarray:
    """Return a filter that blurs, then takes every other pixel: (size / 2, size), size even."""
    return blur(size)[::2]


def expand(size: int) -> np.ndarray:
    """Return a filter that puts pixels at every other place, then blurs them, twice as bright: (size, size / 2)."""
    return 2 * blur(size)[:, ::2]
