import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.parser import from_words
from tfgan_course.errors import UserError
from tfgan_course.optimizers.optimizers import SGD, Adam, AdamW, Lion, Nesterov, RMSProp

START, *GRADIENTS = np.random.default_rng(0).normal(size=(6, 3, 4)).astype(np.float32)


def after(optimizer: keras.optimizers.Optimizer, gradients=GRADIENTS, start=START) -> np.ndarray:
    """Return the weights after an update with each gradient."""
    variable = tf.Variable(start)
    optimizer.build([variable])
    for gradient in gradients:
        optimizer.apply_gradients([(tf.constant(gradient), variable)])
    return variable.numpy()


@pytest.mark.parametrize(
    ("ours", "kerass"),
    [
        (Adam(1e-2, 0.5, 0.9, 1e-3), keras.optimizers.Adam(1e-2, 0.5, 0.9, epsilon=1e-3)),
        (AdamW(1e-2, 0.5, 0.9, 1e-3, 0.1), keras.optimizers.AdamW(1e-2, 0.1, 0.5, 0.9, epsilon=1e-3)),
        (Adam(1e-2, clipnorm=0.1, epsilon=1.0), keras.optimizers.Adam(1e-2, 0.5, clipnorm=0.1, epsilon=1.0)),
    ],
)
def test_adam_and_adamw_equal_kerass(ours, kerass):
    weights = after(ours.build())
    np.testing.assert_allclose(weights, after(kerass), rtol=1e-5, atol=1e-6)
    assert np.abs(weights - START).max() > 1e-5


def test_nesterov_equals_its_formula():
    weights, velocity = START.astype(np.float64), 0.0
    for gradient in GRADIENTS:
        velocity = 0.9 * velocity - 0.01 * gradient
        weights = weights + 0.9 * velocity - 0.01 * gradient
    np.testing.assert_allclose(after(Nesterov(0.01).build()), weights, rtol=1e-5, atol=1e-6)


def test_lion_equals_its_formula():
    weights, momentum = START.astype(np.float64), 0.0
    for gradient in GRADIENTS:
        step = np.sign(0.8 * momentum + 0.2 * gradient)
        momentum = 0.95 * momentum + 0.05 * gradient
        # The decay is of the weights before the update.
        weights = weights - 0.01 * 0.5 * weights - 0.01 * step
    np.testing.assert_allclose(after(Lion(0.01, 0.8, 0.95, 0.5).build()), weights, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", [Adam, AdamW, Lion, RMSProp, SGD, Nesterov])
def test_clipping_reaches_every_optimizer(optimizer):
    built = [optimizer(0.1, **{clip: 1e-6}).build() for clip in ("clipnorm", "global_clipnorm", "clipvalue")]
    assert [(made.clipnorm, made.global_clipnorm, made.clipvalue) for made in built] == [
        (1e-6, None, None), (None, 1e-6, None), (None, None, 1e-6),
    ]  # fmt: skip


def test_the_norm_is_clipped_of_one_weight_or_of_all():
    gradients = [tf.constant([3.0, 4.0]), tf.constant([0.0, 12.0])]  # norms 5 and 12, 13 together
    moved = {}
    for clip in ("clipnorm", "global_clipnorm", "clipvalue"):
        variables = [tf.Variable([0.0, 0.0]), tf.Variable([0.0, 0.0])]
        optimizer = SGD(1.0, **{clip: 1.0}).build()
        optimizer.build(variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        moved[clip] = -np.concatenate([variable.numpy() for variable in variables])
    np.testing.assert_allclose(moved["clipnorm"], [0.6, 0.8, 0.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(moved["global_clipnorm"], [3 / 13, 4 / 13, 0.0, 12 / 13], rtol=1e-6)
    np.testing.assert_allclose(moved["clipvalue"], [1.0, 1.0, 0.0, 1.0], rtol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: AdamW(weight_decay=-1.0),
        lambda: Lion(beta_2=1.0),
        lambda: SGD(clipnorm=0.0),
        lambda: Adam(clipnorm=1.0, clipvalue=1.0),
    ],
)
def test_impossible_numbers_are_refused(make):
    with pytest.raises(UserError):
        make()


INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("optimizer", "name", "wrong", "right"),
    [
        (SGD, "learning_rate", (0.0, -1.0, INF, NAN), 3.0),
        (SGD, "momentum", (-0.1, 1.0, 2.0, NAN), 0.0),
        (Adam, "beta_1", (-0.1, 1.0, NAN), 0.0),
        (Adam, "beta_2", (-0.1, 1.0, NAN), 0.0),
        (Adam, "epsilon", (0.0, -1e-7, INF, NAN), 1.0),
        (RMSProp, "rho", (-0.1, 1.0, NAN), 0.0),
        (RMSProp, "epsilon", (0.0, INF, NAN), 1.0),
    ],
)
def test_a_number_out_of_its_range_is_refused_by_name(optimizer, name, wrong, right):
    for value in wrong:
        with pytest.raises(UserError) as error:
            optimizer(**{name: value})
        assert name in error.value.expected
        assert error.value.received == str(value)
    optimizer(**{name: right}).build()


def test_from_the_command_line_too():
    with pytest.raises(UserError, match=r"momentum.*received 2"):
        from_words(["--critic_optimizer", "SGD", "--critic_optimizer.momentum", "2"]).make()
