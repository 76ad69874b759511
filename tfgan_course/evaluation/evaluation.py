"""Measures the quality of generated images: of a run, a folder or an array."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from tfgan_course.data import DataConfig, DataSource, Images, ImageSet, images_from, load, whole
from tfgan_course.data.sources.folder import Folder
from tfgan_course.errors import UserError, require, whole_number
from tfgan_course.evaluation.cache import default_cache, image_checksum
from tfgan_course.evaluation.comparison import Comparison, Reference
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.evaluation.metric import Metric, compute
from tfgan_course.evaluation.metrics import chosen, metrics_of
from tfgan_course.files import shown, usable
from tfgan_course.gan.sampling import draw
from tfgan_course.metrics import FEWEST
from tfgan_course.metrics.arrays import integer_labels, stratified
from tfgan_course.runs.open import Run, load_run
from tfgan_course.runs.paths import is_run

MOST_REAL = 50_000
"""At most this many real images are used."""
DRAW_SEED = 0
"""The seed with which a random part of the images is drawn."""

Real = ImageSet | np.ndarray | DataConfig | DataSource | str | Path
"""Real images from a user: an array is uint8 (n, height, width, channels), a path is a folder of images."""


class Generated(NamedTuple):
    """Images to evaluate, uint8 (n, height, width, channels), their origin, and what is known of them.

    `labels` are their classes, int32 (n,), and `targets` the real images that they should equal.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    source: dict = {}  # noqa: RUF012 (never mutated)
    targets: np.ndarray | None = None


class Evaluation(dict):
    """Figures by name; `record`, for evaluation.json, also describes the images and the features."""

    def __init__(self, record: dict):
        super().__init__({**record["without_features"], **record["with_features"]})
        self.record = record


def evaluate(
    generated: Run | str | Path | np.ndarray,
    real: Real | tuple[Real, Real] | None = None,
    *,
    metrics: object = None,
    features: object = None,
    samples: int = 10_000,
    split: Literal["train", "test"] | None = None,
    seed: int = 0,
    labels: np.ndarray | None = None,
    cache: str | Path | None = "default",
    conditions: bool = False,
) -> Evaluation:
    """Return figures of the quality of generated images, by the names of the figures.

    ```python
    tfgan_course.evaluate("runs/lsgan", metrics=["frechet", "prdc"], features="runs/judge")["frechet"]
    ```

    Args:
        generated: an opened run or its directory; a folder of images (in the folder, or in a sub-folder for each
            class); or an array, uint8 (n, height, width, channels).
        real: the images to compare with: an array, a folder, a `DataConfig` or a `DataSource`. Default: the images that
            the run was trained on. A pair is training and test images. With a single array, metrics that need test
            images cannot be computed.
        metrics: names, dotted paths, mappings with `class_path` and `init_args`, classes or instances of `Metric`, in a
            list or one alone; one text may have several names with commas between. Default: all metrics of this package
            that can be computed.
        features: for metrics that need features: the run of a classifier, a Keras file, the folder of a SavedModel,
            `random`, `inception`, the dotted path of a `FeatureExtractor`, a class or an instance.
        samples: the number of images that a run generates; at most this many images of a folder or an array are used.
            50 or more.
        split: the real images to compare with, `train` or `test`. A generator that takes a condition is given those of
            the same images. Default: `test` for a generator that takes a condition, otherwise `train`.
        seed: the seed of a run's latents, 0 or more.
        labels: int32 (n,), the classes of the images in an array.
        cache: the folder where features of real images are kept; None keeps no features.
        conditions: judge the conditions of a run's images in place of the outputs that the generator makes from them,
            brought to the size of the images by bicubic interpolation: what a generator that enlarges or repairs images
            should surpass.

    Raises:
        UserError: if an argument is out of its range, or images, features or metrics do not exist or do not fit.
    """
    samples, seed = whole_number("samples", samples, FEWEST), whole_number("seed", seed, 0)
    require(split in ("train", "test", None), "for split train or test", repr(split), "Choose one of them")
    wanted = None if metrics is None else metrics_of(metrics)
    require(wanted != [], "one or more metrics", "none", "Leave metrics out to compute all that are possible")
    folder = default_cache() if cache == "default" else usable(cache, "cache") if cache else None
    extractor = extractor_of(features)
    if isinstance(generated, str | Path):
        generated = usable(generated, "the images")
        if is_run(generated):
            generated = load_run(generated)
    paired = isinstance(generated, Run) and generated.gan.takes_condition
    expected, received = "for conditions a run whose generator takes a condition", f"{type(generated).__name__}"
    require(paired or not conditions, expected, received, "Leave conditions out")
    if isinstance(generated, Run):
        if extractor is not None:
            extractor.check_shape(generated.image_shape)  # Wrong features are an error before the slow work.
        train, test = generated.images() if real is None else _parts_of(real)
        split = split or ("test" if generated.gan.takes_condition else "train")
    elif real is None:
        raise UserError(
            expected="the real images to compare with",
            received=f"only {shown(generated) if isinstance(generated, Path) else 'an array'}, which is not a run",
            remedy="Give real=, or a run directory",
        )
    else:
        train, test = _parts_of(real)
        if isinstance(generated, Path):
            images = of_folder(generated, train, samples)
        else:
            images = _drawn(_as_images(generated, labels), samples)
    split = split or "train"
    train_part, test_part = (_some(part, MOST_REAL) for part in (train, test))
    if isinstance(generated, Run):
        given = {"train": train_part, "test": test_part}[split]
        source = {"run": generated.name, "step": generated.step, "average": generated.average, "seed": seed}
        if conditions:
            images = _conditions(given, samples, {"conditions_of": generated.name})
        else:
            drawn = draw(generated.gan, samples, seed, generated.average, given)
            images = Generated(drawn.images, drawn.labels, source, drawn.targets)
    record = record_of(Reference(train_part, test_part, extractor, split, folder), images, wanted)
    compared = {"train": train, "test": test}[split]
    if len(compared) > record["real"]["images"]:
        record["real"]["of"] = len(compared)
        record["real"]["drawn_by"] = "content" if isinstance(compared, Images) else "place"
    if split == "train" and getattr(test, "held_out", False):
        record["real"]["held_out"] = len(test)
    return Evaluation(record)


