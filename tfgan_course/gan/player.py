"""A player: a network with its optimizer and the terms of its loss."""

from collections.abc import Collection, Sequence

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.gan.loss_scale import LossScale
from tfgan_course.objectives.losses import AdversarialLoss
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.randomness import Draws
from tfgan_course.replicas import replicas


class Player:
    """The generator or the critic, with its optimizer and the terms of its loss.

    Args:
        gan: the GAN, which already has its networks, optimizers and terms. The constructor sets up the player's terms
            and builds the optimizer: variables may not be made inside a step.
        name: `generator` or `critic`.
    """

    def __init__(self, gan, name: str):
        self.name, self.network, self.optimizer = name, getattr(gan, name), getattr(gan, f"{name}_optimizer")
        self.terms: dict[str, Term] = getattr(gan, f"{name}_terms")
        self.loss_scale: LossScale | None = gan.loss_scales.get(name)
        for term in self.terms.values():
            term.setup(gan, name)
        self.optimizer.build(self.weights)

    @property
    def weights(self) -> list:
        """The weights that the optimizer trains: those of the network, then those of the terms."""
        return [*self.network.trainable_variables, *(weight for t in self.terms.values() for weight in t.trained)]

    def term_values(self, pair: Pair) -> dict[str, tf.Tensor]:
        """Return the value of each term, without its weight."""
        return {name: self.scalar(term, term(pair)) for name, term in self.terms.items()}

    def scalar(self, term: Term | AdversarialLoss, value: tf.Tensor) -> tf.Tensor:
        """Return the value of a term or a loss; raise a `UserError` if it is not a scalar."""
        expected = f"for the {self.name} a {type(term).__name__} that returns a scalar tensor"
        received = f"one that returns {value.shape if tf.is_tensor(value) else type(value).__name__}"
        require(tf.is_tensor(value) and value.shape.rank == 0, expected, received, "End it with tf.reduce_mean")
        return value

    def total(self, loss: tf.Tensor, values: dict[str, tf.Tensor], draws: Draws) -> tf.Tensor:
        """Return this replica's total loss: the adversarial loss plus the weighted terms, scaled for the gradient."""
        total = tf.add_n([loss, *(draws.now(self.terms[name].weight) * value for name, value in values.items())])
        if self.loss_scale is not None:
            total *= self.loss_scale.scale
        # Optimizers sum the replicas' gradients.
        return total / replicas()

    def logged(self, values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return the figures to log for the terms' values."""
        return {name: self.terms[name].logged(value) for name, value in values.items()}

    def update(self, gan: Game, gradients: list[tf.Tensor], logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Update the weights; return the figures and the norm of the network's gradient before clipping.

        `gradients` belong to `weights`.
        """
        weights = self.weights
        # A penalty may read a bias in which its gradient is zero. Grappler (TensorFlow 2.15 to 2.21) then removes the
        # zero from the bias's gradient, and with it the dependency that made the update wait for the penalty's read.
        # So the update waits for all figures. The gradients cannot wait instead: Grappler folds a constant gradient.
        with tf.control_dependencies(list(logs.values())):
            if self.loss_scale is not None:
                gradients = self.loss_scale.apply(self.optimizer, gradients, weights)
            else:
                self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        gradients = gradients[: len(self.network.trainable_variables)]
        for term in self.terms.values():
            term.after_update(gan, gradients)
        gradients = [gradient for gradient in gradients if gradient is not None]
        if replicas() > 1:
            gradients = tf.distribute.get_replica_context().all_reduce("SUM", gradients)
        return {**logs, f"{self.name}_gradient_norm": tf.linalg.global_norm(gradients)}


def name_terms(terms: Sequence[Term], taken: Collection[str] = (), player: str = "") -> dict[str, Term]:
    """Return the terms by the names of their figures.

    If a term of the other player has the same name (`taken`), the player's name is put before it. A second term of the
    same name gets a number.
    """
    named: dict[str, Term] = {}
    for term in terms:
        first = f"{player}_{term.name}" if term.name in taken else term.name
        name, number = first, 2
        while name in named:
            name, number = f"{first}_{number}", number + 1
        named[name] = term
    return named
