from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.replicas import mean_over_replicas
from tfgan_course.schedules import Number


class FeatureMatching(Term):
    """Brings the critic's mean activations for generated images close to those for real ones (a generator's term).

    Salimans et al. 2016, arXiv:1606.03498, section 3.1: || E f(x) - E f(G(z)) ||_2^2, f the critic's activations,
    summed over the chosen layers. With `generator_loss_weight: 0` it replaces the adversarial loss, as in the paper.

    Args:
        weight: factor of the term.
        layers: `last`, `all`, `every_second` (counted from the last), or the names of layers in the critic's features,
            conv1 or [conv1, conv3] for example.
    """

    only_for = "generator"

    def __init__(self, weight: Number = 1.0, layers: str | list[str] = "last"):
        super().__init__(weight)
        self.layers = layers

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        expected = "for FeatureMatching a critic whose output has features"
        remedy = "Return {'score': ..., 'features': {'conv1': ...}} from the critic"
        require(bool(gan.critic_features), expected, "a critic without features", remedy)
        self.chosen = _chosen_layers(self.layers, gan.critic_features)

    def __call__(self, pair: Pair) -> tf.Tensor:
        real, fake = pair.real_output.features, pair.fake_output.features
        differences = [
            mean_over_replicas(tf.stop_gradient(tf.reduce_mean(real[name], 0)) - tf.reduce_mean(fake[name], 0))
            for name in self.chosen
        ]
        return tf.add_n([tf.reduce_sum(tf.square(difference)) for difference in differences])


def _chosen_layers(asked: str | Sequence[str], known: Sequence[str]) -> list[str]:
    choices: dict[str, Sequence[str]] = {"last": known[-1:], "all": known, "every_second": known[::-2]}
    names = list(choices.get(asked, [asked])) if isinstance(asked, str) else list(asked)
    expected = f"for FeatureMatching's layers {', '.join(choices)}, or some of this critic's: {', '.join(known)}"
    right = bool(names) and set(names) <= set(known)
    require(right, expected, asked if isinstance(asked, str) else names, "Write layers: [conv1], for example")
    return names
