import gc
import os

# Before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest
from tensorflow import keras


def pytest_collection_finish():
    # All modules are imported and stay: collecting garbage need not look through what they have made.
    gc.freeze()


@pytest.fixture(autouse=True)
def _float32_and_seeded():
    """Each test begins like a new process: with the default precision and the same random weights."""
    keras.mixed_precision.set_global_policy("float32")
    keras.utils.set_random_seed(0)
