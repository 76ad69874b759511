"""Damaged image files: none of them crashes or hangs the reading, in memory or streamed, and memory stays flat."""

import random
import resource
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfgan_course.data import load
from tfgan_course.data.batches import validation_batches
from tfgan_course.data.config import DataConfig

FORMATS = ("jpg", "png", "gif", "webp", "bmp", "tiff")
HEADERS = {
    "jpg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n",
    "gif": b"GIF89a",
    "webp": b"RIFF\x00\x10\x00\x00WEBP",
    "bmp": b"BM",
    "tiff": b"II*\x00",
}
MUTATIONS = 2000


def peak() -> int:
    """The largest memory that this process has had, KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Flip bits, cut the end off, or write the beginning of another format."""
    kind = chance.choice(["bits", "end", "header"])
    if kind == "end":
        return content[: chance.randrange(len(content))]
    if kind == "header":
        header = HEADERS[chance.choice(FORMATS)]
        return header + content[len(header) :]
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 8, 64])):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Mutated files of six formats, and a good one of each."""
    folder, chance = tmp_path_factory.mktemp("mutated"), random.Random(0)
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    whole = {}
    for ending in FORMATS:
        path = folder / f"good.{ending}"
        Image.fromarray(pixels).save(path)
        whole[ending] = path.read_bytes()
    for number in range(MUTATIONS):
        ending = FORMATS[number % len(FORMATS)]
        (folder / f"{number:04}.{ending}").write_bytes(mutated(whole[ending], chance))
    return folder


@pytest.mark.parametrize("stream", [False, True], ids=["in memory", "streamed"])
def test_mutated_files_are_read_or_left_out(folder, stream):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the files that are left out
        train, _ = load(DataConfig(folder=str(folder), size=28, stream=stream, held_out=0.01))
        count, slowest, begin, early = 0, 0.0, time.monotonic(), None
        for images in validation_batches(train, 50):
            count += len(images)
            slowest, begin = max(slowest, time.monotonic() - begin), time.monotonic()
            early = early or peak()  # the first batches load libraries
        grown = peak() - early
    assert count >= 100
    assert slowest < 10
    assert grown < 200 * 1024
