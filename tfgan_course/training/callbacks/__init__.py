"""The Keras callbacks that write, draw and watch during `fit`, one module for each task."""

from tfgan_course.training.callbacks.checkpoints import SaveCheckpoints
from tfgan_course.training.callbacks.early_stopping import StopEarly
from tfgan_course.training.callbacks.execution import ContinueMeans, ShortenLastExecution
from tfgan_course.training.callbacks.history import WriteHistory
from tfgan_course.training.callbacks.not_finite import StopWhenNotFinite
from tfgan_course.training.callbacks.progress import ShowProgress
from tfgan_course.training.callbacks.samples import DrawSamples
from tfgan_course.training.callbacks.stop_at_limit import StopAtLimit
from tfgan_course.training.callbacks.stop_when_asked import StopWhenAsked
from tfgan_course.training.callbacks.track import Track

__all__ = [
    "ContinueMeans",
    "DrawSamples",
    "SaveCheckpoints",
    "ShortenLastExecution",
    "ShowProgress",
    "StopAtLimit",
    "StopEarly",
    "StopWhenAsked",
    "StopWhenNotFinite",
    "Track",
    "WriteHistory",
]
