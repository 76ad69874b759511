"""A client of TF Serving: images by seed, class and truncation, or from photos, over REST or gRPC."""

import dataclasses
import io
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from tqdm import tqdm

from tfgan_course.data.photo import Photo
from tfgan_course.errors import UserError, require
from tfgan_course.figures.tiles import Tiling, translated
from tfgan_course.serving.grpc_server import GrpcServer
from tfgan_course.serving.rest_server import RestServer
from tfgan_course.serving.server import NUMBERS, SIGNATURE, TRANSLATE, Server

NOT_TRUNCATED = 10.0
"""The same number as `gan.seeds.LARGEST_TRUNCATION`, whose module imports TensorFlow; a client does not need it."""


def sample(
    server: Server,
    count: int,
    seed: int = 0,
    classes: Sequence[int | str] | None = None,
    truncation: float = NOT_TRUNCATED,
    batch: int = 32,
) -> np.ndarray:
    """Return images of a served model, uint8 (count, height, width, 1 or 3).

    Args:
        server: see `connect`.
        count: how many images.
        seed: image i has the seed `seed` + i.
        classes: image i has the class `classes[i % len(classes)]`; only for models that take classes. An int is the
            class's number. A text is its name, or its number if no class has that name.
        truncation: a number above 0, at most `NOT_TRUNCATED`.
        batch: images in one request.

    Raises:
        UserError: if the server does not answer, refuses the request, or serves another kind of model.
    """
    labels = _checked(server, SIGNATURE, {"seed", "truncation"}, classes)
    require(0 <= seed <= 2**63 - count, f"a seed from 0 to 2^63 - {count}", seed, "Choose another seed")
    images = []
    for first in tqdm(range(0, count, batch), desc="requests", leave=False, disable=None, delay=1):
        rows = np.arange(first, min(first + batch, count))
        inputs: dict[str, np.ndarray] = {
            "seed": rows + np.int64(seed),
            "truncation": np.full(len(rows), truncation, np.float32),
        }
        if labels:
            inputs["labels"] = np.array(labels, np.int32)[rows % len(labels)]
        found = server.predict(inputs)
        if len(found) != len(rows):
            raise server.garbled(f"{len(rows)} images", str(len(found)))
        images += found
    if len(sizes := {image.shape for image in images}) > 1:
        raise server.garbled("images of one size", str(sizes))
    return np.stack(images)


def translate(server: Server, photo: Photo, classes: Sequence[int | str] | None = None) -> Image.Image:
    """Return the image that a served generator makes of a photo, as a Pillow image; the photo's transparency is kept.

    The photo is cut into the same tiles as by `Run.translate`, a request for each batch of tiles.

    Args:
        server: see `connect`.
        photo: see `data.photo.photo_of`.
        classes: the photo's class, in a list, for models that take classes.

    Raises:
        UserError: if the server does not answer, refuses the request, or serves another kind of model.
    """
    labels = _checked(server, TRANSLATE, {"image_bytes"}, classes)
    require(len(labels) <= 1, "one class for a photo", len(labels), "Name the photo's class")
    facts = [field.name for field in dataclasses.fields(Tiling)]
    tiling = Tiling(**dict(zip(facts, server.tiling(facts), strict=True)))

    def make(tiles: np.ndarray) -> np.ndarray:
        # An array of NumPy's own texts would lose zeros at their end.
        inputs = {"image_bytes": np.array([*map(_png, tiles)], object)}
        if labels:
            inputs["labels"] = np.full(len(tiles), labels[0], np.int32)
        found = server.predict(inputs, TRANSLATE)
        size = tuple(tiling.scale * pixels for pixels in tiles.shape[1:3])
        right = len(found) == len(tiles) and {image.shape[:2] for image in found} == {size}
        if not right or len({image.shape for image in found}) > 1:
            sizes = ", ".join(str(image.shape) for image in found)
            raise server.garbled(f"{len(tiles)} images of {size[0]} x {size[1]}", sizes or "none")
        return np.stack(found)

    return photo.transparent(translated(photo.colors, tiling, make))


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _checked(server: Server, signature: str, needs: set[str], classes: Sequence[int | str] | None) -> list[int]:
    """Return the numbers of the classes; raise a `UserError` for a request that does not fit the model's signatures.

    Args:
        server: the model.
        signature: the signature that is asked.
        needs: its inputs, labels left out.
        classes: names and numbers of classes.
    """
    takes = server.inputs.get(signature)
    if takes is None or not needs <= takes <= needs | {"labels"}:
        signatures = "; ".join(f"{name}({', '.join(sorted(names))})" for name, names in server.inputs.items())
        raise UserError(
            expected=f"{signature}({', '.join(sorted(needs))}) among the signatures of {server.name}",
            received=signatures or "none",
            remedy="Name a model that `tfgan-course export` has written of "
            + (
                "a run from image to image"
                if signature == TRANSLATE
                else "a run that takes latents. For one from image to image, use --translate PHOTO"
            ),
        )
    if ("labels" in takes) != bool(classes):
        raise UserError(
            expected=f"classes for {server.name}" if "labels" in takes else f"no classes for {server.name}",
            received=", ".join(map(str, classes or ())) or "none",
            remedy="Name the classes to draw" if "labels" in takes else "Leave the classes out",
        )
    texts = [each for each in classes or () if isinstance(each, str)]
    known: dict[int | str, int] = {}
    if texts and NUMBERS in server.inputs:
        known = dict(zip(texts, server.class_numbers(texts), strict=True))
    numbers = [known.get(each, each) for each in classes or ()]
    require(
        all(str(number).isdecimal() and int(number) < 2**31 for number in numbers),
        "numbers of classes, counted from 0",
        ", ".join(map(str, numbers)),
        "Write numbers: the model has no names of classes",
    )
    return [int(number) for number in numbers]


def connect(
    server: str, model: str = "gan", version: int | None = None, timeout: float = 10.0, retries: int = 3
) -> Server:
    """Return a model on a server, without connecting to it.

    Args:
        server: host:port or http(s)://host:port/prefix for REST, grpc(s)://host:port for gRPC.
        model: the model's name on the server.
        version: the model's version; with None the server chooses one.
        timeout: longest time for one try of a request in seconds; each retry has as much.
        retries: how often to repeat a request if no answer comes.

    Raises:
        UserError: if `server` is not an address.
    """
    wrong = UserError(
        expected="for a server host:port (REST, port 8501 unless changed) or grpc://host:port (port 8500)",
        received=repr(server),
        remedy="Correct the address",
    )
    address = urlsplit(server if "://" in server else f"http://{server}")
    try:
        port = address.port
    except ValueError as error:
        raise wrong from error
    has_port = port is not None or ("://" in server and address.scheme in ("http", "https"))
    if not address.hostname or address.scheme not in ("http", "https", "grpc", "grpcs") or not has_port:
        raise wrong
    arguments = (address.netloc.rpartition("@")[2], model, version, timeout, retries)
    secure = address.scheme.endswith("s")
    if address.scheme.startswith("grpc"):
        return GrpcServer(*arguments, secure=secure)
    return RestServer(*arguments, secure=secure, prefix=address.path.rstrip("/"))
