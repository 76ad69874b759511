import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.models import SimpleCritic
from tfgan_course.models.conditioning import AuxiliaryClassifier, ConcatenatedEmbedding
from tfgan_course.objectives.terms import GradientAveraging, HistoricalAveraging, Term


def trainable(gan: GAN, player: str) -> list:
    return getattr(gan, player).trainable_variables


@pytest.mark.parametrize("player", ["critic", "generator"])
def test_after_a_hundred_updates_mean_distance_and_gradient_are_numpys(player):
    """Salimans et al. 2016, section 3.3: || theta - 1/t sum theta[i] ||^2."""
    term = HistoricalAveraging()
    gan = tiny.gan(**{f"{player}_terms": [term]})
    rng = np.random.default_rng(0)
    variables, shown = trainable(gan, player), tiny.pair(gan)
    weights = [variable.numpy() for variable in variables]
    history = []
    for update in range(100):
        weights = [weight + rng.normal(0.05, 0.1, weight.shape) for weight in weights]
        history.append(weights)
        for variable, weight in zip(variables, weights, strict=True):
            variable.assign(weight)
        with tf.GradientTape() as tape:
            value = term(shown)
        if update in (0, 1, 9, 99):
            means = [np.mean(past, 0) for past in zip(*history, strict=True)]
            expected = sum(((weight - mean) ** 2).sum() for weight, mean in zip(weights, means, strict=True))
            np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-6)
    gradients = tape.gradient(value, variables)
    for variable, gradient, ours, weight, mean in zip(variables, gradients, term.means, weights, means, strict=True):
        np.testing.assert_allclose(ours, mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(gradient, 2 * (weight - mean), rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(variable, weight, rtol=1e-6)


def test_a_step_counts_one_update_of_the_generator_and_each_of_the_critic():
    terms = HistoricalAveraging(), HistoricalAveraging()
    gan = tiny.gan(critic_terms=terms[:1], generator_terms=terms[1:], critic_updates=3)
    logs = [tiny.step(gan, 12), tiny.step(gan, 12)]
    assert [float(term.updates) for term in terms] == [6, 2]
    # The critic has moved between the updates of the first step already.
    assert logs[0]["historical_averaging"] > 0
    assert logs[0]["generator_historical_averaging"] == 0
    assert logs[1]["generator_historical_averaging"] > 0


class RecordGradients(Term):
    """A term that stores the gradients of every update."""

    def __init__(self):
        super().__init__(0.0)
        self.seen = []

    def __call__(self, pair):
        return tf.constant(0.0)

    def after_update(self, gan, gradients):
        self.seen.append([np.array(tf.convert_to_tensor(gradient)) for gradient in gradients])


@pytest.mark.parametrize("player", ["critic", "generator"])
def test_gradient_averaging_with_sgd_equals_numpy(player):
    """theta <- theta - rate g[t] - weight rate 1/t sum g[i]: the report's form."""
    record, term = RecordGradients(), GradientAveraging(0.5)
    gan = tiny.gan(
        critic_optimizer=keras.optimizers.SGD(0.1),
        generator_optimizer=keras.optimizers.SGD(0.1),
        **{f"{player}_terms": [record, term]},
    )
    weights = [variable.numpy() for variable in trainable(gan, player)]
    name = "gradient_averaging"
    for _ in range(5):
        norm = float(tiny.step(gan)[name])
        before = np.mean([np.concatenate([g.ravel() for g in seen]) for seen in record.seen[:-1]] or [[0.0]], 0)
        np.testing.assert_allclose(norm, np.linalg.norm(before), rtol=1e-4)
        means = [np.mean(past, 0) for past in zip(*record.seen, strict=True)]
        weights = [w - 0.1 * g - 0.05 * mean for w, g, mean in zip(weights, record.seen[-1], means, strict=True)]
        for variable, weight in zip(trainable(gan, player), weights, strict=True):
            np.testing.assert_allclose(variable, weight, rtol=1e-4, atol=1e-5)
    assert len(record.seen) == 5


def test_gradient_averaging_leaves_the_loss_and_its_gradient_alone():
    seen = []
    for weight in (0.0, 100.0):
        record = RecordGradients()
        gan = tiny.gan(critic_terms=[record, GradientAveraging(weight)], critic_optimizer=keras.optimizers.SGD(1e-9))
        tiny.step(gan)
        tiny.step(gan)
        seen.append(record.seen[1])
    for without, heavy in zip(*seen, strict=True):
        np.testing.assert_allclose(heavy, without, rtol=1e-2, atol=1e-4)


def test_gradient_averaging_takes_the_sparse_gradients_of_an_embedding():
    record, term = RecordGradients(), GradientAveraging(1.0)
    gan = tiny.conditional_gan(
        ConcatenatedEmbedding(2),
        generator_terms=[record, term],
        generator_optimizer=keras.optimizers.SGD(0.1),
    )
    (table,) = [variable for variable in trainable(gan, "generator") if tuple(variable.shape) == (3, 2)]
    index = [tuple(variable.shape) for variable in trainable(gan, "generator")].index((3, 2))
    before = table.numpy()
    tiny.step(gan, labeled=True)
    np.testing.assert_allclose(table, before - 0.2 * record.seen[0][index], rtol=1e-4, atol=1e-6)
    assert np.any(record.seen[0][index])


def test_gradient_averaging_leaves_alone_what_no_loss_looks_at():
    """The class logits of an auxiliary classifier without a term for them have no gradient."""
    gan = tiny.conditional_gan(critic_conditioning=AuxiliaryClassifier(), critic_terms=[GradientAveraging()])
    (kernel,) = [variable for variable in trainable(gan, "critic") if tuple(variable.shape) == (5, 3)]
    before = kernel.numpy()
    tiny.step(gan, labeled=True)
    np.testing.assert_array_equal(kernel, before)


def test_gradient_averaging_keeps_clipped_weights_clipped():
    critic = SimpleCritic(width=5, weight_clip=0.01).build((8, 8, 1))
    gan = GAN(
        tiny.generator(),
        critic,
        critic_terms=[GradientAveraging(10.0)],
        critic_optimizer=keras.optimizers.SGD(0.1),
    )
    for _ in range(3):
        tiny.step(gan)
    assert max(np.abs(weight).max() for weight in tiny.weights(critic)) <= 0.01


def test_gradient_averaging_follows_a_schedule_of_the_rate():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.0, 0.1])
    gan = tiny.gan(critic_terms=[GradientAveraging(1.0)], critic_optimizer=keras.optimizers.SGD(schedule))
    before = tiny.weights(gan.critic)
    tiny.step(gan)
    assert tiny.equal(before, tiny.weights(gan.critic))
    for _ in range(3):
        tiny.step(gan)
    assert not tiny.equal(before, tiny.weights(gan.critic))
