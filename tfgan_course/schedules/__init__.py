# ruff: noqa: F401 (the public names of the room)
from tfgan_course.schedules.schedule import Number, Schedule, TrainingLength, current, require_number, scheduled
from tfgan_course.schedules.shapes import Constant, Cosine, ExponentialDecay, Linear, LinearDecay, StepDecay
