"""Save the outputs of a run's generator and critic as Keras models, for a comparison in another environment.

python -m tests.serving.cases RUN CASES.npz
"""

import sys

import numpy as np

from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import latents
from tfgan_course.objectives.pair import Batch
from tfgan_course.runs.open import load_run


def write_cases(gan: GAN, file: str, count: int = 7) -> None:
    inputs = z = latents(0, count, gan)
    labels = np.arange(count, dtype=np.int32) % (gan.classes or 1)
    if gan.generator_takes_labels:
        inputs = [z, labels]
    images = np.array(gan.ema_generator(inputs, training=False))
    pixels = to_uint8(images)
    scores = gan.judge(Batch(np.float32(pixels) / 127.5 - 1, labels), training=False).score
    rows = {"seed": np.arange(count), "truncation": np.full(count, 2.0, np.float32)}
    told = {"labels": labels} if gan.generator_takes_labels else {}
    np.savez(file, latents=z, images=images, pixels=pixels, scores=np.array(scores).reshape(count), **rows, **told)


if __name__ == "__main__":
    write_cases(load_run(sys.argv[1]).gan, sys.argv[2])
