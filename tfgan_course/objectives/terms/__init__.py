from tfgan_course.objectives.terms.absolute_error import AbsoluteError
from tfgan_course.objectives.terms.classification import FakeClassification, RealClassification
from tfgan_course.objectives.terms.consistency import ConsistencyRegularization
from tfgan_course.objectives.terms.feature_matching import FeatureMatching
from tfgan_course.objectives.terms.gradient_penalties import DRAGAN, R1, R2, GradientPenalty
from tfgan_course.objectives.terms.historical_averaging import GradientAveraging, HistoricalAveraging
from tfgan_course.objectives.terms.lazy import Lazy
from tfgan_course.objectives.terms.lecam import LeCam
from tfgan_course.objectives.terms.mode_seeking import ModeSeeking
from tfgan_course.objectives.terms.patch_nce import PatchNCE
from tfgan_course.objectives.terms.path_length import PathLength
from tfgan_course.objectives.terms.term import Term

__all__ = [
    "DRAGAN",
    "R1",
    "R2",
    "AbsoluteError",
    "ConsistencyRegularization",
    "FakeClassification",
    "FeatureMatching",
    "GradientAveraging",
    "GradientPenalty",
    "HistoricalAveraging",
    "Lazy",
    "LeCam",
    "ModeSeeking",
    "PatchNCE",
    "PathLength",
    "RealClassification",
    "Term",
]
