"""Run an exported model with TensorFlow alone, and compare its outputs with those of the Keras models.

    python only_tensorflow.py VERSION CASES.npz

CASES.npz is by `cases.py`. `.ci/run` calls this in an environment into which nothing but TensorFlow was installed; the
tests in one where the package may be installed, so it is hidden.
"""

# ruff: noqa: E402
import contextlib
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.modules["tfgan_course"] = None  # an import of it fails

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.python.tools import saved_model_cli

version, cases = sys.argv[1:]
cases = np.load(cases)
signatures = tf.saved_model.load(version).signatures
labels = {"labels": tf.constant(cases["labels"])} if "labels" in cases else {}

images = signatures["serving_default"](latents=tf.constant(cases["latents"]), **labels)["images"].numpy()
worst = np.abs(images - cases["images"]).max()
assert images.dtype == np.float32
assert worst <= 1e-5, worst

rows = {"seed": tf.constant(cases["seed"]), "truncation": tf.constant(cases["truncation"]), **labels}
samples = signatures["sample"](**rows)["images"].numpy()
assert samples.dtype == np.uint8
assert samples.shape == images.shape
files = signatures["sample_png"](**rows)["image_bytes"].numpy()
for sample, file in zip(samples, files, strict=True):
    assert (tf.io.decode_png(file).numpy() == sample).all()

of_critic = labels if "labels" in signatures["critic"].structured_input_signature[1] else {}
scores = signatures["critic"](images=tf.constant(cases["pixels"]), **of_critic)["score"].numpy()
assert np.ptp(images, axis=0).max() > 0.1, "all images are one"
np.testing.assert_allclose(scores, cases["scores"], rtol=1e-5, atol=1e-5)

# TF Serving runs the graph in a session, and so does TensorFlow's own tool.
feeds = {
    "serving_default": {"latents": cases["latents"], **labels},
    "sample": rows,
    "sample_png": rows,
    "critic": {"images": cases["pixels"], **of_critic},
}
if "class_numbers" in signatures:
    feeds["class_numbers"] = {"names": np.array(["2", "0"])}
expected = {
    "serving_default": images,
    "sample": samples,
    "sample_png": files,
    "critic": scores,
    "class_numbers": [2, 0],
}
assert sorted(feeds) == sorted(signatures)
for name, inputs in feeds.items():
    with tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(None):  # it prints all numbers
        inputs = {key: np.array(value) for key, value in inputs.items()}
        saved_model_cli.run_saved_model_with_feed_dict(version, "serve", name, inputs, out, True)
        (file,) = (os.path.join(out, file) for file in os.listdir(out))
        output = np.load(file, allow_pickle=True)
    if name == "sample_png":
        assert (output == expected[name]).all()
    else:
        np.testing.assert_allclose(output, expected[name], atol=1 if name == "sample" else 1e-5)

print(f"{len(images)} images, largest difference {worst:.1e}; signatures {', '.join(sorted(signatures))}")
