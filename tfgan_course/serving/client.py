"""A client of TF Serving: images by seed, class and truncation, over REST or gRPC."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
from tqdm import tqdm

from tfgan_course.errors import UserError
from tfgan_course.serving.grpc_server import GrpcServer
from tfgan_course.serving.rest_server import RestServer
from tfgan_course.serving.server import SIGNATURE, Server

NOT_TRUNCATED = 10.0
"""`gan.seeds.LARGEST_TRUNCATION`, whose module needs TensorFlow, which a client does without."""


def sample(
    server: Server,
    count: int,
    seed: int = 0,
    classes: Sequence[int] | None = None,
    truncation: float = NOT_TRUNCATED,
    batch: int = 32,
) -> np.ndarray:
    """Return images of a served model, uint8 (count, height, width, 1 or 3).

    Args:
        server: see `connect`.
        count: how many images.
        seed: image i has the seed `seed` + i.
        classes: image i is of class `classes[i % len(classes)]`; for models that draw by class.
        truncation: above 0 to `NOT_TRUNCATED`.
        batch: images in one request.

    Raises:
        UserError: if the server does not answer, refuses, or serves something else.
    """
    _check(server, count, seed, classes)
    images = []
    for first in tqdm(range(0, count, batch), desc="requests", leave=False, disable=None, delay=1):
        rows = np.arange(first, min(first + batch, count))
        inputs: dict[str, np.ndarray] = {
            "seed": rows + np.int64(seed),
            "truncation": np.full(len(rows), truncation, np.float32),
        }
        if classes:
            inputs["labels"] = np.array(classes, np.int32)[rows % len(classes)]
        files = server.predict(inputs)
        if len(files) != len(rows):
            raise server.garbled(f"{len(files)} images instead of {len(rows)}")
        images += [server.decoded(file) for file in files]
    if len({image.shape for image in images}) > 1:
        raise server.garbled("images of several sizes")
    return np.stack(images)


def _check(server: Server, count: int, seed: int, classes: Sequence[int] | None) -> None:
    """Refuse what the served model would not take, as far as it can be told from its signatures."""
    takes = server.inputs.get(SIGNATURE)
    if takes is None or not {"seed", "truncation"} <= takes <= {"seed", "truncation", "labels"}:
        signatures = "; ".join(f"{name}({', '.join(sorted(names))})" for name, names in server.inputs.items())
        raise UserError(
            f"{server.name} is no GAN of ours: it has {signatures or 'no signatures'}, not {SIGNATURE}(seed, "
            "truncation). Name another model with --model, or export one with `tfgan-course export`"
        )
    if "labels" in takes and not classes:
        raise UserError(f"{server.name} draws by class: say which, --classes 0 for example")
    if "labels" not in takes and classes:
        raise UserError(f"{server.name} does not draw by class: leave --classes away")
    if not 0 <= seed <= 2**63 - count:
        raise UserError(f"--seed {seed}: the images' seeds must be 0 or more and below 2^63, which the server takes")
    if classes and not all(0 <= number < 2**31 for number in classes):
        raise UserError(f"--classes {','.join(map(str, classes))}: classes are numbered from 0")


def connect(
    server: str, model: str = "gan", version: int | None = None, timeout: float = 10.0, retries: int = 3
) -> Server:
    """Return a model on a server; nothing is sent yet.

    Args:
        server: host:port or http(s)://host:port/prefix for REST, grpc(s)://host:port for gRPC. For the others see
            `Server`.

    Raises:
        UserError: if that is no address.
    """
    address = urlsplit(server if "://" in server else f"http://{server}")
    try:
        port = address.port
    except ValueError as error:
        raise UserError(f"--server {server}: {error}") from error
    has_port = port is not None or ("://" in server and address.scheme in ("http", "https"))
    if not address.hostname or address.scheme not in ("http", "https", "grpc", "grpcs") or not has_port:
        forms = "host:port (REST, port 8501 unless changed) or grpc://host:port (port 8500)"
        raise UserError(f"--server {server} is no address of a server: write {forms}")
    arguments = (address.netloc.rpartition("@")[2], model, version, timeout, retries)
    secure = address.scheme.endswith("s")
    if address.scheme.startswith("grpc"):
        return GrpcServer(*arguments, secure=secure)
    return RestServer(*arguments, secure=secure, prefix=address.path.rstrip("/"))
