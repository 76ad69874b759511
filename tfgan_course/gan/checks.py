"""What `GAN` refuses when it is built: parts that do not fit together. Each mistake gives one `UserError`."""

import numbers
from collections.abc import Mapping, Sequence

import tensorflow as tf
from tensorflow import keras

from tfgan_course.augmentation import Augmentation
from tfgan_course.errors import require
from tfgan_course.gan.batches import fits
from tfgan_course.gan.latents import LatentDistribution
from tfgan_course.gan.options import Freeze, GANOptions
from tfgan_course.models.inputs import feed, input_names, input_shape, takes
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import AdversarialLoss, PointwiseLoss
from tfgan_course.objectives.pair import Batch, CriticOutput, Pair
from tfgan_course.objectives.terms import Term
from tfgan_course.objectives.terms.term import check_initialized
from tfgan_course.objectives.top_k import TopK
from tfgan_course.optimizers import optimizers
from tfgan_course.plugins.by_name import instance_of
from tfgan_course.randomness import Draws
from tfgan_course.replicas import replicas

GENERATOR_INPUTS = ("latents", "labels", "condition")
CRITIC_INPUTS = ("images", "labels", "condition")


def check_networks(generator: keras.Model, critic: keras.Model) -> None:
    """Refuse networks that are not built, have inputs of unknown names or ranks, or do not fit each other."""
    for player, network, allowed in (("generator", generator, GENERATOR_INPUTS), ("critic", critic, CRITIC_INPUTS)):
        model = isinstance(network, keras.Model)
        require(
            model and bool(getattr(network, "inputs", None)),
            f"for {player} a built Keras model, functional or Sequential with keras.Input",
            f"a {type(network).__name__} without known inputs" if model else network,
            "Make a subclassed model functional: keras.Model(inputs, model(inputs))",
        )
        names = input_names(network)
        for name, tensor in zip(names, network.inputs, strict=True):
            name = name or allowed[0]
            axes = {"latents": ("batch", "n"), "labels": ("batch",)}.get(name, ("batch", "height", "width", "channels"))
            require(
                name not in allowed or len(tensor.shape) == len(axes),
                f"for the {player}'s input {name} the shape ({', '.join(axes)})",
                tuple(tensor.shape),
                "Change the input, or its name. The order is GAN(generator, critic)",
            )
        require(
            names == [None] or set(names) <= set(allowed),
            f"inputs of the {player} with names among {', '.join(allowed)}",
            ", ".join(repr(tensor.name) for tensor in network.inputs),
            'Name them: keras.Input(shape, name="labels"). A single input needs no name',
        )
    shape = generator.output_shape
    expected = "a generator with one output, images (batch, height, width, channels)"
    remedy = "End it with a layer that returns images in [-1, 1], a Conv2D with tanh for example"
    require(isinstance(shape, tuple) and len(shape) == 4 and None not in shape[1:], expected, shape, remedy)
    judged = input_shape(critic, "images")
    expected = f"a critic that judges the generator's images, of shape {shape[1:]}"
    received = f"one that judges images of shape {judged}"
    require(shape[1:] == judged, expected, received, "Give both the same (height, width, channels)")
    if takes(generator, "condition") and takes(critic, "condition"):
        given, judged = input_shape(generator, "condition"), input_shape(critic, "condition")
        expected = f"a critic that takes the generator's condition, of shape {given}"
        received = f"one that takes a condition of shape {judged}"
        require(fits(given, judged), expected, received, "Give both inputs the same (height, width, channels)")


def critic_output(critic: keras.Model) -> dict:
    """Return the fields of a critic's output, as Keras tensors.

    Raises:
        UserError: if it is neither a score nor a dictionary with the fields of `CriticOutput`.
    """
    inputs = {tensor.name: keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in critic.inputs}
    output = critic(feed(critic, **inputs))
    fields = output if isinstance(output, dict) else {"score": output}
    remedy = "Return a dictionary: {'score': ..., 'class_logits': ..., 'features': {...}}"
    expected = "a critic whose output is a score, or a dictionary with score, class_logits (if any) and features"
    right = "score" in fields and set(fields) <= set(CriticOutput._fields)
    require(right, expected, f"a dictionary with {', '.join(fields)}", remedy)
    right = hasattr(fields["score"], "shape")
    require(right, "a critic with one output, its score", "" if right else f"{len(fields['score'])} outputs", remedy)
    return fields


