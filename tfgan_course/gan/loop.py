"""The compiled loops around a step: over replicas, over the steps of a call, and the means of an epoch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.gan.averaging import average_statistics, move_average, moving_rate
from tfgan_course.gan.batches import batch_size, fields_of, images_shown
from tfgan_course.gan.given_data import checked_data, checked_for_training
from tfgan_course.gan.growth import ImagesShown
from tfgan_course.gan.logs import RunningMeans
from tfgan_course.objectives.pair import Batch
from tfgan_course.objectives.terms.term import Term
from tfgan_course.schedules import Number, TrainingLength, current


@contextmanager
def _in_their_place(errors: list[UserError]) -> Iterator[None]:
    """Replace TensorFlow's error by the first `UserError` in `errors`, where reading a dataset puts them."""
    try:
        yield
    except tf.errors.OpError:
        if errors:
            raise errors[0] from None
        raise


class TrainingLoop(keras.Model):
    """A Keras model whose `fit` runs the `train_step` of a GAN on every replica and reports an epoch's means.

    A subclass has `train_step` and `test_step`, from a batch to a dictionary of float32 scalars, and `as_batch`.
    """

    generator: keras.Model
    critic: keras.Model
    critic_updates: int
    batches_per_step: int
    critic_terms: dict[str, Term]
    generator_terms: dict[str, Term]
    ema_generator: keras.Model | None
    ema_half_life: Number | None
    ema_ramp: float | None
    length: TrainingLength | None
    gradient_accumulation: int
    growth: ImagesShown | None
    train_means: RunningMeans
    test_means: RunningMeans
    train_function: Callable | None
    test_function: Callable | None

    def prepare_loop(self, steps_per_execution: int, jit_compile: bool) -> None:
        """Make the counter of steps and the step's function, compiled with XLA if `jit_compile`."""
        self.strategy = tf.distribute.get_strategy()
        self.step = tf.Variable(0, trainable=False, dtype=tf.int64, name="step")
        self.steps_per_call = self.batches_per_call = steps_per_execution
        self.unknown_length = False
        # Without AutoGraph tracing takes half the time, and no Python code here branches on a tensor.
        self._step_function = tf.function(self._distributed_step, autograph=False, jit_compile=jit_compile)

    @property
    def steps_done(self) -> int:
        """Steps taken since training began."""
        return int(self.step.numpy())

    def fit(self, x=None, y=None, **options):
        """Train as Keras's `fit` does: on arrays, on (x, y) with y the labels, or on batches of these.

        Batches come from a `tf.data.Dataset`, a Python generator or a `keras.utils.Sequence`. Each batch is checked.
        Pass a dataset itself: `fit` distributes it. If you distribute it yourself, only its first batch is checked.

        An epoch on the package's own infinite dataset is one pass over the images unless `steps_per_epoch` is given.
        A step divides a batch into `batches_per_step` x `gradient_accumulation` parts on each replica. The last,
        smaller batch of arrays is not used if it is too small for that, or if there are several replicas. A smaller
        batch of a dataset is filled up with its own images. Images that a division leaves over are not used.

        Labels are whole numbers (n,) or (n, 1) from 0, or one-hot (n, classes).

        Raises:
            UserError: if a batch is empty, or has images out of their range or of another shape, or labels that are no
                classes; or if the batch size is too small for the parts.
        """
        errors: list[UserError] = []
        x, y, options = checked_for_training(self, x, y, options, errors)
        unknown_length = isinstance(x, Iterator) or (
            isinstance(x, tf.data.Dataset) and x.cardinality() == tf.data.UNKNOWN_CARDINALITY
        )
        if unknown_length != self.unknown_length:
            self.unknown_length, self.train_function = unknown_length, None
        with _in_their_place(errors):
            return super().fit(x, y, **options)

    def evaluate(self, x=None, y=None, **options):
        """Return validation figures as Keras's `evaluate` does, on data as for `fit`; see `return_dict`.

        Raises:
            UserError: as `fit` does.
        """
        errors: list[UserError] = []
        if "_use_cached_eval_dataset" not in options:  # otherwise `fit` calls this and has checked the data
            x, y = checked_data(self, x, y, errors)
        with _in_their_place(errors):
            return super().evaluate(x, y, **options)

    def train_on_batch(self, x, y=None, **options):
        """Train one step as Keras's `train_on_batch` does, on arrays as for `fit`; it raises the same errors."""
        return super().train_on_batch(*self._checked_batch(x, y), **options)

    def test_on_batch(self, x, y=None, **options):
        """Return validation figures as Keras's `test_on_batch` does, on arrays as for `fit`; errors are the same."""
        return super().test_on_batch(*self._checked_batch(x, y), **options)

    def _checked_batch(self, x, y) -> tuple:
        parts = checked_data(self, x, y, [])
        return tf.nest.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), parts)

    def compile(self, *args, run_eagerly: bool = False, **options) -> None:
        """Choose compiled steps, or eager steps for debugging.

        Raises:
            UserError: for other arguments, since a GAN is built with its optimizers and losses.
        """
        expected = "optimizers and losses when the GAN is built, since each player has its own"
        received = f"compile({', '.join([*map(repr, args), *options])})"
        remedy = (
            "Write GAN(generator, critic, generator_optimizer=..., critic_optimizer=...), then fit() without compile"
        )
        require(not (args or options), expected, received, remedy)
        # Keras expects one optimizer; the steps use both.
        super().compile(self.generator_optimizer, run_eagerly=run_eagerly, steps_per_execution=self.batches_per_call)

    def __call__(self, *args, **options) -> NoReturn:
        """Raise a `UserError`, since a GAN is two networks: the user calls one of them."""
        remedy = "Call gan.ema_generator(latents), gan.generator(latents) or gan.critic(images)"
        raise UserError(expected="a call of one of the two networks", received="a call of the GAN", remedy=remedy)

    predict = predict_on_batch = __call__

    def as_batch(self, data) -> Batch:
        """Return the batch that an element of a dataset holds."""
        raise NotImplementedError

    def _distributed_step(self, batch) -> dict[str, tf.Tensor]:
        if self.growth is not None:
            self.growth.begin(self.step, self._images_of_step(batch))
        logs = self.strategy.run(self.train_step, args=(batch,))
        logs = {name: self.strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}
        if self.strategy.num_replicas_in_sync > 1:
            average_statistics(self.strategy, [self.generator, self.critic])
        if self.ema_generator is not None and self.ema_half_life is not None:
            images = self._images_of_step(batch)
            shown = self.shown_before_step(images)
            half_life = current(self.ema_half_life, shown, self.length)
            rate = moving_rate(half_life, self.ema_ramp, shown, images)
            move_average(self.strategy, self.ema_generator, self.generator, rate)
        if self.growth is not None:
            self.growth.end(self._images_of_step(batch))
        self.step.assign_add(1)
        return logs

    def shown_before_step(self, images: int | tf.Tensor) -> tf.Tensor:
        """Return how many real images were shown in earlier steps, int64, if this step shows `images`."""
        shown = images_shown(tf.cast(self.step, tf.int64), images)
        return shown if self.growth is None else self.growth.before(self.step, shown)

    def _images_of_step(self, batch) -> int | tf.Tensor:
        """Return the number of real images that the critic is shown in a step, over all replicas.

        A small batch of unknown size counts after `split` has filled it.
        """
        of_this_process = self.strategy.experimental_local_results(fields_of(batch)["images"])
        count = batch_size(of_this_process[0])
        if not isinstance(count, int):
            count = tf.maximum(count, self.batches_per_step * self.gradient_accumulation)
        return count // self.batches_per_step * self.critic_updates * self.strategy.num_replicas_in_sync

    def make_train_function(self, force: bool = False):
        """Return the function of one call: it takes `steps_per_call` steps and returns the epoch's means so far."""
        if self.train_function is None or force:
            self.begin_terms()

            def steps(iterator, count: int):
                for _ in range(count):
                    means = self.train_means.update(self._step_function(next(iterator)))
                return means

            function = steps if self.run_eagerly else tf.function(steps, autograph=False)
            self.train_function = (
                self._batch_first(steps)
                if self.unknown_length
                else lambda iterator: function(iterator, self.steps_per_call)
            )
        return self.train_function

    def begin_terms(self) -> dict[str, int]:
        """Let the terms read what only a training needs, see `Term.begin`; return their checksums by their names."""
        terms = {**self.critic_terms, **self.generator_terms}
        with self.strategy.scope():
            for term in terms.values():
                term.begin()
        return {name: term.checksum for name, term in terms.items() if term.checksum is not None}

    def _batch_first(self, steps: Callable) -> Callable:
        """Return the function of one call for data of unknown length: it fetches a batch before the step begins.

        A compiled step that finds no batch has by then changed what needs no images: the counter, moving averages.
        """
        compiled: dict = {}

        def one_step(spec) -> Callable:
            if spec not in compiled:
                # The batch size of the signature stays unknown, as in a compiled loop.
                compiled[spec] = tf.function(lambda batch: steps(iter([batch]), 1), [spec], autograph=False)
            return compiled[spec]

        def train_function(iterator):
            means = None
            for _ in range(self.steps_per_call):
                try:
                    batch = next(iterator)
                except (StopIteration, tf.errors.OutOfRangeError):
                    if means is None:
                        raise
                    break
                step = (lambda batch: steps(iter([batch]), 1)) if self.run_eagerly else one_step(iterator.element_spec)
                means = step(batch)
            return means

        return train_function

    def _maybe_symbolic_build(self, *args, **kwargs) -> None:
        # Keras 3 averages a batch over the replicas to build a model that is not built, which fails for images with
        # labels and several workers. A GAN is always built.
        pass

    def make_test_function(self, force: bool = False):
        """Return the function of one call: it validates up to `batches_per_call` batches over all replicas.

        It returns the means since the start of the validation.
        """
        if self.test_function is None or force:

            def one_batch(iterator):
                sums, counts = self.strategy.run(self._test_sums, args=(next(iterator),))
                count = self.strategy.reduce("SUM", counts, axis=None)
                means = {name: self.strategy.reduce("SUM", value, axis=None) / count for name, value in sums.items()}
                return self.test_means.update(means, count)

            function = one_batch if self.run_eagerly else tf.function(one_batch, autograph=False)

            def test_function(iterator):
                means = function(iterator)
                for _ in range(1, self.batches_per_call):
                    try:
                        means = function(iterator)
                    except (StopIteration, tf.errors.OutOfRangeError):
                        break
                return means

            self.test_function = test_function
        return self.test_function

    def _test_sums(self, batch) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """Return a replica's validation figures times the number of its images, and that number.

        In the last batch a replica may have fewer images than the others, or none. Then it gets one gray image that
        does not count, since convolutions refuse an empty batch.
        """
        batch = self.as_batch(batch)
        count = tf.shape(batch.images)[0]
        missing = tf.cast(count == 0, tf.int32)
        batch = batch.each(lambda tensor: tf.pad(tensor, [[0, missing], *[[0, 0]] * (tensor.shape.rank - 1)]))
        logs = self.test_step({name: tensor for name, tensor in batch._asdict().items() if tensor is not None})
        count = tf.cast(count, tf.float32)
        return {name: value * count for name, value in logs.items()}, count

    def reset_metrics(self) -> None:
        """Set the means to 0; Keras calls this at the start of each epoch and of each validation."""
        self.train_means.reset()
        self.test_means.reset()
