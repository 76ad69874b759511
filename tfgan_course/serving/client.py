"""A client of TF Serving: images by seed, class and truncation, over REST or gRPC."""

import base64
import http.client
import io
import json
import re
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from jsonargparse import ArgumentParser
from jsonargparse.typing import NonNegativeInt, PositiveFloat, PositiveInt
from PIL import Image
from tqdm import tqdm

from tfgan_course.config.parser import parse
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import check_ending, save_images
from tfgan_course.gan.seeds import LARGEST_TRUNCATION

SIGNATURE = "sample_png"
LARGEST_ANSWER = 2**28  # bytes
LONGEST_WAIT = 1e6  # seconds, 11 days: sockets take no infinity


def request_command(args: Sequence[str]) -> None:
    """Draw images with a model served by TF Serving."""
    parser = ArgumentParser(
        prog="request", description=request_command.__doc__, exit_on_error=False, allow_abbrev=False
    )
    parser.add_argument(
        "--server",
        type=str,
        default="localhost:8501",
        help="host:port or http(s)://host:port for REST, grpc(s)://host:port for gRPC",
    )
    parser.add_argument("--model", type=str, default="gan", help="the model's name on the server")
    parser.add_argument("--version", type=PositiveInt | None, help="its version (default: the one the server chooses)")
    parser.add_argument(
        "--classes",
        type=str | None,
        help="classes by number, 3 or 3,3,7: an image of each, over again up to --count; for models that draw by class",
    )
    parser.add_argument("--count", type=PositiveInt, default=16, help="how many images")
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of the first image; the next has the next seed")
    parser.add_argument(
        "--truncation",
        type=PositiveFloat,
        default=LARGEST_TRUNCATION,
        help="cut the latents' normal distribution off here; small: typical images, little variety",
    )
    parser.add_argument("--out", type=str, default="grid.png", help="a picture file; without an ending, a folder")
    parser.add_argument("--batch", type=PositiveInt, default=32, help="images in one request")
    parser.add_argument("--timeout", type=PositiveFloat, default=10.0, help="seconds to wait for an answer")
    parser.add_argument("--retries", type=NonNegativeInt, default=3, help="how often to ask again when none comes")
    options = parse(parser, args)
    out = Path(options.out)
    check_ending(out)
    server = connect(options.server, options.model, options.version, options.timeout, options.retries)
    classes = None if options.classes is None else class_numbers(options.classes)
    images = sample(server, options.count, options.seed, classes, options.truncation, options.batch)
    save_images(out, images)
    print(f"{options.count} images of {server.name}: {out}")


def class_numbers(text: str) -> list[int]:
    """The numbers in `3` or `3,3,7`."""
    try:
        return [int(number) for number in text.split(",")]
    except ValueError as error:
        raise UserError(
            f"--classes {text}: write numbers, 3 or 3,3,7. The server does not know the classes' names; they are in "
            "assets.extra/export.json of the model's folder"
        ) from error


