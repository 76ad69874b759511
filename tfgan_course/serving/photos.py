"""The served functions of a generator from image to image."""

from collections.abc import Callable
from dataclasses import asdict

import tensorflow as tf

from tfgan_course.gan.translation import Translator
from tfgan_course.models.inputs import takes


def photo_functions(translator: Translator) -> dict[str, tuple[Callable, dict[str, tf.TensorSpec]]]:
    """Return the functions `translate`, `translate_png` and `tiling`, and the types of their inputs; see `servable`.

    The first two refuse sizes that the generator does not take, or that would take too much memory at once.
    """
    tiling, channels = translator.tiling, translator.channels

    def translate(condition, labels=None):
        with tf.control_dependencies([fits(tf.shape(condition))]):
            return {"images": translator.images(tf.identity(condition), labels)}

    def translate_png(image_bytes, labels=None):
        def decoded(file):
            return tf.io.decode_image(file, channels=3, expand_animations=False)

        first = tf.shape(decoded(image_bytes[0]))

        def checked(file):
            photo = decoded(file)
            message = "all photos of a request must have one size; got"
            with tf.control_dependencies(
                [tf.debugging.Assert(tf.reduce_all(tf.shape(photo) == first), [message, first, tf.shape(photo)])]
            ):
                return tf.identity(photo)

        with tf.control_dependencies([fits(tf.concat([tf.shape(image_bytes), first], 0))]):
            files = tf.identity(image_bytes)
        photos = tf.map_fn(checked, files, fn_output_signature=tf.TensorSpec([*spatial, 3], tf.uint8))
        images = translator.pixels(photos, labels)
        return {"image_bytes": tf.map_fn(tf.io.encode_png, images, fn_output_signature=tf.string)}

    def facts_of_tiling(facts):
        table = asdict(tiling)
        asked = facts[:, tf.newaxis] == tf.constant([*table])
        message = f"facts must be of {', '.join(table)}; got"
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(tf.reduce_any(asked, 1)), [message, facts])]):
            return {"numbers": tf.gather(tf.constant([*table.values()], tf.int64), tf.argmax(asked, 1))}

    def fits(shape):
        """Return an assertion about the shape (n, height, width, channels) of photos."""
        height, width = shape[1], shape[2]
        if tiling.fixed:
            right = (height == tiling.height) & (width == tiling.width)
            message = f"photos must have {tiling.height} x {tiling.width} pixels; got"
        else:
            right = (height >= tiling.height) & (width >= tiling.width) & (height * width <= tiling.most)
            right &= (height % tiling.stride == 0) & (width % tiling.stride == 0)
            message = (
                f"photos must have at least {tiling.height} x {tiling.width} and at most {tiling.most} pixels, height "
                f"and width multiples of {tiling.stride}; got"
            )
        return tf.debugging.Assert(right, [message, shape])

    spatial = (tiling.height, tiling.width) if tiling.fixed else (None, None)
    labels = {"labels": tf.TensorSpec([None], tf.int32)} if takes(translator.generator, "labels") else {}
    return {
        "translate": (translate, {"condition": tf.TensorSpec([None, *spatial, channels], tf.float32), **labels}),
        "translate_png": (translate_png, {"image_bytes": tf.TensorSpec([None], tf.string), **labels}),
        "tiling": (facts_of_tiling, {"facts": tf.TensorSpec([None], tf.string)}),
    }
