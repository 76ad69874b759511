from tfgan_course.terms.gradient_penalties import DRAGAN, R1, R2, GradientPenalty
from tfgan_course.terms.term import Term

__all__ = ["DRAGAN", "R1", "R2", "GradientPenalty", "Term"]
