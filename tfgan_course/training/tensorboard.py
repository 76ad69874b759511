"""Figures and machine statistics for TensorBoard."""

import psutil
import tensorflow as tf
from tensorflow import keras

from tfgan_course.optimizers.schedules import last_rate


class WriteTensorBoard(keras.callbacks.Callback):
    """Scalars of every epoch: losses and accuracies, validation beside training, memory and use of CPU and GPU.

    Args:
        writer: of the run's tensorboard/ folder.
    """

    def __init__(self, writer: tf.summary.SummaryWriter):
        super().__init__()
        self.writer = writer
        self.process = psutil.Process()
        self.process.cpu_percent()  # the first call only starts the clock

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        with self.writer.as_default(step=self.model.steps_done):
            for name, value in logs.items():
                part, name = ("validation", name[4:]) if name.startswith("val_") else ("training", name)
                tf.summary.scalar(f"{name}/{part}", value)
            tf.summary.scalar("learning_rate/generator", last_rate(self.model.generator_optimizer))
            tf.summary.scalar("learning_rate/critic", last_rate(self.model.critic_optimizer))
            for name, value in machine_statistics(self.process).items():
                tf.summary.scalar(f"machine/{name}", value)
        self.writer.flush()


def machine_statistics(process: psutil.Process) -> dict[str, float]:
    """Memory in GB and use in percent: of this process, and of each GPU.

    A GPU's use is read through nvidia-ml-py, which the `gpu` extra brings.
    """
    statistics = {
        "cpu_use_percent": process.cpu_percent(),
        "memory_gb": process.memory_info().rss / 1e9,
        "memory_free_gb": psutil.virtual_memory().available / 1e9,
    }
    for index, _ in enumerate(tf.config.list_physical_devices("GPU")):
        import pynvml

        pynvml.nvmlInit()
        device = pynvml.nvmlDeviceGetHandleByIndex(index)
        statistics[f"gpu{index}_use_percent"] = pynvml.nvmlDeviceGetUtilizationRates(device).gpu
        statistics[f"gpu{index}_memory_gb"] = tf.config.experimental.get_memory_info(f"GPU:{index}")["current"] / 1e9
    return statistics