def _conditions(given: Images, most: int, source: dict) -> Generated:
    """Return at most `most` conditions of images, in the images' size and channels; the size by bicubic interpolation.

    Conditions of images that they do not belong to have no targets.
    """
    expected, received = "real images with conditions, for conditions", "images without one"
    require(given.condition is not None, expected, received, "Use data.images_from(images, condition=...)")
    height, width, channels = given.shape
    resized = [
        Image.fromarray(condition[..., 0] if condition.shape[-1] == 1 else condition)
        .convert("L" if channels == 1 else "RGB")
        .resize((width, height), Image.Resampling.BICUBIC)
        for condition in given.condition[:most]
    ]
    images = np.array(resized, np.uint8).reshape(-1, *given.shape)
    labels = None if given.labels is None else given.labels[:most]
    return Generated(images, labels, source, given.images[:most] if given.paired else None)


def _some(images: ImageSet, most: int) -> Images:
    """Return at most `most` images; each class keeps its share, and only the images' content decides their order.

    So no figure depends on the order in which a folder or an array holds the images. A streamed set of more than `most`
    images is the exception: the draw is made by their places in the source, before the images are read. The record
    says so.
    """
    if not isinstance(images, Images):
        images = images.take(stratified(len(images), most, images.labels, DRAW_SEED))
    labels = np.zeros(len(images), np.int32) if images.labels is None else images.labels
    digests = [int.from_bytes(blake2b(image.tobytes(), digest_size=8).digest(), "big") for image in images.images]
    images = images.take(np.lexsort((labels, np.array(digests, np.uint64))))
    return images.take(stratified(len(images), most, images.labels, DRAW_SEED))


def _drawn(images: Images, most: int, **source: object) -> Generated:
    """Return at most `most` images as `_some` does, with their origin."""
    found = _some(images, most)
    source["checksum"] = image_checksum(found.images)
    if len(images) > most:
        source["of"] = len(images)
    return Generated(found.images, found.labels, source)


