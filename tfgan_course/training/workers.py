"""The protocol between the chief and the other workers, the processes that train together.

One process is the chief: it reads the command, decides, and is the only one that writes the run directory. The others
follow (`launch.follow`). Every message is a sum over all processes, a collective operation: each process calls the same
method of `Workers` at the same moment; a process that calls another method waits forever or gets a wrong message. The
chief sends a message as bytes in float32 numbers: these are summed over all processes, and the others add 0. A single
process uses no TensorFlow here.

A training consists of these messages, in this order:

1. `announce`: the chief's config.yaml, and whether the training begins or is resumed. Or None: no training follows, and
   the other workers end.
2. A training that begins:
   `all_or_none`: whether each has read the images and built the GAN, and the chief the run of `init_from`;
   `share`, with `init_from`: the state of the chief's GAN, which begins with weights of that run;
   `from_chief`: the facts of the chief's images;
   `all_or_none`: whether each has the same images;
   `any`: whether a user has asked to stop;
   `all_or_none`: whether the chief could make the run directory;
   `writing_place`: the text files of the run directory, which each of the others writes into a temporary one.
   A training that is resumed:
   `writing_place`: as above;
   `all_or_none`: whether each has read the images and built the GAN, and the chief the checkpoint;
   `share`: the state of the chief's GAN, that is weights, optimizers, step and means;
   `any`: whether a user has asked to stop.
3. After each step, `any`: whether a limit of minutes or images is reached, if there is one, which ends the epoch; and
   `any`: whether a user has asked to stop; if so, all save and end the training. After each epoch,
   `from_chief`: the figures of the metrics, if any are due; `from_chief`: the figures of the health monitor, unless it
   is off; both `any`, as after a step, the first unless the limit is known to be reached.

Then message 1 follows again. In the steps themselves the strategy synchronizes gradients. A process that waits for a
dead process gets an error of TensorFlow, which `together` turns into `WorkerLost`.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_course.errors import Interrupted, UserError, first_line
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
"""The errors that TensorFlow raises after one of several workers has died."""


class WorkerLost(UserError):
    """Another process of this training has died."""


class Workers:
    """The processes that train together: this one alone, or those of a MultiWorkerMirroredStrategy.

    Args:
        strategy: the strategy from `make_strategy`; unless given, the default strategy.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None):
        self.strategy = strategy or tf.distribute.get_strategy()
        resolver = self.strategy.cluster_resolver
        self.several = isinstance(self.strategy, tf.distribute.MultiWorkerMirroredStrategy)
        cluster = resolver.cluster_spec().as_dict() if self.several else {"worker": [""]}
        self.count = sum(len(addresses) for addresses in cluster.values())
        kind, index = (resolver.task_type, resolver.task_id) if self.several else ("worker", 0)
        self.chief = kind == "chief" or ("chief" not in cluster and index == 0)

    def announce(self, config: str, begins: bool) -> None:
        """Send the other workers the configuration as YAML, and whether the training begins. The chief calls this."""
        self.from_chief({"config": config, "begins": begins})

    def announced(self) -> dict | None:
        """Return the chief's next `config` and `begins`, or None if no training follows. For the other workers."""
        return self.from_chief()

    @contextmanager
    def leading(self) -> Iterator[None]:
        """Announce the end of the trainings when the block ends or is interrupted. The chief calls this.

        After another error the others are at another place of the protocol; they fail when the chief ends.
        """
        try:
            yield
        except Interrupted:
            self.from_chief(None)
            raise
        self.from_chief(None)

    def from_chief(self, value: Any = None) -> Any:
        """Return the value that the chief passes, which must fit into JSON; other processes' values are ignored."""
        if not self.several:
            return value
        text = np.frombuffer(json.dumps(value).encode(), np.uint8) if self.chief else np.zeros(0, np.uint8)
        length = int(self._sum(np.array([len(text)]))[0])
        text = text if self.chief else np.zeros(length, np.uint8)
        return json.loads(self._sum(text).astype(np.uint8).tobytes())

    def any(self, flag: bool) -> bool:
        """Return whether one of the processes passes True."""
        return bool(self._sum(np.array([float(flag)]))[0]) if self.several else flag

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Stop all processes after the block if one of them fails in it.

        Raises:
            UserError: the error of this process, or an error which says that another worker has failed.
        """
        failed = None
        try:
            yield
        except UserError as error:
            failed = error
        if self.any(failed is not None):
            expected, received = "that all workers can train", "an error of another worker"
            raise failed or UserError(expected=expected, received=received, remedy="See its output")

    def share(self, gan: GAN) -> None:
        """Give all processes the chief's state of the training, bit for bit."""
        if not self.several:
            return
        variables = [variable for variable in map(tf_variable, gan.state()) if variable.dtype.is_floating]
        # The value of the first replica is taken, because reading a variable of all replicas would average the values.
        own = [self.strategy.experimental_local_results(variable)[0].numpy() for variable in variables]
        values = np.concatenate([value.ravel() for value in own])
        values = self._sum(values if self.chief else np.zeros_like(values))
        for variable, value in zip(variables, np.split(values, np.cumsum([x.size for x in own])[:-1]), strict=True):
            variable.assign(value.reshape(variable.shape))
        # Whole numbers are sent as text, because a sum of float32 is exact only up to 2^24.
        others = [variable for variable in map(tf_variable, gan.state()) if not variable.dtype.is_floating]
        for variable, value in zip(others, self.from_chief([v.numpy().tolist() for v in others]), strict=True):
            variable.assign(value)

    @contextmanager
    def writing_place(self, run: RunDirectory | None) -> Iterator[RunDirectory]:
        """Yield the directory to write: for the chief the locked run directory, for other workers a temporary copy.

        The other workers write the same files as the chief. They must read the same figures from them, and TensorFlow
        can only save variables that are divided among workers if all workers save.
        """
        if self.chief:
            with run.lock():
                self.from_chief(run.tables())
                yield run
            return
        files = self.from_chief()
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "run"
            for name, text in files.items():
                path = copy / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            (copy / "samples").mkdir()
            yield RunDirectory(copy)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Raise `WorkerLost` instead of the errors that TensorFlow raises after another process has died."""
        try:
            yield
        except LOST as error:
            if not self.several:
                raise
            raise WorkerLost(
                expected="all workers to run until the end",
                received=f"no answer from another worker ({first_line(error)})",
                remedy="Resume the run from its last checkpoint, in all workers and with strategy multi_worker",
            ) from error

    def _sum(self, value: np.ndarray) -> np.ndarray:
        # Bytes and lengths are sent as float32, which every device can sum and in which they are exact.
        return self._sum_function(tf.constant(value.astype(np.float32))).numpy()

    @cached_property
    def _sum_function(self):
        # All replicas of a worker send the same value, so each sends an equal share of it, which is exact for a power
        # of two.
        devices = self.strategy.num_replicas_in_sync // self.count

        def sum_function(value: tf.Tensor) -> tf.Tensor:
            return self.strategy.reduce("SUM", self.strategy.run(lambda: value / devices), axis=None)

        return tf.function(sum_function, autograph=False)
