"""What `GAN` refuses when it is built: parts that do not fit together. Each mistake gives one error."""

import numbers
from collections.abc import Sequence

import tensorflow as tf
from tensorflow import keras

from tfgan_course.augmentation import Augmentation
from tfgan_course.errors import UserError
from tfgan_course.gan.latents import LatentDistribution
from tfgan_course.gan.options import GANOptions
from tfgan_course.models.inputs import feed, input_names, input_shape, takes
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import AdversarialLoss, PointwiseLoss
from tfgan_course.objectives.pair import Batch, CriticOutput, Pair
from tfgan_course.objectives.terms import Term
from tfgan_course.optimizers import optimizers
from tfgan_course.plugins.by_name import instance_of
from tfgan_course.randomness import Draws
from tfgan_course.replicas import replicas

GENERATOR_INPUTS = ("latents", "labels", "condition")
CRITIC_INPUTS = ("images", "labels", "condition")


def check_networks(generator: keras.Model, critic: keras.Model) -> None:
    """Refuse networks that are not built, take inputs of unknown names, or do not fit each other."""
    for argument, network, allowed in (("generator", generator, GENERATOR_INPUTS), ("critic", critic, CRITIC_INPUTS)):
        if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
            kind = f"a {type(network).__name__} without known inputs" if isinstance(network, keras.Model) else network
            remedy = "A subclassed model becomes functional by keras.Model(inputs, model(inputs))"
            expected = f"for {argument} a built Keras model, functional or Sequential with keras.Input"
            raise UserError(expected=expected, received=str(kind), remedy=remedy)
        names = input_names(network)
        ranks = {"latents": 1, "labels": 0}
        for name, tensor in zip(names, network.inputs, strict=True):
            rank = ranks.get(name or allowed[0], 3)
            if (name or allowed[0]) in allowed and len(tensor.shape) - 1 != rank:
                raise UserError(
                    expected=f"for the {argument}'s input {name or allowed[0]} {rank} axes beside the batch",
                    received=f"the shape {tuple(tensor.shape)}",
                    remedy="latents are (batch, n), labels (batch,), images (batch, height, width, channels)",
                )
        if names != [None] and not set(names) <= set(allowed):
            raise UserError(
                expected=f"inputs of the {argument} with names among {', '.join(allowed)}",
                received=", ".join(repr(tensor.name) for tensor in network.inputs),
                remedy='Name them: keras.Input(shape, name="labels"). A single input needs no name',
            )
    shape = generator.output_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
        raise UserError(
            expected="a generator with one output, images (batch, height, width, channels)",
            received=str(shape),
            remedy="End it with a layer that gives images in [-1, 1], a Conv2D with tanh for example",
        )
    judged = input_shape(critic, "images")
    if shape[1:] != judged:
        raise UserError(
            expected=f"a critic that judges the generator's images, of shape {shape[1:]}",
            received=f"one that judges images of shape {judged}",
            remedy="Give both the same (height, width, channels)",
        )


def critic_output(critic: keras.Model) -> dict:
    """Return the fields of a critic's output, as Keras tensors.

    Raises:
        UserError: if it is neither a score nor a dictionary with the fields of `CriticOutput`.
    """
    inputs = {tensor.name: keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in critic.inputs}
    output = critic(feed(critic, **inputs))
    fields = output if isinstance(output, dict) else {"score": output}
    if "score" not in fields or not set(fields) <= set(CriticOutput._fields):
        raise UserError(
            expected="a critic whose output is a score, or a dictionary with score, class_logits (if any) and features",
            received=f"a dictionary with {', '.join(fields)}",
            remedy="Name the outputs like that",
        )
    if not hasattr(fields["score"], "shape"):
        raise UserError(
            expected="a critic with one output, its score",
            received=f"{len(fields['score'])} outputs",
            remedy="Return a dictionary: {'score': ..., 'class_logits': ..., 'features': {...}}",
        )
    return fields


def with_objects(options: GANOptions) -> GANOptions:
    """Return the options with an object in the place of every short name, dotted path or class.

    Raises:
        UserError: if a value names nothing of the kind, or one object is used where two are needed.
    """
    options.loss = instance_of(AdversarialLoss, options.loss, argument="loss")
    if options.label_noise is not None:
        options.label_noise = instance_of(LabelNoise, options.label_noise, argument="label_noise")
    options.latents = instance_of(LatentDistribution, options.latents, argument="latents")
    lists = {"critic_terms": Term, "generator_terms": Term}
    for argument, base in {**lists, "augmentations": Augmentation, "real_augmentations": Augmentation}.items():
        values = getattr(options, argument)
        if not isinstance(values, list | tuple):
            raise UserError(expected=f"for {argument} a list", received=repr(values), remedy=f"Write {argument}=[...]")
        setattr(options, argument, [instance_of(base, value, argument=argument) for value in values])
    for argument in ("generator_optimizer", "critic_optimizer"):
        setattr(options, argument, _optimizer(getattr(options, argument), argument))
    if options.generator_optimizer is options.critic_optimizer:
        received = "one object as generator_optimizer and critic_optimizer"
        raise UserError(expected="an optimizer for each player's weights", received=received, remedy="Make two")
    shared = [type(term).__name__ for term in options.critic_terms if any(term is t for t in options.generator_terms)]
    if shared:
        received = f"one {shared[0]} in critic_terms and generator_terms"
        raise UserError(expected="terms of each player, since they keep state", received=received, remedy="Make two")
    return options


def _optimizer(value: object, argument: str) -> keras.optimizers.Optimizer:
    if value is None:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)  # DCGAN's
    if isinstance(value, keras.optimizers.Optimizer):
        return value
    return instance_of(optimizers.Optimizer, value, argument=argument).build(1, 1)