def sample(
    server: "Server",
    count: int,
    seed: int = 0,
    classes: Sequence[int] | None = None,
    truncation: float = LARGEST_TRUNCATION,
    batch: int = 32,
) -> np.ndarray:
    """Images of a served model.

    Args:
        server: see `connect`.
        count: how many.
        seed: image i has the seed `seed` + i.
        classes: image i is of class `classes[i % len(classes)]`; for models that draw by class.
        truncation: above 0 to `LARGEST_TRUNCATION`.
        batch: images in one request.

    Returns:
        uint8 (count, height, width, 1 or 3).

    Raises:
        UserError: if the server does not answer, refuses, or serves something else.
    """
    takes = server.inputs().get(SIGNATURE)
    if takes is None or not {"seed", "truncation"} <= takes <= {"seed", "truncation", "labels"}:
        signatures = "; ".join(f"{name}({', '.join(sorted(names))})" for name, names in server.inputs().items())
        raise UserError(
            f"{server.name} is no GAN of ours: it has {signatures or 'no signatures'}, not {SIGNATURE}(seed, "
            "truncation). Name another model with --model, or export one with `tfgan-course export`"
        )
    if "labels" in takes and not classes:
        raise UserError(f"{server.name} draws by class: say which, --classes 0 for example")
    if "labels" not in takes and classes:
        raise UserError(f"{server.name} does not draw by class: leave --classes away")
    if seed + count > 2**63:
        raise UserError(f"--seed {seed}: the last image's seed must be below 2^63, which is what the server takes")
    if classes and not all(0 <= number < 2**31 for number in classes):
        raise UserError(f"--classes {','.join(map(str, classes))}: classes are numbered from 0")
    images = []
    for first in tqdm(range(0, count, batch), desc="requests", leave=False, disable=None, delay=1):
        rows = range(first, min(first + batch, count))
        inputs = {
            "seed": np.array([seed + row for row in rows], np.int64),
            "truncation": np.full(len(rows), truncation, np.float32),
        }
        if classes:
            inputs["labels"] = np.array([classes[row % len(classes)] for row in rows], np.int32)
        files = server.predict(inputs)
        if len(files) != len(rows):
            raise server.garbled(f"{len(files)} images instead of {len(rows)}")
        images += [server.decoded(file) for file in files]
    if len({image.shape for image in images}) > 1:
        raise server.garbled("images of several sizes")
    return np.stack(images)


class NoAnswerYet(Exception):
    """What may be different a moment later: asking again is worth it."""


