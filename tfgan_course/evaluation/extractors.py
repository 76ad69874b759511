"""The extractors of features that a user can name."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.classifier.network import Reader
from tfgan_course.classifier.run import ClassifierRun, is_classifier
from tfgan_course.errors import UserError, first_line
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable, digest
from tfgan_course.gan.batches import images_of
from tfgan_course.plugins.by_name import instance_of

NOT_COMPARABLE = (
    "figures from Keras's InceptionV3 are not comparable with published FIDs: other weights, another resize. For those "
    "give the original graph as a SavedModel: --features DIR"
)


class ClassifierFeatures(FeatureExtractor):
    """The last activations of a classifier trained with `python -m tfgan_course classifier`, and its probabilities.

    Args:
        path: the classifier's run directory.
    """

    tells_classes = True

    def __init__(self, path: str | Path):
        path = Path(path)
        super().__init__(path.resolve().name, "classifier")
        # Features are float32 whatever the network was trained in, and whatever is being trained now.
        with float32():
            self.model = ClassifierRun(path).load()
        self.image_shape = tuple(self.model.inputs[0].shape[1:])
        self._reader = Reader(self.model)

    def read(self, images: np.ndarray) -> FeatureTable:
        embeddings, logits = self._reader(images)
        return FeatureTable(embeddings, softmax(logits))

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        return self.model(images, training=False)["embedding"]

    def weights_checksum(self) -> str:
        return digest(*self.model.get_weights())


class FileFeatures(FeatureExtractor):
    """The output of a Keras file or a SavedModel for float32 images in [-1, 1]: a table (batch, features).

    Args:
        path: a .keras or .h5 file, or the folder of a SavedModel whose `serving_default` takes images alone.
    """

    def __init__(self, path: str | Path):
        self.path = path = Path(path)
        super().__init__(path.resolve().name, "SavedModel" if path.is_dir() else "Keras file")
        try:
            if path.is_dir():
                self._loaded = tf.saved_model.load(str(path))
            else:
                self._model = keras.models.load_model(path, compile=False)
        except Exception as error:  # Keras and TensorFlow raise nearly anything for a file they cannot read.
            raise UserError(f"{path} cannot be read as a {self.kind}: {first_line(error)}") from error
        if path.is_dir():
            signature = self._loaded.signatures.get("serving_default")
            if signature is None:
                raise UserError(f"{path} has no signature serving_default; it has {list(self._loaded.signatures)}")
            inputs = signature.structured_input_signature[1]
            self._model = lambda images: signature(**{name: images for name in inputs})
        else:
            inputs = {known.name: known for known in self._model.inputs}
        specs = {name: (tf.TensorShape(known.shape), tf.as_dtype(known.dtype)) for name, known in inputs.items()}
        if [shape.rank in (None, 4) and dtype.is_floating for shape, dtype in specs.values()] != [True]:
            taken = "; ".join(f"{name}, {dtype.name} {shape}" for name, (shape, dtype) in specs.items())
            expected = "must take images alone, float32 (batch, height, width, channels)"
            raise UserError(f"{path} {expected}; it takes {taken}")
        ((shape, _),) = specs.values()
        if shape.rank == 4:
            self.image_shape = tuple(shape.as_list()[1:])

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        try:
            output = self._model(images)
        except (ValueError, TypeError, tf.errors.OpError) as error:
            raise UserError(f"{self.path} does not take images of {images.shape[1:]}: {first_line(error)}") from error
        outputs = tf.nest.flatten(output)
        if len(outputs) != 1:
            raise UserError(f"{self.path} must give one table of features; it gives {len(outputs)} outputs")
        return tf.cast(outputs[0], tf.float32)

    def weights_checksum(self) -> str:
        files = sorted(file for file in self.path.rglob("*") if file.is_file()) if self.path.is_dir() else [self.path]
        # fingerprint.pb holds nothing that decides a number, and a random one.
        return digest(*(file.name.encode() + file.read_bytes() for file in files if file.name != "fingerprint.pb"))


class InceptionFeatures(FeatureExtractor):
    """The last pooling, 2,048 numbers, and the 1,000 ImageNet classes of Keras's InceptionV3.

    Szegedy et al. 2016, arXiv:1512.00567; as features: Heusel et al. 2017, arXiv:1706.08500. Images are made 299 x 299
    bilinearly, gray ones repeated in three channels.

    Args:
        weights: `imagenet`, downloaded unless they are on disk; None for random ones.
    """

    short_name = "inception"
    tells_classes = True

    def __init__(self, weights: str | None = "imagenet"):
        super().__init__(kind="Keras InceptionV3")
        try:
            with float32():
                model = keras.applications.InceptionV3(weights=weights)
        except Exception as error:  # urllib's, Keras's for a damaged file, h5py's
            raise UserError(
                f"InceptionV3's weights are not on disk and cannot be downloaded ({first_line(error)}). It needs a "
                "network once, or inception_v3_weights_tf_dim_ordering_tf_kernels.h5 in ~/.keras/models. Features "
                "that need none: train a classifier, python -m tfgan_course classifier"
            ) from error
        if weights == "imagenet":
            warnings.warn(NOT_COMPARABLE, stacklevel=2)
        self.model = keras.Model(model.inputs, [model.layers[-2].output, model.layers[-1].output])
        self._look = tf.function(self._outputs, input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)])

    def _outputs(self, images: tf.Tensor) -> list[tf.Tensor]:
        return self.model(tf.image.resize(images_of(images), (299, 299)), training=False)

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        return self._outputs(tf.repeat(images, 3 // images.shape[-1], axis=-1))[0]

    def read(self, images: np.ndarray) -> FeatureTable:
        images = np.repeat(images, 3 // images.shape[-1], axis=-1)
        parts = [self._look(images[first : first + 64]) for first in range(0, len(images), 64)]
        return FeatureTable(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def weights_checksum(self) -> str:
        return digest(*self.model.get_weights())


class RandomFeatures(FeatureExtractor):
    """The means of the 128 maps of three convolutions whose weights are random, and the same everywhere.

    They need neither training nor a download. They see contours, texture and contrast, and know no classes;
    docs/guides/evaluation.md says what figures of them are worth. Random networks as features of metrics: Naeem et al.
    2020, arXiv:2002.09797. Gray images are repeated in three channels.
    """

    short_name = "random"

    def __init__(self):
        super().__init__(kind="random convolutions")
        rng = np.random.default_rng(0)
        shapes = [(3, 3, inputs, outputs) for inputs, outputs in pairwise((3, 32, 64, 128))]
        self.kernels = [np.float32(rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape)) for shape in shapes]

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        maps = tf.repeat(images, 3 // images.shape[-1], axis=-1)
        for kernel in self.kernels:
            maps = tf.nn.relu(tf.nn.conv2d(maps, kernel, strides=2, padding="SAME"))
        return tf.reduce_mean(maps, axis=(1, 2))

    def weights_checksum(self) -> str:
        return digest(*self.kernels)


def extractor_of(value: object, argument: str = "features") -> FeatureExtractor | None:
    """Return the extractor of features that a user names.

    Args:
        value: the run of a classifier, a Keras file, the folder of a SavedModel, a short name such as `random`, a
            dotted path, a mapping with `class_path` and `init_args`, a class or an instance; None or `none` for none.
        argument: the option that it was given for, for errors.

    Raises:
        UserError: if it is none of these, or cannot be read.
    """
    if value is None or value == "none":
        return None
    path = Path(value).expanduser() if isinstance(value, str | Path) else None
    if path is None or not path.exists():
        also = "the path of a classifier's run, of a .keras or .h5 file, or of a SavedModel's folder; or none"
        return instance_of(FeatureExtractor, value, argument=argument, also=also)
    if is_classifier(path):
        return ClassifierFeatures(path)
    if path.suffix in (".keras", ".h5") or any((path / f"saved_model.{end}").is_file() for end in ("pb", "pbtxt")):
        return FileFeatures(path)
    raise UserError(
        expected=f"for {argument} a classifier's run, a .keras or .h5 file, or a SavedModel's folder",
        received=f"{path}, {'a folder' if path.is_dir() else 'a file'} that is none of these",
        remedy="Train a classifier: python -m tfgan_course classifier --out DIR",
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits (n, classes)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@contextmanager
def float32() -> Iterator[None]:
    """Make layers that are built inside compute in float32, whatever the precision of the training around."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("float32")
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)
