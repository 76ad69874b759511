import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.replicas import replica_variable, tf_variable
from tfgan_course.schedules import Schedule


class HistoricalAveraging(Term):
    """Keeps a player's weights near the average of their past values (a term for either player, or both).

    Salimans et al. 2016, arXiv:1606.03498, section 3.3: || theta - 1/t sum_{i=1..t} theta[i] ||_2^2, with theta all
    trainable weights of the player and t the number of its updates.
    """

    def setup(self, gan: Game, player: str) -> None:
        self._player = player
        self.means = [replica_variable(tf.zeros(weight.shape)) for weight in getattr(gan, player).trainable_variables]
        self.updates = replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        share = 1.0 / self.updates.assign_add(1.0)
        distances = []
        for mean, weight in zip(self.means, getattr(pair.gan, self._player).trainable_variables, strict=True):
            weight = tf.convert_to_tensor(weight)
            # The new mean is used directly, because reading the variable would wait for the write.
            new_mean = tf.stop_gradient(mean + (weight - mean) * share)
            mean.assign(new_mean)
            # Twice tf.nn.l2_loss is the squared norm, in one operation each way.
            distances.append(2.0 * tf.nn.l2_loss(weight - new_mean))
        return tf.add_n(distances)


class GradientAveraging(Term):
    """Applies the running average of a player's gradients after each update.

    The Lab 4 report calls this historical averaging. With g[i] the gradients of update i, after update t

        theta <- theta - weight * learning_rate * 1/t sum_{i=1..t} g[i].

    The term adds nothing to the loss; history.csv has the norm of the average.

    Args:
        weight: factor of the step along the average.
    """

    in_loss = False

    def setup(self, gan: Game, player: str) -> None:
        right = not isinstance(self.weight, Schedule)
        remedy = "Give the player's learning_rate a schedule: the step is a multiple of the rate"
        require(right, "for GradientAveraging's weight a number", type(self.weight).__name__, remedy)
        self._player, weights = player, getattr(gan, player).trainable_variables
        self.means = [tf.Variable(tf.zeros(weight.shape), trainable=False) for weight in weights]
        self.updates = replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        return tf.linalg.global_norm([tf.convert_to_tensor(mean) for mean in self.means])

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        weights, optimizer = getattr(gan, self._player).trainable_variables, getattr(gan, f"{self._player}_optimizer")
        constraints = [weight.constraint for weight in weights]
        variables = [tf_variable(weight) for weight in weights]
        # The average is dense. The gradient of an embedding is sparse, and the gradient of a head that no loss uses is
        # None.
        gradients = [
            tf.zeros_like(mean) if gradient is None else tf.convert_to_tensor(gradient)
            for gradient, mean in zip(gradients, self.means, strict=True)
        ]
        share = 1.0 / self.updates.assign_add(1.0)
        rate = self.weight * tf.cast(optimizer.learning_rate, tf.float32)

        def step(variable, gradient, mean, share, rate, constraint):
            new_mean = mean + (gradient - mean) * share
            mean.assign(new_mean)
            moved = variable - rate * new_mean
            variable.assign(moved if constraint is None else constraint(moved))

        def over_replicas(strategy, gradients, share, rate):
            for variable, gradient, mean, constraint in zip(variables, gradients, self.means, constraints, strict=True):
                gradient = strategy.extended.reduce_to(tf.distribute.ReduceOp.SUM, gradient, variable)
                strategy.extended.update(variable, step, args=(gradient, mean, share, rate, constraint))

        tf.distribute.get_replica_context().merge_call(over_replicas, args=(gradients, share, rate))