def _parts_of(real: Real | tuple[Real, Real]) -> tuple[ImageSet, ImageSet]:
    """Return training and test images; a single array or set of images has no test images."""
    if isinstance(real, DataConfig):
        return load(real)
    if isinstance(real, tuple):
        train, test = real
        return _parts_of(train)[0], _parts_of(test)[0]
    if isinstance(real, DataSource | str | Path):
        return images_from(real)
    train = real if isinstance(real, ImageSet) else _as_images(real)
    return train, train.take(np.arange(0))


def _as_images(array: np.ndarray, labels: np.ndarray | None = None) -> Images:
    """Return the images of a uint8 array (n, height, width) or (n, height, width, channels), unchanged."""
    array = np.asarray(array)
    array = array[..., np.newaxis] if array.ndim == 3 else array
    if array.dtype != np.uint8 or array.ndim != 4:
        raise UserError(
            expected="uint8 images (n, height, width) or (n, height, width, channels), 0 to 255",
            received=f"an array of {array.dtype}, shape {array.shape}"
            + (f", {array.min():g} to {array.max():g}" if array.size and array.dtype.kind in "iuf" else ""),
            remedy="Convert floats from 0 to 1 with (255 * images).round().astype('uint8')",
        )
    return Images(array, None if labels is None else integer_labels(labels, len(array)))


def of_folder(folder: Path, train: ImageSet, samples: int) -> Generated:
    """Return at most `samples` images of a folder; the names of sub-folders are classes of the real images `train`.

    The images get the size and channels of the real images, with a warning. `UserError` is raised if the folder does
    not exist, has no images, or has classes that the real images do not have.
    """
    exists = folder.is_dir()
    require(exists, "a run directory or a folder of images", f"{folder}, which does not exist", "Correct the path")
    source = Folder(folder, whole=True)
    names = None if source.class_names is None else [*source.class_names]
    if names is not None and train.class_names is not None:
        unknown = sorted(set(names) - set(train.class_names))
        expected = f"in {folder} the classes of the real images: {', '.join(train.class_names)}"
        require(not unknown, expected, f"also {', '.join(unknown)}", "Rename the sub-folders, or use other real images")
        names = [name for name in train.class_names if name in names]
    height, width, channels = train.shape
    _warn_of_size(source, height, width)
    images = whole(source, DataConfig(size=(height, width), channels=channels, classes=names))  # type: ignore[arg-type]
    if images.labels is not None and train.class_names:
        numbers = np.array([train.class_names.index(name) for name in names], np.int32)
        images = replace(images, labels=numbers[images.labels])
    return _drawn(images, samples, folder=str(folder))


def _warn_of_size(source: Folder, height: int, width: int) -> None:
    """Warn if images are resized for the evaluation."""
    others = set()
    for path in source.train()[0]:
        try:
            with Image.open(path) as picture:
                if picture.size != (width, height):
                    others.add(picture.size)
        except Exception:  # The code that reads the folder reports broken files.
            continue
    if others:
        shown = ", ".join(f"{wide} x {tall}" for wide, tall in sorted(others)[:3])
        resized = f"are resized to {width} x {height}, the size of the real images (data.size)"
        warnings.warn(f"images in {source} of {shown} {resized}", stacklevel=2)


def record_of(reference: Reference, generated: Generated, metrics: Sequence[Metric] | None = None) -> dict:
    """Return the record of an evaluation, whose content docs/guides/evaluation.md lists.

    If `metrics` is None, all metrics of this package that can be computed are used.
    """
    features, real = reference.features, reference.images.images
    comparison = Comparison(reference, generated.images, generated.labels, generated.targets)
    selected = chosen(metrics, features, comparison.labels is not None, comparison.targets is not None)
    if any("features" in metric.needs for metric in selected):
        comparison.features  # noqa: B018 (Wrong features raise one error here, not a warning for each metric.)
    found = compute(selected, comparison, strict=metrics is not None)

    with_features: dict[str, float] = {}
    without: dict[str, float] = {}
    for metric, figures in found.items():
        (with_features if "features" in metric.needs else without).update(figures)
    checksum = image_checksum(real)
    return {
        "generated": {**generated.source, "images": len(generated.images)},
        "real": {"split": reference.split, "images": len(real), "shape": [*real.shape[1:]], "checksum": checksum},
        "without_features": without,
        "features": features.identity if features else None,
        "with_features": with_features,
    }
