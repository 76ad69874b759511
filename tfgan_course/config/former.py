"""Options of earlier versions, which are read as the options that took their place."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tfgan_course.config.merging import Place, checked
from tfgan_course.gan.options import half_life_of_decay
from tfgan_course.plugins.signatures import Parameter
from tfgan_course.plugins.types import OpenUnitInterval


@dataclass(frozen=True)
class DecayOfAStep:
    """The value of `ema_half_life` that `ema_decay` means, until the images of a step are known.

    Args:
        decay: decay of the averaged generator in a step, in (0, 1).
    """

    decay: float


def average_of(decay: object, place: Place) -> DecayOfAStep | None:
    """Return the value of `ema_half_life` for a value of `ema_decay`, which may be a text.

    Raises:
        UserError: for a value that `ema_decay` did not take.
    """
    found = checked(Parameter(OpenUnitInterval | None, lambda: None), place.part("ema_decay"), decay)
    return None if found is None else DecayOfAStep(float(found))  # type: ignore[arg-type]


def translated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of all options, with those of former options translated, which a warning says."""
    former = values.get("ema_half_life")
    if not isinstance(former, DecayOfAStep):
        return dict(values)
    images = values["batch_size"] * values["critic_updates"]
    half_life = half_life_of_decay(former.decay, images)
    warnings.warn(
        f"ema_decay {former.decay:g} of an earlier version is read as ema_half_life {half_life:g}, in images, "
        f"at {images} images a step",
        stacklevel=2,
    )
    return {**values, "ema_half_life": half_life}
