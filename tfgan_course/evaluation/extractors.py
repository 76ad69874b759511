"""The feature extractors of this package."""

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
from tfgan_course.errors import UserError, first_line, require
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable, digest
from tfgan_course.figures.grids import opaque
from tfgan_course.files import real_path, shown, tensorflow_folder, usable
from tfgan_course.gan.batches import images_of
from tfgan_course.plugins.by_name import instance_of

NOT_COMPARABLE = (
    "figures from Keras's InceptionV3 are not comparable with published FIDs, which use other weights and another "
    "resize. To compare with them, give the folder of the original network as a SavedModel for features"
)


class ClassifierFeatures(FeatureExtractor):
    """The last activations and the probabilities of a classifier trained with `python -m tfgan_course classifier`.

    Args:
        path: the classifier's run directory.
    """

    tells_classes = True

    def __init__(self, path: str | Path):
        path = Path(path)
        super().__init__(real_path(path).name, "classifier")
        # Features are float32, whatever the precision of the classifier, or of a training in the same process, is.
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
    """The output (batch, features) of a Keras file or a SavedModel for float32 images in [-1, 1].

    Args:
        path: a .keras or .h5 file, or the folder of a SavedModel whose `serving_default` takes only images.
    """

    def __init__(self, path: str | Path):
        path = usable(path, "features")
        self.path = tensorflow_folder(path, "features") if path.is_dir() else path
        super().__init__(real_path(path).name, "SavedModel" if path.is_dir() else "Keras file")
        try:
            if path.is_dir():
                self._loaded = tf.saved_model.load(str(path))
            else:
                self._model = keras.models.load_model(path, compile=False)
        except Exception as error:  # Keras and TensorFlow raise nearly anything for a file they cannot read.
            remedy = "Save the network again, with this version of Keras"
            raise UserError(expected=f"a {self.kind} in {path}", received=first_line(error), remedy=remedy) from error
        remedy = "Save a network that takes only images"
        if path.is_dir():
            names = [*self._loaded.signatures]
            require("serving_default" in names, f"a signature serving_default in {path}", names or "none", remedy)
            signature = self._loaded.signatures["serving_default"]
            inputs = signature.structured_input_signature[1]
            self._model = lambda images: signature(**{name: images for name in inputs})
        else:
            inputs = {known.name: known for known in self._model.inputs}
        specs = {name: (tf.TensorShape(known.shape), tf.as_dtype(known.dtype)) for name, known in inputs.items()}
        valid = [shape.rank in (None, 4) and dtype.is_floating for shape, dtype in specs.values()] == [True]
        taken = "; ".join(f"{name}, {dtype.name} {shape}" for name, (shape, dtype) in specs.items())
        expected = f"in {path} a network that takes only images, float32 (batch, height, width, channels)"
        require(valid, expected, f"one that takes {taken}", remedy)
        ((shape, _),) = specs.values()
        if shape.rank == 4:
            self.image_shape = tuple(shape.as_list()[1:])

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        try:
            output = self._model(images)
        except (ValueError, TypeError, tf.errors.OpError) as error:
            expected, remedy = (
                f"in {self.path} a network that takes images of {images.shape[1:]}",
                "Use another network",
            )
            raise UserError(expected=expected, received=first_line(error), remedy=remedy) from error
        outputs = tf.nest.flatten(output)
        remedy = "Save a network that returns only the features"
        require(len(outputs) == 1, f"one output of {self.path}, the features", f"{len(outputs)} outputs", remedy)
        return tf.cast(outputs[0], tf.float32)

    def weights_checksum(self) -> str:
        files = sorted(file for file in self.path.rglob("*") if file.is_file()) if self.path.is_dir() else [self.path]
        # fingerprint.pb holds a random number, which does not change the features.
        return digest(*(file.name.encode() + file.read_bytes() for file in files if file.name != "fingerprint.pb"))


