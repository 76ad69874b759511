"""Which devices train, and what the processes that train together tell each other."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError, first_line
from tfgan_course.gan.model import GAN
from tfgan_course.replicas import tf_variable
from tfgan_course.runs.directory import RunDirectory

LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
)
"""What TensorFlow raises where one of several workers is gone."""


class WorkerLost(UserError):
    """Another of the processes that train together is gone."""


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
        raise UserError(f"strategy multi_worker needs to know all workers: TF_CONFIG='{example}' (docs/scale.md)")
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


class Workers:
    """The processes that train together: this one alone, or those of a MultiWorkerMirroredStrategy.

    Each method must be called by all of them at the same moment.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None):
        self.strategy = strategy or tf.distribute.get_strategy()
        strategy = self.strategy
        resolver = strategy.cluster_resolver
        self.several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        cluster = resolver.cluster_spec().as_dict() if self.several else {"worker": [""]}
        self.count = sum(len(addresses) for addresses in cluster.values())
        """How many there are."""
        kind, index = (resolver.task_type, resolver.task_id) if self.several else ("worker", 0)
        self.chief = kind == "chief" or ("chief" not in cluster and index == 0)
        """Whether this process is the one that writes."""

    def told_by_chief(self, value: object = None) -> object:
        """What the chief passes, a value that JSON can hold; what the others pass is ignored."""
        if not self.several:
            return value
        text = np.frombuffer(json.dumps(value).encode(), np.uint8) if self.chief else np.zeros(0, np.uint8)
        length = int(self._sum(np.array([len(text)]))[0])
        text = text if self.chief else np.zeros(length, np.uint8)
        return json.loads(self._sum(text).astype(np.uint8).tobytes())

    def any(self, flag: bool) -> bool:
        """Whether one of them passes True."""
        return bool(self._sum(np.array([float(flag)]))[0]) if self.several else flag

    def share(self, gan: GAN) -> None:
        """Gives all of them the chief's state of the training, bit for bit."""
        if not self.several:
            return
        variables = [variable for variable in map(tf_variable, gan.state()) if variable.dtype.is_floating]
        # The first replica's own: where each keeps one, reading the variable would average them.
        own = [self.strategy.experimental_local_results(variable)[0].numpy() for variable in variables]
        values = np.concatenate([value.ravel() for value in own])
        values = self._sum(values if self.chief else np.zeros_like(values))
        for variable, value in zip(variables, np.split(values, np.cumsum([x.size for x in own])[:-1]), strict=True):
            variable.assign(value.reshape(variable.shape))
        # Whole numbers as text: a sum of float32 is exact up to 2^24 only.
        others = [variable for variable in map(tf_variable, gan.state()) if not variable.dtype.is_floating]
        for variable, value in zip(others, self.told_by_chief([v.numpy().tolist() for v in others]), strict=True):
            variable.assign(value)

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """What one of them cannot do, none goes on from.

        Raises:
            UserError: the worker's own, or one that says that it is another's.
        """
        failed = None
        try:
            yield
        except UserError as error:
            failed = error
        if self.any(failed is not None):
            raise failed or UserError("another worker cannot train, and says why")

    @contextmanager
    def together(self) -> Iterator[None]:
        """Says in words what TensorFlow raises where one of the others is gone."""
        try:
            yield
        except LOST as error:
            if not self.several:
                raise
            raise WorkerLost(
                f"another worker is gone ({first_line(error)}). The run directory has what was trained up to its last "
                "checkpoint: start all workers again with --resume RUN --strategy multi_worker"
            ) from error

    def _sum(self, value: np.ndarray) -> np.ndarray:
        # As float32, which every device can add up: bytes and lengths are exact in it.
        return self._sum_function(tf.constant(value.astype(np.float32))).numpy()

    @cached_property
    def _sum_function(self):
        # The replicas of a worker all pass the same, so each passes its share: a power of two in practice.
        devices = self.strategy.num_replicas_in_sync // self.count

        def sum_function(value: tf.Tensor) -> tf.Tensor:
            return self.strategy.reduce("SUM", self.strategy.run(lambda: value / devices), axis=None)

        return tf.function(sum_function, autograph=False)


@contextmanager
def along(workers: Workers, run: RunDirectory | None) -> Iterator[RunDirectory]:
    """Where a worker writes: the chief into the run, locked, the others into a copy that is deleted in the end.

    They write all that the chief writes, since they must read the same from it, and since TensorFlow saves what is
    divided among them only if all save.
    """
    if workers.chief:
        with run.lock():
            workers.told_by_chief(run.tables())
            yield run
    else:
        files = workers.told_by_chief()
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / "run" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            (Path(folder) / "run" / "samples").mkdir()
            yield RunDirectory(Path(folder) / "run")


def divisible(strategy: tf.distribute.Strategy, batch_size: int, parts: int = 1) -> None:
    """Refuses a batch that cannot be divided evenly among the replicas, each part in `parts`."""
    replicas = strategy.num_replicas_in_sync
    if batch_size % (replicas * parts):
        among = f"{replicas} replicas" if parts == 1 else f"{replicas} x {parts} (replicas x gradient_accumulation)"
        step = replicas * parts
        near = sorted({max(1, batch_size // step) * step, (batch_size // step + 1) * step})
        raise UserError(f"batch_size {batch_size} cannot be divided among {among}: take {' or '.join(map(str, near))}")
