"""Gray values of 16 bits, or of 8 to 14 bits in files for 16, as cameras and scanners write them."""

import warnings

import numpy as np

from tfgan_course.data.form import SIXTEEN_BITS


def eight_bits(pixels: np.ndarray, white: int = SIXTEEN_BITS) -> np.ndarray:
    """Return 16-bit gray (height, width) as uint8; `white` becomes 255. (Pillow's own conversion clips at 255.)"""
    pixels = pixels.astype(np.int64)
    if pixels.min() < 0 or pixels.max() > SIXTEEN_BITS:
        raise ValueError("gray values beyond 16 bits")
    return np.minimum((255 * pixels + white // 2) // white, 255).astype(np.uint8)


def white_for(largest: int) -> int:
    """Return the value of white in 16-bit gray of this largest value: the largest of the fewest bits that hold it."""
    return next((2**bits - 1 for bits in (8, 10, 12, 14) if largest < 2**bits), SIXTEEN_BITS)


def announced(white: int, images: str) -> int:
    """Return a value of white; warn if it is not that of 16 bits. `images` names the images in the warning."""
    if white < SIXTEEN_BITS:
        warnings.warn(f"{images} have {white.bit_length()}-bit values: {white} is read as white", stacklevel=4)
    return white
