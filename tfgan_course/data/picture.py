from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image, ImageOps


def fit(picture: Image.Image, size: int, channels: int | None = None) -> np.ndarray:
    """Returns a picture as uint8 (size, size, 1 or 3): upright, on white, center-cropped to a square, resized.

    Nothing is resampled if the square is of the size already. Lanczos, as it averages over all pixels that fall into
    one when it makes a picture smaller: without that, fine patterns alias, and measures such as FID notice (Parmar et
    al. 2022, arXiv 2104.11222).

    Args:
        picture: of any mode.
        size: pixels.
        channels: 1 or 3. None: 1 of a gray picture (also one with a palette of grays), 3 of any other.

    Raises:
        ValueError: if the picture's numbers have no known meaning as 8 bits, such as a float TIFF.
    """
    picture = gray_or_rgb(ImageOps.exif_transpose(picture))
    if channels is not None:
        picture = picture.convert("L" if channels == 1 else "RGB")
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    picture = picture.crop((left, top, left + side, top + side))
    if side != size:
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    return np.array(picture).reshape(size, size, -1)


def gray_or_rgb(picture: Image.Image) -> Image.Image:
    """Returns the picture in mode L or RGB. What is transparent becomes white."""
    if picture.mode == "F":
        raise ValueError("floating point gray values, of which the range is unknown")
    if picture.mode.startswith("I"):
        return eight_bits(np.array(picture))
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        opaque = Image.new("RGBA", picture.size, "white")
        opaque.alpha_composite(with_alpha(picture))
        gray = picture.mode in ("1", "L", "LA", "La")
        picture, indexed = opaque.convert("L" if gray else "RGB"), picture.mode in ("P", "PA")
    else:
        indexed = picture.mode == "P"
        picture = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    return picture.convert("L") if indexed and is_gray(picture) else picture


def with_alpha(picture: Image.Image) -> Image.Image:
    """Returns the picture in mode RGBA."""
    if picture.mode in ("La", "RGBa"):  # Pillow converts these, premultiplied, to their plain twins alone.
        picture = picture.convert(picture.mode.upper())
    return picture.convert("RGBA")


def is_gray(picture: Image.Image) -> bool:
    """Returns whether every pixel of an RGB picture has equal parts of red, green and blue."""
    pixels = np.asarray(picture)
    return bool((pixels == pixels[..., :1]).all())


def eight_bits(pixels: np.ndarray) -> Image.Image:
    """Returns 16-bit gray as a picture of mode L, 65535 as 255. (Pillow's own conversion clips at 255.)"""
    pixels = pixels.astype(np.int64)
    if pixels.min() < 0 or pixels.max() > 65535:
        raise ValueError("gray values beyond 16 bits")
    return Image.fromarray(((pixels + 128) // 257).astype(np.uint8))


def fit_arrays(images: Iterable[np.ndarray], size: int, channels: int | None = None) -> Iterator[np.ndarray]:
    """Yields `fit` of each array, uint8 (h, w, 1, 3 or 4) or uint16 (h, w, 1); those which fit already as they are."""
    for image in images:
        shape = image.shape
        if image.dtype == np.uint8 and shape[:2] == (size, size) and shape[2] in ((channels,) if channels else (1, 3)):
            yield image
        elif image.dtype == np.uint16:
            yield fit(eight_bits(image[..., 0]), size, channels)
        else:
            yield fit(Image.fromarray(image[..., 0] if shape[2] == 1 else image), size, channels)
