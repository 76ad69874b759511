"""Warm-up requests, which TF Serving answers itself before a version counts as loaded.

https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

Inputs = dict[str, np.ndarray]


def write_warm_up(version: Path, model: str, requests: Iterable[tuple[str, Inputs]]) -> None:
    """Puts requests into a SavedModel: TFRecords of PredictionLog.

    Args:
        version: the SavedModel.
        model: its name on the server, for the server's own figures.
        requests: signature and inputs of each.
    """
    extra = version / "assets.extra"
    extra.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(extra / "tf_serving_warmup_requests")) as file:
        for signature, inputs in requests:
            file.write(prediction_log(model, signature, inputs))


def prediction_log(model: str, signature: str, inputs: Inputs) -> bytes:
    """A serialized PredictionLog: tensorflow_serving/apis/{prediction_log,predict,model}.proto.

    Written by hand, since it is but five nested messages, so that an export needs no tensorflow-serving-api.
    """
    model_spec = field(1, model.encode()) + field(3, signature.encode())
    request = field(1, model_spec)
    for name, value in inputs.items():
        request += field(2, field(1, name.encode()) + field(2, tf.make_tensor_proto(value).SerializeToString()))
    return field(6, field(1, request))


def field(number: int, payload: bytes) -> bytes:
    """A length-delimited field of a protocol buffer."""
    length, size = b"", len(payload)
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload
