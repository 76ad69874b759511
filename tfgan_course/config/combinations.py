"""Refuse combinations of objects that cannot train, before images are read."""

from collections.abc import Sequence

from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import require
from tfgan_course.gan.checks import check_unmixed_images
from tfgan_course.models.conditioning import AuxiliaryClassifier, SemiSupervised
from tfgan_course.models.progan import check_growth_alike
from tfgan_course.objectives.terms import FakeClassification, Lazy, RealClassification, Term


def check_combinations(config: TrainConfig) -> None:
    """Refuse networks, terms and conditionings that do not fit together.

    Raises:
        UserError: for the first such combination.
    """
    critic_takes_labels = config.critic_conditioning is not None and config.critic_conditioning.takes_labels
    require(
        config.data.labels_per_class is None or not (critic_takes_labels or config.fake_labels == "real"),
        "with data.labels_per_class a critic that needs no classes, because most images have no label then",
        "a critic_conditioning with classes as an input, or fake_labels real",
        "Use critic_conditioning SemiSupervised or AuxiliaryClassifier, and leave fake_labels out",
    )
    _check_classes_are_taught(config)
    for network in (config.generator, config.critic):
        network.check_image_size(*config.data.form.size)
    for augmentation in (*config.augmentations, *config.real_augmentations):
        augmentation.check_image_size(*config.data.form.size)
    check_growth_alike(config.generator, config.critic)
    if config.critic.mixes_images:
        for term in [*config.critic_terms, *config.generator_terms]:
            check_unmixed_images(term)


def _check_classes_are_taught(config: TrainConfig) -> None:
    """Refuse a critic that classifies images, or a conditional generator, without the term that teaches the classes."""
    if not isinstance(config.critic_conditioning, AuxiliaryClassifier | SemiSupervised):
        return
    name = type(config.critic_conditioning).__name__
    require(
        has_term(config.critic_terms, RealClassification),
        f"with critic_conditioning {name} a term that teaches the critic its classes",
        "none in critic_terms",
        "Add RealClassification to critic_terms",
    )
    require(
        config.generator_conditioning is None or has_term(config.generator_terms, FakeClassification),
        f"with critic_conditioning {name} a term that teaches the generator its classes",
        "none in generator_terms",
        "Add FakeClassification to generator_terms, or write generator_conditioning: null",
    )


def has_term(terms: Sequence[Term], kind: type[Term]) -> bool:
    """Return whether one of the terms, or the term inside a `Lazy`, is of class `kind`."""
    return any(isinstance(term.term if isinstance(term, Lazy) else term, kind) for term in terms)
