"""The figures of a step and their means: losses, accuracies, scores, gradient norms."""

from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.objectives.losses import AdversarialLoss
from tfgan_course.objectives.pair import Game, Pair

SCORE_LOGS = (
    "critic_loss",
    "generator_loss",
    "critic_accuracy",
    "critic_accuracy_real",
    "critic_accuracy_fake",
    "score_real",
    "score_fake",
    "score_gap",
)
GRADIENT_LOGS = ("critic_gradient_norm", "generator_gradient_norm")


class RunningMeans(tf.Module):
    """Running means of named scalars since the last reset, in the order of `names`."""

    def __init__(self, names: Sequence[str]):
        super().__init__()
        self.names = tuple(names)
        self.sums = tf.Variable(tf.zeros(len(self.names)), trainable=False)
        self.weight = tf.Variable(0.0, trainable=False)
        self.count = tf.Variable(0, trainable=False, dtype=tf.int64)

    def update(self, values: dict[str, tf.Tensor], weight: float | tf.Tensor = 1.0) -> dict[str, tf.Tensor]:
        """Add a float32 scalar for each name, with a weight, and return the means."""
        self.count.assign_add(1)
        sums = self.sums.assign_add(weight * tf.stack([values[name] for name in self.names]))
        means = tf.unstack(sums / self.weight.assign_add(weight))
        return dict(zip(self.names, means, strict=True))

    def reset(self) -> None:
        """Set the means to 0."""
        self.sums.assign(tf.zeros_like(self.sums))
        self.weight.assign(0.0)
        self.count.assign(0)


def score_log_names(gan: Game) -> list[str]:
    """Return the names of a validation's figures."""
    names = list(SCORE_LOGS)
    if gan.critic_classifies:
        names += ["class_accuracy_real"] + (["class_accuracy_fake"] if gan.generator_takes_labels else [])
    return names


def train_log_names(gan) -> list[str]:
    """Return the names of a training step's figures."""
    others = [name for part in [*gan.augmentations, *gan.logging_layers] for name in part.logs()]
    return [*score_log_names(gan), *GRADIENT_LOGS, *gan.critic_terms, *gan.generator_terms, *others]


def score_logs(pair: Pair, loss: AdversarialLoss) -> dict[str, tf.Tensor]:
    """Return accuracies and mean scores for a pair, and class accuracies if the critic classifies."""
    real_score, fake_score = pair.real_output.score, pair.fake_output.score
    threshold = loss.threshold(real_score, fake_score)
    real_accuracy = tf.reduce_mean(tf.cast(real_score > threshold, tf.float32))
    fake_accuracy = tf.reduce_mean(tf.cast(fake_score < threshold, tf.float32))
    real_mean, fake_mean = tf.reduce_mean(real_score), tf.reduce_mean(fake_score)
    logs = {
        "critic_accuracy": (real_accuracy + fake_accuracy) / 2,
        "critic_accuracy_real": real_accuracy,
        "critic_accuracy_fake": fake_accuracy,
        "score_real": real_mean,
        "score_fake": fake_mean,
        "score_gap": real_mean - fake_mean,
    }
    if pair.gan.critic_classifies:
        logs["class_accuracy_real"] = class_accuracy(pair.real_output.class_logits, pair.real.labels)
        if pair.gan.generator_takes_labels:
            logs["class_accuracy_fake"] = class_accuracy(pair.fake_output.class_logits, pair.fake.labels)
    return logs


def class_accuracy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return the share of correctly classified images; an image with a label below 0 has none and does not count."""
    right = tf.cast(tf.argmax(logits, axis=-1, output_type=tf.int32) == labels, tf.float32)
    known = tf.cast(labels >= 0, tf.float32)
    return tf.reduce_sum(right * known) / tf.maximum(tf.reduce_sum(known), 1.0)
