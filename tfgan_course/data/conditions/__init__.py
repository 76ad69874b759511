# ruff: noqa: F401 (the public names of this part of the room)
from tfgan_course.data.conditions.condition import Condition, Degradation
from tfgan_course.data.conditions.degradations import JPEG, Downscale, Edges, Grayscale, Masked, Noise
from tfgan_course.data.conditions.pairs import SameNames, SideBySide, Unpaired
