"""A model on a TF Serving, for both protocols."""

import functools
import io
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from tfgan_course.errors import UserError

SIGNATURE, NUMBERS = "sample_png", "class_numbers"
TRANSLATE, TILING = "translate_png", "tiling"
LARGEST_ANSWER = 2**28  # bytes
LONGEST_WAIT = 1e6  # seconds, 11 days: sockets do not accept infinity

Answer = TypeVar("Answer")


class NoAnswerYet(Exception):
    """The server gave no answer, but may answer a moment later, so the request should be repeated."""


class Server(ABC):
    """A model on a server.

    Args:
        address: host:port.
        model: the model's name on the server.
        version: the model's version; with None the server chooses one.
        timeout: longest time for a request in seconds, from connecting to the last byte of the answer.
        retries: how often to repeat a request if no answer comes, after 0.5, 1, 2, ... seconds. Sampling changes
            nothing on the server, so a repeated request does no harm.
    """

    usual_port: str
    """The name and the usual number of a server's port for this protocol."""

    def __init__(self, address: str, model: str, version: int | None, timeout: float, retries: int):
        self.address, self.model, self.version = address, model, version
        self.timeout, self.retries = min(timeout, LONGEST_WAIT), retries
        self.name = f"{model} at {address}" if version is None else f"{model}, version {version}, at {address}"

    @functools.cached_property
    def inputs(self) -> dict[str, set[str]]:
        """The names of the inputs of each of the model's signatures."""
        return self._persist(self.ask_inputs)

    def predict(self, inputs: dict[str, np.ndarray], signature: str = SIGNATURE) -> list[np.ndarray]:
        """Return the images from a signature that answers PNG files, each uint8 (height, width, 1 or 3)."""
        files = self._persist(lambda: self.ask(signature, inputs))
        return [self._decoded(file) for file in files]

    def class_numbers(self, names: Sequence[str]) -> list[int]:
        """Return the numbers of classes given by name or number; the signature `class_numbers` looks them up."""
        return self._numbers(NUMBERS, "names", names, "the number of each class")

    def tiling(self, facts: Sequence[str]) -> list[int]:
        """Return facts of the model's `Tiling` by name; the signature `tiling` looks them up."""
        return self._numbers(TILING, "facts", facts, "how the model takes photos")

    def _numbers(self, signature: str, name: str, texts: Sequence[str], expected: str) -> list[int]:
        """Return the number that a signature has for each text."""
        numbers = self._persist(lambda: self.ask(signature, {name: np.array(texts)}))
        if len(numbers) != len(texts) or not all(isinstance(number, int) for number in numbers):
            raise self.garbled(expected, shortened(repr(numbers)))
        return numbers

    @abstractmethod
    def ask_inputs(self) -> dict[str, set[str]]:
        """Return `inputs`; raise `NoAnswerYet` if the server does not answer, or is busy."""

    @abstractmethod
    def ask(self, signature: str, inputs: dict[str, np.ndarray]) -> list:
        """Return the rows of a signature's only output; raise `NoAnswerYet` if the server does not answer, or is busy.

        Args:
            signature: its name.
            inputs: its inputs by name.

        Returns:
            Bytes of an output of strings, else numbers.
        """

    def _persist(self, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` returns; repeat it if no answer comes and retries are left."""
        retry = 0
        while True:
            try:
                return ask()
            except NoAnswerYet as error:
                if retry == self.retries:
                    raise UserError(
                        expected=f"an answer from {self.name}",
                        received=f"{error}, asked {retry + 1} times",
                        remedy=f"Start the server; check its {self.usual_port} unless changed. If it is slow, try a "
                        "longer timeout or a smaller batch",
                    ) from error
            time.sleep(min(0.5 * 2**retry, 8.0))
            retry += 1

    def late(self) -> NoAnswerYet:
        """Return the error for an answer that takes longer than the timeout."""
        return NoAnswerYet(f"no answer within {self.timeout:g} seconds")

    def no_such_model(self, message: str) -> UserError:
        """Return the error for a server that does not know the model."""
        version = "" if self.version is None else f", version {self.version}"
        return UserError(
            expected=f"{self.model}{version} on the server at {self.address}",
            received=message,
            remedy="Name a model of its models.config. The server loads a new export after a few seconds",
        )

    def refused(self, message: str) -> UserError:
        """Return the error for a request that the model or the server refuses."""
        # TensorFlow's message also names the place of the assertion in the graph.
        said = re.search(r"assertion failed: (.+)", message)
        return UserError(
            expected=f"a request that {self.name} accepts",
            received=f"its refusal: {said.group(1) if said else message}",
            remedy="Change the request accordingly",
        )

    def garbled(self, expected: str, received: str) -> UserError:
        """Return the error for an answer that has another form than TF Serving's answers."""
        return UserError(
            expected=f"from {self.name} {expected}",
            received=received,
            remedy="Check that this is a TF Serving of a model exported by tfgan-course",
        )

    def _decoded(self, file: Any) -> np.ndarray:
        try:
            with Image.open(io.BytesIO(file), formats=["PNG"]) as picture:
                image = np.asarray(picture)
                mode = picture.mode
        except (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError) as error:
            raise self.garbled("a PNG file", shortened(repr(file), 40)) from error
        if mode not in ("L", "RGB"):
            raise self.garbled("a PNG file of mode L or RGB", mode)
        return image[..., None] if image.ndim == 2 else image


def shortened(text: str, length: int = 300) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= length else f"{text[:length]}..."
