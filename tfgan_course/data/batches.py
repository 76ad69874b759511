"""Batches of images for training and validation, in an order that resuming and replicas leave alone."""

import tensorflow as tf

from tfgan_course.data.images import ImageSet
from tfgan_course.errors import UserError

ALONE = tf.distribute.InputContext()


def training_batches(
    images: ImageSet,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    updates: int = 1,
    context: tf.distribute.InputContext = ALONE,
) -> tf.data.Dataset:
    """Return endless batches of shuffled images, to train on.

    A pass visits each image at most once: n // batch_size full batches, and the few images that fill no batch are
    left out, others in each pass. The order of a pass is a function of (seed, number of the pass) alone. So a run
    that stopped after k batches goes on bit for bit, on any machine, with `start_step=k`, without reading those k.

    Args:
        images: n images.
        batch_size: images in a batch, over all replicas.
        seed: of the order.
        start_step: number of batches already used.
        updates: of the critic, that a batch is cut up for.
        context: of `strategy.distribute_datasets_from_function`: the worker whose part of every batch is returned,
            in one batch for each of its replicas, consecutive images of those that one process alone would use for an
            update. Unless given, this process is alone.

    Returns:
        uint8 (batch_size, size, size, channels); with labels, pairs of that and int32 (batch_size,). The dataset's
        attribute `steps_per_pass` is the number of batches in a pass, by which `GAN.fit` ends an epoch.

    Raises:
        UserError: if there are fewer images than one batch, `batch_size` is below 1 or cannot be divided, or
            `start_step` is below 0.
    """
    _check_batch_size(batch_size)
    if start_step < 0:
        raise UserError(f"start_step counts batches from 0, got {start_step}.")
    count = len(images)
    per_pass = count // batch_size
    if per_pass == 0:
        remedy = "Use a smaller --batch_size or more images."
        raise UserError(f"A batch of {batch_size} images cannot be made of {count}. {remedy}")

    first_pass, used = divmod(start_step, per_pass)
    passes = tf.data.Dataset.range(first_pass, tf.int64.max)
    tickets = passes.flat_map(lambda number: images.one_pass(seed, number, batch_size)).skip(used)
    if context.num_replicas_in_sync > 1:
        tickets = tickets.map(lambda *batch: tuple(_own_part(part, batch_size, updates, context) for part in batch))
        tickets = tickets.unbatch()
    batches = _read(images, tickets.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)))
    batches.steps_per_pass = per_pass
    return batches


def validation_batches(images: ImageSet, batch_size: int) -> tf.data.Dataset:
    """Return batches, as `training_batches` does, of all images in their order, once; the last one may be smaller."""
    _check_batch_size(batch_size)
    return _read(images, images.in_order(batch_size))


def _own_part(batch: tf.Tensor, batch_size: int, updates: int, context: tf.distribute.InputContext) -> tf.Tensor:
    """Return a worker's rows of a batch, (its replicas, batch_size // all replicas)."""
    replicas = context.num_replicas_in_sync
    if batch_size % (updates * replicas):
        found = f"A batch of {batch_size} images for {updates} updates"
        raise UserError(f"{found} cannot be divided among {replicas} replicas.")
    rows = tf.reshape(batch, [updates, replicas, batch_size // (updates * replicas)])
    rows = tf.reshape(tf.transpose(rows, [1, 0, 2]), [replicas, batch_size // replicas])
    own = replicas // context.num_input_pipelines
    return rows[context.input_pipeline_id * own :][:own]


def _check_batch_size(batch_size: int) -> None:
    """Raise `UserError` unless a batch holds an image."""
    if batch_size < 1:
        raise UserError(f"A batch has at least 1 image, got a batch_size of {batch_size}.")


def _read(images: ImageSet, tickets: tf.data.Dataset) -> tf.data.Dataset:
    """Return the images, and the labels where there are any, of each batch of tickets."""
    options = tf.data.Options()
    options.deterministic = True
    # Rewriting this short pipeline gains nothing, and would copy all images once more.
    options.experimental_optimization.apply_default_optimizations = False
    # Sharding by files, the default, would look for files that are not there.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    batches = tickets.map(images.read, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)