def with_objects(options: GANOptions) -> GANOptions:
    """Return the options with each short name, dotted path or class replaced by an object.

    Raises:
        UserError: if a value names no class of the right kind, or one object is used where two are needed.
    """
    options.loss = instance_of(AdversarialLoss, options.loss, argument="loss")
    if options.label_noise is not None:
        options.label_noise = instance_of(LabelNoise, options.label_noise, argument="label_noise")
    if options.top_k is not None:
        options.top_k = instance_of(TopK, options.top_k, argument="top_k")
    options.latents = instance_of(LatentDistribution, options.latents, argument="latents")
    lists = {"critic_terms": Term, "generator_terms": Term}
    for argument, base in {**lists, "augmentations": Augmentation, "real_augmentations": Augmentation}.items():
        values = getattr(options, argument)
        require(isinstance(values, list | tuple), f"for {argument} a list", repr(values), f"Write {argument}=[...]")
        setattr(options, argument, [instance_of(base, value, argument=argument) for value in values])
    for term in [*options.critic_terms, *options.generator_terms]:
        check_initialized(term)
    options.freeze = freeze_of(options.freeze)
    for argument in ("generator_optimizer", "critic_optimizer"):
        setattr(options, argument, _optimizer(getattr(options, argument), argument))
    received = "one object as generator_optimizer and critic_optimizer"
    right = options.generator_optimizer is not options.critic_optimizer
    require(right, "an optimizer for each player's weights", received, "Make two")
    shared = [type(term).__name__ for term in options.critic_terms if any(term is t for t in options.generator_terms)]
    received = f"one {' and one '.join(shared)} in critic_terms and generator_terms"
    require(not shared, "separate terms for each player, since terms keep state", received, "Make two")
    return options


def freeze_of(value: object) -> Freeze:
    """Return `freeze` as an object; Python code may pass a mapping of its parts.

    Raises:
        UserError: for anything else.
    """
    if isinstance(value, Freeze):
        return value
    parts = value if isinstance(value, Mapping) else {}
    right = isinstance(value, Mapping) and not parts.keys() - {"generator", "critic"}
    require(right, "for freeze a mapping of generator and critic", repr(value), "Write freeze={'critic': ['conv2d']}")
    return Freeze(**parts)


def _optimizer(value: object, argument: str) -> keras.optimizers.Optimizer:
    if value is None:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)  # as in DCGAN
    if isinstance(value, keras.optimizers.Optimizer):
        return value
    return instance_of(optimizers.Optimizer, value, argument=argument).build()


def check_classes(generator: keras.Model, critic: keras.Model, classifies: bool, options: GANOptions) -> None:
    """Refuse a conditional GAN without a number of classes, or one in which nothing teaches the classes."""
    labeled, classes = takes(generator, "labels"), options.classes
    expected = "for classes their number, since the generator takes labels"
    right = isinstance(classes, numbers.Integral) and classes >= 1
    require(right or not labeled, expected, repr(classes), "Pass classes=10, for example")
    expected = "a generator that takes labels, as the critic does"
    received = f"a generator that takes {input_names(generator)}, whose images have no labels"
    require(labeled or not takes(critic, "labels"), expected, received, "Make both networks conditional, or neither")
    require(
        not labeled or takes(critic, "labels") or classifies,
        "a critic that takes labels or classifies, since the generator takes labels",
        "a critic without labels, which would teach the generator nothing about its classes",
        "Condition the critic too, with Projection for example",
    )


def check_objective(generator: keras.Model, critic: keras.Model, options: GANOptions) -> None:
    """Refuse a loss, terms, label noise or augmentations that do not work with these networks."""
    loss = type(options.loss).__name__
    require(
        options.label_noise is None or isinstance(options.loss, PointwiseLoss),
        "with label_noise a PointwiseLoss, a loss that is a mean over single scores",
        f"{loss}, which has no labels to change",
        "Leave label_noise out, or use NonSaturating or LeastSquares",
    )
    other_classes = takes(generator, "labels") and options.fake_labels == "sampled"
    expected = f"with {loss} pairs of a real and a generated image of the same class: fake_labels real"
    require(not (options.loss.compares_pairs and other_classes), expected, "fake_labels sampled", "Leave it out")
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in all_layers(critic)):
        for term in [*options.critic_terms, *options.generator_terms]:
            check_unmixed_images(term)
    expected = "images that are changed together with the condition that the critic takes"
    right = not (takes(critic, "condition") and options.augmentations)
    remedy = "Use real_augmentations, which change both alike, or a critic without a condition"
    require(right, expected, "augmentations, which change images only", remedy)


