"""Import TensorFlow without the messages of its C++ part: dozens of lines that do not help a user.

Level 3 hides messages of errors as well. Errors that matter are raised in Python; others are none, such as "remapper
failed", which Grappler of TensorFlow 2.21 prints in the first step if it does not fuse a convolution, its bias and a
LeakyReLU, and then trains without this fusion.

`tfgan_course/__init__.py` sets this level, so these messages are hidden from Python as well if the package is imported
before TensorFlow. With TF_CPP_MIN_LOG_LEVEL=0 in the environment they are printed.
"""

import os

from tfgan_course.files import stderr_held


def import_tensorflow() -> list[str]:
    """Import TensorFlow and look for its devices; return the names of the GPUs."""
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        return _gpus()
    with stderr_held():  # TensorFlow's C++ code writes before any setting is read.
        return _gpus()


def _gpus() -> list[str]:
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]
