"""A player of the game: a network and what trains it."""

from collections.abc import Collection, Sequence

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.gan.loss_scale import LossScale
from tfgan_course.objectives.losses import AdversarialLoss
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.replicas import replicas


class Player:
    """The generator or the critic, with its optimizer and the terms of its loss.

    Args:
        gan: the GAN, whose networks, optimizers and terms are there already; the player's terms are set up.
        name: `generator` or `critic`.
    """

    def __init__(self, gan, name: str):
        self.name, self.network, self.optimizer = name, getattr(gan, name), getattr(gan, f"{name}_optimizer")
        self.terms: dict[str, Term] = getattr(gan, f"{name}_terms")
        self.loss_scale: LossScale | None = gan.loss_scales.get(name)
        for term in self.terms.values():
            term.setup(gan, name)

    def term_values(self, pair: Pair) -> dict[str, tf.Tensor]:
        """Return the value of each term, before its weight."""
        return {name: self.scalar(term, term(pair)) for name, term in self.terms.items()}

    def scalar(self, term: Term | AdversarialLoss, value: tf.Tensor) -> tf.Tensor:
        """Return the value of a term or a loss; refuse, with a `UserError`, one that is no scalar."""
        if not tf.is_tensor(value) or value.shape.rank != 0:
            raise UserError(
                expected=f"for the {self.name} a {type(term).__name__} that returns a scalar tensor",
                received=f"one that returns {value.shape if tf.is_tensor(value) else type(value).__name__}",
                remedy="End it with tf.reduce_mean",
            )
        return value

    def total(self, loss: tf.Tensor, values: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the scalar whose gradient is taken: the adversarial loss and the weighted terms, of this replica."""
        total = tf.add_n([loss, *(self.terms[name].weight * value for name, value in values.items())])
        if self.loss_scale is not None:
            total *= self.loss_scale.scale
        # Optimizers add up the replicas' gradients.
        return total / replicas()

    def logged(self, values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return what is logged of the terms' values."""
        return {name: self.terms[name].logged(value) for name, value in values.items()}

    def update(self, gan: Game, gradients: list[tf.Tensor], logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Update the weights; return the figures with the norm of the whole gradient, before any clipping."""
        weights = self.network.trainable_variables
        # A bias that a penalty reads though its gradient there is zero: Grappler drops that zero from the bias's
        # gradient, and with it, in TensorFlow 2.15 to 2.21, what made the update wait for the penalty's reading.
        # It is the updates that wait, not the gradients: a constant gradient is folded away, and its waiting with it.
        with tf.control_dependencies(list(logs.values())):
            if self.loss_scale is not None:
                gradients = self.loss_scale.apply(self.optimizer, gradients, weights)
            else:
                self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        for term in self.terms.values():
            term.after_update(gan, gradients)
        gradients = [gradient for gradient in gradients if gradient is not None]
        if replicas() > 1:
            gradients = tf.distribute.get_replica_context().all_reduce("SUM", gradients)
        return {**logs, f"{self.name}_gradient_norm": tf.linalg.global_norm(gradients)}


def name_terms(terms: Sequence[Term], taken: Collection[str] = (), player: str = "") -> dict[str, Term]:
    """Return terms by the names under which their values are logged.

    Where the other player's term has the name, the player's name stands before it; the second of a name gets a number.
    """
    named: dict[str, Term] = {}
    for term in terms:
        first = f"{player}_{term.name}" if term.name in taken else term.name
        name, number = first, 2
        while name in named:
            name, number = f"{first}_{number}", number + 1
        named[name] = term
    return named