def check_unmixed_images(term: Term) -> None:
    """Refuse a per-image term for a critic with BatchNormalization."""
    require(
        not term.per_image,
        f"with {type(term).__name__}, a penalty for each image, a critic that judges each image independently",
        "a critic with BatchNormalization, where every image of a batch changes the scores of all others",
        "Use layer, instance, spectral or no normalization in the critic",
    )


def check_by_tracing(gan) -> None:
    """Refuse a user's own loss or term that does not return a scalar, or augmentation that changes the images' shape.

    These objects are traced on two images, before the first step. The classes of this package need no such check.
    """
    augmentations = [part for part in [*gan.augmentations, *gan.real_augmentations] if _is_foreign(part)]
    terms = {player: [*filter(_is_foreign, player.terms.values())] for player in gan.players.values()}
    loss, foreign_loss = gan.adversarial_loss, _is_foreign(gan.adversarial_loss)
    if not (foreign_loss or augmentations or any(terms.values())):
        return

    def trace() -> None:
        draws = Draws(gan.seed, gan.step, "check")
        images = tf.zeros([2, *gan.generator.output_shape[1:]])
        for augmentation in augmentations:
            changed = augmentation(images, draws.part())
            right = tf.is_tensor(changed) and (changed.shape, changed.dtype) == (images.shape, images.dtype)
            expected = (
                f"from {type(augmentation).__name__} float32 images in the shape that it is given, {images.shape}"
            )
            received = f"{changed.dtype.name} {changed.shape}" if tf.is_tensor(changed) else type(changed).__name__
            require(right, expected, received, "Crop, pad or cast its result, or change the images in the dataset")
        labels = tf.zeros([2], tf.int32) if "labels" in gan.needed_fields else None
        shape = gan.field_shapes.get("condition")
        condition = None if shape is None else tf.zeros([2, *(size or 8 for size in shape)])
        real = Batch(images, labels, condition=condition)
        fake = gan.generate(draws, 2, training=True, condition=real.condition)
        for player, foreign in terms.items():
            pair = Pair(gan, real, fake, draws.part())
            if foreign_loss:
                pair.fake_output, pair.real_output = (gan.judge(b, training=True, draws=draws) for b in (fake, real))
                scores = pair.real_output.score, pair.fake_output.score
                needed = scores[0] if loss.generator_needs_real else None
                critic = player.name == "critic"
                player.scalar(loss, loss.critic(*scores) if critic else loss.generator(scores[1], needed))
            for term in foreign:
                player.scalar(term, term(pair))

    tf.function(trace, autograph=False).get_concrete_function()


def _is_foreign(part: object) -> bool:
    return not type(part).__module__.startswith("tfgan_course.")


def compiled(jit: bool | str) -> bool:
    """Return whether the step is compiled with XLA; raise `UserError` if the user asks for it and it is impossible."""
    if replicas() > 1:
        expected = "one replica for jit true, since XLA compiles the step of one replica only"
        require(jit is not True, expected, f"{replicas()} replicas", "Use jit auto or false")
        return False
    return bool(tf.config.list_physical_devices("GPU")) if jit == "auto" else bool(jit)


def mixes_images(critic: keras.Model) -> bool:
    """Return whether an image's score depends on the rest of its batch."""
    return any(
        isinstance(layer, keras.layers.BatchNormalization) or getattr(layer, "mixes_images", False)
        for layer in all_layers(critic)
    )


def all_layers(model: keras.Model) -> Sequence[keras.layers.Layer]:
    """Return the layers of a model, including those inside models and wrappers."""
    layers = []
    for layer in model.layers:
        layers += [layer, *([layer.layer] if getattr(layer, "layer", None) is not None else [])]
        layers += all_layers(layer) if isinstance(layer, keras.Model) else []
    return layers
