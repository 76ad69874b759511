import math

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.parser import from_words
from tfgan_course.errors import UserError
from tfgan_course.optimizers.optimizers import SGD, Adam, Nesterov
from tfgan_course.optimizers.schedules import OfUpdates, last_rate, last_values
from tfgan_course.schedules import Cosine, ExponentialDecay, LinearDecay, StepDecay, TrainingLength

# Spec B4: 20 epochs of 149 steps.
UPDATES, EPOCHS, START = 149, 20, 3e-4
IMAGES = 64  # in an update
LENGTH = TrainingLength(UPDATES * IMAGES, EPOCHS)
STEPS = (0, 1, 149, 150, 1490, 2980)


def cosine(epoch: float, first: float = 0.0, last: float = 20.0, floor: float = 0.0) -> float:
    return floor + (START - floor) * (1 + math.cos(math.pi * (epoch - first) / (last - first))) / 2


# (schedule, its formula in plain Python, of epochs as fractions and as whole numbers)
FORMULAS = [
    (StepDecay(0.7, 2, 5e-5), lambda exact, whole: max(5e-5, START * 0.7 ** (whole // 2))),
    (ExponentialDecay(0.7), lambda exact, whole: START * 0.7**exact),
    (ExponentialDecay(0.7, held=True), lambda exact, whole: START * 0.7**whole),
    (ExponentialDecay(0.7, floor=1e-5), lambda exact, whole: max(1e-5, START * 0.7**exact)),
    (Cosine(), lambda exact, whole: cosine(exact)),
    (Cosine(held=True), lambda exact, whole: cosine(whole)),
    (Cosine(floor=1e-5, epochs=40), lambda exact, whole: cosine(exact, last=40, floor=1e-5)),
    (Cosine(warm_up_epochs=2), lambda exact, whole: START * exact / 2 if exact < 2 else cosine(exact, 2)),
    (Cosine(restarts=3), lambda exact, whole: 0.0 if exact == 20 else cosine(exact % 5, last=5)),
    # Cycles of 20/7, 40/7 and 80/7 epochs.
    (
        Cosine(restarts=2, growth=2.0),
        lambda exact, whole: (
            cosine(exact, 0, 20 / 7) if exact < 20 / 7
            else cosine(exact, 20 / 7, 60 / 7) if exact < 60 / 7
            else cosine(exact, 60 / 7, 20)
        ),
    ),
    (LinearDecay(), lambda exact, whole: START * (1 - exact / 20)),
    (LinearDecay(from_epoch=5, held=True), lambda exact, whole: START * min(1, (20 - whole) / 15)),
]  # fmt: skip


def applied(optimizer: keras.optimizers.Optimizer, variable: tf.Variable, updates: int = 1) -> list[float]:
    """Return the rates of this many updates, measured by the change of a weight whose gradient is 1."""
    optimizer.build([variable])

    @tf.function
    def steps() -> tf.Tensor:
        moves = tf.TensorArray(tf.float32, updates)
        for update in tf.range(updates):
            variable.assign([0.0])
            optimizer.apply_gradients([(tf.ones([1]), variable)])
            moves = moves.write(update, -variable[0])
        return moves.stack()

    return steps().numpy().tolist()


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS)
def test_the_rate_is_the_formulas(schedule, formula):
    rates = OfUpdates(schedule.starting_at(START), IMAGES, LENGTH)
    for step in (*STEPS, 74, 298, 700, 1000, 2979):
        expected = formula(step / UPDATES, step // UPDATES)
        assert float(rates(step)) == pytest.approx(expected, rel=1e-5, abs=1e-10), step


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS)
def test_the_rate_applied_is_the_formulas_after_a_resume_too(schedule, formula, tmp_path):
    def new():
        return SGD(START, schedule=schedule).build(IMAGES, LENGTH), tf.Variable([0.0])

    def resumed(optimizer):
        path = tf.train.Checkpoint(optimizer=optimizer).save(str(tmp_path / "checkpoint"))
        optimizer, variable = new()
        optimizer.build([variable])
        tf.train.Checkpoint(optimizer=optimizer).restore(path).assert_existing_objects_matched()
        return optimizer, variable

    optimizer, variable = new()
    rates = dict(enumerate(applied(optimizer, variable, 149)))
    optimizer, variable = resumed(optimizer)  # at an epoch's end
    assert last_rate(optimizer) == pytest.approx(rates[148])
    rates |= dict(enumerate(applied(optimizer, variable, 2), start=149))
    for step in STEPS:
        # As if resumed at this step: all updates that an epoch has would take long, and only their count matters.
        optimizer, variable = new()
        optimizer.build([variable])
        optimizer.iterations.assign(step)
        optimizer, variable = resumed(optimizer)
        (rate,) = applied(optimizer, variable)
        assert int(optimizer.iterations) == step + 1
        assert last_rate(optimizer) == pytest.approx(rate, abs=1e-10)
        assert rates.setdefault(step, rate) == rate
        assert rate == pytest.approx(formula(step / UPDATES, step // UPDATES), rel=1e-5, abs=1e-10), step


def test_every_one_of_20_epochs_updates_has_its_rate():
    optimizer, variable = SGD(START, schedule=StepDecay(0.7, 2, 5e-5)).build(IMAGES, LENGTH), tf.Variable([0.0])
    epochs = np.arange(UPDATES * EPOCHS + 1) // UPDATES
    np.testing.assert_allclose(
        applied(optimizer, variable, len(epochs)), np.maximum(5e-5, START * 0.7 ** (epochs // 2)), rtol=1e-5
    )


def test_adam_takes_a_schedule():
    # Adam's first updates with equal gradients are of the rate's size.
    optimizer = Adam(START, 0.0, 0.0, 1e-12, schedule=ExponentialDecay(0.5)).build(8, TrainingLength(16, 10))
    np.testing.assert_allclose(
        applied(optimizer, tf.Variable([0.0]), 4), [START * 0.5 ** (step / 2) for step in range(4)], rtol=1e-3
    )


def test_a_constant_rate_is_the_last_rate():
    optimizer = Nesterov(0.25).build()
    optimizer.build([tf.Variable([0.0])])
    assert last_rate(optimizer) == 0.25


def test_a_configuration_names_a_schedule_and_reads_back():
    settings = from_words(
        ["--critic_optimizer.schedule=Cosine", "--critic_optimizer.schedule.restarts=2", "--generator_optimizer=Lion"],
    )
    config = settings.make()
    assert config.critic_optimizer.schedule.restarts == 2
    assert config.generator_optimizer.schedule is None
    assert "restarts: 2" in settings.yaml()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StepDecay(factor=0.0), "factor"),
        (lambda: StepDecay(every_epochs=0), "every_epochs"),
        (lambda: StepDecay(floor=1.0), "floor start"),
        (lambda: ExponentialDecay(factor=1.5), "factor"),
        (lambda: Cosine(warm_up_epochs=20), "warm_up_epochs 20"),
        (lambda: Cosine(restarts=-1), "restarts"),
        (lambda: LinearDecay(from_epoch=20), "from_epoch"),
    ],
)
def test_impossible_schedules_are_refused(make, words):
    with pytest.raises(UserError) as error:
        SGD(START, schedule=make()).build(IMAGES, LENGTH)
    assert all(word in error.value.expected for word in words.split())


def test_a_schedule_needs_to_know_the_images_of_an_update_and_one_in_epochs_the_epochs():
    with pytest.raises(UserError) as error:
        Adam(schedule=Cosine()).build()
    assert "images_per_update" in error.value.expected
    with pytest.raises(UserError) as error:
        Adam(Cosine(1e-3)).build(64)
    assert "images" in error.value.remedy
    assert last_rate(Adam(Cosine(1e-3, images=1000)).build(64)) == 1e-3


def test_adams_beta_2_follows_its_schedule():
    # Without momentum and epsilon, Adam moves by rate g / sqrt(v / (1 - beta_2^t)), v <- beta_2 v + (1 - beta_2) g^2.
    schedule = Cosine(0.5, 0.9, 40)
    optimizer, variable, v, place = Adam(0.1, 0.0, schedule, 1e-12).build(10), tf.Variable([0.0]), 0.0, 0.0
    optimizer.build([variable])
    for update, gradient in enumerate([1.0, -2.0, 0.5, 3.0, 1.0, 0.1]):
        optimizer.apply_gradients([(tf.constant([gradient]), variable)])
        beta_2 = 0.9 + (0.5 - 0.9) * (1 + math.cos(math.pi * min(1, 10 * update / 40))) / 2
        v = beta_2 * v + (1 - beta_2) * gradient**2
        place -= 0.1 * gradient / math.sqrt(v / (1 - beta_2 ** (update + 1)))
        assert float(variable[0]) == pytest.approx(place, rel=1e-5)
        assert last_values(optimizer) == {"learning_rate": 0.1, "beta_2": pytest.approx(beta_2, rel=1e-6)}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Adam(Cosine()),
        lambda: Adam(Cosine(-1e-4, 1e-4, 100)),
        lambda: Adam(beta_2=Cosine(0.9, 1.0, 100)),
        lambda: Adam(Cosine(1e-3), schedule=Cosine()),
    ],
    ids=["no start", "negative", "beta_2 of 1", "two schedules"],
)
def test_a_schedule_out_of_the_numbers_range_is_refused(make):
    with pytest.raises(UserError):
        make()
