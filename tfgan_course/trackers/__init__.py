from tfgan_course.trackers.tensorboard import TensorBoard
from tfgan_course.trackers.tracker import Tracker

__all__ = ["TensorBoard", "Tracker"]