def check_classes(generator: keras.Model, critic: keras.Model, classifies: bool, options: GANOptions) -> None:
    """Refuse a conditional GAN in which something about the classes is missing, or nothing teaches them."""
    if takes(generator, "labels") and (not isinstance(options.classes, numbers.Integral) or options.classes < 1):
        expected = "for classes their number, since the generator takes labels"
        raise UserError(expected=expected, received=repr(options.classes), remedy="Pass classes=10, for example")
    if takes(critic, "labels") and not takes(generator, "labels"):
        raise UserError(
            expected="a generator that takes labels, as the critic does",
            received=f"a generator that takes {input_names(generator)}, whose images have no labels",
            remedy="Condition the generator as well, or neither",
        )
    if takes(generator, "labels") and not (takes(critic, "labels") or classifies):
        raise UserError(
            expected="a critic that takes labels or classifies, since the generator takes labels",
            received="a critic without labels, which would teach the generator nothing about its classes",
            remedy="Condition the critic as well, with Projection for example",
        )


def check_objective(generator: keras.Model, critic: keras.Model, options: GANOptions) -> None:
    """Refuse a loss, terms, label noise or augmentations that these networks cannot be trained with."""
    loss = type(options.loss).__name__
    if options.label_noise is not None and not isinstance(options.loss, PointwiseLoss):
        raise UserError(
            expected="with label_noise a loss of one score at a time, a PointwiseLoss",
            received=f"{loss}, which has no labels to change",
            remedy="Leave label_noise out, or use NonSaturating or LeastSquares",
        )
    if options.loss.compares_pairs and takes(generator, "labels") and options.fake_labels == "sampled":
        expected = f"with {loss} pairs of a real and a generated image of the same class: fake_labels real"
        raise UserError(expected=expected, received="fake_labels sampled", remedy="Leave fake_labels out")
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in all_layers(critic)):
        for term in [*options.critic_terms, *options.generator_terms]:
            check_unmixed_images(term)
    changed = [name for name in ("augmentations", "real_augmentations") if getattr(options, name)]
    if changed and (takes(generator, "condition") or takes(critic, "condition")):
        raise UserError(
            expected="images that are changed together with their condition",
            received=f"{changed[0]}, which change the images alone",
            remedy=f"Leave {changed[0]} out for networks that take a condition",
        )


def check_unmixed_images(term: Term) -> None:
    """Refuse a per-image term for a critic with BatchNormalization."""
    if term.per_image:
        raise UserError(
            expected=f"with {type(term).__name__}, which penalizes the critic's gradient image by image, a critic that "
            "judges each image by itself",
            received="a critic with BatchNormalization, where every image of a batch changes every other's score",
            remedy="Use layer, instance, spectral or no normalization in the critic",
        )


def check_scalars(gan) -> None:
    """Refuse a loss or terms from outside this package that return no scalar, by tracing them on two images."""
    own = {
        player: [term for term in player.terms.values() if not type(term).__module__.startswith("tfgan_course.")]
        for player in gan.players.values()
    }
    own_loss = not type(gan.adversarial_loss).__module__.startswith("tfgan_course.")
    if not (own_loss or any(own.values())):
        return

    def trace() -> None:
        draws = Draws(gan.seed, gan.step, "check")
        images = tf.zeros([2, *gan.generator.output_shape[1:]])
        fields = {"labels": tf.zeros([2], tf.int32)} if "labels" in gan.needed_fields else {}
        if "condition" in gan.needed_fields:
            asked = gan.generator if takes(gan.generator, "condition") else gan.critic
            fields["condition"] = tf.zeros([2, *input_shape(asked, "condition")])
        real = Batch(images, **fields)
        fake = gan.generate(draws, 2, training=True, condition=real.condition)
        for player, terms in own.items():
            pair = Pair(gan, real, fake, draws.part())
            if own_loss:
                pair.fake_output, pair.real_output = (gan.judge(b, training=True, draws=draws) for b in (fake, real))
                needed = pair.real_output.score if gan.adversarial_loss.generator_needs_real else None
                score = pair.fake_output.score
                loss = gan.adversarial_loss
                critics = player.name == "critic"
                player.scalar(
                    loss, loss.critic(pair.real_output.score, score) if critics else loss.generator(score, needed)
                )
            for term in terms:
                player.scalar(term, term(pair))

    tf.function(trace, autograph=False).get_concrete_function()


def compiled(jit: bool | str) -> bool:
    """Return whether the step is compiled with XLA.

    Raises:
        UserError: if it must be, but cannot.
    """
    if replicas() > 1:
        if jit is True:
            expected = "one replica for jit true, since XLA compiles the step of one replica only"
            raise UserError(expected=expected, received=f"{replicas()} replicas", remedy="Use jit auto or false")
        return False
    return bool(tf.config.list_physical_devices("GPU")) if jit == "auto" else bool(jit)


def mixes_images(critic: keras.Model) -> bool:
    """Return whether an image's score depends on the rest of its batch."""
    return any(
        isinstance(layer, keras.layers.BatchNormalization) or getattr(layer, "mixes_images", False)
        for layer in all_layers(critic)
    )


def all_layers(model: keras.Model) -> Sequence[keras.layers.Layer]:
    """Return the layers of a model, those inside of models and wrappers included."""
    layers = []
    for layer in model.layers:
        layers += [layer, *([layer.layer] if getattr(layer, "layer", None) is not None else [])]
        layers += all_layers(layer) if isinstance(layer, keras.Model) else []
    return layers
