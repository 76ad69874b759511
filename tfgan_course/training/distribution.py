"""Which devices train: the `tf.distribute` strategies by name."""

import json
import os
from functools import cache

import tensorflow as tf

from tfgan_course.errors import UserError, first_line


@cache
def make_strategy(name: str, replicas: int | None = None) -> tf.distribute.Strategy:
    """The `tf.distribute` strategy of `--strategy`; call it before TensorFlow's first operation.

    Args:
        name: `default`, one device; `mirrored`, all GPUs of this machine; `multi_worker`, all GPUs (or the CPU) of the
            machines that TF_CONFIG lists. It waits for them.
        replicas: of `mirrored`: so many GPUs; without a GPU the CPU takes so many parts in turn, to try it out.

    Raises:
        UserError: if the machine has no such devices, or TF_CONFIG does not say what it must.
    """
    if replicas is not None and name != "mirrored":
        raise UserError(f"replicas is for strategy mirrored; got strategy {name}")
    if name == "default":
        return tf.distribute.get_strategy()
    if name == "multi_worker":
        return multi_worker()
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        if (replicas or 1) > len(gpus):
            raise UserError(f"replicas is {replicas}, but TensorFlow sees {len(gpus)} GPU{'s' * (len(gpus) > 1)}")
        return tf.distribute.MirroredStrategy([f"GPU:{index}" for index in range(replicas or len(gpus))])
    count = replicas or 1
    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or [None]) < count:
        try:
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
        except RuntimeError as error:  # TensorFlow has begun
            raise UserError("the CPU must be divided before TensorFlow is used: start a new process") from error
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(count)])


def multi_worker() -> tf.distribute.Strategy:
    """This process's place among the workers in TF_CONFIG, once all of them are there."""
    example = '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'
    text = os.environ.get("TF_CONFIG")
    if not text:
        raise UserError(
            f"strategy multi_worker needs to know all workers: TF_CONFIG='{example}' (docs/guides/scale.md)"
        )
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], int(task["index"])
        addresses = cluster.get("chief", []) + cluster["worker"]
        if kind not in ("chief", "worker"):
            raise UserError(f"TF_CONFIG gives this process the task {kind!r}: strategy multi_worker has workers only")
        place = f"{kind} {index} of {len(addresses)} ({cluster[kind][index]})"
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise UserError(f"TF_CONFIG is {text!r}, which does not say what it must, as in {example}") from error
    print(f"This is {place}; waiting for the others", flush=True)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError) as error:
        raise UserError(f"{place} cannot join the others: {first_line(error)}") from error


def divisible(strategy: tf.distribute.Strategy, batch_size: int, parts: int = 1) -> None:
    """Refuses a batch that cannot be divided evenly among the replicas, each part in `parts`."""
    replicas = strategy.num_replicas_in_sync
    if batch_size % (replicas * parts):
        among = f"{replicas} replicas" if parts == 1 else f"{replicas} x {parts} (replicas x gradient_accumulation)"
        step = replicas * parts
        near = sorted({max(1, batch_size // step) * step, (batch_size // step + 1) * step})
        raise UserError(f"batch_size {batch_size} cannot be divided among {among}: take {' or '.join(map(str, near))}")
