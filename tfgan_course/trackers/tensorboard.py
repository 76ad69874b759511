import tensorflow as tf
import yaml

from tfgan_course.trackers.tracker import Tracker


class TensorBoard(Tracker):
    """Writes to the folder tensorboard/ of the run directory, which `tensorboard --logdir runs` shows.

    The configuration and the findings of the health monitor are texts. Validation figures are shown next to training
    figures: `critic_loss/validation`, `critic_loss/training`.
    """

    def begin(self, config, directory):
        self.writer = tf.summary.create_file_writer(str(directory / "tensorboard"))
        self.text(0, "configuration", f"```yaml\n{yaml.safe_dump(dict(config), sort_keys=False)}```")

    def scalars(self, step, values):
        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(tag(name), value)
        self.writer.flush()

    def image(self, step, name, image):
        with self.writer.as_default(step=step):
            tf.summary.image(name, image[None])

    def plot(self, step, name, file):
        self.image(step, name, tf.io.decode_png(file.read_bytes()).numpy())

    def text(self, step, name, text):
        with self.writer.as_default(step=step):
            tf.summary.text(name, text)

    def end(self):
        self.writer.close()


def tag(name: str) -> str:
    """Return TensorBoard's tag of a figure; the part before the slash becomes a group of curves."""
    if "/" in name:
        return name
    if name.endswith("_learning_rate"):
        return f"learning_rate/{name.removesuffix('_learning_rate')}"
    return f"{name[4:]}/validation" if name.startswith("val_") else f"{name}/training"