class InceptionFeatures(FeatureExtractor):
    """The 2,048 numbers of the last pooling and the 1,000 ImageNet classes of Keras's InceptionV3.

    Szegedy et al. 2016, arXiv:1512.00567; as features: Heusel et al. 2017, arXiv:1706.08500. Images are resized to
    299 x 299 bilinearly; gray images are repeated in three channels.

    Args:
        weights: `imagenet`, which are downloaded if they are not on disk; None for random weights.
    """

    short_name = "inception"
    tells_classes = True

    def __init__(self, weights: str | None = "imagenet"):
        super().__init__(kind="Keras InceptionV3")
        try:
            with float32():
                model = keras.applications.InceptionV3(weights=weights)
        except Exception as error:  # from urllib, h5py, or Keras for a damaged file
            raise UserError(
                expected="InceptionV3's weights on disk, or a network to download them",
                received=first_line(error),
                remedy="Put inception_v3_weights_tf_dim_ordering_tf_kernels.h5 into ~/.keras/models, or use features "
                "that need no download: a classifier's, or random",
            ) from error
        if weights == "imagenet":
            warnings.warn(NOT_COMPARABLE, stacklevel=2)
        self.model = keras.Model(model.inputs, [model.layers[-2].output, model.layers[-1].output])
        self._look = tf.function(self._outputs, input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)])

    def _outputs(self, images: tf.Tensor) -> list[tf.Tensor]:
        return self.model(tf.image.resize(images_of(images), (299, 299)), training=False)

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        return self._outputs(in_color(images))[0]

    def read(self, images: np.ndarray) -> FeatureTable:
        images = np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else opaque(images)
        parts = [self._look(images[first : first + 64]) for first in range(0, len(images), 64)]
        return FeatureTable(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def weights_checksum(self) -> str:
        return digest(*self.model.get_weights())


class RandomFeatures(FeatureExtractor):
    """The means of the 128 maps of three convolutions with random weights, which are the same on every machine.

    These features need neither training nor a download. They react to contours, texture and contrast, not to classes;
    docs/guides/evaluation.md tells how reliable their figures are. Random networks as features of metrics: Naeem et al.
    2020, arXiv:2002.09797. Gray images are repeated in three channels.
    """

    short_name = "random"

    def __init__(self):
        super().__init__(kind="random convolutions")
        rng = np.random.default_rng(0)
        shapes = [(3, 3, inputs, outputs) for inputs, outputs in pairwise((3, 32, 64, 128))]
        self.kernels = [np.float32(rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape)) for shape in shapes]

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        maps = in_color(images)
        for kernel in self.kernels:
            maps = tf.nn.relu(tf.nn.conv2d(maps, kernel, strides=2, padding="SAME"))
        return tf.reduce_mean(maps, axis=(1, 2))

    def weights_checksum(self) -> str:
        return digest(*self.kernels)


def extractor_of(value: object, argument: str = "features") -> FeatureExtractor | None:
    """Return the feature extractor that a user names.

    Args:
        value: the run of a classifier, a Keras file, the folder of a SavedModel, a short name such as `random`, a
            dotted path, a mapping with `class_path` and `init_args`, a class or an instance; None or `none` for none.
        argument: the name of the option, for errors.

    Raises:
        UserError: if the value is none of these, or cannot be read.
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
        received=f"{shown(path)}, a {'folder' if path.is_dir() else 'file'} of another kind",
        remedy="Train a classifier: python -m tfgan_course classifier",
    )


def in_color(images: tf.Tensor) -> tf.Tensor:
    """Return float images [-1, 1] in three channels: gray ones are repeated, transparent ones are put on white."""
    if images.shape[-1] == 4:
        share = (images[..., 3:] + 1.0) / 2.0
        return images[..., :3] * share + 1.0 - share
    return images if images.shape[-1] == 3 else tf.repeat(images, 3, axis=-1)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits (n, classes)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@contextmanager
def float32() -> Iterator[None]:
    """Make layers that are built inside this context compute in float32."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("float32")
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)
