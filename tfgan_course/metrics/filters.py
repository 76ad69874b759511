"""Linear filters of images along one axis, as matrices: `A @ x @ B.T` filters an image's rows and columns."""

import numpy as np
import numpy.typing as npt


def along_both(x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Filter float32 (..., height, width) by rows (new height, height) and columns (new width, width)."""
    return rows @ (x @ columns.T)


def window(size: int, taps: np.ndarray, dtype: npt.DTypeLike = np.float32) -> np.ndarray:
    """Return the matrix of weighted means of len(taps) neighbors, without padding: (size - len(taps) + 1, size)."""
    count = size - len(taps) + 1
    return sum(tap * np.eye(count, size, offset) for offset, tap in enumerate(taps)).astype(dtype)


def halve(size: int) -> np.ndarray:
    """Return the matrix of means of pairs of pixels, (ceil(size / 2), size). A last single pixel is unchanged."""
    matrix = np.eye((size + 1) // 2, dtype=np.float32).repeat(2, axis=1)[:, :size]
    return matrix / matrix.sum(axis=1, keepdims=True)


def blur(size: int) -> np.ndarray:
    """Return the matrix of the binomial filter [1, 4, 6, 4, 1] / 16, mirrored at the outer pixels."""
    mirrored = np.pad(np.eye(size, dtype=np.float32), ((2, 2), (0, 0)), "reflect")
    return window(size + 4, np.array([1, 4, 6, 4, 1]) / 16) @ mirrored


def reduce(size: int) -> np.ndarray:
    """Return the matrix that blurs, then takes every second pixel: (size / 2, size), size even."""
    return blur(size)[::2]


def expand(size: int) -> np.ndarray:
    """Return the matrix that puts pixels at every second place, blurs and doubles them: (size, size / 2)."""
    return 2 * blur(size)[:, ::2]
