"""Runs an exported model where only TensorFlow is, and compares it with what Keras answered.

    python only_tensorflow.py VERSION CASES.npz

CASES.npz is by `cases.py`. `.ci/run` calls this in an environment into which nothing but TensorFlow was installed; the
tests in one where the package may be installed, so it is hidden.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.modules["tfgan_course"] = None  # an import of it fails

import numpy as np
import tensorflow as tf

version, cases = sys.argv[1:]
cases = np.load(cases)
signatures = tf.saved_model.load(version).signatures
labels = {"labels": tf.constant(cases["labels"])} if "labels" in cases else {}
count = len(cases["latents"])

images = signatures["serving_default"](latents=tf.constant(cases["latents"]), **labels)["images"].numpy()
worst = np.abs(images - cases["images"]).max()
assert images.dtype == np.float32
assert worst <= 1e-5, worst

rows = {"seed": tf.range(count, dtype=tf.int64), "truncation": tf.fill([count], 2.0), **labels}
samples = signatures["sample"](**rows)["images"].numpy()
assert samples.dtype == np.uint8
assert samples.shape == images.shape
files = signatures["sample_png"](**rows)["image_bytes"].numpy()
for sample, file in zip(samples, files, strict=True):
    assert (tf.io.decode_png(file).numpy() == sample).all()

if "scores" in cases:
    of_critic = labels if "labels" in signatures["critic"].structured_input_signature[1] else {}
    scores = signatures["critic"](images=tf.constant(cases["pixels"]), **of_critic)["score"].numpy()
    np.testing.assert_allclose(scores, cases["scores"], rtol=1e-5, atol=1e-5)

print(f"{count} images, largest difference {worst:.1e}; signatures {', '.join(sorted(signatures))}")
