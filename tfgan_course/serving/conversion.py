"""What all formats for other runtimes share: which graphs are converted, the checks, and the files."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, first_line, require
from tfgan_course.figures.grids import check_empty
from tfgan_course.files import model_folder, written_whole
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import check_no_condition, generator_of, numbers_of_seeds
from tfgan_course.serving.signatures import Signature, signatures_of

LARGEST_DIFFERENCE = 1e-3
"""The largest difference between a converted network and Keras that an export accepts."""

Arrays = dict[str, np.ndarray]


class Exported(NamedTuple):
    """A file, and for each of its signatures the largest difference to Keras's output."""

    path: Path
    differences: dict[str, float]


class Converter(ABC):
    """A format for another runtime, with its converter and the runtime that checks the result."""

    name: str
    """The format's name in messages."""
    runtime: str
    """The name of the runtime that checks the files."""
    suffix: str
    wanted: frozenset[str]
    """The signatures that the format can hold."""

    @abstractmethod
    def files(self, signatures: Mapping[str, Signature]) -> dict[str, dict[str, Signature]]:
        """Return the signatures that each file has, by the file's name without its suffix."""

    @abstractmethod
    def convert(self, signatures: Mapping[str, Signature], networks: list[keras.Model]) -> bytes:
        """Return a file's content.

        Raises:
            Unsupported: for an operation that the format does not have.
        """

    @abstractmethod
    def runner(self, content: bytes, signature: str) -> Callable[[Arrays], Arrays]:
        """Return a function that computes a signature of a file with the runtime, from and to named arrays.

        This method and the function raise `Unsupported` for an operation that the runtime cannot compute.
        """


class Unsupported(Exception):
    """Operations that a format does not have.

    Args:
        operations: the kind of each operation, and its name in the graph; the name may be empty.
    """

    def __init__(self, operations: Iterable[tuple[str, str]]):
        super().__init__()
        self.operations = list(operations)


def operations_in(error: Exception, pattern: str) -> list[tuple[str, str]]:
    """Return the kind and name of each operation in an error's message, or its first line if it names none.

    Args:
        error: what a converter or a runtime raised.
        pattern: a regular expression of two groups: kind and name.
    """
    return re.findall(pattern, str(error)) or [(first_line(error), "")]


def export_converted(
    converter: Converter, gan: GAN, out: str | Path, average: bool = True, critic: bool = False
) -> list[Exported]:
    """Convert a GAN's networks, check them against Keras, and write the files into the new folder `out`.

    Nothing is written before all files have been checked. The networks are computed in float32 by every runtime, so
    open a run that was trained in another precision with `load_run(run, precision="float32")`.

    Args:
        converter: `Onnx()` or `LiteRT()`.
        gan: the GAN to export.
        out: a folder that does not exist yet, or is empty.
        average: export the averaged generator, if there is one.
        critic: export the critic as well.

    Raises:
        UserError: if `out` has files, if the format has no form of an operation of a network, or if an output differs
            by more than `LARGEST_DIFFERENCE` from Keras's.
    """
    out = model_folder(out, "out")
    check_empty(out)
    networks = [generator_of(gan, average), *([gan.critic] if critic else [])]
    check_no_condition(networks[0])
    signatures = signatures_of(networks[0], gan.latents, gan.critic if critic else None)
    contents, differences = {}, {}
    for name, parts in converter.files({k: v for k, v in signatures.items() if k in converter.wanted}).items():
        try:
            contents[name] = content = converter.convert(parts, networks)
            differences[name] = {
                part: largest_difference(signature, converter.runner(content, part), inputs_of(signature, gan))
                for part, signature in parts.items()
            }
        except Unsupported as error:
            raise _refused(converter, name, error, networks) from error
        for part, difference in differences[name].items():
            require(
                difference <= LARGEST_DIFFERENCE,
                f"at most {LARGEST_DIFFERENCE:g} between {converter.runtime}'s and Keras's output of {part}",
                f"{difference:.3g}",
                "Export another format; nothing was written",
            )
    out.mkdir(parents=True, exist_ok=True)
    exported = []
    for name, content in contents.items():
        path = out / f"{name}{converter.suffix}"
        with written_whole(path) as temporary:
            temporary.write_bytes(content)
        exported.append(Exported(path, differences[name]))
    return exported


def inputs_of(signature: Signature, gan: GAN, rows: int = 3) -> Arrays:
    """Return inputs with which a signature is checked: other ones in each row, and allowed by the networks."""
    random = np.random.default_rng(0)
    values: Arrays = {
        "seed": np.arange(rows),
        "truncation": np.linspace(0.5, 2.0, rows, dtype=np.float32),
        "labels": (np.arange(rows, dtype=np.int32) + 1) % (gan.classes or 1),
    }
    for name, spec in signature.inputs.items():
        if name == "images":
            values[name] = random.integers(0, 256, [rows, *spec.shape[1:]]).astype(np.uint8)
        elif name == "latents":
            values[name] = gan.latents.of_normal(tf.constant(numbers_of_seeds(range(rows), spec.shape[1]))).numpy()
        elif name == "ws":
            values[name] = random.standard_normal([rows, *spec.shape[1:]]).astype(np.float32)
    return {name: values[name] for name in signature.inputs}


def largest_difference(signature: Signature, run: Callable[[Arrays], Arrays], inputs: Arrays) -> float:
    """Return the largest absolute difference between a converted function's outputs and Keras's.

    Outputs above 1, such as scores, are compared in proportion to the largest of them. A gray level of uint8 images may
    be one off, because a value halfway between two levels may be rounded up or down; so much counts as no difference.
    The function is computed twice, for all rows and for the first one, since a file takes any number of rows.
    """
    differences = []
    for rows in (len(next(iter(inputs.values()))), 1):
        part = {name: value[:rows] for name, value in inputs.items()}
        expected = {name: value.numpy() for name, value in signature.function(**_tensors(part)).items()}
        found = run(part)
        for name, value in expected.items():
            difference = np.abs(np.asarray(found[name], np.float64) - value).max()
            if value.dtype == np.uint8:
                difference, largest = max(difference - 1, 0), 1
            else:
                largest = max(1, np.abs(value).max())
            differences.append(float(difference / largest) if np.isfinite(difference) else np.inf)
    return max(differences)


def layer_of(operation: str, networks: Iterable[keras.Model]) -> str | None:
    """Return the name of the layer that made an operation of a graph; None if its name has no layer's name.

    Keras names operations after the layers inside which they are made: `generator/attention/MatMul`.
    """
    names = {layer.name for network in networks for layer in network._flatten_layers(include_self=False)}
    # TensorFlow numbers names that it has had already: attention_1.
    parts = [part if part in names else re.sub(r"_\d+$", "", part) for part in operation.split("/")]
    return next((part for part in reversed(parts) if part in names), None)


def _tensors(arrays: Arrays) -> dict[str, tf.Tensor]:
    return {name: tf.constant(value) for name, value in arrays.items()}


def _refused(converter: Converter, file: str, error: Unsupported, networks: list[keras.Model]) -> UserError:
    said = {}
    for kind, operation in error.operations:
        layer = layer_of(operation, networks)
        said[kind, layer] = f"{kind} in the layer {layer}" if layer else f"{kind} ({operation})" if operation else kind
    return UserError(
        expected=f"operations that {converter.name} has",
        received=f"for {file}{converter.suffix}: {', '.join(said.values())}",
        remedy="Export saved_model or keras, which hold every network; nothing was written",
    )
