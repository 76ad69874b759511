"""Make the `tf.distribute` strategy that decides which devices train."""

import json
import os
from functools import cache

import tensorflow as tf

from tfgan_course.errors import UserError, first_line, require


@cache
def make_strategy(name: str, replicas: int | None = None) -> tf.distribute.Strategy:
    """Return a `tf.distribute` strategy by its name; call this before TensorFlow's first operation.

    Args:
        name: `default`, one device; `mirrored`, all GPUs of this machine; `multi_worker`, all GPUs (or the CPU) of the
            machines that TF_CONFIG lists. The call waits for these machines.
        replicas: the number of GPUs for `mirrored`. Without a GPU, the CPU computes this number of parts one after the
            other, for tests.

    Raises:
        UserError: if the machine has no such devices, or TF_CONFIG is missing or wrong.
    """
    right = replicas is None or name == "mirrored"
    require(right, "replicas only with strategy mirrored", f"replicas and strategy {name}", "Leave replicas out")
    if name == "default":
        return tf.distribute.get_strategy()
    if name == "multi_worker":
        return multi_worker()
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        expected = f"at most {len(gpus)} replicas, the number of GPUs that TensorFlow finds"
        require((replicas or 1) <= len(gpus), expected, replicas, "Use fewer replicas")
        return tf.distribute.MirroredStrategy([f"GPU:{index}" for index in range(replicas or len(gpus))])
    count = replicas or 1
    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or [None]) < count:
        try:
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
        except RuntimeError as error:
            expected = "strategy mirrored before TensorFlow's first operation"
            received = "a process that has used TensorFlow"
            raise UserError(expected=expected, received=received, remedy="Start a new process") from error
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(count)])


def multi_worker() -> tf.distribute.Strategy:
    """Return the strategy of this process and the other workers in TF_CONFIG, after all have started."""
    example = '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'
    text = os.environ.get("TF_CONFIG")
    remedy = f"Set TF_CONFIG='{example}', for example; see docs/guides/scale.md"
    require(bool(text), "for strategy multi_worker the addresses of all workers in TF_CONFIG", "no TF_CONFIG", remedy)
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], int(task["index"])
        addresses = cluster.get("chief", []) + cluster["worker"]
        expected = "in TF_CONFIG a task of the type worker or chief"
        require(kind in ("chief", "worker"), expected, repr(kind), "Parameter servers are not supported; use workers")
        place = f"{kind} {index} of {len(addresses)} ({cluster[kind][index]})"
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        if isinstance(error, UserError):
            raise
        expected = f"a TF_CONFIG such as {example}"
        raise UserError(expected=expected, received=repr(text), remedy="Correct TF_CONFIG") from error
    print(f"This is {place}; waiting for the others", flush=True)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError) as error:
        expected = f"a connection of {place} with the other workers"
        remedy = "Check the addresses in TF_CONFIG, and that all workers run"
        raise UserError(expected=expected, received=first_line(error), remedy=remedy) from error


def divisible(strategy: tf.distribute.Strategy, batch_size: int, parts: int = 1) -> None:
    """Refuse a batch size that is not a multiple of the number of replicas times `parts`, the parts of a batch."""
    replicas = strategy.num_replicas_in_sync
    step = replicas * parts
    near = sorted({max(1, batch_size // step) * step, (batch_size // step + 1) * step})
    expected = f"a batch_size divisible by {step} (replicas {replicas}, gradient_accumulation {parts})"
    require(batch_size % step == 0, expected, batch_size, f"Use {' or '.join(map(str, near))}")
