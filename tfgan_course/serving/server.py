"""A model on a TF Serving, whichever protocol it is asked by."""

import functools
import io
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from PIL import Image

from tfgan_course.errors import UserError

SIGNATURE = "sample_png"
LARGEST_ANSWER = 2**28  # bytes
LONGEST_WAIT = 1e6  # seconds, 11 days: sockets take no infinity

Answer = TypeVar("Answer")


class NoAnswerYet(Exception):
    """The server gave no answer, and may give one a moment later: asking again is worth it."""


class Server(ABC):
    """A model on a server.

    Args:
        address: host:port.
        model: the model's name on the server.
        version: of the model; None for the one that the server chooses.
        timeout: seconds that an answer may take.
        retries: how often to ask again when no answer comes, after 0.5, 1, 2, ... seconds. Sampling changes nothing on
            the server, so asking twice does no harm.
    """

    usual_port: str  # what a server's port for this protocol is called, and its usual number

    def __init__(self, address: str, model: str, version: int | None, timeout: float, retries: int):
        self.address, self.model, self.version = address, model, version
        self.timeout, self.retries = min(timeout, LONGEST_WAIT), retries
        self.name = f"{model} at {address}" if version is None else f"{model}, version {version}, at {address}"

    @functools.cached_property
    def inputs(self) -> dict[str, set[str]]:
        """The names of the inputs of each of the model's signatures."""
        return self._persist(self.ask_inputs)

    def predict(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """Return the PNG files that the signature `sample_png` answers to these inputs."""
        return self._persist(lambda: self.ask_images(inputs))

    @abstractmethod
    def ask_inputs(self) -> dict[str, set[str]]:
        """Try `inputs` once; raise `NoAnswerYet` if the server does not answer, or is busy."""

    @abstractmethod
    def ask_images(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """Try `predict` once; raise `NoAnswerYet` if the server does not answer, or is busy."""

    def _persist(self, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` returns, asking again while no answer comes and retries are left."""
        retry = 0
        while True:
            try:
                return ask()
            except NoAnswerYet as error:
                if retry == self.retries:
                    tries = f"Asked {retry + 1} times. " if retry else ""
                    raise UserError(
                        f"{self.name}: {error}. {tries}Is the server running, and is this its {self.usual_port} unless "
                        "changed)? A slow one needs a longer --timeout or a smaller --batch"
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
            f"the server at {self.address} does not serve {self.model}{version}: {message}. Name a model of its "
            "models.config with --model; one that was exported just now is there after a few seconds"
        )

    def refused(self, message: str) -> UserError:
        """Return the error for a request that the model or the server does not take."""
        # Of an assertion in the graph what it says, not where it stands.
        said = re.search(r"assertion failed: (.+)", message)
        return UserError(f"{self.name} refused the request: {said.group(1) if said else message}")

    def garbled(self, what: str) -> UserError:
        """Return the error for an answer that makes no sense."""
        return UserError(f"{self.name} answered {what}. Is that a TF Serving of a model exported by tfgan-course?")

    def decoded(self, file: bytes) -> np.ndarray:
        """Return a PNG file as uint8 (height, width, 1 or 3)."""
        try:
            with Image.open(io.BytesIO(file), formats=["PNG"]) as picture:
                if picture.mode not in ("L", "RGB"):
                    raise self.garbled(f"a PNG file of mode {picture.mode}")
                image = np.asarray(picture)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise self.garbled("something that is no PNG file") from error
        return image[..., None] if image.ndim == 2 else image


def shortened(text: str, length: int = 300) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= length else f"{text[:length]}..."
