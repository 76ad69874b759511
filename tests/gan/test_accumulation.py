import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.gan.accumulation import mean_over_parts
from tfgan_course.layers import Dropout
from tfgan_course.objectives.pair import Batch
from tfgan_course.objectives.terms import GradientPenalty
from tfgan_course.optimizers.optimizers import SGD
from tfgan_course.randomness import Draws


def trained(parts: int, **options) -> list[np.ndarray]:
    """Return weights after two steps; nothing mixes images, and random numbers are drawn for the whole batch."""
    critic = tiny.critic(8, 1, Dropout(0.3))
    gan = tiny.GAN(
        tiny.SimpleGenerator(width=6, depth=1).build((8, 8, 1), 4),
        critic,
        critic_terms=[GradientPenalty()],
        joint_batches=False,
        generator_optimizer=SGD(0.1).build(),
        critic_optimizer=SGD(0.1).build(),
        gradient_accumulation=parts,
        **options,
    )
    history = gan.fit(tiny.batches(32, 16), verbose=0, shuffle=False).history
    figures = np.array([history[name][0] for name in ("critic_loss", "generator_loss", "gradient_penalty")])
    return [figures, *tiny.weights(gan.generator), *tiny.weights(gan.critic)]


@pytest.mark.parametrize("options", [{}, {"critic_updates": 2}, {"generator_first": True}])
def test_parts_change_nothing_but_rounding(options):
    tiny.keras.utils.set_random_seed(0)
    whole = trained(1, **options)
    tiny.keras.utils.set_random_seed(0)
    for found, expected in zip(trained(4, **options), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_parts_are_computed_one_after_the_other():
    """The parts must run one after the other, or the memory for all parts would be needed at once."""

    def compute(real, draws):
        squares = tf.square(real.images, name="squares")
        return [squares, None], {"mean": tf.reduce_mean(squares)}

    function = tf.function(
        lambda: mean_over_parts(compute, Batch(tf.constant([0.0, 1.0, 2.0, 3.0])), Draws(0, tf.constant(0), "x"), 4)
    ).get_concrete_function()
    squares = [op for op in function.graph.get_operations() if op.type == "Square"]
    assert len(squares) == 4
    for before, after in itertools.pairwise(squares):
        assert before in waited_for(after)
    gradients, logs = function()
    assert float(logs["mean"]) == gradients[0].numpy() == 3.5


def waited_for(op: tf.Operation) -> set[tf.Operation]:
    """Return all operations that must have ended before `operation` begins."""
    found, new = set(), [op]
    while new:
        op = new.pop()
        ahead = {tensor.op for tensor in op.inputs} | set(op.control_inputs)
        new += ahead - found
        found |= ahead
    return found


def test_refuses_to_keep_the_fakes_of_the_whole_batch():
    with pytest.raises(UserError) as error:
        tiny.gan(reuse_fakes=True, gradient_accumulation=2)
    assert "reuse_fakes" in error.value.expected


@pytest.mark.parametrize("steps", [2, 3])
def test_steps_per_execution_changes_nothing(steps):
    histories = []
    for each in (1, steps):
        gan = tiny.gan(steps_per_execution=each)
        data, validation = tiny.batches(96, 16).repeat(), tiny.batches(64, 16)
        history = gan.fit(data, epochs=2, steps_per_epoch=6, validation_data=validation, verbose=0).history
        histories.append((history, tiny.weights(gan.generator)))
        assert gan.steps_done == 12
    assert histories[0][0] == histories[1][0]
    assert tiny.equal(histories[0][1], histories[1][1])
