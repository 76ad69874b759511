"""Where features of images come from. A figure means something only beside the name of its features."""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.classifier.network import Reader
from tfgan_course.classifier.run import ClassifierRun, checksum, is_classifier
from tfgan_course.errors import UserError, first_line
from tfgan_course.files import written_whole
from tfgan_course.gan.model import images_of

INCEPTION = "inception"
NOT_COMPARABLE = (
    "figures from Keras's InceptionV3 are not comparable with published FIDs: other weights, another resize. For those "
    "give the original graph as a SavedModel: --features DIR"
)


class FeatureTable(NamedTuple):
    """`embeddings` float32 (n, d); `probabilities` of the classes float32 (n, classes), or None."""

    embeddings: np.ndarray
    probabilities: np.ndarray | None = None


class Features:
    """Base of what makes features of images. A new one is a subclass with `image_shape` and `read`.

    Args:
        name: what the user calls it.
        kind: what it is, in a word or two.
    """

    image_shape: tuple[int | None, ...] = (None, None, None)
    """Height, width and channels it takes; None where any will do."""
    tells_classes = False
    """Whether there are probabilities beside the embeddings."""

    def __init__(self, name: str, kind: str):
        self.name, self.kind = name, kind

    def read(self, images: np.ndarray) -> FeatureTable:
        """Features of uint8 images (n, height, width, channels) of that shape."""
        raise NotImplementedError

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        """Features (n, d) of float32 images [-1, 1] (n, height, width, channels) of that shape, with gradients."""
        raise NotImplementedError

    def weights_checksum(self) -> str:
        """Eight hexadecimal digits of everything that decides what features come out."""
        raise NotImplementedError

    @cached_property
    def checksum(self) -> str:
        """See `weights_checksum`."""
        return self.weights_checksum()

    @property
    def identity(self) -> dict[str, str]:
        """What is stored beside every figure."""
        return {"name": self.name, "kind": self.kind, "checksum": self.checksum}

    @property
    def label(self) -> str:
        """Name and checksum: figures under equal labels are from equal features."""
        return f"{self.name}-{self.checksum}"

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Refuses images (height, width, channels) that these features are not made for."""
        if any(wanted not in (None, size) for wanted, size in zip(self.image_shape, shape, strict=True)):
            wanted = " x ".join("any" if size is None else str(size) for size in self.image_shape)
            raise UserError(
                f"the features {self.name} are made for images of {wanted}; these are "
                f"{' x '.join(map(str, shape))} (height, width, channels): use features for that shape, a classifier "
                "trained on these images for example"
            )

    def __call__(self, images: np.ndarray) -> FeatureTable:
        """Features of uint8 images (n, height, width, channels).

        Raises:
            UserError: if the images have another shape than these features are made for, or what comes out is no table.
        """
        self.check_shape(images.shape[1:])
        table = self.read(images)
        if table.embeddings.ndim != 2 or len(table.embeddings) != len(images):
            raise UserError(
                f"the features {self.name} must come as (images, features); of {len(images)} images came "
                f"{table.embeddings.shape}: end the network with Flatten or GlobalAveragePooling2D"
            )
        return table


class ClassifierFeatures(Features):
    """The last activations of a classifier trained with `python -m tfgan_course classifier`, and its probabilities.

    Args:
        path: its run directory.
    """

    tells_classes = True

    def __init__(self, path: Path):
        super().__init__(path.resolve().name, "classifier")
        # Features are float32 whatever the network was trained in, and whatever is being trained now.
        with float32():
            self.model = ClassifierRun(path).load()
        self.image_shape = tuple(self.model.inputs[0].shape[1:])
        self._reader = Reader(self.model)

    def read(self, images: np.ndarray) -> FeatureTable:
        """See `Features.read`."""
        embeddings, logits = self._reader(images)
        return FeatureTable(embeddings, softmax(logits))

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        """See `Features.embeddings`."""
        return self.model(images, training=False)["embedding"]

    def weights_checksum(self) -> str:
        """See `Features.weights_checksum`."""
        return checksum(self.model)


class FileFeatures(Features):
    """What a Keras file or a SavedModel makes of float32 images in [-1, 1]: a table (batch, features).

    Args:
        path: a .keras or .h5 file, or the folder of a SavedModel whose `serving_default` takes images alone.
    """

    def __init__(self, path: Path):
        super().__init__(path.resolve().name, "SavedModel" if path.is_dir() else "Keras file")
        self.path = path
        try:
            self._model = self._saved_model() if path.is_dir() else keras.models.load_model(path, compile=False)
        except UserError:
            raise
        except Exception as error:  # Keras and TensorFlow raise nearly anything for a file they cannot read.
            raise UserError(f"{path} cannot be read as a {self.kind}: {first_line(error)}") from error
        if not path.is_dir():
            inputs = self._model.inputs
            if len(inputs) != 1 or len(inputs[0].shape) != 4:
                raise UserError(
                    f"{path} must take images alone, (batch, height, width, channels); it takes "
                    f"{[tuple(known.shape) for known in inputs]}"
                )
            self.image_shape = tuple(inputs[0].shape[1:])

    def _saved_model(self):
        loaded = tf.saved_model.load(str(self.path))
        signature = loaded.signatures.get("serving_default")
        if signature is None:
            raise UserError(f"{self.path} has no signature serving_default; it has {list(loaded.signatures)}")
        inputs = signature.structured_input_signature[1]
        if len(inputs) != 1:
            raise UserError(f"{self.path} must take images alone; it takes {sorted(inputs)}")
        (name, spec), self._loaded = *inputs.items(), loaded
        if spec.shape.rank not in (None, 4) or spec.dtype != tf.float32:
            raise UserError(
                f"{self.path} must take images, float32 (batch, height, width, channels); it takes {name}, "
                f"{spec.dtype.name} {spec.shape}"
            )
        if spec.shape.rank == 4:
            self.image_shape = tuple(spec.shape.as_list()[1:])
        return lambda images: signature(**{name: images})

    def read(self, images: np.ndarray) -> FeatureTable:
        """See `Features.read`."""
        return FeatureTable(in_batches(lambda part: self.embeddings(images_of(tf.constant(part))).numpy(), images))

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        """See `Features.embeddings`."""
        try:
            output = self._model(images)
        except (ValueError, TypeError, tf.errors.OpError) as error:
            raise UserError(f"{self.path} does not take images of {images.shape[1:]}: {first_line(error)}") from error
        outputs = tf.nest.flatten(output)
        if len(outputs) != 1:
            raise UserError(f"{self.path} must give one table of features; it gives {len(outputs)} outputs")
        return tf.cast(outputs[0], tf.float32)

    def weights_checksum(self) -> str:
        """See `Features.weights_checksum`."""
        digest = hashlib.sha256()
        files = sorted(file for file in self.path.rglob("*") if file.is_file()) if self.path.is_dir() else [self.path]
        for file in files:
            if file.name != "fingerprint.pb":  # holds nothing that decides a number, and a random one
                digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()[:8]


class InceptionFeatures(Features):
    """The last pooling, 2,048 numbers, and the 1,000 ImageNet classes of Keras's InceptionV3.

    Szegedy et al. 2016, arXiv:1512.00567; as features: Heusel et al. 2017, arXiv:1706.08500. Images are made 299 x 299
    bilinearly, gray ones repeated in three channels.

    Args:
        weights: `imagenet`, downloaded unless they are on disk; None for random ones.
    """

    tells_classes = True

    def __init__(self, weights: str | None = "imagenet"):
        super().__init__(INCEPTION, "Keras InceptionV3")
        try:
            with float32():
                model = keras.applications.InceptionV3(weights=weights)
        except Exception as error:  # urllib's, Keras's for a damaged file, h5py's
            raise UserError(
                f"InceptionV3's weights are not on disk and cannot be downloaded ({first_line(error)}). It needs a "
                "network once, or inception_v3_weights_tf_dim_ordering_tf_kernels.h5 in ~/.keras/models. Features "
                "that need none: train a classifier, python -m tfgan_course classifier"
            ) from error
        self.model = keras.Model(model.inputs, [model.layers[-2].output, model.layers[-1].output])
        self._look = tf.function(self._outputs, input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)])

    def _outputs(self, images: tf.Tensor) -> list[tf.Tensor]:
        return self.model(tf.image.resize(images_of(images), (299, 299)), training=False)

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        """See `Features.embeddings`."""
        return self._outputs(tf.repeat(images, 3 // images.shape[-1], axis=-1))[0]

    def read(self, images: np.ndarray) -> FeatureTable:
        """See `Features.read`."""
        images = np.repeat(images, 3 // images.shape[-1], axis=-1)
        embeddings = np.empty((len(images), 2048), np.float32)
        probabilities = np.empty((len(images), 1000), np.float32)
        for first in range(0, len(images), 64):
            part = slice(first, first + 64)
            embeddings[part], probabilities[part] = self._look(images[part])
        return FeatureTable(embeddings, probabilities)

    def weights_checksum(self) -> str:
        """See `Features.weights_checksum`."""
        return checksum(self.model)


def features_from(source: str | None) -> Features | None:
    """Features by what a user calls them.

    Args:
        source: a classifier's run, a Keras file, the folder of a SavedModel, or `inception`; None or `none` for none.

    Raises:
        UserError: if it is none of these, or cannot be read.
    """
    if source in (None, "none"):
        return None
    path = Path(source).expanduser()
    if source == INCEPTION and not path.exists():
        warnings.warn(NOT_COMPARABLE, stacklevel=2)
        return InceptionFeatures()
    if is_classifier(path):
        return ClassifierFeatures(path)
    if path.suffix in (".keras", ".h5") and path.is_file():
        return FileFeatures(path)
    if any((path / name).is_file() for name in ("saved_model.pb", "saved_model.pbtxt")):
        return FileFeatures(path)
    found = "is no classifier's run and no SavedModel" if path.is_dir() else "is no .keras or .h5 file"
    raise UserError(
        f"features {source}: it {found if path.exists() else 'does not exist'}. Name a classifier's run (python -m "
        f"tfgan_course classifier --out DIR), a Keras file, the folder of a SavedModel, {INCEPTION}, or none"
    )


class Cache:
    """Features of real images, kept in a folder from one evaluation to the next.

    A file's name has checksums of the images as they are fed, so of data set, split and preprocessing, and of the
    features: what changes one of them leads to another file.

    Args:
        folder: made when first needed; None keeps nothing.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder

    def table(self, features: Features, images: np.ndarray) -> FeatureTable:
        """Features of the images, from the folder if they are there."""
        if self.folder is None:
            return features(images)
        key = json.dumps([features.identity["kind"], features.checksum, images.shape, image_checksum(images)])
        path = self.folder / f"{features.label}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
        if path.is_file():
            try:
                with np.load(path) as arrays:
                    return FeatureTable(arrays["embeddings"], arrays.get("probabilities"))
            except Exception:  # damaged, in any of zipfile's and NumPy's ways: it is made again
                warnings.warn(f"{path} is damaged and made again", stacklevel=2)
        table = features(images)
        arrays = {name: array for name, array in table._asdict().items() if array is not None}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as temporary:
                np.savez(temporary, **arrays)
        except OSError as error:
            warnings.warn(f"cannot keep features in {self.folder}: {error.strerror}", stacklevel=2)
        return table


def default_cache() -> Path:
    """`tfgan-course` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tfgan-course"


def image_checksum(images: np.ndarray) -> str:
    """Sixteen hexadecimal digits of the pixels."""
    return hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()[:16]


def in_batches(function: Callable[[np.ndarray], np.ndarray], images: np.ndarray, size: int = 128) -> np.ndarray:
    """The rows that a function makes of some images at a time, together."""
    return np.concatenate([function(images[first : first + size]) for first in range(0, len(images), size)])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Float32 probabilities (n, classes)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@contextmanager
def float32() -> Iterator[None]:
    """Layers made inside compute in float32, whatever the precision of the training around."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("float32")
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)
