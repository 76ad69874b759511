"""Warm-up requests, which TF Serving answers itself before a version counts as loaded.

https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

Inputs = dict[str, np.ndarray]


def write_warm_up(version: Path, model: str, requests: Iterable[tuple[str, Inputs]]) -> None:
    """Put requests, signature and inputs of each, into a SavedModel: TFRecords of PredictionLog.

    The model's name on the server is for the server's own figures.
    """
    extra = version / "assets.extra"
    extra.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(extra / "tf_serving_warmup_requests")) as file:
        for signature, inputs in requests:
            file.write(prediction_log(model, signature, inputs))


def prediction_log(model: str, signature: str, inputs: Inputs) -> bytes:
    """Return a serialized PredictionLog: tensorflow_serving/apis/{prediction_log,predict,model}.proto.

    Written by hand, since it is but five nested messages, so that an export needs no tensorflow-serving-api.
    """
    request = _field(1, _field(1, model.encode()) + _field(3, signature.encode()))
    for name, value in inputs.items():
        request += _field(2, _field(1, name.encode()) + _field(2, tf.make_tensor_proto(value).SerializeToString()))
    return _field(6, _field(1, request))


def _field(number: int, payload: bytes) -> bytes:
    """Return a length-delimited field of a protocol buffer."""
    length, size = b"", len(payload)
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload
