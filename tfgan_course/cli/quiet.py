"""Import TensorFlow without the messages of its C++ part: dozens of lines that do not help a user.

Level 3 hides messages of errors as well. Errors that matter are raised in Python; others are none, such as "remapper
failed", which Grappler of TensorFlow 2.21 prints in the first step if it does not fuse a convolution, its bias and a
LeakyReLU, and then trains without this fusion.

`tfgan_course/__init__.py` sets this level, so these messages are hidden from Python as well if the package is imported
before TensorFlow. With TF_CPP_MIN_LOG_LEVEL=0 in the environment they are printed.
"""

import os
import sys
import tempfile


def import_tensorflow() -> list[str]:
    """Import TensorFlow and look for its devices; return the names of the GPUs."""
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        return _gpus()
    # TensorFlow's C++ code writes to the file descriptor before any setting is read.
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            return _gpus()
        except BaseException:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)


def _gpus() -> list[str]:
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]
