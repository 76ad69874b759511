"""The served functions of a trained generator: TensorFlow graphs that need neither Keras nor this package."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf
from tensorflow import keras

from tfgan_course.gan.latents import LatentDistribution
from tfgan_course.gan.sampling import images_of_seeds, truncated_ws
from tfgan_course.gan.seeds import LARGEST_TRUNCATION
from tfgan_course.gan.translation import Translator
from tfgan_course.models import StyleSpace
from tfgan_course.models.inputs import feed, input_shape, takes
from tfgan_course.objectives.pair import CriticOutput
from tfgan_course.replicas import tf_variable
from tfgan_course.serving.photos import photo_functions


class Signature(NamedTuple):
    """A function from named tensors to a dictionary of named tensors, and the types of its arguments by name."""

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: dict[str, tf.TensorSpec]


def servable(
    generator: keras.Model,
    latents: LatentDistribution,
    classes: int | None = None,
    critic: keras.Model | None = None,
    class_names: Sequence[str] | None = None,
) -> tuple[tf.Module, dict[str, Callable]]:
    """Return a module of the weights, and its signatures by name, for `tf.saved_model.save`.

    Every signature takes any number of rows, at least one. Row i of the inputs alone determines row i of the outputs,
    except for a critic that compares the images of a batch. The graph refuses wrong inputs with
    `tf.errors.InvalidArgumentError`.

    | signature         | inputs                                         | outputs                            |
    | ----------------- | ---------------------------------------------- | ---------------------------------- |
    | `serving_default` | latents float32 (n, size)                      | images float32 [-1, 1] (n, h, w, c)|
    | `sample`          | seed int64 (n,), truncation float32 (n,)       | images uint8 (n, h, w, c)          |
    | `sample_png`      | the same                                       | image_bytes string (n,), PNG files |
    | `critic`          | images uint8 (n, h, w, c)                      | score float32 (n,), and            |
    |                   |                                                | class_logits (n, classes) if any   |
    | `class_numbers`   | names string (n,), names or numbers of classes | labels int32 (n,)                  |

    A generator with a w space (see `StyleSpace`) truncates w instead of latents: average + min(truncation, 1)
    (w - average). It has two more signatures. Between their calls a client can mix ws, or walk from one w to another.

    | `map`             | latents float32 (n, size), truncation (n,)     | ws float32 (n, layers, w size)     |
    | `synthesize`      | ws float32 (n, layers, w size)                 | images float32 [-1, 1] (n, h, w, c)|

    A generator from image to image has these in place of `serving_default` and the samples. Photos of one call have
    one size, which the generator must take, see `Tiling`; h and w are fixed for a generator that takes a single size.

    | `translate`       | condition float32 [-1, 1] (n, h, w, c)         | images float32 [-1, 1] (n, h, w, c)|
    | `translate_png`   | image_bytes string (n,), PNG or JPEG files     | image_bytes string (n,), PNG files |
    | `tiling`          | facts string (n,), names of `Tiling`'s fields  | numbers int64 (n,), their values   |

    Networks that take labels have `labels`, int32 (n,), as a further input, and a critic that takes the condition has
    `condition`, uint8; `synthesize` needs neither.

    Args:
        generator: Keras model from latents (batch, size), or from a condition, to images in [-1, 1]; it may take labels
            as well.
        latents: the distribution that the generator was trained with.
        classes: how many classes there are, for networks that take labels.
        critic: Keras model from images, and labels; None for no signature `critic`.
        class_names: UTF-8 names of the classes, for a generator that takes labels; None for no `class_numbers`.
    """
    signatures = signatures_of(generator, latents, critic, class_names)
    module = tf.Module()
    # The module has only the weights. With the Keras models in it, a program that loads it would need the layers'
    # classes.
    models = [generator] if critic is None else [generator, critic]
    module.weights = [tf_variable(weight) for model in models for weight in model.variables]
    return module, {name: _traced(*signature, classes) for name, signature in signatures.items()}


def signatures_of(
    generator: keras.Model,
    latents: LatentDistribution,
    critic: keras.Model | None = None,
    class_names: Sequence[str] | None = None,
) -> dict[str, Signature]:
    """Return the signatures of `servable` by name, as functions that do not check their inputs."""
    style = StyleSpace.of(generator)

    def serving_default(latents, labels=None):
        images = generator(feed(generator, latents=latents, labels=labels), training=False)
        return {"images": tf.cast(images, tf.float32)}

    def sample(seed, truncation, labels=None):
        return {"images": _pixels(images_of_seeds(generator, latents, seed, truncation, labels))}

    def sample_png(seed, truncation, labels=None):
        images = sample(seed, truncation, labels)["images"]
        return {"image_bytes": tf.map_fn(tf.io.encode_png, images, fn_output_signature=tf.string)}

    def map_latents(latents, truncation, labels=None):
        return {"ws": truncated_ws(style, latents, truncation, labels)}

    def synthesize(ws):
        return {"images": tf.cast(style.synthesis(ws, training=False), tf.float32)}

    def judge(images, labels=None, condition=None):
        given = {"images": images, "condition": condition}
        floats = {name: tf.cast(it, tf.float32) / 127.5 - 1.0 for name, it in given.items() if it is not None}
        output = CriticOutput.of(critic(feed(critic, labels=labels, **floats), training=False))
        classified = {} if output.class_logits is None else {"class_logits": output.class_logits}
        return {"score": tf.reduce_mean(tf.reshape(output.score, [tf.shape(images)[0], -1]), 1), **classified}

    def class_numbers(names):
        # An exact name comes first, then a number, then a name in other capitals.
        exact = names[:, None] == tf.constant(class_names)
        lower = tf.strings.lower(names, "utf-8")[:, None] == tf.strings.lower(tf.constant(class_names), "utf-8")
        is_number = tf.strings.regex_full_match(names, "[0-9]{1,9}")
        number = tf.strings.to_number(tf.where(is_number, names, "-1"), tf.int32)
        labels = tf.where(
            tf.reduce_any(exact, 1),
            tf.argmax(exact, 1, tf.int32),
            tf.where(is_number, number, tf.where(tf.reduce_any(lower, 1), tf.argmax(lower, 1, tf.int32), -1)),
        )
        message = f"classes must be 0 to {len(class_names) - 1} or {', '.join(class_names)}; got"
        possible = (labels >= 0) & (labels < len(class_names))
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(possible), [message, names])]):
            return {"labels": tf.identity(labels)}

    # Each keyword argument becomes an input with its name.
    rows = {"seed": tf.TensorSpec([None], tf.int64), "truncation": tf.TensorSpec([None], tf.float32)}
    labels = {"labels": tf.TensorSpec([None], tf.int32)}
    of_generator = labels if takes(generator, "labels") else {}
    functions: dict[str, Signature] = {}
    of_latents = {}
    if takes(generator, "condition"):
        functions |= {name: Signature(*it) for name, it in photo_functions(Translator(generator)).items()}
    else:
        of_latents = {"latents": tf.TensorSpec([None, *input_shape(generator, "latents")], tf.float32)}
        functions["serving_default"] = Signature(serving_default, {**of_latents, **of_generator})
        functions["sample"] = Signature(sample, {**rows, **of_generator})
        functions["sample_png"] = Signature(sample_png, {**rows, **of_generator})
    if style is not None:
        functions["map"] = Signature(map_latents, {**of_latents, "truncation": rows["truncation"], **of_generator})
        ws = tf.TensorSpec([None, style.layers, style.w_size], tf.float32)
        functions["synthesize"] = Signature(synthesize, {"ws": ws})
    if class_names and takes(generator, "labels"):
        functions["class_numbers"] = Signature(class_numbers, {"names": tf.TensorSpec([None], tf.string)})
    if critic is not None:
        names = ("images", *(["condition"] if takes(critic, "condition") else []))
        judged = {name: tf.TensorSpec([None, *input_shape(critic, name)], tf.uint8) for name in names}
        functions["critic"] = Signature(judge, {**judged, **(labels if takes(critic, "labels") else {})})
    return functions


def _traced(function: Callable, inputs: dict[str, tf.TensorSpec], classes: int | None) -> Callable:
    """Return the function as a graph for inputs of these names and types, which refuses other shapes and values."""

    def checked(**values):
        # The rank is not asserted, because TensorFlow assumes the rank of the signature and would remove the assertion.
        values = {name: tf.ensure_shape(values[name], spec.shape) for name, spec in inputs.items()}
        with tf.control_dependencies(_checks(values, classes)):
            return function(**{name: tf.identity(value) for name, value in values.items()})

    named = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in inputs.items()}
    return tf.function(checked, autograph=False).get_concrete_function(**named)


def _pixels(images: tf.Tensor) -> tf.Tensor:
    """Return float images [-1, 1] as uint8 [0, 255], rounded; see `grids.to_uint8`."""
    return tf.cast(tf.clip_by_value(tf.round((images + 1.0) * 127.5), 0.0, 255.0), tf.uint8)


def _checks(values: dict[str, tf.Tensor], classes: int | None) -> list[tf.Operation]:
    """Return assertions that the inputs of a signature have equally many rows, at least one, and allowed values."""
    count = tf.shape(next(iter(values.values())))[0]
    checks = [tf.debugging.assert_positive(count, message="there must be at least one row")]
    for name, value in values.items():
        message = f"{name} must have as many rows as the other inputs"
        checks.append(tf.debugging.assert_equal(tf.shape(value)[0], count, message=message))
        if name in ("latents", "ws") or (name == "condition" and value.dtype.is_floating):
            checks.append(tf.debugging.assert_all_finite(value, f"{name} must be finite numbers"))
        elif name == "truncation":
            possible = (value > 0.0) & (value <= LARGEST_TRUNCATION)  # both comparisons are false for NaN
            message = f"truncation must be above 0 and at most {LARGEST_TRUNCATION}, which truncates nothing; got"
            checks.append(tf.debugging.Assert(tf.reduce_all(possible), [message, value]))
        elif name == "labels":
            possible = (value >= 0) & (value < classes)
            message = f"labels must be 0 to {classes - 1}; got"
            checks.append(tf.debugging.Assert(tf.reduce_all(possible), [message, value]))
    return checks
