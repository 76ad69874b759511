from tfgan_course.trackers.mlflow import MLflow
from tfgan_course.trackers.tensorboard import TensorBoard
from tfgan_course.trackers.tracker import Tracker
from tfgan_course.trackers.wandb import WandB

__all__ = ["MLflow", "TensorBoard", "Tracker", "WandB"]
