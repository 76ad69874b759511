"""Batches of images for training and validation. Resuming and replicas do not change the order of the images."""

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

    A pass has n // batch_size full batches and visits each image at most once. The few images that do not fill a batch
    are left out; these are different images in each pass. The order of a pass depends only on the seed and the number
    of the pass. So a run that stopped after k batches continues bit for bit, on any machine, with `start_step=k`, and
    does not read the first k batches again.

    Args:
        images: n images.
        batch_size: the number of images in a batch, over all replicas.
        seed: the seed of the order.
        start_step: the number of batches that were already used.
        updates: the number of updates that a batch is divided among.
        context: the context from `strategy.distribute_datasets_from_function`. It names the worker whose part of each
            batch is returned, as one batch for each of the worker's replicas: for each update, consecutive images of
            the images that a single process would use. Default: a single process.

    Returns:
        uint8 (batch_size, size, size, channels); with labels, pairs of images and int32 (batch_size,). The dataset's
        attribute `steps_per_pass` is the number of batches in a pass, after which `GAN.fit` ends an epoch.

    Raises:
        UserError: if there are fewer images than one batch, `batch_size` is below 1 or cannot be divided, or
            `start_step` is below 0.
    """
    count = len(images)
    if not 1 <= batch_size <= count:
        raise UserError(
            expected=f"a batch_size of 1 to {count}, the number of images to train on",
            received=f"{batch_size}",
            remedy="Use another batch_size or more images",
        )
    if start_step < 0:
        raise UserError(expected="a start_step of 0 or more", received=f"{start_step}", remedy="Count batches from 0")
    per_pass = count // batch_size

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
    """Return all images once, in the order of the set, in batches like those of `training_batches`.

    The last batch may be smaller.
    """
    if batch_size < 1:
        raise UserError(expected="a batch_size of 1 or more", received=f"{batch_size}", remedy="Use a larger one")
    return _read(images, images.in_order(batch_size))


def _own_part(batch: tf.Tensor, batch_size: int, updates: int, context: tf.distribute.InputContext) -> tf.Tensor:
    """Return the part of a batch of one worker, (replicas of the worker, batch_size // all replicas)."""
    replicas = context.num_replicas_in_sync
    if batch_size % (updates * replicas):
        raise UserError(
            expected=f"a batch_size divisible by {updates * replicas}, for {updates} batches on {replicas} replicas",
            received=f"{batch_size}",
            remedy="Change batch_size, the critic updates or the number of replicas",
        )
    rows = tf.reshape(batch, [updates, replicas, batch_size // (updates * replicas)])
    rows = tf.reshape(tf.transpose(rows, [1, 0, 2]), [replicas, batch_size // replicas])
    own = replicas // context.num_input_pipelines
    return rows[context.input_pipeline_id * own :][:own]


def _read(images: ImageSet, tickets: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.deterministic = True
    # Optimizing this short pipeline saves no time, and would copy all images once more.
    options.experimental_optimization.apply_default_optimizations = False
    # The default, sharding by files, would look for files that do not exist.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    batches = tickets.map(images.read, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)
