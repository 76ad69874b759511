import tensorflow as tf

from tfgan_course.data.images import Images
from tfgan_course.errors import UserError


def training_batches(images: Images, batch_size: int, seed: int, start_step: int = 0) -> tf.data.Dataset:
    """Returns endless batches of shuffled images, to train on.

    A pass visits each image at most once: n // batch_size full batches, and the few images that fill no batch are
    left out, others in each pass. The order of a pass is a function of (seed, number of the pass) alone. So a run
    that stopped after k batches goes on bit for bit, on any machine, with `start_step=k`: the dataset begins with the
    batch that would have been next, without going through the k before it.

    Args:
        images: n images.
        batch_size: images in a batch, over all replicas.
        seed: of the order.
        start_step: number of batches already used.

    Returns:
        uint8 (batch_size, size, size, channels); with labels, pairs of that and int32 (batch_size,). Ready for
        `strategy.experimental_distribute_dataset`, which gives each replica its part of every batch.

    Raises:
        UserError: if there are fewer images than one batch, `batch_size` is below 1, or `start_step` below 0.
    """
    check_batch_size(batch_size)
    if start_step < 0:
        raise UserError(f"start_step counts batches from 0, got {start_step}.")
    count = len(images.images)
    per_pass = count // batch_size
    if per_pass == 0:
        raise UserError(
            f"A batch of {batch_size} images cannot be made of {count}. Use a smaller --batch_size or more images."
        )

    def shuffled(number: tf.Tensor) -> tf.data.Dataset:
        # Sorting 64 random bits an image; Philox gives the same bits on every machine and kind of processor.
        bits = tf.random.stateless_uniform([count], [seed, number], None, None, tf.int64, alg="philox")
        order = tf.argsort(bits)[: per_pass * batch_size]
        return tf.data.Dataset.from_tensor_slices(tf.reshape(order, [per_pass, batch_size]))

    first_pass, used = divmod(start_step, per_pass)
    indices = tf.data.Dataset.range(first_pass, tf.int64.max).flat_map(shuffled).skip(used)
    return gathered(images, indices.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)))


def validation_batches(images: Images, batch_size: int) -> tf.data.Dataset:
    """Returns batches of all images in their order, once; the last one may be smaller.

    Args:
        images: n images.
        batch_size: images in a batch, over all replicas.

    Returns:
        The same as `training_batches`.

    Raises:
        UserError: if `batch_size` is below 1.
    """
    check_batch_size(batch_size)
    return gathered(images, tf.data.Dataset.range(len(images.images)).batch(batch_size))


def check_batch_size(batch_size: int) -> None:
    """Raises `UserError` unless a batch holds an image."""
    if batch_size < 1:
        raise UserError(f"A batch has at least 1 image, got a batch_size of {batch_size}.")


def gathered(images: Images, indices: tf.data.Dataset) -> tf.data.Dataset:
    """Returns the images, and the labels where there are any, at each batch of indices."""
    with tf.device("CPU"):  # Otherwise the whole set would go to the GPU, and back with every batch.
        arrays = tuple(tf.constant(array) for array in (images.images, images.labels) if array is not None)

    def gather(batch: tf.Tensor) -> tf.Tensor | tuple[tf.Tensor, tf.Tensor]:
        parts = tuple(tf.gather(array, batch) for array in arrays)
        return parts if len(parts) == 2 else parts[0]

    options = tf.data.Options()
    options.deterministic = True
    # Rewriting this short pipeline gains nothing, and would copy all images once more.
    options.experimental_optimization.apply_default_optimizations = False
    # Sharding by files, the default, would look for files that are not there.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    batches = indices.map(gather, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)
