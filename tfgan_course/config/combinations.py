"""Combinations of objects that cannot train, refused before images are read."""

from collections.abc import Sequence

from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError
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
    if config.data.labels_per_class is not None and (critic_takes_labels or config.fake_labels == "real"):
        raise UserError(
            "data.labels_per_class leaves most images without a class: the critic cannot take it as an input, nor can "
            "fake_labels be real. Use critic_conditioning SemiSupervised or AuxiliaryClassifier"
        )
    _check_classes_are_taught(config)
    check_growth_alike(config.generator, config.critic)
    if config.critic.mixes_images:
        for term in [*config.critic_terms, *config.generator_terms]:
            check_unmixed_images(term)


def _check_classes_are_taught(config: TrainConfig) -> None:
    """Refuse a critic that tells classes, or a generator beside it, without the term that teaches the classes."""
    if not isinstance(config.critic_conditioning, AuxiliaryClassifier | SemiSupervised):
        return
    name = type(config.critic_conditioning).__name__
    if not has_term(config.critic_terms, RealClassification):
        raise UserError(
            f"critic_conditioning {name} learns no classes by itself: add RealClassification to critic_terms"
        )
    if config.generator_conditioning is not None and not has_term(config.generator_terms, FakeClassification):
        raise UserError(
            f"critic_conditioning {name} does not teach the generator its classes by itself: add "
            "FakeClassification to generator_terms, or write generator_conditioning: null"
        )


def has_term(terms: Sequence[Term], kind: type[Term]) -> bool:
    """Return whether a term of this class is among them, also as the one that a `Lazy` computes."""
    return any(isinstance(term.term if isinstance(term, Lazy) else term, kind) for term in terms)