class Server(ABC):
    """A model on a server.

    Args:
        address: host:port.
        model: its name there.
        version: of the model; None for the one the server chooses.
        timeout: seconds an answer may take.
        retries: how often to ask again when none comes, after 0.5, 1, 2, ... seconds. Sampling changes nothing on the
            server, so asking twice does no harm.
    """

    def __init__(self, address: str, model: str, version: int | None, timeout: float, retries: int):
        self.address, self.model, self.version = address, model, version
        self.timeout, self.retries = min(timeout, LONGEST_WAIT), retries
        self.name = f"{model} at {address}" if version is None else f"{model}, version {version}, at {address}"
        self._inputs: dict[str, set[str]] | None = None

    def inputs(self) -> dict[str, set[str]]:
        """The names of the inputs of each of the model's signatures."""
        if self._inputs is None:
            self._inputs = self.persist(self.ask_inputs)
        return self._inputs

    def predict(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """What the signature `sample_png` answers."""
        return self.persist(lambda: self.ask_images(inputs))

    @abstractmethod
    def ask_inputs(self) -> dict[str, set[str]]:
        """One try of `inputs`."""

    @abstractmethod
    def ask_images(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """One try of `predict`."""

    advice = ""
    """What to look at when there is no answer."""

    def persist(self, ask: Callable):
        """What `ask` returns, asked again as long as there is no answer yet and retries are left."""
        for retry in range(self.retries + 1):
            try:
                return ask()
            except NoAnswerYet as error:
                if retry == self.retries:
                    tries = f"Asked {retry + 1} times. " if retry else ""
                    raise UserError(f"{self.name}: {error}. {tries}{self.advice}") from error
            time.sleep(min(0.5 * 2**retry, 8.0))

    def no_such_model(self, message: str) -> UserError:
        """For a server that does not know the model."""
        return UserError(
            f"the server at {self.address} does not serve {self.model}"
            f"{'' if self.version is None else f', version {self.version}'}: {message}. Name a model of its "
            "models.config with --model; one that was exported just now is there after a few seconds"
        )

    def refused(self, message: str) -> UserError:
        """For a request that the model or the server does not take."""
        # Of an assertion in the graph what it says, not where it stands.
        said = re.search(r"assertion failed: (.+)", message)
        return UserError(f"{self.name} refused the request: {said.group(1) if said else message}")

    def garbled(self, what: str) -> UserError:
        """For an answer that makes no sense."""
        return UserError(f"{self.name} answered {what}. Is that a TF Serving of a model exported by tfgan-course?")

    def decoded(self, file: bytes) -> np.ndarray:
        """A PNG file as uint8 (height, width, 1 or 3)."""
        try:
            with Image.open(io.BytesIO(file), formats=["PNG"]) as picture:
                if picture.mode not in ("L", "RGB"):
                    raise self.garbled(f"a PNG file of mode {picture.mode}")
                image = np.asarray(picture)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise self.garbled("something that is no PNG file") from error
        return image[..., None] if image.ndim == 2 else image


class RestServer(Server):
    """A model over TF Serving's REST interface, https://www.tensorflow.org/tfx/serving/api_rest."""

    advice = (
        "Is the server running, and is this its REST port (8501 unless changed)? A slow one needs a longer --timeout "
        "or a smaller --batch"
    )

    def __init__(self, *args, secure: bool = False, prefix: str = ""):
        super().__init__(*args)
        self.secure, self.prefix = secure, prefix

    def ask_inputs(self) -> dict[str, set[str]]:
        """See `Server`."""
        answer = self._exchange("GET", "/metadata")
        try:
            signatures = answer["metadata"]["signature_def"]["signature_def"]
            return {name: set(signature.get("inputs", ())) for name, signature in signatures.items()}
        except (LookupError, TypeError, AttributeError) as error:
            raise self.garbled(f"{shortened(json.dumps(answer))} when asked for the model's signatures") from error

    def ask_images(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """See `Server`."""
        columns = {name: values.tolist() for name, values in inputs.items()}
        answer = self._exchange("POST", ":predict", {"signature_name": SIGNATURE, "inputs": columns})
        try:
            return [base64.b64decode(image["b64"], validate=True) for image in answer["outputs"]]
        except (LookupError, TypeError, ValueError) as error:
            raise self.garbled(f"{shortened(json.dumps(answer))} when asked for images") from error

    def _exchange(self, method: str, verb: str, body: dict | None = None):
        version = "" if self.version is None else f"/versions/{self.version}"
        path = f"{self.prefix}/v1/models/{quote(self.model, safe='')}{version}{verb}"
        deadline = time.monotonic() + self.timeout
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self.address, timeout=self.timeout)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            content = self._read(response, deadline)
        except TimeoutError as error:
            raise NoAnswerYet(f"no answer within {self.timeout:g} seconds") from error
        except ssl.SSLError as error:
            raise UserError(f"{self.name}: {error}. Without encryption, write http:// in --server") from error
        except (OSError, http.client.IncompleteRead) as error:  # http.client's RemoteDisconnected among them
            raise NoAnswerYet(f"no answer ({getattr(error, 'strerror', None) or error})") from error
        except http.client.HTTPException as error:
            raise UserError(
                f"{self.name} does not speak HTTP ({type(error).__name__}). Is this its gRPC port? Then write --server "
                f"grpc://{self.address}"
            ) from error
        finally:
            connection.close()
        return self._understood(response.status, content)

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        parts, size = [], 0
        # Part by part: a timeout holds for each part, and a server may send one a second.
        while part := response.read1(2**16):
            parts.append(part)
            size += len(part)
            if time.monotonic() > deadline:
                raise TimeoutError
            if size > LARGEST_ANSWER:
                raise self.garbled(f"more than {LARGEST_ANSWER // 2**20} MB")
        if response.length:
            raise http.client.IncompleteRead(b"".join(parts), response.length)
        return b"".join(parts)

    def _understood(self, status: int, content: bytes):
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        said = str(answer["error"]) if isinstance(answer, dict) and "error" in answer else shortened(repr(content))
        if status in (429, 502, 503, 504):
            raise NoAnswerYet(f"the server is busy or starting (HTTP {status}: {said})")
        if status == 404:
            raise self.no_such_model(said)
        if status != 200:
            raise self.refused(f"{said} (HTTP {status})")
        if answer is None:
            raise self.garbled(f"{said}, which is not JSON")
        return answer


class GrpcServer(Server):
    """A model over TF Serving's gRPC interface; needs the extra `serving`."""

    advice = (
        "Is the server running, and is this its gRPC port (8500 unless changed)? A slow one needs a longer --timeout "
        "or a smaller --batch"
    )

    def __init__(self, *args, secure: bool = False):
        super().__init__(*args)
        try:
            import grpc
            import tensorflow as tf
            from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
        except ImportError as error:
            raise UserError(
                f"gRPC needs tensorflow-serving-api, which is not there ({error}): pip install '.[serving]' in the "
                "checkout, or use REST: --server host:8501"
            ) from error
        self.grpc, self.tf, self.predict_pb2, self.metadata_pb2 = grpc, tf, predict_pb2, get_model_metadata_pb2
        options = [("grpc.max_receive_message_length", LARGEST_ANSWER)]  # 4 MB unless said
        if secure:
            channel = grpc.secure_channel(self.address, grpc.ssl_channel_credentials(), options)
        else:
            channel = grpc.insecure_channel(self.address, options)
        self.service = prediction_service_pb2_grpc.PredictionServiceStub(channel)

    def ask_inputs(self) -> dict[str, set[str]]:
        """See `Server`."""
        request = self.metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        answer = self._call(self.service.GetModelMetadata, request)
        signatures = self.metadata_pb2.SignatureDefMap()
        if "signature_def" not in answer.metadata or not answer.metadata["signature_def"].Unpack(signatures):
            raise self.garbled("nothing it should when asked for the model's signatures")
        return {name: set(signature.inputs) for name, signature in signatures.signature_def.items()}

    def ask_images(self, inputs: dict[str, np.ndarray]) -> list[bytes]:
        """See `Server`."""
        request = self.predict_pb2.PredictRequest()
        request.model_spec.signature_name = SIGNATURE
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(self.tf.make_tensor_proto(values))
        answer = self._call(self.service.Predict, request)
        if "image_bytes" not in answer.outputs:
            raise self.garbled(f"{', '.join(answer.outputs) or 'nothing'} when asked for images")
        return list(answer.outputs["image_bytes"].string_val)

    def _call(self, method: Callable, request):
        request.model_spec.name = self.model
        if self.version is not None:
            request.model_spec.version.value = self.version
        code = self.grpc.StatusCode
        try:
            return method(request, timeout=self.timeout)
        except self.grpc.RpcError as error:
            said = shortened(error.details() or error.code().name)
            if error.code() == code.DEADLINE_EXCEEDED:
                raise NoAnswerYet(f"no answer within {self.timeout:g} seconds") from error
            if error.code() in (code.UNAVAILABLE, code.RESOURCE_EXHAUSTED):
                raise NoAnswerYet(f"no answer ({said})") from error
            if error.code() == code.NOT_FOUND:
                raise self.no_such_model(said) from error
            raise self.refused(f"{said} ({error.code().name})") from error


def connect(
    server: str, model: str = "gan", version: int | None = None, timeout: float = 10.0, retries: int = 3
) -> Server:
    """A model on a server; nothing is sent yet.

    Args:
        server: host:port or http(s)://host:port/prefix for REST, grpc(s)://host:port for gRPC.
        model: see `Server`, as the rest.
        version: see there.
        timeout: see there.
        retries: see there.
    """
    address = urlsplit(server if "://" in server else f"http://{server}")
    try:
        port = address.port
    except ValueError as error:
        raise UserError(f"--server {server}: {error}") from error
    standard_port = "://" in server and address.scheme in ("http", "https")
    known = address.scheme in ("http", "https", "grpc", "grpcs")
    if not address.hostname or not known or (port is None and not standard_port):
        raise UserError(
            f"--server {server} is no address of a server: write host:port (REST, port 8501 unless changed) or "
            "grpc://host:port (port 8500)"
        )
    arguments = (address.netloc.rpartition("@")[2], model, version, timeout, retries)
    secure = address.scheme.endswith("s")
    if address.scheme.startswith("grpc"):
        return GrpcServer(*arguments, secure=secure)
    return RestServer(*arguments, secure=secure, prefix=address.path.rstrip("/"))


def shortened(text: str, length: int = 300) -> str:
    """Its beginning."""
    return text if len(text) <= length else f"{text[:length]}..."
