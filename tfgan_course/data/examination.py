"""Examine the images as a training would see them: counts, sizes, skipped files, duplicates, a picture of some."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from PIL import Image
from tqdm import tqdm

from tfgan_course.augmentation.augmentation import Augmentation
from tfgan_course.data.conditions.pairs import Half
from tfgan_course.data.config import DataConfig
from tfgan_course.data.form import Form
from tfgan_course.data.images import Images, ImageSet
from tfgan_course.data.in_memory import progress
from tfgan_course.data.picture import Unreadable, fit_array, picture_of, size_of
from tfgan_course.data.pipeline import load, source_of
from tfgan_course.data.sources.folder import Folder
from tfgan_course.data.streamed import Streamed, StreamedRecords, spread
from tfgan_course.data.summary import unused
from tfgan_course.data.unpaired import UnpairedImages
from tfgan_course.errors import require
from tfgan_course.figures.folder import aligned
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.files import printable
from tfgan_course.randomness import Draws

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 16
"""How many images the picture shows."""
LINES = 12
"""The most sizes, skipped files and duplicates that are printed."""
SIDES = (28, 64, 128, 256, 512, 1024)
"""The bounds, in pixels of the shorter side, between groups of sizes if there are many sizes."""


class Seen:
    """The facts that were found in one set of images."""

    def __init__(self) -> None:
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.skipped: dict[str, str] = {}
        self.readable: list[int] = []
        self.channels = 1
        self.by_content: defaultdict[bytes, list[str]] = defaultdict(list)

    def add(self, index: int, name: str, size: tuple[int, int], image: np.ndarray) -> None:
        """Count an image of this index, name and original (height, width); `image` has the final form."""
        self.sizes[size] += 1
        self.readable.append(index)
        self.channels = max(self.channels, image.shape[-1])
        content = image if image.shape[-1] > 1 else image.repeat(3, axis=-1)
        self.by_content[blake2b(content.tobytes(), digest_size=16).digest()].append(name)


@dataclass(frozen=True)
class Examination:
    """The images as a training would see them.

    Args:
        origin: the name of the source.
        shape: the (height, width, channels) that the images get.
        counts: the number of readable images by split (`train`, `test`) and class; the class is `""` without classes,
            and `(hidden)` for images whose label `labels_per_class` hides.
        held_out: whether the test images are held out from the training images.
        sizes: the number of images by their original (height, width), as they are shown.
        skipped: the reason by the name of each file that cannot be read.
        duplicates: the names of images that are equal after they got their form.
        unused: the names of files beside the images that may have labels and are not used.
        before: some training images, uint8 (n, height, width, channels), in their form.
        after: the same images after the augmentations, as the critic would see them; None without augmentations.
        condition: the conditions of the same images; None without conditions.
        labels: the name of the class of each of these images; None without classes.
    """

    origin: str
    shape: tuple[int, int, int]
    counts: dict[str, dict[str, int]]
    held_out: bool
    sizes: dict[tuple[int, int], int]
    skipped: dict[str, str]
    duplicates: list[list[str]]
    unused: list[str]
    before: np.ndarray = field(repr=False)
    after: np.ndarray | None = field(repr=False, default=None)
    condition: np.ndarray | None = field(repr=False, default=None)
    labels: list[str] | None = field(repr=False, default=None)

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.shape))
        first = [f"{self.origin}: images become {shape} (height x width x channels)"]
        if self.condition is not None:
            first.append(f"their conditions: {' x '.join(map(str, self.condition.shape[1:]))}")
        blocks = [first, self._table_of_counts()]
        blocks += [aligned([("original size", "images"), *self._rows_of_sizes()]).split("\n")]
        repeated = sum(len(names) - 1 for names in self.duplicates)
        blocks += [[f"skipped: {len(self.skipped)}", *_some([*map(": ".join, self.skipped.items())])]]
        blocks += [[f"duplicates: {repeated}", *_some([" = ".join(names) for names in self.duplicates])]]
        blocks += [
            [f"not used: {name}, a file beside the images; data.labels reads labels from it"] for name in self.unused
        ]
        return "\n\n".join("\n".join(block) for block in blocks)

    def _table_of_counts(self) -> list[str]:
        splits = [*self.counts]
        titles = ["test (held out)" if name == "test" and self.held_out else name for name in splits]
        names = list(dict.fromkeys(name for counts in self.counts.values() for name in counts))
        rows = [[name, *(str(self.counts[split].get(name, 0)) for split in splits)] for name in names if name]
        sums = ["all", *(str(sum(self.counts[split].values())) for split in splits)]
        return aligned([("class" if rows else "", *titles), *rows, sums]).split("\n")

    def _rows_of_sizes(self) -> list[tuple[str, str]]:
        found = sorted(self.sizes.items(), key=lambda item: -item[1])
        if len(found) <= LINES:
            return [(f"{height} x {width}", str(count)) for (height, width), count in found]
        groups = Counter({place: 0 for place in range(len(SIDES) + 1)})
        for size, count in found:
            groups[int(np.searchsorted(SIDES, min(size), "right"))] += count
        names = [f"shorter side below {SIDES[0]}"]
        names += [f"shorter side {low} to {high - 1}" for low, high in pairwise(SIDES)]
        names += [f"shorter side {SIDES[-1]} and more"]
        return [(names[place], str(groups[place])) for place in sorted(groups) if groups[place]]

    def figure(self) -> "Figure":
        """Return a Matplotlib figure of some training images, before and after the augmentations."""
        panels = [Panel(self.before, "as they are read", self.labels)]
        if self.condition is not None:
            rows, columns = (
                np.arange(new) * old // new for new, old in zip(self.shape[:2], self.condition.shape[1:3], strict=True)
            )
            panels.append(Panel(self.condition[:, rows][:, :, columns], "their conditions", self.labels))
        if self.after is not None:
            panels.append(Panel(self.after, "after the augmentations", self.labels))
        many = f"{len(self.before)} of {sum(self.counts['train'].values())} training images"
        return draw_panels(panels, f"{self.origin}: what training sees", f"{many}, evenly spread.")


def _some(lines: Sequence[str]) -> list[str]:
    more = [f"  and {len(lines) - LINES} more"] if len(lines) > LINES else []
    return [*(f"  {line}" for line in lines[:LINES]), *more]


def examine(
    config: DataConfig,
    augmentations: Sequence[Augmentation] = (),
    real_augmentations: Sequence[Augmentation] = (),
    seed: int = 0,
) -> Examination:
    """Return what a training would see of the images of a configuration; each image is read once.

    Args:
        config: the options of the images.
        augmentations: the changes of all images on their way to the critic.
        real_augmentations: the changes of real images only, which come first.
        seed: the seed of the augmentations.

    Raises:
        UserError: if the images cannot be found, or no image can be read.
    """
    source = source_of(config)
    # Images are read one by one, so that a broken one is found and memory has room for a set of any size.
    train, test = load(replace(config, source=source, stream=True))
    parts = {"train": train, "test": test}
    seen = {split: Seen() for split in parts}
    for split, images in parts.items():
        own = images.images if isinstance(images, UnpairedImages) else images
        assert isinstance(own, Streamed)
        _look(own, replace(config.form, white=own.form.white), split, seen[split])
    reasons = ", ".join(map(": ".join, [*seen["train"].skipped.items()][:5]))
    remedy = "Repair these files, or use other images"
    require(seen["train"].readable, f"a readable training image of {source}", f"none: {reasons}", remedy)
    channels = max(found.channels for found in seen.values())
    if isinstance(train, Streamed) and not isinstance(train, StreamedRecords):
        train = train.in_channels(channels)
    chosen = train.take(np.array(seen["train"].readable)[spread(len(seen["train"].readable), SHOWN)])
    named = None if chosen.labels is None else [_name(train, label) for label in chosen.labels]
    content: defaultdict[bytes, list[str]] = defaultdict(list)
    for found in seen.values():
        for digest, names in found.by_content.items():
            content[digest] += names
    sizes: Counter[tuple[int, int]] = sum((found.sizes for found in seen.values()), Counter())
    counts = {
        split: dict(Counter(_name(images, label) for label in _labels(images)[seen[split].readable]))
        for split, images in parts.items()
    }
    return Examination(
        origin=str(source),
        shape=train.shape,
        counts={
            split: {name: found[name] for name in sorted(found, key=_order(train))} for split, found in counts.items()
        },
        held_out=bool(getattr(test, "held_out", False)),
        sizes=dict(sizes),
        skipped={name: reason for found in seen.values() for name, reason in found.skipped.items()},
        duplicates=[names for names in content.values() if len(names) > 1],
        unused=unused(source.path) if isinstance(source, Folder) else [],
        before=chosen.images,
        after=_augmented(chosen, augmentations, real_augmentations, seed),
        condition=chosen.condition,
        labels=named,
    )


def _labels(images: ImageSet) -> np.ndarray:
    return np.full(len(images), -1) if images.labels is None else images.labels


def _name(images: ImageSet, label: int) -> str:
    if images.class_names is None:
        return ""
    return images.class_names[label] if label >= 0 else "(hidden)"


def _order(images: ImageSet) -> Any:
    known = [*(images.class_names or ()), "(hidden)", ""]
    return known.index


def _look(images: Streamed, form: Form, split: str, seen: Seen) -> None:
    """Read all images once, and write down what is found."""
    found = _of_records(images, form) if isinstance(images, StreamedRecords) else _of_items(images, form)
    for index, name, result in tqdm(found, f"Reading {split} images", len(images), **progress(len(images))):
        if isinstance(result, Unreadable):
            seen.skipped[name] = result.reason
        else:
            seen.add(index, name, *result)


def _of_items(images: Streamed, form: Form) -> Iterator[tuple[int, str, Any]]:
    """Yield the index and the name of each image, and its size and itself in its form, or why it cannot be read."""

    def read(index: int) -> tuple[int, str, Any]:
        number = int(images.numbers[index])
        item = images.images[number]
        is_path = isinstance(item, str | os.PathLike)
        name = printable(os.fspath(item)) if is_path else str(item) if isinstance(item, Half) else f"image {number}"
        try:
            images.check_sizes(index)
            return index, name, (_size(item)[::-1], picture_of(item, form))
        except Unreadable as error:
            return index, name, error

    with ThreadPoolExecutor() as pool:
        yield from pool.map(read, range(len(images)))


def _size(item: Any) -> tuple[int, int]:
    """Return the (width, height) of an image of a source."""
    if isinstance(item, Half):
        left, top, right, bottom = item.box(*_size(item.picture))
        return right - left, bottom - top
    if isinstance(item, np.ndarray):
        return item.shape[1], item.shape[0]
    return item.size if isinstance(item, Image.Image) else size_of(item)


def _of_records(images: StreamedRecords, form: Form) -> Iterator[tuple[int, str, Any]]:
    for places, encoded in images.in_order(64).as_numpy_iterator():
        for place, each in zip(places, encoded, strict=True):
            decoded = np.asarray(images.images.decode(tf.constant(each)))
            size = decoded.shape[0], decoded.shape[1]
            yield int(place), f"image {images.numbers[place]}", (size, fit_array(decoded, form))


def _augmented(
    images: Images, augmentations: Sequence[Augmentation], of_real: Sequence[Augmentation], seed: int
) -> np.ndarray | None:
    """Return images after the augmentations of a first step, uint8; None if there are no augmentations."""
    if not augmentations and not of_real:
        return None
    floats = [
        None if part is None else tf.cast(part, tf.float32) / 127.5 - 1.0 for part in (images.images, images.condition)
    ]
    pixels, condition = floats
    draws = Draws(seed, tf.constant(0, tf.int64), "real")
    for augmentation in of_real:
        if condition is None or not images.paired:
            pixels = augmentation(pixels, draws.part())
        else:
            pixels, condition = augmentation.of_pairs(pixels, condition, draws.part())
    draws = Draws(seed, tf.constant(0, tf.int64), "critic_0")
    for augmentation in augmentations:
        pixels = augmentation(pixels, draws.part())
    return to_uint8(pixels)
